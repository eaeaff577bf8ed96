"""Likely causes of failures that lie in what was installed, and in which version."""

from __future__ import annotations

import re

_DRIVER = re.compile(
    r"sqlalchemy/dialects/\S+/psycopg\.py(?:.|\n)*No module named ['\"]psycopg['\"]"
)
_NO_NAME = re.compile(
    r"cannot import name ['\"](\w+)['\"] from ['\"](\w+)[\w.]*['\"] \([^)]*(?:site|dist)-packages/"
)
_OWN_MODULE = re.compile(
    r"(?:from|import) (poetry|pipenv|pdm)\b.*\n\s*ModuleNotFoundError: No module named ['\"]\1\b"
)
_OF_UV = re.compile(
    r"(?:Python that is asked for \(|Failed to (?:download|install)\b[^\n]{0,300}?\b)"
    r"(?:cpython|pypy|graalpy)-(\d+\.\d+(?:\.\d+)?)"
    r"|No interpreter found for (?:Python )?(\S[^\n]{0,100}?) in "
    r"|interpreter resolved to Python [\d.]+, which is incompatible with the project's Python"
    r" requirement: `([^`\n]+)`"
)
_PYTHON = re.compile(
    r"(?:Current|The currently activated) Python version \(?([\d.]+)\)? is not"
    r" (?:allowed|supported) by the project \(([^)]+)\)"
    r"|requires a different Python: ([\d.]+) not in '([^']+)'"
)
_MODULE = re.compile(r"(?:ModuleNotFoundError: No module named|Cannot find module) ['\"]([^'\"]+)")
_PACKAGE = re.compile(
    r"Package '([^']+)' has no installation candidate|Unable to locate package (\S+)"
)
_INVALID = re.compile(r"Requested (\S+) from [^\n]*has invalid metadata")
_NOT_FOUND = re.compile(r"No matching distribution found for ([\w.-]+)(?:\[[\w,-]*\])?==(\S+)")
_WHEEL = re.compile(
    r"(?:Failed building wheel for|Could not build wheels for|Failed to build installable wheels"
    r" for some pyproject\.toml based projects \(|generating package metadata\.\s+╰─> )"
    r"\s*(?!See above\b)([A-Za-z0-9][\w.-]*[A-Za-z0-9])"
)
_METADATA = re.compile(
    r"^Collecting ([A-Za-z0-9][\w.-]*)[^\n]*\n(?:(?!Collecting )[^\n]*\n){0,8}?"
    r"[^\n]*Preparing metadata[^\n]*'error'",
    re.MULTILINE,
)
"""In the words of a pip that does not name it where it gives up."""
_OF_2TO3 = re.compile(r"error in (\S+) setup command: use_2to3 is invalid")
_OPTION = re.compile(
    r"^Usage: (pipenv|pdm) [^\n]*\n(?:[^\n]*\n){0,4}?[^\n]*No such option:? (--[\w-]+)"
    r"|^\s*The \"(--[\w-]+)\" option does not exist",
    re.MULTILINE,
)
"""In the words of pipenv and pdm, and of Poetry."""
_NO_ROOT = re.compile(
    r"^\s*Error: The current project could not be installed: ([^\n]+)\n(?:[^\n]*\n)?.*--no-root",
    re.MULTILINE,
)
"""Poetry 2 and later; earlier ones warn of it."""
_NO_CC = re.compile(
    r"(?:unable to execute|error: command) '[^'\n]*(?:gcc|cc|g\+\+|clang)'[^\n]*No such file"
    r"|(?:gcc|cc|g\+\+): (?:command )?not found"
)
_HEADER = re.compile(
    r"(?:fatal error|Error): ([\w./-]+\.h|pg_config|mysql_config)(?:: No such file| executable)"
)


def sqlalchemy_cause(text: str) -> str:
    """An address without a driver, for which SQLAlchemy takes another one since 2.1."""
    if not _DRIVER.search(text):
        return ""
    return (
        "the version of SQLAlchemy that was installed takes psycopg for postgresql:// addresses:"
        " pin sqlalchemy<2.1, or name the driver that is installed in the address"
        " (--env DATABASE_URL=postgresql+psycopg2://...)"
    )


def python_cause(text: str) -> str:
    """A project for another Python than its base has; empty for none, as below."""
    match = _PYTHON.search(text)
    if match is None:
        return _of_uv(text)
    has, wants = match[1] or match[3], match[2] or match[4]
    return f"the project asks for Python {wants}, and its base has {has}: name another with --base"


def _of_uv(text: str) -> str:
    """A Python that uv looked for in the image, and in vain on the network."""
    match = _OF_UV.search(text)
    if match is None:
        return ""
    wanted = match[1] or match[2] or match[3]
    return (
        f"the project asks for Python {wanted} (.python-version, requires-python or the command"
        " itself), which is not in the image, and uv downloads none here: name a base that has it"
        " (--base IMAGE=OTHER), or have uv take the image's where requires-python allows it (ENV"
        " UV_PYTHON=python3)"
    )


def not_found_cause(text: str) -> str:
    """A version of a package that is for another Python than the base has."""
    match = _NOT_FOUND.search(text)
    wanted = match and re.search(rf"[:;] {re.escape(match[2])} Requires-Python ([^;\n]+)", text)
    if match is None or not wanted:
        return ""
    return (
        f"{match[1]} {match[2]} asks for Python {wanted[1].strip()}, which its base has not: pin"
        " another version of it, or name another base (--base IMAGE=OTHER)"
    )


