"""What a compose file has a database be made with."""

from __future__ import annotations

from typing import Any

import pytest

from runner.compare.database_scripts import first_scripts

TEXTS = {
    "db/init.sql": "CREATE TABLE a (b int);\n",
    "db/2_more.sh": "psql -c x\n",
    "db/notes.md": "no script\n",
    "db/old/x.sql": "DROP TABLE a;\n",
    "db/Dockerfile": "FROM postgres:16\nCOPY init.sql /docker-entrypoint-initdb.d/\n",
    "web/Dockerfile": "FROM python:3.11\nCOPY init.sql /docker-entrypoint-initdb.d/\n",
}
SQL = {"init.sql": TEXTS["db/init.sql"]}
BOTH = {"2_more.sh": TEXTS["db/2_more.sh"], **SQL}
PLACE = "/docker-entrypoint-initdb.d"


@pytest.mark.parametrize(
    ("service", "scripts"),
    [
        ({"volumes": [f"./db/init.sql:{PLACE}/init.sql:ro"]}, SQL),
        ({"volumes": [f"./db/init.sql:{PLACE}/1.sql"]}, {"1.sql": TEXTS["db/init.sql"]}),
        ({"volumes": [f"./db/init.sql:{PLACE}"]}, SQL),
        ({"volumes": [f"./db:{PLACE}", "data:/var/lib/postgresql/data"]}, BOTH),
        ({"volumes": [{"type": "bind", "source": "./db", "target": f"{PLACE}/"}]}, BOTH),
        ({"volumes": ["./db:/somewhere", f"../other:{PLACE}", f"./none.sql:{PLACE}/x.sql"]}, {}),
        ({}, {}),
    ],
)
def test_scripts_that_are_mounted(service: dict[str, Any], scripts: dict[str, str]) -> None:
    assert first_scripts({"image": "mysql:8", **service}, "", TEXTS) == scripts


def test_scripts_that_a_dockerfile_adds_to_a_database() -> None:
    assert first_scripts({"build": "./db"}, "", TEXTS) == SQL
    assert first_scripts({"build": {"context": "db"}, "image": "own"}, "", TEXTS) == SQL
    assert first_scripts({"build": "./web"}, "", TEXTS) == {}


def test_what_is_long_is_data_and_left_out() -> None:
    texts = {"dump.sql": "x" * (300 << 10)}
    service = {"image": "mysql:8", "volumes": [f"./dump.sql:{PLACE}/dump.sql"]}
    assert first_scripts(service, "", texts) == {}
