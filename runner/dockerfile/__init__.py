"""A Dockerfile as a document: text with spans, the shell inside RUN, edits that replace spans."""
