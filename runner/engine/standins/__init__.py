"""Base images built here from packages, for machines that reach no registry."""
