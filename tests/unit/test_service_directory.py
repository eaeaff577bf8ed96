"""Which directory of a repository without Dockerfiles is the service, and what is said of the
others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.compare.service_directory import service_directory, started_directories
from runner.detect.listing import Listing
from runner.ecosystems.port import Given
from runner.model.errors import ProjectError

SERVER = {
    "package.json": json.dumps({"scripts": {"start": "node index.js"}}),
    "index.js": "app.listen(5000)\n",
}
SITE = {"package.json": json.dumps({"scripts": {"build": "vite build"}})}
FASTAPI = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": "app = FastAPI()\n"}


def below(**places: Mapping[str, str]) -> dict[str, str]:
    """The files of several directories; two underscores stand for a slash."""
    return {
        f"{place.replace('__', '/')}/{name}": text
        for place, files in places.items()
        for name, text in files.items()
    }


def listing_of(files: Mapping[str, str]) -> Listing:
    return Listing(tuple(sorted(files)), files)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (SERVER, "."),
        (below(web=SERVER), "web"),
        (below(client=SITE, server=SERVER), "server"),
        (below(backend=FASTAPI, frontend=SITE), "backend"),
        (below(apps__api=FASTAPI, apps__web=SITE), "apps/api"),
        (below(client=SITE), "client"),
        (below(shop=SERVER, api=SERVER), "api"),
        (below(tests=SERVER, docs=SITE, examples=FASTAPI), "."),
        (below(a__b__c=SERVER), "."),
        ({"README.md": "", **below(server=SERVER, server__admin=SERVER)}, "server"),
        (
            {"package.json": '{"scripts": {"dev": "concurrently"}}', **below(server=SERVER)},
            "server",
        ),
        ({**SERVER, **below(client=SITE)}, "."),
        ({"app.py": "import flask\napp = flask.Flask(__name__)\n"}, "."),
        ({}, "."),
    ],
)
def test_the_directory_of_the_service(files: Mapping[str, str], place: str) -> None:
    assert service_directory(listing_of(files)) == place


def test_a_command_that_is_given_is_started_at_the_root() -> None:
    files = below(server=SERVER)
    assert service_directory(listing_of(files), Given(("node", "server/index.js"))) == "."


def test_services_come_before_sites() -> None:
    files = below(a=SITE, b=FASTAPI, c=SERVER)
    assert started_directories(listing_of(files)) == ["b", "c", "a"]


def test_of_many_directories_only_some_are_looked_into() -> None:
    files = {f"d{number:03}/{name}": x for number in range(300) for name, x in SERVER.items()}
    assert len(started_directories(listing_of(files))) == 16


def test_the_plain_dockerfile_is_built_in_that_directory(tmp_path: Path) -> None:
    for path, text in below(server=SERVER, client=SITE).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (own,) = own_dockerfiles(tmp_path, ())
    assert (own.plain, own.context) == (True, "server")
    assert own.ignore_path == "server/.dockerignore"
    found = understand(tmp_path, [own])
    assert found.project.port == 5000
    assert any(
        line.startswith("another service client, not compared: dockbench compare ")
        for line in found.evidence
    )


def test_what_the_service_lacks_is_said_in_its_own_language(tmp_path: Path) -> None:
    """And not that a service of Node has no requirements.txt."""
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "concurrently"}}')
    with pytest.raises(ProjectError, match=r"package\.json has no `start` script"):
        understand(tmp_path, own_dockerfiles(tmp_path, ()))
