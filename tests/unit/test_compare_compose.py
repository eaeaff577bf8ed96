"""What a compose file says of a service's variables, and of the services beside it."""

from __future__ import annotations

from typing import Any

import pytest

from runner.compare.compose import (
    environment_of,
    example_variables,
    services_beside,
    services_of_variables,
)
from runner.compare.environment import interpolated
from runner.detect.names import is_env_file
from runner.engine.standins.references import standin_for
from runner.model.errors import ProjectError
from runner.model.project import Check, Service
from runner.model.service_kinds import service_port
from runner.trial.check_plan import read_check

EXAMPLE = "DB_USER=shop\nDB_PASSWORD='a b'\n"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("postgres://$A@db", "postgres://1@db"),
        ("${A}${B:-two}${EMPTY:-x}${EMPTY-y}", "1twox"),
        ("$$A", "$A"),
        ("${A:+yes}${GONE:+no}", "yes"),
        ("${GONE}", None),
        ("${GONE:?say it}", None),
        ("plain", "plain"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text: str, filled: str | None) -> None:
    assert interpolated(text, {"A": "1", "EMPTY": ""}) == filled


def test_variables_come_from_the_file_beside_it_else_from_its_example() -> None:
    service = {
        "env_file": [".env", {"path": "extra.env"}],
        "environment": ["DEBUG=0", "DB_USER", "URL=${DB_USER}@db", "LOST=${NOBODY}", "SHELL_ONLY"],
    }
    texts = {"deploy/.env.example": EXAMPLE, "deploy/extra.env": "X=1\n", ".env": "DB_USER=no\n"}
    found = environment_of(service, "deploy", texts)

    assert found == {
        "DB_USER": "shop",
        "DB_PASSWORD": "a b",
        "X": "1",
        "DEBUG": "0",
        "URL": "shop@db",
    }
    own = environment_of(service, "deploy", texts | {"deploy/.env": "DB_USER=mine\n"})
    assert own["URL"] == "mine@db"


def test_an_example_is_found_under_each_usual_ending() -> None:
    texts = {".env.prod-sample": "DEBUG=0\n"}
    assert environment_of({"env_file": ["./.env.prod"]}, "", texts) == {"DEBUG": "0"}


@pytest.mark.parametrize("said", [None, 3, ["x"], {"a": None}, "gone.env"])
def test_what_is_no_variable_is_none(said: Any) -> None:
    assert environment_of({"environment": said, "env_file": said}, "", {}) == {}


def test_services_that_it_depends_on_run_beside_it_if_their_image_is_known() -> None:
    document: dict[str, Any] = {
        "services": {
            "web": {"build": ".", "depends_on": ["db", "cache", "mail"]},
            "db": {"image": "postgres:${PG:-16}", "environment": {"POSTGRES_USER": "${DB_USER}"}},
            "cache": {"image": "docker.io/library/redis:7", "command": "redis-server --port 6379"},
            "mail": {"image": "mailhog/mailhog"},
            "other": {"image": "mysql"},
        }
    }
    texts = {".env.example": EXAMPLE}

    assert services_beside(document, "web", "", texts) == {
        "db": Service("postgres:16", {"POSTGRES_USER": "shop"}),
        "cache": Service("docker.io/library/redis:7", {}, ["redis-server", "--port", "6379"]),
    }
    document["services"]["web"]["environment"] = {"SQL": "mysql://root@other/shop"}
    assert set(services_beside(document, "web", "", texts)) == {"db", "cache", "other"}
    del document["services"]["web"]["environment"]
    del document["services"]["web"]["depends_on"]
    assert set(services_beside(document, "web", "", texts)) == {"db", "cache", "other"}
    assert services_beside({"services": []}, "web", "", {}) == {}


def test_a_command_goes_without_the_configuration_that_only_a_mount_has() -> None:
    cache = {
        "image": "redis:7",
        "command": "redis-server /etc/redis.conf --requirepass ${WORD}",
        "volumes": ["./redis.conf:/etc/redis.conf:ro", "data:/data"],
    }
    document: dict[str, Any] = {"services": {"web": {"build": "."}, "cache": cache}}
    found = services_beside(document, "web", "infra", {".env.example": "WORD=abc\n"})
    assert found["cache"].command == ["redis-server", "--requirepass", "abc"]


