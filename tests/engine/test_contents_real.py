"""What a real image is made of, against what its own package managers say in a container of it."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.image.anatomy import anatomy
from runner.image.base import base_on_engine
from runner.image.contents import keep_for_contents
from runner.image.contents.duplicates import candidates
from runner.image.merge import merge
from runner.image.read import read_image
from runner.model import labels
from runner.model.anatomy import AnatomyDocument
from tests.engine.bases import provided
from tests.engine.contexts import build_context, write_context

IMAGE = "dockbench/test:contents"
FETCHED = "head -c 300000 /bin/bash > /root/.cache/pip/fetched"
"""What pip keeps depends on what its index allows; this is in its cache whatever that says."""
INSTALL = f"RUN pip install flask==3.1.0 && mkdir -p /root/.cache/pip && {FETCHED}"
MAKE = "RUN apt-get update && apt-get install -y --no-install-recommends make"
FROM_THE_ENGINE = ("etc/hostname", "etc/hosts", "etc/resolv.conf")
MANIFEST = json.dumps({"name": "left-pad", "version": "1.3.0"})
DOCKERFILE = f"""\
ARG BASE_IMAGE
FROM ${{BASE_IMAGE}}
{INSTALL}
{MAKE}
COPY manifest /app/node_modules/left-pad/package.json
RUN cp /usr/bin/make /opt/make && ln /opt/make /opt/gmake && pip uninstall -y markupsafe \
 && head -c 300000 /dev/zero > /app/node_modules/left-pad/index.js && echo log > /var/log/app.log
"""
WITNESS = """
import importlib.metadata, json, os, pathlib, subprocess

def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

def size(paths):
    return sum(os.lstat(p).st_size for p in set(map(os.path.realpath, paths))
               if os.path.isfile(p))

def below(folder):
    return [p for p in pathlib.Path(folder).rglob("*") if p.is_file() and not p.is_symlink()]

flask = importlib.metadata.distribution("flask")
files = [f.locate() for f in flask.files]
listed = [p for p in said("dpkg-query", "-L", "make").splitlines() if not os.path.islink(p)]
kept = pathlib.Path("/var/lib/dpkg/info").glob("make.*")
print(json.dumps({
    "dpkg": said("dpkg-query", "-W", "-f", "${Package} ${Version}\\n").splitlines(),
    "python": [f"{d.metadata['Name']} {d.version}" for d in importlib.metadata.distributions()],
    "flask": size(files),
    "make": size([*listed, *kept]),
    "pip cache": size(below("/root/.cache/pip")),
    "apt lists": size(below("/var/lib/apt/lists")),
    "apt archives": size(below("/var/cache/apt")),
}))
"""


@dataclass(frozen=True)
class Seen:
    """The image as dockbench sees it, and as its own package managers do."""

    document: AnatomyDocument
    witness: dict[str, Any]
    live_bytes: int
    """Of a container's root, less what the engine puts into every container."""

    engines_bytes: int
    """What the image has at those places."""

    def bytes_of(self, name: str) -> int:
        [one] = [package for package in self.document.packages if package.name == name]
        return one.bytes

    def cached(self, kind: str) -> int:
        return sum(cache.bytes for cache in self.document.caches if cache.kind == kind)


