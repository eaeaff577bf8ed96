"""What dockbench adds to a cold build, against `docker build --no-cache` of the same thing.

    .venv/bin/python -m benchmarks.cold_build_overhead [--pairs 7] [HYDRA OVERRIDES]

Both build the same Dockerfile from the same context on the same engine, in pairs whose order is
drawn from a seed. On our side everything counts that the runner does for a build: packing the
context, sending it, reading the engine's messages. Prints the ratio of the medians and exits with
1 if it is above the limit.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from runner.engine.builders import builder_for
from runner.model.engine import BuilderName, BuildRequest
from runner.model.labels import OWNER
from runner.model.levels import Base
from runner.model.paths import CachePaths
from runner.recipe.context import write_context
from runner.recipe.render import render
from runner.sweep.app import Job, run_jobs
from runner.sweep.progress import SilentSweep
from runner.sweep.workshop import Workshop

LIMIT = 1.03
"""At most 3 % on top of the command line's own time."""


class Subject:
    """One Dockerfile and one context, ready to be built by either side."""

    def __init__(self, job: Job, workshop: Workshop) -> None:
        config = job.config
        base: Base = config.base
        image = workshop.base(base)
        recipe = render(config.levels(), config.project, config.builder, image.package_manager)
        self.workshop = workshop
        self.recipe = recipe
        self.root = workshop.project(config.project).root / recipe.context
        self.build_args = {"BASE_IMAGE": image.reference}

    def ours(self, folder: Path) -> None:
        """Pack and build as a trial does."""
        written = write_context(
            self.root, self.recipe.dockerignore, self.recipe.dockerfile, folder / "context.tar"
        )
        result = builder_for(BuilderName.buildkit, self.workshop.engine).build(
            BuildRequest(
                context=str(written.path),
                dockerfile=written.dockerfile,
                tag="dockbench/benchmark:ours",
                build_args=self.build_args,
                labels={OWNER: "benchmark"},
                no_cache=True,
            )
        )
        if result.failure is not None:
            raise SystemExit(f"our build failed: {result.failure}")

    def theirs(self, folder: Path, docker: str) -> None:
        """The command line's build of the same."""
        (folder / "Dockerfile").write_text(self.recipe.dockerfile)
        if self.recipe.dockerignore:
            (folder / "Dockerfile.dockerignore").write_text(self.recipe.dockerignore)
        arguments = [
            arg for pair in self.build_args.items() for arg in ("--build-arg", "=".join(pair))
        ]
        network = self.workshop.engine.build_network
        command = [
            *(docker, "--host", self.workshop.engine.address, "build", "--no-cache", "--progress"),
            *("plain", "--network", network, "--tag", "dockbench/benchmark:theirs"),
            *("--label", f"{OWNER}=benchmark", "--file", str(folder / "Dockerfile")),
            *arguments,
            str(self.root),
        ]
        environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"their build failed: {done.stderr[-2000:]}")


def buildkit_cli() -> str:
    """A docker command that can drive BuildKit: one with buildx, or one older than version 23."""
    for folder in os.get_exec_path():
        found = shutil.which("docker", path=folder)
        if found is None:
            continue
        version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
        major = int("".join(filter(str.isdigit, version.split("version ")[-1].split(".")[0])) or 0)
        buildx = subprocess.run([found, "buildx", "version"], capture_output=True)
        if buildx.returncode == 0 or major < 23:
            return found
    raise SystemExit("no docker command line that can drive BuildKit is on PATH")


def timed(build: Callable[[Path], None]) -> float:
    """Wall seconds of one build in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="dockbench-benchmark-") as folder:
        started = time.perf_counter()
        build(Path(folder))
        return time.perf_counter() - started


def compare(subject: Subject, pairs: int, seed: int) -> tuple[list[float], list[float]]:
    """Seconds of our builds and of theirs, one of each in every pair."""
    docker = buildkit_cli()
    sides: dict[str, Callable[[Path], None]] = {
        "ours": subject.ours,
        "theirs": lambda folder: subject.theirs(folder, docker),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    order = random.Random(seed)
    for build in sides.values():
        build_once_s = timed(build)
        print(f"warm-up {build_once_s:.2f} s", file=sys.stderr)
    for pair in range(pairs):
        for name in order.sample(list(sides), 2):
            took[name].append(timed(sides[name]))
        print(
            f"pair {pair + 1}/{pairs}: ours {took['ours'][-1]:.2f} s,"
            f" theirs {took['theirs'][-1]:.2f} s",
            file=sys.stderr,
        )
    return took["ours"], took["theirs"]


def main() -> int:
    """Compare, print, judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("overrides", nargs="*", default=["base=slim", "deps=trimmed"])
    given = options.parse_args()
    results: list[tuple[list[float], list[float]]] = []

    def job(job: Job) -> None:
        workshop = Workshop.open(SilentSweep(), CachePaths.default(), "auto")
        try:
            results.append(compare(Subject(job, workshop), given.pairs, given.seed))
        finally:
            workshop.close()

    run_jobs(given.overrides, job)
    ours, theirs = results[0]
    ratio = median(ours) / median(theirs)
    print(
        f"median of {given.pairs}: ours {median(ours):.2f} s, docker build {median(theirs):.2f} s,"
        f" ratio {ratio:.3f} (limit {LIMIT})"
    )
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
