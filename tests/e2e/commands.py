"""`dockbench` as a person calls it: a working folder, an environment, and what came out."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.model.paths import ResultPaths
from runner.model.record import Record
from runner.store.records import RecordStore

HERE = Path(__file__).parent
CONFIGS = HERE / "configs"
PAGE = ("--config-dir", str(CONFIGS), "project=page", f"project.folder={HERE / 'page'}")
"""The project of these tests, found through their own configuration folder."""

DOCKBENCH = str(Path(sys.executable).with_name("dockbench"))
PATIENCE_S = 600.0
"""How long a command may take here; what is tested takes seconds."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    exit_code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The line that the command ended with: there is exactly one, and no traceback."""
        assert "Traceback" not in self.err, self.err
        (line,) = [line for line in self.err.splitlines() if line.startswith("dockbench: ")]
        assert self.err.rstrip().endswith(line), self.err
        return line


@dataclass(frozen=True)
class Results:
    """A result folder, read as the next command would."""

    paths: ResultPaths

    @property
    def records(self) -> list[Record]:
        """Every record, oldest first; one that is not whole raises."""
        return RecordStore(self.paths).read_all()

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of summary.csv."""
        with (self.paths.tables / "summary.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def left_overs(self) -> list[str]:
        """Files that somebody began and did not finish."""
        return [str(path) for path in self.paths.root.rglob(".*") if path.name.endswith(".tmp")]

    def assert_whole(self, count: int) -> None:
        """There are so many records, all readable, and nothing half-written."""
        assert len(self.records) == count
        assert self.left_overs() == []


@dataclass(frozen=True)
class CommandLine:
    """Calls of dockbench from one working folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    """Overrides that stand in every `bench`."""
    before: tuple[str, ...] = ()
    """Program that runs the command (setpriv)."""

    def with_overrides(self, *overrides: str) -> CommandLine:
        """The same, with further overrides in every `bench`."""
        return replace(self, usual=(*self.usual, *overrides))

    def bench(self, *overrides: str, expect: int | None = 0) -> Done:
        """`dockbench bench` with the tests' own project."""
        return self.run("bench", *PAGE, *self.usual, *overrides, expect=expect)

    def start_bench(self, *overrides: str) -> subprocess.Popen[str]:
        """The same, not waited for."""
        return self.start("bench", *PAGE, *self.usual, *overrides)

    def run(self, *arguments: str, expect: int | None = 0) -> Done:
        """Run a command; its exit code must be as expected (None: any)."""
        done = wait(self.start(*arguments))
        assert expect is None or done.exit_code == expect, done
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a shell would."""
        return subprocess.Popen(
            [*self.before, DOCKBENCH, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def results(self, name: str) -> Results:
        """The result folder of an experiment."""
        return Results(ResultPaths(self.folder / "results" / name))


def wait(process: subprocess.Popen[str]) -> Done:
    """What a command came to."""
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return Done(process.returncode, out, err)


def wait_for(what: str, happens: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something happens while a command runs, or fail."""
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert process.poll() is None, f"the command ended before {what}: {wait(process)}"
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)
