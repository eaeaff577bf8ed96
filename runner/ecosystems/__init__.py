"""What is known of languages and distributions: installers, caches, manifests, runtimes."""
