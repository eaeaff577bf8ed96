"""A few of the fuzzer's inputs with every run of the tests; the command in docs/archives.md throws
many more."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import fields, replace

from benchmarks import fuzz_archives
from benchmarks.fuzz.damage import Damage
from benchmarks.fuzz.layers import DATABASES, installed, tarballs
from benchmarks.fuzz.look import Look, check_sums, look_at, write
from benchmarks.fuzz_archives import run_batch
from runner.image.anatomy import anatomy
from runner.image.contents import keep_for_contents
from runner.image.merge import merge
from runner.image.read import read_image
from runner.model.entries import Limits
from tests.unit import archives
from tests.unit.archives import Image

EVERYTHING = Look(True, True, True, True, "linux/amd64")


def test_damaged_archives_end_with_an_image_or_one_clear_line(tmp_path: Path) -> None:
    counts, bad = run_batch(7, tmp_path, 0, 300)
    assert not bad, bad[0]
    assert counts["image"] > 100, "most inputs should get past the first checks"
    assert counts["refused"] > 50
    assert counts.total() >= 300


def test_an_input_is_the_same_each_time() -> None:
    first, again = (Damage(Random(3)).input() for _ in range(2))
    assert first == again
    assert first != Damage(Random(4)).input()


def test_what_is_not_damaged_is_read_whole(tmp_path: Path) -> None:
    """Else the fuzzer would look at the first checks only."""
    image = Image(tarballs())
    for data in (image.docker_archive(), image.oci_archive(), image.oci_files()):
        look_at(write(data, tmp_path), EVERYTHING)
    whole = Image([archives.tarball(*installed(DATABASES))]).docker_archive()
    content = read_image(str(write(whole, tmp_path)), keep=keep_for_contents)
    managers = {package.manager for package in anatomy(content).packages}
    assert managers == {"dpkg", "apk", "python", "conda", "npm"}


def test_a_failure_is_kept_in_its_smallest_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(path: Path, _look: Look) -> None:
        if path.is_dir():
            raise RecursionError("a folder")

    monkeypatch.setattr(fuzz_archives, "look_at", stumble)
    counts, [bad] = run_batch(1, tmp_path, 0, 50)
    assert counts["bad"]
    assert "RecursionError: a folder" in bad.what
    look_at(bad.kept, dataclasses.replace(EVERYTHING, compress=False))
    assert read_image(str(bad.kept)).layers, "nothing is damaged in the smallest folder"


def test_the_command_counts_what_ended_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--inputs", "20", "--seed", "3", "--keep", str(tmp_path)]
    assert fuzz_archives.main(command) == 0
    out, err = capsys.readouterr()
    assert "20 inputs of seed 3" in out
    assert out.endswith(", 0 bad\n")
    assert "20 inputs, 0.0 s left" in err
    monkeypatch.setattr(fuzz_archives, "look_at", lambda *_: 1 / 0)
    assert fuzz_archives.main(command) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_byte_that_is_counted_twice_is_noticed(tmp_path: Path) -> None:
    content = read_image(str(write(Image(tarballs()).docker_archive(), tmp_path)))
    tree = merge(content)
    document = anatomy(content, tree=tree)
    check_sums(document, tree)
    with pytest.raises(AssertionError):
        check_sums(replace(document, unowned_bytes=document.unowned_bytes + 1), tree)


def test_every_limit_is_on_the_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "archives.md"
    text = page.read_text("utf-8")
    for field in fields(Limits):
        assert f"`{field.name}`" in text, field.name
