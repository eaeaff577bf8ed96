"""What dockbench adds to a cold build, against `docker build --no-cache` of the same thing.

    .venv/bin/python -m benchmarks.cold_build_overhead [--rounds 15] [HYDRA OVERRIDES]

Both build the same Dockerfile from the same context on the same engine, in rounds whose order is
drawn from a seed. On our side everything counts that the runner does for a build: packing the
context, sending it, reading the engine's messages.

The engine keeps the files that `docker build` sent from a folder and is sent only the changes the
next time, which `--no-cache` does not change. A cold build sends everything, so the command line
builds from a copy of the context that the engine has not seen; its time from a folder that the
engine knows already is printed beside it. Prints the ratio of the medians and exits with 1 if the
one of cold to cold is above the limit.
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
from runner.engine.built_images import remove_image
from runner.model.engine import BuilderName, BuildRequest
from runner.model.labels import OWNER
from runner.model.levels import Base
from runner.model.paths import CachePaths
from runner.recipe.packing import pack_context
from runner.recipe.render import render
from runner.sweep.app import composer
from runner.sweep.config import Config
from runner.sweep.progress import SilentSweep
from runner.sweep.session import Session

CONTEXT = "context"
OURS_TAG, THEIRS_TAG = "dockbench/benchmark:ours", "dockbench/benchmark:theirs"
LIMIT = 1.03
"""At most 3 % on top of the command line's own time."""


class Subject:
    """One Dockerfile and one context, ready to be built by either side."""

    def __init__(self, config: Config, session: Session) -> None:
        base: Base = config.base
        image = session.base(base)
        recipe = render(config.levels(), config.project, config.builder, image.package_manager)
        self.session = session
        self.recipe = recipe
        self.root = session.project(config.project).root / recipe.context
        self.build_args = {"BASE_IMAGE": image.reference}

    def ours(self, _: Path) -> None:
        """Pack and build as a trial does."""
        context = pack_context(self.root, self.recipe.dockerignore, self.recipe.dockerfile)
        result = builder_for(BuilderName.buildkit, self.session.engine).build(
            BuildRequest(
                context=context,
                dockerfile=context.dockerfile,
                tag=OURS_TAG,
                build_args=self.build_args,
                labels={OWNER: "benchmark"},
                no_cache=True,
            )
        )
        if result.failure is not None:
            raise SystemExit(f"our build failed: {result.failure}")

    def remove_images(self) -> None:
        """Room for the next build; the engine keeps the layers of an image that it still has."""
        for tag in (OURS_TAG, THEIRS_TAG):
            remove_image(self.session.engine, tag)

    def theirs(self, folder: Path, docker: str, context: Path) -> None:
        """The command line's build of the same, from a folder with the context's files."""
        (folder / "Dockerfile").write_text(self.recipe.dockerfile)
        if self.recipe.dockerignore:
            (folder / "Dockerfile.dockerignore").write_text(self.recipe.dockerignore)
        arguments = [
            arg for pair in self.build_args.items() for arg in ("--build-arg", "=".join(pair))
        ]
        network = self.session.engine.build_network
        command = [
            *(docker, "--host", self.session.engine.address, "build", "--no-cache", "--progress"),
            *("plain", "--network", network, "--tag", THEIRS_TAG),
            *("--label", f"{OWNER}=benchmark", "--file", str(folder / "Dockerfile")),
            *arguments,
            str(context),
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


Build = Callable[[Path], None]
"""A build in a folder of its own, which holds a copy of the context if that was asked for."""

OURS, COLD, KNOWN = "ours", "docker build", "docker build, context known"


def timed(subject: Subject, build: Build, copy_of: Path | None = None) -> float:
    """Wall seconds of one build in a folder of its own; the copy is made before, the image is
    removed after."""
    with tempfile.TemporaryDirectory(prefix="dockbench-benchmark-") as folder:
        if copy_of is not None:
            shutil.copytree(copy_of, Path(folder) / CONTEXT, symlinks=True)
        started = time.perf_counter()
        build(Path(folder))
        took_s = time.perf_counter() - started
    subject.remove_images()
    return took_s


def compare(subject: Subject, rounds: int, seed: int) -> dict[str, float]:
    """Median seconds of each side, one build of each in every round."""
    docker = buildkit_cli()
    sides: dict[str, tuple[Build, Path | None]] = {
        OURS: (subject.ours, None),
        COLD: (lambda own: subject.theirs(own, docker, own / CONTEXT), subject.root),
        KNOWN: (lambda own: subject.theirs(own, docker, subject.root), None),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    order = random.Random(seed)
    for name, side in sides.items():
        print(f"warm-up: {name} {timed(subject, *side):.2f} s", file=sys.stderr)
    for number in range(rounds):
        for name in order.sample(list(sides), len(sides)):
            took[name].append(timed(subject, *sides[name]))
        said = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in took.items())
        print(f"round {number + 1}/{rounds}: {said}", file=sys.stderr)
    return {name: median(times) for name, times in took.items()}


def main() -> int:
    """Compare, print, judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("overrides", nargs="*", default=["base=slim", "deps=trimmed"])
    given = options.parse_args()
    with composer() as compose:
        config = compose(given.overrides)
    session = Session.open(SilentSweep(), CachePaths.default(), "auto")
    try:
        medians = compare(Subject(config, session), given.rounds, given.seed)
    finally:
        session.close()
    for name, median_s in medians.items():
        print(f"{name:28} {median_s:6.2f} s, ours is {medians[OURS] / median_s:.3f} of it")
    ratio = medians[OURS] / medians[COLD]
    print(f"cold to cold, median of {given.rounds}: ratio {ratio:.3f} (limit {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
