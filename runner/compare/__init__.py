"""A repository → the Dockerfiles that it has, every known improvement of them, a recommendation."""
