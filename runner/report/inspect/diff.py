"""The report of `dockbench compare-images` in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from runner.analysis.file_tree import Change
from runner.analysis.image_diff import FilePair, ImageDiff
from runner.model.text import one_line, printable
from runner.report import formats
from runner.report.inspect.check import growth
from runner.report.inspect.console import QUIET, grid, heading, more, put
from runner.report.inspect.trees import MARKS, STYLES
from runner.report.text import shortened_path, with_platform

SIZE = 10


def print_diff(
    diff: ImageDiff, console: Console, top: int, sources: tuple[str, str] = ("", "")
) -> None:
    """Totals, then packages, directories and files that differ, each list's `top` largest.

    `sources` are the images as they were asked for; they tell apart what has one name.
    """
    before, after = diff.before, diff.after
    names = [printable(with_platform(one.name, one.platform)) for one in (before, after)]
    if names[0] == names[1] and sources[0] != sources[1]:
        names = [
            f"{name} of {printable(source)}" for name, source in zip(names, sources, strict=True)
        ]
    console.print(Text.assemble((names[0], "bold"), " → ", (names[1], "bold")))
    console.print()
    table = grid((10, SIZE, SIZE, None), numeric=(1, 2))
    for name in ("stored", "live", "wasted", "compressed"):
        old, new = getattr(before, f"{name}_bytes"), getattr(after, f"{name}_bytes")
        if old is not None and new is not None:
            table.add_row(name, formats.size(old), formats.size(new), growth(old, new))
    put(console, table)
    _print_totals(diff, console)
    _print_packages(diff, console, top)
    _print_folders(diff, console, top)
    _print_files(diff, console, top)
    _print_directories(diff, console, top)


def _print_totals(diff: ImageDiff, console: Console) -> None:
    totals = diff.totals
    heading(console, "Live content", f"{diff.shared_layers} layers are the same in both")
    table = grid((SIZE, 2, None), prose=True)
    rows = [
        (totals.added_bytes, Change.added, f"added in {_files(totals.added_files)}"),
        (totals.removed_bytes, Change.removed, f"removed in {_files(totals.removed_files)}"),
        (
            totals.changed_bytes,
            Change.changed,
            f"changed in {_files(totals.changed_files)}, together"
            f" {growth(0, totals.grown_bytes).replace('none', 'as large as before')}",
        ),
        (totals.unchanged_bytes, Change.unchanged, "the same in both"),
    ]
    for amount, change, text in rows:
        table.add_row(
            Text(formats.size(amount), style=STYLES[change]),
            Text(MARKS[change], style=STYLES[change]),
            text,
        )
    put(console, table)


def _print_packages(diff: ImageDiff, console: Console, top: int) -> None:
    if not diff.packages:
        return
    remark = f"{len(diff.packages)} differ: growth, and bytes of files that changed"
    heading(console, "Packages", remark)
    table = grid((SIZE, SIZE, 2, 7, None), numeric=(0, 1))
    for package in diff.packages[:top]:
        versions = {
            Change.added: package.after_version,
            Change.removed: package.before_version,
        }.get(package.change, f"{package.before_version} → {package.after_version}")
        if package.before_version == package.after_version:
            versions = package.after_version
        table.add_row(
            growth(0, package.grown_bytes).replace("none", "0 B"),
            _signed("~", package.content.changed_bytes if package.content else 0, Change.changed),
            Text(MARKS[package.change], style=STYLES[package.change]),
            Text(printable(package.manager), style=QUIET),
            Text.assemble(one_line(package.name), (f"  {one_line(versions)}", QUIET)),
        )
    put(console, table)
    left = diff.packages[top:]
    more(console, len(left), sum(package.grown_bytes for package in left))


def _print_folders(diff: ImageDiff, console: Console, top: int) -> None:
    if not diff.folders:
        return
    heading(console, "Folders", "added, removed, changed")
    table = grid((SIZE, SIZE, SIZE, None), numeric=(0, 1, 2))
    room = max(8, console.width - 3 * (SIZE + 2) - 2)
    for folder in diff.folders[:top]:
        table.add_row(
            _signed("+", folder.added_bytes, Change.added),
            _signed("−", folder.removed_bytes, Change.removed),
            _signed("~", folder.changed_bytes, Change.changed),
            Text.assemble(
                shortened_path("/" + printable(folder.path), room - 10),
                ("  the rest" if folder.rest else "", QUIET),
            ),
        )
    put(console, table)
    left = len(diff.folders) - top
    if left > 0:
        console.print(Text(f"… {left:,} more directories", style=QUIET))


def _print_files(diff: ImageDiff, console: Console, top: int) -> None:
    if not diff.files:
        return
    heading(console, "Largest files that differ")
    table = grid((SIZE, 2, None))
    room = max(8, console.width - SIZE - 2 - 8)
    for file in diff.files[:top]:
        table.add_row(
            formats.size(max(file.before_bytes, file.after_bytes)),
            Text(MARKS[file.change], style=STYLES[file.change]),
            _named(file, room),
        )
    put(console, table)
    totals = diff.totals
    left = totals.added_files + totals.removed_files + totals.changed_files - top
    if left > 0:
        console.print(Text(f"… {left:,} more files", style=QUIET))


def _print_directories(diff: ImageDiff, console: Console, top: int) -> None:
    if not diff.directories:
        return
    heading(console, "Directories that differ", "in themselves, whatever is in them")
    table = grid((2, None))
    room = max(8, console.width - 2 - 8)
    for directory in diff.directories[:top]:
        mark = Text(MARKS[directory.change], style=STYLES[directory.change])
        table.add_row(mark, _named(directory, room))
    put(console, table)
    left = len(diff.directories) - top
    if left > 0:
        console.print(Text(f"… {left:,} more directories", style=QUIET))


def _named(file: FilePair, room: int) -> Text:
    """The path, and behind it what of a changed file is not the same."""
    what = ", ".join(file.what)
    left = max(8, room - len(what) - 2) if what else room
    path = shortened_path("/" + printable(file.path), left)
    return Text.assemble(path, (f"  {what}" if what else "", QUIET))


def _files(count: int) -> str:
    return "one file" if count == 1 else f"{count:,} files"


def _signed(sign: str, amount: int, change: Change) -> Text:
    return Text(f"{sign}{formats.size(amount)}" if amount else "", style=STYLES[change])
