"""hadolint finds nothing in any combination of levels, save what a level exists to show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from runner.dockerfile.facts import BaseConfig, Opened
from runner.model.engine import BuilderName
from runner.model.levels import FACTORS
from runner.recipe.render import render
from tests.unit.covering import Sample, covering_sample, sample_of
from tests.unit.dockerfiles import parse
from tests.unit.levels_from_yaml import level_names, load_level, load_levels, load_project

HADOLINT = Path(sys.executable).with_name("hadolint")
EXCEPTIONS = [
    (factor, name, rule)
    for factor in FACTORS
    for name in level_names(factor)
    for rule in load_level(factor, name).hadolint_exceptions
]


def findings(dockerfiles: list[str]) -> list[set[str]]:
    """The rules that hadolint, at any severity, says each Dockerfile breaks."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        paths = [Path(folder) / f"{number}.Dockerfile" for number in range(len(dockerfiles))]
        for path, text in zip(paths, dockerfiles, strict=True):
            path.write_text(text)
        parts = [part for part in (paths[0::2], paths[1::2]) if part]
        rules = defaultdict(set)
        for answer in pool.map(hadolint, parts):
            for finding in json.loads(answer):
                rules[finding["file"]].add(finding["code"])
    return [rules[str(path)] for path in paths]


def hadolint(paths: list[Path]) -> str:
    """Everything that hadolint says about these files, as JSON."""
    options = ["--no-fail", "--disable-ignore-pragma", "--format", "json"]
    done = subprocess.run(
        [HADOLINT, *options, *paths],
        capture_output=True,
        text=True,
        check=True,
        cwd=paths[0].parent,
    )
    return done.stdout


def showing_exceptions() -> list[Sample]:
    """Each cache level with a package manager and with pip, as the exceptions are about those."""
    return [
        sample_of(load_levels(base=base, cache=cache_level, toolchain=toolchain))
        for base in ("slim", "alpine")
        for cache_level, toolchain in [
            ("flags", "purged"),
            *((name, "kept") for name in level_names("cache")),
        ]
    ]


@cache
def checked_sample() -> list[tuple[Sample, set[str]]]:
    """The covering sample and what shows the exceptions, each with the rules that it breaks."""
    sample = [*covering_sample(), *showing_exceptions()]
    return list(zip(sample, findings([item.recipe.dockerfile for item in sample]), strict=True))


def test_hadolint_finds_only_what_a_level_exists_to_show() -> None:
    unexpected = [
        (rules - sample.exceptions, sample.levels.names())
        for sample, rules in checked_sample()
        if rules - sample.exceptions
    ]

    assert unexpected == []


@pytest.mark.parametrize(("factor", "name", "rule"), EXCEPTIONS)
def test_every_exception_is_needed(factor: str, name: str, rule: str) -> None:
    """Some Dockerfile of that level breaks the rule, and no other level of it allows that."""
    assert any(
        rule in rules and getattr(sample.levels, factor).level == name
        for sample, rules in checked_sample()
    )


def test_hadolint_is_asked_for_real() -> None:
    assert findings(["FROM debian:latest\nRUN cd /tmp\n"]) == [{"DL3003", "DL3007", "SC2164"}]


def test_every_level_is_in_the_sample() -> None:
    seen = {pair for sample in covering_sample() for pair in sample.levels.names().items()}

    assert seen == {(factor, name) for factor in FACTORS for name in level_names(factor)}


def test_an_older_engine_can_parse_every_combination() -> None:
    """The frontend that Docker 20.10 has built in knows no heredocs and no COPY --link, and a
    `# syntax=` line would need a registry."""
    for sample in covering_sample():
        text = sample.recipe.dockerfile
        found = parse(text)
        assert not any(item.heredocs for item in found)
        assert not any("--link" in item.flags for item in found)
        assert "syntax=" not in text
        assert text.startswith("ARG BASE_IMAGE=")
        assert found[-1].kind == "CMD"
        assert found[-1].json


def test_lines_can_be_read_without_scrolling() -> None:
    for sample in covering_sample():
        lines = sample.recipe.dockerfile.splitlines()
        long = [line for line in lines if len(line) > 110 and not line.startswith("CMD ")]
        assert not long


@pytest.mark.parametrize("builder", list(BuilderName))
def test_traced_variants_break_only_what_split_layers_exist_to_show(builder: BuilderName) -> None:
    levels = [
        load_levels(base=base, order=order, stages="multi", bytecode="none", prune="traced")
        for base in ("slim", "alpine")
        for order in ("deps_first", "sources_first")
    ]
    paths = ("/app", "/app/app.py", "/usr/-odd name")
    opened = Opened(paths, BaseConfig({"PATH": "/bin"}, workdir="/app", command=("gunicorn",)))
    texts = [render(item, load_project(), builder, "apt", opened).dockerfile for item in levels]
    split = set(load_level("layers", "split").hadolint_exceptions)
    assert [found - split for found in findings(texts)] == [set()] * len(texts)
