"""Floor 5: analysis becomes tables and figures."""
