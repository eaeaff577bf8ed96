"""Labels: no two variants share one; what is the same in every row is said once."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.effects import effects
from runner.analysis.findings import find
from runner.analysis.labels import labels
from runner.model.levels import FACTORS
from runner.model.record import Record
from runner.model.variant import variant_name
from runner.report.figures.progression import progression_chart
from runner.report.tables import summary_markdown
from tests.unit.records import path_records, record


def grid(*axes: tuple[str, ...], **constant: str) -> list[Record]:
    """Every combination of levels, as `-m` names them: each axis is a factor and its levels."""
    made = []
    for place, values in enumerate(product(*(axis[1:] for axis in axes))):
        chosen = {axis[0]: value for axis, value in zip(axes, values, strict=True)} | constant
        levels = {key: value for key, value in chosen.items() if key in FACTORS}
        made.append(
            record(variant_name(chosen), 0, place + 1, levels=levels, changed=chosen,
                   variant_id=f"{place:012x}")
        )  # fmt: skip
    return made


def names(records: list[Record]) -> list[str]:
    """The labels in the order of the table."""
    return [str(label) for label in find(records).frame["label"]]


def test_a_label_says_what_varies_and_nothing_that_is_constant() -> None:
    records = grid(("base", "slim", "alpine"), ("cache", "keep", "purge"), deps="trimmed")
    assert names(records) == [
        "base=slim cache=keep",
        "base=slim cache=purge",
        "base=alpine cache=keep",
        "base=alpine cache=purge",
    ]
    told = find(records).setting.constant
    assert told["deps"] == "trimmed"
    assert not {"base", "cache"} & set(told)
    page = " ".join(summary_markdown(find(records)).split())
    assert page.count("deps=trimmed") == 1


def test_what_was_edited_into_some_of_the_rows_is_not_the_same_in_every_row() -> None:
    plain = replace(record("plain", 0, 1), levels={}, changed={})
    edited = [
        replace(record(name, 0, place), levels={}, changed=changed)
        for place, (name, changed) in enumerate(
            [("a", {"base": "slim", "user": "own"}), ("b", {"cache": "purge", "user": "own"})], 2
        )
    ]
    assert not {"base", "cache", "user"} & set(find([plain, *edited]).setting.constant)
    assert find(edited).setting.constant["user"] == "own"


def test_levels_of_ours_are_not_said_of_somebodys_own_dockerfile() -> None:
    own = replace(record("Dockerfile", 0, 1), levels={}, changed={})
    ours = replace(record("own_root", 0, 2), levels={"prune": "trimmed"}, changed={})
    mixed = " ".join(summary_markdown(find([own, ours])).split())
    said = "The same in every row but those of the project's own Dockerfiles: prune=trimmed."
    assert said in mixed
    assert "The same in every row: prune=trimmed." in summary_markdown(find([ours]))


def test_choices_that_are_not_levels_are_told_too() -> None:
    records = grid(("base", "slim", "alpine"), ("base.image", "a:1", "b:1"))
    assert names(records)[0] == "base=slim base.image=a:1"


def test_a_path_swept_over_a_factor_shows_every_variant_under_its_own_label() -> None:
    records = [
        replace(held, levels=held.levels | {"installer": tool}, variant_id=f"{place}{held.name}")
        for place, tool in enumerate(("pip", "uv"))
        for held in path_records(3)
    ]
    found = labels(records)
    assert sorted(found.texts.values()) == sorted(
        f"{held.name}, installer={tool}" for held in path_records(3) for tool in ("pip", "uv")
    )


def test_the_steps_of_a_swept_path_are_compared_within_their_own_path() -> None:
    found = find(
        [
            record(
                f"{name} installer={tool}", 0, size, step=step, variant_id=f"{tool}{step}",
                levels={"installer": tool, "cache": name},
                changed={"cache": name, "installer": tool},
            )
            for tool, sizes in (("pip", (100, 40)), ("uv", (90, 60)))
            for step, (name, size) in enumerate(zip(("keep", "purge"), sizes, strict=True))
        ]
    )  # fmt: skip
    assert [step.label for step in found.steps] == [
        "keep, installer=pip",
        "purge, installer=pip",
        "keep, installer=uv",
        "purge, installer=uv",
    ]
    assert found.frame["saved_bytes"].dropna().tolist() == [60_000_000, 30_000_000]
    assert found.frame["factor_vs_first"].tolist() == [1.0, 2.5, 1.0, 1.5]
    told = [one for one in effects(found) if one.metric == "unpacked_bytes"]
    assert [(one.factor, one.level, one.effect) for one in told] == [
        ("cache", "purge", -60_000_000),
        ("cache", "purge", -30_000_000),
    ]
    assert (
        progression_chart(found).title == "100.0 MB → 40.0 MB, 2.50× smaller (purge, installer=pip)"
    )


def test_where_a_project_lies_stays_out_of_names_and_tables() -> None:
    records = [
        replace(held, changed=held.changed | {"project.folder": "/home/me/secret place/shop"})
        for held in grid(("base", "slim", "alpine"))
    ]
    records = [replace(held, name=variant_name(held.changed)) for held in records]
    frame = find(records).frame
    text = frame.to_csv() + summary_markdown(find(records))
    assert "/home/me" not in text
    assert names(records) == ["base=slim", "base=alpine"]


_NAMES = st.text(st.sampled_from("ab= ,"), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(_NAMES, st.none() | st.integers(0, 2), st.sampled_from(["pip", "uv"])),
        min_size=1,
        max_size=7,
    )
)
def test_no_two_variants_share_a_label(asked: list[tuple[str, int | None, str]]) -> None:
    records = [
        record(name, step=step, levels={"installer": tool}, variant_id=f"{place:012x}")
        for place, (name, step, tool) in enumerate(asked)
    ]
    texts = labels(records).texts
    assert len(set(texts.values())) == len(texts)


CACHES = ("keep", "purge")


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("/home/a/shop", "/home/b/shop", ["a/shop", "b/shop"]),
        ("/x/a/y/i.tar", "/x/b/y/i.tar", ["a/y/i.tar", "b/y/i.tar"]),
        ("/home/a/shop", "/home/a/other", ["other", "shop"]),
        ("C:\\a\\shop", "C:\\b\\shop", ["a/shop", "b/shop"]),
    ],
)
def test_paths_that_end_alike_are_told_apart(one: str, other: str, shown: list[str]) -> None:
    records = grid(("project.folder", one, other), ("cache", "keep", "purge"))
    labels = [
        f"cache={cache} project.folder={path}" for path in shown for cache in ("keep", "purge")
    ]
    assert sorted(names(records)) == sorted(labels)
