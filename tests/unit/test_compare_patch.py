"""A patch does to the project's file what the improvement is, judged by `patch` itself."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.cli.compare_results import exit_code
from runner.compare.offers import Offer
from runner.compare.patch import patch_text

TEXTS = st.text(st.sampled_from("ab \\\t\x0c\u2028\n-+@"), max_size=40)


@given(TEXTS.filter(bool), TEXTS.filter(bool))
@settings(deadline=None)
def test_patch_makes_the_new_file_of_the_old_one(old: str, new: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "docker" / "Dockerfile"
        path.parent.mkdir()
        path.write_text(old, newline="")
        text = patch_text("docker/Dockerfile", old, new)
        assert bool(text) == (old != new)
        if text:
            apply(folder, text)
        assert path.read_bytes().decode() == new


def test_a_file_that_there_is_not_is_created(tmp_path: Path) -> None:
    apply(str(tmp_path), patch_text(".dockerignore", "", ".git\n*.log"))
    assert (tmp_path / ".dockerignore").read_text() == ".git\n*.log"


def apply(folder: str, text: str) -> None:
    subprocess.run(
        ["patch", "-p0"], cwd=folder, input=text.encode(), check=True, capture_output=True
    )


def offer(name: str, *, own: bool = False, plain: bool = False) -> Offer:
    return Offer(name, "", name, {}, own, name != "traced", ".", {}, "", plain=plain)


OFFERS = (
    offer("Dockerfile", own=True),
    offer("Dockerfile+base=alpine"),
    offer("plain go", plain=True),
    offer("plain go+base=alpine"),
    offer("slim"),
    offer("traced"),
)


def test_only_what_the_project_has_or_would_have_makes_the_exit_code_1() -> None:
    counted = [item.name for item in OFFERS if exit_code(OFFERS, {item.name})]
    assert counted == ["Dockerfile", "plain go"]
    assert exit_code(OFFERS, set()) == 0
