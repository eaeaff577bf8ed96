"""A folder as a project: its dockbench.yaml, its Dockerfiles, and the stand-ins for these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile, own_dockerfiles
from runner.compare.project_discovery import understand
from runner.detect.dockerfile import Dockerfile
from runner.engine.standins.references import standin_for
from runner.model.errors import ConfigError, ProjectError
from tests.unit.levels_from_yaml import load_level

APP = "from flask import Flask\napp = Flask(__name__)\n"
OWN = 'FROM python:3.11\nEXPOSE 80\nCMD ["python", "app.py"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Flask service that needs no description."""
    root = tmp_path / "My Shop"
    root.mkdir()
    (root / "app.py").write_text(APP)
    (root / "requirements.txt").write_text("flask\ngunicorn\n")
    return root


def own(text: str, name: str = "Dockerfile") -> OwnDockerfile:
    return OwnDockerfile(name, Dockerfile(text), "")


def test_a_folder_becomes_a_project_of_its_own_name(folder: Path) -> None:
    found = understand(folder, ())
    project = found.project
    assert (project.name, project.folder, project.repository) == ("My-Shop", str(folder), ".")
    assert project.command == ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
    assert project.dependencies["found"].requirements == "requirements.txt"
    assert "command gunicorn --bind 0.0.0.0:8000 app:app: Flask(…) in app.py" in found.evidence


def test_behind_an_entrypoint_alone_comes_what_the_compose_file_runs(tmp_path: Path) -> None:
    text = 'FROM x\nEXPOSE 8000\nENTRYPOINT ["/entrypoint.sh"]\n'
    source = replace(own(text), command=("gunicorn", "shop.wsgi"))
    found = understand(tmp_path, [source])
    assert found.project.check.command == ["gunicorn", "shop.wsgi"]
    assert "command of the check gunicorn shop.wsgi: the Dockerfile has none" in found.evidence
    source = replace(own(f'{text}CMD ["web"]\n'), command=("gunicorn", "shop.wsgi"))
    assert understand(tmp_path, [source]).project.check.command == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CMD exec gunicorn --bind :$PORT app:app\n", {"PORT": "8000"}),
        ("EXPOSE 8080\nCMD gunicorn -b 0.0.0.0:${PORT} app:app\n", {"PORT": "8080"}),
        ('EXPOSE 9000\nCMD ["sh", "bin/start.sh"]\n', {"PORT": "9000"}),
        ("CMD gunicorn --bind :${PORT:-8000} app:app\n", {}),
        ("ENV PORT=8000\nCMD gunicorn --bind :$PORT app:app\n", {}),
        ("CMD gunicorn --bind :$PORTS app:app\n", {}),
    ],
)
def test_a_command_that_takes_its_port_from_a_platform_is_told_one(
    folder: Path, text: str, told: dict[str, str]
) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "start.sh").write_text("gunicorn --bind 0.0.0.0:$PORT app:app\n")
    found = understand(folder, [own(f"FROM python:3.11\n{text}")])
    assert found.project.check.environment == told
    said = [line for line in found.evidence if "takes its port from it" in line]
    assert len(said) == len(told)
    other = understand(folder, [own(f"FROM python:3.11\n{text}")], {"PORT": "7"})
    assert other.project.check.environment == {"PORT": "7"}, "what the user says comes first"


