"""Floor 1: plain data (project, levels, variant, record) and nothing that acts on it."""
