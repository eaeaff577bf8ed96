"""The sections of the report on what an image is made of: caches, packages, files, duplicates."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from runner.model.anatomy import (
    SMALLEST_DUPLICATE_BYTES,
    AnatomyDocument,
    CacheFinding,
    Package,
    SizeOf,
)
from runner.model.text import one_line, printable
from runner.report import formats
from runner.report.inspect.console import (
    BAD,
    COMFORTABLE,
    GOOD,
    QUIET,
    bar,
    grid,
    heading,
    more,
    percent,
    put,
    remedy,
)
from runner.report.text import shortened_path

_COMPARED = f"files from {SMALLEST_DUPLICATE_BYTES >> 10} KiB on"
SIZE = 9
BAR = 12
KIND = 16
"""Columns of a size, a bar, and a kind of cache."""


def print_contents(document: AnatomyDocument, console: Console, top: int) -> None:
    """Secrets, caches, packages, what is in none, what is large, duplicates; no empty sections."""
    print_secrets(document, console, top)
    print_caches(document, console, top)
    print_packages(document, console, top)
    _print_sizes(
        console,
        "Owned by no package",
        f"{formats.size(document.unowned_bytes)},"
        f" {percent(document.unowned_bytes, document.image.live_bytes)} of what is live",
        document.unowned,
        top,
        folders=True,
    )
    left = document.unowned[top:]
    more(console, len(left), sum(item.bytes for item in left))
    print_largest(document, console, top)
    print_duplicates(document, console, top)


def print_secrets(document: AnatomyDocument, console: Console, top: int) -> None:
    """Files that usually hold secrets, by name; also those that a layer above hides: whoever has
    the image can read them."""
    if not document.secrets:
        return
    heading(console, "Usually secret", "files that anybody who has the image can read")
    for path in document.secrets[:top]:
        console.print(Text(f"  /{printable(path)}", style=BAD), soft_wrap=True)
    if left := len(document.secrets[top:]):
        console.print(Text(f"… {left:,} more", style=QUIET))


def print_caches(document: AnatomyDocument, console: Console, top: int) -> None:
    """Left-over caches with the layer and the instruction that wrote them and the line that would
    avoid them, told once for all that have it in common: on terminals of every width."""
    if not document.caches:
        return
    found = sorted(document.caches, key=lambda cache: -cache.bytes)
    heading(console, "Left-over caches", formats.size(sum(cache.bytes for cache in found)))
    alike: dict[tuple[int, str], list[CacheFinding]] = {}
    for cache in found[:top]:
        alike.setdefault((cache.written_by, cache.advice), []).append(cache)
    room = max(8, console.width - SIZE - KIND - 4)
    for (layer, advice), together in alike.items():
        table = grid((SIZE, KIND, None))
        for cache in together:
            table.add_row(
                Text(formats.size(cache.bytes), style=BAD),
                Text(one_line(cache.kind)),
                Text(shortened_path("/" + printable(cache.path), room)),
            )
        put(console, table)
        known = 0 <= layer < len(document.layers)
        instruction = document.layers[layer].created_by if known else ""
        remedy(console, layer, instruction, advice, SIZE + 2)
    more(console, len(found) - top, sum(cache.bytes for cache in found[top:]))


def print_packages(document: AnatomyDocument, console: Console, top: int) -> None:
    """The largest packages of all managers, with a bar."""
    if not document.packages:
        return
    found = sorted(document.packages, key=lambda package: -package.bytes)
    managers = ", ".join(_manager(name, found) for name in _managers(found))
    heading(console, "Packages", managers)
    width = _bar_width(console)
    table = grid((SIZE, width, 7, None))
    for package in found[:top]:
        table.add_row(
            formats.size(package.bytes),
            bar(package.bytes, 0, found[0].bytes, width, GOOD),
            Text(printable(package.manager), style=QUIET),
            Text.assemble(one_line(package.name), (f"  {one_line(package.version)}", QUIET)),
        )
    put(console, table)
    more(console, len(found) - top, sum(package.bytes for package in found[top:]))


def print_largest(document: AnatomyDocument, console: Console, top: int) -> None:
    """The largest files and directories; what is in a directory may be in others of the list
    too."""
    files, image = document.largest_files[:top], document.image
    _print_sizes(console, "Largest files", "", files, top, folders=False)
    if files:
        left_bytes = image.live_bytes - sum(item.bytes for item in files)
        more(console, image.live_files - len(files), left_bytes)
    below = "with all that is below them"
    found = document.largest_directories
    _print_sizes(console, "Largest directories", below, found, top, folders=True)


def print_duplicates(document: AnatomyDocument, console: Console, top: int) -> None:
    """The same content under several names: no waste, but worth knowing."""
    if document.duplicates is None:
        console.print()
        unknown = "content that is there twice was not looked for: --duplicates does"
        console.print(Text(unknown, style=QUIET))
        return
    if not document.duplicates:
        heading(console, "The same content twice", f"nothing was found in {_COMPARED}")
        return
    found = sorted(document.duplicates, key=lambda item: -item.bytes * (len(item.paths) - 1))
    extra = [item.bytes * (len(item.paths) - 1) for item in found]
    remark = f"{formats.size(sum(extra))} more than once, in {_COMPARED}"
    heading(console, "The same content twice", remark)
    table = grid((SIZE, 9, None))
    for item, extra_bytes in zip(found[:top], extra, strict=False):
        names = "  ".join("/" + printable(path) for path in item.paths[:2])
        table.add_row(
            formats.size(extra_bytes), Text(f"{len(item.paths)} names", style=QUIET), Text(names)
        )
    put(console, table)
    more(console, len(found) - top, sum(extra[top:]))


def _print_sizes(
    console: Console, title: str, remark: str, sizes: Sequence[SizeOf], top: int, *, folders: bool
) -> None:
    if not sizes:
        return
    heading(console, title, remark)
    width = _bar_width(console)
    table = grid((SIZE, width, None))
    counted = folders and console.width >= COMFORTABLE
    room = max(8, console.width - SIZE - width - 6 - (14 if counted else 0))
    for item in sizes[:top]:
        path = shortened_path("/" + printable(item.path).lstrip("/"), room)
        count = f"  {item.files:,} files" if counted and item.files > 1 else ""
        table.add_row(
            formats.size(item.bytes),
            bar(item.bytes, 0, sizes[0].bytes, width, GOOD),
            Text.assemble(path, (count, QUIET)),
        )
    put(console, table)


def _bar_width(console: Console) -> int:
    return BAR if console.width >= COMFORTABLE else BAR // 2


def _managers(packages: Sequence[Package]) -> list[str]:
    sums: dict[str, int] = {}
    for package in packages:
        sums[package.manager] = sums.get(package.manager, 0) + package.bytes
    return sorted(sums, key=lambda name: -sums[name])


def _manager(name: str, packages: Sequence[Package]) -> str:
    own = [package.bytes for package in packages if package.manager == name]
    return f"{printable(name)} {formats.size(sum(own))} in {len(own)}"
