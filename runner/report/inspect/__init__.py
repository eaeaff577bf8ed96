"""How the anatomy of images is shown: in the terminal, as JSON, as Markdown."""
