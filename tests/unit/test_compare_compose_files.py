"""Which files of a project are compose files, and what they say together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.compose_files import compose_files
from runner.compare.how_asked import how_asked
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.sources import find_sources
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing

APP = "services: {app: {build: {context: ..}, command: sh /boot.sh, depends_on: [db]}}\n"
STORES = "services: {db: {image: 'postgres:16'}, app: {image: other}}\n"
WEB = "services: {web: {build: ., ports: ['8000:8000']}}\n"


def test_parts_in_a_directory_of_compose_files_are_put_together() -> None:
    texts = {
        "Dockerfile": "FROM x\n",
        "docker_compose/app.yaml": APP,
        "docker_compose/storages.yaml": STORES,
        "docker_compose/fluent/conf.yaml": "a: [b]\n",
    }
    (source,) = find_sources(tuple(texts), texts, compose_files(texts))
    assert (source.context, source.command) == (".", ("sh", "/boot.sh"))
    assert source.seen == "service app in docker_compose/app.yaml"
    assert source.services["db"].image == "postgres:16"


@pytest.mark.parametrize(
    ("path", "text", "counts"),
    [
        ("local.yml", WEB, True),
        ("production.yml", WEB, True),
        ("deploy/prod.yaml", WEB, True),
        ("production.yml", "servers: [a]\nservices: [web]\n", False),
        ("compose/traefik.yml", "entryPoints: {web: {address: ':80'}}\n", False),
        ("config/production.yml", WEB, False),
        ("docker-compose.yml", "x: 1\n", True),
    ],
)
def test_by_its_name_or_by_what_it_holds(path: str, text: str, counts: bool) -> None:
    assert list(compose_files({path: text})) == ([path] if counts else [])


def test_what_is_for_production_comes_first() -> None:
    assert list(compose_files({"local.yml": WEB, "production.yml": WEB})) == [
        "production.yml",
        "local.yml",
    ]


def test_what_one_service_builds_others_run() -> None:
    """The one that builds the image runs nothing itself; of those that run it, a server counts
    before a worker."""
    texts = {
        "infra/app.Dockerfile": "FROM python:3.13\n",
        "infra/docker-compose.yml": """
services:
  built: {build: {context: .., dockerfile: infra/app.Dockerfile}, image: 'shop:1'}
  worker: {image: 'shop:1', command: celery -A shop worker}
  web: {image: 'shop:1', command: 'gunicorn -b 0.0.0.0:${PORT} shop:app', environment: {A: 1}}
""",
        ".env.example": "PORT=8000\n",
    }
    (source,) = find_sources(tuple(texts), texts, compose_files(texts))
    assert source.command == ("gunicorn", "-b", "0.0.0.0:8000", "shop:app")
    assert (source.context, source.environment) == (".", {"A": "1"})
    assert source.seen == "service web in infra/docker-compose.yml"


def test_the_port_of_a_command_of_compose_is_asked_where_the_image_starts_nothing() -> None:
    own = OwnDockerfile(
        "Dockerfile",
        Dockerfile("FROM python:3.13\nCOPY . .\n"),
        "",
        command=("gunicorn", "-b", "0.0.0.0:8001", "shop:app"),
    )
    assert how_asked(Listing(()), [own], None, {}).port == 8001
    started = replace(own, dockerfile=Dockerfile('FROM python:3.13\nCMD ["./start"]\n'))
    assert how_asked(Listing(()), [started], None, {}).port is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve --port ${PORT:-80}", ("serve", "--port", "80")),
        ("serve --port ${PORT}", ()),
        ("['serve', '${PORT:-80}']", ("serve", "80")),
        ("['serve', '${PORT}']", ()),
        ("sh -c $$HOME", ()),
    ],
)
def test_variables_of_a_command_are_filled_in(command: str, words: tuple[str, ...]) -> None:
    said = f"services:\n  a:\n    build: .\n    command: {command}\n"
    texts = {"Dockerfile": "FROM x\n", "compose.yaml": said}
    (source,) = find_sources(tuple(texts), texts, compose_files(texts))
    assert source.command == words


PUSHED = """\
services:
  web:
    image: ${HUB}/shop:latest
    environment: {HOST: db}
    ports: ["8080:80"]
  db: {image: "postgres:16"}
  pgadmin: {image: dpage/pgadmin4}
