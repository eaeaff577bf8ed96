"""Where a user and a password in a URL begin and end, and what only looks like them."""

from __future__ import annotations

import pytest

from runner.model.userinfo import without_userinfo

LONG = "B" * 199


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://u:p@h/x,https://v:q@i/y", "https://***@h/x,https://***@i/y"),
        ('"https://u:p@h","https://v:q@i"', '"https://***@h","https://***@i"'),
        ('"https://u:p@h","x@y"', '"https://***@h","x@y"'),
        ('u:p@h.example,"a@b"', '***@h.example,"a@b"'),
        ('u:p@h"v:q@i', '***@h"***@i'),
        ("https://u@h/x@y", "https://***@h/x@y"),
        ("https://u:p/w@h", "https://***@h"),
        ('https://u:p"w@h', "https://***@h"),
        ("https://u:p@@h", "https://***@h"),
        ("https://u:p@", "https://***@"),
        ("https://a@h", "https://***@h"),
        ("https://ab@h", "https://***@h"),
        ("https://@@h", "https://***@h"),
        ("https://u:@h", "https://***@h"),
        ("https://:p@h", "https://***@h"),
        ("https://u:p@h/x@sha256:ab", "https://***@h/x@sha256:ab"),
        ("d://u:p@h/x@sha256:ab,https://v:q@i", "d://***@h/x@sha256:ab,https://***@i"),
        ("x=//u:p@h", "x=//***@h"),
        ("https://u:p@h v:q@i", "https://***@h ***@i"),
        ("x=u:p@h", "x=***@h"),
        ("from:x,u:p@h.example", "from:x,***@h.example"),
        ("u:p@h.example,from:x@y", "***@h.example,from:x@y"),
        ("u:p@h.example,https://x", "***@h.example,https://x"),
        ("HOSTS=u:p@one,v:q@two", "HOSTS=***@one,***@two"),
        ("HOSTS=u:p@one.example,v:q@two", "HOSTS=***@one.example,***@two"),
        ("HOSTS=u:p@one,v:q@two,w:r@three", "HOSTS=***@one,***@two,***@three"),
        ("x=u:p@h.example:80", "x=***@h.example:80"),
        ("u:a:b@h.example", "***@h.example"),
        ("a:b:c@d@e.example", "***@e.example"),
        ("u:p@1.2.3.4", "***@1.2.3.4"),
        ("u:@@h.example", "***@h.example"),
        (f"https://${LONG}B@h", "https://***@h"),
    ],
)
def test_what_stands_before_a_host_is_taken_out_and_nothing_else(text: str, left: str) -> None:
    assert without_userinfo(text, "***") == left
    assert without_userinfo(left, "***") == left


@pytest.mark.parametrize(
    "text",
    [
        "https://@h", "https://h:80/@x", "https://$T@h", "https://u:$P@h", "https://u:${P}@h",
        f"https://${LONG}@h", "https://h/x?u:p@y", "a//u:p@h", "u:@h", "u:p@", "u:p@1", "u:a:b@h",
        "npm:x@1", "NPM:x@y", "mailto:a@b.example", "from:x@h.example", "https:u:p@h.example",
        "x@y:z@h.example", "image@sha256:abc", "u:p@sha256:abc", "a@b", "@", "://@", "x", "",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_user_stays(text: str) -> None:
    assert without_userinfo(text, "***") == text
