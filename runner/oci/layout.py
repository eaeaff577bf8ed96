"""An OCI image layout: `index.json` → (index →) manifest → configuration and layers, by digest.

Format: the OCI image specification 1.1. Every blob that is read is checked against its digest and
its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from runner.model.entries import ImageContent, Limits
from runner.oci.archive import Archive
from runner.oci.artifacts import check_is_image, check_is_readable, image_configuration
from runner.oci.blobs import StoredLayer
from runner.oci.choice import Choice, Offered, chosen, passed_over
from runner.oci.damage import (
    DamagedError,
    ForeignLayerError,
    LimitError,
    OtherArtifactError,
    missing,
    short,
)
from runner.oci.docker_archive import MANIFEST, docker_images, read_docker_image
from runner.oci.documents import (
    Configuration,
    Descriptor,
    Manifest,
    checked_digest,
    decoded,
)
from runner.oci.image_builder import (
    check_diff_ids,
    diff_ids_of,
    image_content,
    layers_at,
    layers_of,
)
from runner.oci.reading import Reading

INDEX = "index.json"
READER = "oci-layout"

_ATTESTATION = "vnd.docker.reference.type"
_SAVE_ONE = "save the image that you mean alone (docs/archives.md has the limits)"
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def read_oci_layout(archive: Archive, reading: Reading, choice: Choice) -> ImageContent:
    """The image in a layout, of several the one that is meant; raises `DamagedError`.

    Images that a `manifest.json` in the same archive names and the index does not are offered, too.
    """
    index = decoded(archive.document(INDEX), Manifest, INDEX)
    listed = candidates(archive, index, reading.budget.limits)
    images, found = _images(archive, index, listed)
    known = {digest for one in found for digest in one.digests}
    others = docker_images(archive) if archive.has(MANIFEST) else []
    others = [image for image in others if image.image_id not in known]
    every = [*found, *(image.offered for image in others)]
    taken = chosen(every, choice)
    if taken >= len(found):
        return read_docker_image(archive, reading, others[taken - len(found)])
    content = _read(archive, reading, index, *loaded(archive, *images[taken]))
    content.notes = passed_over(found, taken, choice)
    return content


Candidate = tuple[Descriptor, Manifest | None]


def _images(
    archive: Archive, index: Manifest, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[Offered]]:
    """Those that are images; an archive of nothing but another artifact is told what it is."""
    images: list[Candidate] = []
    offered: list[Offered] = []
    for candidate in candidates:
        try:
            found = _offered(archive, index, *candidate)
        except OtherArtifactError:
            if len(candidates) == 1:
                raise
            continue
        images.append(candidate)
        offered.append(found)
    return images, offered


def _read(
    archive: Archive,
    reading: Reading,
    index: Manifest,
    descriptor: Descriptor,
    manifest: Manifest,
    configuration: Configuration,
) -> ImageContent:
    stored = manifest.layers or []
    reading.budget.take_layers(len(stored))
    reading.budget.take_history(configuration.said)
    for layer in stored:
        if layer.urls:
            raise ForeignLayerError(
                f"the layer {short(layer.digest)} lies elsewhere ({_host(layer)})"
            )
    check_is_readable(stored)
    diff_ids = diff_ids_of(configuration, len(stored))
    layers = layers_at(archive, [blob_path(layer.digest) for layer in stored], reading.budget)
    reading.checks.append(partial(check_diff_ids, layers, diff_ids))
    reading.checks.append(partial(_check_layers, layers, stored))
    assert manifest.config is not None, "only manifests with a configuration are loaded"
    return image_content(
        configuration.config,
        layers,
        name=_name(descriptor, index),
        layers=layers_of(configuration, layers, diff_ids),
        image_id=manifest.config.digest,
        platform=configuration.platform,
        reader=READER,
    )


def _host(layer: Descriptor) -> str:
    """Where a foreign layer lies, without what a URL may carry next to the host."""
    return short(urlsplit((layer.urls or [""])[0]).hostname or "a URL")


def _offered(
    archive: Archive, index: Manifest, descriptor: Descriptor, manifest: Manifest | None
) -> Offered:
    """What one manifest of the index is: its platform is what its configuration says, or what the
    index says of one whose files are not there."""
    name = _name(descriptor, index)
    names = (name,) if name else ()
    if manifest is None and not archive.has(blob_path(descriptor.digest)):
        if not archive.whole:
            raise missing(blob_path(descriptor.digest), whole=False)
        return Offered(str(descriptor.platform), names, (descriptor.digest,), missing=True)
    _, manifest, configuration = loaded(archive, descriptor, manifest)
    assert manifest.config is not None, "only manifests with a configuration are loaded"
    digests = (descriptor.digest, manifest.config.digest)
    said = str(descriptor.platform or "")
    return Offered(said or configuration.platform, names, digests)


Found = tuple[Descriptor, Manifest, Configuration]


def candidates(
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


def loaded(archive: Archive, descriptor: Descriptor, manifest: Manifest | None) -> Found:
    """The manifest and the configuration of a candidate; raises `DamagedError`."""
    manifest = manifest or _manifest(archive, descriptor)
    if manifest.config is None:
        raise DamagedError(f"the manifest {descriptor.digest} has no configuration")
    check_is_image(manifest.config, manifest.layers or [])
    data = blob(archive, manifest.config)
    return descriptor, manifest, image_configuration(data, manifest.config.digest)


def _manifest(archive: Archive, descriptor: Descriptor) -> Manifest:
    manifest = decoded(blob(archive, descriptor), Manifest, descriptor.digest)
    if (manifest.layers is None) == (manifest.manifests is None):
        raise DamagedError(f"{descriptor.digest} is neither an image's manifest nor an index")
    return manifest


def blob(archive: Archive, descriptor: Descriptor) -> bytes:
    """A small blob, checked against its digest and size; raises `DamagedError`."""
    data = archive.document(blob_path(descriptor.digest))
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


def blob_path(digest: str) -> str:
    """Where a blob lies in a layout; raises `DamagedError` for what is not a digest."""
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
