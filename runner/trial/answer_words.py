"""What a page says with which a service answers an error: the words that a reader would see, in one
line, and of these the ones that tell the error."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from runner.model.text import one_line

_READ_BYTES = 100_000
_SHOWN = 200
_UNSEEN = frozenset(("script", "style", "template"))
_ERROR = re.compile(r"\b\w{1,60}(?:Error|Exception)\b|\bError:|\bE[A-Z]{4,}\b|\berror:", re.ASCII)


def words_of(body: bytes) -> str:
    """Up to 200 characters of the answer from what names an error on, else from its beginning;
    empty for none that a person can read."""
    text = body[:_READ_BYTES].decode(errors="replace")
    if "\0" in text or not any(map(str.isalpha, text)):
        return ""
    if text.lstrip()[:1] == "<":
        reader = _Words()
        reader.feed(text)
        text = " ".join(reader.found)
    line = one_line(text)
    error = _ERROR.search(line)
    return line[error.start() if error else 0 :][:_SHOWN].rstrip()


class _Words(HTMLParser):
    """The words of a page, without those of its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._inside += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in _UNSEEN and self._inside > 0

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(data)
