"""Left-over caches that are live in an image, with who wrote them and what would avoid them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from posixpath import normpath

from msgspec import Struct

from runner.image.contents.cache_kinds import CACHE_KINDS
from runner.image.contents.cache_kinds.kind import CacheKind
from runner.image.contents.live import LiveRoot, shallow
from runner.image.contents.touched import COPIED
from runner.model.anatomy import CacheFinding

_GROUP = re.compile(r".*?/(?:site|dist)-packages(?=/)|.*?/python\d[\d.]*(?=/)|[^/]+", re.DOTALL)
_FROM_STAGE = re.compile(r"--from=")

_MOUNT = "--mount=type=cache,target={path}"
_ANYWHERE = "**/"
_EVERY = "/*"
_IN_PACKAGES = re.compile(r"/(?:site-packages|dist-packages|node_modules|usr/lib|usr/share)/")
"""What is called a cache there is part of a package."""

_Group = tuple[int, str, int]
"""Index of the kind, directory, index of the layer."""


class LeftOver(Struct, frozen=True):
    """A cache, and the files that removing it frees."""

    finding: CacheFinding
    kind: CacheKind
    carriers: tuple[str, ...]


def caches(
    root: LiveRoot, instructions: list[str], environment: Mapping[str, str]
) -> tuple[LeftOver, ...]:
    """What is live in directories of known kinds, by directory and layer, the largest first.

    The bytes are those that removing the directory would free: hard-linked content with a name
    outside of it is not freed. Empty findings are left out.
    """
    known = _Known(environment)
    groups: dict[_Group, list[str]] = {}
    shared: dict[tuple[int, str], list[str]] = {}
    for folder, paths in root.folders.items():
        found = known.cache_of(folder)
        if found is None:
            continue
        place, where = found
        if CACHE_KINDS[place].grouped:
            where = _around(folder)
        for path in paths:
            if path in root.names_of or path in root.carrier_of:
                shared.setdefault((place, where), []).append(path)
            else:
                groups.setdefault((place, where, root.layer_of(path)), []).append(path)
    for (place, where), paths in shared.items():
        for path in root.freed(paths):
            groups.setdefault((place, where, root.layer_of(path)), []).append(path)
    left = [_left_over(group, paths, root, instructions) for group, paths in groups.items()]
    return tuple(sorted((one for one in left if one.finding.bytes), key=_order))


def cache_paths(paths: Iterable[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Those of these files that lie in the directory of a known kind of cache."""
    known = _Known(environment)
    for path in paths:
        if known.cache_of(path.rpartition("/")[0]) is not None:
            yield path


def _left_over(
    group: _Group, carriers: list[str], root: LiveRoot, instructions: list[str]
) -> LeftOver:
    place, path, layer = group
    kind = CACHE_KINDS[place]
    finding = CacheFinding(
        path=path,
        bytes=sum(root.bytes_of[carrier] for carrier in carriers),
        kind=kind.kind,
        written_by=layer,
        files=len(carriers),
        advice=advice_for(
            kind,
            path,
            instructions[layer],
            later=instructions[layer + 1 :],
            owner=root.owner_of(path) if path in root.directories else (0, 0),
        ),
    )
    return LeftOver(finding, kind, tuple(carriers))


def _order(left: LeftOver) -> tuple[int, str, int, str]:
    finding = left.finding
    return -finding.bytes, finding.path, finding.written_by, finding.kind


def advice_for(
    kind: CacheKind,
    path: str,
    instruction: str,
    later: Sequence[str] = (),
    owner: tuple[int, int] = (0, 0),
) -> str:
    """The line that would avoid a cache which this instruction wrote, and what `later` ones need
    once it is gone. The path is quoted where a shell would read it as more than a name."""
    quoted = shlex.quote(f"/{path}")
    if COPIED.match(instruction):
        if _FROM_STAGE.search(instruction):
            return "copy only what is needed from the stage"
        return kind.copied.replace("{path}", quoted)
    fitting = next(
        advice for advice in kind.advice if re.search(advice.when, instruction, re.IGNORECASE)
    )
    text = _mounted_for(owner, fitting.text).replace("{path}", quoted)
    if not _missed(kind, later):
        return text
    if not kind.anew:
        return f"{text}, with all that reads them in that RUN"
    return f"{text}, and {kind.anew} in each later RUN that installs"


def _mounted_for(owner: tuple[int, int], text: str) -> str:
    """Advice to mount a cache, for the user that it is of: a mount is root's, and so is each
    directory that has to be made for it, unless the line says otherwise."""
    if owner == (0, 0) or _MOUNT not in text:
        return text
    user, group = owner
    mounted = text.replace(_MOUNT, f"{_MOUNT},uid={user},gid={group}")
    return f"{mounted}, after RUN mkdir -p {{path}} (what is made for a mount is root's)"


