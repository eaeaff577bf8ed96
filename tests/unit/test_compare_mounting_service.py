"""A compose file that runs a project without a Dockerfile on an image from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.mounting_service import said_of
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand

COMPOSE = """\
services:
  database: {image: "mysql:8", environment: {MYSQL_DATABASE: shop}}
  backend:
    image: somebody/wsgi
    volumes: ["./backend:/app"]
    environment: {MODE: demo}
    depends_on: [database]
  frontend: {image: somebody/node, volumes: ["./frontend:/app"]}
"""


def test_its_service_is_told_the_same_and_has_the_same_beside_it() -> None:
    said = said_of("backend", {"docker-compose.yml": COMPOSE})
    assert said.environment == {"MODE": "demo"}
    assert list(said.services) == ["database"]
    assert said.seen == "service backend in docker-compose.yml"


def test_databases_alone_are_for_the_project() -> None:
    text = 'services: {db: {image: "postgres:16"}, cache: {image: "redis:7"}}\n'
    said = said_of(".", {"compose.yaml": text})
    assert (list(said.services), said.environment) == (["db", "cache"], {})


@pytest.mark.parametrize(
    "text",
    [
        COMPOSE.replace("./backend:", "./other:"),
        "services: {web: {image: somebody/web}}\n",
        'services: {db: {image: "postgres:16"}, web: 7, other: {build: elsewhere}}\n',
        "services: {}\n",
        "services: [1]\n",
    ],
)
def test_another_one_says_nothing(text: str) -> None:
    assert said_of("backend", {"compose.yaml": text}).seen == ""


def test_a_plain_dockerfile_is_checked_with_it(tmp_path: Path) -> None:
    backend = tmp_path / "backend"
    backend.mkdir()
    (backend / "requirements.txt").write_text("flask\n")
    (backend / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    found = understand(tmp_path, own_dockerfiles(tmp_path, ()))
    assert list(found.project.check.services) == ["database"]
    assert "variables of the check MODE: a compose file" in found.evidence
