"""The report of `dockbench inspect` in a terminal: what is in an image, and what to change."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from runner.model.anatomy import AnatomyDocument, LayerFacts
from runner.model.text import one_line, printable
from runner.report import formats
from runner.report.inspect.console import (
    BAD,
    BASE,
    COMFORTABLE,
    GOOD,
    QUIET,
    WASTED_BAR,
    bar,
    grid,
    hanging,
    heading,
    more,
    percent,
    put,
    remedy,
)
from runner.report.inspect.contents import print_contents
from runner.report.inspect.grouped import bytes_by_cause, grouped_waste
from runner.report.text import shortened_path

BAR = 20
SIZE = 9
"""Columns of a bar, and of a size."""


def print_report(document: AnatomyDocument, console: Console, top: int) -> None:
    """Everything, each list cut to its `top` largest; what to change comes last."""
    print_summary(document, console)
    print_layers(document, console)
    print_waste(document, console, top)
    print_contents(document, console, top)
    print_hints(document, console, top)


def print_summary(document: AnatomyDocument, console: Console) -> None:
    """The image as a whole."""
    image = document.image
    facts = ", ".join(filter(None, (image.platform, image.reader and f"read by {image.reader}")))
    console.print(Text.assemble((printable(image.name), "bold"), (f"  {facts}", QUIET)))
    console.print()
    wasted = percent(image.wasted_bytes, image.stored_bytes)
    rows = [
        ("stored", image.stored_bytes, f"content of {_layers(len(document.layers))}", ""),
        ("live", image.live_bytes, "what a container sees", GOOD),
        (
            "wasted",
            image.wasted_bytes,
            f"{wasted} is stored and cannot be reached",
            BAD if image.wasted_bytes else "",
        ),
    ]
    table = grid((10, SIZE, None), numeric=(1,), prose=True)
    for name, amount, meaning, style in rows:
        table.add_row(name, Text(formats.size(amount), style=style), Text(meaning, style=QUIET))
    compressed = image.compressor or "the layers were not compressed: --compressed does"
    table.add_row(
        "compressed", formats.size(image.compressed_bytes), Text(printable(compressed), QUIET)
    )
    put(console, table)
    if document.dive is not None:
        dive = document.dive
        console.print(
            Text(
                f"dive says: efficiency {dive.dive_efficiency:.4f}, wasted"
                f" {formats.size(dive.dive_wasted_bytes)}, user wasted"
                f" {100 * dive.dive_user_wasted_percent:.2f} %",
                style=QUIET,
            )
        )


def print_layers(document: AnatomyDocument, console: Console) -> None:
    """Every layer with a bar, from the base up."""
    layers = document.layers
    largest = max((layer.stored_bytes for layer in layers), default=0)
    wide = console.width >= COMFORTABLE
    base = [layer for layer in layers if layer.is_base]
    remark = f"{len(layers)}"
    if base:
        of_base = formats.size(sum(layer.stored_bytes for layer in base))
        remark += f", {len(base)} from the base {printable(document.image.base)} ({of_base})"
    if any(layer.wasted_bytes for layer in layers):
        remark += f", {WASTED_BAR} wasted"
    heading(console, "Layers", " ".join(remark.split()))
    widths = (3, SIZE, BAR, 7, None) if wide else (3, SIZE, BAR // 2, None)
    table = grid(widths, numeric=(0, 1, 3) if wide else (0, 1))
    for place, layer in enumerate(layers):
        colour = BASE if layer.is_base else GOOD
        cells = [
            Text(str(place), style=QUIET),
            Text(formats.size(layer.stored_bytes)),
            bar(layer.stored_bytes, layer.wasted_bytes, largest, widths[2] or 0, colour),
        ]
        if wide:
            cells.append(Text(f"{layer.files:,}" if layer.files else "", style=QUIET))
        table.add_row(*cells, Text(_instruction(layer), style=QUIET if layer.is_base else ""))
    put(console, table)


def print_waste(document: AnatomyDocument, console: Console, top: int) -> None:
    """What is stored and cannot be reached: where, why, written and hidden by which layers."""
    if not document.waste:
        return
    reasons = ", ".join(
        f"{cause} {formats.size(amount)}" for cause, amount in bytes_by_cause(document.waste)
    )
    heading(console, "Waste", f"{formats.size(document.image.wasted_bytes)}: {reasons}")
    groups = grouped_waste(document.waste)
    wide = console.width >= COMFORTABLE
    widths = (SIZE, 11, 14, None, 8) if wide else (SIZE, 11, 9, None)
    room = console.width - sum(width or 0 for width in widths) - 2 * len(widths)
    table = grid(widths, numeric=(0, 4))
    for group in groups[:top]:
        across = (
            f"{group.written_by} → {group.hidden_by}"
            if group.written_by != group.hidden_by
            else f"in {group.written_by}"
        )
        cells = [
            Text(formats.size(group.bytes), style=BAD),
            Text(group.cause),
            Text(f"layer {across}" if wide else across, style=QUIET),
            Text(shortened_path("/" + printable(group.path).lstrip("/"), max(8, room))),
        ]
        if wide:
            cells.append(Text(f"{group.files:,} files" if group.files > 1 else "", style=QUIET))
        table.add_row(*cells)
    put(console, table)
    more(console, len(groups) - top, sum(group.bytes for group in groups[top:]))
    guessed = bytes_by_cause(item for item in document.waste if item.guessed)
    if guessed:
        told = ", ".join(f"{cause} {formats.size(amount)}" for cause, amount in guessed)
        hanging(
            console,
            Text(f"by size and time, contents were not compared: {told}", style=QUIET),
            0,
        )


def print_hints(document: AnatomyDocument, console: Console, top: int) -> None:
    """What to change, the largest saving first."""
    hints = sorted(document.hints, key=lambda hint: -hint.bytes)
    heading(console, "What to change", "" if hints else "nothing was found")
    indent = SIZE + 2
    for hint in hints[:top]:
        hanging(
            console,
            Text.assemble(
                (f"{formats.size(hint.bytes):>{SIZE}}", f"bold {BAD}"),
                f"  {one_line(hint.finding)}",
            ),
            indent,
        )
        remedy(console, hint.layer, hint.instruction, hint.change, indent)
    more(console, len(hints) - top, sum(hint.bytes for hint in hints[top:]))


def _instruction(layer: LayerFacts) -> str:
    return one_line(layer.created_by) or f"({layer.diff_id[:19]}…)"


def _layers(count: int) -> str:
    return "one layer" if count == 1 else f"{count} layers"
