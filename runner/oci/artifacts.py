"""What is kept in a registry or a layout like an image and is none: signatures, charts, SBOMs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from runner.oci.damage import EncryptedLayerError, OtherArtifactError, short
from runner.oci.documents import Configuration, Descriptor, decoded

_IMAGE_CONFIGURATIONS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
)
_EMPTY_CONFIGURATIONS = ("application/vnd.oci.empty.v1+json", "application/vnd.oci.scratch.v1+json")
_IMAGE_LAYER = re.compile(
    r"application/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\.|application/octet-stream$"
    r"|.*\b(?:tar|gzip|zstd)\b"
)
_SIGNED = "name the image that it signs"
_ABOUT = "name the image that it is about"
_KNOWN = (
    ("helm", "a Helm chart", ""),
    ("simplesigning", "a signature of cosign", _SIGNED),
    ("sigstore.bundle", "a signature of cosign", _SIGNED),
    ("notary.signature", "a signature of Notation", _SIGNED),
    ("in-toto", "an attestation", _ABOUT),
    ("dsse.envelope", "an attestation", _ABOUT),
    ("spdx", "an SBOM", _ABOUT),
    ("cyclonedx", "an SBOM", _ABOUT),
    ("syft", "an SBOM", _ABOUT),
    ("wasm", "a WebAssembly module", ""),
)
"""Part of a media type, what such an artifact is, and what to do."""


class _AnyConfiguration(msgspec.Struct):
    rootfs: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def check_is_image(configuration: Descriptor, layers: Sequence[Descriptor]) -> None:
    """Raise `OtherArtifactError` where the media types of a manifest are not an image's."""
    kind = configuration.media_type or ""
    types = [layer.media_type or "" for layer in layers]
    if kind and kind not in (*_IMAGE_CONFIGURATIONS, *_EMPTY_CONFIGURATIONS):
        raise _other(kind)
    if kind in _EMPTY_CONFIGURATIONS:
        raise _other(next(filter(None, types), kind))
    if types and all(types) and not any(map(_IMAGE_LAYER.match, types)):
        raise _other(types[0])


def check_is_readable(layers: Iterable[Descriptor]) -> None:
    """Raise `EncryptedLayerError` where a layer is encrypted."""
    for layer in layers:
        if (layer.media_type or "").endswith("+encrypted"):
            raise EncryptedLayerError(f"the layer {short(layer.digest)} is encrypted")


def image_configuration(data: bytes, name: str) -> Configuration:
    """An image's configuration; raises `OtherArtifactError` for an object without `rootfs`, which
    every image has, and `DamagedError` for anything else."""
    try:
        found = msgspec.json.decode(data, type=_AnyConfiguration)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return decoded(data, Configuration, name)
    if found.rootfs is msgspec.UNSET:
        raise OtherArtifactError("its configuration has no `rootfs`: it is not a container image")
    return decoded(data, Configuration, name)


def _other(kind: str) -> OtherArtifactError:
    """What an OCI artifact is, by a media type."""
    for part, what, advice in _KNOWN:
        if part in kind:
            return OtherArtifactError(f"it holds {what}, not a container image", advice)
    return OtherArtifactError(
        f"it holds an artifact of the type {short(kind)}, not a container image"
    )
