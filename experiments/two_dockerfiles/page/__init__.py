"""A page of planets, served by the standard library."""
