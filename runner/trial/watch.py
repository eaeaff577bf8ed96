"""Why a container under a check does not answer: it has ended, or it listens where nobody comes."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Sequence
from typing import Protocol

from runner.engine.linux.listeners import Listener
from runner.model.confinement import Confinement
from runner.model.record import Status
from runner.trial.crashed import SILENT_S, Crash
from runner.trial.failures import TrialEnded, ended, error_line, telling_line, waiting_line
from runner.trial.listening import only_inside, unreached_because
from runner.trial.repeated_lines import end_without_repeats

ALIVE_S = 0.2
"""How often it is asked whether the container still runs, and where it listens."""

ASKED_S = 2.0
"""The same of a container on another kernel, in which a program has to be started to know."""

INSIDE_ONLY_S = 5.0
"""How long a service may listen on its own loopback alone before that is what it does."""

ENDING_S = 3.0
"""How long a container may take to be over once it has dropped a connection."""

AFTER_FIRST = "after its first answer"
BEFORE_HEALTHY = "before it was healthy"
ANSWERED = "it answered"
"""How a probe begins that was answered, if not as it should be: the service is reached then."""

_POLL_S = 0.05
_LINES_READ = 1500
_LINES = 40
_CAUSES = (
    (
        r"address (?:is )?already in use|EADDRINUSE|address in use",
        "its address is in use inside of the container already: two of its processes want one port",
    ),
    (
        r"no new privileges|operation not permitted|\bEPERM\b",
        "a check's container has few capabilities and gains no privileges (check.capabilities adds"
        " some, docs/security.md)",
    ),
    (
        r"cannot assign requested address|EADDRNOTAVAIL",
        "it is to listen on an address that no container has (::1, or one of another machine):"
        " bind 0.0.0.0",
    ),
    (
        r"out of memory|\bMemoryError\b",
        "it is short of memory: give it more with check.memory_bytes",
    ),
    (
        r"file size limit exceeded|\bEFBIG\b|file too large",
        "a file of a check's container may not become larger than its limit (docs/security.md)",
    ),
)
"""What a log says, and what that means."""


class Reachable(Protocol):
    """A running container, as far as a check needs it."""

    @property
    def network(self) -> str:
        """How it is reached: `none`, `internal` or `published`."""

    @property
    def confinement(self) -> Confinement:
        """Its limits."""

    def connect_socket(self, port: int, timeout_s: float = ...) -> socket.socket:
        """A TCP connection to a port of the container; raises `OSError` while nothing listens."""

    def listeners(self) -> Sequence[Listener] | None:
        """What listens in it; None if that cannot be seen."""

    def command(self) -> Sequence[str]:
        """The words of its first process."""

    def has_variable(self, name: str) -> bool:
        """Whether it is told this environment variable."""

    def exit_code(self) -> int | None:
        """The exit code of a container that has ended, None while it runs."""

    def health(self) -> str:
        """What the HEALTHCHECK of its image says: `starting`, `healthy`, `unhealthy`; empty for an
        image that has none."""

    def ran_out_of_memory(self) -> bool:
        """Whether one of its processes was ended at its memory limit."""

    def wrote_too_much(self) -> bool:
        """Whether it was ended because it wrote more than it may."""

    def logs(self, tail: int = ...) -> Sequence[str]:
        """The last lines that it printed."""


class Watch:
    """Looks after a container that does not answer yet, now and then."""

    def __init__(self, container: Reachable, port: int, started_s: float) -> None:
        self._container = container
        self._port = port
        self._next_s = started_s
        self._listeners_next_s = started_s
        self._inside_since_s: float | None = None
        self._log_next_s = started_s + SILENT_S
        self._crash = Crash()

    def look(self) -> None:
        """Raise `TrialEnded` for a container that has ended, for one that has listened on its own
        loopback alone for some seconds, and for one whose service has crashed while what restarts
        it waits; does nothing if it has just been looked at."""
        now = time.monotonic()
        if now < self._next_s:
            return
        raise_if_ended(self._container, BEFORE_HEALTHY)
        self._next_s = now + ALIVE_S
        if now < self._listeners_next_s:
            return
        self._listeners_next_s = now + (ASKED_S if self._container.network == "published" else 0)
        listeners = self._container.listeners()
        if listeners is not None and not listeners:
            self._look_for_crash(now)
        if not only_inside(listeners or (), self._port):
            self._inside_since_s = None
        elif self._inside_since_s is None:
            self._inside_since_s = now
        elif now - self._inside_since_s >= INSIDE_ONLY_S:
            raise self._unreached()

    def _look_for_crash(self, now: float) -> None:
        if now < self._log_next_s:
            return
        self._log_next_s = now + ASKED_S
        words = last_words(self._container)
        if self._crash.seen(words, now):
            message = f"nothing listens, and for {SILENT_S:g} s its log has ended with an exception"
            cause = cause_of(words)
            message = f"{message}: {cause}" if cause else message
            raise ended(Status.check_failed, "check: start", message, words)

    def over(self, step: str, late: str, said: str) -> TrialEnded:
        """What to raise when the time is over; `said` is the last that it answered."""
        raise_if_ended(self._container, BEFORE_HEALTHY)
        listeners = self._container.listeners()
        if listeners and only_inside(listeners, self._port):
            return self._unreached()
        words = last_words(self._container)
        reason = said or "it accepted no connection"
        if not said.startswith(ANSWERED) and listeners is not None:
            if why := self._why(listeners):
                reason = f"{reason}: it {why}"
            if not listeners and (cause := waiting_line(words) or error_line(words)):
                reason = f"{reason}; its log says: {cause}"
        if limit := _limit_of(self._container):
            reason = f"{reason}; {limit}"
        return ended(Status.check_timeout, step, f"{late}: {reason}", words)

    def _unreached(self) -> TrialEnded:
        why = self._why(self._container.listeners() or ())
        words = last_words(self._container)
        return ended(Status.check_failed, "check: connect", why, words)

    def _why(self, listeners: Sequence[Listener]) -> str:
        command = self._container.command()
        has_port = self._container.has_variable("PORT")
        return unreached_because(listeners, self._port, command, has_port)


def raise_if_ended(container: Reachable, when: str, patience_s: float = 0.0) -> None:
    """Raise `TrialEnded` with the cause, in one line, if the container has ended, or does so in the
    next `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while (exit_code := container.exit_code()) is None:
        if time.monotonic() >= deadline:
            return
        time.sleep(_POLL_S)
    words = last_words(container)
    cause = _limit_of(container) or cause_of(words)
    message = f"the container exited with {exit_code} {when}"
    message = f"{message}: {cause}" if cause else message
    raise ended(Status.check_failed, "check: start", message, words, exit_code)


def cause_of(words: Sequence[str]) -> str:
    """Why a program ended, by its last words; empty if it had none."""
    for line in reversed(words):
        for pattern, meaning in _CAUSES:
            if re.search(pattern, line, re.IGNORECASE):
                return f"{meaning} ({line.strip()})"
    return telling_line(words)


def last_words(container: Reachable) -> Sequence[str]:
    """What the container printed last, if it can still be asked; of what it printed for each
    request, which the check sends many of, one."""
    with contextlib.suppress(OSError):
        return end_without_repeats(container.logs(_LINES_READ), _LINES)
    return ()


def _limit_of(container: Reachable) -> str:
    """The limit at which a process of the container was ended; empty for none."""
    limits = container.confinement
    if container.wrote_too_much():
        size = _mebibytes(limits.disk_bytes or 0)
        return f"it was ended because it wrote more than {size} in addition to its image"
    if container.ran_out_of_memory():
        size = _mebibytes(limits.memory_bytes)
        return (
            f"the kernel killed a process of it at the memory limit of {size}: give it more with"
            " check.memory_bytes"
        )
    return ""


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
