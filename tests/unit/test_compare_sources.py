"""Which Dockerfiles a project has, and from where each is built."""

from __future__ import annotations

from typing import Any

import pytest

from runner.compare.copied_words import absent, copied, exists
from runner.compare.service_choice import one_service
from runner.compare.sources import Source, find_sources
from runner.detect.names import compose_order, is_compose, is_dockerfile
from runner.model.project import Service
from runner.oci.platforms import of_this_machine

TEXT = "FROM python:3.12\nCOPY requirements.txt .\nCOPY app app\n"


def found(paths: list[str], texts: dict[str, str], **compose: Any) -> list[Source]:
    documents = {name.replace("_", "."): document for name, document in compose.items()}
    return find_sources(paths, texts, documents)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("Dockerfile", True),
        ("docker/Dockerfile.prod", True),
        ("deploy/web.Dockerfile", True),
        ("Containerfile", True),
        ("app/dockerfile", True),
        ("dockerfiles", False),
        ("Dockerfile.dockerignore", False),
        ("Dockerfile.j2", False),
        ("bin/Dockerfile-template", False),
        ("Dockerfile.windows", False),
        ("docker/Dockerfile.windows-1809", False),
        ("node_modules/x/Dockerfile", False),
        (".devcontainer/Dockerfile", False),
        ("examples/Dockerfile", False),
        ("{{cookiecutter.name}}/Dockerfile", False),
        ("MyDockerfileNotes", False),
    ],
)
def test_dockerfiles_are_told_by_their_names(path: str, is_one: bool) -> None:
    assert is_dockerfile(path) is is_one


def test_the_context_is_the_directory_that_has_what_is_copied() -> None:
    root = ["requirements.txt", "app/x.py", "docker/Dockerfile"]
    own = ["docker/requirements.txt", "docker/app/x.py", "docker/Dockerfile"]

    assert found(root, {"docker/Dockerfile": TEXT})[0].context == "."
    assert found(own, {"docker/Dockerfile": TEXT})[0].context == "docker"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('COPY . .\nCMD ["python3", "app.py"]\n', "app.py"),
        ("COPY . /app\nRUN pip install -r deps/base.txt\nCMD x\n", "deps/base.txt"),
        ("ADD ./ .\nRUN npm ci\nCMD x\n", "package.json"),
        ("COPY . .\nRUN go build -o /x .\nCMD x\n", "go.mod"),
    ],
)
def test_of_a_dockerfile_that_copies_all_it_is_the_one_that_has_what_it_names(
    text: str, named: str
) -> None:
    texts = {"docker/Dockerfile": f"FROM a\n{text}"}
    [source] = found(["docker/Dockerfile", named], texts)
    assert source.context == "."
    [source] = found(["docker/Dockerfile", f"docker/{named}"], texts)
    assert source.context == "docker"


def test_what_is_copied_by_an_argument_is_looked_for_by_its_value() -> None:
    text = "FROM a\nARG srcDir=src\nENV at=${srcDir}/app\nCOPY $srcDir/run.py $at x/\nCOPY $no y"
    paths = ["build/Dockerfile", "src/run.py", "src/app/a.py"]
    (source,) = find_sources(paths, {"build/Dockerfile": text}, {})
    assert source.context == "."


def test_the_name_of_a_dockerfile_is_filled_in_as_compose_does() -> None:
    compose = {"services": {"web": {"build": {"dockerfile": "py$V/Dockerfile"}}}}
    paths = ["py1/Dockerfile", "py2/Dockerfile"]
    texts = dict.fromkeys(paths, "FROM x\nCOPY . .\n")
    first, second = find_sources(paths, texts | {".env": "V=2\n"}, {"compose.yaml": compose})
    assert (first.path, first.seen) == ("py1/Dockerfile", "found at py1/Dockerfile")
    assert (second.path, second.seen) == ("py2/Dockerfile", "service web in compose.yaml")
    assert second.context == "."


def test_a_compose_file_says_how_it_is_built() -> None:
    service = {
        "build": {
            "context": "./web",
            "dockerfile": "../docker/web",
            "target": "prod",
            "args": ["A=1", "FROM_SHELL", "B=${HOME}"],
        },
        "ports": ["127.0.0.1:8080:80", {"target": 9000}, "443"],
        "environment": {"DEBUG": False, "KEY": "${SECRET}", "NAME": "x"},
        "depends_on": {"db": {"condition": "service_healthy"}, "mail": {}},
    }
    paths = ["docker/web", "web/app.py"]
    services = {"db": {"image": "postgres"}, "mail": {"image": "mailhog"}}
    document = {"services": {"web": service, **services}}

    (source,) = found(paths, {}, compose_yaml=document)

    assert source == Source(
        "docker/web",
        "web",
        "prod",
        {"A": "1"},
        "service web in compose.yaml",
        (80, 9000, 443),
        {"DEBUG": "false", "NAME": "x"},
        (),
        {"db": Service("postgres")},
    )


