"""The JSON documents of images: what is read of each, checked for its shape.

Formats: the Docker image specification v1.0 to v1.3 (`docker save`), and the OCI image
specification 1.1 (index, manifest, configuration).
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from runner.oci.damage import DamagedError, short, shown

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SURROGATES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""A backslash that is no escape, a pair, and what is neither: half a pair."""

T = TypeVar("T")


class HealthCheck(msgspec.Struct, frozen=True):
    """The command that says whether a container is healthy."""

    test: list[str] | None = msgspec.field(default=None, name="Test")


class RunSettings(msgspec.Struct, frozen=True):
    """How containers of the image run."""

    user: str | None = msgspec.field(default=None, name="User")
    environment: list[str] | None = msgspec.field(default=None, name="Env")
    entrypoint: list[str] | str | None = msgspec.field(default=None, name="Entrypoint")
    command: list[str] | str | None = msgspec.field(default=None, name="Cmd")
    healthcheck: HealthCheck | None = msgspec.field(default=None, name="Healthcheck")


class RootFileSystem(msgspec.Struct, frozen=True):
    """The layers' diff_ids from the base up."""

    diff_ids: list[str] | None = None


class History(msgspec.Struct, frozen=True):
    """One instruction."""

    created_by: str | None = None
    comment: str | None = None
    empty_layer: bool | None = None


class Configuration(msgspec.Struct, frozen=True):
    """An image's configuration."""

    rootfs: RootFileSystem
    architecture: str | None = None
    os: str | None = None
    variant: str | None = None
    config: RunSettings | None = None
    history: list[History] | None = None

    @property
    def platform(self) -> str:
        """`linux/amd64`, `linux/arm/v7`."""
        return "/".join(filter(None, (self.os or "linux", self.architecture, self.variant)))

    @property
    def said(self) -> list[str]:
        """The text of each entry of the history."""
        return [f"{entry.created_by or ''}{entry.comment or ''}" for entry in self.history or []]

    def instructions(self) -> list[dict[str, Any]]:
        """The history as plain dictionaries."""
        return [msgspec.to_builtins(entry) for entry in self.history or []]


class ManifestItem(msgspec.Struct, frozen=True):
    """One image in the `manifest.json` of a docker-archive."""

    config: str = msgspec.field(name="Config")
    names: list[str] | None = msgspec.field(default=None, name="RepoTags")
    layers: list[str] | None = msgspec.field(default=None, name="Layers")


class LegacyCommand(msgspec.Struct, frozen=True):
    """What made a layer of an image before 2015."""

    command: list[str] | None = msgspec.field(default=None, name="Cmd")


class LegacyLayer(msgspec.Struct, frozen=True):
    """`ID/json` of a docker-archive without `manifest.json`."""

    id: str
    parent: str | None = None
    architecture: str | None = None
    os: str | None = None
    variant: str | None = None
    comment: str | None = None
    config: RunSettings | None = None
    container_config: LegacyCommand | None = None


class Platform(msgspec.Struct, frozen=True):
    """What a manifest in an index is for."""

    architecture: str = ""
    os: str = ""
    variant: str | None = None

    def __str__(self) -> str:
        """`linux/amd64`, `linux/arm/v7`."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class Descriptor(msgspec.Struct, frozen=True):
    """A pointer to a blob."""

    digest: str
    size: int
    media_type: str | None = msgspec.field(default=None, name="mediaType")
    platform: Platform | None = None
    annotations: dict[str, str] | None = None
    urls: list[str] | None = None
    """Where a foreign layer's content lies; nothing is ever fetched from there."""


class Manifest(msgspec.Struct, frozen=True):
    """An OCI image manifest or index: one has layers, the other manifests."""

    config: Descriptor | None = None
    layers: list[Descriptor] | None = None
    manifests: list[Descriptor] | None = None


def decoded(data: bytes, shape: type[T], name: str) -> T:
    """The document; raises `DamagedError` where it has not this shape."""
    try:
        return msgspec.json.decode(_without_lone_surrogates(data), type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        why = short(" ".join(str(error).split()))
        raise DamagedError(f"{shown(name)} is not the JSON that it should be ({why})") from error


def _without_lone_surrogates(data: bytes) -> bytes:
    """The document with U+FFFD for half of a surrogate pair, as engines read it."""
    return _SURROGATES.sub(lambda found: rb"\ufffd" if found[1] else found[0], data)


def checked_digest(digest: str) -> str:
    """The digest if it is one; raises `DamagedError` otherwise."""
    if not _DIGEST.fullmatch(digest):
        raise DamagedError(f"{shown(digest)} is not a sha256 digest")
    return digest