@pytest.fixture(scope="module")
def seen(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    base = provided(engine, "slim")
    file = tmp_path_factory.mktemp("contents") / "context.tar"
    context = write_context(file, DOCKERFILE, manifest=MANIFEST.encode())
    build_context(engine, context, IMAGE, base=base.reference)
    content = read_image(IMAGE, keep=keep_for_contents, connect=lambda: engine.images)
    tree = merge(content)
    paths = {tree.entry_at(position).path for position in candidates(tree)}
    content = read_image(
        IMAGE,
        keep=keep_for_contents,
        hash_contents=lambda path, _size: path in paths,
        connect=lambda: engine.images,
    )
    live = {entry.path: entry for entry in tree.live()}
    found = [live.get(path) for path in FROM_THE_ENGINE]
    yield Seen(
        anatomy(content, base.diff_ids, with_duplicates=True),
        _witness(engine),
        _live_bytes(engine),
        sum(entry.bytes for entry in found if entry is not None),
    )
    engine.client.images.remove(IMAGE)


def _witness(engine: DockerEngine) -> dict[str, Any]:
    """What Python and dpkg say in a container; nothing is compiled, so that nothing changes."""
    output = engine.client.containers.run(
        IMAGE,
        ["python", "-B", "-c", WITNESS],
        network_mode="none",
        labels={labels.OWNER: "test"},
        remove=True,
    )
    found: dict[str, Any] = json.loads(output)
    return found


def _live_bytes(engine: DockerEngine) -> int:
    """Payload of a container's root, as the engine exports it, less what the engine puts there."""
    container = engine.client.containers.create(IMAGE, ["none"], labels={labels.OWNER: "test"})
    try:
        pieces: Any = container.export()
        stream = io.BytesIO(b"".join(pieces))
    finally:
        container.remove(force=True)
    with tarfile.open(fileobj=stream) as archive:
        return sum(
            member.size
            for member in archive
            if member.isreg() and member.name not in FROM_THE_ENGINE
        )


def test_packages_and_unowned_are_the_live_bytes_of_a_container(seen: Seen) -> None:
    document = seen.document
    owned = sum(package.bytes for package in document.packages)
    assert owned + document.unowned_bytes == document.image.live_bytes
    assert document.image.live_bytes - seen.engines_bytes == seen.live_bytes
    assert sum(part.bytes for part in document.unowned) == document.unowned_bytes


def test_names_and_versions_are_those_of_the_package_managers(seen: Seen) -> None:
    for manager in ("dpkg", "python"):
        found = [
            f"{package.name} {package.version}"
            for package in seen.document.packages
            if package.manager == manager
        ]
        assert sorted(found) == sorted(seen.witness[manager])


def test_a_package_has_the_bytes_of_the_files_that_its_manager_lists(seen: Seen) -> None:
    assert seen.bytes_of("Flask") == seen.witness["flask"] > 0
    assert seen.bytes_of("make") == seen.witness["make"] > 0
    assert seen.bytes_of("left-pad") == 300_000 + len(MANIFEST)


def test_left_over_caches_have_the_bytes_of_their_folders(seen: Seen) -> None:
    assert seen.cached("pip") == seen.witness["pip cache"] > 0
    assert seen.cached("apt lists") == seen.witness["apt lists"] > 0
    assert seen.cached("apt archives") == seen.witness["apt archives"]


def test_hints_name_the_instructions_of_own_layers(seen: Seen) -> None:
    by_finding = {hint.finding: hint for hint in seen.document.hints}
    assert by_finding["pip: /root/.cache/pip"].instruction == INSTALL
    assert "--no-cache-dir" in by_finding["pip: /root/.cache/pip"].change
    assert by_finding["apt lists: /var/lib/apt/lists"].instruction == MAKE
    assert by_finding["build tools (dpkg): make"].instruction == MAKE
    sizes = [hint.bytes for hint in seen.document.hints]
    assert sizes == sorted(sizes, reverse=True)
    own = [place for place, layer in enumerate(seen.document.layers) if not layer.is_base]
    assert {hint.layer for hint in seen.document.hints if "base" not in hint.finding} <= set(own)


def test_the_base_is_found_by_the_label_of_the_stand_in(engine: DockerEngine, seen: Seen) -> None:
    base = provided(engine, "slim")
    assert base_on_engine(engine.images, IMAGE)[1] == base.diff_ids
    assert sum(layer.is_base for layer in seen.document.layers) == len(base.diff_ids)


def test_a_copy_is_a_duplicate_and_a_hard_link_is_none(seen: Seen) -> None:
    [copied] = [one for one in seen.document.duplicates or () if "usr/bin/make" in one.paths]
    assert len(copied.paths) == 2
    assert any(path.startswith("opt/") for path in copied.paths)
