"""--pin: the images of a recommended Dockerfile by the digests that a registry gave for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.compare.offers import Offer
from runner.detect.dockerfile import Dockerfile
from runner.engine.bases.registry import pinned_reference
from runner.engine.port import Engine


def digests_of(offers: Sequence[Offer], engine: Engine) -> dict[str, str]:
    """Image of one of these Dockerfiles → the same with its digest; not those that no registry
    gave, such as stand-ins."""
    images = {name for offer in offers for name in Dockerfile(offer.files["Dockerfile"]).images}
    found = {name: pinned_reference(engine, name) for name in sorted(images) if "@" not in name}
    return {name: pinned for name, pinned in found.items() if pinned}


def pinned(text: str, digests: Mapping[str, str]) -> str:
    """A Dockerfile with each of its images by tag and digest: where it is named, or in the ARG that
    FROM takes it from."""
    dockerfile = Dockerfile(text)
    arguments = {value for name, value in dockerfile.defaults.items() if f"${{{name}}}" in text}
    for image in sorted(arguments & digests.keys()):
        line = rf"^(ARG[ \t]+\w+=)([\"']?){re.escape(image)}\2[ \t]*$"
        text = re.sub(line, rf"\g<1>{digests[image]}", text, flags=re.MULTILINE)
    return Dockerfile(text).built_on(digests)


def without_digest(text: str, digests: Mapping[str, str]) -> list[str]:
    """The images of a Dockerfile that stay as they are for want of a digest."""
    return [x for x in Dockerfile(text).images if x not in digests and "@" not in x]
