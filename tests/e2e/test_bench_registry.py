"""Base images from a registry on loopback: one that gives them, one that asks for a login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.bases import provide
from runner.engine.port import Engine
from runner.model.levels import Base, Provider
from runner.model.progress import Silent
from tests.e2e.commands import CommandLine, Done
from tests.engine.registry import Registry, running_registry

REPOSITORY = "library/python"
PASSWORDS = "someone:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n"
"""A user whose password nobody here knows."""


@pytest.fixture(scope="module")
def registry(
    engine: Engine, usual: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """A registry that holds the slim base."""
    provider = next(word.partition("=")[2] for word in usual if word.startswith("base.provider="))
    level = Base("slim", "", image="python:3.11-slim", standin="slim", provider=Provider(provider))
    slim = provide(level, engine, Silent())
    with running_registry(tmp_path_factory.mktemp("registry")) as found:
        name = f"{found.address}/{REPOSITORY}"
        assert engine.client.api.tag(slim.image_id, name, "1")
        said = engine.client.images.push(name, tag="1")
        engine.client.images.remove(f"{name}:1")
        assert "error" not in said, said
        yield found


def pulling(here: CommandLine, image: str, *overrides: str, expect: int = 0) -> Done:
    """A bench with this image behind FROM, from its registry."""
    base = ("base=slim", "deps=trimmed", "base.provider=registry", f"base.image={image}")
    return here.only(*base).bench(*overrides, expect=expect)


def test_a_base_is_pulled_and_its_digest_recorded(
    here: CommandLine, engine: Engine, registry: Registry
) -> None:
    image = f"{registry.address}/{REPOSITORY}:1"
    try:
        pulling(here, image, "experiment.name=pulled")
        digest = str(engine.client.images.get_registry_data(image).id)
    finally:
        engine.client.images.remove(image, force=True)
    results = here.results("pulled")
    (record,) = results.records
    assert record.base.provider == "registry"
    assert record.base.digest == digest
    assert record.base.reference == f"{image}@{digest}"
    assert record.sizes is not None
    assert any(layer.is_base for layer in record.sizes.layers)
    (row,) = results.rows
    assert row["base_provider"] == "registry"
    assert "Stand-in" not in (results.paths.tables / "summary.md").read_text()


def test_an_image_that_the_registry_does_not_have(here: CommandLine, registry: Registry) -> None:
    image = f"{registry.address}/library/pyhton:1"
    done = pulling(here, image, expect=2)
    assert f"the registry has no {image}: check base.image" in done.error
    assert done.out == ""


def test_a_registry_that_asks_for_a_login(here: CommandLine, tmp_path: Path) -> None:
    passwords = tmp_path / "htpasswd"
    passwords.write_text(PASSWORDS)
    settings = f"auth: {{htpasswd: {{realm: tests, path: {passwords}}}}}"
    with running_registry(tmp_path / "registry", settings) as registry:
        done = pulling(here, f"{registry.address}/{REPOSITORY}:1", expect=2)
    assert "asks for a login" in done.error
    assert f"`docker login {registry.address}`" in done.error
    assert "base.provider=standin" in done.error
    here.results("variants").assert_whole(0)


def test_a_registry_that_is_down(here: CommandLine) -> None:
    done = pulling(here, "127.0.0.1:9/library/python:1", expect=2)
    assert "no registry answers for 127.0.0.1:9/library/python:1" in done.error
    assert "use base.provider=standin or archive" in done.error
