"""Floor 2: an image's layers, read from the engine's storage or its export, and their sizes."""
