"""installer=uv: what pip installs is installed by uv, which resolves and unpacks in parallel.

uv is there for the RUN that needs it, and in no layer. Modules are compiled, as pip does it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.around import around, is_link, without_words
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs, nothing_to_do
from runner.dockerfile.edits.places import user_at
from runner.dockerfile.edits.python_tools import installs_tools
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import unquoted
from runner.dockerfile.spans import NotApplicable, Replacement

REQUIREMENT = "uv==0.13.9"
COMPILE = "--compile-bytecode"
_BREAK = "--break-system-packages"
_SAME = re.compile(
    r"-U|--upgrade|--no-deps|--require-hashes|--no-index|--no-build-isolation|--pre|-[qv]+"
    r"|--quiet|--verbose|--force-reinstall|--break-system-packages|--strict|--exact"
    r"|(?:-[rceift]|--(?:requirement|constraint|editable|index-url|extra-index-url|find-links"
    r"|no-binary|only-binary|target|prefix|trusted-host|config-settings))(?:=.*)?"
)
_WITH_VALUE = frozenset(
    (
        *("-r", "-c", "-e", "-i", "-f", "-t", "--requirement", "--constraint", "--editable"),
        *("--index-url", "--extra-index-url", "--find-links", "--no-binary", "--only-binary"),
        *("--target", "--prefix", "--trusted-host", "--config-settings"),
        *("--root-user-action", "--timeout", "--default-timeout", "--retries", "--progress-bar"),
    )
)
_NAMED = "--python="
_OTHERWISE = {
    "--no-cache-dir": "--no-cache",
    "--no-cache": "--no-cache",
    "--no-dependencies": "--no-deps",
    "--ignore-installed": "--reinstall",
    "-I": "--reinstall",
}
_OF_PIP = re.compile(
    r"--no-compile|--compile|--disable-pip-version-check|--no-warn-script-location|--no-input"
    r"|--no-warn-conflicts|--no-python-version-warning"
    r"|--(?:python|root-user-action|timeout|default-timeout|retries|progress-bar)(?:=.*)?"
)
"""What is about pip itself, and left out."""
_CONFIGURED = re.compile(
    r"\bPIP_(?!NO_CACHE_DIR|DISABLE_PIP_VERSION_CHECK|DEFAULT_TIMEOUT|ROOT_USER_ACTION|VERSION"
    r"|NO_WARN_SCRIPT_LOCATION|PROGRESS_BAR|RETRIES|NO_INPUT)[A-Z_]+|\bpip config\b|\bpip\.conf\b"
)
_VENV = re.compile(r"venv|virtual_?env", re.IGNORECASE)
_CONDA = re.compile(r"conda|mamba")


def edit(
    document: Document, facts: Facts, requirement: str = REQUIREMENT
) -> list[Replacement] | NotApplicable:
    """`uv pip install` for each `pip install` of what the project needs, with the same options.

    Refused where pip is configured by what uv does not read, where an option means nothing to uv,
    and where a RUN is more than a chain of commands.
    """
    runs = [(item, _of_pip(item)) for item in install_runs(document, facts)]
    runs = [(item, installs) for item, installs in runs if installs]
    if not runs:
        return NotApplicable(nothing_to_do(document, facts, "pip installs nothing of the project"))
    if configured := _CONFIGURED.search(document.text):
        return NotApplicable(f"pip is configured by {configured[0]}, which uv does not read")
    if any(_CONDA.search(stage.reference) for stage in document.stages):
        return NotApplicable("its packages lie in an environment of conda")
    reasons = [reason for item, installs in runs if (reason := _reason(document, item, installs))]
    if reasons:
        return NotApplicable(reasons[0])
    return [
        found
        for item, installs in runs
        for found in _replacements(document, item, installs, requirement)
    ]


def _of_pip(item: InstallRun) -> list[Install]:
    """The commands with which pip installs more than package tools."""
    return [
        install
        for install in item.installs
        if install.installer.name == "pip"
        and "install" in install.command.plain
        and not installs_tools(install.command)
    ]


def _options(install: Install) -> tuple[str, ...]:
    """What stands around the verb, without program and verb."""
    words = install.command.plain
    verb, first = words.index("install"), _first_option(install)
    return (*words[first:verb], *words[verb + 1 :])


def _first_option(install: Install) -> int:
    return 3 if install.command.plain[1:2] == ("-m",) else 1


def _reason(document: Document, item: InstallRun, installs: list[Install]) -> str:
    """Why a RUN keeps pip; empty if it need not."""
    line = f"line {document.line_of(item.run.start)}"
    if user := user_at(document, item.run):
        return f"{line} installs as the user {user}, to a directory that only pip would choose"
    for install in installs:
        command = install.command
        if not is_link(item.script, command) or command.spans[0][0] != command.start:
            return f"{line} is more than a chain of commands"
        if unknown := _unknown(_options(install)):
            return f"{line}: uv has no option like pip's {unknown}"
    return ""


def _unknown(words: tuple[str, ...]) -> str:
    """The first option of pip that uv does not have; empty for none."""
    value = False
    for word in words:
        known = _SAME.fullmatch(word) or _OF_PIP.fullmatch(word) or word in _OTHERWISE
        if word.startswith("-") and not value and not known:
            return word.partition("=")[0]
        value = not value and word in _WITH_VALUE
    return ""


def _replacements(
    document: Document, item: InstallRun, installs: list[Install], requirement: str
) -> Iterator[Replacement]:
    pip = " ".join(_program(installs[0]))
    options = " ".join(
        ["--no-cache-dir", *([_BREAK] if _BREAK in installs[0].command.plain else [])]
    )
    uninstall = "-y" if _BREAK not in installs[0].command.plain else f"-y {_BREAK}"
    yield from around(
        document,
        [install.command for install in installs],
        f"{pip} install {options} {requirement}",
        f"{pip} uninstall {uninstall} uv",
    )
    no_cache = _variable_says_no_cache(document, item.run)
    for install in installs:
        yield from _as_uv(document, install, no_cache=no_cache)


def _program(install: Install) -> tuple[str, ...]:
    """`pip`, or `python3 -m pip`, as it is written."""
    return install.command.words[: _first_option(install)]


def _as_uv(document: Document, install: Install, *, no_cache: bool) -> Iterator[Replacement]:
    """The words of one command changed; what they share stays as it is written."""
    command, words = install.command, install.command.plain
    verb, first = words.index("install"), _first_option(install)
    named = next((word for word in words if word.startswith(_NAMED)), "")
    where = f"--python {named.removeprefix(_NAMED)}" if named else ""
    told = [where or _where(document, command.words[0])]
    told += [] if "--no-compile" in words else [COMPILE]
    told += ["--no-cache"] if no_cache and not install.installer.is_told_no_cache(command) else []
    told += ["--index-strategy unsafe-best-match"] if _several_indexes(words) else []
    start, end = command.spans[0][0], command.spans[first - 1][1]
    yield Replacement(start, end, f"{_beside(command.words[0], 'uv')} pip")
    at = command.spans[verb][1]
    yield Replacement(at, at, "".join(f" {option}" for option in told))
    yield from _other_options(document, install)


def _other_options(document: Document, install: Install) -> Iterator[Replacement]:
    words, spans = install.command.plain, install.command.spans
    behind = iter(range(_first_option(install), len(words)))
    for index in behind:
        word = words[index]
        if _OF_PIP.fullmatch(word):
            last = next(behind, index) if word in _WITH_VALUE else index
            yield without_words(document, spans[index][0], spans[last][1])
        elif word in _OTHERWISE:
            yield Replacement(*spans[index], _OTHERWISE[word])
        elif word in _WITH_VALUE:
            next(behind, index)


def _where(document: Document, program: str) -> str:
    """The option that names the interpreter which a pip belongs to: that of the system, or the one
    that PATH leads to where that may be a virtual environment, which `--system` passes over."""
    name = _python(unquoted(program))
    if "/" in program:
        return f"--python {_beside(program, name)}"
    if name in ("python", "python3") and not _VENV.search(document.text):
        return "--system"
    return f'--python "$(command -v {name})"'


def _beside(program: str, name: str) -> str:
    """The program of that name in the directory of another, in the quotes that this has."""
    bare = unquoted(program)
    quote = program[0] if bare != program else ""
    return f"{quote}{posixpath.join(posixpath.dirname(bare), name)}{quote}"


def _python(program: str) -> str:
    """`python3.12` of pip3.12."""
    name = posixpath.basename(program)
    if name.startswith("python"):
        return name
    version = name.removeprefix("pip").removeprefix("-")
    return f"python{version or '3'}"


def _several_indexes(words: tuple[str, ...]) -> bool:
    """Whether there is more than one index: pip takes the best version of all of them, uv that of
    the first index which has the package."""
    return any(word.startswith("--extra-index-url") for word in words)


def _variable_says_no_cache(document: Document, run: Instruction) -> bool:
    lineage = document.lineage_of(run.stage)
    return any(
        item.keyword in ("ENV", "ARG") and "PIP_NO_CACHE_DIR" in document.of(item)
        for item in document.instructions
        if item.start < run.start and item.stage in lineage
    )
