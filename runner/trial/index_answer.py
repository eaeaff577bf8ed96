"""Asks the index of Python packages itself, where pip says no more than "No matching distribution".

pip ends with these words for a package that there is not, for an index that answers 500 and for one
whose pages break off. Only addresses that the configuration names are asked, never one that was
read in a log: a build may print any.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from pip._internal.models.index import PyPI

from runner.model.levels import Levels

PAUSES_S = (1.0, 3.0)
"""How long to wait before the index is asked again."""

_TIMEOUT_S = 10.0
_MOST_BYTES = 64 << 20
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9][A-Za-z0-9._-]*)")
_LOOKING = re.compile(r"Looking in indexes: (\S.*)")


@dataclass(frozen=True)
class IndexState:
    """What an index says of a package that pip did not find."""

    fault: str = ""
    """Why it gives no proper answer; empty where it does, be it that there is no such package."""
    recovered: bool = False
    """Whether it gave none at first and does now: the build may succeed."""


ANSWERS = IndexState()


def index_of(levels: Levels) -> str:
    """The index that a variant's installer asks, by its configuration."""
    return (levels.mirror.index_url or PyPI.simple_url).rstrip("/")


def index_state(
    log: Sequence[str], index: str, ask: Callable[[str], str] | None = None
) -> IndexState:
    """How the index answers for the package that a build did not find; asked up to three times."""
    package = missing_package(log, index)
    if not package:
        return ANSWERS
    ask, url = ask or answer_of, f"{index}/{canonicalize_name(package)}/"
    fault = ask(url)
    for pause_s in PAUSES_S if fault else ():
        time.sleep(pause_s)
        if not (again := ask(url)):
            return IndexState(recovered=True)
        fault = again
    return IndexState(fault)


def missing_package(log: Sequence[str], index: str) -> str:
    """The package that pip did not find; empty if it found all, or asked another index as well."""
    looked = [match[1] for line in log if (match := _LOOKING.search(line))]
    if any(address.rstrip("/") != index for line in looked for address in line.split(", ")):
        return ""
    found = [match[1] for line in log if (match := _MISSING.search(line))]
    return found[-1] if found else ""


def answer_of(url: str) -> str:
    """Why a page of an index cannot be had; empty if it can, or if there is none (404)."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            expected = answer.headers.get("Content-Length")
            got = len(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        return "" if error.code in (404, 410) else f"it answers with status {error.code}"
    except (http.client.HTTPException, ConnectionError):
        return "its answer breaks off"
    except (OSError, ValueError) as error:
        return _reason(error)
    whole = expected is None or not expected.isdigit() or got >= min(int(expected), _MOST_BYTES)
    return "" if whole else "its answer breaks off"


def _reason(error: OSError | ValueError) -> str:
    """The cause of a failed request in the system's words, without its number."""
    cause = getattr(error, "reason", error)
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
