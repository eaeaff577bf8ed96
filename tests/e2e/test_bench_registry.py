"""Base images from a registry on loopback: one that gives them, one that asks for a login."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model.paths import ResultPaths
from runner.model.record import Record, Status
from tests.e2e.commands import HERE, UNWATCHED, CommandLine, Done, Results
from tests.e2e.hanging import containers_of
from tests.engine.registry import Registry, running_registry

REPOSITORY = "library/python"
PASSWORDS = "someone:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n"
"""A user whose password nobody here knows."""


@pytest.fixture(scope="module")
def registry(
    engine: DockerEngine, quick: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """A registry that holds the base of most tests."""
    with running_registry(tmp_path_factory.mktemp("registry")) as found:
        name = f"{found.address}/{REPOSITORY}"
        assert engine.client.api.tag(quick, name, "1")
        said = engine.client.images.push(name, tag="1")
        engine.client.images.remove(f"{name}:1")
        assert "error" not in said, said
        yield found


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that asks for a login."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "htpasswd").write_text(PASSWORDS)
    settings = f"auth: {{htpasswd: {{realm: tests, path: {folder / 'htpasswd'}}}}}"
    with running_registry(folder / "registry", settings) as found:
        yield found


class Images(NamedTuple):
    """References of base images."""

    good: str
    unknown: str
    """The registry does not have it."""
    closed: str
    """Its registry asks for a login."""
    down: str
    """Its registry does not answer."""


@pytest.fixture(scope="module")
def images(engine: DockerEngine, registry: Registry, closed: Registry) -> Iterator[Images]:
    """One that can be had and three that cannot."""
    found = Images(
        good=f"{registry.address}/{REPOSITORY}:1",
        unknown=f"{registry.address}/library/pyhton:1",
        closed=f"{closed.address}/{REPOSITORY}:1",
        down="127.0.0.1:9/library/python:1",
    )
    yield found
    engine.client.images.remove(found.good, force=True)


class Swept(NamedTuple):
    """A sweep over all of them, and where it left its results."""

    here: CommandLine
    done: Done
    results: Results


@pytest.fixture(scope="module")
def swept(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The sweep, run once for all tests here; the good one comes last."""
    words = ("base=slim", "deps=trimmed", "base.provider=registry", "run.results=results")
    here = CommandLine(tmp_path_factory.mktemp("bases"), usual=(*words, UNWATCHED))
    done = here.bench("-m", f"base.image={','.join(reversed(images))}", expect=1)
    return Swept(here, done, Results(ResultPaths(here.folder / "results")))


def record_on(swept: Swept, image: str) -> Record:
    """The record of the variant on this base."""
    (found,) = [item for item in swept.results.records if item.changed["base.image"] == image]
    return found


def test_a_base_is_pulled_and_its_digest_recorded(
    swept: Swept, engine: DockerEngine, images: Images
) -> None:
    digest = str(engine.client.images.get_registry_data(images.good).id)
    record = record_on(swept, images.good)
    assert record.status is Status.ok
    assert record.base.provider == "registry"
    assert record.base.digest == digest
    assert record.base.reference == f"{images.good}@{digest}"
    assert f"base {images.good}: registry ({record.base.reason})\n" in swept.done.err
    assert record.sizes is not None
    assert any(layer.is_base for layer in record.sizes.layers)
    row = next(row for row in swept.results.rows if row["status"] == "ok")
    assert row["base_provider"] == "registry"
    assert "Stand-in" not in (swept.results.paths.tables / "summary.md").read_text()


def test_bases_that_cannot_be_had_are_rows_beside_it(swept: Swept, images: Images) -> None:
    swept.results.assert_whole(4)
    assert [row["status"] for row in swept.results.rows] == ["ok", *["base_failed"] * 3]
    for image in (images.unknown, images.closed, images.down):
        record = record_on(swept, image)
        assert record.status is Status.base_failed
        assert record.failure is not None
        assert record.failure.step == f"FROM {image}"
        assert record.failure.message in swept.done.err
        assert record.sizes is None
    assert "base failed" in swept.done.out
    assert "dockbench: " not in swept.done.err


WORDS: dict[str, tuple[str, ...]] = {
    "unknown": ("the registry has no {}: check base.image",),
    "closed": ("{} asks for a login", "`docker login ", "base.provider=standin"),
    "down": ("no registry answers for {}", "use base.provider=standin or archive"),
}


@pytest.mark.parametrize("which", WORDS)
def test_alone_it_is_one_line_and_what_was_measured_stays(
    swept: Swept, images: Images, engine: DockerEngine, which: str
) -> None:
    image = getattr(images, which)
    running = swept.here.start_bench(f"base.image={image}")
    done = running.wait()
    assert done.exit_code == 2
    assert containers_of(engine, running.process.pid) == []
    for words in WORDS[which]:
        assert words.format(image) in done.error
    assert done.out == ""
    swept.results.assert_whole(4)


def test_a_recommended_dockerfile_names_the_digest_where_it_is_asked_for(
    images: Images, engine: DockerEngine, tmp_path: Path
) -> None:
    shutil.copytree(HERE / "page" / "repository" / "backend" / "page", tmp_path / "shop" / "page")
    text = (
        f"FROM {images.good}\nWORKDIR /srv\nCOPY page page\n"
        'EXPOSE 8000\nCMD ["python", "-m", "page.app"]\n'
    )
    (tmp_path / "shop" / "Dockerfile").write_text(text)
    usual = ("--set", UNWATCHED, "--set", "scenarios=[cold]")
    here = CommandLine(tmp_path, usual=usual)
    here.run("compare", "shop", "--only", "user=nobody", "--pin", *usual)
    recommended = here.results("compare-shop").paths.recommended
    digest = str(engine.client.images.get_registry_data(images.good).id)
    dockerfile = (recommended / "Dockerfile").read_text()
    assert f"\nFROM {images.good}@{digest}\n" in f"\n{dockerfile}"
