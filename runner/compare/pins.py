"""Requirements files with the versions that an image holds: text in, text out.

A line that names a package without an exact version gets that of the image, and what is installed
because of the others is added below: the next build installs the same.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.compare.copied_words import copied_words
from runner.compare.pyproject_pins import PYPROJECT, is_listed, pinned_pyproject
from runner.detect.listing import included
from runner.dockerfile.document import Document
from runner.dockerfile.pip_names import (
    EXACT,
    named_packages,
    requirement_of,
    with_version,
    with_versions,
)
from runner.dockerfile.shell import commands_of

_VERBS = frozenset(("install", "wheel"))
"""`pip wheel` makes what a later stage installs."""
_OF_THE_BASE = frozenset(("pip", "wheel"))
"""What comes with an interpreter, and is no package of a project's."""
_METADATA = re.compile(
    r"(?:^|/)site-packages/([A-Za-z0-9][\w.]*)-(\d[\w.!+]*)"
    r"(?:\.dist-info/METADATA|(?:-py\d[\d.]*)?\.egg-info(?:/PKG-INFO)?)$"
)
_DIRECT = re.compile(
    r"(?:^|/)site-packages/([A-Za-z0-9][\w.]*)-\d[^/]*\.dist-info/direct_url\.json$"
)
_ITSELF = re.compile(r"\.(?:/)?(?:\[[\w, -]+\])?")
"""The word with which pip installs the project in the current directory."""
_COMMENT = re.compile(r"(?:^|\s+)#.*$")


def installed(paths: Iterable[str]) -> dict[str, str]:
    """Package of Python → its version, by the names of files in an image, pip as well; without
    those that came from a directory or an address, and not from an index."""
    known = list(paths)
    aside = {canonicalize_name(match[1]) for path in known if (match := _DIRECT.search(path))}
    found = {
        canonicalize_name(match[1]): match[2] for path in known if (match := _METADATA.search(path))
    }
    return {name: version for name, version in sorted(found.items()) if name not in aside}


def requirements_files(
    document: Document, needed: Collection[int], paths: Sequence[str], texts: Mapping[str, str]
) -> list[str]:
    """The requirements files of a project that the RUN instructions of the `needed` stages of its
    Dockerfile install, and those that these name; paths are relative to its context.

    Raises `DockerfileError` for a Dockerfile that cannot be read.
    """
    copied = [posixpath.normpath(word.lstrip("/")) for word in copied_words(document, needed)]
    words = [
        word
        for run in document.runs()
        if run.stage in needed
        for command in commands_of(document, run)
        if _VERBS & set(command.plain)
        for word in _named(command.plain)
    ]
    found = [path for word in words if (path := _in_context(word, paths, copied))]
    found = [path for path in found if path != PYPROJECT or is_listed(texts.get(PYPROJECT, ""))]
    for path in found:
        found += [x for x in included(path, texts.get(path, "")) if x in texts and x not in found]
    return list(dict.fromkeys(found))


def _named(words: Sequence[str]) -> Iterator[str]:
    """The files behind `-r`, and the project's own manifest where it is installed itself."""
    if any(_ITSELF.fullmatch(word) for word in words):
        yield PYPROJECT
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("-r", "--requirement"):
            yield following
        elif match := re.fullmatch(r"(?:-r|--requirement=)(.+)", word):
            yield match[1]


def _in_context(word: str, paths: Sequence[str], copied: Collection[str]) -> str:
    """The file of the context that was copied to where a command names it; empty for none."""
    wanted = posixpath.normpath(word.lstrip("/"))
    name = posixpath.basename(wanted)
    same = [path for path in paths if posixpath.basename(path) == name]
    named = [path for path in same if path in copied]
    ends = [path for path in same if wanted == path or wanted.endswith(f"/{path}")]
    found = named[:1] if len(named) == 1 else ends or named or same
    return min(found, key=lambda path: (path != wanted, path.count("/"), path), default="")


class Pin(NamedTuple):
    """The one version that is allowed of a package."""

    name: str
    version: str
    marker: Marker | None = None
    """Where it is installed at all."""

    def is_for(self, release: str) -> bool:
        """Whether it is installed on a release of Python."""
        python = {"python_version": release, "python_full_version": f"{release}.0"}
        try:
            return self.marker is None or self.marker.evaluate(python)
        except (UndefinedComparison, UndefinedEnvironmentName):
            return False


def exact_versions(texts: Iterable[str]) -> list[Pin]:
    """What lines of requirements files allow one version of."""
    lines = (line for text in texts for line in text.splitlines())
    found = (requirement for line in lines if (requirement := _requirement(line)))
    return [
        Pin(canonicalize_name(x.name), str(x.specifier).lstrip("="), x.marker)
        for x in found
        if EXACT.fullmatch(str(x.specifier))
    ]


def is_locked(text: str) -> bool:
    """Whether a requirements file names the hash of each file that may be installed."""
    return "--hash=" in text


def pinned_dockerfile(document: Document, versions: Mapping[str, str], is_all: bool) -> str:
    """The text of a Dockerfile whose commands name packages with these versions; with `is_all` also
    those that no command names."""
    named = named_packages(document)
    aside = named | _OF_THE_BASE
    others = {name: version for name, version in versions.items() if name not in aside}
    return with_versions(document, versions, others if is_all else {}).text


def pinned(
    texts: Mapping[str, str],
    versions: Mapping[str, str],
    why: str,
    elsewhere: Collection[str] = (),
) -> dict[str, str]:
    """Those of these requirements files that change, with these versions in them. What no line of
    any of them names is added to the first, below a comment that says `why`, but for what is named
    `elsewhere`."""
    lines = {path: text for path, text in texts.items() if path != PYPROJECT}
    named = {*elsewhere, *_OF_THE_BASE} | {
        canonicalize_name(found.name)
        for text in lines.values()
        for line in text.splitlines()
        if (found := _requirement(line))
    }
    changed = {
        path: "".join(_line(line, versions) for line in text.splitlines(keepends=True))
        for path, text in lines.items()
    }
    if PYPROJECT in texts:
        aside = versions.keys() if lines else named
        changed[PYPROJECT] = pinned_pyproject(texts[PYPROJECT], versions, why, aside)
    others = [f"{name}=={version}" for name, version in versions.items() if name not in named]
    if others and lines:
        first = next(iter(lines))
        newline = "\r\n" if "\r\n" in texts[first] else "\n"
        text = changed[first]
        text += newline if text and not text.endswith("\n") else ""
        changed[first] = text + "".join(f"{line}{newline}" for line in [f"# {why}", *others])
    return {path: text for path, text in changed.items() if text != texts[path]}


def _requirement(line: str) -> Requirement | None:
    """What a line of a requirements file asks an index for; None for options, addresses, files."""
    return requirement_of(_asked(line))


def _asked(line: str) -> str:
    """The line without comment; empty for an option, and for one that goes on below."""
    text = _COMMENT.sub("", line).strip()
    return "" if text.startswith("-") or text.endswith("\\") else text


def _line(line: str, versions: Mapping[str, str]) -> str:
    exact = with_version(_asked(line), versions)
    if not exact:
        return line
    text = line.rstrip("\r\n")
    comment = _COMMENT.search(text)
    said = comment[0] if comment else ""
    return f"{exact}{said}{line[len(text) :]}"
