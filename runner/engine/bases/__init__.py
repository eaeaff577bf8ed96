"""Base providers: where the image behind FROM comes from."""
