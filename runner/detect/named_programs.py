"""The programs that a project's files may start: words of its scripts, of its commands and health
checks, and of calls that start a process. Taken widely: what is no program is never asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from runner.detect.names import is_compose, is_dockerfile

_WORD = re.compile(r"[\w.+-]+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_SCRIPTS = re.compile(r"(?:.*/)?(?:[^/]+\.sh|Procfile|package\.json|supervisord?\.conf)", re.S)
_STARTED = re.compile(r"subprocess|popen|check_(?:call|output)|system\(|which\(|exec|spawn", re.I)
_QUOTED = re.compile(r"[\"'`]([\w.+-]{2,40})(?=[\"'` ])")
_INSTRUCTION = re.compile(
    r"^\s*(?:CMD|ENTRYPOINT|HEALTHCHECK)\b(.*)$", re.IGNORECASE | re.MULTILINE
)
_COMPOSE = re.compile(r"^\s*(?:test|command|entrypoint):(.*)$", re.M)


def named_programs(texts: Mapping[str, str]) -> frozenset[str]:
    """Words that may be programs, from path → text of a project's files."""
    return frozenset(word for path, text in texts.items() for word in _words(path, text))


def _words(path: str, text: str) -> Iterator[str]:
    if _SCRIPTS.fullmatch(path):
        for line in text.splitlines():
            yield from _WORD.findall(_COMMENT.sub("", line))
    elif is_dockerfile(path) or is_compose(path):
        pattern = _INSTRUCTION if is_dockerfile(path) else _COMPOSE
        for words in pattern.findall(text):
            yield from _WORD.findall(words)
    else:
        for line in text.splitlines():
            if _STARTED.search(line):
                yield from _QUOTED.findall(line)