LENIENT_PIP = "pip<24.1"
"""What takes such metadata, as pip itself says."""


def metadata_cause(text: str) -> str:
    """A package of an earlier year whose metadata pip has refused since 24.1."""
    match = _INVALID.search(text)
    if match is None or LENIENT_PIP not in text:
        return ""
    return (
        f"the pip that was installed refuses the metadata of {match[1]}: install '{LENIENT_PIP}'"
        " before,"
        " or pin a later version of that package"
    )


def wheel_cause(text: str) -> str:
    """A package of Python that is compiled, and is not for what the base has."""
    if old := _OF_2TO3.search(text):
        return (
            f"{old[1]} is written for setuptools before 58 (use_2to3): pin a later version of it"
            " or of what asks for it, or install 'setuptools<58' wheel before, and the rest with"
            " `pip install --no-build-isolation`"
        )
    match = _WHEEL.search(text) or _METADATA.search(text)
    if match is None:
        return ""
    what = f"{match[1]} is compiled, as there is no wheel of this version for the base's Python"
    if header := _HEADER.search(text):
        return f"{what}, and {header[1]} is not there: install the package that has it before"
    if _NO_CC.search(text):
        return f"{what}, and its base has no compiler: install one before, in that stage"
    return (
        f"{what}, and that fails: pin a later version of it, or name a base of the Python that it"
        " was written for (--base IMAGE=OTHER)"
    )


def tool_cause(text: str) -> str:
    """An installer of an earlier year that does not start with what is installed beside it."""
    match = _OWN_MODULE.search(text)
    if match is None:
        return ""
    return (
        f"the version of {match[1]} that this Dockerfile installs does not work with what is"
        f" installed beside it today: name a later version of {match[1]}"
    )


def option_cause(text: str) -> str:
    """An option of an installer that its releases of today no longer have."""
    match = _OPTION.search(text)
    if match is None:
        return ""
    name = match[1] or "Poetry"
    return (
        f"the {name} that was installed does not know {match[2] or match[3]}: name an earlier"
        f" version of {name}, or write what stands for it today"
    )


def no_root_cause(text: str) -> str:
    """A Poetry that ends where it cannot install the project itself, which earlier ones went on
    from."""
    match = _NO_ROOT.search(text)
    if match is None:
        return ""
    return (
        "the Poetry that was installed ends where the project itself is not installable"
        f" ({match[1].strip().rstrip('.')[:120]}), which releases before 2 only warn of: say"
        " `poetry install --no-root`, or name an earlier version of Poetry ('poetry<2')"
    )


def import_cause(text: str) -> str:
    """A name that a package of today no longer has, which another one imports."""
    match = _NO_NAME.search(text)
    if match is None:
        return ""
    return (
        f"the version of {match[2]} that was installed has no {match[1]}, which what is installed"
        f" beside it imports: pin an earlier version of {match[2]}"
    )


_FETCHED_BY_UV = re.compile(r"error: Failed to (?:download|fetch):? `([\w.-]+)(?:==[^`\n]*)?`")


def installed_at_start(text: str) -> str:
    """The package that `uv run` would install while the container starts; empty for none."""
    match = _FETCHED_BY_UV.search(text)
    return match[1] if match else ""


def started_by_uv_cause(text: str) -> str:
    """A container that begins to install packages, which no check can."""
    name = installed_at_start(text)
    if not name:
        return ""
    return (
        f"`uv run` installs {name} when the container starts, which the build left out, and the"
        " container of a check has no package index: say ENV UV_NO_SYNC=1 in the Dockerfile, or"
        " start the program itself"
    )


def missing_module(text: str) -> str:
    """The module that is not there; empty for none."""
    match = _MODULE.search(text)
    return match[1] if match is not None else ""


def module_cause(text: str) -> str:
    """A module that is not there."""
    name = missing_module(text)
    if not name:
        return ""
    return f"{name} is not in the image: neither installed nor copied by this Dockerfile"


def own_module_line(name: str, is_mounted: bool) -> str:
    """A module of the project that is not where it is imported from."""
    mounted = "; its compose file mounts the sources over those of the image" if is_mounted else ""
    return (
        f"{name} is the project's own, and is not in the image where it is imported from{mounted}:"
        f" copy the directory that it lies in (COPY {name} {name}), or say it in PYTHONPATH"
    )


def last_module_cause(text: str) -> str:
    """A module that is not there, where that is the last exception of all: what could not be
    reached before did not end it."""
    raised = re.findall(r"^\w*(?:Error|Exception|ImproperlyConfigured)\b.*", text, re.MULTILINE)
    return module_cause(raised[-1]) if raised else ""


def poetry_cause(text: str) -> str:
    """A package of which the index that answers has no file."""
    match = re.search(r"Unable to find installation candidates for (\S+)", text)
    if match is None:
        return ""
    return (
        f"Poetry finds no file of {match[1]} on the package index that answers here: it asks for"
        " JSON pages of the public index, which a mirror may lack; check the network and"
        " poetry.lock"
    )


def distribution_cause(text: str) -> str:
    """A package that the distribution does not have."""
    match = _PACKAGE.search(text)
    if match is None:
        return ""
    return (
        f"its base's distribution has no package {match[1] or match[2]}: name another, or a base"
        " of the release that has it"
    )
