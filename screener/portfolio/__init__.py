"""Reads, classifies and weights holdings files as brokers write them."""
