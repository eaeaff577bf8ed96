"""pip on the Python of a distribution: for the copy that is built where another release of Debian
takes the place of an older one, or of an older Ubuntu, whose pip did not refuse it (PEP 668)."""

from __future__ import annotations

import re

from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import Document
from runner.dockerfile.shell import commands_of
from runner.model import labels

_OLDER = re.compile(
    r"(?:[\w.:/-]*/)?(?:ubuntu:(?:1\d|2[0-2])\.\d\d|ubuntu:(?:trusty|xenial|bionic|focal|jammy)"
    r"|debian:(?:[789]|1[01]|jessie|stretch|buster|bullseye)"
    r"|nginx:1\.(?:\d|1\d|2[0-4]))(?![\d])[\w.-]*"
)
"""Images of nginx are of Debian 11 before 1.25."""
_HERE = re.compile(
    rf"(?:{re.escape(labels.standin_tag('debian'))}|{re.escape(labels.standin_tag('nginx'))})[\w-]*"
)


def is_older(reference: str) -> bool:
    """Whether an image is of a release in which pip installs next to the distribution's packages
    without being told so."""
    return _OLDER.fullmatch(reference) is not None


def with_pip_beside_system_packages(document: Document) -> Document:
    """The document with pip told so, for RUN alone, in each stage on the stand-in for Debian that
    installs with it."""
    on_debian = {x.index for x in document.stages if _HERE.fullmatch(document.root_of(x.head))}
    runs = {
        run.stage
        for run in document.runs()
        for command in commands_of(document, run)
        if "install" in command.operands
        and any(word.startswith("pip") for word in (command.program, *command.operands))
    }
    return with_arguments(document, on_debian & runs, "PIP_BREAK_SYSTEM_PACKAGES=1")
