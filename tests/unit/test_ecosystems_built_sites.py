"""Sites in directories of their own that a Node project builds for its server."""

from __future__ import annotations

import json

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.ecosystems.all import facts_of
from tests.unit.test_ecosystems import Files


def built_by(build: str, package: str) -> str:
    """A package.json whose project is built like this."""
    return json.dumps({"scripts": {"build": build}, "dependencies": {package: "1"}})


SITE = built_by("vite build", "vite")
BUILD = "npm install --prefix web && npm run build --prefix web"


def project(
    build: str = BUILD, start: str = "node server.js", site: str = SITE, **more: str
) -> Files:
    package = {"scripts": {"build": build, "start": start}, "dependencies": {"express": "4"}}
    files = {"package.json": json.dumps(package), "web/package.json": site}
    return Files({**files, "server.js": "listen(80)", **more})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (project(), ("web",)),
        (project(build="cd ./web && npm i && npm run build"), ("web",)),
        (project(build="tsc"), ()),
        (project(build="npm run build --prefix website"), ()),
        (project(start="npm start --prefix web"), ()),
        (project(site=built_by("tsc", "a")), ()),
        (
            project(site=built_by("next build", "next")),
            (),
        ),
        (project(**{"lib/x.js": "serve('../web/node_modules/a')"}), ()),
    ],
)
def test_what_they_install_is_for_the_build_alone(given: Files, found: tuple[str, ...]) -> None:
    assert facts_of(given).built_sites == found


@pytest.mark.parametrize(
    ("lines", "removed"),
    [
        ("COPY package.json ./\nRUN npm install\nCOPY . .\nRUN npm run build\nCMD npm start",
         "rm -rf /app/web/node_modules"),
        ("COPY . .\nRUN npm install\nRUN npm run build\nCMD npm start",
         "npm prune --omit=dev && rm -rf /app/web/node_modules\n"),
        ("COPY . .\nRUN npm install\nRUN npm run build\nCMD cd web && npm start", ""),
    ],
)  # fmt: skip
def test_a_last_stage_goes_without_it(lines: str, removed: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\n{lines}\n"
    done = apply(Document(text), {"stages": "multi"}, facts_of(project()))
    assert not done.applied[0].reason
    assert removed in done.document.text
    assert ("web/node_modules" in done.document.text) is bool(removed)
    again = apply(done.document, {"stages": "multi"}, facts_of(project()))
    assert again.document.text == done.document.text
