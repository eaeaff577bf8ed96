"""One module per figure; `style` and `bars` hold what they share."""
