"""Floor 2: what a repository tells of itself: how it is installed, started and checked."""
