"""Libraries of the distribution that packages of Python load or are compiled with, where their own
files do not bring them: those without a wheel for Linux, and those that look for a library when
they are imported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.ecosystems.port import Tree
from runner.ecosystems.python_installs import PYPROJECT

_PART_OF_FULL: Mapping[str, Sequence[str]] = {
    "cairocffi": ("libcairo2",),
    "cairosvg": ("libcairo2",),
    "mysqlclient": ("libmariadb3",),
    "opencv-contrib-python": ("libglib2.0-0",),
    "opencv-python": ("libglib2.0-0",),
    "psycopg": ("libpq5",),
    "psycopg2": ("libpq5",),
    "pycairo": ("libcairo2",),
    "python-magic": ("libmagic1",),
    "uwsgi": ("libxml2",),
    "wand": ("imagemagick",),
    "weasyprint": ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
}
"""Package of Python → packages of Debian that the full official images have, and slim ones lack."""
_LACKING: Mapping[str, Sequence[str]] = {
    "opencv-contrib-python": ("libgl1",),
    "opencv-python": ("libgl1",),
    "pdf2image": ("poppler-utils",),
    "pyaudio": ("portaudio19-dev",),
    "pyenchant": ("libenchant-2-2",),
    "pygraphviz": ("libgraphviz-dev",),
    "pytesseract": ("tesseract-ocr",),
    "python-ldap": ("libldap2-dev", "libsasl2-dev"),
    "pyzbar": ("libzbar0",),
}
"""The same of those that the full images lack, too."""
_BROUGHT = re.compile(r"(?<![\w.-])psycopg(?:-binary\b|\[[\w,]*binary)")
"""psycopg 3 with a library of its own."""
_COMMENT = re.compile(r"^[ \t]*#[^\n]*|[ \t]#[^\n]*", re.MULTILINE)


def required(tree: Tree) -> str:
    """All text that names dependencies, in small letters."""
    names = [path for path in tree.paths if path.endswith((".txt", "Pipfile", ".lock"))]
    texts = [tree.texts.get(path, "") for path in [*names, PYPROJECT]]
    return "\n".join(texts).lower()


def libraries_of(tree: Tree) -> dict[str, str]:
    """Package of Debian that the full images have → the package of Python that loads it."""
    return {
        library: name
        for name in _named(_PART_OF_FULL, required(tree))
        for library in _PART_OF_FULL[name]
    }


def lacking_packages(text: str) -> dict[str, str]:
    """Package of Debian that also the full images lack → the package of Python among these
    requirements that needs it."""
    return {package: name for name in _named(_LACKING, text) for package in _LACKING[name]}


def _named(table: Mapping[str, Sequence[str]], text: str) -> list[str]:
    """The packages of a table that a text of requirements or a lock names."""
    said = _COMMENT.sub("", text).replace("_", "-")
    found = [name for name in table if re.search(rf"(?<![\w./-]){name}(?![\w-])", said)]
    return [name for name in found if name != "psycopg" or not _BROUGHT.search(said)]
