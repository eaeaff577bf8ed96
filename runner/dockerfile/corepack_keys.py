"""Package managers that corepack fetches from an index without signatures, as mirrors are.

For the copy that is built where base images cannot be had: corepack ends there, and is told to ask
for none, and to fetch yarn 2 and later from the index of npm: their own host may not answer. A hash
that `packageManager` of a package.json names is still compared.
"""

from __future__ import annotations

from collections.abc import Callable

from runner.dockerfile.document import Document
from runner.dockerfile.node_stages import with_argument
from runner.dockerfile.shell import commands_of

_STARTED = frozenset(("corepack", "yarn", "yarnpkg", "pnpm", "pnpx"))


def without_keys_of_corepack(document: Document, registry: Callable[[], str]) -> Document:
    """The document with that said in each stage on a stand-in for Node that runs what corepack
    starts, if one enables corepack; `registry` gives the root of npm's index, or an empty text."""
    enabled = any(
        command.program == "corepack"
        for run in document.runs()
        for command in commands_of(document, run)
    )
    if not enabled:
        return document
    if asked := registry():
        document = with_argument(document, _STARTED, f"COREPACK_NPM_REGISTRY={asked}")
    return with_argument(document, _STARTED, "COREPACK_INTEGRITY_KEYS=0")
