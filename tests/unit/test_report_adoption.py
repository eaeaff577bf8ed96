"""What stands in a pull request for a recommended Dockerfile, and at its head."""

from __future__ import annotations

from dataclasses import replace

from runner.analysis.findings import find
from runner.analysis.missing_files import Missing
from runner.analysis.notes import Note
from runner.analysis.recommend import Alternative, recommend
from runner.report.adoption import MOST_LINES, comments, pull_request
from runner.report.recommendation import Verdict
from tests.unit.records import record

MB = 10**6
OWN = Alternative("Dockerfile", 160 * MB, 68 * MB, 6.0, 0, instructions=9, healthy_s=0.5)
SMALL = Alternative(
    "Dockerfile+cache=purge", 140_012_345, 53 * MB, 8.7, 2, instructions=9, healthy_s=0.4
)
SETTING = find([record("Dockerfile")]).setting


def verdict(**more: object) -> Verdict:
    return Verdict(
        "shop",
        recommend([OWN, SMALL]),
        {},
        own=("Dockerfile",),
        before=OWN,
        changes=("cache=purge: caches removed in the layer that made them",),
        **more,  # type: ignore[arg-type]
    )


def test_bytes_and_seconds_of_both_stand_at_the_head_with_what_changed() -> None:
    lines = comments(verdict(losses=("rm -rf /x (RUN, line 5) is not run",)), SETTING)
    assert lines[-4:] == [
        "Dockerfile+cache=purge: 140,012,345 bytes unpacked, 53,000,000 compressed, cold build"
        " 8.7 s, healthy after 0.40 s",
        "Dockerfile: 160,000,000 bytes unpacked, 68,000,000 compressed, cold build 6.0 s, healthy"
        " after 0.50 s",
        "cache=purge: caches removed in the layer that made them",
        "not as before: rm -rf /x (RUN, line 5) is not run",
    ]
    assert lines[0].startswith("measured 2026-05-04 (UTC) by dockbench ")


def test_a_pull_request_has_before_and_after_what_changes_and_how_it_was_measured() -> None:
    page = pull_request(verdict(), SETTING)
    assert page.startswith("# Dockerfile: 140.0 MB instead of 160.0 MB\n")
    assert "| unpacked | 160.0 MB | 140.0 MB |" in page
    assert "| healthy after | 0.5 s | 0.4 s |" in page
    assert "- `cache=purge`: caches removed in the layer that made them" in page
    assert "## As in Dockerfile\n" in page
    assert "are those of the project's own Dockerfile." in page
    assert "Machine: " in page


def test_what_is_not_as_before_is_named() -> None:
    page = pull_request(verdict(losses=("EXPOSE 9000 (line 7) is missing",)), SETTING)
    assert "## Not as in Dockerfile\n\n- EXPOSE 9000 (line 7) is missing" in page
    assert "are those of the project's own" not in page


def test_a_copy_that_differs_is_named_in_all_that_is_handed_on() -> None:
    built = (
        Note("sizes are\x1bthose on Debian", ("Dockerfile", "other")),
        Note("apt-get is apk", ("other",)),
    )
    setting = replace(SETTING, notes=built, standins=())
    assert comments(verdict(), setting)[0].endswith(" (pull_request.md says how)")
    assert not any("Debian" in line for line in comments(verdict(), setting))
    page = pull_request(verdict(), setting)
    assert "- Dockerfile: sizes are" in page.partition("## How this was measured")[2]
    assert "apt-get is apk" not in page


def test_where_the_projects_own_is_the_choice_there_is_nothing_to_ask_for() -> None:
    same = replace(verdict(), recommendation=recommend([OWN]))
    assert pull_request(same, SETTING) == ""


STANDINS = replace(
    SETTING,
    standins=("dockbench/standin:node22", "dockbench/standin:node22-slim"),
    notes=tuple(Note(f"the copy differs {number}", ("Dockerfile",)) for number in range(6)),
)
CHANGES = tuple(f"factor{number}=level: what it does" for number in range(5))
LOSSES = ("it starts a and not b", "it is built on a and not on b")


def test_the_head_of_a_dockerfile_is_short_whatever_it_was_measured_on() -> None:
    found = verdict(losses=LOSSES, missing=Missing(base_programs=("npm",)))
    found = replace(found, changes=CHANGES, packages=("packages of 2024-01-02",))
    lines = comments(found, STANDINS)
    assert len(lines) <= MOST_LINES
    assert lines[0].endswith(" on stand-in base images (pull_request.md says which, and how)")
    assert [line.partition(":")[0] for line in lines[1:3]] == [SMALL.name, OWN.name]
    assert lines[3:6] == [
        "packages of 2024-01-02",
        "; ".join(CHANGES),
        "not as before: it starts a and not b; it is built on a and not on b",
    ]
    assert "npm" in lines[6]
    page = pull_request(found, STANDINS)
    assert all(f"- Dockerfile: the copy differs {number}" in page for number in range(6))
    assert "dockbench/standin:node22-slim" in page


def test_few_changes_have_a_line_each() -> None:
    lines = comments(replace(verdict(losses=LOSSES), changes=CHANGES[:3]), STANDINS)
    assert lines[3:] == [*CHANGES[:3], *(f"not as before: {line}" for line in LOSSES)]
