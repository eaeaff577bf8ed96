"""Listening sockets: read from the kernel's tables, and what a check says about them."""

from __future__ import annotations

import ipaddress
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.linux.listeners import Listener, address_of, listeners_of, parse
from runner.model.errors import ProjectError
from runner.model.project import Check
from runner.trial.check_plan import confinement_of
from runner.trial.listening import bind_line, unreached_because

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


def spelled(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """As the kernel writes it."""
    packed = address.packed
    words = [packed[at : at + 4] for at in range(0, len(packed), 4)]
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)


def at(text: str, port: int) -> Listener:
    return Listener(port, ipaddress.ip_address(text))


@given(ADDRESSES, st.integers(0, 65535))
def test_an_address_is_read_back(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    assert address_of(spelled(address)) == address
    line = f"   0: {spelled(address)}:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000"
    assert list(parse(f"  sl  local_address rem_address st\n{line}\n")) == [Listener(port, address)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for item in parse(text):
        assert item.port >= 0


def test_this_process_sees_its_own_sockets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = [item for item in listeners_of(Path("/proc/self/net")) if item.port == port]
    assert found == [at("127.0.0.1", port)]
    assert found[0].is_loopback


@pytest.mark.parametrize(
    ("listeners", "says"),
    [
        ([at("127.0.0.1", 8000)], "listens on 127.0.0.1:8000 only, which nothing outside"),
        ([at("::ffff:127.0.0.1", 8000)], "8000 only, which nothing outside"),
        ([at("127.0.0.1", 8000), at("::1", 8000)], "127.0.0.1:8000 and [::1]:8000 only"),
        ([at("127.0.0.1", 8000), at("0.0.0.0", 9000)], "listens on 127.0.0.1:8000 only"),
        ([at("::", 8000)], "listens on [::]:8000 only, for IPv6"),
        ([at("0.0.0.0", 5000)], "listens on 0.0.0.0:5000 and not on port 8000"),
        ([at("127.0.0.1", 4000), at("::", 5000)], "set the project's port: 5000"),
        ([at("127.0.0.1", 4000)], "set the project's port: 4000"),
        ([], "listens on no port"),
        ([at("0.0.0.0", 8000)], ""),
        ([at("::ffff:10.0.0.1", 8000)], ""),
    ],
)
def test_why_nobody_reaches_a_service(listeners: list[Listener], says: str) -> None:
    why = unreached_because(listeners, 8000, ["python", "app.py"])
    assert why.startswith(says) if not says else says in why


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["gunicorn", "shop.wsgi"], "gunicorn --bind 0.0.0.0:8000 …"),
        (["/bin/sh", "-c", "gunicorn --reload shop.wsgi"], "gunicorn --bind 0.0.0.0:8000 …"),
        (["python", "-m", "uvicorn", "app:app"], "uvicorn --host 0.0.0.0 --port 8000 …"),
        (["/opt/venv/bin/flask", "run"], "flask run --host=0.0.0.0 --port=8000"),
        (["python", "manage.py", "runserver"], "python manage.py runserver 0.0.0.0:8000"),
        (["python", "flasky.py"], "have the service listen on 0.0.0.0:8000"),
        (["python", "-m", "http.server"], "python -m http.server --bind 0.0.0.0 8000"),
    ],
)
def test_the_line_that_mends_it(command: list[str], line: str) -> None:
    assert bind_line(command, "8000") == line


def test_where_the_port_is_told_the_line_uses_it() -> None:
    why = unreached_because([at("127.0.0.1", 8000)], 8000, ["gunicorn", "app"], port_variable=True)
    assert why.endswith("bind 0.0.0.0: gunicorn --bind 0.0.0.0:$PORT …")


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (Check(memory_bytes=-1), "check.memory_bytes=-1 is not between"),
        (Check(memory_bytes=1 << 50), "is not between 16777216 and"),
        (Check(capabilities=["SYS_ADMIN"]), "check.capabilities: 'SYS_ADMIN' is not given"),
        (Check(capabilities=["CAP_SYS_PTRACE", "x\ny"]), "is not given to a check"),
    ],
)
def test_limits_that_no_check_may_have(check: Check, says: str) -> None:
    with pytest.raises(ProjectError, match=says):
        confinement_of(check)


def test_capabilities_are_added_by_either_name() -> None:
    assert "SETPCAP" in confinement_of(Check(capabilities=["cap_setpcap"])).capabilities
