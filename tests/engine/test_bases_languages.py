"""Stand-ins that are built on others, on a real engine: the real programs, in images of the real
size."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.native_modules import with_compiler_behind_npm
from runner.dockerfile.node_headers import with_headers_of_node, without_engine_checks
from runner.engine.bases.providers import provide
from runner.engine.containers import Beside, run_container
from runner.engine.docker.engine import DockerEngine
from runner.model.levels import Base, Provider
from runner.model.progress import Silent
from tests.engine.contexts import build_image

MEGABYTE = 1_000_000


def provided(engine: DockerEngine, reference: str, standin: str) -> str:
    base = Base(
        level=standin, about="", image=reference, standin=standin, provider=Provider.standin
    )
    return provide(base, engine, Silent()).reference


@pytest.mark.parametrize(
    ("reference", "standin", "command", "said", "real_bytes"),
    [
        ("node:22-slim", "node22-slim", "node --version", "v22.", 222 * MEGABYTE),
        ("node:22-alpine", "node22-alpine", "npm --version", "", 160 * MEGABYTE),
        ("golang:1.26-alpine", "golang1.26-alpine", "go version", "go1.26", 230 * MEGABYTE),
        ("node:22-slim", "node22-slim", "yarn --version", "1.22.", 222 * MEGABYTE),
        ("node:16-slim", "node16-slim", "node --version", "v16.20.2", 175 * MEGABYTE),
        ("node:18-slim", "node18-slim", "npm --version", "10.8.2", 194 * MEGABYTE),
        ("node:20-slim", "node20-slim", "node --version", "v20.20.2", 202 * MEGABYTE),
        ("python:3.13-slim", "python3.13-slim", "python --version", " 3.13.", 121 * MEGABYTE),
        ("python:3.13-alpine", "python3.13-alpine", "python --version", " 3.13.", 44 * MEGABYTE),
        ("python:3.6-alpine", "python3.6-alpine", "python --version", " 3.6.", 41 * MEGABYTE),
        ("python:3.9-slim", "python3.9-slim", "python --version", " 3.9.", 125 * MEGABYTE),
        ("debian:bookworm-slim", "debian-slim", "cat /etc/debian_version", "12.", 75 * MEGABYTE),
        ("alpine:3.20", "alpine-linux", "busybox", "", 7.7 * MEGABYTE),
    ],
)
def test_it_runs_and_is_as_large_as_the_real_one(
    engine: DockerEngine, reference: str, standin: str, command: str, said: str, real_bytes: float
) -> None:
    found = provided(engine, reference, standin)
    size_bytes = int(engine.client.images.get(found).attrs["Size"])
    output = engine.client.containers.run(found, command, remove=True, network_mode="none")

    assert output.decode().startswith(
        ("v22", "v16", "v20", "v26", "1", "go version", "Python", "BusyBox")
    )
    assert said in output.decode()
    assert abs(size_bytes / real_bytes - 1) < 0.1


def test_all_that_busybox_can_be_called_as_lies_in_one_directory(engine: DockerEngine) -> None:
    found = provided(engine, "busybox", "busybox")
    command = ["sh", "-c", "test -x /bin/httpd && /bin/id -un && /bin/busybox"]
    output = engine.client.containers.run(found, command, remove=True, network_mode="none")
    assert output.decode().startswith("root\nBusyBox v1.")


@pytest.mark.parametrize(
    ("line", "npm"), [("10", "6.14.12"), ("12", "6.14.16"), ("14", "6.14.18"), ("26", "11.")]
)
def test_each_release_of_node_comes_with_the_npm_of_its_time(
    engine: DockerEngine, line: str, npm: str
) -> None:
    found = provided(engine, f"node:{line}-slim", f"node{line}-slim")
    command = ["sh", "-c", "node --version && npm --version && yarn --version"]
    output = engine.client.containers.run(found, command, remove=True, network_mode="none")

    versions = output.decode().split()
    assert versions[0].startswith(f"v{line}.")
    assert versions[1].startswith(npm)
    assert versions[2] == "1.22.22"


@pytest.mark.parametrize("name", ["node:22-slim", "node:22-alpine", "node:14-slim"])
def test_what_is_no_program_is_run_by_node(engine: DockerEngine, tmp_path: Path, name: str) -> None:
    base = provided(engine, name, name.replace(":", ""))
    lines = f"FROM {base}\nWORKDIR /app\nCOPY index.js src/\nRUN chmod 644 src/index.js\n"
    lines += 'CMD ["src/index.js"]\n'
    files = {"index.js": b"console.log(6 * 7)\n"}
    image = build_image(engine, tmp_path, lines, files=files).image_id
    commands = [None, ["-p", "6 * 7"], ["sh", "-c", "echo 42"]]
    for command in commands:
        said = engine.client.containers.run(image, command, remove=True, network_mode="none")
        assert said == b"42\n"


@pytest.mark.parametrize("variant", ["slim", "alpine"])
def test_npm_starts_the_compiler_of_native_modules(
    engine: DockerEngine, tmp_path: Path, variant: str
) -> None:
    base = provided(engine, f"node:22-{variant}", f"node22-{variant}")
    lines = f"FROM {base}\nCOPY . .\nRUN npm run --silent compiler > /said\n"
    files = {"package.json": b'{"scripts": {"compiler": "node-gyp --version"}}'}
    image = build_image(engine, tmp_path, lines, files=files).image_id
    said = engine.client.containers.run(image, "cat /said", remove=True, network_mode="none")

    assert re.fullmatch(r"v[0-9.]+\n", said.decode())


@pytest.mark.parametrize("install", ["npm install", "yarn install"])
def test_a_package_for_another_version_of_node_is_installed_where_that_is_allowed(
    engine: DockerEngine, tmp_path: Path, install: str
) -> None:
    base = provided(engine, "node:22-slim", "node22-slim")
    run = f"RUN ({install} && echo installed > /said) || echo refused > /said"
    asked = Document(f"FROM {base}\nWORKDIR /app\nCOPY . .\n{run}\n")
    files = {
        "package.json": b'{"name": "x", "version": "1.0.0", "engines": {"node": "14.x"}}',
        ".npmrc": b"engine-strict=true\n",
    }
    for document, expected in ((asked, "refused"), (without_engine_checks(asked), "installed")):
        image = build_image(engine, tmp_path, document.text, files=files).image_id
        said = engine.client.containers.run(image, "cat /said", remove=True, network_mode="none")
        assert said.decode().strip() == expected


@pytest.mark.parametrize("version", [22, 14, 12])
def test_a_module_is_compiled_where_there_is_no_compiler(
    engine: DockerEngine, tmp_path: Path, version: int
) -> None:
    """The npm of Node 14 has a gyp that was written for an earlier Python, and runs no script of
    the project's own as root unless it is told to."""
    base = provided(engine, f"node:{version}-slim", f"node{version}-slim")
    told = "ENV npm_config_unsafe_perm=true"
    lines = f"FROM {base}\n{told}\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    files = {
        "package.json": b'{"name": "x", "version": "1.0.0", "main": "build/Release/x.node"}',
        "binding.gyp": b'{"targets": [{"target_name": "x", "sources": ["x.c"]}]}',
        "x.c": b"""#include <node_api.h>
NAPI_MODULE_INIT() { napi_value six; napi_create_int32(env, 6, &six); return six; }
""",
    }
    text = with_headers_of_node(with_compiler_behind_npm(Document(lines))).text
    image = build_image(engine, tmp_path, text, files=files).image_id
    said = engine.client.containers.run(
        image,
        [
            "sh",
            "-c",
            "node -p 'require(\"/app\")'; command -v make python3; cat /tmp/npm.out; true",
        ],
        remove=True,
        network_mode="none",
    )
    assert said.decode() == "6\n"


