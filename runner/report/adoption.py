"""What a recommended Dockerfile is for whoever adopts it: its comments, and a page for a pull
request. Pure functions of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.analysis.provenance import Setting
from runner.analysis.recommend import Alternative
from runner.model.text import code_span, markdown, printable
from runner.report import formats
from runner.report.missing import missing_lines, missing_summary
from runner.report.provenance import setting_lines
from runner.report.recommendation import Verdict

PULL_REQUEST = "pull_request.md"
"""The page for a pull request, next to the Dockerfile."""
KEPT = (
    "Base image, user, health check, start, ports, variables, labels, copied files and RUN steps"
    " are those of the project's own Dockerfile."
)


MOST_LINES = 8
"""Comments at the head of a Dockerfile, which its owner is to merge."""


def comments(verdict: Verdict, setting: Setting) -> list[str]:
    """The lines at the head of the Dockerfile: what was measured when, of it and of the project's
    own, and what changed: a line each, or where these are many, a line for each kind. On what it
    was measured is one remark; the page for a pull request has the rest."""
    chosen, before = verdict.recommendation.chosen, verdict.before
    versions, days = " and ".join(setting.versions), " to ".join(setting.days)
    measured = f"measured {days} (UTC) by dockbench {versions}"
    lines = [measured + _remark(setting, chosen, before), f"{chosen.name}: {_numbers(chosen)}"]
    if before is not None:
        lines.append(f"{before.name}: {_numbers(before)}")
    kinds = (
        ("", verdict.packages),
        ("", verdict.changes),
        ("not as before: ", verdict.losses),
        ("", tuple(filter(None, (printable(missing_summary(verdict.missing)),)))),
    )
    told = [f"{head}{line}" for head, found in kinds for line in found]
    if len(lines) + len(told) > MOST_LINES:
        told = [f"{head}{'; '.join(found)}" for head, found in kinds if found]
    return [*lines, *told]


def _remark(setting: Setting, chosen: Alternative, before: Alternative | None) -> str:
    """That it was measured on stand-ins, or on a copy that differs, and where that is told."""
    if setting.standins:
        return f" on stand-in base images ({PULL_REQUEST} says which, and how)"
    if _as_built(setting, chosen, before):
        return f" ({PULL_REQUEST} says how)"
    return ""


def _as_built(setting: Setting, chosen: Alternative, before: Alternative | None) -> list[str]:
    """What the two that are held against each other were measured on and with, where a copy was
    built that differs from their text."""
    names = {item.name for item in (chosen, before) if item is not None}
    return [
        printable(f"{', '.join(x for x in note.variants if x in names)}: {note.text}")
        for note in setting.notes
        if names.intersection(note.variants)
    ]


def _numbers(item: Alternative) -> str:
    """Bytes and seconds, both exact enough to be compared with another run."""
    text = (
        f"{item.unpacked_bytes:,} bytes unpacked, {item.compressed_bytes:,} compressed,"
        f" cold build {item.cold_s:.1f} s"
    )
    if item.edit_s is not None:
        text += f", build after an edit {item.edit_s:.1f} s"
    return f"{text}, healthy after {item.healthy_s:.2f} s" if item.healthy_s else text


def pull_request(verdict: Verdict, setting: Setting) -> str:
    """A summary in Markdown: sizes and times before and after, what changed, what is not as it
    was, how it was measured. Empty where there is nothing to adopt."""
    chosen, before = verdict.recommendation.chosen, verdict.before
    if chosen.name in (*verdict.own, verdict.plain):
        return ""
    parts = [f"# {_title(chosen, before)}\n", _table(chosen, before)]
    parts += _section("What changes", (*verdict.packages, *verdict.changes))
    if before is not None and before.name in (*verdict.own, *verdict.mended):
        title = f"{'Not as' if verdict.losses else 'As'} in {before.name}"
        parts += _section(title, verdict.losses or (KEPT,))
    parts += _section("Not in the image any more", missing_lines(verdict.missing))
    measured = (
        "Each was built without layer cache, and had to pass the same check before it got a size;"
        " times are medians of all trials, those of one build and one start where there is one.",
        *setting_lines(setting),
        *_as_built(setting, chosen, before),
    )
    return "\n".join([*parts, *_section("How this was measured", measured)])


def _title(chosen: Alternative, before: Alternative | None) -> str:
    size = formats.size(chosen.unpacked_bytes)
    if before is None:
        return f"A Docker image of {size}"
    return f"{markdown(before.name)}: {size} instead of {formats.size(before.unpacked_bytes)}"


def _table(chosen: Alternative, before: Alternative | None) -> str:
    names = [markdown(item.name) for item in (before, chosen) if item is not None]
    rows = [f"| | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    measures: tuple[tuple[str, Callable[[Alternative], str]], ...] = (
        ("unpacked", lambda x: formats.size(x.unpacked_bytes)),
        ("compressed", lambda x: formats.size(x.compressed_bytes)),
        ("cold build", lambda x: formats.duration(x.cold_s or None)),
        ("healthy after", lambda x: formats.duration(x.healthy_s or None)),
        ("build after an edited line", lambda x: formats.duration(x.edit_s)),
        ("uploaded after that", lambda x: formats.size(x.repush_bytes)),
        ("build stages", lambda x: str(x.stages)),
        ("instructions", lambda x: str(x.instructions)),
    )
    for name, of in measures:
        cells = [of(item) for item in (before, chosen) if item is not None]
        if set(cells) != {formats.ABSENT}:
            rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"## {markdown(title)}\n", *(f"- {_line(line)}" for line in lines), ""]


def _line(line: str) -> str:
    """`level: what it is about`, the level as code."""
    level, colon, about = line.partition(": ")
    if colon and "=" in level and " " not in level:
        return f"{code_span(level)}: {markdown(about)}"
    return markdown(line)
