"""Every edit on Dockerfiles of every shape: the official parser and bash judge what comes out."""

from __future__ import annotations

import difflib
import functools
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import EDITS, apply
from runner.dockerfile.facts import BaseConfig, Facts, Manifest, Opened
from runner.dockerfile.shell import script_of
from runner.ecosystems.installers import INSTALLERS
from tests.unit.dockerfile_texts import HAND_WRITTEN, dockerfiles
from tests.unit.dockerfiles import instructions_of

FACTS = Facts(
    INSTALLERS,
    manifests=(
        Manifest(("requirements.txt",), "pip"),
        Manifest(("package.json", "package-lock.json"), "npm"),
    ),
    opened=Opened(("/app", "/app/app.py"), BaseConfig({"PATH": "/bin"}, command=("x",))),
)
LEVELS = {**EDITS, "base": {**EDITS["base"], "3.13": None}}
ALONE = [{factor: level} for factor, levels in LEVELS.items() for level in levels]
TOGETHER = st.fixed_dictionaries(
    {}, optional={factor: st.sampled_from(sorted(levels)) for factor, levels in LEVELS.items()}
)
HADOLINT = str(Path(sys.executable).with_name("hadolint"))
# hadolint's word on these is the point of the level
ON_PURPOSE = {
    "cache=purge_late": {"DL3009", "DL3059", "DL3019", "DL3042"},
    "layers=split": {"DL3059"},
    # what DL3008 says of apt-get; commands that need no update before them stand alone
    "base=alpine": {"DL3018", "DL3059"},
    # only root may copy what belongs to others; a name is known by the /etc/passwd that is copied
    "prune=traced": {"DL3002", "DL3066"},
}


@functools.cache
def bash_accepts(script: str) -> bool:
    done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, check=False)
    return done.returncode == 0


def shell_errors(text: str) -> int:
    """How many RUN instructions hold what bash does not accept."""
    found = instructions_of(text)
    scripts = [
        " ".join(item.value) for item in found if item.cmd.lower() == "run" and not item.json
    ]
    return sum(not bash_accepts(script) for script in scripts)


def judge(text: str, levels: dict[str, str]) -> str:
    """The edited text, after all that must hold of it."""
    result = apply(Document(text), levels, FACTS)
    edited = result.document.text
    keywords = [item.cmd.upper() for item in instructions_of(edited)]
    assert [item.keyword for item in result.document.instructions] == keywords
    assert shell_errors(edited) <= shell_errors(text)
    again = apply(result.document, levels, FACTS)
    assert again.document.text == edited, "applied again it changes something"
    assert any(not item.reason for item in result.applied) == (edited != text)
    return edited


def judge_without_parser(text: str, levels: dict[str, str]) -> None:
    """The parser on PyPI takes what is in a here-document for instructions."""
    before = Document(text)
    edited = apply(before, levels, FACTS).document
    added = {"RUN", "ENV"} if "bytecode" in levels else {"RUN"}
    outside = [item.keyword for item in before.instructions if item.keyword not in added]
    kept = [x.keyword for x in edited.instructions if x.keyword not in added]
    assert (kept[: len(outside)] if "prune" in levels else kept) == outside
    assert apply(edited, levels, FACTS).document.text == edited.text


@pytest.mark.parametrize("name", HAND_WRITTEN)
@pytest.mark.parametrize("levels", ALONE, ids=lambda x: "{}={}".format(*next(iter(x.items()))))
def test_an_edit_keeps_a_hand_written_file_valid(name: str, levels: dict[str, str]) -> None:
    text = HAND_WRITTEN[name]
    if name == "heredoc":
        judge_without_parser(text, levels)
    else:
        judge(text, levels)


