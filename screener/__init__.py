"""Screens South Korean companies for exposure to forced labour, military revenue and other abuses."""

__version__ = "0.1.0"
