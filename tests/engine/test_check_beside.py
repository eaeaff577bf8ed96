"""Services beside a check on a real engine: reached by their names, waited for, removed with it."""

from __future__ import annotations

import pytest

from runner.engine.containers import Beside, may_enter_namespaces, run_container
from runner.engine.port import Engine
from runner.model import labels
from runner.model.errors import EngineError
from runner.model.ownership import Owner
from runner.trial.check import run_check
from runner.trial.check_plan import ANY, CheckPlan
from runner.trial.http import HttpRequest

DATABASE = ["sh", "-c", "sleep 0.5; mkdir /w; echo $WORD >/w/word; exec httpd -f -p 9000 -h /w"]
SHOP = "wget -q -O /tmp/index.html http://{host}:9000/word && exec httpd -f -p 8000 -h /tmp"


@pytest.fixture(autouse=True)
def _needs_namespaces(engine: Engine) -> None:
    if not may_enter_namespaces(engine):
        pytest.skip("this user enters no namespaces")


def ours(engine: Engine) -> int:
    """How many containers this process has there: others use the same engine."""
    return len(engine.containers.search(label=f"{labels.PROCESS}={Owner.current()}"))


@pytest.mark.parametrize("host", ["db", "localhost"])
def test_a_service_is_there_before_the_container_and_gone_with_it(
    engine: Engine, tiny: str, host: str
) -> None:
    before = ours(engine)
    services = [
        Beside("cache", tiny, 9100, command=["httpd", "-f", "-p", "9100", "-h", "/bin"]),
        Beside("db", tiny, 9000, {"WORD": "hello"}, DATABASE),
    ]
    command = ["sh", "-c", f"mkdir /tmp; {SHOP.format(host=host)}"]
    with run_container(engine, tiny, command, port=8000, services=services) as running:
        assert ours(engine) == before + 3
        question = HttpRequest("GET", "/index.html")
        checked = run_check(
            running, CheckPlan(question, question, ANY, 8000, 10.0), running.started_s
        )
        assert checked.network == "none"
        assert [item.port for item in running.listeners() or ()] == [8000]
    assert ours(engine) == before


def test_a_service_that_ends_is_named_and_nothing_is_left(engine: Engine, tiny: str) -> None:
    before = ours(engine)
    broken = Beside("db", tiny, 9000, command=["sh", "-c", "echo no room; exit 3"])
    with pytest.raises(EngineError, match=r"the service db \(.*\) does not listen on port 9000"):
        run_container(engine, tiny, ["sleep", "60"], services=[broken])
    assert ours(engine) == before
