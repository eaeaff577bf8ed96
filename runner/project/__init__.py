"""Floor 2: the sample projects that get packaged, materialised into a work directory."""
