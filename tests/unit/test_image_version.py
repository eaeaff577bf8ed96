"""The release of a language that a project's Dockerfiles name, where the plain one is built."""

from __future__ import annotations

import pytest

from runner.detect.image_version import version_in_dockerfiles
from runner.detect.listing import Listing
from runner.ecosystems.all import plain_of
from runner.ecosystems.port import Plain


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"Dockerfile": "FROM node:18-alpine\n"}, ("18", "FROM node:18-alpine in Dockerfile")),
        (
            {"Dockerfile": "from --platform=linux/amd64 docker.io/library/node:20.1 as b\n"},
            ("20.1", "FROM docker.io/library/node:20.1 in Dockerfile"),
        ),
        (
            {"a/Dockerfile": "FROM node:18\n", "Dockerfile": "FROM nginx\n"},
            ("18", "FROM node:18 in a/Dockerfile"),
        ),
        (
            {"Dockerfile.dev": "FROM node:18\n", "ops/Dockerfile": "FROM node:20\n"},
            ("20", "FROM node:20 in ops/Dockerfile"),
        ),
        ({"Dockerfile": "FROM node:lts\n"}, ("", "")),
        ({"Dockerfile": "FROM my/node-red:3\n"}, ("", "")),
        ({"README.md": "FROM node:18\n"}, ("", "")),
    ],
)
def test_the_first_release_that_is_named(texts: dict[str, str], found: tuple[str, str]) -> None:
    assert version_in_dockerfiles(texts, "node") == found


def _plain(texts: dict[str, str]) -> Plain:
    plain = plain_of(Listing(tuple(texts), texts))
    assert isinstance(plain, Plain)
    return plain


def test_the_plain_dockerfile_of_node_has_that_release_unless_a_file_names_another() -> None:
    texts = {
        "package.json": '{"scripts": {"start": "node a.js"}, "engines": {"node": ">=16"}}',
        "a.js": "require('http').createServer().listen(3000)",
        "Dockerfile": "FROM node:18\nCMD npm start\n",
    }
    assert _plain(texts).dockerfile.startswith("FROM node:18\n")
    assert "Node 18: FROM node:18 in Dockerfile" in " ".join(_plain(texts).evidence)
    assert _plain({**texts, ".nvmrc": "20"}).dockerfile.startswith("FROM node:20\n")


@pytest.mark.parametrize(
    ("more", "release"),
    [
        ({}, "3.9"),
        ({".python-version": "3.12"}, "3.12"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.8"\n'}, "3.9"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}, "3.12"),
    ],
)
def test_the_plain_dockerfile_of_python_too(more: dict[str, str], release: str) -> None:
    texts = {
        "requirements.txt": "flask\n",
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "Dockerfile": "FROM python:3.9-slim\n",
    }
    assert _plain({**texts, **more}).dockerfile.startswith(f"FROM python:{release}\n")