@pytest.mark.parametrize(
    "build",
    [
        "../elsewhere",
        "/etc",
        "https://example.org/x.git",
        "${DIR}",
        7,
        {"context": ["."]},
        {"context": ".", "dockerfile": "../../Dockerfile"},
    ],
)
def test_what_leads_out_of_the_project_is_no_source(build: Any) -> None:
    document = {"services": {"web": {"build": build}}}
    assert found(["Dockerfile2"], {}, compose_yaml=document) == []


@pytest.mark.parametrize(
    "document", [{}, {"services": None}, {"services": {"a": None}}, {"services": []}]
)
def test_a_compose_file_without_builds_says_nothing(document: Any) -> None:
    assert found(["app.py"], {}, compose_yaml=document) == []


def test_the_one_at_the_root_comes_first_and_those_for_developers_last() -> None:
    paths = ["Dockerfile.dev", "docker/Dockerfile", "Dockerfile", "api/Dockerfile.test"]
    assert [source.path for source in found(paths, {})] == [
        "Dockerfile",
        "docker/Dockerfile",
        "Dockerfile.dev",
        "api/Dockerfile.test",
    ]


def test_a_compose_file_for_production_says_what_another_one_builds_and_runs() -> None:
    files: dict[str, Any] = {
        "docker-compose.dev.yml": {"services": {"web": {"command": "npm run dev"}}},
        "docker-compose.prod.yml": {"services": {"web": {"command": "npm run serve"}, "x": 1}},
        "docker-compose.yml": {"services": {"web": {"build": "."}}},
    }
    (source,) = find_sources(["Dockerfile"], {}, files)
    assert source.command == ("npm", "run", "serve")
    del files["docker-compose.prod.yml"]
    started = {"Dockerfile": "FROM node\nCMD node .\n"}
    assert find_sources(["Dockerfile"], started, files)[0].command == ()
    assert find_sources(["Dockerfile"], {}, files)[0].command == ("npm", "run", "dev"), "else none"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("docker-compose.yml", True),
        ("deploy/compose.prod.yaml", True),
        ("docker-compose-local.yml", True),
        ("examples/docker-compose.yml", False),
        ("composer.yml", False),
        ("docker-compose.yml.bak", False),
    ],
)
def test_compose_files_are_told_by_their_names(path: str, is_one: bool) -> None:
    assert is_compose(path) is is_one


def test_compose_files_for_production_come_first() -> None:
    names = ["docker-compose.dev.yml", "docker-compose.prod.yml", "docker-compose.yml"]
    assert sorted(names, key=compose_order) == [names[2], names[1], names[0]]


def test_of_two_beside_each_other_the_one_for_production_comes_first() -> None:
    paths = ["app/Dockerfile", "app/Dockerfile.prod", "app/Dockerfile.dev", "app/main.py"]
    texts = dict.fromkeys(paths, "FROM x\n")
    sources = find_sources(paths, texts, {})
    first = [x.path for x in one_service(sources, paths, texts)]
    assert first == ["app/Dockerfile.prod", "app/Dockerfile"], "the other one is for developers"
    assert [*first, "app/Dockerfile.dev"] == [x.path for x in sources]


def test_of_services_that_are_built_in_one_directory_one_is_compared() -> None:
    dockerfile = "FROM x\nCOPY package.json ./\nCOPY apps apps\n"
    paths = [
        "package.json",
        *(
            f"apps/{app}/{name}"
            for app in ("web", "api")
            for name in ("Dockerfile", "package.json")
        ),
        "apps/api/Dockerfile.prod",
    ]
    texts = {path: dockerfile for path in paths if "Dockerfile" in path}
    sources = find_sources(paths, texts, {})
    assert {x.context for x in sources} == {"."}
    found = [x.path for x in one_service(sources, paths, texts)]
    assert found == ["apps/api/Dockerfile.prod", "apps/api/Dockerfile"]
    without = [path for path in paths if path.count("/") == 0 or "Dockerfile" in path]
    assert len(one_service(sources, without, texts)) == 3, "nothing tells them apart"


