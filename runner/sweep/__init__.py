"""Floor 4: which variants are run, in which order, and what is already done."""