"""


@pytest.mark.parametrize("project", ["shop", "me+shop", "SHOP"])
def test_an_image_that_is_called_like_the_project_is_pushed_of_its_dockerfile(project: str) -> None:
    texts = {"src/Dockerfile": "FROM x\nCOPY . /src\n", "deploy/compose.yaml": PUSHED}
    (source,) = find_sources(tuple(texts), texts, compose_files(texts), project)
    assert (source.path, source.context, source.ports) == ("src/Dockerfile", "src", (80,))
    assert source.environment == {"HOST": "db"}
    assert list(source.services) == ["db"]
    assert source.seen == "service web in deploy/compose.yaml"


@pytest.mark.parametrize(
    ("project", "other"),
    [
        ("shops", ""),
        ("workshop", ""),
        ("", ""),
        ("pgadmin4x", ""),
        ("shop", "  own: {build: .}\n"),
        ("shop", "  worker: {image: me/shop}\n"),
    ],
)
def test_where_that_is_not_sure_it_says_nothing_of_it(project: str, other: str) -> None:
    texts = {"src/Dockerfile": "FROM x\n", "compose.yaml": PUSHED + other}
    (source, *_) = find_sources(tuple(texts), texts, compose_files(texts), project)
    assert (source.ports, source.seen) == ((), "found at src/Dockerfile")


def test_of_several_dockerfiles_it_is_not_known_which_is_pushed() -> None:
    texts = {"a/Dockerfile": "FROM x\n", "b/Dockerfile": "FROM x\n", "compose.yaml": PUSHED}
    found = find_sources(tuple(texts), texts, compose_files(texts), "shop")
    assert [source.ports for source in found] == [(), ()]


BASE = """\
services:
  web:
    build: {context: ., dockerfile: Dockerfile}
    environment: [A=1]
    ports: ["80:8000"]
  worker:
    build: .
"""
DEV = """\
services:
  web:
    build: {args: {KIND: dev}}
    environment: {B: dev}
"""


def test_what_tells_a_build_its_arguments_is_read_behind_what_says_where_it_is() -> None:
    prod = DEV.replace("dev", "prod").replace("    env", "    command: gunicorn app\n    env")
    texts = {
        "Dockerfile": "FROM python\nARG KIND\nRUN pip install -r $KIND.txt\nCOPY . .\n",
        "docker-compose.yml": BASE,
        "docker-compose.dev.yml": DEV,
        "docker-compose.prod.yml": prod,
    }
    (source,) = find_sources(tuple(texts), texts, compose_files(texts))
    assert source.args == {"KIND": "prod"}
    assert source.environment == {"A": "1", "B": "prod"}
    assert source.command == ("gunicorn", "app")
    assert source.ports == (8000,)


@pytest.mark.parametrize(
    "other",
    [
        DEV.replace("args: {KIND: dev}", "context: ., args: {KIND: dev}"),
        DEV,
        DEV.replace("web", "other"),
        DEV.replace("{args: {KIND: dev}}", "."),
        "services: 7\n",
        "services: {web: [], worker: 7}\n",
    ],
)
def test_a_file_of_its_own_changes_nothing_of_another(other: str) -> None:
    name = "docker-compose.dev.yml" if other == DEV else "docker-compose.other.yml"
    texts = {"docker-compose.yml": BASE, name: other}
    alone = compose_files({"docker-compose.yml": BASE})["docker-compose.yml"]
    assert compose_files(texts)["docker-compose.yml"] == alone
