"""The registry provider against a real registry on loopback, into which stand-ins are pushed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.bases.images import find_image
from runner.engine.bases.providers import provide
from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.engine.standins.references import PLAIN_NAMES
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.errors import BaseError
from runner.model.labels import standin_tag
from runner.model.levels import Base, Provider
from tests.engine.bases import Listener, provided
from tests.engine.contexts import write_context
from tests.engine.registry import Registry, running_registry

REPOSITORY = "library/tiny"
PASSWORDS = "someone:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n"
"""A user whose password nobody here knows."""


@pytest.fixture(scope="module")
def registry(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that holds the tiniest stand-in."""
    tiny = provided(engine, "tiny")
    with running_registry(tmp_path_factory.mktemp("registry")) as found:
        name = f"{found.address}/{REPOSITORY}"
        assert engine.client.api.tag(tiny.image_id, name, "1")
        said = engine.client.images.push(name, tag="1")
        engine.client.images.remove(f"{name}:1")
        assert "error" not in said, said
        yield found


@pytest.fixture
def level(engine: DockerEngine, registry: Registry) -> Iterator[Base]:
    """A level whose image only the registry has."""
    base = Base(level="tiny", about="", image=f"{registry.address}/{REPOSITORY}:1", standin="tiny")
    yield base
    if find_image(engine, base.image) is not None:
        engine.client.images.remove(base.image, force=True)


def asking(base: Base, provider: Provider) -> Base:
    base.provider = provider
    return base


def test_pulls_and_pins_by_digest(engine: DockerEngine, level: Base) -> None:
    base = provide(asking(level, Provider.registry), engine, Listener())
    described = engine.client.images.get_registry_data(level.image)
    assert base.digest == described.id
    assert base.reference == f"{level.image}@{described.id}"
    assert base.provider is Provider.registry
    assert base.diff_ids == provided(engine, "tiny").diff_ids


@pytest.mark.parametrize("standin", ["slim", "alpine"])
def test_a_stand_in_for_python_comes_back_as_it_was_pushed(
    engine: DockerEngine, registry: Registry, standin: str
) -> None:
    pushed = provided(engine, standin)
    image = f"{registry.address}/library/python"
    assert engine.client.api.tag(pushed.image_id, image, standin)
    said = engine.client.images.push(image, tag=standin)
    engine.client.images.remove(f"{image}:{standin}")
    assert "error" not in said, said
    level = Base(level=standin, about="", image=f"{image}:{standin}", standin=standin)
    base = provide(asking(level, Provider.auto), engine, Listener())
    try:
        assert (base.provider, base.reason) == (Provider.registry, "its registry answers")
        assert base.digest == engine.client.images.get_registry_data(level.image).id
        assert (base.image_id, base.diff_ids) == (pushed.image_id, pushed.diff_ids)
        assert base.package_manager == pushed.package_manager
    finally:
        engine.client.images.remove(level.image, force=True)


def test_pulls_once(engine: DockerEngine, level: Base) -> None:
    first, second = Listener(), Listener()
    base = provide(asking(level, Provider.registry), engine, first)
    assert provide(level, engine, second) == base
    assert (first.pieces, second.pieces) == ([f"pulling {level.image}"], [])


@pytest.mark.parametrize("builder", list(BuilderName))
def test_builds_from_the_pin_when_the_registry_is_gone(
    engine: DockerEngine, builder: BuilderName, tmp_path: Path
) -> None:
    tiny = provided(engine, "tiny")
    with running_registry(tmp_path / "registry") as registry:
        image = f"{registry.address}/{REPOSITORY}"
        engine.client.api.tag(tiny.image_id, image, "1")
        engine.client.images.push(image, tag="1")
        engine.client.images.remove(f"{image}:1")
        level = Base(level="t", about="", image=f"{image}:1", provider=Provider.registry)
        base = provide(level, engine, Listener())
    context = write_context(tmp_path / "context.tar", f"FROM {base.reference}\nRUN true\n")
    request = BuildRequest(context=context, labels={labels.OWNER: "test"})
    try:
        result = builder_for(builder, engine).build(request)
        assert result.failure is None, result.failure
        remove_built(engine, result)
    finally:
        engine.client.images.remove(f"{image}:1", force=True)


def test_auto_takes_the_registry_that_answers(engine: DockerEngine, level: Base) -> None:
    base = provide(asking(level, Provider.auto), engine, Listener())
    assert (base.provider, base.reason) == (Provider.registry, "its registry answers")


def test_auto_builds_a_stand_in_where_no_registry_has_the_image(engine: DockerEngine) -> None:
    image = PLAIN_NAMES["tiny"]
    level = Base(level="tiny", about="", image=image, standin="tiny", provider=Provider.auto)
    base = provide(level, engine, Listener())
    assert base.provider is Provider.standin
    assert base.reference == standin_tag("tiny")
    assert image in base.reason


def test_auto_puts_no_stand_in_in_the_place_of_another_image(
    engine: DockerEngine, tmp_path: Path
) -> None:
    with running_registry(tmp_path) as registry:
        gone = registry.address
    image = f"{gone}/{REPOSITORY}:1"
    level = Base(level="tiny", about="", image=image, standin="tiny", provider=Provider.auto)
    said = f"no registry answers for {image}: connection refused, and the stand-in tiny stands for"
    with pytest.raises(BaseError, match=re.escape(f"{said} {PLAIN_NAMES['tiny']}, not")):
        provide(level, engine, Listener())


def test_missing_image_is_one_clear_line(engine: DockerEngine, registry: Registry) -> None:
    image = f"{registry.address}/{REPOSITORY}:none"
    level = Base(level="tiny", about="", image=image, provider=Provider.registry)
    with pytest.raises(BaseError, match=f"the registry has no {image}: check base.image"):
        provide(level, engine, Listener())


def test_silent_registry_is_one_clear_line(engine: DockerEngine, tmp_path: Path) -> None:
    with running_registry(tmp_path) as registry:
        image = f"{registry.address}/{REPOSITORY}:1"
    level = Base(level="tiny", about="", image=image, provider=Provider.registry)
    with pytest.raises(BaseError, match=r"no registry answers .*: connection refused; use"):
        provide(level, engine, Listener())


def test_registry_that_asks_for_a_login(engine: DockerEngine, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text(PASSWORDS)
    login = f"auth: {{htpasswd: {{realm: test, path: {passwords}}}}}"
    with running_registry(tmp_path / "registry", login) as registry:
        image = f"{registry.address}/{REPOSITORY}:1"
        level = Base(level="tiny", about="", image=image, standin="tiny")
        with pytest.raises(BaseError, match=f"asks for a login.*docker login {registry.address}"):
            provide(asking(level, Provider.registry), engine, Listener())
        with pytest.raises(BaseError, match=r"asks for a login.* the stand-in tiny stands for"):
            provide(asking(level, Provider.auto), engine, Listener())
