"""docs/security.md promises nothing without a test: each paragraph names one that exists."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.model.paths import data_root

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ADVICE = ("What to do ", "What to know ", "What redaction cannot do")
"""Sections that promise nothing."""
LIMITS = "| limit |"
"""A table whose tests are named by the paragraph before it."""
CONNECTS = ("urlopen", "HTTPConnection", "HTTPSConnection", "create_connection")
REMOTE = {
    "runner/engine/standins/obtainable.py": "an archive is asked whether it has Python's sources",
    "runner/engine/unstarted.py": "doctor asks whether the index answers",
    "runner/network/past_index.py": "the index is asked when its files were uploaded",
    "runner/network/upstreams.py": "the caching proxy asks which indexes answer",
    "runner/trial/index_answer.py": "the index is asked what it says of a missing package",
}
LOCAL = {
    "runner/engine/linux/netns.py": "the container of a check",
    "runner/engine/running.py": "the container of a check",
    "runner/network/proxy.py": "the caching proxy on this machine",
    "runner/trial/http.py": "the container of a check",
}


def promises() -> Iterator[str]:
    """Paragraphs, list items and table rows of the page, less sections of advice."""
    advice = True  # what stands above the first section is about the page itself
    for block in re.split(r"\n\n|\n(?=- |\| )", PAGE.read_text(encoding="utf-8")):
        text = block.strip()
        if heading := re.match(r"#+ (.*)", text):
            advice = heading[1].startswith((*ADVICE, "Security"))
        elif not advice:
            yield text


def unbacked(blocks: Iterator[str]) -> list[str]:
    """What names no test; rows of the table of limits are backed by the paragraph before."""
    missing, limits = [], False
    for text in blocks:
        row = text.startswith("|")
        limits = row and (limits or text.startswith(LIMITS))
        frame = row and (text.startswith(("| ---", "| what |", "| to |")))
        if not (limits or frame or NAMED.search(text)):
            missing.append(text)
    return missing


def functions(path: str) -> set[str]:
    """Tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_no_promise_is_without_a_test() -> None:
    assert unbacked(promises()) == []
    assert unbacked(iter(["Nothing is ever lost."])) == ["Nothing is ever lost."]


@pytest.mark.parametrize(
    ("path", "name"), sorted(set(NAMED.findall(PAGE.read_text(encoding="utf-8"))))
)
def test_every_named_test_exists(path: str, name: str) -> None:
    assert name in functions(path)


def connecting(path: Path) -> bool:
    """Whether a module opens connections of its own accord."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in CONNECTS:
                return True
    return False


def test_few_modules_open_connections() -> None:
    found = {
        str(path.relative_to(ROOT)) for path in (ROOT / "runner").rglob("*.py") if connecting(path)
    }
    assert found == REMOTE.keys() | LOCAL.keys()


def test_a_named_configuration_executes(tmp_path: Path) -> None:
    """What the page warns of is so: if Hydra ever stops doing it, the warning goes."""
    marker = tmp_path / "marker"
    experiment = tmp_path / "configs" / "experiment" / "runs.yaml"
    experiment.parent.mkdir(parents=True)
    experiment.write_text(
        "# @package _global_\nhydra:\n  callbacks:\n    x:\n"
        f"      _target_: pathlib.Path.touch\n      _args_:\n      - {{_target_: pathlib.Path,"
        f" _args_: [{marker}]}}\n"
    )
    subprocess.run(
        [
            *(sys.executable, "-P", "-m", "runner", "bench", "--config-dir"),
            *(str(tmp_path / "configs"), "experiment=runs", "engine.prefer=existing"),
        ],
        cwd=data_root(),
        env={
            "DOCKER_HOST": "unix:///nowhere/docker.sock",
            "HOME": str(tmp_path),
            "PATH": "/nowhere",
        },
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert marker.exists()
