"""Floor 3: records on disk, written atomically, never edited, read back for resuming."""
