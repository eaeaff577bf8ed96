"""A bot or a worker: its process goes on, or ends where it asks the public network."""

from __future__ import annotations

import pytest

from runner.trial.still_running import reached_no_host

DNS = "[Errno -3] Temporary failure in name resolution"


@pytest.mark.parametrize(
    "line",
    [
        f"aiohttp: Cannot connect to host api.telegram.org:443 ssl:default [{DNS}]",
        f"telegram.error.NetworkError: httpx.ConnectError: {DNS}",
        f"HTTPSConnectionPool(host='discord.com', port=443): Max retries exceeded ({DNS})",
        "Error: getaddrinfo EAI_AGAIN gateway.discord.gg",
        "dial tcp: lookup api.telegram.org: no such host",
    ],
)
def test_it_got_as_far_as_the_network(line: str) -> None:
    assert reached_no_host(["Traceback (most recent call last):", line])


@pytest.mark.parametrize(
    "line",
    [
        'psycopg2.OperationalError: could not translate host name "db": Name or service not known',
        f"redis.exceptions.ConnectionError: Error -3 connecting to redis:6379. {DNS}.",
        "ModuleNotFoundError: No module named 'httpx.ConnectError'",
        "aiogram.utils.token.TokenValidationError: Token is invalid!",
        "Error: getaddrinfo ENOTFOUND rabbitmq",
        "",
    ],
)
def test_anything_else_is_a_failure(line: str) -> None:
    assert not reached_no_host([line])
