"""Base images: pulled from a registry, loaded from a file, or on the engine already."""