def test_the_description_comes_first_and_the_rest_is_detected(folder: Path) -> None:
    (folder / "dockbench.yaml").write_text(
        "name: shop\nport: 9000\ncheck: {request_path: /sum, answer_file: check/a.json}\n"
    )
    project = understand(folder, [own(OWN)]).project
    assert (project.name, project.port) == ("shop", 9000)
    assert project.command == ["python", "app.py"]
    assert (project.check.request_path, project.check.health_path) == ("/sum", "/")
    assert project.ignore == ["dockbench.yaml", "check/a.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot: 80\n", r"dockbench.yaml: prot: there is no such key \(did you mean port\?\)"),
        ("port: no\n", r"dockbench.yaml: port: False is not a whole number"),
        ("check: {health: x}\n", r"check.health: there is no such key .*health_path"),
        ("check: [\n", r"dockbench.yaml: not YAML: "),
        ("just text\n", r"dockbench.yaml: it must hold `key: value` lines"),
    ],
)
def test_a_wrong_description_is_one_line_with_file_and_key(
    folder: Path, text: str, said: str
) -> None:
    (folder / "dockbench.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        understand(folder, ())
    assert "\n" not in str(caught.value)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    with pytest.raises(ProjectError) as caught:
        understand(tmp_path, [own("FROM python:3.11\n")])
    assert "write `command: [gunicorn" in str(caught.value)
    assert str(tmp_path / "dockbench.yaml") in str(caught.value)


def test_the_dockerfiles_are_the_one_at_the_root_and_those_that_are_named(folder: Path) -> None:
    (folder / "Dockerfile").write_text(OWN)
    (folder / ".dockerignore").write_text("notes\n")
    (folder / "docker").mkdir()
    (folder / "docker" / "prod").write_text(OWN)
    (folder / "docker" / "prod.dockerignore").write_text("tests\n")
    found = own_dockerfiles(folder, ["docker/prod", str(folder / "Dockerfile")])
    assert [(item.name, item.dockerignore) for item in found] == [
        ("Dockerfile", "notes\n"),
        ("docker/prod", "tests\n"),
    ]
    assert not any(item.further for item in found), "both were named"
    found = own_dockerfiles(folder, ["docker/prod"])
    assert [item.name for item in found if item.further] == ["Dockerfile"]
    (folder / "docker" / "prod").rename(folder / "Dockerfile.prod")
    found = own_dockerfiles(folder, [])
    assert [(x.name, x.further) for x in found] == [
        ("Dockerfile.prod", False),
        ("Dockerfile", True),
    ]


def test_a_compose_file_for_production_says_how_its_dockerfile_is_built(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for name in ("Dockerfile", "Dockerfile.prod"):
        (tmp_path / "app" / name).write_text("FROM python:3.11\n")
    (tmp_path / "docker-compose.yml").write_text("services: {web: {build: ./app, command: dev}}")
    (tmp_path / "docker-compose.prod.yml").write_text(
        "services: {web: {build: {context: ./app, dockerfile: Dockerfile.prod}, command: prod},"
        " again: {build: ./app, command: other}}"
    )
    found = {x.name: (x.context, x.command, x.seen) for x in own_dockerfiles(tmp_path, ())}
    assert found == {
        "app/Dockerfile": ("app", ("dev",), "service web in docker-compose.yml"),
        "app/Dockerfile.prod": ("app", ("prod",), "service web in docker-compose.prod.yml"),
    }


def test_a_template_of_projects_is_said_to_be_one(tmp_path: Path) -> None:
    place = tmp_path / "{{cookiecutter.name}}"
    place.mkdir()
    (place / "pyproject.toml").write_text('[project]\nname = "{{cookiecutter.name}}"\n{% if %}')
    (place / "Dockerfile").write_text("FROM python:3\nEXPOSE 80\nCMD x\n")
    assert own_dockerfiles(tmp_path, ()) == []
    with pytest.raises(ProjectError, match=r"is a template that projects are made from: make one"):
        understand(tmp_path, [])


def test_a_dockerfile_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(ProjectError, match=r"--dockerfile .*nothing.* cannot be read"):
        own_dockerfiles(folder, ["nothing"])


@pytest.mark.parametrize("level", ["full", "slim", "alpine", "derived"])
def test_the_usual_bases_have_the_stand_ins_that_their_levels_name(level: str) -> None:
    base = load_level("base", level)
    assert standin_for(base.image) == base.standin  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("reference", "standin"),
    [
        ("docker.io/library/python:3.11.9-slim-bookworm", "slim"),
        ("python:3.11-alpine3.20", "alpine"),
        ("python:3.11-bookworm", "full"),
        ("python:3.12-slim", "python3.12-slim"),
        ("python:3.7-slim", ""),
        ("python:3.110", ""),
        ("python:3.11-slim-bullseye", ""),
        ("python", ""),
        ("python:3.11-slim@sha256:" + "0" * 64, ""),
        ("python:3.11-slim-3.20", ""),
        ("python:3.11-alpine-bookworm", ""),
        ("python:3.11.\u0661-slim", ""),
        ("python:3.11-slim\n", ""),
        ("PYTHON:3.11-slim", ""),
        ("example.org/python:3.11", ""),
        ("example.org/library/python:3.11-slim", ""),
        ("docker.io/someone/python:3.11-slim", ""),
        ("library/someone/python:3.11-slim", ""),
        ("index.docker.io/library/python:3.11-slim", "slim"),
        ("docker.io/python:3.11", "full"),
        ("library/python:3.11", "full"),
        ("tiangolo/uvicorn-gunicorn:python3.11", "derived"),
        ("docker.io/tiangolo/uvicorn-gunicorn:python3.11", "derived"),
        ("tiangolo/uvicorn-gunicorn:python3.11-slim", ""),
        ("debian:bookworm", ""),
    ],
)
def test_only_official_images_of_that_python_have_a_stand_in(reference: str, standin: str) -> None:
    assert standin_for(reference) == standin


def test_a_service_in_a_directory_is_detected_there_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    files = {
        "web/Dockerfile": 'FROM python:3.11\nCMD ["gunicorn", "-b", ":7000", "app:app"]\n',
        "web/requirements.txt": "flask\ngunicorn\n",
        "web/app.py": APP,
        "admin/Dockerfile": "FROM node:20\nEXPOSE 3000\n",
        "admin/package.json": "{}",
        "compose.yaml": "services: {web: {build: web, ports: ['80:7000']}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    sources = own_dockerfiles(tmp_path, ["web/Dockerfile"])
    found = understand(tmp_path, sources)

    assert [(item.name, item.context) for item in sources] == [("web/Dockerfile", "web")]
    assert sources[0].seen == "service web in compose.yaml"
    assert (found.project.backend, found.project.port) == ("web", 7000)
    assert "backend web: where its Dockerfile is built" in found.evidence
    assert found.evidence[0] == (
        f"another service admin/Dockerfile, not compared: dockbench compare {tmp_path / 'admin'}"
    )


def test_another_service_of_the_same_directory_is_named_with_its_dockerfile(tmp_path: Path) -> None:
    files = {
        f"apps/{app}/{name}": text
        for app in ("api", "web")
        for name, text in (
            ("Dockerfile", "FROM node:22\nCOPY package.json ./\nCOPY apps apps\nEXPOSE 80\n"),
            ("package.json", "{}"),
        )
    }
    for name, text in {**files, "package.json": "{}"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text.replace("EXPOSE", 'CMD ["npm", "start"]\nEXPOSE'))
    sources = own_dockerfiles(tmp_path, [])
    found = understand(tmp_path, sources)
    assert [item.name for item in sources] == ["apps/api/Dockerfile"]
    assert found.evidence[0] == (
        "another service apps/web/Dockerfile, not compared: dockbench compare"
        f" {tmp_path} --dockerfile apps/web/Dockerfile"
    )


def test_without_a_port_in_the_dockerfile_that_of_the_sources_is_taken(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node index.js"}}')
    (tmp_path / "index.js").write_text("require('http').createServer().listen(4500)\n")
    found = understand(tmp_path, [own('FROM node:22\nCMD ["npm", "start"]\n')])
    assert found.project.port == 4500


def test_the_port_of_a_database_is_not_that_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node index.js"}}')
    (tmp_path / "database.js").write_text("const port = process.env.DB_PORT || 5432\n")
    (tmp_path / "index.js").write_text("const port = process.env.PORT || 3100\n")
    found = understand(tmp_path, [own('FROM node:22\nCMD ["npm", "start"]\n')])
    assert found.project.port == 3100


def test_a_dockerfile_for_what_is_built_elsewhere_gives_way_to_the_plain_one(
    tmp_path: Path,
) -> None:
    text = "FROM node:22\nARG A=1\nENV TEXT=hello B=$A PORT=1\nCOPY dist/api /srv\nEXPOSE 3000\n"
    (tmp_path / "Dockerfile").write_text(text)
    with pytest.raises(ProjectError, match=r"it copies dist/api, which is not in .*: make that"):
        own_dockerfiles(tmp_path, [])
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node a.js"}}')
    sources = own_dockerfiles(tmp_path, [])
    found = understand(tmp_path, sources)
    assert [item.name for item in sources] == ["plain node"]
    said = "Dockerfile is left out: it copies dist/api, which the project does not have"
    assert said in found.evidence
    assert found.project.check.environment == {"B": "1", "TEXT": "hello"}
    assert "variables of the check B, TEXT: ENV of a Dockerfile that is left out" in found.evidence
    (tmp_path / "Dockerfile.all").write_text("FROM node:22\nCOPY . /srv\nEXPOSE 3000\n")
    assert [item.name for item in own_dockerfiles(tmp_path, [])] == ["Dockerfile.all"]


def test_a_server_of_another_language_listens_where_it_usually_does(tmp_path: Path) -> None:
    text = 'FROM debian:12-slim\nRUN apt-get install -y nginx\nCMD ["nginx", "-g", "daemon off;"]\n'
    assert understand(tmp_path, [own(text)]).project.port == 80
    with pytest.raises(ProjectError, match="no EXPOSE in a Dockerfile: write `port: 8000`"):
        understand(tmp_path, [own('FROM x\nCMD ["/own/program"]\n')])


def test_sources_without_a_manifest_say_where_their_program_listens(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    text = 'FROM golang:1.22 AS b\nCOPY main.go .\nFROM scratch\nCOPY --from=b /a /a\nCMD ["/a"]\n'
    (tmp_path / "backend/Dockerfile").write_text(text)
    source = 'package main\nfunc main() { http.ListenAndServe(":8081", nil) }\n'
    (tmp_path / "backend/main.go").write_text(source)
    found = understand(tmp_path, own_dockerfiles(tmp_path, []))
    assert found.project.port == 8081
    assert "port 8081: main.go, line 2" in found.evidence


@pytest.mark.parametrize(
    ("dockerfile", "port"),
    [
        ("FROM nginx:1.25-alpine\nCOPY . /usr/share/nginx/html\n", 80),
        ("FROM node:22 AS b\nCOPY . .\nFROM nginx\nCOPY --from=b /app /usr/share\n", 80),
        ("FROM nginx\nCOPY web/site.conf /etc/nginx/conf.d/default.conf\n", 8081),
        ("FROM nginx\nCOPY web /etc/nginx/conf.d\n", 8081),
        ("FROM nginxinc/nginx-unprivileged:1.25\n", 8080),
        ("FROM docker.io/library/caddy:2\n", 80),
        ('FROM httpd:2.4\nCOPY web/site.conf /etc/x.conf\nCMD ["httpd-foreground"]\n', 8081),
        ("FROM debian\nCMD apache2ctl -D FOREGROUND\n", 80),
        ("FROM debian\nCOPY web /etc/lighttpd/conf-enabled\nCMD lighttpd -D\n", 8081),
        ("FROM debian\nCOPY light.conf /etc/lighttpd/\nCMD lighttpd -D\n", 7070),
        ("FROM nginx\nCMD envsubst < a > b && exec nginx -g 'daemon off;'\n", 80),
        ("FROM nginx\nEXPOSE 4000\n", 4000),
        ("FROM busybox\nENV PORT=7000\nCMD httpd -p $PORT -f\n", 7000),
    ],
)
def test_a_web_server_listens_where_its_configuration_says_or_where_it_usually_does(
    tmp_path: Path, dockerfile: str, port: int
) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"start": "vite --port 5173"}}')
    (tmp_path / "web").mkdir()
    text = "server {\n  listen 443 ssl;\n  listen [::]:8081;\n  listen 8081;\n}\n"
    (tmp_path / "web" / "site.conf").write_text(text)
    (tmp_path / "light.conf").write_text('server.bind = "0.0.0.0"\nserver.port = 7070\n')
    project = understand(tmp_path, [own(dockerfile)]).project
    assert (project.port, project.check.command) == (port, [])


def test_a_dockerfile_of_node_that_starts_nothing_is_started_as_package_json_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node a.js"}}')
    found = understand(tmp_path, [own("FROM node:alpine\nCOPY . .\nEXPOSE 3000\n")])
    assert found.project.check.command == ["npm", "start"]
    said = "command of the check npm start: the Dockerfile has none, and package.json has this"
    assert said in found.evidence
    found = understand(tmp_path, [own("FROM company/node-app\nEXPOSE 3000\n")])
    assert found.project.check.command == []


def test_a_command_of_compose_that_installs_packages_gives_way_to_package_json(
    tmp_path: Path,
) -> None:
    item = own("FROM node:22\nCOPY . .\nRUN npm ci\nEXPOSE 3000\n")
    for words, start in (
        (("sh", "-c", "apt install -y git && npm run dev"), ["npm", "start"]),
        (("npm", "run", "dev"), ["npm", "run", "dev"]),
    ):
        (tmp_path / "package.json").write_text('{"scripts": {"start": "node a.js"}}')
        check = understand(tmp_path, [replace(item, command=words)]).project.check
        assert check.command == start
        (tmp_path / "package.json").unlink()
        check = understand(tmp_path, [replace(item, command=words)]).project.check
        assert check.command == list(words)


def test_a_dockerfile_that_starts_nothing_is_started_as_a_procfile_says(folder: Path) -> None:
    (folder / "Procfile").write_text("web: gunicorn app:app\nworker: celery worker\n")
    found = understand(folder, [own("FROM python:3.11\nCOPY . .\n")])
    check = found.project.check
    assert (check.command, check.environment) == (["gunicorn", "app:app"], {"PORT": "8000"})
    said = "command of the check gunicorn app:app: the Dockerfile has none, and web: in Procfile is"
    assert f"{said} this" in found.evidence
    assert understand(folder, [own(OWN)]).project.check.command == []


@pytest.mark.parametrize("base", ["python:3.11-slim", "node:20", "debian", "library/alpine:3"])
def test_a_dockerfile_that_starts_nothing_is_refused_with_the_line_to_write(
    base: str, folder: Path
) -> None:
    text = f"FROM {base}\nCOPY . .\nEXPOSE 80\n"
    with pytest.raises(ProjectError, match="a/Dockerfile: neither CMD nor ENTRYPOINT") as raised:
        understand(folder, [own(text, "a/Dockerfile")])
    assert "(`check: {command: [PROGRAM, ARGUMENT]}`)" in str(raised.value)
    assert base in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        'FROM python:3.11\nEXPOSE 80\nENTRYPOINT ["./start.sh"]\n',
        "FROM nginx\nEXPOSE 80\n",
        "FROM company/python:3.11\nEXPOSE 80\n",
        'FROM python:3.11 AS base\nCMD ["python", "app.py"]\nFROM base\nEXPOSE 80\n',
    ],
)
def test_one_whose_image_may_start_something_is_not(text: str, folder: Path) -> None:
    assert understand(folder, [own(text)]).project.check.command == []
    nothing = own("FROM python:3.11\nEXPOSE 80\n")
    assert understand(folder, [nothing, own(text)]).project.check.command == []


