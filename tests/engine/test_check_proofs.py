"""Each way to tell that a container works, on images of a few kilobytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.project import Check, Proof
from runner.model.record import CheckRecord, Failure, Status
from runner.trial import still_running, structure
from runner.trial.check import run_check, started
from runner.trial.check_plan import CheckPlan, read_check
from runner.trial.failures import TrialEnded
from runner.trial.structure import check_structure
from tests.engine.contexts import build_image

SERVED = (
    "RUN mkdir -p /www/cgi-bin && echo '{\"total\": 2}' > /www/answer && echo well > /www/health"
)
REDIRECT = (
    "RUN printf '#!/bin/sh\\necho Status: 302\\necho Location: %s\\necho\\n' {target}"
    " > /www/cgi-bin/{name} && chmod +x /www/cgi-bin/{name}"
)
SERVICE = 'CMD ["httpd", "-f", "-p", "8000", "-h", "/www"]'


def image(engine: DockerEngine, folder: Path, *lines: str) -> str:
    """An image of busybox with these lines."""
    text = "\n".join(["FROM dockbench/test:tiny", SERVED, *lines, ""])
    return build_image(engine, folder, text, "dockbench/test:proof").image_id


def plan(**values: object) -> CheckPlan:
    """A check with these keys."""
    return read_check(Check(**{"timeout_s": 20.0, **values}), 8000, Path())  # type: ignore[arg-type]


def checked(engine: DockerEngine, image_id: str, check: CheckPlan) -> CheckRecord:
    """The record of a container that passes."""
    with started(engine, image_id, check) as running:
        return run_check(running, check, running.started_s)


def failed(engine: DockerEngine, image_id: str, check: CheckPlan) -> tuple[Status, Failure]:
    """How one that does not pass ends."""
    with pytest.raises(TrialEnded) as caught:
        checked(engine, image_id, check)
    return caught.value.status, caught.value.failure


@pytest.mark.usefixtures("tiny")
def test_a_program_finds_the_secrets_that_it_is_given(engine: DockerEngine, tmp_path: Path) -> None:
    reads = image(engine, tmp_path, "USER 65534", 'CMD ["cat", "/run/secrets/db-password"]')
    program = {"proof": Proof.exit_code, "answer_text": "a placeholder"}
    assert checked(engine, reads, plan(**program, secrets={"db-password": "a placeholder"}))
    _, failure = failed(engine, reads, plan(**program))
    assert "/run/secrets/db-password" in "\n".join([failure.message, *failure.log_tail])


@pytest.mark.usefixtures("tiny")
class TestAnswers:
    def test_status_text_and_json_of_an_answer(self, engine: DockerEngine, tmp_path: Path) -> None:
        served = image(engine, tmp_path, SERVICE)
        get = {"request_method": "GET", "request_path": "/answer"}
        assert checked(engine, served, plan(**get, answer_text='"total"')).answer_digest == ""
        assert checked(engine, served, plan(**get, answer_status=200)).healthy_s > 0
        found = plan(request_method="GET", request_path="/gone", answer_status=404)
        assert checked(engine, served, found)
        status, failure = failed(engine, served, plan(**get, answer_text="none"))
        assert (status, failure.step) == (Status.check_failed, "check: GET /answer")
        assert "does not hold 'none'" in failure.message
        _, failure = failed(engine, served, plan(**get, answer_status=404))
        assert failure.message.startswith("answered with status 200")

    def test_redirects_are_followed_as_far_as_is_said(
        self, engine: DockerEngine, tmp_path: Path
    ) -> None:
        lines = [
            REDIRECT.format(name="once", target="/answer"),
            REDIRECT.format(name="away", target="http://example.org/x"),
            REDIRECT.format(name="round", target="round"),
            SERVICE,
        ]
        served = image(engine, tmp_path, *lines)
        once = {"request_method": "GET", "request_path": "/cgi-bin/once", "answer_text": "total"}
        assert checked(engine, served, plan(**once, redirects=1))
        assert "status 302" in failed(engine, served, plan(**once))[1].message
        for name, said in (
            ("away", "redirects to example.org"),
            ("round", "more than 3 redirects"),
        ):
            path = {"request_method": "GET", "request_path": f"/cgi-bin/{name}", "answer_text": "x"}
            assert said in failed(engine, served, plan(**path, redirects=3))[1].message
        assert checked(engine, served, plan(health_path="/cgi-bin/once", redirects=1))


@pytest.mark.usefixtures("tiny")
def test_an_open_port(engine: DockerEngine, tmp_path: Path) -> None:
    served = image(engine, tmp_path, SERVICE)
    check = plan(proof=Proof.port)
    assert checked(engine, served, check).healthy_s > 0
    status, failure = failed(engine, served, replace(check, port=9000, timeout_s=3.0))
    assert status is Status.check_timeout
    assert failure.step == "check: port 9000"


@pytest.mark.usefixtures("tiny")
def test_a_line_of_its_log(engine: DockerEngine, tmp_path: Path) -> None:
    told = image(engine, tmp_path, 'CMD ["sh", "-c", "sleep 1; echo now ready; sleep 60"]')
    check = plan(proof=Proof.log, log_line="ready")
    assert checked(engine, told, check).healthy_s >= 1.0
    status, failure = failed(engine, told, replace(check, log_line="steady", timeout_s=3.0))
    assert (status, failure.step) == (Status.check_timeout, "check: log")
    assert "no line of its log holds 'steady'" in failure.message
    over = image(engine, tmp_path, 'CMD ["echo", "ready"]')
    assert "exited with 0" in failed(engine, over, check)[1].message, "it has to live on"


@pytest.mark.usefixtures("tiny")
def test_the_healthcheck_of_the_image(engine: DockerEngine, tmp_path: Path) -> None:
    test = "HEALTHCHECK --interval=1h CMD wget -q -O /dev/null http://127.0.0.1:8000/{}"
    check = plan(proof=Proof.healthcheck)
    assert checked(engine, image(engine, tmp_path, test.format("health"), SERVICE), check)
    ill = image(engine, tmp_path, test.format("gone"), SERVICE)
    status, failure = failed(engine, ill, replace(check, timeout_s=4.0))
    assert status is Status.check_timeout
    assert "its HEALTHCHECK says unhealthy" in failure.message
    without = image(engine, tmp_path, SERVICE)
    assert "the image has no HEALTHCHECK" in failed(engine, without, check)[1].message


@pytest.mark.usefixtures("tiny")
def test_a_program_and_how_it_ends(engine: DockerEngine, tmp_path: Path) -> None:
    program = image(engine, tmp_path, 'CMD ["sh", "-c", "echo total 2; exit 3"]')
    check = plan(proof=Proof.exit_code, exit_code=3, answer_text="total 2")
    assert checked(engine, program, check).healthy_s > 0
    assert checked(engine, program, plan(proof=Proof.exit_code, command=["true"]))
    status, failure = failed(engine, program, replace(check, exit_code=0))
    assert (status, failure.exit_code) == (Status.check_failed, 3)
    assert failure.message == "it ended with 3 and not with 0"
    assert (
        "did not print 'three'" in failed(engine, program, replace(check, text="three"))[1].message
    )
    slow = replace(check, command=("sleep", "60"), timeout_s=1.0)
    assert failed(engine, program, slow)[0] is Status.check_timeout


STRUCTURE = """\
schemaVersion: 2.0.0
commandTests:
  - {{name: shell, command: echo, args: [hi], expectedOutput: [hi]}}
