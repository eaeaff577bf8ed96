"""What `docker save` writes: `manifest.json`, or before 2016 `repositories` and a chain of layers.

Formats: the Docker image specification v1.0 to v1.3. Layers may be packed, as other tools do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from runner.model.entries import ImageContent, LayerContent
from runner.oci.archive import Archive
from runner.oci.blobs import StoredLayer
from runner.oci.choice import Choice, Offered, chosen
from runner.oci.damage import DamagedError, shown
from runner.oci.documents import Configuration, LegacyLayer, ManifestItem, decoded
from runner.oci.history import instruction
from runner.oci.image_builder import (
    check_diff_ids,
    diff_ids_of,
    image_content,
    layers_at,
    layers_of,
)
from runner.oci.paths import plain
from runner.oci.reading import Reading

MANIFEST = "manifest.json"
REPOSITORIES = "repositories"
READER = "docker-archive"

_NAMED_BY_DIGEST = re.compile(r"(?:^|/|^sha256:)([0-9a-f]{64})(?:\.json)?$")
_BLOB = re.compile(r"^blobs/sha256/([0-9a-f]{64})$")


@dataclass(frozen=True)
class DockerImage:
    """One image that the manifest names."""

    item: ManifestItem
    configuration: Configuration
    image_id: str
    offered: Offered


def read_docker_archive(archive: Archive, reading: Reading, choice: Choice) -> ImageContent:
    """The image in an archive with a manifest; raises `DamagedError`."""
    images = docker_images(archive)
    return read_docker_image(archive, reading, images[chosen([x.offered for x in images], choice)])


def read_docker_image(archive: Archive, reading: Reading, image: DockerImage) -> ImageContent:
    """One image of a manifest; raises `DamagedError`."""
    item, configuration, image_id = image.item, image.configuration, image.image_id
    paths = [plain(name) for name in item.layers or []]
    reading.budget.take_layers(len(paths))
    reading.budget.take_history(configuration.said)
    diff_ids = diff_ids_of(configuration, len(paths))
    layers = layers_at(archive, paths, reading.budget)
    reading.checks.append(partial(check_diff_ids, layers, diff_ids))
    reading.checks.append(partial(_check_names, layers, paths))
    return image_content(
        configuration.config,
        layers,
        name=(image.offered.names or ("",))[0],
        layers=layers_of(configuration, layers, diff_ids),
        image_id=image_id,
        platform=configuration.platform,
        reader=READER,
    )


def _check_names(layers: Sequence[StoredLayer], paths: Sequence[str]) -> None:
    """Where a name is a digest, it is to be the file's."""
    for path, layer in zip(paths, layers, strict=True):
        blob = _BLOB.search(path)
        if blob and layer.digest() != f"sha256:{blob[1]}":
            raise DamagedError(f"{path} has the digest {layer.digest()}")


def docker_images(archive: Archive) -> list[DockerImage]:
    """Every image that the manifest names, each once, with all its names."""
    items = decoded(archive.document(MANIFEST), list[ManifestItem], MANIFEST)
    found: dict[str, DockerImage] = {}
    for item in items:
        configuration, image_id = _configuration(archive, item.config)
        names = tuple(item.names or ())
        known = found.get(image_id)
        offered = Offered(configuration.platform, names, (image_id,))
        if known is None:
            found[image_id] = DockerImage(item, configuration, image_id, offered)
        elif names:
            both = (*known.offered.names, *names)
            found[image_id] = replace(
                known, offered=Offered(configuration.platform, both, (image_id,))
            )
    if not found:
        raise DamagedError(f"{MANIFEST} names no image")
    return list(found.values())


def _configuration(archive: Archive, name: str) -> tuple[Configuration, str]:
    path = plain(name)
    data = archive.document(path)
    digest = hashlib.sha256(data).hexdigest()
    named = _NAMED_BY_DIGEST.search(path)
    if named and named[1] != digest:
        raise DamagedError(f"the configuration {shown(path)} has the digest sha256:{digest}")
    return decoded(data, Configuration, path), f"sha256:{digest}"


def read_legacy_archive(archive: Archive, reading: Reading) -> ImageContent:
    """The image in an archive that has only `repositories`: layers hang together by `parent`.

    Nothing in it tells what a layer's digest should be: there is nothing to check them against.
    """
    named = decoded(archive.document(REPOSITORIES), dict[str, dict[str, str]], REPOSITORIES)
    names = {f"{name}:{tag}": top for name, tags in named.items() for tag, top in tags.items()}
    if len(set(names.values())) != 1:
        listed = ", ".join(shown(name) for name in list(names)[:10]) or "none"
        raise DamagedError(f"one image is read at a time, `{REPOSITORIES}` names {listed}")
    name, top = next(iter(names.items()))
    if not top:
        raise DamagedError(f"`{REPOSITORIES}` names no layer for {shown(name)}")
    chain = _chain(archive, top, reading)
    paths = [plain(f"{described.id}/layer.tar") for described in chain]
    commands = [
        " ".join((described.container_config and described.container_config.command) or [])
        for described in chain
    ]
    reading.budget.take_history(commands)
    stored = layers_at(archive, paths, reading.budget)
    layers = []
    for described, command, layer in zip(chain, commands, stored, strict=True):
        created_by = instruction(command, described.comment or "")
        layers.append(LayerContent(layer.diff_id(), created_by, layer.entries))
    last = chain[-1]
    return image_content(
        last.config,
        stored,
        name=name,
        layers=layers,
        platform="/".join(filter(None, (last.os or "linux", last.architecture, last.variant))),
        reader=READER,
    )


def _chain(archive: Archive, top: str, reading: Reading) -> list[LegacyLayer]:
    """The layers' descriptions from the base up."""
    chain: list[LegacyLayer] = []
    seen: set[str] = set()
    current: str | None = top
    while current:
        if current in seen:
            raise DamagedError(f"layer {shown(current)} is its own ancestor")
        seen.add(current)
        reading.budget.take_layers(len(seen))
        path = plain(f"{current}/json")
        described = decoded(archive.document(path), LegacyLayer, path)
        if described.id != current:
            raise DamagedError(f"{shown(path)} describes another layer, {shown(described.id)}")
        chain.append(described)
        current = described.parent
    return chain[::-1]
