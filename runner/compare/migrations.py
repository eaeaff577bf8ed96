"""Migrations in front of what a plain Dockerfile of Django starts, where its database has no
tables, which the server does not make."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from runner.analysis.causes_of_reach import table_cause
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.model.foreign import exec_form
from runner.model.record import Failure

_COMMAND = re.compile(r"^CMD (\[.*\])$", re.MULTILINE)
_MIGRATE = "python manage.py migrate --noinput"


def with_migrations(
    own: Sequence[OwnDockerfile], failures: Sequence[Failure], paths: Sequence[str]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile with the migrations before the server, and what is said of it; the
    Dockerfiles themselves and nothing where they are run already, where no check failed for want of
    a table, and where the project has no manage.py at the root of its context."""
    checks = [x for x in failures if x.step.startswith("check")]
    lacks = any(table_cause(x.words) for x in checks)
    if not lacks or not own or not own[0].plain:
        return list(own), []
    text = own[0].dockerfile.text
    match = _COMMAND.search(text)
    words = exec_form(match[1]) if match else None
    manage = "manage.py" if own[0].context == "." else f"{own[0].context}/manage.py"
    if match is None or not words or manage not in paths or "manage.py migrate" in text:
        return list(own), []
    start = json.dumps(["sh", "-c", f"{_MIGRATE} && exec {shlex.join(words)}"])
    changed = f"{text[: match.start(1)]}{start}{text[match.end(1) :]}"
    dockerfile = replace(own[0].dockerfile, text=changed)
    said = f"`{_MIGRATE}` before what it starts: its database has no tables"
    return [replace(own[0], dockerfile=dockerfile), *own[1:]], [said]