def test_two_services_of_one_compose_file_are_told_apart() -> None:
    paths = ["docker/app/Dockerfile", "docker/web/Dockerfile", "docker/Dockerfile.prod", "Gemfile"]
    texts = {path: "FROM x\nCOPY Gemfile ./\n" for path in paths if "docker/" in path}
    services = {
        name: {"build": {"context": ".", "dockerfile": f"docker/{name}/Dockerfile"}}
        for name in ("app", "web")
    }
    sources = find_sources(paths, texts, {"compose.yaml": {"services": services}})
    found = [x.path for x in one_service(sources, paths, texts)]
    assert found == ["docker/Dockerfile.prod", "docker/app/Dockerfile", "docker/web/Dockerfile"]
    without = [x for x in sources if x.path != "docker/Dockerfile.prod"]
    assert [x.path for x in one_service(without, paths, texts)] == ["docker/app/Dockerfile"]


def test_one_for_developers_counts_where_there_is_nothing_else() -> None:
    paths = ["Dockerfile.dev", "main.py"]
    texts = dict.fromkeys(paths, "FROM x\n")
    sources = find_sources(paths, texts, {})
    assert [x.path for x in one_service(sources, paths, texts)] == ["Dockerfile.dev"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile.playwright", "FROM x\n"),
        ("e2e.Dockerfile", "FROM x\n"),
        ("Dockerfile.browsers", "FROM mcr.microsoft.com/playwright:v1.50.0-jammy\n"),
        ("Dockerfile.ui", "FROM cypress/included:13\n"),
        ("Dockerfile.check", 'FROM node:22\nCMD ["npm", "run", "test:e2e"]\n'),
        ("Dockerfile.check", "FROM python:3.12\nCMD python -m pytest -q\n"),
        ("Db.Dockerfile", "FROM mariadb:latest\n"),
        ("Dockerfile.db", "FROM docker.io/library/postgres:16-alpine\nCOPY x.sql /x\n"),
        ("cache.Dockerfile", "FROM redis\n"),
    ],
)
def test_a_dockerfile_that_runs_tests_or_is_a_database_is_none_of_the_service(
    name: str, text: str
) -> None:
    paths = ["package.json", name, "Dockerfile"]
    texts = {name: text, "Dockerfile": "FROM node:22\nCOPY . .\nCMD npm start\n"}
    sources = find_sources(paths, texts, {})
    assert [x.path for x in one_service(sources, paths, texts)] == ["Dockerfile"]
    assert sources[-1].path == name
    assert sources[-1].for_developers
    alone = find_sources(paths[:2], texts, {})
    assert [x.path for x in one_service(alone, paths[:2], texts)] == [name], "there is no other"


def test_paths_of_a_compose_file_may_be_written_as_on_windows() -> None:
    build = {"context": ".\\api", "dockerfile": "docker\\Dockerfile-Production"}
    document = {"services": {"api": {"build": build, "ports": ["9009:9009"]}}}
    paths = ["api/docker/Dockerfile-Production", "compose.yaml"]
    (source,) = found(paths, {paths[0]: TEXT}, compose_yaml=document)
    assert (source.path, source.context, source.ports) == (paths[0], "api", (9009,))


def test_a_service_may_start_what_is_called_nearly_as_a_test() -> None:
    text = "FROM python:3.12\nCMD python contest.py --testing\n"
    (other,) = find_sources(["Dockerfile"], {"Dockerfile": "FROM postgres-backup:1\n"}, {})
    assert not other.is_aside
    (source,) = find_sources(["contest/Dockerfile"], {"contest/Dockerfile": text}, {})
    assert not source.is_aside


def test_of_several_targets_of_one_dockerfile_the_one_with_a_port_is_compared() -> None:
    build = {"context": ".", "target": "app"}
    services = {
        "js": {"build": build | {"target": "assets"}, "command": "yarn build"},
        "web": {"build": build, "ports": ["${BIND:-127.0.0.1:8000}:${PORT:-8000}"]},
    }
    paths, texts = ["Dockerfile"], {"Dockerfile": "FROM x\nEXPOSE 8000\n"}
    sources = find_sources(paths, texts, {"compose.yaml": {"services": services}})
    (chosen,) = one_service(sources, paths, texts)
    assert (chosen.target, chosen.ports, chosen.command) == ("app", (8000,), ())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"volumes": [".:/code"]}, {"TOKEN": "x"}),
        ({"volumes": [{"type": "bind", "source": "./", "target": "/code"}]}, {"TOKEN": "x"}),
        ({"develop": {"watch": []}}, {"TOKEN": "x"}),
        ({"volumes": ["./data:/data", "cache:/tmp"]}, {"TOKEN": "x", "NODE_ENV": "development"}),
        ({"volumes": "no list"}, {"TOKEN": "x", "NODE_ENV": "development"}),
    ],
)
def test_what_is_told_while_sources_are_edited_is_not_told_instead_of_the_images_own(
    said: Any, told: dict[str, str]
) -> None:
    environment = {"TOKEN": "x", "NODE_ENV": "development"}
    service = {"build": ".", "environment": environment, **said}
    sources = found(
        ["Dockerfile"],
        {"Dockerfile": "FROM node:22\nENV NODE_ENV=production\n"},
        compose_yaml={"services": {"web": service}},
    )
    assert sources[0].environment == told


