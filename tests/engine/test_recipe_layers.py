"""What rendered Dockerfiles leave in the layers of an image, on both builders.

The base is the tiniest one with a `pip` and a `python` that only leave behind what the real ones
do: installed files, a cache, a virtual environment. So each build takes a second and every byte is
known.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.project import DependencySet, Project, SystemPackages
from runner.recipe.packing import pack_context
from runner.recipe.render import render
from tests.engine.contexts import build_image
from tests.unit.levels_from_yaml import load_levels

PIP = """\
#!/bin/sh
# Leaves what pip leaves: packages (in the environment of --python), and a cache unless told not to.
target=/usr/local/lib/site-packages
case "$1" in --python=*) venv=${1#--python=}; target=${venv%/bin/python}/lib/site-packages ;; esac
mkdir -p "$target" && echo package > "$target/package.py"
case " $* " in *" --no-cache-dir "*) exit ;; esac
mkdir -p /root/.cache/pip && echo cache > /root/.cache/pip/http
"""
PYTHON = """\
#!/bin/sh
# python -m venv OPTIONS FOLDER
for folder; do :; done
mkdir -p "$folder/bin" && echo python > "$folder/bin/python"
"""
BASE = """\
FROM {tiny}
COPY pip python apt-get apt-mark /bin/
ENV HOME=/root
RUN mkdir -p /root /tmp /opt /usr/local/lib
"""
APT_GET = """\
#!/bin/sh
# Leaves a file for each package; a purge takes those that are not marked as wanted.
mkdir -p /usr/packages
case "$1" in
  install) shift 3; for package; do echo "$package" > "/usr/packages/$package"; done ;;
  purge) for file in /usr/packages/*; do
    grep -qx "${file##*/}" /usr/wanted || rm "$file"; done ;;
esac
"""
APT_MARK = """\
#!/bin/sh
# showmanual, auto PATTERN, manual NAMES
case "$1" in
  showmanual) ls /usr/packages ;;
  auto) : > /usr/wanted ;;
  manual) shift; for package; do echo "$package" >> /usr/wanted; done ;;
esac
"""
CACHE = "root/.cache/pip/http"
BOTH = pytest.mark.parametrize("builder", list(BuilderName), ids=lambda name: name.value)
Layers = list[set[str]]


@pytest.fixture(scope="module")
def base(
    engine: DockerEngine, tiny: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Reference of the base."""
    scripts = {"pip": PIP, "python": PYTHON, "apt-get": APT_GET, "apt-mark": APT_MARK}
    files = {name: text.encode() for name, text in scripts.items()}
    tag = "dockbench/test:recipe-base"
    folder = tmp_path_factory.mktemp("base")
    result = build_image(engine, folder, BASE.format(tiny=tiny), tag, files)
    yield tag
    remove_built(engine, result)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A service of three files in the backend of a repository."""
    backend = tmp_path / "repository" / "backend"
    (backend / "service").mkdir(parents=True)
    (backend / "service" / "app.py").write_text("app\n")
    (backend / "requirements.txt").write_text("package\n")
    return Project(
        name="small",
        about="a service of three files",
        folder=str(tmp_path),
        package="service",
        dependencies={"locked": DependencySet(requirements="requirements.txt")},
        command=["sh", "-c", "pwd; cat service/app.py"],
    )


def build(
    engine: DockerEngine, base: str, project: Project, builder: BuilderName, **names: str
) -> tuple[str, Layers]:
    """Build these levels without any cache; returns what the container prints and, for each of the
    image's own layers, the files in it."""
    manager = "apt" if project.system_packages.apt else ""
    recipe = render(load_levels(**names), project, builder, manager)
    root = Path(project.folder) / project.repository / recipe.context
    context = pack_context(root, recipe.dockerignore, recipe.dockerfile)
    request = BuildRequest(
        context=context,
        dockerfile=context.dockerfile,
        build_args={"BASE_IMAGE": base},
        labels={labels.OWNER: "test"},
        no_cache=True,
    )
    result = builder_for(builder, engine).build(request)
    assert result.failure is None, (result.failure, result.log, recipe.dockerfile)
    try:
        printed = engine.client.containers.run(
            result.image_id, remove=True, network_mode="none", labels={labels.OWNER: "test"}
        )
        below = engine.client.images.get(base).attrs["RootFS"]["Layers"]
        layers = engine.client.images.get(result.image_id).attrs["RootFS"]["Layers"]
        own = len(below) if layers[: len(below)] == below else 0
        return printed.decode(), layers_of(engine, result.image_id)[own:]
    finally:
        remove_built(engine, result)


