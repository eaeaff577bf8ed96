"""Services that a user could not reach, or that do not live: the cause, in one line, each time."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine import containers
from runner.engine.containers import run_container
from runner.engine.docker.engine import DockerEngine
from runner.engine.running import RunningContainer
from runner.model.confinement import CAPABILITIES, MEMORY_BYTES, Confinement
from runner.model.project import Check
from runner.model.record import CheckRecord, Failure, Status
from runner.trial.check import run_check
from runner.trial.check_plan import CheckPlan, read_check
from runner.trial.failures import TrialEnded
from tests.engine import needs
from tests.engine.bases import provided

HTTPD = "mkdir /www; echo well > /www/health; "
ONCE = "printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}' | nc -l -p 8000 > /dev/null; "
HELD = "while true; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\n{}' | nc -l -p 8000; done"


def plan(**values: object) -> CheckPlan:
    return read_check(Check(**{"timeout_s": 20.0, **values}), 8000, Path())  # type: ignore[arg-type]


def checked(
    engine: DockerEngine, image: str, script: str, check: CheckPlan | None = None
) -> CheckRecord:
    check = check or plan()
    command = ["sh", "-c", script]
    confinement = check.confinement
    with run_container(engine, image, command, port=8000, confinement=confinement) as running:
        return run_check(running, check, running.started_s)


def failed(
    engine: DockerEngine, image: str, script: str, check: CheckPlan | None = None
) -> tuple[Status, Failure]:
    with pytest.raises(TrialEnded) as caught:
        checked(engine, image, script, check)
    assert "\n" not in caught.value.failure.message
    return caught.value.status, caught.value.failure


def text_of(running: RunningContainer, path: str) -> str:
    return running.container.execute(["cat", path]).decode()


@pytest.fixture(params=["none", "internal"])
def network(
    engine: DockerEngine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Both ways to reach a container on the engine's machine."""
    if request.param == "internal":
        monkeypatch.setattr(containers, "may_enter_namespaces", lambda _: False)
    else:
        needs.entered(engine)
    return str(request.param)


def test_a_service_for_everybody(engine: DockerEngine, tiny: str, network: str) -> None:
    record = checked(engine, tiny, f"{HTTPD} exec httpd -f -p 8000 -h /www")
    assert record.network == network
    assert record.confinement is not None
    assert record.confinement.memory_bytes == MEMORY_BYTES
    assert record.timeout_s == 20.0
    assert record.confinement.capabilities == tuple(sorted(CAPABILITIES))


@pytest.mark.usefixtures("network")
def test_the_loopback_alone_is_not_reached(engine: DockerEngine, tiny: str) -> None:
    begun = time.monotonic()
    script = f"{HTTPD} exec httpd -f -p 127.0.0.1:8000 -h /www"
    status, failure = failed(engine, tiny, script, plan(timeout_s=60.0))
    assert status is Status.check_failed
    assert failure.message == (
        "listens on 127.0.0.1:8000 only, which nothing outside of the container reaches;"
        " bind 0.0.0.0: have the service listen on 0.0.0.0:8000"
    )
    assert time.monotonic() - begun < 30, "nobody waits a whole minute for that"


@pytest.mark.usefixtures("network")
def test_a_short_time_limit_gives_the_same_reason(engine: DockerEngine, tiny: str) -> None:
    script = f"{HTTPD} exec httpd -f -p 127.0.0.1:8000 -h /www"
    status, failure = failed(engine, tiny, script, plan(timeout_s=1.5))
    assert status is Status.check_failed
    assert failure.message.startswith("listens on 127.0.0.1:8000 only")


@pytest.mark.usefixtures("network")
def test_another_port(engine: DockerEngine, tiny: str) -> None:
    script = f"{HTTPD} exec httpd -f -p 5000 -h /www"
    status, failure = failed(engine, tiny, script, plan(timeout_s=2.0))
    assert status is Status.check_timeout
    assert ":5000 and not on port 8000" in failure.message
    assert failure.message.endswith("set the project's port: 5000")


def test_no_port(engine: DockerEngine, tiny: str) -> None:
    status, failure = failed(engine, tiny, "sleep 60", plan(timeout_s=1.0))
    assert status is Status.check_timeout
    assert "it accepted no connection: it listens on no port" in failure.message


def test_an_address_that_no_container_has(engine: DockerEngine, tiny: str) -> None:
    status, failure = failed(engine, tiny, "exec httpd -f -p [::1]:8000")
    assert status is Status.check_failed
    assert "an address that no container has" in failure.message


def test_ipv6_alone_is_not_reached(engine: DockerEngine) -> None:
    image = provided(engine, "slim").image_id
    script = (
        "import socket, time; s = socket.create_server(('::', 8000), family=socket.AF_INET6);"
        " time.sleep(60)"
    )
    status, failure = failed(engine, image, f'exec python -c "{script}"', plan(timeout_s=3.0))
    assert status is Status.check_timeout
    assert "it listens on [::]:8000 only, for IPv6 and not for IPv4; bind" in failure.message


