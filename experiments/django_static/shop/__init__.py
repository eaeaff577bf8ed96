"""A shop window."""
