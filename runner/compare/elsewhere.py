"""What a project's manifests have installers ask other hosts for than those of the package indexes:
these may not answer where base images cannot be had."""

from __future__ import annotations

from enum import Enum

from runner.detect.listing import Listing
from runner.dockerfile.extra_indexes import is_named


class Elsewhere(Enum):
    """One such thing."""

    cypress = "cypress"
    """A program for tests, which the package of that name downloads."""
    second_index = "second index"
    """Packages of Python from an index beside pip's own."""


def asked_elsewhere(listing: Listing) -> frozenset[Elsewhere]:
    """Those of a project."""
    texts = listing.texts.items()
    packages = (text for path, text in texts if path.endswith("package.json"))
    requirements = (text for path, text in texts if path.endswith(".txt"))
    found = {
        Elsewhere.cypress: any('"cypress"' in text for text in packages),
        Elsewhere.second_index: any(map(is_named, requirements)),
    }
    return frozenset(name for name, asked in found.items() if asked)