def test_a_database_that_is_built_is_what_it_is_built_on() -> None:
    document: dict[str, Any] = {
        "services": {
            "web": {"build": "web"},
            "db": {"build": "./data", "image": "shop_db", "environment": {"MYSQL_USER": "b"}},
            "other": {"build": {"context": ".", "dockerfile": "x/Dockerfile"}},
            "a": {"build": 3},
            "b": {"build": {"context": 3}},
            "c": {"build": {"dockerfile": []}},
        }
    }
    texts = {
        "web/Dockerfile": "FROM node:22\n",
        "data/Dockerfile": "FROM mysql:5\nENV MYSQL_USER=a MYSQL_DATABASE=shop\n",
        "x/Dockerfile": "FROM python:3.11\n",
    }
    assert services_beside(document, "web", "", texts) == {
        "db": Service("mysql:5", {"MYSQL_USER": "b", "MYSQL_DATABASE": "shop"})
    }


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("mongodb://shop-data:27017", "shop-data"),
        ("shop-data", "shop-data"),
        ("mongodb://db:27017", "db"),
        ("db or shop-data", "db"),
        ("shop-data.example", "db"),
        ("", "db"),
    ],
)
def test_a_service_is_asked_by_the_name_of_its_container_where_only_that_is_told(
    address: str, host: str
) -> None:
    db = {"image": "mongo", "container_name": "shop-data", "hostname": 3}
    web = {"build": ".", "environment": {"DB_HOST": address}}
    document = {"services": {"web": web, "db": db}}
    assert services_beside(document, "web", "", {}) == {host: Service("mongo", {})}


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ({"ports": ["6379:6379"]}, 6379),
        ({"ports": ["127.0.0.1:16379:6379/tcp"]}, 6379),
        ({"expose": [5432]}, 5432),
        ({"ports": ["8080:80"]}, None),
        ({"ports": "6379", "expose": {"5432": None}}, None),
    ],
)
def test_a_service_of_an_unknown_image_is_known_by_its_port(said: Any, port: int | None) -> None:
    document = {"services": {"web": {"build": "."}, "data": {"image": "company/data", **said}}}
    wanted = {} if port is None else {"data": Service("company/data", {}, [], port)}
    assert services_beside(document, "web", "", {}) == wanted


@pytest.mark.parametrize(
    ("image", "standin"),
    [
        ("redislabs/redismod", "redis"),
        ("redis/redis-stack-server:7.4.0-v1", "redis"),
        ("bitnami/redis:7.2", "redis"),
        ("pgvector/pgvector:pg16", "postgres"),
        ("timescale/timescaledb:latest-pg16", "postgres"),
        ("mongo:4.2.0", "mongo"),
        ("mongo", "mongo"),
        ("bitnami/mongodb:7.0", "mongo"),
        ("company/redis-stack", ""),
        ("mongo-express", ""),
    ],
)
def test_images_with_extensions_of_a_service_have_its_stand_in(image: str, standin: str) -> None:
    assert standin_for(image) == standin
    assert not standin or service_port(image)


@pytest.mark.parametrize(
    ("image", "port"),
    [
        ("postgres:16@sha256:0", 5432),
        ("registry:5000/mysql", 3306),
        ("valkey/valkey", 6379),
        ("mongo:7", 27017),
        ("bitnami/mongodb:7", 27017),
    ],
)
def test_the_port_of_a_service_is_that_of_its_image(image: str, port: int) -> None:
    assert service_port(image) == port


def test_a_service_of_an_unknown_image_needs_its_port(tmp_path: Any) -> None:
    with pytest.raises(ProjectError, match=r"check.services.mq: the port of broker:3 is not"):
        read_check(Check(services={"mq": Service("broker:3")}), 80, tmp_path)
    plan = read_check(Check(services={"mq": Service("broker:3", port=5672)}), 80, tmp_path)
    assert [(item.name, item.port) for item in plan.services] == [("mq", 5672)]
    assert plan.digest != read_check(Check(), 80, tmp_path).digest


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".env", True),
        (".env.example", True),
        (".env.production", True),
        ("env.sample", True),
        ("example.env", True),
        ("environment.py", False),
        ("env.py", False),
    ],
)
def test_files_of_variables_are_told_by_their_names(name: str, is_one: bool) -> None:
    assert is_env_file(name) is is_one


