"""A file of variables that a service opens where it starts, and that its image lacks, since git
ignores it: the container of its check has one with what the project's example says, else an empty
one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.compare.compose import example_at
from runner.detect.names import is_env_file
from runner.model.project import Project
from runner.model.record import Failure
from runner.trial.check_plan import SECRET_PATH

_LACKING = re.compile(
    r"ENOENT: no such file or directory, open '([^'\n]+)'"
    r"|No such file or directory: '([^'\n]+)'"
    r"|\bopen ([^\s:]+): no such file or directory"
)
"""In the words of Node, Python and Go."""
_NOT_LOADED = re.compile(r"[Ee]rror loading (?:the )?(\.env\b[\w.]*)(?: file)?")
"""What programs in Go say that were written after the example of godotenv."""


def with_env_file(
    project: Project, failures: Sequence[Failure], texts: Mapping[str, str], workdir: str
) -> tuple[Project, list[str]]:
    """The project whose check brings the file that a failed one could not open, and what is said of
    it; the project itself and nothing where it was none of variables, and where it is there
    already. `workdir` is where the service starts."""
    named = [x for failure in failures for x in _lacking(failure.words)]
    paths = dict.fromkeys(posixpath.normpath(posixpath.join(workdir, name)) for name in named)
    found = {
        path: texts.get(example_at(posixpath.relpath(path, workdir), texts), "")
        for path in paths
        if is_env_file(posixpath.basename(path))
        and SECRET_PATH.fullmatch(path)
        and path not in project.check.secrets
    }
    if not found:
        return project, []
    check = replace(project.check, secrets={**project.check.secrets, **found})
    said = [
        f"file of the check {path}: the service opens it where it starts; in its container alone it"
        f" is {'what the example of the project says' if text else 'empty'} (check.secrets gives"
        " another)"
        for path, text in found.items()
    ]
    return replace(project, check=check), said


def _lacking(words: str) -> list[str]:
    opened = ("".join(found) for found in _LACKING.findall(words))
    return [*opened, *_NOT_LOADED.findall(words)]
