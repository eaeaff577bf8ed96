"""`poetry install` that goes on with pip where the package index lacks what Poetry asks for.

Poetry asks documents of the public index that its mirrors do not have. For the copy that is built
where base images cannot be had: pip installs the files that the lock names, and Poetry goes on; a
plugin (`poetry self add`) is installed by pip. Where no lock is there and versions are looked for,
a plugin has Poetry read the pages that mirrors do have.
"""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

SAYS = "Unable to find installation candidates"
"""What Poetry prints where the index has no such document."""
_LACKS = "not found"
"""What it prints of a plugin then."""
_RESOLVES = (("export",), ("lock",), ("update",))
_NO_VERSION = r"^Package .* ([^()]*) not found\.$"
"""What it prints where it looks for versions and the index has no document of one, for `grep`."""
_PLUGIN = re.compile(r"([A-Za-z][\w.-]*)(?:@latest|==([\w.]+)|@([\d.]+))?")
_MAIN_ALONE = ("--no-dev", "--only=main", "--without=dev")
_IDLE = frozenset(
    (
        *("--no-root", "--no-interaction", "-n", "--no-ansi", "--quiet", "-q", "--verbose", "-v"),
        *("-vv", "-vvv", "--sync", "--no-cache", "--no-directory", "--compile", "--no-plugins"),
    )
)
_PASSED_ON = ("--extras", "-E", "--all-extras", "--with", "--without", "--only")
_WITH_VALUE = ("--extras", "-E", "--with", "--without", "--only")

_PYTHON = '"$(sed -n \'1s/^#!//p\' "$(command -v poetry)")"'
"""The interpreter that Poetry is installed in."""
_SHOWN = re.compile(
    r"\{ ([^{}]+?) >/tmp/p.*?(?:rm -f /tmp/poetry\.out(?: /tmp/poetry\.txt)?|…)", re.DOTALL
)
_LEFT_OUT = (
    'sed -n \'/^name = "\\(setuptools\\|pip\\|wheel\\)"/'
    '{N;s/^name = "\\(.*\\)"\\nversion = "\\(.*\\)"$/\\1==\\2/p}\' poetry.lock'
)
"""Prints what `poetry export` leaves out of each lock as requirements."""
_STILL_ASKED = (
    f"sed -n 's/.*{SAYS} for \\(.*\\) (\\(.*\\))$/\\1==\\2/p' /tmp/poetry.out"
    " | sort -u >/tmp/poetry.txt && test -s /tmp/poetry.txt"
)
"""Writes what Poetry asks for when pip has installed the export: what an export of today leaves out
of locks of another form, such as extras of extras."""


def with_pip_behind_poetry(document: Document) -> Document:
    """The document with each `poetry install` whose options are known followed by what is done
    where it fails for that reason; any other failure stays one."""
    found: list[Replacement] = []
    for run in document.runs():
        for command in commands_of(document, run):
            options = _export_options(command)
            plugins = _plugins(command)
            text = document.text[command.start : command.end]
            if _looks_for_versions(command, document.text[command.end :]):
                found.append(Replacement(command.start, command.end, _resolved(text)))
            elif options is not None:
                told = document.text[command.start : command.spans[0][0]]
                found.append(Replacement(command.start, command.end, _tried(text, options, told)))
            elif plugins:
                found.append(Replacement(command.start, command.end, _added(text, plugins)))
    return document.edited(found)


def _plugins(command: Command) -> list[str]:
    """What a `poetry self add` adds, as requirements; empty for any other command, and for a
    constraint of Poetry's own."""
    if command.program != "poetry" or command.operands[:2] != ("self", "add"):
        return []
    found = []
    for word in command.operands[2:]:
        match = _PLUGIN.fullmatch(word)
        if match is None:
            return []
        version = match[2] or match[3]
        found.append(f"{match[1]}=={version}" if version else match[1])
    return found


def _added(add: str, plugins: list[str]) -> str:
    """The command in braces: tried, and for the one reason done by the pip of Poetry's Python."""
    return (
        f"{{ {add} >/tmp/poetry.out 2>&1 || {{ grep -q '{_LACKS}' /tmp/poetry.out"
        f" && {_PYTHON} -m pip install --quiet {' '.join(plugins)}; }}"
        " || { cat /tmp/poetry.out; exit 1; }; } && rm -f /tmp/poetry.out"
    )


def _looks_for_versions(command: Command, behind: str) -> bool:
    """A command that writes a lock where none is, and prints nothing that another one reads."""
    said = " ".join(command.words) + behind.partition("\n")[0]
    is_read = ">" in said or re.match(r"\s*\|(?!\|)", behind) is not None
    return command.program == "poetry" and command.operands[:1] in _RESOLVES and not is_read


def _resolved(command: str) -> str:
    """The command in braces: tried, and for that one reason tried again with the plugin."""
    return (
        f"{{ {command} >/tmp/poetry.out 2>&1 && cat /tmp/poetry.out"
        f" || {{ {_with_mirror(command)}; }}"
        " || { cat /tmp/poetry.out; exit 1; }; } && rm -f /tmp/poetry.out"
    )


def _with_mirror(command: str) -> str:
    """The command once more, if it has looked for versions in vain, with the plugin that reads the
    pages of an index; it stays in the Python of Poetry."""
    public = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return (
        f"grep -q '{_NO_VERSION}' /tmp/poetry.out"
        f" && {_PYTHON} -m pip install --quiet poetry-plugin-pypi-mirror"
        f" && export POETRY_PYPI_MIRROR_URL=\"${{PIP_INDEX_URL:-$({_PYTHON} -c '{public}')}}\""
        f" && {command}"
    )


def as_written(step: str) -> str:
    """The name of a step of the copy, which may be cut off, as its author wrote the command."""
    return _SHOWN.sub(r"\1", step)


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


def _tried(install: str, options: list[str], told: str) -> str:
    """The command in braces: tried, and for the one reason tried again when pip has installed what
    the lock names; what is said last is why that failed. It leaves nothing of its own behind.
    `told` are the variables in front of it, which say where it installs."""
    passed = " ".join(x for x in options if x not in _MAIN_ALONE)
    given = f" {passed}" if passed else ""
    export = "poetry export --without-hashes --output /tmp/poetry.txt"
    some = any(x in _MAIN_ALONE or x.startswith(("--only", "--without")) for x in options)
    # all groups that are not optional are installed, whatever is added to them
    every = " ".join(["", *(x for x in options if not x.startswith("--with")), "--all-groups"])
    pip = f"{told}poetry run pip install --no-deps --requirement /tmp/poetry.txt"
    exported = f"{export}{given}" if some else f"{{ {export}{every} || {export}{given} --dev; }}"
    return (
        f"{{ {install} >/tmp/poetry.out 2>&1 && cat /tmp/poetry.out"
        f" || {{ {_with_mirror(install)}; }}"
        f" || {{ grep -q '{SAYS}' /tmp/poetry.out"
        " && { poetry export --help >/dev/null 2>&1 || pip install --quiet poetry-plugin-export; }"
        f" && {exported} && {_LEFT_OUT} >>/tmp/poetry.txt"
        f" && {pip} && {{ {install} >/tmp/poetry.out 2>&1 && cat /tmp/poetry.out"
        f" || {{ {_STILL_ASKED} && {pip} && {install}; }}; }}; }}"
        f" || {{ grep -q '{SAYS}' /tmp/poetry.out || cat /tmp/poetry.out; exit 1; }}; }}"
        " && rm -f /tmp/poetry.out /tmp/poetry.txt"
    )
