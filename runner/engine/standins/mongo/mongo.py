"""MongoDB's protocol on its port, with the user that the official image is told of.

The user is made on another port first: a service that sees the usual one open may log in.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pymongo

PROGRAM = [f"{sys.prefix}/bin/secantusd-py", "--standalone", "--cache-size", "64M"]
PROGRAM += ["--storage-path", "/data/db", "--log-level", "WARNING"]
BEFORE = 27099
ROLES = {"admin": "root"}
"""Database → what the user may do in it; in any other it owns all."""


def main() -> None:
    """Make the user, if one is named, then serve."""
    user = os.environ.get("MONGO_INITDB_ROOT_USERNAME", "")
    password = os.environ.get("MONGO_INITDB_ROOT_PASSWORD", "")
    database = os.environ.get("MONGO_INITDB_DATABASE", "")
    if user and password:
        # an address may name either database to log in
        _make_user(user, password, {"admin", database or "admin"})
    os.execv(PROGRAM[0], [*PROGRAM, "--host", "0.0.0.0", "--port", "27017"])


def _make_user(user: str, password: str, databases: set[str]) -> None:
    server = subprocess.Popen([*PROGRAM, "--host", "127.0.0.1", "--port", str(BEFORE)])
    with pymongo.MongoClient("127.0.0.1", BEFORE, serverSelectionTimeoutMS=30_000) as client:
        for name in sorted(databases):
            role = ROLES.get(name, "dbOwner")
            client[name].command("createUser", user, pwd=password, roles=[role])
    server.terminate()
    server.wait(30)


if __name__ == "__main__":
    main()