def layers_of(engine: DockerEngine, image: str) -> Layers:
    """The files in each layer, from the base up."""
    with tempfile.TemporaryFile() as file:
        for block in engine.client.images.get(image).save():
            file.write(block)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            manifest = archive.extractfile("manifest.json")
            assert manifest is not None
            return [files_of(archive, name) for name in json.loads(manifest.read())[0]["Layers"]]


def files_of(archive: tarfile.TarFile, name: str) -> set[str]:
    """The paths of the files in one layer of an image archive."""
    layer = archive.extractfile(name)
    assert layer is not None
    with tarfile.open(fileobj=layer) as opened:
        return {member.name for member in opened if not member.isdir()}


def filled(layers: Layers) -> Layers:
    """The layers that hold files: on nothing, WORKDIR makes an empty one with BuildKit."""
    return [layer for layer in layers if layer]


@BOTH
@pytest.mark.parametrize(
    ("cache", "layers_with_cache", "removed_later"),
    [("keep", 1, False), ("flags", 0, False), ("purge", 0, False), ("purge_late", 1, True)],
)
def test_a_cache_is_in_the_layers_that_the_level_says(
    engine: DockerEngine,
    base: str,
    project: Project,
    builder: BuilderName,
    cache: str,
    layers_with_cache: int,
    removed_later: bool,
) -> None:
    _, layers = build(engine, base, project, builder, cache=cache)
    whiteouts = {path for layer in layers for path in layer if "/.wh." in path}

    assert sum(CACHE in layer for layer in layers) == layers_with_cache
    assert whiteouts == ({"root/.cache/.wh.pip"} if removed_later else set())


def test_a_cache_mount_keeps_the_cache_out_of_every_layer(
    engine: DockerEngine, base: str, project: Project
) -> None:
    _, layers = build(engine, base, project, BuilderName.buildkit, cache="mount")

    assert not any(CACHE in layer for layer in layers)


@BOTH
def test_squashed_stages_are_one_layer(
    engine: DockerEngine, base: str, project: Project, builder: BuilderName
) -> None:
    printed, layers = build(engine, base, project, builder, layers="squashed", stages="multi")

    assert printed == "/app\napp\n"
    assert len(filled(layers)) == 1
    assert {"app/service/app.py", "opt/venv/lib/site-packages/package.py"} <= layers[0]


@pytest.mark.parametrize("sent", ["repo", "backend"])
def test_squashed_is_one_layer(
    engine: DockerEngine, base: str, project: Project, sent: str
) -> None:
    folder = "app/backend" if sent == "repo" else "app"
    printed, layers = build(
        engine, base, project, BuilderName.buildkit, layers="squashed", context=sent
    )

    assert printed == f"/{folder}\napp\n"
    assert len(filled(layers)) == 1
    assert {f"{folder}/service/app.py", "usr/local/lib/site-packages/package.py"} <= layers[0]


@BOTH
@pytest.mark.parametrize(
    ("sent", "order", "stages"),
    [
        ("repo", "sources_first", "single"),
        ("repo", "deps_first", "multi"),
        ("backend", "deps_first", "single"),
        ("ignored", "sources_first", "multi"),
    ],
)
def test_the_service_starts_in_its_folder_whatever_was_sent_and_in_which_order(
    engine: DockerEngine,
    base: str,
    project: Project,
    builder: BuilderName,
    sent: str,
    order: str,
    stages: str,
) -> None:
    printed, layers = build(
        engine, base, project, builder, order=order, stages=stages, context=sent
    )

    assert printed == ("/app/backend\napp\n" if sent == "repo" else "/app\napp\n")
    if stages == "multi":
        assert not any("usr/local/lib/site-packages/package.py" in layer for layer in layers)


@pytest.mark.parametrize(
    ("names", "own_layers"),
    [
        ({"toolchain": "purged"}, None),
        ({"toolchain": "purged", "layers": "squashed"}, 1),
        ({"toolchain": "kept", "stages": "multi"}, None),
        ({"toolchain": "kept", "stages": "multi", "layers": "squashed"}, 1),
    ],
    ids=["single", "single squashed", "multi", "multi squashed"],
)
def test_what_the_service_needs_stays_and_the_toolchain_goes(
    engine: DockerEngine, base: str, project: Project, names: dict[str, str], own_layers: int | None
) -> None:
    project.system_packages = SystemPackages(apt=["libpq5"])
    printed, layers = build(engine, base, project, BuilderName.buildkit, **names)
    packages = [path for layer in layers for path in layer if path.startswith("usr/packages/")]

    assert printed == "/app\napp\n"
    assert packages == ["usr/packages/libpq5"]
    assert own_layers is None or len(filled(layers)) == own_layers
