"""From what a failed alternative printed to its likely cause, and the line that mends it.

A pure function: it only reads the failure's message and the end of its log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from runner.analysis.causes_of_node import (
    compiler_cause,
    corepack_cause,
    node_cause,
    npm_cause,
    npm_index_cause,
    peers_cause,
    prisma_cause,
)
from runner.analysis.causes_of_packages import (
    distribution_cause,
    import_cause,
    last_module_cause,
    metadata_cause,
    module_cause,
    no_root_cause,
    not_found_cause,
    option_cause,
    own_module_line,
    poetry_cause,
    python_cause,
    sqlalchemy_cause,
    started_by_uv_cause,
    tool_cause,
    wheel_cause,
)
from runner.analysis.causes_of_python import older_python_cause
from runner.analysis.causes_of_reach import (
    database_cause,
    download_cause,
    encrypted_cause,
    outside_cause,
    service_cause,
    table_cause,
    token_cause,
    waiting_cause,
)
from runner.analysis.causes_of_steps import (
    copied_cause,
    go_sum_cause,
    over_cause,
    program_cause,
    shell_form_cause,
    start_cause,
    went_on,
)
from runner.analysis.causes_of_tracebacks import call_cause, demand_cause, syntax_cause
from runner.detect.names import is_compose, is_example
from runner.model.failure import Failure
from runner.model.text import first_of

_VARIABLE = re.compile(
    r"KeyError: ['\"]([A-Z][A-Z0-9_]+)['\"]"
    r"|UndefinedValueError: ([A-Za-z_]\w*) not found\. Declare it as envvar"
    r"|\b([A-Z][A-Z0-9_]{2,})[\"'`]? (?:not found\. Declare it as envvar|is not set|not set"
    r"|must be set|must be an? (?:integer|number|boolean)\b"
    r"|is required|is missing|is not defined"
    r"|env(?:ironment)? var(?:iable)?s? (?:is|was|has|must|not|missing|undefined|unset|required)\b)"
    r"|\b[Ss]et (?:the )?[\"'`]?([A-Z][A-Z0-9_]{2,})[\"'`]? env(?:ironment)? var"
    r"|(?:[Ee]nvironment variable|env var|variable)s?:? [\"'`]?([A-Z][A-Z0-9_]{2,})\b"
    r"|The ([A-Z][A-Z0-9_]+) setting must not be empty"
    r"|(?:[Mm]issing|[Rr]equire[sd]?|[Nn]eeds?)\b[^\n]{0,60}?"
    r"\b([A-Z][A-Z0-9_]{2,}) env(?:ironment)?\b"
    r"|[\"']?path[\"']?: ?\[ ?[\"']([A-Z][A-Z0-9_]+)[\"'] ?\]"
    r"|^[ \t]*[\"']?([A-Z][A-Z0-9_]+)[\"']?: \[? ?[\"']?(?:Required|Invalid input|undefined)",
    re.MULTILINE,
)
_EXCEPTION = re.compile(r"^\w*(?:Error|Exception|ImproperlyConfigured): (.*)", re.MULTILINE)
_KEY = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9]*_[A-Z0-9_]+)\s*=", re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+)\n\s+Field required \[type=missing", re.MULTILINE)
_ASKED_MODULE = re.compile(r" asks (\w+)[\w.]* for what it does not have")
"""In a line of `call_cause`."""
_PREFIX = re.compile(r"\benv_prefix[\"']?\s*[=:]\s*[\"'](\w+)[\"']")
_MOUNTED = re.compile(r"^\s*-\s*[\"']?\.{1,2}(?:/[\w./-]*)?:/[\w/]+", re.MULTILINE)
_RUN_STEP = re.compile(r"(?:\[[^\]]*\] )?RUN\b")


def example_file(paths: Sequence[str]) -> str:
    """The file of example variables of a project, nearest to its root; empty for none."""
    found = [path for path in paths if is_example(path.rpartition("/")[2])]
    return min(found, key=lambda path: (path.count("/"), path), default="")


@dataclass(frozen=True)
class Hints:
    """What a project's files say that a failure does not."""

    example: str = ""
    """Its file of example variables (`.env.example`), if it has one."""
    examples: str = ""
    """The text of that file."""
    prefix: str = ""
    """What the variables of its settings begin with (`env_prefix` of pydantic), in capitals."""
    own: frozenset[str] = frozenset()
    """Names of its own modules and packages of Python."""
    is_mounted: bool = False
    """Whether a compose file mounts its sources over those of the image."""


