"""Which stand-in there is for an official image, by the name that a Dockerfile uses for it."""

from __future__ import annotations

import re

_PYTHON = re.compile(
    r"(?:(?:index\.)?docker\.io/)?(?:library/)?"
    r"python:3\.11(?:\.\d+)?(?:-(slim|alpine))?(?:-?(?:bookworm|3\.\d+))?"
)


def standin_for(reference: str) -> str:
    """`slim` for `python:3.11-slim`, `docker.io/library/python:3.11.9-slim-bookworm` and the like;
    empty where there is none."""
    match = _PYTHON.fullmatch(reference)
    return (match[1] or "full") if match else ""
