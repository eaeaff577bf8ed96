"""dockbench: builds every variant of a Dockerfile, proves that it works, and measures it."""

__version__ = "0.1.0"
