"""kill -9 at many moments of a sweep, of `compare`, and of a run together with its watchdog.

    .venv/bin/python -m benchmarks.killed_anywhere [--moments 50] [--only sweep|watchdog|compare]

The sweep has six variants, three trials each (one where the watchdog is killed, too), the
comparison the five alternatives of a Dockerfile, and both are built on a base whose pip installs
nothing: starting pip was nearly all of a build, and none of dockbench. So a build takes a second.
Each moment: the command is killed, run once more, and then every trial has exactly one record, and
nothing is left on the engine, among temporary files, or half-written in cache and results. The
moments are spread over the whole run and drawn from a seed. It has an engine and a cache of its
own; stand-in bases and sizes of layers are the user's. Prints a line for each moment that left
something, and ends with 1 if there was one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from runner.engine.bases.providers import provide
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.linux.orphan_cleanup import unmount_below
from runner.model.levels import Provider
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from tests.e2e.commands import HERE, PAGE, UNWATCHED, CommandLine
from tests.e2e.conftest import QUICK, SLIM
from tests.e2e.killing import Scene, moments, our_images
from tests.engine.caches import own_cache
from tests.engine.contexts import build_image

NOWHERE = "unix:///nowhere/docker.sock"
BASE = "FROM {}\nRUN ln -sf /bin/true /usr/local/bin/pip\n"
SIX = ("base=quick", "deps=trimmed", "cache=keep,flags,purge", "bytecode=none,write", "-m")
SWEEP = ("bench", *PAGE, UNWATCHED, *SIX, "network=direct", "experiment.name=killed")
VARIANTS = {"sweep": 6, "watchdog": 6, "compare": 5}
TRIALS = {"sweep": 3}
"""Where there are more than one."""
COMPARE = ("compare", "shop", "--out", "results/compare", "--set", UNWATCHED)
SHOP = {
    "dockbench.yaml": "check: {health_path: /health}\n",
    "Dockerfile": f"""\
FROM {QUICK}
WORKDIR /app
RUN mkdir -p /srv/data
RUN date > /srv/data/made
ADD page page
EXPOSE 8000
CMD ["python", "-m", "page.app"]
""",
}


@contextmanager
def machine() -> Iterator[tuple[CommandLine, CachePaths]]:
    """A machine with no engine but its own, which is stopped at the end."""
    home = Path(tempfile.mkdtemp(prefix="killed-"))
    cache = own_cache(home / "cache" / "dockbench", "bases", "layers")
    work = home / "work"
    shutil.copytree(HERE / "page" / "repository" / "backend" / "page", work / "shop" / "page")
    for name, text in SHOP.items():
        (work / "shop" / name).write_text(text)
    environment = {"XDG_CACHE_HOME": str(home / "cache"), "DOCKER_HOST": NOWHERE}
    engine = EmbeddedEngine(cache.engine)
    try:
        engine.start()
        slim = provide(replace(SLIM, provider=Provider.standin), engine, Silent(), cache)
        build_image(engine, home, BASE.format(slim.reference), QUICK)
        yield CommandLine(work, environment), cache
    finally:
        engine.stop()
        unmount_below(home)
        shutil.rmtree(home)


def trouble(scene: Scene, engine: EmbeddedEngine, count: int, with_watchdog: bool) -> int:
    """How many of the moments left something; each is printed."""
    shutil.rmtree(scene.results, ignore_errors=True)
    seconds = scene.finish()
    engine.attach()
    images = our_images(engine)
    found = 0
    for number, moment in enumerate(moments(len(scene.arguments), count, seconds), start=1):
        shutil.rmtree(scene.results, ignore_errors=True)
        scene.kill(moment, with_watchdog)
        if problems := [*after(scene), *scene.problems(engine, images)]:
            found += 1
            print(
                f"killed after {moment:.2f} of {seconds:.0f} s: {'; '.join(problems)}", flush=True
            )
        print(f"{number} of {count} moments, {found} left something", file=sys.stderr, flush=True)
    return found


def after(scene: Scene) -> list[str]:
    """What is wrong with one more run itself."""
    done = scene.start().wait()
    return [f"exit code {done.exit_code}: {done.err[-500:]}"] if done.exit_code else []


def main(arguments: Sequence[str]) -> int:
    """Run it; 0 if no moment left anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--only", choices=("sweep", "watchdog", "compare"))
    asked = parser.parse_args(arguments)
    wanted = [asked.only] if asked.only else ["sweep", "watchdog", "compare"]
    bad = 0
    with machine() as (command, cache):
        for what in wanted:
            trials = TRIALS.get(what, 1)
            sweep = (*SWEEP, f"run.trials={trials}")
            words, name = (COMPARE, "compare") if what == "compare" else (sweep, "killed")
            scene = Scene.of(command, cache, words, name, VARIANTS[what], trials)
            engine = EmbeddedEngine(cache.engine)
            found = trouble(scene, engine, asked.moments, what == "watchdog")
            bad += found
            print(f"{what}: {asked.moments} moments, {found} left something", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
