"""A level that was copied from somewhere sets nothing of Hydra's, which would execute it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cli.main import main
from runner.model.errors import ConfigError
from runner.sweep.trust import refuse_untrusted

CALLBACK = (
    "callbacks: {x: {_target_: pathlib.Path.touch, _args_: [{_target_: pathlib.Path,"
    " _args_: [MARKER]}]}}\n"
)
FILES = {
    "global": ("base/own.yaml", f"# @package _global_\nhydra: {{{CALLBACK.strip()}}}\n"),
    "package": ("base/own.yaml", f"# @package hydra\n{CALLBACK}"),
    "below": ("project/own.yaml", f"# @package _global_.hydra\n{CALLBACK}"),
    "deep": ("base/more/own.yaml", f"# @package hydra.job\n{CALLBACK}"),
    "dotted": ("cache/own.yaml", "# @package _global_\nhydra.callbacks: {}\n"),
    "relocated": ("base/own.yaml", "defaults:\n  - /cache@hydra.callbacks: own\n"),
}


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("option", ["--config-dir DIR", "--config-dir=DIR", "-cd DIR", "SEARCH"])
def test_a_group_file_that_sets_hydras_keys_is_refused_with_file_and_key(
    tmp_path: Path, name: str, text: str, option: str
) -> None:
    path = tmp_path / "configs" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    words = option.replace("SEARCH", "hydra.searchpath=[file://DIR]")
    with pytest.raises(ConfigError, match="hydra") as caught:
        refuse_untrusted(words.replace("DIR", str(tmp_path / "configs")).split())
    assert str(path) in str(caught.value)


def test_it_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path, marker = tmp_path / "configs" / "base" / "own.yaml", tmp_path / "marker"
    path.parent.mkdir(parents=True)
    path.write_text(FILES["global"][1].replace("MARKER", str(marker)))
    named = ["--config-dir", str(tmp_path / "configs"), "base=own", "engine.prefer=existing"]
    assert main(["bench", *named]) == 2
    assert str(path) in capsys.readouterr().err
    assert not marker.exists()


@pytest.mark.parametrize("group", ["experiment", "hydra/callbacks", "local"])
def test_what_the_user_says_of_hydra_himself_stays(tmp_path: Path, group: str) -> None:
    path = tmp_path / group / "own.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(FILES["global"][1])
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "own.yaml").write_text("level: own\nimage: a:1\n")
    refuse_untrusted(["--config-dir", str(tmp_path)])
