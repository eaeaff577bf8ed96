"""Floor 3: one trial of one variant: build, measure, check; what comes of it is a record."""
