"""Headers of Node for native modules, where the host that hands them out does not answer.

node-gyp downloads them for every build of a module, though images of Node have them. For the copy
that is built where base images cannot be had: it is told where they are.
"""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.node_stages import with_argument

_INSTALLERS = frozenset(("npm", "yarn", "pnpm", "npx", "node-gyp"))


def with_headers_of_node(document: Document) -> Document:
    """The document with that said in each stage on a stand-in for Node that installs packages."""
    return with_argument(document, _INSTALLERS, "npm_config_nodedir=/usr/local")
