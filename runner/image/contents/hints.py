"""What to change: for each finding the instruction that wrote it, its bytes, and the remedy.

What the base image wrote cannot be changed here, so all of it is one hint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from runner.image.contents.build_tools import instead, is_build_tool
from runner.image.contents.live import LiveRoot
from runner.image.contents.packages import Ownership
from runner.image.contents.packages.port import label
from runner.model.anatomy import CacheFinding, Duplicate, Hint, LayerFacts, Waste, WasteReason

WORTH_A_HINT_BYTES = 10_000
"""Findings below this are not worth changing a Dockerfile for."""

_NAMED = 3
"""Paths or packages that a finding names before it says how many more there are."""

_COPIED = re.compile(r"(?:COPY|ADD)\b", re.IGNORECASE)
_INSTALLS = re.compile(r"RUN\b(?>.*?\b(?:apt|apt-get|apk|dnf|yum|microdnf)\b).*\b(?:install|add)\b")
_OPTIONS = {"chown": "--chown=USER:GROUP", "chmod": "--chmod=MODE"}
_COPIED_FROM = re.compile(r"COPY\b.*--from=", re.IGNORECASE)


class Findings(Struct, frozen=True):
    """What hints are made of."""

    layers: Sequence[LayerFacts]
    waste: Sequence[Waste]
    caches: Sequence[CacheFinding]
    duplicates: tuple[Duplicate, ...] | None
    """None where they were not looked for."""
    ownership: Ownership
    root: LiveRoot


def hints(findings: Findings) -> tuple[Hint, ...]:
    """Hints by the bytes that they would save, the most first."""
    found = [
        *_of_waste(findings),
        *_of_caches(findings),
        *_of_build_tools(findings),
        *_of_duplicates(findings),
        *_of_base(findings),
    ]
    worth = [hint for hint in found if hint.bytes >= WORTH_A_HINT_BYTES]
    return tuple(sorted(worth, key=lambda hint: (-hint.bytes, hint.layer, hint.finding)))


def _of_caches(findings: Findings) -> Iterator[Hint]:
    """One hint for all that one layer left of one kind, if one line avoids it."""
    groups: dict[tuple[int, str, str], list[CacheFinding]] = {}
    for cache in findings.caches:
        if not findings.layers[cache.written_by].is_base:
            key = (cache.written_by, cache.kind, cache.advice)
            groups.setdefault(key, []).append(cache)
    for (layer, kind, advice), group in groups.items():
        finding = f"{kind}: {_named('/' + cache.path for cache in group)}"
        total = sum(cache.bytes for cache in group)
        yield Hint(total, layer, findings.layers[layer].created_by, finding, advice)


def _of_waste(findings: Findings) -> Iterator[Hint]:
    """One hint for all that one layer hides of another for one reason."""
    groups: dict[tuple[int, int, WasteReason], list[Waste]] = {}
    for waste in findings.waste:
        if not _is_of_base(waste, findings.layers):
            key = (waste.written_by, waste.hidden_by, waste.reason)
            groups.setdefault(key, []).append(waste)
    for (written_by, hidden_by, reason), group in groups.items():
        writer, hider = findings.layers[written_by], findings.layers[hidden_by]
        blamed = hidden_by if writer.is_base else written_by
        largest = sorted(group, key=lambda waste: (-waste.bytes, waste.path))
        by = "the same layer" if written_by == hidden_by else f"layer {hidden_by}"
        finding = f"{_HIDDEN[reason]} by {by}: {_named('/' + waste.path for waste in largest)}"
        change = _REMEDIES[reason](writer.created_by, hider.created_by)
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
    if _COPIED.match(writer):
        return "leave them out of the build context (.dockerignore), or use RUN --mount=type=bind"
    if writer == hider:
        return "write only what stays"
    return "delete them in the RUN that writes them, or build in another stage and COPY --from"


def _written_twice(writer: str, hider: str) -> str:
    if _INSTALLS.match(writer) and _INSTALLS.match(hider):
        return "install everything in one RUN"
    return "write them once: put both instructions into one, or the final content first"


def _touched(writer: str, hider: str) -> str:
    option = next((text for word, text in _OPTIONS.items() if word in hider), None)
    if _COPIED.match(writer) and option:
        return f"COPY {option} instead of changing the copied files in a later layer"
    if _COPIED.match(hider):
        return "do not copy again what is there already"
    return "set mode and owner where the files are written"


_HIDDEN = {
    WasteReason.deleted: "deleted",
    WasteReason.overwritten: "overwritten",
    WasteReason.attributes: "only mode, owner or times changed",
    WasteReason.opaque: "hidden with their whole folder",
    WasteReason.type_change: "replaced by something of another kind",
}
_REMEDIES = {
    WasteReason.deleted: _hidden_later,
    WasteReason.overwritten: _written_twice,
    WasteReason.attributes: _touched,
    WasteReason.opaque: _hidden_later,
    WasteReason.type_change: _written_twice,
}


def _of_build_tools(findings: Findings) -> Iterator[Hint]:
    """Compilers, headers and development packages that own layers install."""
    groups: dict[tuple[str, int], dict[str, int]] = {}
    owned = findings.ownership
    for package, by_layer in zip(owned.packages, owned.layers, strict=True):
        if is_build_tool(package.manager, package.name):
            for layer, size in by_layer.items():
                if size and not findings.layers[layer].is_base:
                    tools = groups.setdefault((package.manager, layer), {})
                    tools[package.name] = tools.get(package.name, 0) + size
    for (manager, layer), tools in groups.items():
        named = _named(sorted(tools, key=lambda name: (-tools[name], name)))
        yield Hint(
            sum(tools.values()),
            layer,
            findings.layers[layer].created_by,
            f"build tools ({manager}): {named}",
            instead(manager),
        )


def _of_duplicates(findings: Findings) -> Iterator[Hint]:
    """Copies in own layers of what is live elsewhere, by the layer that wrote the copy."""
    groups: dict[int, list[tuple[int, str]]] = {}
    for duplicate in findings.duplicates or ():
        in_order = sorted((findings.root.layer_of[path], path) for path in duplicate.paths)
        for layer, path in in_order[1:]:
            if not findings.layers[layer].is_base:
                groups.setdefault(layer, []).append((duplicate.bytes, path))
    for layer, copies in groups.items():
        copies.sort(key=lambda copy: (-copy[0], copy[1]))
        yield Hint(
            sum(size for size, _ in copies),
            layer,
            findings.layers[layer].created_by,
            f"copies of other files: {_named('/' + path for _, path in copies)}",
            "a symbolic link, or leave one out",
        )


def _of_base(findings: Findings) -> Iterator[Hint]:
    """All that the base brings, told by the layer that wrote most of it."""
    layers = findings.layers
    hidden = [waste for waste in findings.waste if _is_of_base(waste, layers)]
    cached = [
        cache for cache in findings.caches if cache.bytes and layers[cache.written_by].is_base
    ]
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
    """The first names on one line, and how many more there are."""
    every = list(names)
    more = len(every) - _NAMED
    return ", ".join(map(label, every[:_NAMED])) + (f" and {more} more" if more > 0 else "")