fileExistenceTests:
  - {{name: health, path: {path}, shouldExist: true}}
metadataTest:
  cmd: [httpd, -f, -p, "8000", -h, /www]
"""


@pytest.mark.usefixtures("tiny")
def test_a_file_of_container_structure_test(engine: DockerEngine, tmp_path: Path) -> None:
    served = image(engine, tmp_path, SERVICE)
    for path, said in (("/www/health", ""), ("/www/gone", "health: ")):
        (tmp_path / "test.yaml").write_text(STRUCTURE.format(path=path))
        check = read_check(Check(structure_test="test.yaml"), 8000, tmp_path)
        if not said:
            check_structure(engine, served, check.structure)
            continue
        with pytest.raises(TrialEnded) as caught:
            check_structure(engine, served, check.structure)
        assert said in caught.value.failure.message


ENDLESS = """\
schemaVersion: 2.0.0
commandTests:
  - {name: endless, command: sleep, args: ["613"]}
"""


def alike(engine: DockerEngine, reference: str) -> set[str]:
    """The images of our tests with the layers of this one."""
    images = engine.images
    every = [images.find(one["Id"]) for one in images.search(labels.OWNER)]
    this = images.find(reference)
    assert this is not None
    return {one["Id"] for one in every if one and one["RootFS"] == this["RootFS"]}


@pytest.mark.usefixtures("tiny")
def test_a_structure_test_whose_time_is_over_leaves_no_container(
    engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = image(engine, tmp_path, SERVICE)
    (tmp_path / "test.yaml").write_text(ENDLESS)
    before = alike(engine, served)
    check = read_check(Check(structure_test="test.yaml"), 8000, tmp_path)
    monkeypatch.setattr(structure, "TIMEOUT_S", 4.0)
    with pytest.raises(TrialEnded) as caught:
        check_structure(engine, served, check.structure)
    assert "timed out after 4.0 seconds" in caught.value.failure.message
    left = [one for one in engine.containers.search() if one["Command"] == "sleep 613"]
    assert left == []
    assert alike(engine, served) == before, "what it committed the image to is gone, the image not"


@pytest.mark.usefixtures("tiny")
def test_a_process_that_goes_on_or_gets_as_far_as_the_network(
    engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still_running, "RUNS_S", 2.0)
    check = plan(proof=Proof.runs)
    worker = image(engine, tmp_path, 'CMD ["sleep", "60"]')
    assert checked(engine, worker, check).healthy_s >= 2.0
    said = "Cannot connect to host api.telegram.org:443 [Temporary failure in name resolution]"
    bot = image(engine, tmp_path, f'CMD ["sh", "-c", "echo {said}; exit 1"]')
    assert checked(engine, bot, check).healthy_s < 2.0
    broken = image(engine, tmp_path, 'CMD ["sh", "-c", "echo no module; exit 1"]')
    status, failure = failed(engine, broken, check)
    assert (status, failure.exit_code) == (Status.check_failed, 1)
    assert failure.message == "the container exited with 1 within 2 s of its start: no module"
    over = image(engine, tmp_path, 'CMD ["true"]')
    assert failed(engine, over, check)[1].exit_code == 0
