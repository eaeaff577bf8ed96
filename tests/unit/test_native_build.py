"""The build hook that compiles the readers: what it puts where; what it does without a compiler."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hatchling.metadata.core import ProjectMetadata

from runner.image.readers import native
from runner.image.readers.native import build

ROOT = Path(__file__).parent.parent.parent


def hook_of(root: Path) -> build.CompiledReaders:
    metadata: Any = ProjectMetadata(str(root), None)
    return build.CompiledReaders(str(root), {}, None, metadata, str(root), "wheel")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with what an earlier installation left, and a compiler that makes one module."""
    folder = tmp_path / "checkout" / build.PACKAGE.replace(".", "/")
    folder.mkdir(parents=True)
    (folder / "folders.old.so").write_bytes(b"old")
    (folder / "folders.new.so").write_bytes(b"before")

    def compiled(_sources: Path, made: Path) -> list[Path]:
        (made / "folders.new.so").write_bytes(b"new")
        return [made / "folders.new.so"]

    monkeypatch.setattr(build, "compiled", compiled)
    return tmp_path / "checkout"


def left(checkout: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}


def test_a_checkout_gets_them_beside_their_sources(checkout: Path) -> None:
    hook = hook_of(checkout)
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize("editable", data)
    hook.finalize("editable", data, "")
    assert left(checkout) == {"folders.new.so": b"new"}
    assert data == {"force_include": {}}


def test_a_wheel_gets_them_and_names_its_machine(checkout: Path) -> None:
    hook = hook_of(checkout)
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", data)
    [(made, packed)] = data["force_include"].items()
    assert Path(made).read_bytes() == b"new"
    assert packed == "runner/image/readers/native/folders.new.so"
    assert (data["pure_python"], data["infer_tag"]) == (False, True)
    hook.finalize("standard", data, "")
    assert not Path(made).exists()
    assert len(left(checkout)) == 2


@pytest.mark.parametrize("version", ["editable", "standard"])
def test_without_a_compiler_there_are_none(
    checkout: Path,
    version: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(_sources: Path, _made: Path) -> list[Path]:
        raise RuntimeError("command 'gcc' failed: No such file or directory")

    monkeypatch.setattr(build, "compiled", fails)
    hook = hook_of(checkout)
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize(version, data)
    hook.finalize(version, data, "")
    assert data == {"force_include": {}}
    assert len(left(checkout)) == (0 if version == "editable" else 2)
    said = capsys.readouterr().err
    assert "were not compiled (command 'gcc' failed" in said
    assert len(said.splitlines()) == 1


def test_other_systems_do_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(RuntimeError, match="for Linux, this is darwin"):
        build.compiled(tmp_path, tmp_path)


def test_what_is_looked_for_is_what_is_built() -> None:
    """A module that cannot be imported would be taken for one that was not built."""
    here = ROOT / build.PACKAGE.replace(".", "/")
    assert {path.stem for path in here.glob("*.pyx")} == set(build.MODULES)
    assert bool(list(here.glob("*.so"))) == native.COMPILED
