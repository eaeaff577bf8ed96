"""Cypress without the program that it downloads, which only tests need: for the copy that is built
where base images cannot be had, since its host does not answer there, and `npm ci` ends."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.node_stages import with_argument

_INSTALLERS = frozenset(("npm", "yarn", "pnpm", "bun"))


def without_cypress(document: Document) -> Document:
    """The document with that said in each stage on a stand-in for Node that installs packages."""
    return with_argument(document, _INSTALLERS, "CYPRESS_INSTALL_BINARY=0")
