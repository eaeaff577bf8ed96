"""What tells that a program works which serves nothing, as bots and workers: its process goes on,
or gets as far as the network."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from runner.trial.check_plan import CheckPlan
from runner.trial.watch import Reachable, last_words, raise_if_ended

RUNS_S = 10.0
"""How long a process has to go on."""
_POLL_S = 0.1
_PUBLIC = r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}"
_UNRESOLVED = re.compile(
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname"
    r"|No address associated with hostname|Network is unreachable|ENOTFOUND|EAI_AGAIN|ENETUNREACH"
    r"|All connection attempts failed|no such host|server misbehaving"
)
_OF_A_CLIENT = re.compile(
    rf"Cannot connect to host {_PUBLIC}|host=['\"]{_PUBLIC}|(?:ENOTFOUND|EAI_AGAIN) {_PUBLIC}"
    rf"|\b(?:httpx|httpcore)\.ConnectError|\blookup {_PUBLIC}|resolve host:? ['\"‘]?{_PUBLIC}"
    r"|\btelegram\.error\.NetworkError|TelegramNetworkError"
)
"""What clients of services of the public network say; a database has no such name."""


def wait_while_it_runs(container: Reachable, plan: CheckPlan, started_s: float) -> float:
    """When the process has gone on for long enough, or has ended because it reached no host of the
    public network, by time.monotonic(); raises `TrialEnded` for one that ends otherwise."""
    over_s = started_s + min(RUNS_S, plan.timeout_s)
    while time.monotonic() < over_s:
        if container.exit_code() is not None:
            if not reached_no_host(last_words(container)):
                raise_if_ended(container, f"within {RUNS_S:g} s of its start")
            break
        time.sleep(_POLL_S)
    return time.monotonic()


def reached_no_host(log: Sequence[str]) -> bool:
    """Whether a program ended as it asked a host of the public network, by its last words."""
    text = "\n".join(log)
    return bool(_UNRESOLVED.search(text) and _OF_A_CLIENT.search(text))
