"""Floor 2: an image's bytes, layer by layer."""
