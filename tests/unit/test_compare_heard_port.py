"""The port on which a service was seen to listen."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from runner.compare.heard_port import exposed, with_heard_port
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.engine.linux.listeners import Listener
from runner.model.project import Check, Project, Proof
from runner.model.record import Failure
from runner.trial.listening import unreached_because


def at(address: str, port: int) -> Listener:
    return Listener(port, ip_address(address))


SHOP = Project(name="shop", port=8080)


def failed(*listeners: Listener) -> list[Failure]:
    why = unreached_because(listeners, 8080, ["/app"])
    return [Failure("check", f"GET /: not healthy within 60 s: it {why}", None, ())]


def test_a_service_is_asked_where_it_was_seen_to_listen() -> None:
    for found in ([at("0.0.0.0", 9000)], [at("::", 9000), at("0.0.0.0", 9001)]):
        told, said = with_heard_port(SHOP, failed(*found), is_said=False)
        assert told.port == 9000
        assert said == ["port 9000: where it was seen to listen, and not on 8080"]
        assert with_heard_port(told, failed(*found), is_said=False) == (told, [])


def test_a_service_that_takes_any_free_port_is_told_one() -> None:
    told, said = with_heard_port(SHOP, failed(at("::", 35805)), is_said=False)
    assert (told.port, told.check.environment) == (8080, {"PORT": "8080"})
    assert said == ["variable of the check PORT=8080: it listened on any free port (35805)"]
    assert with_heard_port(told, failed(at("::", 35806)), is_said=False) == (told, [])


@pytest.mark.parametrize(
    ("listeners", "project", "is_said"),
    [
        ([at("127.0.0.1", 9000)], SHOP, False),
        ([at("127.0.0.1", 8080)], SHOP, False),
        ([], SHOP, False),
        ([at("0.0.0.0", 9000)], SHOP, True),
        ([at("0.0.0.0", 9229)], SHOP, False),
        (
            [at("0.0.0.0", 9000)],
            Project(name="shop", port=8080, check=Check(proof=Proof.log)),
            False,
        ),
    ],
)
def test_else_it_stays_as_it_is(listeners: list[Listener], project: Project, is_said: bool) -> None:
    assert with_heard_port(project, failed(*listeners), is_said) == (project, [])


def test_only_a_dockerfile_of_ours_exposes_it() -> None:
    text = "FROM golang:1.21\nEXPOSE 8080\nCMD x\n"
    plain = OwnDockerfile("plain go", Dockerfile(text), "", plain=True)
    own = OwnDockerfile("Dockerfile", Dockerfile(text), "")
    told = Project(name="shop", port=9000)
    texts = [item.dockerfile.text for item in exposed([plain, own], told)]
    assert texts == [text.replace("8080", "9000"), text]
