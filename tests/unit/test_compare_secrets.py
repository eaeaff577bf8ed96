"""Secrets that a compose file mounts: a placeholder takes the place of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.compare.compose_secrets import secrets_of
from runner.compare.environment import SECRET
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.compare.services import without_variables
from runner.model.errors import ProjectError
from runner.model.project import Check, Project, Service
from runner.model.record import Failure, Status
from runner.trial.check_plan import read_check
from runner.trial.failures import TrialEnded, values_in, without_values

COMPOSE = """\
services:
  web:
    build: .
    ports: ["8000:8000"]
    secrets: [db-password, {source: token, target: /run/secrets/api}]
secrets:
  db-password: {file: password.txt}
  token: {external: true}
"""
DATABASE = """\
  db:
    image: mysql:8
    environment: {MYSQL_ROOT_PASSWORD_FILE: /run/secrets/db-password, A_FILE: /x}
"""


def project(folder: Path, description: str = "") -> Path:
    (folder / "Dockerfile").write_text('FROM python:3.11\nEXPOSE 8000\nCMD ["python", "x.py"]\n')
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / "password.txt").write_text("correct horse battery staple")
    if description:
        (folder / "dockbench.yaml").write_text(description)
    return folder


def test_each_is_a_placeholder_and_none_is_read(tmp_path: Path) -> None:
    found = understand(project(tmp_path), own_dockerfiles(tmp_path, ()))
    assert set(found.project.check.secrets) == {"db-password", "api"}
    assert "correct horse" not in repr(found)
    assert [line for line in found.evidence if line.startswith("secrets of the check db-password")]
    assert set(without_variables(found.project).check.secrets.values()) == {"***"}


def test_a_database_is_told_what_its_secret_would_say(tmp_path: Path) -> None:
    text = COMPOSE.replace("secrets:\n  db", f"{DATABASE}secrets:\n  db")
    project(tmp_path)
    (tmp_path / "compose.yaml").write_text(text)
    (own,) = own_dockerfiles(tmp_path, ())
    told = own.services["db"].environment
    assert told == {"MYSQL_ROOT_PASSWORD": SECRET, "A_FILE": "/x"}


def test_a_description_says_others(tmp_path: Path) -> None:
    said = "check: {secrets: {db-password: mine}}\n"
    found = understand(project(tmp_path, said), own_dockerfiles(tmp_path, ()))
    assert found.project.check.secrets["db-password"] == "mine"
    assert found.project.check.secrets["api"] != "mine"


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (None, ()),
        ("db", ()),
        (["a", "a", 7, "../b", "/etc/passwd", "\u0431"], ("a", "7")),
        ([{"source": "a"}, {"source": "b", "target": "c"}, {"target": "/elsewhere/d"}], ("a", "c")),
        ([{}, {"source": ["x"]}], ()),
    ],
)
def test_names_are_those_of_files_in_the_usual_directory(said: Any, names: tuple[str, ...]) -> None:
    assert secrets_of({"secrets": said}) == names


def test_other_secrets_are_another_check(tmp_path: Path) -> None:
    checks = [Check(), Check(secrets={"a": "1"}), Check(secrets={"a": "2"})]
    assert len({read_check(check, 80, tmp_path).digest for check in checks}) == 3


@pytest.mark.parametrize("name", ["", "../a", "a/b", "a b"])
def test_what_is_no_name_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match=r"check\.secrets: .* is no name of a file"):
        read_check(Check(secrets={name: "x"}), 80, tmp_path)


def test_the_password_of_redis_is_kept_nowhere() -> None:
    command = ["redis-server", "--requirepass", "pass word", "--port", "1"]
    check = Check(services={"cache": Service("redis:7", {}, command)})
    kept = without_variables(Project(name="shop", check=check)).check.services["cache"]
    assert kept.command == ["redis-server", "--requirepass", "***", "--port", "1"]


def test_what_a_file_says_is_left_out_of_a_log_line_by_line() -> None:
    text = "# mine\nDB=x\nexport KEY='abcdEFGH12345678'\nonly-a-line-here\n"
    log = ("loaded abcdEFGH12345678", "only-a-line-here and x")
    end = TrialEnded(Status.check_failed, Failure("check: start", "it ended", 1, log))
    hidden = without_values(end, values_in(text)).failure
    assert hidden.log_tail == ("loaded ***", "*** and x")


@pytest.mark.parametrize("path", ["/proc/1/.env", "/sys/x", "/dev/shm/.env", "/a/../b"])
def test_nothing_is_put_where_the_kernel_speaks(tmp_path: Path, path: str) -> None:
    with pytest.raises(ProjectError, match=r"check\.secrets: "):
        read_check(Check(secrets={path: "x"}), 80, tmp_path)