def test_an_address_in_use_inside(engine: DockerEngine, tiny: str) -> None:
    status, failure = failed(engine, tiny, "httpd -p 8000; sleep 0.5; exec httpd -f -p 8000")
    assert status is Status.check_failed
    assert "its address is in use inside of the container already" in failure.message


@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize("answer", ["", "expected.json"])
def test_a_service_that_dies_after_its_first_answer(
    engine: DockerEngine, tiny: str, tmp_path: Path, answer: str, attempt: int
) -> None:
    del attempt
    (tmp_path / "expected.json").write_text(json.dumps({}))
    check = read_check(Check(answer_file=answer, request_method="GET"), 8000, tmp_path)
    status, failure = failed(engine, tiny, f"{ONCE} echo giving up: error 9; exit 4", check)
    assert status is Status.check_failed
    expected = "the container exited with 4 after its first answer: giving up: error 9"
    assert failure.message == expected
    assert failure.exit_code == 4


def test_a_container_that_exits_at_once(engine: DockerEngine, tiny: str) -> None:
    script = "echo \"ModuleNotFoundError: No module named 'flask'\"; exit 1"
    _, failure = failed(engine, tiny, script)
    assert failure.message == (
        "the container exited with 1 before it was healthy: ModuleNotFoundError: No module named"
        " 'flask'"
    )


def test_a_service_beyond_its_memory_says_so(engine: DockerEngine, tiny: str) -> None:
    """As the first process, and as a child whose parent goes on."""
    check = plan(memory_bytes=32 << 20, timeout_s=15.0)
    status, failure = failed(engine, tiny, "exec tail /dev/zero", check)
    assert status is Status.check_failed
    assert "at the memory limit of 32 MiB" in failure.message
    assert "check.memory_bytes" in failure.message
    _, failure = failed(
        engine, tiny, "tail /dev/zero; sleep 60", plan(memory_bytes=32 << 20, timeout_s=5.0)
    )
    assert "at the memory limit of 32 MiB" in failure.message


def test_what_the_container_may_do(engine: DockerEngine, tiny: str) -> None:
    with run_container(engine, tiny, ["sleep", "60"]) as running:
        status = text_of(running, "/proc/1/status")
        limits = text_of(running, "/proc/1/limits")
    pairs = (line.partition(":\t") for line in status.splitlines())
    said = {key: value for key, _, value in pairs}
    assert bin(int(said["CapBnd"], 16)).count("1") == len(CAPABILITIES)
    assert said["CapBnd"] == said["CapEff"]
    assert said["NoNewPrivs"].strip() == "1"
    (size,) = [line for line in limits.splitlines() if line.startswith("Max file size")]
    assert size.split()[3] == str(Confinement().file_bytes)


def test_processes_are_bounded(engine: DockerEngine, tiny: str) -> None:
    confinement = Confinement(processes=20)
    script = "for i in $(seq 60); do sleep 30 & done; sleep 30"
    with run_container(engine, tiny, ["sh", "-c", script], confinement=confinement) as running:
        deadline = time.monotonic() + 10
        while not running.logs() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "fork" in " ".join(running.logs())


def test_a_large_file_is_cut_off(engine: DockerEngine, tiny: str) -> None:
    confinement = Confinement(file_bytes=1 << 20)
    script = "dd if=/dev/zero of=/big bs=64k count=64; wc -c < /big; sleep 30"
    with run_container(engine, tiny, ["sh", "-c", script], confinement=confinement) as running:
        deadline = time.monotonic() + 10
        while str(1 << 20) not in running.logs() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert str(1 << 20) in running.logs()


def test_a_container_that_writes_too_much_is_ended(engine: DockerEngine, tiny: str) -> None:
    """On this storage by a guard, elsewhere by a quota: then it is dd that fails."""
    check = replace(plan(timeout_s=30.0), confinement=Confinement(disk_bytes=64 << 20))
    writing = "i=0; while dd if=/dev/zero of=/big$i bs=1M count=8 2> /dev/null; do i=$((i+1)); done"
    status, failure = failed(engine, tiny, f"{writing}; echo full; exit 1", check)
    assert status is Status.check_failed
    if failure.exit_code != 1:
        assert "wrote more than 64 MiB in addition to its image" in failure.message


def test_it_may_still_take_another_user_and_a_low_port(engine: DockerEngine, tiny: str) -> None:
    script = (
        "mkdir -p /etc && echo 'web:x:7:7::/:/bin/sh' > /etc/passwd && mkdir /data"
        " && chown 7:7 /data && su web -c 'touch /data/file && exec httpd -f -p 80'"
    )
    with run_container(engine, tiny, ["sh", "-c", script]) as running:
        deadline = time.monotonic() + 10
        while True:
            try:
                running.connect_socket(80).close()
                break
            except OSError:
                assert time.monotonic() < deadline, running.logs()
                time.sleep(0.05)