def hints_of(paths: Sequence[str], texts: Mapping[str, str]) -> Hints:
    """What the files of a project say; settings with several prefixes say none."""
    example = example_file(paths)
    found = {name for text in texts.values() for name in _PREFIX.findall(text)}
    prefix = found.pop().upper() if len(found) == 1 else ""
    own = {name for path in paths if path.endswith(".py") for name in _modules_of(path)}
    mounted = any(_MOUNTED.search(text) for path, text in texts.items() if is_compose(path))
    return Hints(example, texts.get(example, ""), prefix, frozenset(own), mounted)


def _modules_of(path: str) -> list[str]:
    """The names with which an import of a file may begin: of a directory near the root, or its own
    where it lies there. Further down it may be called as a package is that it uses."""
    *directories, name = path.split("/")
    return directories[:2] or [name.removesuffix(".py")]


def likely_cause(failure: Failure, hints: Hints | None = None) -> str:
    """One line with the likely cause of a failure and the next step; empty where nothing is
    known."""
    return _likely(failure, hints or Hints())[1]


def lies_in_packages(failure: Failure, hints: Hints | None = None) -> bool:
    """Whether the likely cause is that a package of Python is not there, or not in the version that
    what calls it was written for."""
    cause, _ = _likely(failure, hints or Hints())
    text = failure.words
    return cause in _OF_PACKAGES and "Cannot find module" not in text  # what Node says


def lies_in_tools(failure: Failure, hints: Hints | None = None) -> bool:
    """Whether the likely cause is the version of an installer of Python."""
    return _likely(failure, hints or Hints())[0] in _OF_TOOLS


def lies_in_python(failure: Failure, hints: Hints | None = None) -> bool:
    """Whether the likely cause is that something was written for an earlier Python."""
    return _likely(failure, hints or Hints())[0] is older_python_cause


def lies_in_no_base(failure: Failure) -> bool:
    """Whether the likely cause is one that no other base image mends."""
    return _likely(failure, Hints())[0] in _OF_NO_BASE


def lies_in_node(failure: Failure, hints: Hints | None = None) -> bool:
    """Whether another version of Node may mend a failure: its likely cause is one or its npm, or a
    command of a build failed, and nothing is known of the cause."""
    cause, _ = _likely(failure, hints or Hints())
    is_command = bool(_RUN_STEP.match(failure.step))
    return cause in (node_cause, corepack_cause) or (cause in (None, peers_cause) and is_command)


def _likely(failure: Failure, hints: Hints) -> tuple[Callable[[str], str] | None, str]:
    """The first that finds a cause, and what it says; None and nothing where none does. What is not
    there is told by the installer that failed before in a step that went on, where one did."""
    cause, line = _named(failure, hints)
    hidden = failure.hidden
    if hidden is None or cause not in _OF_A_LACK:
        return cause, line
    before, why = _named(Failure(hidden.step, hidden.message, None, hidden.log_tail), hints)
    return before, went_on(hidden, why)


def _named(failure: Failure, hints: Hints) -> tuple[Callable[[str], str] | None, str]:
    text = failure.words
    is_check = failure.step.startswith("check")
    variable: Callable[[str], str] = partial(_variable, hints=hints)
    if line := older_python_cause(text, hints.own):
        return older_python_cause, line
    causes = (*_FIRST, variable, *_LAST)
    found = ((cause, cause(text)) for cause in causes if is_check or cause not in _OF_A_CHECK)
    cause, line = next(((cause, line) for cause, line in found if line), (None, ""))
    name = line.partition(" ")[0].partition(".")[0]
    if cause in (module_cause, last_module_cause) and name in hints.own:
        return _OWN_MODULE, own_module_line(name, hints.is_mounted)
    if cause is call_cause and hints.own & {*_ASKED_MODULE.findall(line)}:
        return None, ""
    return cause, line


