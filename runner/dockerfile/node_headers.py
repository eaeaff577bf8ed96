"""Headers of Node for native modules, where the host that hands them out does not answer.

node-gyp downloads them for every build of a module, though images of Node have them. For the copy
that is built where base images cannot be had: it is told where they are.
"""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.shell import commands_of
from runner.dockerfile.spans import Replacement
from runner.model import labels

_IMAGE = re.compile(rf"{re.escape(labels.standin_tag('node'))}\d[\w.-]*")
_INSTALLERS = frozenset(("npm", "yarn", "pnpm", "npx", "node-gyp"))
_TOLD = "ARG npm_config_nodedir=/usr/local"
"""For RUN alone: it is in no image's environment."""


def with_headers_of_node(document: Document) -> Document:
    """The document with that said in each stage on a stand-in for Node that installs packages."""
    installs = {
        run.stage
        for run in document.runs()
        if any(command.program in _INSTALLERS for command in commands_of(document, run))
    }
    found: list[Replacement] = []
    for item in document.instructions:
        words = document.value(item).split() if item.keyword == "FROM" else ()
        if item.stage in installs and any(_IMAGE.fullmatch(word) for word in words):
            found.append(Replacement(item.end, item.end, f"{document.newline}{_TOLD}"))
    return document.edited(found)
