"""Likely causes of failures that lie in what a container or a build does not reach, or does not
find there: databases, hosts."""

from __future__ import annotations

import re

from runner.model.service_kinds import KINDS

SERVICES = {str(kind.port): kind.name for kind in KINDS}
_SQL = ("PostgreSQL", "MySQL")
"""Those in whose place a file of SQLite may do."""
NEEDS_SERVICE = "it needs a service beside it: "
"""Begins a cause that is the lack of a database, a cache or a queue."""
_CLIENTS = (
    (r"psycopg|asyncpg|postgres|\bpq:|pgx", "PostgreSQL"),
    (r"mysql|mariadb|pymysql", "MySQL"),
    (r"mongo", "MongoDB"),
    (r"redis", "Redis"),
    (r"amqp|rabbitmq|kombu", "RabbitMQ"),
    (r"kafka", "Kafka"),
)
_NOT_REACHED = re.compile(
    r"ECONNREFUSED|ENOTFOUND|EAI_AGAIN|connection refused|could not translate host name"
    r"|\[Errno -3\]|could not connect|can't connect to|name or service not known|no such host"
    r"|server misbehaving|failed to resolve host|name resolution"
    r"|ServerSelectionError|\bMongo\w+: [^\n]{0,200}buffering timed out"
    r"|unknown (?:mysql )?server host|network is unreachable|error connecting to|failed to connect",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"no such table|relation \"?[\w.]+\"? does not exist|unapplied migration"
    r"|\bTable '[\w.-]+' doesn't exist|\bThe table `[\w.-]+` does not exist",
    re.IGNORECASE,
)
_DATABASE = re.compile(r"Unknown database '([^'\n]+)'|database \"([^\"\n]+)\" does not exist")
_GO_MODULE = re.compile(r"\bgo: |/@v/|\.go:\d+:\d+: [\w./-]+@v\d")
_DOWNLOAD = re.compile(
    r"(?:Could not resolve host:|lookup|getaddrinfo \w+|unable to resolve host address [‘'\"]"
    r"|bad address '|host='(?=[^\n]*Max retries exceeded)) ?([\w.-]+\.[a-z]{2,})"
)
_ASKED = re.compile(r"getaddrinfo [A-Z_]+ ([\w.-]+\.[a-z]{2,})")


def service_cause(text: str) -> str:
    """A database, a cache or a queue that was not reached."""
    if not _NOT_REACHED.search(text):
        return ""
    ports = re.findall(r"(?::|port[ =]+)(\d{4,5})\b", text)
    named = [SERVICES[port] for port in ports if port in SERVICES]
    named += [name for pattern, name in _CLIENTS if re.search(pattern, text, re.IGNORECASE)]
    if not named:
        return ""
    variable = "DATABASE_URL=sqlite:////tmp/check.db" if named[0] in _SQL else "NAME=VALUE"
    return (
        f"{NEEDS_SERVICE}{named[0]}, and the container of a check reaches no other: name it in"
        " check.services of dockbench.yaml, or give variables with"
        f" which it starts without (--env {variable}, --env-file FILE)"
    )


def database_cause(text: str) -> str:
    """A database that its server does not have."""
    match = _DATABASE.search(text)
    if match is None:
        return ""
    return (
        f"the database {match[1] or match[2]} is not there: have the service beside it make it"
        " (MYSQL_DATABASE or POSTGRES_DB in check.services of dockbench.yaml)"
    )


_WITHOUT_TLS = re.compile(r"server does not support (?:SSL|TLS|secure conn)", re.IGNORECASE)


def encrypted_cause(text: str) -> str:
    """A database that is asked for TLS, and the one beside a check has none."""
    if not _WITHOUT_TLS.search(text):
        return ""
    return (
        "it asks its database for TLS, which the one beside the check does not speak: turn that off"
        " where a variable does (--env NAME=VALUE), or name one that speaks it (check.services of"
        " dockbench.yaml)"
    )


def table_cause(text: str) -> str:
    """A database without tables."""
    return (
        "its database has no tables: let what the image starts run the migrations first"
        if _TABLE.search(text)
        else ""
    )


def outside_cause(text: str) -> str:
    """A host on the network that the container of a check asks."""
    match = _ASKED.search(text)
    if match is None and "Temporary failure in name resolution" not in text:
        return ""
    host = match[1] if match else "a host"
    return (
        f"it asks {host} on the network, which the container of a check does not reach: give"
        " variables with which it starts without (--env NAME=VALUE), or name what stands for it in"
        " check.services of dockbench.yaml"
    )


def download_cause(text: str) -> str:
    """A host that does not answer, of which a build fetches something."""
    match = _DOWNLOAD.search(text)
    if match is None:
        return ""
    if _GO_MODULE.search(text):
        return (
            f"it downloads modules of Go from {match[1]}, which does not answer: run where it does,"
            " or `go mod vendor` there first, with which a build downloads nothing"
        )
    return f"it downloads from {match[1]}, which does not answer: check the network"


_WAITING = re.compile(
    r"its log says: ([^\n]*?(?:wait|sleeping|unavailable|not ready|retry)[^\n]*)", re.IGNORECASE
)


def waiting_cause(text: str) -> str:
    """A script that waits for another service before it starts its own."""
    match = _WAITING.search(text)
    if match is None or "listens on no port" not in text:
        return ""
    return (
        f"what it is started with waits for another service ({match[1].strip()}): name that in"
        " check.services of dockbench.yaml, or give the variables that say where it is (--env"
        " NAME=VALUE, --env-file FILE)"
    )


_TOKEN = re.compile(r"\bToken is invalid\b|\bInvalidToken\b|\bImproper token has been passed\b")


def token_cause(text: str) -> str:
    """A bot without a token, or with the words that stand for one in a template."""
    if not _TOKEN.search(text):
        return ""
    return (
        "its token is none: give one where its sources read it (--env NAME=VALUE; where a file of"
        " the project has it, write it there), of the form that its network asks for"
        " (123456789:any-letters for Telegram)"
    )
