"""Runs: the tables of an assessment, written as a quarter, compared with one another, and replayed against outside verdicts."""
