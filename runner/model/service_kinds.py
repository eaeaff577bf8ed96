"""The databases, caches and queues that services ask: names, ports, images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceKind:
    """One of them."""

    name: str
    port: int
    """On which it listens if it is told nothing."""
    images: tuple[str, ...] = ()
    """The last parts of the names of images of it that may run beside a check."""


KINDS = (
    ServiceKind("PostgreSQL", 5432, ("postgres", "postgis", "pgvector", "timescaledb")),
    ServiceKind("MySQL", 3306, ("mysql", "mysql-server", "mariadb")),
    ServiceKind("MongoDB", 27017, ("mongo", "mongodb", "mongodb-community-server")),
    ServiceKind(
        "Redis", 6379, ("redis", "redis-stack", "redis-stack-server", "redismod", "valkey")
    ),
    ServiceKind("RabbitMQ", 5672, ("rabbitmq",)),
    ServiceKind("memcached", 11211, ("memcached",)),
    ServiceKind("Kafka", 9092),
    ServiceKind("Elasticsearch", 9200),
    ServiceKind("SQL Server", 1433),
)
PORT_OF_IMAGE = {image: kind.port for kind in KINDS for image in kind.images}


def image_name(reference: str) -> str:
    """The last part of an image's name: `postgres` for `docker.io/library/postgres:16`."""
    return reference.rpartition("/")[2].partition("@")[0].partition(":")[0]


def service_port(image: str) -> int:
    """The usual port of a service's image, whatever its tag; 0 for none that is known."""
    return PORT_OF_IMAGE.get(image_name(image), 0)
