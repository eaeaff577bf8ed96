"""Finds the names of famous people in a text and counts them."""

__version__ = "1.4.0"
