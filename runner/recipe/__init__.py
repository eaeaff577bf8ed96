"""Floor 2: a variant's levels become one Dockerfile, one .dockerignore and one build context."""
