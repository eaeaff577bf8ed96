"""What is recommended for a project, and why: in Markdown next to the Dockerfile, and on stdout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.analysis.missing_files import Missing
from runner.analysis.recommend import (
    MAGNITUDE,
    SLOW_REBUILD,
    SLOW_REBUILD_S,
    TOLERANCE,
    TOLERANCE_BYTES,
    Alternative,
    EffortLevel,
    Reason,
    Recommendation,
    Rejected,
    nearly_equal,
    rebuilt_slowly,
)
from runner.image.contents.secrets import secret_notes
from runner.model.start_time import SLOW_START, TOO_SLOW_S
from runner.model.text import code_span, first_of, link, markdown
from runner.report import formats
from runner.report.missing import missing_lines, missing_summary


@dataclass(frozen=True)
class Verdict:
    """A recommendation with all that its reader needs to judge it."""

    project: str
    recommendation: Recommendation
    abouts: Mapping[str, str]
    """Alternative → what it is, in one line."""
    failures: tuple[str, ...] = ()
    """A line for each alternative that did not pass."""
    evidence: tuple[str, ...] = ()
    """What the project was taken for, and why."""
    own: tuple[str, ...] = ()
    """The alternatives that are the project's own Dockerfiles, as they are."""
    context: str = "."
    """The directory that the recommended Dockerfile is built in, relative to the project's."""
    files: tuple[str, ...] = ("Dockerfile",)
    """What lies in `recommended/`."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Alternative → directory of its Dockerfile, relative to the results directory."""
    replaces: str = ""
    """The project's own Dockerfile that the recommended one is an improvement of."""
    replaces_ignore: str = ""
    """The project's .dockerignore that changes with it; empty for none."""
    plain: str = ""
    """The plain Dockerfile among the alternatives, of a project that has none; empty for none."""
    taken: tuple[str, ...] = ()
    """Names in `recommended/` that the project has files of."""
    before: Alternative | None = None
    """The project's Dockerfile that the choice is held against, if it passed."""
    changes: tuple[str, ...] = ()
    """What the choice changes: `cache=purge: what that does`, a line each."""
    losses: tuple[str, ...] = ()
    """What of the project's own Dockerfile it does not have, a line each."""
    missing: Missing = field(default_factory=Missing)
    """What of the files of the project's own image its image does not hold."""
    unmeasured: tuple[str, ...] = ()
    """Alternatives that are not measured yet: the choice is one for the time being."""
    postponed: tuple[str, ...] = ()
    """Dockerfiles of the project among them, as edits of another come first."""
    packages: tuple[str, ...] = ()
    """That packages of an earlier day were installed, and what is to be changed for that."""
    secrets: tuple[str, ...] = ()
    """Paths in the recommended image of files that usually hold secrets."""
    mended: tuple[str, ...] = ()
    """The project's own Dockerfiles, with what they lack to work at all."""


def headline(verdict: Verdict) -> str:
    """The choice and its size, against the project's own Dockerfile where there is one."""
    chosen = verdict.recommendation.chosen
    text = f"{chosen.name}: {_sizes(chosen)}"
    if chosen.name in verdict.own:
        return f"{text}; the project's own, as it is"
    if chosen.name in verdict.mended:
        return f"{text}; the project's own, with what it lacks to work at all"
    if chosen.name == verdict.plain:
        return f"{text}; nothing that is known makes it smaller"
    others = {item.alternative.name: item.alternative for item in verdict.recommendation.rejected}
    known = (*verdict.own, *verdict.mended, verdict.plain)
    for own in (others[name] for name in known if name in others):
        return f"{text}; {_against(own, chosen)}"
    return text


def _against(own: Alternative, chosen: Alternative) -> str:
    """What the project's own has, or what it takes to build where it is as large."""
    equal = nearly_equal(own.unpacked_bytes, chosen.unpacked_bytes)
    if equal and rebuilt_slowly(own, chosen):
        times = (formats.duration(x.edit_s) for x in (chosen, own))
        return f"built after an edited line in {f', {own.name} in '.join(times)}"
    ratio = formats.factor(own.unpacked_bytes / chosen.unpacked_bytes)
    return f"{own.name} has {formats.size(own.unpacked_bytes)}, {ratio} as much"


def slow_start(verdict: Verdict) -> str:
    """That the choice starts slowly, beside which other, and what differs; empty if it does not."""
    chosen, other = verdict.recommendation.chosen, verdict.recommendation.quicker
    if other is None:
        return ""
    levels = sorted(chosen.changed - other.changed)
    causes = ", ".join(f"{factor}={level}" for factor, level in levels)
    more = other.unpacked_bytes - chosen.unpacked_bytes
    return (
        f"{chosen.name} starts slowly: {_seconds(chosen.healthy_s)} to its first healthy answer,"
        f" {other.name} {_seconds(other.healthy_s)} ({_difference(more)})"
        + (f"; what differs: {causes}" if causes else "")
    )


