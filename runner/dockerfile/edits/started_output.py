"""What of a build stage of Node its final stage gets, where what is started is the server that a
framework has built, and the project's other files are no part of it."""

from __future__ import annotations

import re

from runner.dockerfile.built_output import KNOWN, PLAIN_WORDS, Started, started_output
from runner.dockerfile.edits.single_stage import STARTS, SingleStage
from runner.model.foreign import exec_form

_FILE = re.compile(r"[\w/-]\.(?:[cm]?[jt]s|sh|py)\b")


def started(found: SingleStage) -> Started | None:
    """The output whose server the image starts; None where it starts anything else, where more than
    one instruction says what, and where a health check runs a file of the project."""
    starts = [item for item in found.body if item.keyword in STARTS]
    if len(starts) != 1 or found.kept != found.workdir:
        return None
    checks = [found.document.value(x) for x in found.body if x.keyword == "HEALTHCHECK"]
    if any(map(_FILE.search, checks)):
        return None
    value = found.document.value(starts[0])
    words = exec_form(value) or (value.split() if PLAIN_WORDS.fullmatch(value) else [])
    known = [x for x in KNOWN if x.directory not in {x.directory for x in found.facts.outputs}]
    return started_output(words, [*found.facts.outputs, *known])


def paths_of(server: Started, keeps_manager: bool) -> list[str]:
    """What is copied of the working directory, packages apart. Without its package.json Node takes
    a server that is a module for none."""
    output = server.output
    has_package = not output.self_contained or (server.by_manager and keeps_manager)
    return [*(["package.json"] if has_package else []), output.directory, *output.beside]
