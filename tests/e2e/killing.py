"""Kills a command at any moment, lets the same command run once more, and looks at what is left."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.engine.clean import our_containers
from runner.engine.docker.engine import DockerEngine
from runner.engine.ledger import Ledger
from runner.model import labels
from runner.model.paths import CachePaths, ResultPaths
from runner.store.records import RecordStore
from tests.e2e.commands import CommandLine, Running

WATCHDOG = "runner.sweep.watchdog"
"""Stands in the command line of the process that watches a run."""


@dataclass(frozen=True)
class Scene:
    """A command with a cache and a directory for temporary files of its own."""

    command: CommandLine
    cache: CachePaths
    temporary: Path
    arguments: Sequence[str]
    results: Path
    variants: int
    trials: int

    @classmethod
    def of(
        cls,
        command: CommandLine,
        cache: CachePaths,
        arguments: Sequence[str],
        results: str,
        variants: int,
        trials: int = 1,
    ) -> Scene:
        """The same command, its temporary files apart from all others."""
        temporary = command.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        environment: Mapping[str, str] = {**command.environment, "TMPDIR": str(temporary)}
        where = command.folder / "results" / results
        own = replace(command, environment=environment)
        return cls(own, cache, temporary, arguments, where, variants, trials)

    def start(self) -> Running:
        """Begin it."""
        return self.command.start(*self.arguments)

    def finish(self) -> float:
        """Let it run to its end; how long that took, in seconds."""
        begun = time.monotonic()
        done = self.start().wait()
        assert done.exit_code == 0, done
        return time.monotonic() - begun

    def records(self) -> Counter[tuple[str, int]]:
        """How many records each trial of each variant has."""
        found = RecordStore(ResultPaths(self.results)).read_all()
        return Counter((record.name, record.trial) for record in found)

    def left(self, engine: DockerEngine, images: set[str]) -> list[str]:
        """What is there that should not be, once a run has ended."""
        return [
            *(f"container {container['Names']}" for container in our_containers(engine)),
            *(f"network {name}" for name in _networks(engine)),
            *(f"image {image}" for image in sorted(our_images(engine) - images)),
            *(f"temporary {path}" for path in self.temporary.iterdir()),
            *(f"work copy {path}" for path in work_copies(self.cache)),
            *(f"note {build.path}" for build in Ledger.of(engine, self.cache).open_builds()),
            *(f"unfinished {path}" for path in _unfinished(self.cache.root)),
            *(f"unfinished {path}" for path in _unfinished(self.results)),
        ]

    def problems(self, engine: DockerEngine, images: set[str]) -> list[str]:
        """What is wrong after one more run: records that are missing or twice, and what is left."""
        counts, due = self.records(), self.variants * self.trials
        found = [] if len(counts) == due else [f"{len(counts)} of {due} records"]
        found += [
            f"{count} records of {name}, trial {trial}"
            for (name, trial), count in counts.items()
            if count != 1
        ]
        return found + self.left(engine, images)

    def kill(self, after_s: float, with_watchdog: bool) -> None:
        """Begin it and kill it after so long, and with it the process that watches it."""
        running = self.start()
        deadline = time.monotonic() + after_s
        while running.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if with_watchdog:
            kill_with_watchdog(running)
        else:
            _kill(running.process.pid)
            running.wait()


def kill_with_watchdog(running: Running) -> None:
    """Kill a command and the process that watches it."""
    for pid in (running.process.pid, *_watchdogs(running.process.pid)):
        _kill(pid)
    running.wait()


def work_copies(cache: CachePaths) -> list[Path]:
    """The copies of users' projects that are there."""
    return sorted(cache.work.glob("run-*.work"))


def moments(seed: int, count: int, seconds: float) -> Iterator[float]:
    """So many moments of a run that takes so long, spread over all of it."""
    drawn = random.Random(seed)
    for index in range(count):
        yield (index + drawn.random()) * seconds / count


def our_images(engine: DockerEngine) -> set[str]:
    """Ids and tags of images with our label."""
    found = engine.client.images.list(all=True, filters={"label": labels.OWNER})
    return {name for image in found for name in (str(image.id), *image.tags)}


def _networks(engine: DockerEngine) -> list[str]:
    found = engine.client.networks.list(filters={"label": labels.OWNER})
    return [str(network.name) for network in found]


def _unfinished(folder: Path) -> Iterator[Path]:
    """Files and directories that somebody began; an engine's own are not ours to judge."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if parts[0] != "engine" and path.name.endswith((".tmp", ".partial", ".building")):
            yield path


def _watchdogs(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if int(status[1]) == parent and WATCHDOG in words:
                found.append(int(entry.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