@example(
    'FROM python:3.11\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN apt-get update\n'
    "RUN apt-get update; apt-get update\nRUN apt-get update\n",
    {"layers": "merged"},
)
@example(
    "FROM python:3.11\nRUN apt-get update && apt-get -y install gcc \\\n    # why\n"
    "    && pip install -r requirements.txt\n",
    {"base": "alpine", "toolchain": "purged", "layers": "split"},
)
@example(
    "FROM python:3.11\nRUN apt-get update && npm ci && npm install --omit=dev\n",
    {"deps": "production", "layers": "split"},
)
@given(dockerfiles(), TOGETHER)
@settings(max_examples=250, deadline=None)
def test_edits_together_keep_a_file_valid(text: str, levels: dict[str, str]) -> None:
    judge(text, levels)


@given(dockerfiles())
@settings(max_examples=100, deadline=None)
def test_a_document_prints_what_it_read_and_parses_as_the_official_parser(text: str) -> None:
    document = Document(text)
    official = instructions_of(text)

    assert document.edited([]).text == text
    assert [item.keyword for item in document.instructions] == [x.cmd.upper() for x in official]
    assert [document.flags(item) for item in document.instructions] == [x.flags for x in official]


@given(dockerfiles())
@settings(max_examples=100, deadline=None)
def test_every_command_stands_where_its_span_says(text: str) -> None:
    document = Document(text)
    for run in document.runs():
        if script := script_of(document, run):
            for command in script.commands:
                for word, (start, end) in zip(command.words, command.spans, strict=True):
                    assert document.text[start:end] == word


@given(dockerfiles(), st.sampled_from(ALONE))
@settings(max_examples=150, deadline=None)
def test_lines_without_a_span_of_the_edit_stay_as_they_were(
    text: str, levels: dict[str, str]
) -> None:
    """Instructions that no edit is about: their lines are there, in their order."""
    edited = judge(text, levels)
    if next(iter(levels)) in ("base", "add_copy", "copies", "prune"):
        return
    kept = ("FROM", "COPY", "ENV", "USER", "EXPOSE", "WORKDIR", "ADD", "ONBUILD", "SHELL")
    before = [line for line in text.splitlines() if line.startswith(kept)]
    after = [line for line in edited.splitlines() if line.startswith(kept)]
    if "bytecode" in levels:
        after = [line for line in after if line != "ENV PYTHONDONTWRITEBYTECODE=1"]
    if "order" in levels:
        before, after = sorted(before), sorted(line for line in after if line in before)
    assert before == after, "".join(difflib.ndiff(before, after))


@pytest.mark.parametrize("name", [name for name in HAND_WRITTEN if name not in ("mark", "heredoc")])
def test_no_edit_adds_a_finding_of_hadolint(name: str, tmp_path: Path) -> None:
    text = HAND_WRITTEN[name]
    before = findings(tmp_path, text)
    for levels in ALONE:
        level = "{}={}".format(*next(iter(levels.items())))
        new = findings(tmp_path, apply(Document(text), levels, FACTS).document.text) - before
        assert not [code for code in new if code not in ON_PURPOSE.get(level, ())], (level, new)


def findings(folder: Path, text: str) -> Counter[str]:
    """hadolint's rules that a Dockerfile breaks, each as often as it does."""
    path = folder / "Dockerfile"
    path.write_bytes(text.encode())
    done = subprocess.run(
        [HADOLINT, "--no-fail", "--format", "tty", "--no-color", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return Counter(line.split()[1] for line in done.stdout.splitlines() if line.strip())


@settings(max_examples=60, deadline=None)
@given(
    text=dockerfiles() | st.sampled_from(sorted(HAND_WRITTEN.values())),
    levels=TOGETHER,
    data=st.data(),
)
def test_levels_are_applied_in_the_order_of_the_registry_whatever_the_order_asked(
    text: str, levels: dict[str, str], data: st.DataObject
) -> None:
    asked = dict(data.draw(st.permutations(sorted(levels.items()))))
    together = apply(Document(text), asked, FACTS)
    assert [item.factor for item in together.applied] == [name for name in EDITS if name in levels]
    document = Document(text)
    for factor in EDITS:
        if factor in levels:
            document = apply(document, {factor: levels[factor]}, FACTS).document
    assert together.document.text == document.text
