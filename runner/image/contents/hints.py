"""What to change: for each finding the instruction that wrote it, its bytes, and the remedy.

What the base image wrote cannot be changed here, so all of it is one hint. No byte is counted in
two hints: what is a left-over cache is neither a build tool nor a copy.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from runner.image.contents.build_tools import build_tools, instead
from runner.image.contents.caches import LeftOver
from runner.image.contents.live import LiveRoot
from runner.image.contents.packages import Ownership
from runner.image.contents.touched import COPIED, Touched, Touches, remedy
from runner.model.anatomy import CacheFinding, Duplicate, Hint, LayerFacts, Waste, WasteReason
from runner.model.text import first_of

WORTH_A_HINT_BYTES = 10_000
"""Findings below this are not worth changing a Dockerfile for."""

_LONGEST_NAME = 200
"""Characters of a path or a package in a finding."""

_NAMED = 3
"""Paths or packages that a finding names before it says how many more there are."""

_INSTALLS = re.compile(r"RUN\b(?>.*?\b(?:apt|apt-get|apk|dnf|yum|microdnf)\b).*\b(?:install|add)\b")
_COPIED_FROM = re.compile(r"COPY\b.*--from=", re.IGNORECASE)


class Findings(Struct, frozen=True):
    """What hints are made of."""

    layers: Sequence[LayerFacts]
    waste: Sequence[Waste]
    caches: Sequence[LeftOver]
    duplicates: tuple[Duplicate, ...] | None
    """None where they were not looked for."""
    ownership: Ownership
    root: LiveRoot
    started: frozenset[str] = frozenset()
    """Names of what a container may start."""


def hints(findings: Findings) -> tuple[Hint, ...]:
    """Hints by the bytes that they would save, the most first."""
    counted: set[str] = set()
    found = [
        *_of_waste(findings),
        *_of_live(_caches(findings), findings, counted),
        *_of_live(_build_tools(findings), findings, counted),
        *_of_live(_copies(findings, counted), findings, counted),
        *_of_base(findings),
    ]
    worth = [hint for hint in found if hint.bytes >= WORTH_A_HINT_BYTES]
    return tuple(sorted(worth, key=lambda hint: (-hint.bytes, hint.layer, hint.finding)))


class _Removable(Struct, frozen=True):
    """Live files of one own layer that one change would remove."""

    layer: int
    carriers: Mapping[str, Collection[str]]
    """The files by what they are called in the finding: a directory, a package, the file itself."""
    title: str
    change: str


def _of_live(found: Iterable[_Removable], findings: Findings, counted: set[str]) -> Iterator[Hint]:
    """A hint for each that is worth one, of the bytes that are in no hint before it."""
    bytes_of = findings.root.bytes_of
    for one in found:
        sizes = {
            name: sum(bytes_of[path] for path in carriers if path not in counted)
            for name, carriers in one.carriers.items()
        }
        total = sum(sizes.values())
        if total < WORTH_A_HINT_BYTES:
            continue
        counted.update(path for carriers in one.carriers.values() for path in carriers)
        names = sorted((name for name in sizes if sizes[name]), key=lambda name: -sizes[name])
        instruction = findings.layers[one.layer].created_by
        yield Hint(total, one.layer, instruction, f"{one.title}: {_named(names)}", one.change)


def _caches(findings: Findings) -> Iterator[_Removable]:
    """All that one layer left of one kind, if one line avoids it; not what programs need that a
    container starts."""
    groups: dict[tuple[int, str, str], dict[str, Collection[str]]] = {}
    for left in findings.caches:
        cache = left.finding
        if not findings.layers[cache.written_by].is_base and not _in_use(left, findings):
            key = (cache.written_by, cache.kind, cache.advice)
            groups.setdefault(key, {})[f"/{cache.path}"] = left.carriers
    for (layer, kind, advice), group in groups.items():
        yield _Removable(layer, group, kind, advice)


def _in_use(left: LeftOver, findings: Findings) -> bool:
    """Whether programs read a cache when they run: one that is started, one whose name a cache in a
    home has, one that finds its packages there, or whatever follows a symbolic link into it."""
    kind, root = left.kind, findings.root
    place, _, name = left.finding.path.rpartition("/")
    is_its_own = place.endswith(".cache") and name in findings.started
    if is_its_own or not findings.started.isdisjoint(kind.used_by):
        return True
    if any(carrier.rpartition("/")[2] in findings.started for carrier in left.carriers):
        return True
    if kind.used_with and any(path.rpartition("/")[2] == kind.used_with for path in root.bytes_of):
        return True
    inside = f"{left.finding.path}/"
    return any(
        not link.startswith(inside) and _target(link, text).startswith(inside)
        for link, text in root.links.items()
    )


def _target(link: str, text: str) -> str:
    """Where a symbolic link leads, from the root."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(link), text))[1:]


def _of_waste(findings: Findings) -> Iterator[Hint]:
    """One hint for all that one layer hides of another for one reason."""
    groups: dict[tuple[int, int, _Cause], list[Waste]] = {}
    touches = Touches(findings.root.entries)
    for waste in findings.waste:
        if not _is_of_base(waste, findings.layers):
            key = (waste.written_by, waste.hidden_by, _cause(waste, findings.layers, touches))
            groups.setdefault(key, []).append(waste)
    for (written_by, hidden_by, cause), group in groups.items():
        writer, hider = findings.layers[written_by], findings.layers[hidden_by]
        blamed = hidden_by if writer.is_base else written_by
        largest = sorted(group, key=lambda waste: (-waste.bytes, waste.path))
        by = "the same layer" if written_by == hidden_by else f"layer {hidden_by}"
        finding = f"{cause.title} by {by}: {_named('/' + waste.path for waste in largest)}"
        change = cause.remedy(writer.created_by, hider.created_by)
        total = sum(waste.bytes for waste in group)
        yield Hint(total, blamed, findings.layers[blamed].created_by, finding, change)


