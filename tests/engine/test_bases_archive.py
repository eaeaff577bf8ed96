"""The archive provider on a real engine: docker, OCI and root file system tarballs."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

import pytest

from runner.engine.bases.images import find_image
from runner.engine.bases.providers import provide
from runner.engine.docker.engine import DockerEngine
from runner.engine.standins.layout_store import LayoutStore
from runner.engine.standins.recipe import recipe_for
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.labels import standin_tag
from runner.model.levels import Base, Provider
from tests.engine.bases import Listener, provided


def docker_tarball(engine: DockerEngine, path: Path) -> None:
    """Saved under the name that is its own: other tests give and take names meanwhile."""
    name = provided(engine, "tiny").reference
    with path.open("wb") as file:
        file.writelines(engine.client.images.get(name).save(named=name))


def oci_tarball(engine: DockerEngine, path: Path) -> None:
    folder = path.parent / "layout"
    LayoutStore(folder).keep("tiny", engine.client.api.get_image(provided(engine, "tiny").image_id))
    with tarfile.open(path, "w") as archive:
        for entry in sorted(folder.iterdir()):
            archive.add(entry, entry.name)


def packed_tarball(engine: DockerEngine, path: Path) -> None:
    docker_tarball(engine, path)
    path.write_bytes(lzma.compress(path.read_bytes(), preset=0))


def packed_rootfs(engine: DockerEngine, path: Path) -> None:
    container = engine.client.containers.create(
        provided(engine, "tiny").reference, ["none"], labels={labels.OWNER: "test"}
    )
    try:
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.writelines(cast(Iterable[bytes], container.export()))
    finally:
        container.remove(force=True)


@pytest.fixture
def archive_level(engine: DockerEngine, tmp_path: Path) -> Iterator[Callable[..., Base]]:
    """Makes levels for archives; what was loaded for them is removed."""
    made: list[Base] = []

    def make(
        write: Callable[[DockerEngine, Path], None],
        sha256: str = "",
        image: str = standin_tag("tiny"),
    ) -> Base:
        path = tmp_path / "base.tar"
        write(engine, path)
        level = Base(level="mine", about="", image=image, provider=Provider.archive)
        level.archive, level.sha256 = str(path), sha256
        made.append(level)
        return level

    yield make
    for level in made:
        if find_image(engine, tag_of(level)) is not None:
            engine.client.images.remove(tag_of(level), force=True)


def digest_of(level: Base) -> str:
    return hashlib.sha256(Path(level.archive).read_bytes()).hexdigest()


def tag_of(level: Base) -> str:
    return f"dockbench/archive:{digest_of(level)[:16]}"


def runs(engine: DockerEngine, base: BaseImage) -> bool:
    said = engine.client.containers.run(
        base.reference,
        ["/bin/sh", "-c", "echo it runs"],
        remove=True,
        network_mode="none",
        labels={labels.OWNER: "test"},
    )
    return bool(said == b"it runs\n")


@pytest.mark.parametrize("write", [docker_tarball, packed_tarball, oci_tarball, packed_rootfs])
def test_loaded_under_a_tag_of_ours(
    engine: DockerEngine,
    archive_level: Callable[..., Base],
    write: Callable[[DockerEngine, Path], None],
) -> None:
    level = archive_level(write)
    level.sha256 = digest_of(level)
    base = provide(level, engine, Listener())
    assert base.reference == tag_of(level)
    assert base.digest == f"sha256:{level.sha256}"
    assert base.provider is Provider.archive
    assert base.package_manager == ""
    assert runs(engine, base)
    image = engine.client.images.get(base.reference)
    assert image.labels[labels.OWNER] == "base"
    assert image.tags == [base.reference]
    if write is not packed_rootfs:
        assert base.diff_ids == provided(engine, "tiny").diff_ids


def test_tags_in_an_archive_do_not_move_those_on_the_engine(
    engine: DockerEngine, archive_level: Callable[..., Base]
) -> None:
    before = provided(engine, "tiny")
    provide(archive_level(docker_tarball), engine, Listener())
    after = provided(engine, "tiny")
    assert after == before
    image = engine.client.images.get(before.reference)
    assert image.labels[labels.RECIPE] == recipe_for("tiny").digest


def test_loaded_once(engine: DockerEngine, archive_level: Callable[..., Base]) -> None:
    level = archive_level(docker_tarball)
    assert provide(level, engine, Listener()) == provide(level, engine, Listener())


def test_an_archive_of_another_name_is_refused_be_it_loaded_before_or_not(
    engine: DockerEngine, archive_level: Callable[..., Base]
) -> None:
    other = archive_level(docker_tarball, image="nosuch/img:1")
    said = f"holds {standin_tag('tiny')} and not base.image=nosuch/img:1: give the name"
    with pytest.raises(BaseError, match=said):
        provide(other, engine, Listener())
    assert find_image(engine, tag_of(other)) is None
    provide(archive_level(docker_tarball), engine, Listener())
    with pytest.raises(BaseError, match=said):
        provide(other, engine, Listener())


def test_wrong_digest_loads_nothing(
    engine: DockerEngine, archive_level: Callable[..., Base]
) -> None:
    level = archive_level(docker_tarball, "0" * 64)
    with pytest.raises(BaseError, match="nothing was loaded"):
        provide(level, engine, Listener())
    assert find_image(engine, tag_of(level)) is None


def test_truncated_archive(engine: DockerEngine, archive_level: Callable[..., Base]) -> None:
    def truncated(engine: DockerEngine, path: Path) -> None:
        docker_tarball(engine, path)
        path.write_bytes(path.read_bytes()[:200_000])

    level = archive_level(truncated)
    with pytest.raises(BaseError, match=r"base\.archive="):
        provide(level, engine, Listener())
    assert find_image(engine, tag_of(level)) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"not a tarball", "not a readable tarball"), (bytes(10240), "neither a docker archive")],
)
def test_what_is_no_image(
    engine: DockerEngine, archive_level: Callable[..., Base], content: bytes, words: str
) -> None:
    def write(_: DockerEngine, path: Path) -> None:
        path.write_bytes(content)

    with pytest.raises(BaseError, match=words):
        provide(archive_level(write), engine, Listener())


def test_missing_file_and_missing_setting(engine: DockerEngine, tmp_path: Path) -> None:
    level = Base(level="mine", about="", image="none", provider=Provider.archive)
    with pytest.raises(BaseError, match=r"needs base\.archive"):
        provide(level, engine, Listener())
    level.archive = str(tmp_path / "none.tar")
    with pytest.raises(BaseError, match="no such file"):
        provide(level, engine, Listener())