def missing_variables(failure: Failure, hints: Hints) -> list[str]:
    """The variables of its environment that a failed container of a check says it lacks."""
    is_check = failure.step.startswith("check")
    return _missing(failure.words, hints) if is_check else []


def lacks_service(failure: Failure) -> bool:
    """Whether a container of a check did not reach a database, a cache or a queue."""
    text = failure.words
    return failure.step.startswith("check") and bool(service_cause(text))


def _missing(text: str, hints: Hints) -> list[str]:
    names = [next(filter(None, match), "") for match in _VARIABLE.findall(text)]
    names += [f"{hints.prefix}{name.upper()}" for name in _FIELD.findall(text)]
    said = " ".join(_EXCEPTION.findall(text))
    keys = _KEY.findall(hints.examples)
    names += [key for key in keys if re.search(rf"\b{key}\b", said)]
    return list(dict.fromkeys(names))


def _variable(text: str, hints: Hints) -> str:
    wanted = _missing(text, hints)
    if not wanted:
        return ""
    shown = first_of(wanted, 3)
    step = " ".join(f"--env {name}=VALUE" for name in wanted)
    if any(_has_value(name, hints.examples) for name in wanted):
        step = f"--env-file {hints.example}"
    return f"it needs the variable {shown}: {step}"


def _has_value(name: str, examples: str) -> bool:
    """Whether a file of examples gives a variable a value."""
    line = rf"^\s*(?:export\s+)?{re.escape(name)}\s*=[ \t]*[^\s#]"
    return bool(re.search(line, examples, re.MULTILINE | re.IGNORECASE))


_OWN_MODULE: Callable[[str], str] = str
"""Stands for a module of the project itself, which no package mends."""
_FIRST: Sequence[Callable[[str], str]] = (
    started_by_uv_cause,
    no_root_cause,
    start_cause,
    copied_cause,
    python_cause,
    metadata_cause,
    not_found_cause,
    wheel_cause,
    poetry_cause,
    distribution_cause,
    npm_cause,
    npm_index_cause,
    corepack_cause,
    go_sum_cause,
    prisma_cause,
    syntax_cause,
    sqlalchemy_cause,
    tool_cause,
    option_cause,
    last_module_cause,
    service_cause,
)
"""Those that are looked for before a variable that is missing."""
_LAST: Sequence[Callable[[str], str]] = (
    encrypted_cause,
    database_cause,
    table_cause,
    outside_cause,
    download_cause,
    import_cause,
    call_cause,
    demand_cause,
    peers_cause,
    compiler_cause,
    node_cause,
    module_cause,
    shell_form_cause,
    program_cause,
    waiting_cause,
    token_cause,
    over_cause,
)
_OF_A_LACK = frozenset(
    (
        *(None, start_cause, copied_cause, tool_cause, last_module_cause, module_cause, over_cause),
        *(prisma_cause, import_cause, compiler_cause, program_cause),
    )
)
"""Those of something that is not there, and None: an installer that failed unseen may be why."""
_OF_A_CHECK = frozenset(
    (
        *(
            service_cause,
            encrypted_cause,
            database_cause,
            table_cause,
            outside_cause,
            waiting_cause,
            over_cause,
        ),
        started_by_uv_cause,
    )
)
"""Those of a container that was started: a build needs no database."""
_OF_PACKAGES = frozenset(
    (
        *(sqlalchemy_cause, tool_cause, last_module_cause, import_cause, call_cause, module_cause),
        *(metadata_cause, option_cause, no_root_cause, demand_cause, older_python_cause),
    )
)
"""Those that the packages of an earlier day may mend."""
_OF_TOOLS = frozenset((option_cause, no_root_cause))
"""Those of an installer that does something else than it did, whatever it installs."""
_OF_NO_BASE = frozenset(
    (
        *(download_cause, npm_index_cause, go_sum_cause, prisma_cause, compiler_cause),
        *(copied_cause, no_root_cause),
    )
)
"""Those that are the same on any base image."""
