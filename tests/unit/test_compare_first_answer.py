"""What a comparison does before its first trial: nothing that only its later ones need."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.compare import comparison as module
from runner.compare.comparison import Comparison
from runner.compare.lessons import Setup
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.request import Request
from runner.sweep.progress import SilentSweep

SOURCE = "FROM python:3.12\nCOPY . .\nRUN pip install flask\nEXPOSE 80\nCMD flask run\n"


class Played:
    """What is made ready and measured, in order."""

    def __init__(self, has_base: bool = True) -> None:
        self.has_base = has_base
        self.fails = False
        self.did: list[str] = []
        self.lineup: list[str] = []

    def own_variant(self, own: Any, *_: Any) -> Any:
        candidate = _[3] if len(_) > 3 else None
        self.did.append(f"base of {candidate.name if candidate else own.name}")
        return self.variant(candidate.name if candidate else own.name)

    def prepared(self, _: Any, planned: Any) -> Any:
        self.did.append(f"base of {planned.name}")
        return self.variant(planned.name)

    def variant(self, name: str) -> Any:
        end = None if self.has_base else SimpleNamespace(status=None, failure=None)
        return SimpleNamespace(
            variant=SimpleNamespace(name=name, step=None),
            end=end,
            key=name,
            results=name,
            base=None,
        )

    def alternatives(self, variants: Any, *_: Any) -> Any:
        names = [item.variant.name for item in variants]
        return SimpleNamespace(
            begin=lambda: self.did.append(f"trial of {names[0]}"),
            none_passed=lambda: self.fails,
            tell_end=lambda: self.did.append("the end"),
            extend=self.extend,
            measure=lambda _: self.did.append("all other trials"),
        )

    def extend(self, variants: Any, *_: Any) -> None:
        self.lineup = [item.variant.name for item in variants]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    found = Played()
    for name, instead in (
        ("own_variant", found.own_variant),
        ("prepared", found.prepared),
        ("Alternatives", found.alternatives),
        ("on_named", lambda planned, _: planned),
        ("better_ignore", lambda *_: ""),
    ):
        monkeypatch.setattr(module, name, instead)
    return found


def measured(folder: Path, steps: list[str]) -> None:
    comparison = Comparison(Request(folder), SilentSweep())
    comparison.own = own_dockerfiles(folder, ())
    session = SimpleNamespace(
        info=SimpleNamespace(kind="embedded"),
        project=lambda _: SimpleNamespace(root=folder),
        inherited=lambda _: None,
    )
    planned = [SimpleNamespace(name=name) for name in steps]
    config = SimpleNamespace(run=SimpleNamespace(trials=1), project=None, builder=None)
    setup = Setup(cast(Any, config), cast(Any, planned), cast(Any, session), [])
    comparison.measured(setup, cast(Any, 0))


def test_bases_of_edits_and_of_the_ladder_wait_for_the_first_trial(
    tmp_path: Path, played: Played
) -> None:
    (tmp_path / "Dockerfile").write_text(SOURCE)
    measured(tmp_path, ["slim", "alpine"])
    first = played.did.index("trial of Dockerfile")
    assert played.did[:first] == ["base of Dockerfile"]
    rest = played.did[first + 1 :]
    assert {"base of slim", "base of alpine", "base of Dockerfile+base=slim"} <= set(rest)
    assert rest[-1] == "all other trials"


def test_edits_of_the_first_dockerfile_come_before_a_further_one(
    tmp_path: Path, played: Played
) -> None:
    for name in ("Dockerfile", "Dockerfile.prod"):
        (tmp_path / name).write_text(f"{SOURCE}ENV NAME={name}\n")
    measured(tmp_path, ["slim"])
    further = played.lineup.index("Dockerfile")
    assert played.lineup[0] == "Dockerfile.prod", "for production first"
    assert {"Dockerfile.prod+together_alpine", "Dockerfile.prod+base=slim"} <= {
        *played.lineup[:further]
    }
    assert not [name for name in played.lineup[:further] if name.startswith("Dockerfile+")]
    assert played.lineup[-1] == "slim"


def test_no_base_is_made_for_edits_of_what_failed(tmp_path: Path, played: Played) -> None:
    (tmp_path / "Dockerfile").write_text(SOURCE)
    played.fails = True
    measured(tmp_path, ["slim", "alpine"])
    assert played.did == ["base of Dockerfile", "trial of Dockerfile", "the end"]


def test_the_ladder_comes_before_edits_alone_and_behind_those_together(
    tmp_path: Path, played: Played
) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (tmp_path / "requirements.txt").write_text("flask\ngunicorn\n")
    measured(tmp_path, ["own_root", "alpine_own_root"])
    assert played.did[:2] == ["base of plain python", "trial of plain python"]
    names = played.lineup
    place = names.index("own_root")
    assert names[place + 1] == "alpine_own_root"
    assert names[0] == "plain python"
    assert {"plain python+together_multi", "plain python+together"} <= {*names[:place]}
    alone = [name for name in names if "=" in name]
    assert alone == names[place + 2 :]
    assert "plain python+base=alpine" in alone
