"""A file tree in the terminal: sizes, states, and what is too small to tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from runner.analysis.file_tree import Change, FileChange, Folder
from runner.model.text import printable
from runner.report import formats
from runner.report.inspect.console import BAD, GOOD, QUIET

SIZE = 9
MARKS = {Change.added: "+", Change.removed: "−", Change.changed: "~", Change.unchanged: " "}
STYLES = {
    Change.added: GOOD,
    Change.removed: "red",
    Change.changed: BAD,
    Change.unchanged: "",
}
LEGEND = "+ added  ~ changed  − removed"


def print_tree(root: Folder, console: Console, title: str, top: int, depth: int) -> None:
    """The tree down to `depth` directories, in each directory its `top` largest."""
    heading = Text(printable(title), style="bold")
    heading.truncate(console.width, overflow="ellipsis")
    console.print(heading)
    console.print(Text(LEGEND, style=QUIET))
    if not root.counts:
        console.print(Text("nothing: no file is added, changed or removed", style=QUIET))
        return
    _line(console, root.shown_bytes, root.change, "", "/", _counts(root))
    _print_below(root, console, "", top, depth)


def _print_below(folder: Folder, console: Console, indent: str, top: int, depth: int) -> None:
    inside: Sequence[Folder | FileChange] = sorted(
        [*folder.folders.values(), *folder.files], key=lambda item: (-_bytes(item), item.path)
    )
    shown, left = inside[:top], inside[top:]
    for place, item in enumerate(shown):
        last = place == len(shown) - 1 and not left
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        name = printable(item.path.rpartition("/")[2])
        if isinstance(item, Folder):
            item, name = _alone(item, name)
            closed = depth <= 1
            remark = _counts(item) if closed else ""
            _line(console, _bytes(item), item.change, indent + branch, name + "/", remark)
            if not closed:
                _print_below(item, console, indent + below, top, depth - 1)
        else:
            remark = f"→ {printable(item.target)}" if item.target else _before(item)
            _line(console, _bytes(item), item.change, indent + branch, name, remark)
    if left:
        rest = f"… {len(left):,} more"
        total = sum(_bytes(item) for item in left)
        _line(console, total, Change.unchanged, f"{indent}└─ ", rest, "")


def _alone(folder: Folder, name: str) -> tuple[Folder, str]:
    """Directories in which there is nothing but one directory are one line: `usr/local/lib`."""
    while len(folder.folders) == 1 and not folder.files:
        (folder,) = folder.folders.values()
        name += "/" + printable(folder.path.rpartition("/")[2])
    return folder, name


def _line(console: Console, size: int, change: Change, branch: str, name: str, remark: str) -> None:
    line = Text.assemble(
        f"{formats.size(size):>{SIZE}} ",
        (f"{MARKS[change]} ", STYLES[change]),
        (branch, QUIET),
        (name, STYLES[change]),
        (f"  {remark}" if remark else "", QUIET),
    )
    line.truncate(console.width, overflow="ellipsis")
    console.print(line)


def _bytes(item: Folder | FileChange) -> int:
    if isinstance(item, Folder):
        return item.shown_bytes
    return item.before_bytes if item.change is Change.removed else item.after_bytes


def _before(item: FileChange) -> str:
    if item.change is not Change.changed or item.before_bytes == item.after_bytes:
        return ""
    return f"was {formats.size(item.before_bytes)}"


def _counts(folder: Folder) -> str:
    """`12 added, 1 removed`, or only how many files where nothing happened to any."""
    total = sum(folder.counts.values())
    if len(folder.counts) == 1:
        return f"{total:,} file" + ("s" if total > 1 else "")
    counts = [(change, folder.counts[change]) for change in Change if change in folder.counts]
    return ", ".join(f"{count:,} {change.value}" for change, count in counts)
