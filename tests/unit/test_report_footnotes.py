"""Under the table: the end of a failed log, what levels are about, steps that change nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from runner.analysis.findings import find
from runner.analysis.notes import Note, same_recipes
from runner.model.record import Failure, Record, Status
from runner.report.footnotes import MOST_OF_A_STEP, failures
from runner.report.tables import summary_csv, summary_markdown
from tests.unit.records import failing, path_records, record

TAIL = ("one", "two", "  | three `x` <b>", "four\x1b[31m", "", "five " + "x" * 300)


def markdown(records: list[Record]) -> list[str]:
    """The lines of summary.md."""
    return summary_markdown(find(records)).splitlines()


def failed(name: str, tail: tuple[str, ...] = TAIL) -> Record:
    """A record of a build that failed."""
    failure = Failure("RUN pip install", "exit code 1", 1, tail)
    return replace(failing(record(name)), status=Status.build_failed, failure=failure)


def test_the_end_of_a_failed_log_is_quoted_below_its_line() -> None:
    lines = markdown([failed("broken"), record("good")])
    place = lines.index("- broken: build failed: RUN pip install: exit code 1")

    assert lines[place + 1 : place + 8] == [
        "",
        "      two",
        "        | three `x` <b>",
        "      four\\x1b[31m",
        "",
        "      five " + "x" * 154 + "…",
        "",
    ]
    assert lines[place + 8].startswith("- ")


def test_a_long_run_is_shortened_in_the_line_about_it() -> None:
    failure = Failure(f"RUN a &&{' b' * 300}", "exit code 1", 1)
    item = replace(failing(record("x")), status=Status.build_failed, failure=failure)
    (line,) = failures(find([item]).steps)
    assert "build failed: RUN a && b" in line
    assert line.endswith("…: exit code 1")
    assert len(line) < MOST_OF_A_STEP + 60


def test_a_failure_that_printed_nothing_is_one_line() -> None:
    lines = markdown([failed("broken", ())])
    place = lines.index("- broken: build failed: RUN pip install: exit code 1")

    assert lines[place + 1].startswith("- The same in every row")


def test_the_csv_has_the_whole_tail() -> None:
    records = [failed("broken", ('say "no",', "then\r stop")), record("good")]
    text = summary_csv(find(records).frame)
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}

    assert rows["broken"]["log_tail"] == 'say "no",\nthen\\r stop'
    assert rows["good"]["log_tail"] == ""
    assert text == summary_csv(find(records[::-1]).frame)


def grid() -> list[Record]:
    """Two variants that differ in two factors, each of whose levels says what it is about."""
    abouts = {"base": "without compilers", "layers": "one *layer*", "cache": "no cache"}
    small = record("a", 0, 30, levels={"base": "slim", "layers": "merged", "cache": "flags"})
    large = record("b", 0, 40, levels={"base": "full", "layers": "merged", "cache": "keep"})
    return [
        replace(small, abouts=abouts),
        replace(large, abouts=abouts | {"base": "with compilers", "cache": "caches stay"}),
    ]


def test_a_grid_tells_once_what_its_levels_are_about() -> None:
    lines = markdown([*grid(), replace(grid()[0], name="c", variant_id="c" * 12)])

    assert [line for line in lines if line.startswith(("| base=", "| cache=", "| layers="))] == [
        "| base=full | with compilers |",
        "| base=slim | without compilers |",
        "| cache=flags | no cache |",
        "| cache=keep | caches stay |",
    ]


def test_the_level_of_a_factor_that_shares_a_columns_name_is_told_by_the_factor() -> None:
    first, second = grid()
    first = replace(first, levels=first.levels | {"layers": "split"})

    assert "| layers=split | one \\*layer\\* |" in markdown([first, second])


def test_older_records_and_paths_need_no_abouts() -> None:
    lines = markdown([replace(held, abouts={}) for held in grid()])
    assert not [line for line in lines if line.startswith("| base=")]
    steps = [replace(held, abouts={"base": "any"}) for held in path_records()]
    assert not [line for line in markdown(steps) if line.startswith("| base=")]


def test_a_level_that_does_not_say_what_it_is_about_gets_no_line() -> None:
    lines = markdown([replace(held, abouts=held.abouts | {"base": ""}) for held in grid()])
    assert not [line for line in lines if line.startswith("| base=")]


def test_a_path_tells_in_its_order_what_the_levels_on_its_way_are_about() -> None:
    abouts = ({"base": "with compilers", "cache": "same"}, {"base": "any; *small*"})
    first, second = (
        replace(record(level, 9, 9, step=step, levels={"base": level, "cache": "c"}), abouts=about)
        for step, (level, about) in enumerate(zip(("full", "alpine"), abouts, strict=True))
    )

    lines = markdown([first, second])
    place = lines.index("| base=full | with compilers |")
    assert lines[place + 1 :] == ["| base=alpine | any; \\*small\\* |"]


def test_no_line_but_a_tables_is_longer_than_a_screen() -> None:
    told = "word - 1. # + " * 200
    records = [replace(held, notes=(told,), abouts={"base": told}) for held in path_records()]
    prose = [line for line in markdown(records) if not line.startswith("|")]
    assert max(map(len, prose)) < 160
    assert not [line for line in prose if line.startswith(("  - ", "  # ", "  + ", "  1. "))]


def test_a_note_of_many_variants_names_a_few_and_counts_the_rest() -> None:
    records = [record(f"v{place:03}", notes=("the same of all",)) for place in range(200)]
    assert "- v000, v001, v002, v003, v004, v005 and 194 more: the same of all" in markdown(records)


def steps() -> list[Record]:
    """Three steps of which the second has the Dockerfile of the first."""
    first = record("purged", 46, 10, step=0, levels={"layers": "split", "toolchain": "kept"})
    second = record("merged", 46, 10, step=1, levels={"layers": "merged", "toolchain": "purged"})
    third = replace(record("multi", 46, 5, step=2), dockerfile_digest="sha256:" + "e" * 64)
    return [first, second, third]


def test_a_step_with_the_dockerfile_of_an_earlier_one_is_noted() -> None:
    text = (
        "the same Dockerfile on the same base as purged: toolchain=purged, layers=merged"
        " change nothing here"
    )

    assert same_recipes(steps()) == (Note(text, ("merged",)),)
    assert f"- merged: {text}" in " ".join(line.strip() for line in markdown(steps()))


def test_another_context_base_or_list_of_files_makes_another_recipe() -> None:
    first, second, _ = steps()
    assert second.context is not None
    assert second.sizes is not None
    layer = second.sizes.layers[-1]
    others = [
        replace(second, context=replace(second.context, digest="sha256:other")),
        replace(second, base=replace(second.base, digest="sha256:other")),
        replace(
            second,
            sizes=replace(
                second.sizes,
                layers=(*second.sizes.layers[:-1], replace(layer, files=layer.files + 1)),
            ),
        ),
        replace(second, provenance=replace(second.provenance, builder="classic")),
        failing(second),
    ]

    for other in others:
        assert same_recipes([first, other]) == ()


def test_trials_and_other_names_of_the_same_levels_are_not_noted() -> None:
    first = steps()[0]

    assert same_recipes([first, replace(first, trial=1), replace(first, name="again")]) == ()


def test_variants_that_come_to_nothing_alike_share_a_line() -> None:
    first, second, _ = steps()
    one = replace(second, levels=first.levels | {"layers": "merged"})

    assert same_recipes([first, one, replace(one, name="other")]) == (
        Note(
            "the same Dockerfile on the same base as purged: layers=merged changes nothing here",
            ("merged", "other"),
        ),
    )