def test_the_example_nearest_to_the_root_is_told_without_where_it_listens() -> None:
    texts = {
        "web/.env.example": "PORT=1\nHOST=x\nKEY=a\n",
        "web/sub/env.sample": "KEY=b\n",
        "web/.env": "KEY=secret\n",
        ".env.example": "KEY=root\n",
    }
    assert example_variables("web", texts) == ({"KEY": "a"}, "web/.env.example")
    assert example_variables(".", texts) == ({"KEY": "root"}, ".env.example")
    assert example_variables("", {".env.example": "no variable\n"}) == ({}, "")


@pytest.mark.parametrize(
    ("variables", "services"),
    [
        (
            {"DATABASE_URL": "postgresql+asyncpg://me:p%40ss@db:5432/shop?x=1"},
            {
                "db": Service(
                    "postgres:16",
                    {"POSTGRES_USER": "me", "POSTGRES_PASSWORD": "p@ss", "POSTGRES_DB": "shop"},
                )
            },
        ),
        (
            {"DB_HOST": "0.0.0.0", "DB_PORT": "3306", "DB_USER": "root", "DB_PASSWORD": "x"},
            {
                "mysql": Service(
                    "mysql:8", {"MYSQL_PASSWORD": "x", "MYSQL_ROOT_PASSWORD": "x"}
                )
            },
        ),
        ({"CACHE": "redis://localhost:6379/0"}, {"redis": Service("redis:7")}),
        ({"URL": "https://db:5432/x", "PORT": "8000", "DB": "sqlite:///x.db"}, {}),
    ],
)  # fmt: skip
def test_addresses_in_variables_say_which_services_there_are(
    variables: dict[str, str], services: dict[str, Service]
) -> None:
    assert services_of_variables(variables) == services


def test_what_compose_itself_refuses_is_no_service_and_no_variable() -> None:
    document = {
        "services": {
            "web": {"build": "."},
            "a b": {"image": "redis:7"},
            "cache": {"image": "redis:7", "environment": {"A=B": "1", "": "2", "OWN": "3"}},
        }
    }
    found = services_beside(document, "web", "", {})
    assert {name: dict(service.environment) for name, service in found.items()} == {
        "cache": {"OWN": "3"}
    }


def test_a_host_that_no_service_can_be_called_gets_the_name_of_its_kind() -> None:
    assert list(services_of_variables({"URL": "redis://-x.:6379/0"})) == ["redis"]


def test_redis_is_known_by_its_host_alone_and_asks_for_the_password_that_is_told() -> None:
    told = {"REDIS_HOST": "cache", "REDIS_PASSWORD": "p"}
    command = ["redis-server", "--requirepass", "p"]
    assert services_of_variables(told) == {"cache": Service("redis:7", {}, command)}
    assert services_of_variables({"APP_REDIS_HOST": "localhost", "REDIS_PASSWORD": ""}) == {
        "redis": Service("redis:7")
    }
    assert services_of_variables({"REDIS_HOST": ""}) == {}
    url = {"REDIS_URL": "redis://cache:6379/0", "REDIS_PASSWORD": "p"}
    assert services_of_variables(url) == {"cache": Service("redis:7")}


def test_a_mongodb_has_the_user_of_its_address() -> None:
    url = "mongodb://root:p%40ss@mongo:27017/shop?authSource=admin"
    told = {
        "MONGO_INITDB_ROOT_USERNAME": "root",
        "MONGO_INITDB_ROOT_PASSWORD": "p@ss",
        "MONGO_INITDB_DATABASE": "shop",
    }
    assert services_of_variables({"MONGO_URL": url}) == {"mongo": Service("mongo:7", told)}
    without = services_of_variables({"MONGO_URL": "mongodb://localhost/shop"})
    assert without == {"mongodb": Service("mongo:7", {"MONGO_INITDB_DATABASE": "shop"})}


def test_what_a_script_waits_for_runs_beside_too() -> None:
    document = {
        "services": {
            "web": {"build": ".", "depends_on": ["db"]},
            "db": {"image": "postgres:16"},
            "rabbitmq": {"image": "rabbitmq:3"},
            "cache": {"image": "redis:7"},
            "queue": {"image": "redis:7"},
        }
    }
    texts = {
        "docker/entrypoint": "while ! nc -z rabbitmq 5672; do sleep 1; done\n",
        "wait.sh": "./wait-for-it.sh cache:6379 -- my-queue:6379\n",
    }
    assert set(services_beside(document, "web", "", texts)) == {"db", "rabbitmq", "cache"}
