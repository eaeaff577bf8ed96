"""Archives and layouts from strangers, each given to `inspect` in a process of its own: the right
result or one line and exit code 2, soon, in little memory, with nothing written and nothing reached
outside, and nothing on a terminal that it would carry out."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hostile.image_makers import Make
from tests.hostile.images import REFUSED
from tests.hostile.images_read import READ

CANARY = "canary: nobody may read, change or remove this"
MEMORY_BYTES = 3 << 29
"""Address space of each process, libraries and threads included."""
SECONDS = 40
"""Several engineers' and CI's machines are slow; alone none of these takes five."""
ACTED_ON = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Told:
    """What a run has ended with."""

    code: int
    out: str
    err: str
    found: Path


def inspected(make: Make, tmp_path: Path) -> Told:
    """One run, after which everything outside is as it was."""
    given, work = tmp_path / "given", tmp_path / "work"
    for folder in (given, work, tmp_path / "tmp"):
        folder.mkdir()
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    source = make(given, canary)
    before = _held(tmp_path)
    begun_s = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "runner", "inspect", str(source), "--json", "found.json"],
        cwd=work,
        env=_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        check=False,
    )
    assert time.monotonic() - begun_s < SECONDS
    found = work / "found.json"
    after = {path: held for path, held in _held(tmp_path).items() if path != found}
    assert after == before, "something was written, changed or left behind"
    out, err = ended.stdout.decode(), ended.stderr.decode()
    for text in (out, err):
        assert not ACTED_ON.search(text), ascii(text)
        assert not re.search(r"^::", text, re.MULTILINE)
        assert CANARY not in text
    return Told(ended.returncode, out, err, found)


def _environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "TMPDIR": str(tmp_path / "tmp"),
        "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _held(folder: Path) -> dict[Path, object]:
    """Everything below a directory, less the tool's own cache."""
    found: dict[Path, object] = {}
    for path in sorted(folder.rglob("*")):
        if folder / "cache" in (path, *path.parents):
            continue
        stat = path.lstat()
        found[path] = (stat.st_mode, stat.st_size, 0 if path.is_dir() else stat.st_mtime_ns)
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    make, words = REFUSED[name]
    told = inspected(make, tmp_path)
    assert told.code == 2, told
    assert told.out == ""
    lines = [line for line in told.err.splitlines() if not line.startswith("reading ")]
    assert len(lines) == 1, told.err
    assert lines[0].startswith("dockbench: ")
    assert not re.search(r"unexpected \w*(Error|Exception)", lines[0])
    assert len(lines[0]) < 1_000
    assert re.search(words, lines[0].replace(str(tmp_path), "")), lines[0]
    assert not told.found.exists()


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_read_right(name: str, tmp_path: Path) -> None:
    make, live_bytes, wasted_bytes = READ[name]
    told = inspected(make, tmp_path)
    assert told.code == 0, told
    text = told.found.read_text()
    assert not ACTED_ON.search(text)
    assert CANARY not in text
    image = json.loads(text)["image"]
    assert (image["live_bytes"], image["wasted_bytes"]) == (live_bytes, wasted_bytes)
    assert image["stored_bytes"] == live_bytes + wasted_bytes


def test_what_an_image_says_is_shown_and_resolved_by_nobody(tmp_path: Path) -> None:
    make, _, _ = READ["text that a template would resolve"]
    told = inspected(make, tmp_path)
    assert "RUN ${oc.env:HOME} $(id) `id`" in told.out
    assert str(tmp_path / "home") not in told.out


def test_a_history_that_does_not_fit_names_no_instruction(tmp_path: Path) -> None:
    make, _, _ = READ["a history with too many entries"]
    [layer] = json.loads(inspected(make, tmp_path).found.read_text())["layers"]
    assert "not known" in layer["created_by"]