def test_a_go_program_is_built_on_it(engine: DockerEngine, tmp_path: Path) -> None:
    base = provided(engine, "golang:1.26-alpine", "golang1.26-alpine")
    dockerfile = f"FROM {base}\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n"
    files = {
        "go.mod": b"module x\n\ngo 1.26\n",
        "main.go": b'package main\n\nfunc main() { println("built") }\n',
    }
    image = build_image(engine, tmp_path, dockerfile, files=files).image_id
    output = engine.client.containers.run(
        image, "/app", remove=True, stderr=True, network_mode="none"
    )

    assert output.decode() == "built\n"


@pytest.mark.parametrize(
    ("reference", "standin", "real_bytes"),
    [
        ("gcr.io/distroless/static-debian12", "distroless-static", 2.0 * MEGABYTE),
        ("gcr.io/distroless/base-debian12", "distroless-base", 20.7 * MEGABYTE),
        ("gcr.io/distroless/cc-debian12", "distroless-cc", 23.5 * MEGABYTE),
    ],
)
def test_without_a_shell_it_is_as_large_as_the_real_one(
    engine: DockerEngine, reference: str, standin: str, real_bytes: float
) -> None:
    found = provided(engine, reference, standin)
    size_bytes = int(engine.client.images.get(found).attrs["Size"])

    assert abs(size_bytes / real_bytes - 1) < 0.1


