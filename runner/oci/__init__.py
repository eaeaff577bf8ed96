"""Floor 2: the formats of images: documents, platforms, digests, tar files and where layers lie."""
