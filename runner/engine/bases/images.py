"""Base images on an engine: looked up, loaded, described."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from runner.engine.bases.layout import StoredImage, docker_archive
from runner.engine.defaults import moving_timeout_s
from runner.engine.docker.client import patient
from runner.engine.docker.describe import TRANSPORT_ERRORS, one_line
from runner.engine.fault import is_engines_own, lost_by
from runner.engine.port import Engine
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.errors import BaseError, EngineLostError
from runner.model.levels import Provider
from runner.model.ownership import Owner

BASE = "base"
"""Value of our label on a base image."""

_MANAGERS = {"apt": "/usr/bin/apt-get", "apk": "/sbin/apk"}
_STRIP = "/usr/bin/strip"


@contextmanager
def engine_errors(engine: Engine, doing: str) -> Iterator[None]:
    """Turn the SDK's errors into ours: a refusal is a `BaseError`, silence `EngineLostError`."""
    try:
        yield
    except APIError as error:
        if is_engines_own(one_line(error)):
            raise EngineLostError(lost_by(engine.address, one_line(error))) from error
        raise BaseError(
            f"{doing}: the engine refused: {one_line(error)}; check its disk space and its log"
        ) from error
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"{doing}: the engine at {engine.address} stopped answering ({one_line(error)})"
        ) from error


def find_image(engine: Engine, reference: str) -> Image | None:
    """The image on the engine, or None."""
    with engine_errors(engine, f"looking for {reference}"):
        try:
            return engine.client.images.get(reference)
        except ImageNotFound:
            return None


def load_image(engine: Engine, image: StoredImage, tag: str) -> None:
    """Load an image from outside the engine under a tag of ours."""
    limit_s = moving_timeout_s(sum(layer.size_bytes for layer in image.layers))
    with engine_errors(engine, f"loading {tag}"), patient(engine, limit_s):
        messages: Iterable[dict[str, Any]] = engine.client.api.load_image(  # type: ignore[no-untyped-call]
            docker_archive(image, tag)
        )
        for message in messages:
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
    image_id = str(image.id)
    package_manager, has_strip = looked_into(engine, image_id, reference)
    return BaseImage(
        reference=reference,
        image_id=image_id,
        digest=digest or image_id,
        provider=provider,
        diff_ids=tuple((image.attrs.get("RootFS") or {}).get("Layers") or ()),
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
    with engine_errors(engine, f"looking into {reference}"):
        created = engine.client.api.create_container(image_id, ["none"], labels=marks)
        try:
            there = (name for name, path in _MANAGERS.items() if _has(engine, created["Id"], path))
            return next(there, ""), _has(engine, created["Id"], _STRIP)
        finally:
            engine.client.api.remove_container(created["Id"], force=True, v=True)


def _has(engine: Engine, container: str, path: str) -> bool:
    """By asking about the file, which the SDK cannot: to send it, an engine starts a process."""
    api = engine.client.api
    answer = api.head(
        f"{api.base_url}/v{api.api_version}/containers/{container}/archive",
        params={"path": path},
        timeout=api.timeout,
    )
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return False
    if not answer.ok:
        said = f"HTTP {answer.status_code} when asked whether there is {path}"
        raise APIError(said, response=answer, explanation=said)
    return True
