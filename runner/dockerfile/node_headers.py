"""What installers of Node are told on a stand-in for its image, in the copy that is built.

node-gyp downloads the headers of Node for every build of a native module, though images of Node
have them; the host that hands them out may not answer. And yarn, or npm and pnpm where a project
says so, refuse packages for another version of Node than the stand-in has.
"""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.node_stages import with_argument

_INSTALLERS = frozenset(("npm", "yarn", "pnpm", "npx", "node-gyp"))


def with_headers_of_node(document: Document) -> Document:
    """The document with that said in each stage on a stand-in for Node that installs packages."""
    return with_argument(document, _INSTALLERS, "npm_config_nodedir=/usr/local")


def without_engine_checks(document: Document) -> Document:
    """The document with packages taken that ask for another version of Node, in each stage on a
    stand-in for it: the version that they ask for may be the one that cannot be had."""
    asked = with_argument(document, ("npm", "pnpm"), "npm_config_engine_strict=false")
    return with_argument(asked, ("yarn",), "npm_config_ignore_engines=true")


def with_legacy_openssl(document: Document) -> Document:
    """The document with the digests that OpenSSL 3 keeps aside, in each stage on a stand-in for
    Node that installs or builds: what was written for Node 16 and earlier (webpack 4) asks for
    them."""
    return with_argument(document, _INSTALLERS, "NODE_OPTIONS=--openssl-legacy-provider")