def _is_of_base(waste: Waste, layers: Sequence[LayerFacts]) -> bool:
    """Whether no own instruction can change it.

    Of a file of the base whose attributes an own layer changed, the own copy can be avoided.
    """
    if waste.reason is WasteReason.attributes:
        return layers[waste.hidden_by].is_base
    return layers[waste.written_by].is_base


def _hidden_later(writer: str, hider: str) -> str:
    if _COPIED_FROM.match(writer):
        return "copy only what is needed from the stage"
    if COPIED.match(writer):
        return "leave them out of the build context (.dockerignore), or use RUN --mount=type=bind"
    if writer == hider:
        return "write only what stays"
    return "delete them in the RUN that writes them, or build in another stage and COPY --from"


def _written_twice(writer: str, hider: str) -> str:
    if _INSTALLS.match(writer) and _INSTALLS.match(hider):
        return "install everything in one RUN"
    return "write them once: put both instructions into one, or the final content first"


def _linked(_writer: str, _hider: str) -> str:
    return "a symbolic link (ln -s), or the hard link in the RUN that writes the file"


class _Cause(Struct, frozen=True):
    """Why bytes are hidden: what is said of them, and the remedy for writer and hider."""

    title: str
    remedy: Callable[[str, str], str]


_CAUSES = {
    WasteReason.deleted: _Cause("deleted", _hidden_later),
    WasteReason.overwritten: _Cause("overwritten", _written_twice),
    WasteReason.opaque: _Cause("hidden with their whole directory", _hidden_later),
    WasteReason.type_change: _Cause("replaced by something of another kind", _written_twice),
}
_TOUCHED = {touched: _Cause(touched.value, partial(remedy, touched)) for touched in Touched}
_LINKED = _Cause("copied for a hard link", _linked)


def _cause(waste: Waste, layers: Sequence[LayerFacts], touches: Touches) -> _Cause:
    """A file of a lower layer that gets another name is copied as a whole, as one is whose mode
    changes. What an instruction copies in was not linked to by it."""
    hider = layers[waste.hidden_by].created_by
    if waste.linked and not COPIED.match(hider):
        return _LINKED
    if waste.reason is WasteReason.attributes:
        return _TOUCHED[touches.of(waste, hider)]
    return _CAUSES[waste.reason]


def _build_tools(findings: Findings) -> Iterator[_Removable]:
    """Compilers, headers and development packages that own layers install."""
    owned = findings.ownership
    names = {owned.places[at]: owned.packages[at] for at in build_tools(owned, findings.started)}
    groups: dict[tuple[str, int], dict[str, list[str]]] = {}
    for path, claim in owned.claim_of.items() if names else ():
        package = names.get(claim)
        layer = findings.root.layer_of(path)
        if package is not None and not findings.layers[layer].is_base:
            files = groups.setdefault((package.manager, layer), {})
            files.setdefault(package.name, []).append(path)
    for (manager, layer), tools in groups.items():
        yield _Removable(layer, tools, f"build tools ({manager})", instead(manager))


def _copies(findings: Findings, counted: Collection[str]) -> Iterator[_Removable]:
    """Copies in own layers of what is live elsewhere, by the layer that wrote the copy; what other
    hints remove is neither a copy nor an original."""
    layer_of = findings.root.layer_of
    groups: dict[int, dict[str, list[str]]] = {}
    for duplicate in findings.duplicates or ():
        in_order = sorted((layer_of(path), path) for path in duplicate.paths if path not in counted)
        for layer, path in in_order[1:]:
            if not findings.layers[layer].is_base:
                groups.setdefault(layer, {})[f"/{path}"] = [path]
    for layer, copies in groups.items():
        change = "a symbolic link, or leave one out"
        yield _Removable(layer, copies, "copies of other files", change)


def _of_base(findings: Findings) -> Iterator[Hint]:
    """All that the base brings, told by the layer that wrote most of it."""
    layers = findings.layers
    hidden = [waste for waste in findings.waste if _is_of_base(waste, layers)]
    cached = [left.finding for left in findings.caches if layers[left.finding.written_by].is_base]
    parts = [
        text for found, text in ((hidden, "hidden files"), (cached, "left-over caches")) if found
    ]
    if parts:
        by_layer: Counter[int] = Counter()
        brought: list[Waste | CacheFinding] = [*hidden, *cached]
        for one in brought:
            by_layer[one.written_by] += one.bytes
        most = max(by_layer, key=lambda layer: (by_layer[layer], layer))
        finding = f"{' and '.join(parts)} that the base image brings"
        change = "only another base image changes that"
        yield Hint(by_layer.total(), most, layers[most].created_by, finding, change)


def _named(names: Iterable[str]) -> str:
    """The first names on one line, none of them endless, and how many more there are. What cannot
    be printed stays: JSON and the terminal have escapes for it that can be taken back."""
    return first_of([name[:_LONGEST_NAME] for name in names], _NAMED)