def test_names_and_patterns_of_copy() -> None:
    text = (
        'FROM a\nCOPY --from=b /x /y\nCOPY ["a", "b", "c/"]\nADD https://x/y z\nCOPY *.txt d/ /w\n'
    )
    assert list(copied(text)) == ["a", "b", "*.txt", "d/"]
    paths = ["sub/one.txt", "sub/d/e"]
    assert exists("*.txt", "sub", paths)
    assert exists("d/", "sub", paths)
    assert exists("/d", "sub", paths)
    assert not exists("*.txt", ".", paths)
    assert not exists("dd", "sub", paths)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("COPY app dist/ /srv/", "dist/"),
        ("COPY dist/$TARGETOS/app /", "dist/linux/app"),
        ("COPY ${TARGETPLATFORM:-linux}/app /", f"{of_this_machine()}/app"),
        ("ARG at=out\nCOPY $at/app /", "out/app"),
        ("ARG at=app\nCOPY $at /", ""),
        ("ARG given=out\nCOPY $given /", ""),
        ("ENV APP=app\nCOPY $APP /\nENV APP=/usr/src", ""),
        ("ARG D=app\nCOPY $D /\nFROM b\nENV D=/srv", ""),
        ("COPY $NAME app /", ""),
        ("COPY package-lock.json* app/ ./", ""),
        ("COPY --from=build /dist /srv", ""),
        ("ADD https://example.org/dist /", ""),
        ("COPY . /", ""),
        ("COPY /app /app", ""),
        ("COPY <<END /x\ntext\nEND", ""),
    ],
)
def test_what_is_built_elsewhere_before_is_not_there(line: str, word: str) -> None:
    has = {"app", "app/"}.__contains__
    assert absent(f"FROM a\n{line}\n", has, {"given": "app"}) == word


def test_of_several_services_the_one_with_manifests_and_a_port_is_compared() -> None:
    paths = ["api/Dockerfile", "api/package.json", "nginx/Dockerfile", "nginx/site.conf"]
    paths += ["worker/Dockerfile", "worker/go.mod", "worker/Dockerfile.dev"]
    texts = {
        "api/Dockerfile": "FROM node\nEXPOSE 3000\n",
        "nginx/Dockerfile": "FROM nginx\nEXPOSE 80\n",
    }
    sources = found(paths, texts)

    assert [x.path for x in one_service(sources, paths, texts)] == ["api/Dockerfile"]
    assert one_service([], [], {}) == []


def test_the_dockerfile_at_the_root_comes_before_those_of_other_services() -> None:
    paths = ["Dockerfile", "app.php", "docker/Dockerfile.prod", "web/Dockerfile", "web/go.mod"]
    texts = {"docker/Dockerfile.prod": "FROM php\nCOPY app.php /\n"}
    chosen = one_service(found(paths, texts), paths, texts)

    assert [x.path for x in chosen] == ["Dockerfile", "docker/Dockerfile.prod"]


def test_a_target_for_developers_is_not_what_is_compared() -> None:
    build = {"context": ".", "target": "dev"}
    document = {"services": {"web": {"build": build, "expose": ["8000"]}}}
    (source,) = found(["Dockerfile"], {}, compose_yaml=document)

    assert (source.target, source.ports) == ("", (8000,))
    assert source.seen == (
        "service web in compose.yaml, but for its target dev, which is for developers"
    )


@pytest.mark.parametrize(
    ("last", "target"), [("dev-envs", "development"), ("production", ""), ("", "")]
)
def test_a_target_below_an_editors_container_is_what_is_compared(last: str, target: str) -> None:
    name = f" AS {last}" if last else ""
    text = f"FROM node:22 AS development\nCMD a\nFROM development{name}\nRUN b\n"
    document = {"services": {"web": {"build": {"context": ".", "target": "development"}}}}
    (source,) = found(["Dockerfile"], {"Dockerfile": text}, compose_yaml=document)

    assert source.target == target


