"""One module per edit: what it does to any Dockerfile, and when it does not apply.

An edit is a pure function `edit(document, facts)` that returns the spans to replace, or why it
leaves the document as it is. It is idempotent: applied to its own result it changes nothing.
"""
