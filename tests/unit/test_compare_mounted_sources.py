"""Dockerfiles that copy no sources, since a compose file mounts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.mounted_sources import (
    INSTALLS_LATER,
    OF_WINDOWS,
    STARTS_NOTHING,
    lacks_sources,
    what_lacks,
)
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.compare.sources import Source
from runner.model.errors import ProjectError

BASE = "FROM python:3.11-slim\nWORKDIR /app\n"
COMPOSE = (
    'services:\n  web:\n    build: {context: .}\n    volumes: [".:/app"]\n'
    "    environment: {LEVEL: '1'}\n    depends_on: [db]\n  db:\n    image: postgres:16\n"
)


@pytest.mark.parametrize(
    ("text", "volumes", "lacks"),
    [
        (f"{BASE}COPY pyproject.toml uv.lock ./\nRUN uv sync\n", (".",), True),
        (f"{BASE}COPY ./api/requirements.txt .\n", ("api",), True),
        (f"{BASE}COPY requirements.txt package*.json ./\n", (".",), True),
        (f"{BASE}COPY package.json nodemon.json .babelrc vite.config.ts ./\n", (".",), True),
        (BASE, (".",), True),
        (f"{BASE}COPY requirements.txt .\n", (), False),
        (f"{BASE}COPY requirements.txt .\nCOPY . .\n", (".",), False),
        (f"{BASE}COPY requirements.txt main.py ./\n", (".",), False),
        (f"{BASE}COPY requirements.txt .\nRUN git clone https://x.example/y\n", (".",), False),
        (f"{BASE}COPY <<E main.py\nx\nE\n", (".",), False),
        ("FROM company/app\nCOPY requirements.txt .\n", (".",), False),
        (f'{BASE}RUN pip install redis flower==2\nCMD ["celery", "flower"]\n', (".",), False),
        (f'{BASE}RUN pip install flower\nCMD ["celery", "flower", "app.py"]\n', (".",), True),
        (f"{BASE}RUN pip install flask\nCMD flask run --host 0.0.0.0\n", (".",), True),
        (f"{BASE}RUN pip install -r flower\nCMD flower\n", (".",), True),
        (
            "FROM node:22 AS b\nCOPY . .\nFROM node:22\nCOPY --from=b /a /a\nCOPY package.json .\n",
            (".",),
            False,
        ),
    ],
)
def test_an_image_of_manifests_alone_lacks_them(
    text: str, volumes: tuple[str, ...], lacks: bool
) -> None:
    assert lacks_sources(Source("Dockerfile", volumes=volumes), {"Dockerfile": text}) == lacks


NODE = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
INSTALLING = ("sh", "-c", "npm install && npm run dev")


@pytest.mark.parametrize(
    ("text", "command", "later"),
    [
        (NODE, INSTALLING, True),
        (f"{NODE}CMD yarn && yarn start\n", (), True),
        (f'{NODE}CMD ["sh", "-c", "pip install -r a && x"]\n', (), True),
        (f"{NODE}RUN npm ci\n", INSTALLING, False),
        (f"{NODE}RUN npm clean-install --omit=dev\nCMD npm start\n", (), False),
        (f"{NODE}CMD node a.js\n", INSTALLING, False),
        (f"{NODE}CMD yarn start\n", (), False),
        (NODE, ("npm", "start"), False),
        ("FROM company/app\n", INSTALLING, False),
    ],
)
def test_an_image_without_packages_is_none_to_ship(
    text: str, command: tuple[str, ...], later: bool
) -> None:
    source = Source("Dockerfile", command=command)
    assert what_lacks(source, {"Dockerfile": text}) == (INSTALLS_LATER if later else "")


def test_nor_is_one_without_packages_and_without_a_command() -> None:
    package = '{"dependencies": {"express": "4"}}'
    for text, later in ((NODE, True), (f"{NODE}CMD node a.js\n", False)):
        texts = {"b/Dockerfile.dev": text, "b/package.json": package}
        found = what_lacks(Source("b/Dockerfile.dev", context="b"), texts)
        assert found == (INSTALLS_LATER if later else "")


def test_the_plain_dockerfile_installs_them(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM node:22\nWORKDIR /app\nCOPY . .\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    build: .\n    command: sh -c 'npm install && npm start'\n"
        "    environment: {LEVEL: '1'}\n"
    )
    with pytest.raises(ProjectError, match="when it starts: install them by a RUN of it"):
        own_dockerfiles(tmp_path, [])
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node a.js"}}')
    sources = own_dockerfiles(tmp_path, [])
    found = understand(tmp_path, sources)
    assert [item.name for item in sources] == ["plain node"]
    assert found.project.check.environment == {"LEVEL": "1"}
    assert f"Dockerfile is left out: {INSTALLS_LATER}" in found.evidence


def test_the_plain_dockerfile_takes_its_place_with_what_compose_says(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{BASE}CMD python app.py\n")
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    said = r"Dockerfile: it copies no sources, which a compose file mounts: add `COPY \. \.`"
    with pytest.raises(ProjectError, match=said):
        own_dockerfiles(tmp_path, [])
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    sources = own_dockerfiles(tmp_path, [])
    found = understand(tmp_path, sources)
    assert [item.name for item in sources] == ["plain python"]
    assert found.project.check.environment == {"LEVEL": "1"}
    assert set(found.project.check.services) == {"db"}
    line = "Dockerfile is left out: it copies no sources, which a compose file mounts"
    assert line in found.evidence


def test_one_that_only_prepares_a_place_for_sources_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.16\nRUN apk add nodejs npm\nWORKDIR /app\n")
    with pytest.raises(ProjectError, match=f"{STARTS_NOTHING}: add `COPY . .` and a CMD to it"):
        own_dockerfiles(tmp_path, [])
    (tmp_path / "package.json").write_text('{"main": "app.js", "scripts": {"start": "node app"}}')
    (tmp_path / "app.js").write_text("require('express')().listen(3000)\n")
    assert [item.name for item in own_dockerfiles(tmp_path, [])] == ["plain node"]


@pytest.mark.parametrize(
    "base",
    [
        "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022",
        "microsoft/windowsservercore:10.0.14393.1198",
        "mcr.microsoft.com/windows/servercore:ltsc2022",
    ],
)
def test_an_image_of_windows_is_told(base: str) -> None:
    text = f"# escape=`\nFROM {base}\nCOPY app C:\\app\nCMD app.exe\n"
    assert what_lacks(Source("Dockerfile"), {"Dockerfile": text}) == OF_WINDOWS