def _missed(kind: CacheKind, later: Sequence[str]) -> bool:
    """Whether a later instruction reads the cache and does not make it anew first."""
    reads, anew = kind.needed_later
    return bool(reads) and any(
        re.search(reads, one) and not (anew and re.search(anew, one)) for one in later
    )


def _around(folder: str) -> str:
    """The directory of packages, the Python library or the top directory around a directory."""
    found = _GROUP.match(folder)
    return found.group() if found else folder


def _moved(environment: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    """Directories that the image's environment names as caches, with the index of their kind."""
    return tuple(
        (place, folder)
        for place, kind in enumerate(CACHE_KINDS)
        for variable in kind.variables
        if (folder := _named(variable, environment))
    )


def _named(variable: str, environment: Mapping[str, str]) -> str:
    """The directory at or below the one in a variable; empty where it names none. Of several in a
    row (GOPATH) the first is the one that is written to."""
    name, _, below = variable.partition("/")
    value = environment.get(name, "").partition(":")[0]
    return normpath(f"/{value}/{below}").strip("/") if value.startswith("/") else ""


class _Known:
    """Looks directories up in the table, by the last part of their names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._anchored: dict[str, int] = {}
        self._anywhere: dict[str, list[tuple[str, int]]] = {}
        self._below: list[tuple[str, int]] = []
        self._below_any: list[tuple[str, int]] = []
        self._found: dict[str, tuple[int, str] | None] = {"": None}
        self._loose: list[tuple[str, int]] = []
        for place, kind in enumerate(CACHE_KINDS):
            for folder in kind.folders:
                if kind.loose:
                    self._loose.append((folder, place))
                    continue
                above = folder.removesuffix(_EVERY)
                if folder.endswith(_EVERY) and folder.startswith(_ANYWHERE):
                    self._below_any.append((f"/{above.removeprefix(_ANYWHERE)}", place))
                elif folder.endswith(_EVERY):
                    self._below.append((above, place))
                elif folder.startswith(_ANYWHERE):
                    last = folder.rpartition("/")[2]
                    rows = self._anywhere.setdefault(last, [])
                    rows.append((f"/{folder.removeprefix(_ANYWHERE)}", place))
                else:
                    self._anchored[folder] = place
        for place, folder in _moved(environment):
            if folder.endswith(_EVERY):
                self._below.append((folder.removesuffix(_EVERY), place))
            else:
                self._anchored.setdefault(folder, place)

    def cache_of(self, folder: str) -> tuple[int, str] | None:
        """Index of the kind of the cache that the files of a directory belong to, and where that
        begins: at the outermost cache around them, else at the directory that they lie in."""
        return self._around(shallow(folder)) or self._loose_in(folder)

    def _around(self, folder: str) -> tuple[int, str] | None:
        if folder in self._found:
            return self._found[folder]
        steps = []
        while folder not in self._found:
            steps.append(folder)
            folder = folder.rpartition("/")[0]
        found = self._found[folder]
        for step in reversed(steps):
            if found is None and (place := self._kind(step)) is not None:
                found = place, step
            self._found[step] = found
        return found

    def _loose_in(self, folder: str) -> tuple[int, str] | None:
        """A kind whose files are a cache only where they lie directly in its directory."""
        below = f"/{folder}"
        for at, place in self._loose:
            anywhere = at.startswith(_ANYWHERE)
            if folder == at or (anywhere and below.endswith(f"/{at.removeprefix(_ANYWHERE)}")):
                return None if anywhere and _IN_PACKAGES.search(f"{below}/") else (place, folder)
        return None

    def _kind(self, folder: str) -> int | None:
        place = self._anchored.get(folder)
        if place is not None:
            return place
        for ending, place in self._anywhere.get(folder.rpartition("/")[2], ()):
            if _ends(f"/{folder}", ending):
                return place
        return self._any_tool(folder)

    def _any_tool(self, folder: str) -> int | None:
        """The kind of a directory that is a cache because of where it lies, whatever its name."""
        above, _, name = folder.rpartition("/")
        for at, place in self._below:
            if above == at and name not in CACHE_KINDS[place].not_here:
                return place
        above = f"/{above}"
        for ending, place in self._below_any:
            if above.endswith(ending) and name not in CACHE_KINDS[place].not_here:
                return None if _IN_PACKAGES.search(above) else place
        return None


def _ends(folder: str, ending: str) -> bool:
    if "*" not in ending:
        return folder.endswith(ending)
    parts = ending.count("/")
    return fnmatchcase("/".join(["", *folder.split("/")[-parts:]]), ending)
