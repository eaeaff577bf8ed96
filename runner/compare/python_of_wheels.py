"""The newest Python for which the packages that a project pins have compiled files: where one does
not build on a later release, these say which it was written for."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.pins import Pin, exact_versions, requirements_files
from runner.detect.last_commit import today
from runner.detect.listing import Listing
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.images_of_day import RELEASES, image_of_day, is_python, python_of
from runner.model.errors import ProjectError
from runner.network.past_index import page
from runner.project.inside import read_below

_PLAIN = re.compile(r"python:(3\.\d+)")
_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
_LOCKED = re.compile(
    r"^name = \"([\w.-]+)\"\r?\nversion = \"([\w.!+-]+)\"\r?$"
    r"(?!\r?\ndescription = [^\n]*\ncategory = \"dev\")",
    re.MULTILINE,
)
_MOST_BYTES = 8 << 20
MOST_PINS = 150
"""Of a longer list no page is asked for."""
_AT_A_TIME = 8
_LONGEST_NAME = 300


def python_of_wheels(own: OwnDockerfile, listing: Listing, folder: Path) -> str:
    """The newest release before the one that a Dockerfile is built on, on which every exact version
    that its requirements files name, else the lock beside it in the project's `folder`, can be
    installed without a compiler; empty where there is none, where that one itself would do, or
    where it is the owner's choice. Asks the package index."""
    try:
        document = Document(own.dockerfile.text, own.target)
        below = _unchosen(document, own.plain)
        if not below:
            return ""
        service = listing.below(own.context)
        found = requirements_files(document, own.dockerfile.needed, service.paths, service.texts)
    except DockerfileError:
        return ""
    pins = exact_versions([service.texts[path] for path in found if path in service.texts])
    pins = pins or locked_versions(folder, own.context)
    names = list({pin.name: None for pin in pins})
    if not 0 < len(names) <= MOST_PINS:
        return ""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        pages = dict(zip(names, pool.map(_page, names), strict=True))
    is_musl = any("alpine" in stage.reference for stage in document.stages)
    return newest_release(pins, pages, below, is_musl)


def locked_versions(folder: Path, context: str) -> list[Pin]:
    """The versions in the first lock of a directory of the project that has any, less those that
    Poetry has for development."""
    for name in _LOCKS:
        try:
            content = read_below(folder, PurePosixPath(context) / name, _MOST_BYTES)
        except (OSError, ProjectError):
            continue
        text = (content or b"").decode(errors="replace")
        if found := [Pin(canonicalize_name(x), y) for x, y in _LOCKED.findall(text)]:
            return found
    return []


def newest_release(
    pins: Sequence[Pin], pages: Mapping[str, Any], below: str, is_musl: bool = False
) -> str:
    """The same, by the pages of the index in JSON; empty where one of them is not known."""
    if any(pages.get(pin.name) is None for pin in pins):
        return ""
    wheels = [(pin, _Files(pages[pin.name], pin, is_musl)) for pin in pins]

    def fits(release: str) -> bool:
        return all(files.fit(release) for pin, files in wheels if pin.is_for(release))

    if fits(below):
        return ""
    earlier = [x for x in RELEASES if Version(x) < Version(below)]
    return next((x for x in reversed(earlier) if fits(x)), "")


def _unchosen(document: Document, plain: bool) -> str:
    """The release of Python that it is built on, where no owner has named one."""
    images = [stage.reference for stage in document.stages]
    if any(is_python(image) and image_of_day(image, today()) for image in images):
        return python_of(today())
    named = (_PLAIN.fullmatch(image) for image in images if plain)
    return next((match[1] for match in named if match), "")


class _Files:
    """What an index has of one version of a project for this machine and a C library."""

    def __init__(self, document: Any, pin: Pin, is_musl: bool) -> None:
        files = document.get("files") if isinstance(document, dict) else None
        known = [x for x in files if isinstance(x, dict)] if isinstance(files, list) else []
        self.tags: set[Tag] = set()
        self.wanted: set[str] = set()
        for file in known:
            tags = _tags(str(file.get("filename", "")), pin, is_musl)
            if tags:
                self.tags |= tags
                self.wanted.add(str(file.get("requires-python") or ""))

    def fit(self, release: str) -> bool:
        """Whether a file of it is for this release; also where none is for any that is known: an
        archive of sources then serves all alike."""
        if any(not _allows(wanted, release) for wanted in self.wanted):
            return False
        known = {x for x in RELEASES if any(_is_for(tag, x) for tag in self.tags)}
        return not known or release in known


def _tags(filename: str, pin: Pin, is_musl: bool) -> set[Tag]:
    """The tags of a wheel of this version that can be installed there; empty for other files."""
    if len(filename) > _LONGEST_NAME:
        return set()
    try:
        found, number, _, tags = parse_wheel_filename(filename)
        if found != canonicalize_name(pin.name) or number != Version(pin.version):
            return set()
    except (InvalidWheelFilename, InvalidVersion):
        return set()
    return {tag for tag in tags if _is_here(tag.platform, is_musl)}


def _is_here(name: str, is_musl: bool) -> bool:
    kinds = ("musllinux",) if is_musl else ("manylinux", "linux")
    return name == "any" or (name.startswith(kinds) and name.endswith(f"_{platform.machine()}"))


def _is_for(tag: Tag, release: str) -> bool:
    minor = release.partition(".")[2]
    if tag.interpreter.startswith("py3"):
        return True
    if tag.abi == "abi3" and (since := re.fullmatch(r"cp3(\d{0,3})", tag.interpreter)):
        return int(since[1] or 0) <= int(minor)
    return tag.interpreter == f"cp3{minor}"


def _allows(wanted: str, release: str) -> bool:
    try:
        return SpecifierSet(wanted).contains(f"{release}.99")
    except InvalidSpecifier:
        return True


def _page(name: str) -> Any:
    try:
        return page(name)
    except (OSError, ValueError):
        return None