def so_far(verdict: Verdict) -> str:
    """That the choice is among what is measured so far; empty where that is everything."""
    if not verdict.unmeasured:
        return ""
    missing = len(verdict.unmeasured)
    return (
        f"the choice so far: {missing} {'alternative is' if missing == 1 else 'alternatives are'}"
        f" not measured yet ({first_of(verdict.unmeasured, _MOST_NAMED)});"
        " the same command goes on"
        f"{_postponed(verdict.postponed)}"
    )


def _postponed(names: Sequence[str]) -> str:
    """That there was no time for Dockerfiles of the project, and what to do."""
    if not names:
        return ""
    return (
        f"; there was no time for the project's own {first_of(names, _MOST_NAMED)}:"
        f" --dockerfile {names[0]} has it built before edits of another, a larger --budget behind"
        " them"
    )


def reasons(verdict: Verdict) -> tuple[str, ...]:
    """A line for each step up to the choice, for each alternative that was rejected, and for each
    that failed."""
    found = verdict.recommendation
    return (
        *secret_notes(verdict.secrets),
        *verdict.packages,
        *filter(None, (so_far(verdict), slow_start(verdict))),
        *(_effort_level(level, verdict.abouts) for level in found.effort_levels),
        *(f"not as before: {line}" for line in verdict.losses),
        *filter(None, (missing_summary(verdict.missing),)),
        *(_rejected(item, found.chosen) for item in found.rejected),
        *verdict.failures,
    )


def recommendation_markdown(verdict: Verdict, table: str) -> str:
    """The whole page; `table` is the one of tables/summary.md."""
    found = verdict.recommendation
    parts = [
        f"# What to build {markdown(verdict.project)} with\n",
        f"**{markdown(headline(verdict))}**\n",
        *map(_emphasised, secret_notes(verdict.secrets)),
        *map(_emphasised, verdict.packages),
        _emphasised(so_far(verdict)),
        _emphasised(slow_start(verdict)),
        _adoption(verdict),
        _section(
            "Step by step", [_effort_level(level, verdict.abouts) for level in found.effort_levels]
        ),
        _section("What changes", verdict.changes),
        _section("Not as in the project's own Dockerfile", verdict.losses),
        _section("Not in the image any more", missing_lines(verdict.missing)),
        _section("Rejected", [_rejected(item, found.chosen) for item in found.rejected]),
        _section("Failed", verdict.failures),
        _section("How this was decided", RULES),
        _section("What the project was taken for", verdict.evidence),
        "## All alternatives\n",
        table,
        _links(verdict),
    ]
    return "\n".join(part for part in parts if part)


_MOST_NAMED = 5
BESIDE = "Dockerfile.dockbench"
"""Its name in a project that has a Dockerfile: BuildKit reads a .dockerignore of that name."""

RULES = (
    "Every alternative was built, and had to pass the same check before it got a size.",
    "The smallest image is taken that is meant to be shipped. Sizes within"
    f" {TOLERANCE:.0%} or {formats.size(TOLERANCE_BYTES)} count as equal: then what takes"
    f" {SLOW_REBUILD:g} times as long to build after an edited line as another, and"
    f" {SLOW_REBUILD_S:g} s longer, is not taken; then the Dockerfile with the fewest changes is (a"
    " further build stage is one), then that with the fewest stages, then that with the fewest"
    " instructions.",
    "Times are those of one build each: a difference between cold builds counts only from a factor"
    f" of {MAGNITUDE:g} on.",
    "What runs as root where the project's own Dockerfile does not, or lacks its HEALTHCHECK, is"
    " not taken.",
    "How long a container takes to its first healthy answer stands next to its size. An image that"
    f" takes {SLOW_START:g} times as long as the project's own and {TOO_SLOW_S:g} s longer is not"
    " taken. One that takes so many times as long by less, or beside another alternative only, is,"
    " and that is said first.",
)


def _adoption(verdict: Verdict) -> str:
    """How to use what lies next to the page."""
    if verdict.recommendation.chosen.name in verdict.own:
        nothing = "Nothing else is" if verdict.packages else "There is nothing"
        return f"{nothing} to change: it is the project's own Dockerfile.\n"
    if verdict.replaces:
        ignored = verdict.replaces_ignore
        also = f", and {code_span('.dockerignore')} in that of {code_span(ignored)}"
        return (
            f"It is the project's own {code_span(verdict.replaces)} with the changes of"
            f" {code_span('Dockerfile.diff')}: {code_span('patch -p0')} applies them in the"
            f" project's directory, or put {code_span('Dockerfile')} in the place of"
            f" {code_span(verdict.replaces)}{also if ignored else ''}. No other file is replaced.\n"
        )
    if verdict.taken:
        return _beside(verdict)
    names = ", ".join(code_span(name) for name in verdict.files)
    place = "the project's directory" if verdict.context == "." else code_span(verdict.context)
    build = code_span(f"docker build {verdict.context}")
    return f"Copy {names} to {place} and run {build} in the project.\n"


