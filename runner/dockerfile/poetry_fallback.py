"""`poetry install` that goes on with pip where the package index lacks what Poetry asks for.

Poetry asks documents of the public index that its mirrors do not have. For the copy that is built
where base images cannot be had: pip installs the files that the lock names, and Poetry goes on.
"""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

SAYS = "Unable to find installation candidates"
"""What Poetry prints where the index has no such document."""
_MAIN_ALONE = ("--no-dev", "--only=main", "--without=dev")
_IDLE = frozenset(
    (
        *("--no-root", "--no-interaction", "-n", "--no-ansi", "--quiet", "-q", "--verbose", "-v"),
        *("-vv", "-vvv", "--sync", "--no-cache", "--no-directory", "--compile", "--no-plugins"),
    )
)
_PASSED_ON = ("--extras", "-E", "--all-extras", "--with", "--without", "--only")
_WITH_VALUE = ("--extras", "-E", "--with", "--without", "--only")


_LEFT_OUT = (
    'sed -n \'/^name = "\\(setuptools\\|pip\\|wheel\\)"/'
    '{N;s/^name = "\\(.*\\)"\\nversion = "\\(.*\\)"$/\\1==\\2/p}\' poetry.lock'
)
"""Prints what `poetry export` leaves out of each lock as requirements."""


def with_pip_behind_poetry(document: Document) -> Document:
    """The document with each `poetry install` whose options are known followed by what is done
    where it fails for that reason; any other failure stays one."""
    found: list[Replacement] = []
    for run in document.runs():
        for command in commands_of(document, run):
            options = _export_options(command)
            if options is not None:
                text = document.text[command.start : command.end]
                found.append(Replacement(command.start, command.end, _tried(text, options)))
    return document.edited(found)


def _export_options(command: Command) -> list[str] | None:
    """What of the options of a `poetry install` is said to `poetry export`; None for any other
    command, and for options that are not known."""
    if command.program != "poetry" or command.operands[:1] != ("install",):
        return None
    words = iter(command.words[command.plain.index("install") + 1 :])
    options: list[str] = []
    for word in words:
        name = word.partition("=")[0]
        if word in _IDLE:
            continue
        if word != "--no-dev" and name not in _PASSED_ON:
            return None
        value = next(words, "") if name in _WITH_VALUE and "=" not in word else ""
        options.append(f"{word}={value}" if value and word.startswith("--") else word)
        if value and not word.startswith("--"):
            options.append(value)
    return options


def _tried(install: str, options: list[str]) -> str:
    """The command in braces: tried, and for the one reason tried again when pip has installed what
    the lock names; what is said last is why that failed. It leaves nothing of its own behind."""
    passed = " ".join(x for x in options if x not in _MAIN_ALONE)
    given = f" {passed}" if passed else ""
    export = "poetry export --without-hashes --output /tmp/poetry.txt"
    some = any(x in _MAIN_ALONE or x.startswith(("--only", "--without")) for x in options)
    # all groups that are not optional are installed, whatever is added to them
    every = " ".join(["", *(x for x in options if not x.startswith("--with")), "--all-groups"])
    exported = f"{export}{given}" if some else f"{{ {export}{every} || {export}{given} --dev; }}"
    return (
        f"{{ {install} >/tmp/poetry.out 2>&1 && cat /tmp/poetry.out"
        f" || {{ grep -q '{SAYS}' /tmp/poetry.out"
        " && { poetry export --help >/dev/null 2>&1 || pip install --quiet poetry-plugin-export; }"
        f" && {exported} && {_LEFT_OUT} >>/tmp/poetry.txt"
        " && poetry run pip install --no-deps --requirement /tmp/poetry.txt"
        f" && {install}; }}"
        f" || {{ grep -q '{SAYS}' /tmp/poetry.out || cat /tmp/poetry.out; exit 1; }}; }}"
        " && rm -f /tmp/poetry.out /tmp/poetry.txt"
    )
