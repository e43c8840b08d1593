"""Runs: tables of an assessment, written as a quarter, compared with each other, replayed against outside verdicts."""
