"""An OCI image layout: `index.json` → (index →) manifest → configuration and layers, by digest.

Format: the OCI image specification 1.1. Every blob that is read is checked against its digest and
its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from runner.image.readers.archive import Archive
from runner.image.readers.assembled import (
    check_diff_ids,
    command_of,
    diff_ids_of,
    environment_of,
    fingerprints_again,
    layers_at,
    layers_of,
    passed_by,
    user_of,
)
from runner.image.readers.blobs import StoredLayer
from runner.image.readers.damage import ChoiceError, DamagedError, LimitError, short
from runner.image.readers.documents import (
    Configuration,
    Descriptor,
    Manifest,
    checked_digest,
    decoded,
)
from runner.image.readers.platforms import matches, of_this_machine
from runner.image.readers.reading import Reading
from runner.model.entries import ImageContent, Limits

INDEX = "index.json"
READER = "oci-layout"

_ATTESTATION = "vnd.docker.reference.type"
_SAVE_ONE = "save the image that you mean alone (docs/archives.md has the limits)"
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def read_oci_layout(archive: Archive, reading: Reading, platform: str | None) -> ImageContent:
    """The image in a layout, of several the one for the platform; raises `DamagedError`."""
    index = decoded(archive.document(INDEX), Manifest, INDEX)
    descriptor, manifest, configuration = _picked(archive, index, platform, reading.budget.limits)
    stored = manifest.layers or []
    reading.budget.take_layers(len(stored))
    diff_ids = diff_ids_of(configuration, len(stored))
    layers = layers_at(archive, [_path(layer.digest) for layer in stored], reading.budget)
    reading.checks.append(partial(check_diff_ids, layers, diff_ids))
    reading.checks.append(partial(_check_layers, layers, stored))
    assert manifest.config is not None, "only manifests with a configuration are picked"
    return ImageContent(
        name=_name(descriptor, index),
        layers=layers_of(configuration, layers, diff_ids),
        image_id=manifest.config.digest,
        platform=configuration.platform,
        reader=READER,
        user=user_of(configuration.config),
        environment=environment_of(configuration.config),
        command=command_of(configuration.config),
        fingerprints_again=fingerprints_again(layers),
        passed_by=passed_by(layers),
    )


Found = tuple[Descriptor, Manifest, Configuration]


def _picked(archive: Archive, index: Manifest, platform: str | None, limits: Limits) -> Found:
    """The manifest for the platform; the only one there is where none was asked for."""
    candidates = _candidates(archive, index, limits)
    if platform is None and len(candidates) == 1:
        return _loaded(archive, *candidates[0])
    wanted = platform or of_this_machine()
    offered: list[str] = []
    fitting: list[Found] = []
    for descriptor, manifest in candidates:
        said = str(descriptor.platform or "")
        if said and not matches(wanted, said):
            offered.append(said)
            continue
        found = _loaded(archive, descriptor, manifest)
        offered.append(found[2].platform)
        if said or matches(wanted, found[2].platform):
            fitting.append(found)
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(map(short, offered[:10])) or "none"
    if not fitting:
        raise ChoiceError(f"it has no image for {wanted}, only {listed}")
    names = ", ".join(short(_name(found[0], index) or found[0].digest) for found in fitting[:10])
    raise ChoiceError(f"it holds {len(fitting)} images for {wanted}: {names}")


def _candidates(
    archive: Archive, index: Manifest, limits: Limits
) -> list[tuple[Descriptor, Manifest | None]]:
    """Every image manifest below the index, each digest once, attestations left out."""
    found: dict[str, tuple[Descriptor, Manifest | None]] = {}
    pending = [(descriptor, 1) for descriptor in reversed(index.manifests or [])]
    seen = 0
    while pending:
        descriptor, depth = pending.pop()
        seen += 1
        if depth > limits.index_depth:
            why = "its index is too deep"
            raise LimitError("index_depth", limits.index_depth, why, _SAVE_ONE)
        if seen > limits.manifests:
            raise LimitError("manifests", limits.manifests, "its index is too long", _SAVE_ONE)
        if (descriptor.annotations or {}).get(_ATTESTATION) or descriptor.digest in found:
            continue
        if descriptor.platform is not None and descriptor.platform.architecture:
            found[descriptor.digest] = (descriptor, None)
            continue
        manifest = _manifest(archive, descriptor)
        if manifest.manifests is not None:
            pending.extend((inner, depth + 1) for inner in reversed(manifest.manifests))
        else:
            found[descriptor.digest] = (descriptor, manifest)
    return list(found.values())


def _loaded(archive: Archive, descriptor: Descriptor, manifest: Manifest | None) -> Found:
    manifest = manifest or _manifest(archive, descriptor)
    if manifest.config is None:
        raise DamagedError(f"the manifest {descriptor.digest} has no configuration")
    data = _blob(archive, manifest.config)
    return descriptor, manifest, decoded(data, Configuration, manifest.config.digest)


def _manifest(archive: Archive, descriptor: Descriptor) -> Manifest:
    manifest = decoded(_blob(archive, descriptor), Manifest, descriptor.digest)
    if (manifest.layers is None) == (manifest.manifests is None):
        raise DamagedError(f"{descriptor.digest} is neither an image's manifest nor an index")
    return manifest


def _blob(archive: Archive, descriptor: Descriptor) -> bytes:
    data = archive.document(_path(descriptor.digest))
    found = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if found != descriptor.digest or len(data) != descriptor.size:
        raise DamagedError(
            f"the blob {descriptor.digest} of {descriptor.size} bytes has the digest {found}"
            f" and {len(data)} bytes"
        )
    return data


def _check_layers(layers: Sequence[StoredLayer], described: Sequence[Descriptor]) -> None:
    for layer, said in zip(layers, described, strict=True):
        if layer.size_bytes != said.size or layer.digest() != said.digest:
            raise DamagedError(
                f"the layer {said.digest} of {said.size} bytes has the digest"
                f" {layer.digest()} and {layer.size_bytes} bytes"
            )


def _path(digest: str) -> str:
    return f"blobs/{checked_digest(digest).replace(':', '/')}"


def _name(descriptor: Descriptor, index: Manifest) -> str:
    """What the layout calls the image."""
    places: list[Descriptor] = [descriptor]
    if index.manifests and len(index.manifests) == 1:
        places.append(index.manifests[0])
    for described in places:
        for key in _NAMES:
            name = (described.annotations or {}).get(key, "")
            if name:
                return name
    return ""
