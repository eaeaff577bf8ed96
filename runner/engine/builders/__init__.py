"""Builders: one build request in, timed steps and an image out."""
