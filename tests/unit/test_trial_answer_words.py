"""What a page says with which a service answers an error."""

from __future__ import annotations

import pytest

from runner.trial.answer_words import words_of

PAGE = b"""<!doctype html><html><head><title>Oops</title><style>h1 {color: red}</style>
<script>throw new Error("not this")</script></head>
<body><h1>It broke</h1><pre>Error: getaddrinfo ENOTFOUND cdn.example.com
    at x</pre></body></html>"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PAGE, "Error: getaddrinfo ENOTFOUND cdn.example.com at x"),
        (b"<h1>Server busy</h1><p>later", "Server busy later"),
        (b'{"message": "no table"}', '{"message": "no table"}'),
        (b"Internal Server Error", "Internal Server Error"),
        (b"", ""),
        (b"\x00\x01\x02", ""),
        (b"<script>" * 3 + b"x" + b"</script>" * 5 + b"seen", "seen"),
        (b"no \x1b[31mcolour", "no \\x1b[31mcolour"),
    ],
)
def test_the_words_that_a_reader_would_see(body: bytes, said: str) -> None:
    assert words_of(body) == said


def test_a_long_page_is_cut() -> None:
    assert len(words_of(b"x " * 1_000_000)) <= 200
    assert len(words_of(b"<" * 1_000_000)) <= 200
