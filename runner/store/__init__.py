"""Floor 3: records on disk, atomic and append-only."""
