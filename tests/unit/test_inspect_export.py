"""`inspect`, `check` and `compare-images` by someone who may use an engine but not read its
folders: images come as the engine exports them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.cli.images import note
from runner.cli.main import main
from runner.engine.connect import connect_to_read
from runner.engine.docker import embedded_paths, existing
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.embedded_paths import EnginePaths
from runner.image.base import BASE_NAME
from runner.model.entries import ImageContent
from tests.unit.fake_engine import FakeEngine, answering
from tests.unit.images import file, image, layer, whiteout

BASE = layer(file("etc/os-release", 1_000), created_by="ADD rootfs.tar /")
TWICE = b"twice" * 10_000


def app(version: int) -> ImageContent:
    """An image whose versions differ in one file of the same size."""
    return image(
        BASE,
        layer(file("app/main", content=b"%d" % version), file("app/a", content=TWICE)),
        layer(file("app/b", content=TWICE), whiteout("app/a"), file("app/c", content=TWICE)),
        name=f"app:{version}",
    )


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """An engine with a base and two images on it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", "unix://engine.sock")
    with answering(Path("engine.sock")) as found:
        found.add(image(BASE, name="base:1"), tmp_path)
        for version in (1, 2):
            found.add(app(version), tmp_path, {BASE_NAME: "base:1"})
        yield found


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def inspected(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The JSON of an inspection, less what tells how the image was read."""
    code, out, err = run(capsys, "inspect", *arguments, "--json", "-")
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    assert document["image"].pop("reader") == (
        "docker-archive" if ".tar" in arguments[0] else "export"
    )
    return document


def exports(engine: FakeEngine) -> list[str]:
    """What was exported so far, in order."""
    return [path.split("/")[2] for path in engine.asked if path.endswith("/get")]


def test_inspect_reads_one_export(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspected(capsys, "app:1")
    assert exports(engine) == ["app:1"]
    assert engine.asked[:3] == ["/_ping", "/images/app:1/json", "/images/app:1/get"]
    assert found["image"]["stored_bytes"] == 151_001
    assert found["image"]["wasted_bytes"] == 50_000
    assert found["image"]["base"] == "base:1"
    assert [one["is_base"] for one in found["layers"]] == [True, False, False]
    assert found == inspected(capsys, "app-1.tar", "--base", "base:1")


def test_duplicates_are_read_in_a_second_one(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = inspected(capsys, "app:1", "--duplicates")["duplicates"]
    assert found["paths"] == ["app/b", "app/c"]
    assert exports(engine) == ["app:1", "app:1"]


def test_check_and_its_exit_codes(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "app:1", "--max-size", "151001")[0] == 0
    assert run(capsys, "check", "app:1", "--max-waste", "49999")[0] == 1
    assert exports(engine) == ["app:1", "app:1"]


def test_compare_images(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "compare-images", "app:1", "app:2", "app-2.tar", "--json", "-")
    assert (code, err) == (0, "")
    for found in json.loads(out)["comparisons"]:
        assert [one["path"] for one in found["files"]] == ["app/main"]
        assert found["shared_layers"] == 2
    assert exports(engine) == ["app:1", "app:2", "app:1", "app:2", "app:1"]


def test_an_export_that_breaks_off(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    whole = engine.answers["/images/app:1/get"]
    engine.answers["/images/app:1/get"] = whole[: len(whole) // 2]
    code, out, err = run(capsys, "inspect", "app:1", "--json", "-")
    assert (code, out) == (2, "")
    assert "cannot read app:1 on the engine" in err
    assert err.count("\n") == 1


def test_an_image_that_is_not_there_and_where_it_was_looked_for(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "inspect", "app:3")
    assert code == 2
    assert err == (
        f"dockbench: the engine at {engine.address} has no image app:3: build or pull it first\n"
    )


def test_the_embedded_engine_in_place_of_a_silent_docker_host_is_told(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = EnginePaths(Path("embedded"))
    paths.folder.mkdir()
    monkeypatch.setattr(embedded_paths, "default_paths", lambda: paths)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    told = (
        "DOCKER_HOST unix:///nowhere/docker.sock: No such file or directory:"
        " using the embedded engine instead\n"
    )
    with answering(paths.socket) as embedded:
        embedded.answers |= engine.answers
        code, out, err = run(capsys, "inspect", "app:1", "--json", "-")
        assert (code, err) == (0, told)
        assert json.loads(out)["image"]["name"] == "app:1"
        code, _, err = run(capsys, "inspect", "app:3")
        assert code == 2
        assert err.startswith(told + f"dockbench: the engine at {embedded.address} has no image")
        code, _, err = run(capsys, "inspect", "app:1", "--engine", "embedded", "--json", "-")
        assert (code, err) == (0, "")
    assert exports(engine) == []


@pytest.mark.parametrize(("host", "told"), [("tcp://127.0.0.1:1", True), ("", False)])
def test_so_it_is_where_the_engine_is_found_by_the_sdk(
    host: str, told: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    monkeypatch.setattr(existing, "DEFAULT_SOCKET", "unix:///nowhere/docker.sock")
    monkeypatch.setattr(EmbeddedEngine, "attach", lambda _: True)
    assert isinstance(connect_to_read("auto", note), EmbeddedEngine)
    err = capsys.readouterr().err
    assert (err != "") is told
    assert not told or err == (
        f"DOCKER_HOST {host}: Connection refused: using the embedded engine instead\n"
    )
