"""Floor 4: records become a data frame and comparisons; pure functions."""