def test_what_starts_nothing_may_be_told_what_to_start(folder: Path) -> None:
    (folder / "dockbench.yaml").write_text("check: {command: [python, app.py]}\n")
    found = understand(folder, [own("FROM python:3.11\nEXPOSE 80\n")])
    assert found.project.check.command == ["python", "app.py"]


def test_a_dockerfile_that_runs_tests_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM node:22\nCOPY . .\nEXPOSE 3000\nCMD npm start\n")
    (tmp_path / "Dockerfile.playwright").write_text("FROM mcr.microsoft.com/playwright:v1.50.0\n")
    sources = own_dockerfiles(tmp_path, [])
    assert [item.name for item in sources] == ["Dockerfile"]
    said = (
        "Dockerfile.playwright is left out: it runs tests, or is a database or a proxy, and not the"
        " service"
    )
    assert said in understand(tmp_path, sources).evidence


def test_a_dockerfile_for_developers_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.dev"):
        (tmp_path / name).write_text("FROM node:22\nCOPY . .\nEXPOSE 3000\nCMD npm start\n")
    sources = own_dockerfiles(tmp_path, [])
    assert [item.name for item in sources] == ["Dockerfile"]
    said = "Dockerfile.dev is left out: it is for developers (--dockerfile Dockerfile.dev)"
    assert said in understand(tmp_path, sources).evidence


