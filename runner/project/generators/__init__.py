"""Writes what is heavy in a sample repository and does not belong in this one, from a seed."""
