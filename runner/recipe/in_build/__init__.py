"""Floor 2: scripts that run inside of a build: they import nothing but the standard library."""
