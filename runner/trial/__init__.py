"""Floor 3: one variant on one engine: build, measure, check, and the record of it."""
