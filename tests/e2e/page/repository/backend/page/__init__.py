"""The service of the end-to-end tests."""