def test_a_compose_file_of_version_1_has_its_services_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM node:22\nCOPY . .\n")
    (tmp_path / "docker-compose.yml").write_text(
        'web:\n  build: ./\n  command: node app.js\n  ports: ["4000:4000"]\n  links: [db]\n'
        "  environment: [LEVEL=1]\ndb:\n  image: postgres:9\n"
    )
    (source,) = own_dockerfiles(tmp_path, [])
    assert (source.ports, source.command) == ((4000,), ("node", "app.js"))
    assert source.environment == {"LEVEL": "1"}
    assert source.services["db"].image == "postgres:9"


def test_an_example_takes_the_place_of_variables_that_a_dockerfile_copies_and_git_ignores(
    tmp_path: Path,
) -> None:
    (tmp_path / "api").mkdir()
    text = "FROM node:22\nCOPY .env package.json ./\nEXPOSE 3000\nCMD node a.js\n"
    (tmp_path / "api/Dockerfile").write_text(text)
    (tmp_path / "api/package.json").write_text("{}")
    with pytest.raises(ProjectError, match=r"it copies .env, which is not in"):
        own_dockerfiles(tmp_path, [])
    (tmp_path / "api/.env.example").write_text("LEVEL=1\nKEY=\n")
    sources = own_dockerfiles(tmp_path, [])
    found = understand(tmp_path, sources)
    assert [(x.path, x.lines) for x in found.project.parts] == [("api/.env", ["LEVEL=1", "KEY="])]
    assert "api/.env: api/.env.example in its place, in the copy alone" in found.evidence
    (tmp_path / "api/.env").write_text("LEVEL=2\n")
    assert understand(tmp_path, own_dockerfiles(tmp_path, [])).project.parts == []


@pytest.mark.parametrize(("mode", "ladder"), [(0o755, True), (0o644, False)])
def test_no_ladder_starts_a_script_that_only_the_dockerfile_makes_executable(
    tmp_path: Path, mode: int, ladder: bool
) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
        'RUN chmod +x start.sh\nEXPOSE 8000\nENTRYPOINT ["./start.sh"]\n'
    )
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "start.sh").write_text("#!/bin/sh\nexec flask run\n")
    (tmp_path / "start.sh").chmod(mode)
    assert understand(tmp_path, own_dockerfiles(tmp_path, [])).ladder is ladder


def test_a_dockerfile_has_the_texts_of_the_scripts_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM x\nCOPY . .\nENTRYPOINT ["./boot.sh"]\n')
    (tmp_path / "compose.yaml").write_text("services: {web: {build: ., command: sh wait.sh}}\n")
    for name in ("boot.sh", "wait.sh", "release.sh"):
        (tmp_path / name).write_text(f"echo {name}\n")
    (own,) = own_dockerfiles(tmp_path, ())
    assert own.scripts == ("echo boot.sh\n", "echo wait.sh\n")
