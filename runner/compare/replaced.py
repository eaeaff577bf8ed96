"""Which of the project's Dockerfiles an alternative would replace, and what of that it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.compare.kept import Loss, losses
from runner.compare.offers import Offer
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import DockerfileError
from runner.model.redact import redacted


def held(offer: Offer, dockerfiles: Sequence[OwnDockerfile], sources: Mapping[str, str]) -> Offer:
    """An alternative held against the project's Dockerfile that it would replace: its own
    source, else the first; and what of that it does not have. `sources` is improvement → the
    Dockerfile that it is one of."""
    own = {item.name: item for item in dockerfiles}
    inside = [item for item in dockerfiles if not item.outside]
    itself, source = own.get(offer.name), own.get(sources.get(offer.name, ""))
    if itself is not None and itself.plain:
        return replace(offer, own=False, plain=True)
    if itself is not None and itself.outside:
        offer = replace(offer, own=False)
    if itself is not None and itself.mends and offer.own:
        return _mended(offer, itself)
    beside = next(iter(inside), source) if source is None or source.outside else source
    if offer.own or beside is None:
        return offer
    offer = replace(
        offer,
        beside=beside.name,
        improvement=source is not None,
        losses=() if beside.plain else lost(beside.dockerfile, offer.files["Dockerfile"]),
    )
    if source is None or source.plain or source.outside:
        return offer
    ignored = offer.files.get(".dockerignore", "")
    return replace(
        offer,
        replaces=source.name,
        original=source.written or source.dockerfile.text,
        mends=source.mends,
        original_ignore=source.dockerignore,
        replaces_ignore=source.ignore_path if ignored != source.dockerignore else "",
    )


def _mended(offer: Offer, own: OwnDockerfile) -> Offer:
    """One of the project's own that works only as it was mended, in the place of itself."""
    return replace(
        offer,
        replaces=own.name,
        original=own.written or own.dockerfile.text,
        original_ignore=own.dockerignore,
        mends=own.mends,
    )


def lost(own: Dockerfile, text: str) -> tuple[Loss, ...]:
    """What of a Dockerfile another text does not have; nothing where either cannot be read."""
    try:
        found = losses(own, Dockerfile(text, own.target, own.args))
    except DockerfileError:
        return ()
    return tuple(replace(loss, text=redacted(loss.text)) for loss in found)