@pytest.mark.parametrize(
    ("cmd", "last", "target"),
    [("", "CMD b\n", ""), ("CMD a\n", "CMD b\n", "deps"), ("", "", "deps")],
)
def test_a_target_that_starts_nothing_is_not_what_is_shipped(
    cmd: str, last: str, target: str
) -> None:
    text = f"FROM debian AS deps\n{cmd}FROM debian\n{last}"
    document = {"services": {"web": {"build": {"context": ".", "target": "deps"}}}}
    (source,) = found(["Dockerfile"], {"Dockerfile": text}, compose_yaml=document)

    assert source.target == target


def test_of_two_services_of_one_image_the_one_with_a_port_is_compared() -> None:
    worker = {"build": ".", "entrypoint": "celery", "command": "-A tasks worker"}
    web = {"build": ".", "command": "celery flower", "ports": ["5555:5555"]}
    document = {"services": {"worker": worker, "web": web}}
    text = "FROM python:3.12\nCMD celery flower\n"
    (one,) = find_sources(["Dockerfile"], {"Dockerfile": text}, {"compose.yml": document})
    assert (one.seen, one.command) == ("service web in compose.yml", ("celery", "flower"))


@pytest.mark.parametrize(
    ("lines", "command"),
    [("", ("celery", "-A", "tasks", "worker")), ('ENTRYPOINT ["x"]\n', ())],
)
def test_an_entry_point_of_compose_stands_before_its_command(
    lines: str, command: tuple[str, ...]
) -> None:
    worker = {"build": ".", "entrypoint": "celery", "command": "-A tasks worker"}
    text = f"FROM python:3.12\n{lines}CMD celery flower\n"
    paths, document = ["Dockerfile"], {"services": {"worker": worker}}
    (one,) = find_sources(paths, {"Dockerfile": text}, {"compose.yml": document})
    assert one.command == command


@pytest.mark.parametrize(
    ("mount", "lacking"),
    [
        ("type=bind,source=uv.lock,target=uv.lock", "uv.lock"),
        ("source=uv.lock,target=/x", "uv.lock"),
        ("type=bind,target=/x", ""),
        ("type=bind,from=other,source=uv.lock,target=/x", ""),
        ("type=cache,target=/root/.cache/uv", ""),
        ("type=secret,id=token", ""),
    ],
)
def test_what_a_run_mounts_of_the_context_has_to_be_there(mount: str, lacking: str) -> None:
    text = f"FROM x\nRUN --mount=type=tmpfs,target=/y --mount={mount} uv sync\n"
    assert absent(text, lambda name: name in (".", "y")) == lacking


PROXY = "FROM caddy:2-alpine\nCOPY ./docker/caddy/Caddyfile /etc/caddy/Caddyfile\n"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (PROXY, "docker/django/Dockerfile"),
        ("FROM nginx\nCOPY a.conf /etc/nginx/conf.d/\n", "docker/django/Dockerfile"),
        ("FROM nginx\nCOPY site /usr/share/nginx/html\n", "docker/caddy/Dockerfile"),
        ("FROM nginx\nCOPY a.conf /etc/nginx/\nRUN mv x /html\n", "docker/caddy/Dockerfile"),
        ("FROM nginx\n", "docker/caddy/Dockerfile"),
    ],
)
def test_a_web_server_with_a_configuration_alone_is_not_the_service(text: str, first: str) -> None:
    texts = {"docker/caddy/Dockerfile": text, "docker/django/Dockerfile": "FROM python:3.12\n"}
    sources = find_sources(list(texts), texts, {})
    assert sources[0].path == first
    assert len(sources) == 2


def test_what_shows_a_queue_is_not_the_service_although_it_has_a_port() -> None:
    build = {"context": "."}
    services = {
        "nginx": {"image": "nginx", "ports": ["80:80"]},
        "web": {"build": build, "command": "gunicorn --bind 0.0.0.0:8000 config.wsgi"},
        "worker": {"build": build, "command": "celery -A config worker"},
        "flower": {"build": build, "command": "celery -A config flower", "ports": ["5555:5555"]},
    }
    (source,) = find_sources(["Dockerfile"], {}, {"compose.yaml": {"services": services}})
    assert source.seen == "service web in compose.yaml"


def test_docker_finds_a_dockerfile_in_small_letters() -> None:
    document = {"services": {"web": {"build": {"context": "a"}, "ports": ["80:80"]}}}
    files = {"compose.yaml": document}
    (source,) = find_sources(["a/dockerfile"], {"a/dockerfile": "FROM x\n"}, files)
    assert (source.path, source.ports) == ("a/dockerfile", (80,))