def _beside(verdict: Verdict) -> str:
    """How to use it where the project has files of these names, which stay."""
    ours = {name: name for name in verdict.files}
    ours |= {"Dockerfile": BESIDE, ".dockerignore": f"{BESIDE}.dockerignore"}
    copies = ", ".join(
        code_span(name) if ours[name] == name else f"{code_span(name)} as {code_span(ours[name])}"
        for name in verdict.files
    )
    kept = ", ".join(map(code_span, verdict.taken))
    head = "" if verdict.context == "." else f"{verdict.context}/"
    place = code_span(verdict.context) if head else "the project's directory"
    build = code_span(f"docker build -f {head}{BESIDE} {verdict.context}")
    return (
        f"The project's own {kept} stays as it is: copy {copies} to {place} and run {build} in the"
        " project.\n"
    )


def _effort_level(level: EffortLevel, abouts: Mapping[str, str]) -> str:
    item = level.alternative
    about = abouts.get(item.name, "")
    text = f"{item.name}: {about}: " if about else f"{item.name}: "
    start = f", healthy after {_seconds(item.healthy_s)}" if item.healthy_s else ""
    if level.saved_bytes is None:
        return f"{text}{formats.size(item.unpacked_bytes)}{start}"
    return f"{text}{_difference(-level.saved_bytes)}{_cost(level)}{start}"


def _cost(level: EffortLevel) -> str:
    """What a step adds to the Dockerfile: `, for 4 more instructions and 1 more stage in it`."""
    counts = ((level.more_instructions or 0, "instruction"), (level.more_stages, "stage"))
    told = [
        f"{abs(number)} {'more' if number > 0 else 'fewer'} {what}{'' if abs(number) == 1 else 's'}"
        for number, what in counts
        if number
    ]
    return f", for {' and '.join(told)} in the Dockerfile" if told else ""


def _rejected(item: Rejected, chosen: Alternative) -> str:
    other = item.alternative
    text = f"{other.name}: {_difference(item.more_bytes)}"
    if item.reason is Reason.not_for_shipping:
        return f"{text}, but {item.reason.value}: it shows how far one could go"
    if item.reason is Reason.gives_up:
        return f"{text}, but {item.reason.value}: {', '.join(other.gives_up)}"
    if item.reason is Reason.slow_start:
        return f"{text}, but {item.reason.value}: {_seconds(other.healthy_s)} to a healthy answer"
    edits = f"{formats.duration(other.edit_s)} instead of {formats.duration(chosen.edit_s)}"
    if item.reason is Reason.slow_rebuild:
        return f"{text}: {item.reason.value}, {edits}"
    if item.reason is not Reason.larger:
        return f"{text}: {item.reason.value}"
    if rebuilt_slowly(chosen, other):
        return f"{text}, though built faster after an edit, {edits}"
    if other.compressed_bytes < chosen.compressed_bytes:
        saved = formats.size(chosen.compressed_bytes - other.compressed_bytes)
        return f"{text}, though {saved} smaller when compressed"
    return f"{text}, though built faster by an order of magnitude" if item.on_front else text


def _difference(more_bytes: int) -> str:
    if not more_bytes:
        return "the same size"
    return f"{formats.size(abs(more_bytes))} {'larger' if more_bytes > 0 else 'smaller'}"


def _sizes(item: Alternative) -> str:
    compressed = formats.size(item.compressed_bytes)
    text = f"{formats.size(item.unpacked_bytes)} unpacked, {compressed} compressed"
    return f"{text}, healthy after {_seconds(item.healthy_s)}" if item.healthy_s else text


def _seconds(duration_s: float) -> str:
    """Tenths of a second are what such a time is good for, hundredths below one."""
    return f"{duration_s:.1f} s" if duration_s >= 1 else f"{duration_s:.2f} s"


def _emphasised(line: str) -> str:
    return f"**{markdown(line)}**\n" if line else ""


def _links(verdict: Verdict) -> str:
    """Where each alternative's Dockerfile lies."""
    links = [link(name, f"../{place}/Dockerfile") for name, place in verdict.places.items()]
    return f"As they were built: {', '.join(links)}.\n" if links else ""


def _section(title: str, lines: tuple[str, ...] | list[str]) -> str:
    if not lines:
        return ""
    return "\n".join([f"## {title}\n", *(f"- {markdown(line)}" for line in lines)]) + "\n"
