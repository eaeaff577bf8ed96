"""Which provider `auto` chooses, with an engine whose registry is a small table."""

from __future__ import annotations

import io
import json
import platform
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import docker
import pytest
import requests
from docker.auth import AuthConfig
from docker.errors import APIError, ImageNotFound

from runner.engine.bases import registry
from runner.engine.bases.auto import choose
from runner.engine.bases.providers import provide
from runner.engine.bases.registry import (
    ANSWER_TIMEOUT_S,
    Registry,
    pinned_reference,
    pull,
    registry_answers,
    what_is_wrong,
)
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Engine
from runner.engine.standins.references import standin_for
from runner.engine.standins.standin import StandIn
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.paths import CachePaths
from runner.model.progress import Progress, Silent

BASE = Base(level="slim", about="", image="python:3.11-slim", standin="slim")
NO_HOST = 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host'
LOGIN = 'Head "https://registry.example/v2/x": no basic auth credentials'


@dataclass
class FakeImage:
    attrs: dict[str, list[str]]


@dataclass
class FakeApi:
    """Pulls nothing, and says why."""

    says: str = ""
    timeout: int = 600
    base_url: str = "http+docker://localhost"
    api_version: str = "1.41"
    _auth_configs: AuthConfig = field(default_factory=lambda: AuthConfig({}))
    credstore_env: dict[str, str] | None = None
    local: dict[str, FakeImage] = field(default_factory=dict)

    def inspect_image(self, name: str) -> dict[str, object]:
        if name not in self.local:
            raise ImageNotFound(name)
        return {"Id": "sha256:1", **self.local[name].attrs}

    def post(self, url: str, **_: object) -> requests.Response:
        assert url.endswith("/images/create")
        answer = requests.Response()
        answer.status_code = 200
        messages: list[dict[str, str]] = [{"status": "Pulling"}, {"error": self.says}]
        answer.raw = io.BytesIO(b"\r\n".join(json.dumps(said).encode() for said in messages))
        return answer


@dataclass
class FakeImages:
    """Images on the engine, and what its registry says."""

    api: FakeApi
    local: dict[str, FakeImage] = field(default_factory=dict)
    registry: Exception | None = None
    patience_s: int = 0

    def __post_init__(self) -> None:
        self.api.local = self.local

    def get_registry_data(self, _: str) -> str:
        self.patience_s = self.api.timeout
        if self.registry is not None:
            raise self.registry
        return "sha256:1"


@dataclass
class FakeClient:
    api: FakeApi
    images: FakeImages
    architecture: str = platform.machine()

    def info(self) -> dict[str, str]:
        return {"Architecture": self.architecture}


class FakeEngine(DockerEngine):
    """An engine that answers from memory."""

    def __init__(self, registry: Exception | None = None) -> None:
        api = FakeApi(str(registry))
        self.fake = FakeClient(api, FakeImages(api, registry=registry))
        super().__init__(cast(docker.DockerClient, self.fake), "unix:///nowhere")


def test_registry_that_answers_is_used() -> None:
    engine = FakeEngine()
    assert choose(BASE, engine) == (Provider.registry, "its registry answers")
    assert engine.fake.images.patience_s == int(ANSWER_TIMEOUT_S)
    assert engine.fake.api.timeout == 600


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (APIError(NO_HOST), "no registry answers for python:3.11-slim: no such host"),
        (APIError(LOGIN), "the registry of python:3.11-slim asks for a login"),
        (APIError("manifest unknown: manifest unknown"), "the registry has no python:3.11-slim"),
        (requests.ReadTimeout("read timed out"), "no registry answers.* within 5 s"),
        (requests.ConnectionError("gone"), "no registry answers"),
    ],
)
def test_stand_in_where_no_registry_helps(error: Exception, reason: str) -> None:
    provider, why = choose(BASE, FakeEngine(error))
    assert provider is Provider.standin
    assert re.search(reason, why)
    assert "registry.example" not in why


def test_image_that_was_pulled_before_is_used_without_its_registry() -> None:
    engine = FakeEngine(APIError(NO_HOST))
    pulled = FakeImage({"RepoDigests": ["other@sha256:0", "python@sha256:1"]})
    engine.fake.images.local[BASE.image] = pulled
    provider, why = choose(BASE, engine)
    assert provider is Provider.registry
    assert why.startswith("pulled before")


@pytest.mark.parametrize(("refresh", "pulls"), [(False, 0), (True, 1)])
def test_an_image_that_was_pulled_before_is_pulled_again_on_demand(
    monkeypatch: pytest.MonkeyPatch, refresh: bool, pulls: int
) -> None:
    engine, pulled = FakeEngine(), []
    engine.fake.images.local[BASE.image] = FakeImage({"RepoDigests": ["python@sha256:1"]})

    def pull(_: Engine, reference: str, __: Progress) -> None:
        pulled.append(reference)
        engine.fake.images.local[BASE.image] = FakeImage({"RepoDigests": ["python@sha256:2"]})

    monkeypatch.setattr(registry, "pull", pull)
    monkeypatch.setattr(registry, "describe_base", lambda *told: told)
    told = cast(Any, Registry().provide(replace(BASE, refresh=refresh), engine, Silent()))

    assert len(pulled) == pulls
    assert told[1] == f"python:3.11-slim@sha256:{pulls + 1}"


