"""Foreign text as somebody sees it: a path in a link, long names, several of them."""

from __future__ import annotations

import pytest

from runner.model.text import (
    code_span,
    first_of,
    link,
    link_target,
    printable,
    shortened,
    without_middle,
)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("dockerfiles/slim/Dockerfile", "dockerfiles/slim/Dockerfile"),
        ("a b/(c)?d#e&f%", "a%20b/%28c%29%3Fd%23e%26f%25"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("naïve", "na%C3%AFve"),
        ("latin-\udce9", "latin-%ED%B3%A9"),
    ],
)
def test_a_target_is_nothing_but_a_path(path: str, target: str) -> None:
    assert link_target(path) == target


def test_a_link_shows_its_text_and_ends_where_it_ends() -> None:
    assert link("slim", "a b") == "[slim](a%20b)"
    assert link("[x](y) *z*\n", "p") == r"[\[x\](y) \*z\*](p)"


@pytest.mark.parametrize(
    ("width", "text"), [(5, "12345"), (4, "123…"), (2, "1…"), (1, "…"), (0, "…")]
)
def test_what_is_too_long_loses_its_end(width: int, text: str) -> None:
    assert shortened("12345", width) == text


@pytest.mark.parametrize(
    ("most", "text"),
    [
        (4, "curl, git, gcc"),
        (3, "curl, git, gcc"),
        (2, "curl, git and 1 more"),
        (1, "curl and 2 more"),
    ],
)
def test_of_several_names_the_first_are_given(most: int, text: str) -> None:
    assert first_of(["curl", "git", "gcc"], most) == text


def test_what_is_too_long_for_a_message_keeps_both_ends() -> None:
    assert without_middle("0123456789", 10) == "0123456789"
    assert without_middle("0123456789a", 10) == "0123 … 89a"
    assert without_middle("x" * 1000, 300) == "x" * 197 + " … " + "x" * 100


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("", "`  `"),
        ("`a", "`` `a ``"),
        ("a`", "`` a` ``"),
        ("a`b", "``a`b``"),
        ("a``b`c", "```a``b`c```"),
        ("a\nb", "`a b`"),
    ],
)
def test_code_is_fenced_by_more_than_it_holds(text: str, span: str) -> None:
    assert code_span(text) == span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\udc80 \udcff", r"\x80 \xff"),
        ("\udc7f \udd00", r"\udc7f \udd00"),
        ("a\x1b\n\u202e\x85", r"a\x1b\n\u202e\x85"),
        ("ö😀", "ö😀"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
