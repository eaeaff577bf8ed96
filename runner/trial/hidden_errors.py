"""Finds an installer that failed in a step that went on and ended well: `pip install …; rm …`,
`npm ci || true`, `pip install … | tail`, a script without `set -e`.

What was not installed then fails the build or the check later, under another name. Known are the
words with which installers give up, not all that they say on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from runner.model.engine import BuildResult
from runner.model.failure import Failure, HiddenFailure
from runner.model.redact import redacted
from runner.trial.failures import LOG_TAIL_LINES, error_line, no_index

_MOST = 400
"""Characters of a line that are looked at."""
_BEGINS = "--- "
"""Begins the line of a build's log that names the step which prints what follows."""


@dataclass(frozen=True)
class _Words:
    """How one installer speaks."""

    program: str
    gives_up: re.Pattern[str]
    named: re.Pattern[str] | None = None
    """What of the step has to name it, where others say the same; None for words of its own."""


def _words(program: str, gives_up: str, named: str = "") -> _Words:
    return _Words(program, re.compile(gives_up), re.compile(named) if named else None)


_INSTALLERS = (
    _words(
        "pip",
        r"^\s*ERROR: (?:No matching distribution found|Could not (?:open requirements file|install"
        r" packages|build wheels|find a version)|Failed to build installable wheels|Cannot install "
        r"|ResolutionImpossible|Invalid requirement|Package '.*' requires a different Python"
        r"|Command errored out.*Check the logs|THESE PACKAGES DO NOT MATCH|Hashes are required"
        r"|Double requirement|Cannot uninstall |\S+ is not a (?:supported wheel|valid))"
        r"|^\s*error: (?:subprocess-exited-with-error|metadata-generation-failed"
        r"|legacy-install-failure|externally-managed-environment"
        r"|failed-wheel-build-for-install|resolution-too-deep|invalid-installed-package)"
        r"|^Ignoring \S+: markers '[^']*python_full_version == \"",
    ),
    _words("uv", r"^\s*(?:× |error: )", r"\buvx?\b"),
    _words(
        "poetry",
        r"Unable to find installation candidates for|version solving failed\.?$"
        r"|changed significantly since poetry\.lock|^Current Python version \(",
    ),
    _words("pipenv", r"\bERROR: Couldn't install package|^Locking failed|✘ Locking Failed"),
    _words("npm", r"^npm (?:ERR!|error)(?: |$)"),
    _words("pnpm", r"\bERR_PNPM_\w+"),
    _words("yarn", r"^error \S|YN0000: .*Failed with errors", r"\byarn(?:pkg)?\b"),
    _words("apt", r"^E: ", r"\b(?:apt|apt-get|aptitude)\b"),
    _words("apk", r"^ERROR: ", r"\bapk\b"),
)
_INSTALLED = re.compile(
    r"^\s*Successfully installed |^Requirement already satisfied|^added \d+ package|^changed \d+"
    r" package|^up to date|^(?:✨ +)?Done in |^Installed \d+ package|YN0000: .*Done"
    r"|^Installing the current project|^OK: \d+|^Setting up "
)
"""How an installer ends well."""


def with_hidden(failure: Failure, builds: Sequence[BuildResult], index_fault: str = "") -> Failure:
    """The failure of a trial with what failed unseen in its builds so far, if something did;
    `index_fault` says why the package index gives no proper answer, where that is so."""
    logs = ((build.log, build.failure.step if build.failure else "") for build in builds)
    found = (item for log, failed in logs if (item := hidden_failure(log, failed, index_fault)))
    return replace(failure, hidden=next(found, None))


def hidden_failure(
    log: Sequence[str], failed: str = "", index_fault: str = ""
) -> HiddenFailure | None:
    """The first installer that failed in a step that ended well; None where none did. `failed` is
    the step that ended the build."""
    steps = (item for item in _printed(log) if item[0] != failed)
    found = (item for step, lines in steps if (item := _in_step(step, lines, index_fault)))
    return next(found, None)


def went_on(hidden: HiddenFailure) -> str:
    """What a reader has to know of an image that was built all the same, and may pass its check."""
    return (
        f"{hidden.program} failed in a step of the build, which went on ({hidden.message}): the"
        " image may lack what that installs"
    )


def _printed(log: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each step, with what it printed; those that run at a time print in turns."""
    printed: dict[str, list[str]] = {}
    step = ""
    for line in log:
        if line.startswith(_BEGINS):
            step = line.removeprefix(_BEGINS)
        else:
            printed.setdefault(step, []).append(line)
    yield from printed.items()


def _in_step(step: str, lines: Sequence[str], index_fault: str) -> HiddenFailure | None:
    given_up = [
        (index, words.program)
        for index, line in enumerate(lines)
        for words in _INSTALLERS
        if words.gives_up.search(line[:_MOST]) and (words.named is None or words.named.search(step))
    ]
    if not given_up:
        return None
    last, program = given_up[-1]
    if "||" in step and any(_INSTALLED.search(line[:_MOST]) for line in lines[last + 1 :]):
        return None  # what was to be tried next did it
    rest = takewhile(lambda line: line.startswith((" ", "\t")), lines[last + 1 :])
    tail = [line for line in (*lines[: last + 1], *rest) if line][-LOG_TAIL_LINES:]
    return HiddenFailure(
        step=redacted(" ".join(step.split())),
        program=program,
        message=redacted(
            no_index(step, tail, lines, index_fault if program == "pip" else "")
            or error_line(tail)
            or tail[-1].strip()
        ),
        log_tail=tuple(map(redacted, tail)),
    )
