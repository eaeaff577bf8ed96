"""The network outside the clock: a caching proxy on loopback for package indexes and apt."""
