"""`dockbench clean`: removes what dockbench made on the engines, and nothing else."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from runner.cli.output import say
from runner.model.amounts import size

if TYPE_CHECKING:
    from runner.engine.clean import CleanReport
    from runner.engine.port import Engine

ABOUT = (
    "remove the images, containers and networks that dockbench made, and what its own engine keeps"
    " of builds"
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `clean` to the list of commands."""
    parser = commands.add_parser("clean", help=ABOUT, description=ABOUT)
    parser.add_argument(
        "--all",
        action="store_true",
        help="also stop the embedded engine and remove its data and the cache directory",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Clean every engine that is there, and say what had to stay; returns 0."""
    from runner.engine.clean import clean, remove_embedded
    from runner.engine.connect import engines
    from runner.model.paths import CachePaths, files_bytes
    from runner.network.proxy import CachingProxy

    for engine in engines(with_embedded=not arguments.all):
        show(engine, clean(engine))
    if arguments.all:
        CachingProxy(CachePaths.default().network).stop()
        removed = remove_embedded()
        root = CachePaths.default().root
        say(f"{root}: {'removed' if removed else 'not there'}")
    elif held := files_bytes(CachePaths.default().bases):
        say(f"kept {size(held)} of base images made here (`dockbench clean --all` removes them)")
    return 0


def show(engine: Engine, report: CleanReport) -> None:
    """What was removed, on one line; then what had to stay, each with the reason."""
    freed = report.build_cache_bytes
    say(
        f"{engine.address}: removed {len(report.containers)} containers, "
        f"{len(report.images)} images, {len(report.networks)} networks"
        + (f", {size(freed)} of build cache" if freed else "")
    )
    for reason in report.kept:
        say(f"kept {reason}")
    if not engine.is_private:
        say(
            "kept the engine's build cache, with the cache mounts dockbench-*: Docker empties all"
            " of it or nothing (`docker builder prune`)"
        )