def test_image_of_the_same_name_that_no_registry_gave_does_not_count() -> None:
    engine = FakeEngine(APIError(NO_HOST))
    engine.fake.images.local[BASE.image] = FakeImage({"RepoDigests": []})
    assert choose(BASE, engine)[0] is Provider.standin


def test_level_without_stand_in_says_what_to_do() -> None:
    alone = Base(level="mine", about="", image="example/mine:1")
    with pytest.raises(BaseError, match=r"base=mine has no stand-in: use base.provider=archive"):
        choose(alone, FakeEngine(APIError(NO_HOST)))


@pytest.mark.parametrize(
    "image",
    [
        "nosuch/img:1",
        "python:3.12-alpine",
        "python:3.11-slim",
        "mirror.example/library/python:3.11-alpine",
        "python:3.11-alpine@sha256:" + "0" * 64,
        "dockbench/standin:alpine",
    ],
)
@pytest.mark.parametrize("provider", [Provider.auto, Provider.standin])
def test_a_stand_in_stands_for_what_it_was_made_for_and_nothing_else(
    tmp_path: Path, image: str, provider: Provider
) -> None:
    asked = Base(level="alpine", about="", image=image, standin="alpine", provider=provider)
    said = f"the stand-in alpine stands for python:3.11-alpine, not for {image}: use base.provider="
    with pytest.raises(BaseError, match=re.escape(said)) as caught:
        provide(asked, FakeEngine(APIError(NO_HOST)), Silent(), CachePaths(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "known", "pinned"),
    [
        ("docker.io/library/python:3.11-slim", "python@sha256:1", True),
        ("python:3.11-slim", "docker.io/library/python@sha256:1", True),
        ("python:3.11-slim", "mirror.example/library/python@sha256:1", False),
        ("mirror.example/python:3.11-slim", "python@sha256:1", False),
    ],
)
def test_a_pin_is_of_the_registry_that_was_asked_for(asked: str, known: str, pinned: bool) -> None:
    engine = FakeEngine()
    engine.fake.images.local[asked] = FakeImage({"RepoDigests": [known]})
    assert pinned_reference(engine, asked) == (f"{asked}@sha256:1" if pinned else None)


def test_a_reference_with_a_digest_is_its_own_pin() -> None:
    engine, asked = FakeEngine(), "python:3.11@sha256:2"
    engine.fake.images.local[asked] = FakeImage({"RepoDigests": ["python@sha256:1"]})
    assert pinned_reference(engine, asked) == asked


def test_refused_pull_names_the_next_step() -> None:
    engine = FakeEngine(APIError(LOGIN))
    with pytest.raises(BaseError, match="docker login"):
        pull(engine, "registry.example/x:1", Silent())


def test_silence_is_told_apart_from_refusal() -> None:
    assert registry_answers(FakeEngine(), "x:1") == ""
    assert "asks for a login" in what_is_wrong("x:1", "pull access denied for x")


def test_engine_of_another_architecture_gets_no_stand_in(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.fake.architecture = "riscv64"
    with pytest.raises(BaseError, match="the engine runs on riscv64"):
        StandIn(CachePaths(tmp_path)).provide(BASE, engine, Silent())


def test_cache_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BaseError, match=r"cannot use the cache directory .*file"):
        StandIn(CachePaths(tmp_path / "file")).provide(BASE, FakeEngine(), Silent())


def test_level_without_a_stand_in_cannot_have_one(tmp_path: Path) -> None:
    alone = Base(level="mine", about="", image="example/mine:1")
    with pytest.raises(BaseError, match=r"base=mine has no stand-in"):
        StandIn(CachePaths(tmp_path)).provide(alone, FakeEngine(), Silent())


@pytest.mark.parametrize(
    ("reference", "standin"),
    [
        ("node:22-slim", "node22-slim"),
        ("node:22.4.1-bookworm-slim", "node22-slim"),
        ("docker.io/library/node:20-alpine3.19", "node20-alpine"),
        ("node:22", "node22"),
        ("node:18", "node18"),
        ("node:8", ""),
        ("node", ""),
        ("node:latest", ""),
        ("golang:1.26.1-alpine", "golang1.26-alpine"),
        ("golang:1.22-bookworm", "golang1.22"),
        ("golang:1.20", ""),
        ("golang:1.22-slim", ""),
        ("ghcr.io/x/node:22", ""),
        ("node:22@sha256:0", ""),
    ],
)
def test_stand_ins_of_other_languages_are_exact_too(reference: str, standin: str) -> None:
    assert standin_for(reference) == standin
