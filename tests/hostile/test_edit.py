"""`dockbench edit` on a Dockerfile that somebody found: what was not named is not reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cli.main import main
from tests.hostile.projects import SECRET


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with something that no build needs, and a secret beside it."""
    root = tmp_path / "shop"
    (root / "node_modules").mkdir(parents=True)
    (root / "node_modules" / "x.js").write_text("x")
    (root / "package.json").write_text("{}")
    (root / "Dockerfile").write_text("FROM node:20\nCOPY . .\nRUN npm ci\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text(f"{SECRET}\n")
    return root


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
@pytest.mark.parametrize("way", [[], ["--diff"], ["--write"]])
@pytest.mark.parametrize("target", ["../outside/secret", "OUTSIDE/secret", "inner/secret"])
def test_a_dockerignore_that_leads_out_is_neither_shown_nor_written(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, way: list[str], target: str
) -> None:
    outside = project.parent / "outside"
    (project / "inner").symlink_to(outside)
    (project / name).symlink_to(target.replace("OUTSIDE", str(outside)))
    assert main(["edit", str(project / "Dockerfile"), "ignore=unneeded", *way]) == 2
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert f"{project / name} leads out of the project" in said.err
    assert (outside / "secret").read_text() == f"{SECRET}\n"
    assert (project / name).is_symlink()


def test_nothing_is_made_where_a_link_leads(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".dockerignore").symlink_to("../outside/made")
    assert main(["edit", str(project / "Dockerfile"), "ignore=unneeded", "--write"]) == 2
    assert capsys.readouterr().out == ""
    assert not (project.parent / "outside" / "made").exists()


@pytest.mark.parametrize("context", [False, True])
def test_a_link_that_stays_in_what_is_built_is_followed(
    project: Path, capsys: pytest.CaptureFixture[str], context: bool
) -> None:
    (project / "docker").mkdir()
    (project / "Dockerfile").rename(project / "docker" / "Dockerfile")
    (project / ".dockerignore").write_text("docs\n")
    beside = project / "docker" / "Dockerfile.dockerignore"
    beside.symlink_to("../.dockerignore")
    named = ["--context", str(project)] if context else []
    asked = [str(project / "docker" / "Dockerfile"), "ignore=unneeded", "--write", *named]
    assert main(["edit", *asked]) == (0 if context else 2)
    if context:
        assert (project / ".dockerignore").read_text() == "docs\n.dockerignore\n**/node_modules\n"
    else:
        assert "--context DIR" in capsys.readouterr().err
