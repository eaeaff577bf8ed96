"""Variables for the container of a check: on the command line, in files, in compose files."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cli.compare import variables
from runner.cli.main import parser
from runner.compare.environment import given_variables, variables_of_example, variables_of_file
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.project_discovery import understand
from runner.detect.dockerfile import Dockerfile
from runner.model.errors import ConfigError
from runner.model.project import Check
from runner.model.record import Failure, Status
from runner.trial.check_plan import read_check
from runner.trial.failures import TrialEnded, ended, without_values


def test_a_variable_has_its_value_or_that_of_the_caller() -> None:
    assert given_variables(["A=1=2", "HOME"], {"HOME": "/root"}) == {"A": "1=2", "HOME": "/root"}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("1A=x", "--env '1A': write KEY=VALUE"),
        ("=x", "--env '': write KEY=VALUE"),
        ("GONE", "--env GONE: not in this environment: write GONE=VALUE"),
    ],
)
def test_what_is_no_variable_is_one_line(word: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        given_variables([word], {})


def test_a_file_has_a_variable_on_each_line() -> None:
    text = "# made\n\nexport A=\"x y\"\nB = 2 # two\nC=a#b\nD='$A'\nE=\n"
    expected = {"A": "x y", "B": "2", "C": "a#b", "D": "$A", "E": ""}
    assert variables_of_file(text, "f") == expected
    with pytest.raises(ConfigError, match="f, line 2: not KEY=VALUE"):
        variables_of_file("A=1\nnonsense\n", "f")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('A="x y" # why', "x y"),
        ("A='x y'\t# why", "x y"),
        ('A="x # y"#why', "x # y"),
        ('A=\'say "it"\' # "why"', 'say "it"'),
        (r'A="say \"it\" \$x\n\\"', 'say "it" $x\n\\'),
        ("A=", ""),
        ("A= # why", ""),
        ("A=# why", ""),
        ("A=x#y # why", "x#y"),
        ('A="x"y', '"x"y'),
        ('A="x', '"x'),
        ("A = 'one\ntwo' # why", "one\ntwo"),
        ('A="-----BEGIN-----\nB=C\n-----END-----"', "-----BEGIN-----\nB=C\n-----END-----"),
        ("A=${NAME}@${GONE:-db}", "shop@db"),
        ('A="$NAME $NAME"', "shop shop"),
        ("A='$NAME'", "$NAME"),
        ("A=x${GONE}$NAME", "x${GONE}$NAME"),
        ("A=a$$NAME", "a$$NAME"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_value_ends_where_compose_ends_it(line: str, value: str, end: str) -> None:
    text = f"NAME=shop{end or chr(10)}{line}{end}"
    assert variables_of_file(text, "f") == {"NAME": "shop", "A": value}
    assert variables_of_file(f"{text}\nZ=1", "f")["Z"] == "1"


def test_what_stands_for_a_value_in_an_example_is_none() -> None:
    text = 'A_URL="[INSERT_URL]"\nB_DSN=<dsn>\nURI={{ x }}\nD_URL=["a"]\nF_URL=<a>/b\nKEY=<key>\n'
    assert variables_of_example(text, "f") == {
        **dict.fromkeys(("A_URL", "B_DSN", "URI"), ""),
        **{"D_URL": '["a"]', "F_URL": "<a>/b", "KEY": "<key>"},
    }


def test_variables_that_double_each_other_end() -> None:
    text = "A=0123456789\n" + "A=$A$A\n" * 100
    assert len(variables_of_file(text, "f")["A"]) < 10_000


def test_the_command_line_comes_before_a_file_which_may_lie_in_the_project(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("A=1\nB=2\n")
    words = ["compare", str(tmp_path), "--env-file", ".env.example", "--env", "B=3"]
    assert variables(parser().parse_args(words)) == {"A": "1", "B": "3"}
    with pytest.raises(ConfigError, match=r"--env-file gone: cannot be read \(No such file"):
        variables(parser().parse_args(["compare", str(tmp_path), "--env-file", "gone"]))


def test_what_was_given_comes_before_the_description_and_that_before_compose(
    tmp_path: Path,
) -> None:
    (tmp_path / "dockbench.yaml").write_text("check: {environment: {B: file, C: file}}\n")
    text = 'FROM x\nEXPOSE 80\nCMD ["x"]\n'
    own = OwnDockerfile(
        "Dockerfile", Dockerfile(text), "", environment={"A": "compose", "B": "compose"}
    )
    found = understand(tmp_path, [own], {"C": "given"})
    assert found.project.check.environment == {"A": "compose", "B": "file", "C": "given"}
    assert found.project.environment == {}, "nothing of it is in an image"
    assert "variables of the check A, B: a compose file" in found.evidence


def test_another_variable_is_another_check(tmp_path: Path) -> None:
    plain, told, other = (
        read_check(Check(environment=environment), 80, tmp_path).digest
        for environment in ({}, {"A": "1"}, {"A": "2"})
    )
    assert len({plain, told, other}) == 3


def test_what_a_container_was_told_is_in_no_failure() -> None:
    failure = Failure("check", "cannot log in with hunter2hunter2", 1, ("key hunter2hunter2", "80"))
    end = without_values(TrialEnded(Status.check_failed, failure), ["hunter2hunter2", "80"])
    assert end.failure.message == "cannot log in with ***"
    assert end.failure.log_tail == ("key ***", "80")


def test_where_a_secret_is_mounted_is_none() -> None:
    place = "/run/secrets/db-password"
    end = without_values(TrialEnded(Status.check_failed, Failure("check", f"no {place}")), [place])
    assert end.failure.message == f"no {place}"


def test_without_a_compose_file_the_projects_example_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("A_KEY=1\nDATABASE_URL=postgres://u@db/x\nPORT=1\n")
    own = OwnDockerfile("Dockerfile", Dockerfile('FROM x\nEXPOSE 80\nCMD ["x"]\n'), "")
    found = understand(tmp_path, [own], {"A_KEY": "2"})
    environment = {"A_KEY": "2", "DATABASE_URL": "postgres://u@db/x"}
    assert found.project.check.environment == environment
    assert found.project.check.services["db"].image == "postgres:16"
    assert "variables of the check A_KEY, DATABASE_URL: .env.example" in found.evidence
    assert "service beside the check db: postgres:16" in found.evidence


def test_a_dockerfile_without_a_command_runs_that_of_its_compose_service(tmp_path: Path) -> None:
    words = ("yarn", "start")
    bare = OwnDockerfile("Dockerfile", Dockerfile("FROM x\nEXPOSE 80\n"), "", command=words)
    own = OwnDockerfile("D", Dockerfile("FROM x\nEXPOSE 80\nCMD y\n"), "", command=words)
    found = understand(tmp_path, [bare])
    assert found.project.check.command == ["yarn", "start"]
    assert "command of the check yarn start: the Dockerfile has none" in found.evidence
    assert understand(tmp_path, [own]).project.check.command == []
    plain, told = (read_check(Check(command=x), 80, tmp_path) for x in ([], ["y"]))
    assert (told.command, plain.digest != told.digest) == (("y",), True)


def test_colours_are_in_no_failure() -> None:
    end = ended(Status.check_failed, "check", "\x1b[31mno key\x1b[0m", ["\x1b[1mx"])
    assert (end.failure.message, end.failure.log_tail) == ("no key", ("x",))


def test_the_health_path_that_a_description_says_is_the_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "dockbench.yaml").write_text("check: {health_path: /health}\n")
    own = OwnDockerfile("Dockerfile", Dockerfile('FROM x\nEXPOSE 80\nCMD ["x"]\n'), "")
    found = understand(tmp_path, [own])
    assert found.project.check.health_path == "/health"
    assert "port 80, health GET /health: dockbench.yaml" in found.evidence
