"""From what a failed alternative printed to its likely cause, and the line that mends it.

A pure function: it only reads the failure's message and the end of its log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.analysis.causes_of_packages import npm_cause, sqlalchemy_cause
from runner.detect.names import is_example
from runner.model.record import Failure

SERVICES = {
    "5432": "PostgreSQL",
    "3306": "MySQL",
    "27017": "MongoDB",
    "6379": "Redis",
    "5672": "RabbitMQ",
    "9092": "Kafka",
    "9200": "Elasticsearch",
}
_SQL = ("PostgreSQL", "MySQL")
"""Those in whose place a file of SQLite may do."""
NEEDS_SERVICE = "it needs a service beside it: "
"""Begins a cause that is the lack of a database, a cache or a queue."""
_CLIENTS = (
    (r"psycopg|asyncpg|postgres|\bpq:|pgx", "PostgreSQL"),
    (r"mysql|mariadb|pymysql", "MySQL"),
    (r"mongo", "MongoDB"),
    (r"redis", "Redis"),
    (r"amqp|rabbitmq|kombu", "RabbitMQ"),
    (r"kafka", "Kafka"),
)
_NOT_REACHED = re.compile(
    r"ECONNREFUSED|ENOTFOUND|EAI_AGAIN|connection refused|could not translate host name"
    r"|\[Errno -3\]|could not connect|can't connect to|name or service not known|no such host"
    r"|server misbehaving|failed to resolve host|name resolution"
    r"|ServerSelectionError|network is unreachable|error connecting to|failed to connect",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"KeyError: ['\"]([A-Z][A-Z0-9_]+)['\"]"
    r"|\b([A-Z][A-Z0-9_]{2,}) (?:not found\. Declare it as envvar|is not set|not set|must be set"
    r"|is required|is missing|is not defined|environment variable is)"
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
_PREFIX = re.compile(r"\benv_prefix[\"']?\s*[=:]\s*[\"'](\w+)[\"']")
_NO_NAME = re.compile(
    r"cannot import name ['\"](\w+)['\"] from ['\"](\w+)[\w.]*['\"] \([^)]*(?:site|dist)-packages/"
)
_OWN_MODULE = re.compile(
    r"(?:from|import) (poetry|pipenv|pdm)\b.*\n\s*ModuleNotFoundError: No module named ['\"]\1\b"
)
_TABLE = re.compile(
    r"no such table|relation \"?[\w.]+\"? does not exist|unapplied migration", re.IGNORECASE
)
_PYTHON = re.compile(
    r"Current Python version \(([\d.]+)\) is not allowed by the project \(([^)]+)\)"
    r"|requires a different Python: ([\d.]+) not in '([^']+)'"
)
_MODULE = re.compile(r"(?:ModuleNotFoundError: No module named|Cannot find module) ['\"]([^'\"]+)")
_NO_PROGRAM = re.compile(r"(?:^|\s|: )([\w.+/-]+): (?:command )?not found\b")
_NO_JSON = re.compile(r"\[['\"]?[\w./-]+['\"]?,?\]?: (?:command )?not found")
_PACKAGE = re.compile(
    r"Package '([^']+)' has no installation candidate|Unable to locate package (\S+)"
)
_NOT_EXECUTABLE = re.compile(r'exec: "([^"]+)": (?:executable file not found|stat |permission)')
_GO_MODULE = re.compile(r"\bgo: |/@v/|\.go:\d+:\d+: [\w./-]+@v\d")
_ENDED_WELL = re.compile(r"\Athe container exited with 0 before it was healthy")
_DOWNLOAD = re.compile(
    r"(?:Could not resolve host:|lookup|getaddrinfo \w+|unable to resolve host address [‘'\"]"
    r"|bad address '|host='(?=[^\n]*Max retries exceeded)) ?([\w.-]+\.[a-z]{2,})"
)


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


def hints_of(paths: Sequence[str], texts: Mapping[str, str]) -> Hints:
    """What the files of a project say; settings with several prefixes say none."""
    example = example_file(paths)
    found = {name for text in texts.values() for name in _PREFIX.findall(text)}
    prefix = found.pop().upper() if len(found) == 1 else ""
    return Hints(example, texts.get(example, ""), prefix)


def likely_cause(failure: Failure, hints: Hints | None = None) -> str:
    """One line with the likely cause of a failure and the next step; empty where nothing is
    known."""
    hints = hints or Hints()
    text = "\n".join((failure.message, *failure.log_tail))
    is_check = failure.step.startswith("check")
    causes = (cause for cause in _CAUSES if is_check or cause not in _OF_A_CHECK)
    found = (cause(text, hints) for cause in causes)
    return next((line for line in found if line), "")


def _python(text: str, _: Hints) -> str:
    match = _PYTHON.search(text)
    if match is None:
        return ""
    has, wants = match[1] or match[3], match[2] or match[4]
    return f"the project asks for Python {wants}, and its base has {has}: name another with --base"


def _service(text: str, _: Hints) -> str:
    if not _NOT_REACHED.search(text):
        return ""
    ports = re.findall(r"(?::|port[ =]+)(\d{4,5})\b", text)
    named = [SERVICES[port] for port in ports if port in SERVICES]
    named += [name for pattern, name in _CLIENTS if re.search(pattern, text, re.IGNORECASE)]
    if not named:
        return ""
    variable = "DATABASE_URL=sqlite:////tmp/check.db" if named[0] in _SQL else "NAME=VALUE"
    return (
        f"{NEEDS_SERVICE}{named[0]}, and the container of a check reaches no other: name it in"
        " check.services of dockbench.yaml, or give variables with"
        f" which it starts without (--env {variable}, --env-file FILE)"
    )


def missing_variables(failure: Failure, hints: Hints) -> list[str]:
    """The variables of its environment that a failed container of a check says it lacks."""
    is_check = failure.step.startswith("check")
    return _missing("\n".join((failure.message, *failure.log_tail)), hints) if is_check else []


def lacks_service(failure: Failure) -> bool:
    """Whether a container of a check did not reach a database, a cache or a queue."""
    text = "\n".join((failure.message, *failure.log_tail))
    return failure.step.startswith("check") and bool(_service(text, Hints()))


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
    shown = ", ".join(wanted[:3]) + (f" and {len(wanted) - 3} more" if wanted[3:] else "")
    step = " ".join(f"--env {name}=VALUE" for name in wanted)
    if any(_has_value(name, hints.examples) for name in wanted):
        step = f"--env-file {hints.example}"
    return f"it needs the variable {shown}: {step}"


def _has_value(name: str, examples: str) -> bool:
    """Whether a file of examples gives a variable a value."""
    line = rf"^\s*(?:export\s+)?{re.escape(name)}\s*=[ \t]*[^\s#]"
    return bool(re.search(line, examples, re.MULTILINE | re.IGNORECASE))


def _table(text: str, _: Hints) -> str:
    return (
        "its database has no tables: let what the image starts run the migrations first"
        if _TABLE.search(text)
        else ""
    )


def _tool(text: str, _: Hints) -> str:
    match = _OWN_MODULE.search(text)
    if match is None:
        return ""
    return (
        f"the version of {match[1]} that this Dockerfile installs does not work with what is"
        f" installed beside it today: name a later version of {match[1]}"
    )


def _import_of_a_package(text: str, _: Hints) -> str:
    match = _NO_NAME.search(text)
    if match is None:
        return ""
    return (
        f"the version of {match[2]} that was installed has no {match[1]}, which what is installed"
        f" beside it imports: pin an earlier version of {match[2]}"
    )


def _module(text: str, _: Hints) -> str:
    match = _MODULE.search(text)
    if match is None:
        return ""
    return f"{match[1]} is not in the image: neither installed nor copied by this Dockerfile"


def _module_last(text: str, hints: Hints) -> str:
    """A module that is not there, where that is the last exception of all: what could not be
    reached before did not end it."""
    raised = re.findall(r"^\w*(?:Error|Exception|ImproperlyConfigured)\b.*", text, re.MULTILINE)
    return _module(raised[-1], hints) if raised else ""


def _no_json(text: str, _: Hints) -> str:
    if not _NO_JSON.search(text):
        return ""
    return (
        "its CMD or ENTRYPOINT is no JSON, so a shell runs it as it is written: put its words in"
        " double quotes"
    )


def _program(text: str, _: Hints) -> str:
    match = _NO_PROGRAM.search(text)
    if match is None:
        return ""
    if match[1] == "apk":
        return "the stand-in for Alpine has no apk: run where a registry answers"
    return (
        f"the program {match[1]} is not in its base image: install it, or take a base that has it"
    )


def _poetry(text: str, _: Hints) -> str:
    match = re.search(r"Unable to find installation candidates for (\S+)", text)
    if match is None:
        return ""
    return (
        f"Poetry finds no file of {match[1]} on the package index that answers here: it asks for"
        " JSON pages of the public index, which a mirror may lack; check the network and"
        " poetry.lock"
    )


def _of_npm(text: str, _: Hints) -> str:
    return npm_cause(text)


def _of_sqlalchemy(text: str, _: Hints) -> str:
    return sqlalchemy_cause(text)


def _no_package(text: str, _: Hints) -> str:
    match = _PACKAGE.search(text)
    if match is None:
        return ""
    return (
        f"its base's distribution has no package {match[1] or match[2]}: name another, or a base"
        " of the release that has it"
    )


def _start(text: str, _: Hints) -> str:
    match = _NOT_EXECUTABLE.search(text)
    if match is None:
        return ""
    return (
        f"its CMD or ENTRYPOINT starts {match[1]}, which is no program of its image: correct that,"
        " or name the command in dockbench.yaml (`check: {command: [/app]}`)"
    )


def _over(text: str, _: Hints) -> str:
    return (
        "what its image starts ends by itself: give the Dockerfile a CMD that serves, or name the"
        " command in dockbench.yaml (`check: {command: [PROGRAM, ARGUMENT]}`)"
        if _ENDED_WELL.search(text)
        else ""
    )


def _download(text: str, _: Hints) -> str:
    match = _DOWNLOAD.search(text)
    if match is None:
        return ""
    if _GO_MODULE.search(text):
        return (
            f"it downloads modules of Go from {match[1]}, which does not answer: run where it does,"
            " or `go mod vendor` there first, with which a build downloads nothing"
        )
    return f"it downloads from {match[1]}, which does not answer: check the network"


_CAUSES: Sequence[Callable[[str, Hints], str]] = (
    _start,
    _python,
    _poetry,
    _no_package,
    _of_npm,
    _of_sqlalchemy,
    _tool,
    _module_last,
    _service,
    _variable,
    _table,
    _download,
    _import_of_a_package,
    _module,
    _no_json,
    _program,
    _over,
)
_OF_A_CHECK = frozenset((_service, _table, _over))
"""Those of a container that was started: a build needs no database."""
