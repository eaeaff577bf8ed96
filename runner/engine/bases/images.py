"""Base images on an engine: looked up, loaded, described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from runner.engine.defaults import moving_timeout_s
from runner.engine.disk import full, says_full
from runner.engine.layer_directories import diff_ids_of
from runner.engine.port import Engine
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.errors import BaseError, EngineLostError, ImageError, RefusedError
from runner.model.levels import Provider
from runner.model.ownership import Owner
from runner.model.text import one_line
from runner.oci.stored_image import StoredImage, docker_archive

BASE = "base"
"""Value of our label on a base image."""

_MANAGERS = {"apt": "/usr/bin/apt-get", "apk": "/sbin/apk"}
_STRIP = "/usr/bin/strip"


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """A refusal is a `BaseError`; both it and a lost engine say what was being done."""
    try:
        yield
    except (RefusedError, ImageError) as error:
        if isinstance(error, RefusedError) and says_full(error.said):
            raise full(f"{doing}: {error.said}") from error
        raise BaseError(f"{doing}: {error}; check its disk space and its log") from error
    except EngineLostError as error:
        raise type(error)(f"{doing}: {error}") from error


def find_image(engine: Engine, reference: str) -> Mapping[str, Any] | None:
    """The `inspect` of the image on the engine, or None."""
    with engine_errors(f"looking for {reference}"):
        return engine.images.find(reference)


def labels_of(image: Mapping[str, Any]) -> Mapping[str, str]:
    """The labels in an image's `inspect`."""
    return (image.get("Config") or {}).get("Labels") or {}


def load_image(engine: Engine, image: StoredImage, tag: str) -> None:
    """Load an image from outside the engine under a tag of ours."""
    limit_s = moving_timeout_s(sum(layer.size_bytes for layer in image.layers))
    with engine_errors(f"loading {tag}"), engine.patient(limit_s):
        for message in engine.images.load(docker_archive(image, tag)):
            if "error" in message:
                raise BaseError(f"the engine cannot load {tag}: {one_line(message['error'])}")
    if find_image(engine, tag) is None:
        raise BaseError(f"the engine loaded no image {tag}: look at the engine's log")


def describe_base(
    engine: Engine, reference: str, provider: Provider, reason: str, digest: str = ""
) -> BaseImage:
    """A base image that is present; raises `BaseError` if it is not.

    Without a digest from where it came from, the image's own id says what it is: the recipe of a
    stand-in tells neither its target nor which packages the distribution had that day.
    """
    image = find_image(engine, reference)
    if image is None:
        raise BaseError(f"{reference} is not on the engine any more: run the command again")
    image_id = str(image["Id"])
    package_manager, has_strip = looked_into(engine, image_id, reference)
    return BaseImage(
        reference=reference,
        image_id=image_id,
        digest=digest or image_id,
        provider=provider,
        diff_ids=tuple(diff_ids_of(image)),
        package_manager=package_manager,
        reason=reason,
        has_strip=has_strip,
    )


def looked_into(engine: Engine, image_id: str, reference: str) -> tuple[str, bool]:
    """`apt`, `apk` or empty, and whether there is `strip`, by what lies in the image; a container
    is made, and never started.

    Errors call the image by its reference.
    """
    marks = {labels.OWNER: BASE, labels.PROCESS: str(Owner.current())}
    with engine_errors(f"looking into {reference}"):
        created = engine.containers.create(image_id, ["none"], labels=marks)
        has = partial(engine.containers.has_file, created.id)
        try:
            there = (name for name, path in _MANAGERS.items() if has(path))
            return next(there, ""), has(_STRIP)
        finally:
            created.remove()