def test_an_earlier_python_installs_what_was_compiled_for_it(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """It has pip, setuptools and wheel, as the official image, and speaks TLS."""
    base = provided(engine, "python:3.9-slim", "python3.9-slim")
    lines = (
        f"FROM {base}\nRUN pip install markupsafe==2.0.1 && python -c 'import setuptools, wheel'\n"
    )
    image = build_image(engine, tmp_path, lines).image_id
    command = ["python", "-c", "import markupsafe._speedups as x; print(x.__file__)"]
    said = engine.client.containers.run(image, command, remove=True, network_mode="none")

    assert b"cpython-39-" in said


def test_a_dockerfile_copies_uv_and_installs_with_it(engine: DockerEngine, tmp_path: Path) -> None:
    uv = provided(engine, "ghcr.io/astral-sh/uv:latest", "uv")
    base = provided(engine, "python:3.13-slim", "python3.13-slim")
    lines = f"FROM {base}\nCOPY --from={uv} /uv /uvx /bin/\nRUN uv pip install --system six\n"
    image = build_image(engine, tmp_path, lines).image_id
    said = engine.client.containers.run(
        image, ["python", "-c", "import six; print(six.__name__)"], remove=True, network_mode="none"
    )

    assert said.decode() == "six\n"


def page_of(engine: DockerEngine, image: str, port: int) -> bytes:
    """What a container of the image answers for `/`, within half a minute."""
    with run_container(engine, image, port=port) as running:
        until = time.monotonic() + 30
        answer = b""
        while b"seven" not in answer and time.monotonic() < until:
            with contextlib.suppress(OSError), running.connect_socket(port, 5.0) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
            time.sleep(0.2)
        return answer


def test_httpd_serves_from_where_the_official_image_does(
    engine: DockerEngine, tmp_path: Path
) -> None:
    base = provided(engine, "httpd:2.4", "httpd")
    size_bytes = int(engine.client.images.get(base).attrs["Size"])
    assert abs(size_bytes / (148 * MEGABYTE) - 1) < 0.1
    edit = r"sed -i 's/^#\(LoadModule rewrite_module\)/\1/' /usr/local/apache2/conf/httpd.conf"
    lines = f"FROM {base}\nRUN {edit} && httpd -t\nCOPY index.html /usr/local/apache2/htdocs/\n"
    image = build_image(engine, tmp_path, lines, files={"index.html": b"six times seven"}).image_id
    assert page_of(engine, image, 80).endswith(b"six times seven")


@pytest.mark.parametrize(
    ("reference", "standin", "megabytes"),
    [("nginx:1.22", "nginx", 142), ("nginx:1.22-alpine-slim", "nginx-alpine", 10.5)],
)
def test_nginx_serves_fills_in_templates_and_says_its_port(
    engine: DockerEngine, tmp_path: Path, reference: str, standin: str, megabytes: float
) -> None:
    base = provided(engine, reference, standin)
    size_bytes = int(engine.client.images.get(base).attrs["Size"])
    assert abs(size_bytes / (megabytes * MEGABYTE) - 1) < 0.1
    files = {
        "index.html": b"six times seven",
        "site.conf.template": (
            b"server { listen ${WEB_PORT}; root /usr/share/nginx/html;"
            b" rewrite ^/([a-z]+)$ /index.html; add_header X-Seen $uri; gzip on; }"
        ),
    }
    dockerfile = (
        f"FROM {base}\nENV WEB_PORT=8123\nCOPY index.html /usr/share/nginx/html/\n"
        "COPY site.conf.template /etc/nginx/templates/\n"
    )
    image = build_image(engine, tmp_path, dockerfile, files=files).image_id
    assert page_of(engine, image, 8123).endswith(b"six times seven")


ASK_MONGO = (
    "python -c \"import pymongo; c = pymongo.MongoClient('{}')['goods']['a'];"
    " c.insert_one({{'n': 42}}); print(c.find_one()['n'])\""
)


@pytest.mark.parametrize(
    ("reference", "standin", "environment", "port", "asked", "said"),
    [
        (
            "postgres:16",
            "postgres",
            {"POSTGRES_USER": "shop", "POSTGRES_PASSWORD": "x", "POSTGRES_DB": "goods"},
            5432,
            "PGPASSWORD=y psql -h db -U shop goods -tc 'select 6*7'",
            "42",
        ),
        ("redis:7-alpine", "redis", {}, 6379, "redis-cli -h db ping", "PONG"),
        (
            "mysql:8",
            "mariadb",
            {"MYSQL_ROOT_PASSWORD": "r", "MYSQL_USER": "shop", "MYSQL_PASSWORD": "x",
             "MYSQL_DATABASE": "goods"},
            3306,
            "mariadb -h db -ushop -px goods -e 'select 6*7'",
            "42",
        ),
        (
            "mysql:5.7",
            "mariadb",
            {"MYSQL_ROOT_PASSWORD": "r"},
            3306,
            "mariadb -h db -uroot -pr -e 'select 6*8'",
            "48",
        ),
        (
            "rabbitmq:3-management",
            "rabbitmq",
            {"RABBITMQ_DEFAULT_USER": "shop", "RABBITMQ_DEFAULT_PASS": "x"},
            5672,
            "bash -c \"exec 3<>/dev/tcp/db/5672; printf 'AMQP\\0\\0\\11\\1' >&3;"
            " head -c 100 <&3 | grep -ao capabilities\"",
            "capabilities",
        ),
        ("mongo:4.4", "mongo", {}, 27017, ASK_MONGO.format("mongodb://db/goods"), "42"),
        (
            "mongo",
            "mongo",
            {"MONGO_INITDB_ROOT_USERNAME": "shop", "MONGO_INITDB_ROOT_PASSWORD": "x",
             "MONGO_INITDB_DATABASE": "goods"},
            27017,
            ASK_MONGO.format("mongodb://shop:x@db:27017/goods?authSource=admin"),
            "42",
        ),
    ],
)  # fmt: skip
def test_a_service_beside_a_container_answers_to_its_name(
    engine: DockerEngine,
    reference: str,
    standin: str,
    environment: dict[str, str],
    port: int,
    asked: str,
    said: str,
) -> None:
    image = provided(engine, reference, standin)
    service = Beside("db", image, port, environment)
    command = ["sh", "-c", f"{asked}; sleep 60"]
    with run_container(engine, image, command, services=[service]) as running:
        until = time.monotonic() + 30
        while said not in "".join(running.logs()) and time.monotonic() < until:
            time.sleep(0.2)
        assert said in "".join(running.logs())


SCRIPT = "CREATE TABLE a (b int);\nINSERT INTO a\n  VALUES (42);\n"


@pytest.mark.parametrize(
    ("reference", "standin", "environment", "port", "asked"),
    [
        (
            "postgres:16",
            "postgres",
            {"POSTGRES_USER": "shop", "POSTGRES_DB": "goods"},
            5432,
            "psql -h db -U shop goods -tc 'select b from a'",
        ),
        (
            "mysql:8",
            "mariadb",
            {"MYSQL_ROOT_PASSWORD": "r", "MYSQL_DATABASE": "goods"},
            3306,
            "mariadb -h db -uroot -pr goods -e 'select b from a'",
        ),
    ],
)
def test_a_database_is_made_with_the_scripts_that_are_mounted(
    engine: DockerEngine,
    reference: str,
    standin: str,
    environment: dict[str, str],
    port: int,
    asked: str,
) -> None:
    image = provided(engine, reference, standin)
    files = {"1.sql": SCRIPT, "2.sql": "DROP TABLE nothing;\n"}
    service = Beside("db", image, port, environment, files=files)
    command = ["sh", "-c", f"{asked}; sleep 60"]
    with run_container(engine, image, command, services=[service]) as running:
        until = time.monotonic() + 30
        while "42" not in "".join(running.logs()) and time.monotonic() < until:
            time.sleep(0.2)
        assert "42" in "".join(running.logs())
