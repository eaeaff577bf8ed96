"""What of a service a usual .dockerignore would leave out though its sources need it, and what it
would send though it usually is secret.

`**/docs`, `**/tests` and `**/*.md` are what hardly any service reads; here a source says otherwise.
Kinds of secrets that few projects have (`.env~`, `deploy_key`) get a line only where a file of that
kind lies there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from runner.detect.listing import Listing
from runner.image.contents.secrets import is_secret
from runner.model.foreign import yaml_document
from runner.model.paths import data_root
from runner.recipe.ignore_patterns import (
    IgnorePattern,
    ParentMatches,
    compile_patterns,
    is_ignored,
    read_ignore_file,
)
from runner.recipe.in_build.needs import Needs

FOLDERS = ("docs", "tests")
TEXTS = ".md"
_MOST = 100
_MENTIONED = re.compile(rf"{'|'.join(FOLDERS)}|{re.escape(TEXTS)}")
"""What a source that needs one of them has in its text."""
_PLAIN = re.compile(r"[\w./ -]+")
_SOURCES = "src/"
_CODE = (".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".sh")
_MOST_SECRETS = 200
_IN_IMAGE = "app"
_MEANS_SOMETHING = re.compile(r"[^\w./ @+,=:~%-]|^ | $")


def taken_back(service: Listing) -> Iterator[tuple[str, str]]:
    """A path that has to be sent, and the source that needs it."""
    folders = sorted({folder for path in service.paths for folder in _left_out(path)})
    needs = Needs()
    texts = ""
    for path, text in service.texts.items():
        if path.endswith(".py") and _MENTIONED.search(text) and not _left_out(path):
            package = ".".join(PurePosixPath(path.removeprefix(_SOURCES)).parent.parts)
            needs.take(text, path, package)
            if not texts and re.search(rf"{re.escape(TEXTS)}[\"']", text):
                texts = path
    found = [
        (folder, who)
        for folder in folders
        if (who := needs.get(folder.removeprefix(_SOURCES).replace("/", "."), ""))
    ]
    if texts:
        found += [(path, texts) for path in service.paths if path.endswith(TEXTS)]
    return ((path, who) for path, who in found[:_MOST] if _PLAIN.fullmatch(path))


def _left_out(path: str) -> list[str]:
    """The folders of a path that a usual .dockerignore leaves out, the uppermost first."""
    parts = path.split("/")
    return [
        "/".join(parts[: place + 1]) for place, name in enumerate(parts[:-1]) if name in FOLDERS
    ][:1]


def secret_files(service: Listing, taken_back: Sequence[str]) -> list[str]:
    """The paths that usually hold secrets, and that the usual .dockerignore with these lines behind
    it would send; code is none."""
    paths = [
        path
        for path in (*service.paths, *service.hidden)
        if not path.endswith(_CODE) and is_secret(f"{_IN_IMAGE}/{path}")
    ]
    if not paths:
        return []
    patterns = compile_patterns(read_ignore_file("\n".join([*_usual(), *taken_back])))
    return [path for path in paths if not _is_left_out(patterns, path)][:_MOST_SECRETS]


def line_of(path: str) -> str:
    """The line of a .dockerignore for this path alone, or for one that differs in a character which
    means something in such a file."""
    return _MEANS_SOMETHING.sub("?", path)


def _usual() -> list[str]:
    level = data_root() / "configs" / "context" / "ignored.yaml"
    lines: list[str] = yaml_document(level.read_text(encoding="utf-8"))["ignore"]
    return lines


def _is_left_out(patterns: Sequence[IgnorePattern], path: str) -> bool:
    parts = path.rstrip("/").split("/")
    ignored, matches = False, None
    for end in range(1, len(parts) + 1):
        above: ParentMatches | None = matches
        ignored, matches = is_ignored(patterns, "/".join(parts[:end]), above)
    return ignored
