"""Likely causes of failures that lie in what was installed, and in which version."""

from __future__ import annotations

import re

_EXISTS = re.compile(
    r"EEXIST: file already exists, (?:symlink|link|copyfile|open|mkdir) [^\n]*'(/[^'\n]+)'"
    r"|npm (?:ERR!|error) (?:path|File exists:) (/\S+)"
)
_ENGINE = re.compile(
    r"Not compatible with your version of node/npm: (\S+)(?:.|\n)*?Required:\s+(\{[^\n]*\})"
    r"(?:.|\n)*?\"node\":\"v?([\d.]+)\"\}"
)
_NODE = re.compile(r"\"node\":\"([^\"]+)\"")
_YARN_ENGINE = re.compile(
    r"The engine \"node\" is incompatible with this module\. Expected version \"([^\"]+)\"\."
    r" Got \"v?([\d.]+)\""
)
_DRIVER = re.compile(
    r"sqlalchemy/dialects/\S+/psycopg\.py(?:.|\n)*No module named ['\"]psycopg['\"]"
)


def npm_cause(text: str) -> str:
    """A file that npm does not overwrite, a package for another version of Node; else empty."""
    if match := _EXISTS.search(text) if "EEXIST" in text else None:
        path = match[1] or match[2]
        return (
            f"its base image has {path} already, and npm does not overwrite it: leave out what"
            f" installs {path.rpartition('/')[2]}, or install it with --force"
        )
    wanted = has = package = ""
    if match := _ENGINE.search(text):
        package, has = match[1], match[3]
        wanted = node[1] if (node := _NODE.search(match[2])) else ""
    elif match := _YARN_ENGINE.search(text):
        package, wanted, has = "a package", match[1], match[2]
    if not wanted:
        return ""
    return (
        f"{package} asks for Node {wanted}, and its base has {has}: pin an earlier version of it,"
        " or name another base (--base IMAGE=OTHER)"
    )


def sqlalchemy_cause(text: str) -> str:
    """An address without a driver, for which SQLAlchemy takes another one since 2.1."""
    if not _DRIVER.search(text):
        return ""
    return (
        "the version of SQLAlchemy that was installed takes psycopg for postgresql:// addresses:"
        " pin sqlalchemy<2.1, or name the driver that is installed in the address"
        " (--env DATABASE_URL=postgresql+psycopg2://...)"
    )
