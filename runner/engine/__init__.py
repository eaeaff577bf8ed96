"""Floor 2: the port to a container engine, its adapters, base images and builders."""
