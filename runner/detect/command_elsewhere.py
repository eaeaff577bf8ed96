"""The start of a project's own image, said for one that has its files in another directory, as
those of the ladder do: these have no virtual environment of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from runner.detect.listing import Listing

_ENVIRONMENT = re.compile(r"/.*/bin/([\w.-]+)")
_OF_THE_SYSTEM = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/")
_RUN_A_FILE = re.compile(r"(?:ba|da|a)?sh|python[\d.]*")
_INIT = ("tini", "dumb-init")
_INIT_OPTIONS = ("-g", "-s", "-v", "--single-child")


def without_init(words: Sequence[str]) -> list[str]:
    """The words behind `tini --`: images of ours are started without a program that waits for
    orphans, which not every base has."""
    if not words or PurePosixPath(words[0]).name not in _INIT:
        return list(words)
    rest = list(words[1:])
    while rest and (rest[0] in _INIT_OPTIONS or rest[0] == "--"):
        rest = rest[1:]
    return rest or list(words)


def as_it_lies_here(
    words: Sequence[str],
    workdir: str,
    service: Listing,
    copied: Callable[[str], str] = lambda _: "",
) -> tuple[list[str], str]:
    """The words with absolute paths of the project's own files relative to its root, and programs
    of a virtual environment by their names; beside them the first path that nothing is known of,
    which is empty where there is none. `copied` says which file was copied to a path, if one
    was."""
    if not words:
        return [], ""
    said = list(words)
    places = [0, 1] if _RUN_A_FILE.fullmatch(PurePosixPath(words[0]).name) else [0]
    for place in places:
        path = said[place] if place < len(said) else ""
        if not path.startswith("/"):
            continue
        if place and PurePosixPath(path).parent == PurePosixPath(words[0]).parent:
            return said, path  # a script that was installed beside its interpreter
        if found := copied(path) or _file(path, workdir, service):
            said[place] = f"./{found}" if place == 0 else found
        elif place == 0 and path.startswith(_OF_THE_SYSTEM):
            continue
        elif place == 0 and (program := _ENVIRONMENT.fullmatch(path)):
            said[place] = program[1]
        else:
            return said, path
    return said, ""


def _file(path: str, workdir: str, service: Listing) -> str:
    """The file of the project that lies at a path of the image: below its working directory, else
    the only one of that name. Empty where there is none, or more."""
    pure = PurePosixPath(path)
    if pure.is_relative_to(workdir) and str(pure.relative_to(workdir)) in service.paths:
        return str(pure.relative_to(workdir))
    named = [other for other in service.paths if PurePosixPath(other).name == pure.name]
    return named[0] if len(named) == 1 else ""
