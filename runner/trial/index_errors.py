"""Tells a package index that does not answer from a package that there is not.

Installers end with the same words for both ("No matching distribution found"); what they said
before tells which it was. Known are pip, uv, poetry, apt and apk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_INSTALLER = re.compile(r"\b(?:pip[\d.]*|pipx|uv|poetry|apt|apt-get|apk)\b")

_GAVE_UP = re.compile(
    r"Retry\(total=0"  # pip has no attempt left
    r"|Max retries exceeded|All attempts to connect to"  # poetry
    r"|(?:cause|Caused by): (?:error sending request for url|HTTP status server error)"  # uv
    r"|^[EW]: .*(?:Failed to fetch|Could not (?:connect|resolve)|Temporary failure)"  # apt
    r"|^\s*(?:Could not (?:connect|resolve)|Temporary failure resolving)"
    r"|^WARNING: (?:fetching|Ignoring|opening|updating and opening) http.*"  # apk
    r"(?:temporary error|network error|network connection|could not connect|DNS|timed out"
    r"|refused|unreachable)",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"\b404\s+Not Found\b", re.IGNORECASE)
"""An index that says so is there, and has no such file."""

_CUT = re.compile(
    r"IncompleteRead\(|because not enough bytes were received|error decoding response body"
    r"|peer closed connection without sending complete message body"
    r"|Wheel '.*' located at /tmp/pip-unpack-\w+/.* is invalid",
    re.IGNORECASE,
)
"""Of pip, old and new; of poetry's client; of uv; and of a wheel that pip takes for whole."""

_CUT_SOURCE = re.compile(
    r"Compressed file ended before the end-of-stream marker|tarfile\.ReadError: unexpected end of"
)
"""Of an archive that pip takes for whole: one that was downloaded, if it says so before."""
_DOWNLOADING = re.compile(r"^\s*Downloading \S")

_NOT_FOUND = re.compile(
    r"No matching distribution|Could not install packages due to|Failed to fetch|failed to download"
    r"|Unable to locate package|has no installation candidate|unable to select packages"
    r"|no such package|Max retries exceeded|All attempts to connect|^\s*(?:cause|Caused by): ",
    re.IGNORECASE,
)
"""How an installer ends that did not get what it asked an index for."""

_NAMED = re.compile(r"(?:\w\]? ?@ ?|\bCollecting |\bgit\+)https?://([\w.-]+)")
"""The host of a package that is fetched from an address of its own."""
_HOST = re.compile(r"host='([\w.-]+)'|for url \(https?://([\w.-]+)")
_REASON = re.compile(
    r"connection refused|network is unreachable|no route to host|connection reset by peer"
    r"|name or service not known|(?:temporary )?failure (?:in name resolution|resolving \S+)"
    r"|could not resolve \S+|DNS lookup error|DNS: transient error|certificate verify failed"
    r"|too many \d+ error responses|network error|network connection aborted|temporary error"
    r"|could not connect to server"
    r"|HTTP status server error \(5\d\d[^)]*\)|\b5\d\d\s+[A-Z][A-Za-z ]+"
    r"|(?:connection|operation|read)? ?timed out|attempts to connect",
    re.IGNORECASE,
)
_PYTHON = re.compile(
    r"Failed to (?:download|install)\b[^\n]{0,300}?\b((?:cpython|pypy|graalpy)-\d+\.\d+(?:\.\d+)?)"
)
"""What uv says when it fetches a whole Python, from a host of its own and no index."""
_LAST_LINES = 10
"""Poetry goes on for so long about probable causes."""


def unreached_python(log: Sequence[str]) -> tuple[str, str]:
    """The Python that uv wanted to download and the reason why it could not; empty for none."""
    last = log[-_LAST_LINES:]
    wanted = next((match[1] for line in last if (match := _PYTHON.search(line))), "")
    if not wanted or not any(map(_GAVE_UP.search, last)):
        return "", ""
    reasons = map(_REASON.search, last)
    return wanted, next((found[0].strip() for found in reasons if found), "no connection")


def unreached(step: str, log: Sequence[str], whole: Sequence[str] = ()) -> str:
    """Why the index did not answer, in the installer's own words; empty if that was not it.

    An attempt that failed and was made good later says nothing: the installer has to have given up
    on a connection, and to have ended without what it asked for. `log` is how the step ended,
    `whole` what else there is of it.
    """
    if not _INSTALLER.search(step) or unreached_python(log)[0]:
        return ""
    last = log[-_LAST_LINES:]
    is_downloaded = any(map(_DOWNLOADING.search, (*whole, *log)))
    if any(map(_CUT.search, last)) or (is_downloaded and any(map(_CUT_SOURCE.search, last))):
        return "its answer breaks off"
    if not any(map(_NOT_FOUND.search, last)):
        return ""
    given_up = [
        index
        for index, line in enumerate(log)
        if _GAVE_UP.search(line) and not _ANSWERED.search(line)
    ]
    if not given_up or _is_elsewhere(log, given_up):
        return ""
    reasons = map(_REASON.search, log[given_up[0] :])
    return next((found[0].strip() for found in reasons if found), "no connection")


def _is_elsewhere(log: Sequence[str], given_up: Sequence[int]) -> bool:
    """Whether what does not answer is the host that a requirement names (`x @ https://…`): that is
    no fault of the index."""
    named = {host for line in log for host in _NAMED.findall(line)}
    lost = [match for index in given_up if (match := _HOST.search(log[index]))]
    return bool(lost) and (lost[-1][1] or lost[-1][2]) in named
