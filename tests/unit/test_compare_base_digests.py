"""--pin: images by digest, wherever a Dockerfile names them."""

from __future__ import annotations

import pytest

from runner.compare.base_digests import pinned, without_digest

DIGEST = "@sha256:" + "1" * 64
DIGESTS = {"python:3.12-slim": f"python:3.12-slim{DIGEST}", "nginx:1": f"nginx:1{DIGEST}"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM python:3.12-slim\n", f"FROM python:3.12-slim{DIGEST}\n"),
        (
            "FROM --platform=linux/amd64 python:3.12-slim AS build\nFROM build\n",
            f"FROM --platform=linux/amd64 python:3.12-slim{DIGEST} AS build\nFROM build\n",
        ),
        (
            "ARG BASE_IMAGE=python:3.12-slim\nFROM ${BASE_IMAGE} AS a\nFROM ${BASE_IMAGE}\n",
            f"ARG BASE_IMAGE=python:3.12-slim{DIGEST}\nFROM ${{BASE_IMAGE}} AS a\n"
            "FROM ${BASE_IMAGE}\n",
        ),
        (
            "ARG V=3.12\nFROM python:${V}-slim\nCOPY --from=nginx:1 /a /a\n",
            f"ARG V=3.12\nFROM python:3.12-slim{DIGEST}\nCOPY --from=nginx:1{DIGEST} /a /a\n",
        ),
        ("FROM golang:1\nFROM scratch\n", "FROM golang:1\nFROM scratch\n"),
    ],
)
def test_what_has_a_digest_gets_it_once(before: str, after: str) -> None:
    assert pinned(before, DIGESTS) == after
    assert pinned(after, DIGESTS) == after


def test_what_has_none_is_said() -> None:
    text = "FROM golang:1 AS a\nFROM nginx:1\nCOPY --from=a / /\n"
    assert without_digest(text, DIGESTS) == ["golang:1"]
    assert without_digest(pinned(text, DIGESTS), DIGESTS) == ["golang:1"]
