"""`dockbench` as a person calls it: a working folder, an environment, and what came out."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from runner.engine.files import UNFINISHED
from runner.model.paths import ResultPaths
from runner.model.record import Record
from runner.store.atomic import TEMPORARY
from runner.store.records import RecordStore

HERE = Path(__file__).parent
CONFIGS = HERE / "configs"
PAGE = ("--config-dir", str(CONFIGS), "project=page", f"project.folder={HERE / 'page'}")
"""The project of these tests, found through their own configuration folder."""

UNWATCHED = "run.floor=false"
"""For a bench that is about something else: no second run of the check."""

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
    def told(self) -> str:
        """The results on one line, wherever the terminal would break them."""
        return " ".join(self.out.split())

    @property
    def error(self) -> str:
        """The line that the command ended with: there is exactly one, and no traceback."""
        assert "Traceback" not in self.err, self.err
        (line,) = [line for line in self.err.splitlines() if line.startswith("dockbench: ")]
        assert self.err.rstrip().endswith(line), self.err
        return line


LAST_BYTES = {
    ".svg": b"</svg>\n",
    ".png": b"IEND\xaeB`\x82",
    ".json": b"}\n",
    ".html": b"</html>\n",
}
"""What whole files end with; others are texts, which end a line."""


def is_finished(path: Path) -> bool:
    """Whether a file of a result folder is no temporary one, and is there to its end."""
    temporary = path.name.endswith((TEMPORARY, UNFINISHED))
    return not temporary and path.read_bytes().endswith(LAST_BYTES.get(path.suffix, b"\n"))


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
        """Files that somebody began and did not finish: by their names, or by how they end."""
        files = [path for path in self.paths.root.rglob("*") if path.is_file()]
        return [str(path) for path in files if not is_finished(path)]

    def assert_whole(self, count: int) -> None:
        """There are so many records, all readable, and nothing half-written."""
        assert len(self.records) == count
        assert self.left_overs() == []


@dataclass(frozen=True)
class Running:
    """A command that runs; what it prints goes to files, so that it never waits for a reader."""

    process: subprocess.Popen[bytes]
    out: IO[str]
    err: IO[str]

    @property
    def said(self) -> str:
        """What it has said on stderr so far."""
        self.err.seek(0)
        return self.err.read()

    def wait_for(
        self, what: str, happens: Callable[[], object], *, while_it_runs: bool = True
    ) -> None:
        """Wait until something happens, or fail."""
        deadline = time.monotonic() + PATIENCE_S
        while not happens():
            ended = while_it_runs and self.process.poll() is not None
            assert not ended, f"ended before {what}: {self.said}"
            assert time.monotonic() < deadline, f"{what} did not happen: {self.said}"
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> Done:
        """Send a signal to its process group, as a terminal does, and wait for its end."""
        os.killpg(self.process.pid, number)
        return self.wait()

    def wait(self) -> Done:
        """What it came to."""
        try:
            self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.out.seek(0)
        return Done(self.process.returncode, self.out.read(), self.said)


@dataclass(frozen=True)
class CommandLine:
    """Calls of dockbench from one working folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    """Overrides that stand in every `bench`."""
    before: tuple[str, ...] = ()
    """Program that runs the command (setpriv)."""

    def on_path(self, experiment: str) -> CommandLine:
        """The same, for a path whose steps set `deps` themselves."""
        usual = (word for word in self.usual if not word.startswith("deps="))
        return replace(self, usual=(f"experiment={experiment}", *usual))

    def bench(self, *overrides: str, expect: int | None = 0) -> Done:
        """`dockbench bench` with the tests' own project."""
        return self.run("bench", *PAGE, *self.usual, *overrides, expect=expect)

    def start_bench(self, *overrides: str) -> Running:
        """The same, not waited for."""
        return self.start("bench", *PAGE, *self.usual, *overrides)

    def run(self, *arguments: str, expect: int | None = 0) -> Done:
        """Run a command; its exit code must be as expected (None: any)."""
        done = self.start(*arguments).wait()
        assert expect is None or done.exit_code == expect, done
        return done

    def start(self, *arguments: str) -> Running:
        """Start a command in a process group of its own, as a shell would."""
        out, err = (tempfile.TemporaryFile("w+") for _ in range(2))  # noqa: SIM115 - see Running
        process = subprocess.Popen(
            [*self.before, DOCKBENCH, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        return Running(process, out, err)

    def results(self, name: str) -> Results:
        """The result folder of an experiment."""
        return Results(ResultPaths(self.folder / "results" / name))
