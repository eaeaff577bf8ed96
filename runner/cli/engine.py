"""`dockbench engine start|stop|status`: the embedded engine by hand."""

from __future__ import annotations

import argparse

from runner.cli.output import document, say, tell

ABOUT = "start, stop or look at the embedded engine"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `engine` to the list of commands."""
    parser = commands.add_parser("engine", help=ABOUT, description=ABOUT)
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--json", metavar="-", choices=("-",), help="status as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns 0. Raises `EngineError`."""
    actions = {"start": start, "stop": stop, "status": status}
    return actions[arguments.action](arguments)


def start(_: argparse.Namespace) -> int:
    """Start it, or find that it runs; prints its address."""
    from runner.cli.progress import LiveProgress
    from runner.engine.connect import connect

    with LiveProgress() as progress:
        engine = connect(progress, prefer="embedded")
    tell(engine.address)
    return 0


def stop(_: argparse.Namespace) -> int:
    """Stop it and the caching proxy; its images, its build cache and fetched packages stay."""
    from runner.engine.docker.embedded import EmbeddedEngine
    from runner.model.paths import CachePaths
    from runner.network.proxy import CachingProxy

    CachingProxy(CachePaths.default().network).stop()
    stopped = EmbeddedEngine().stop()
    say("stopped" if stopped else "the embedded engine was not running")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print whether it runs, with its address and version."""
    from runner.engine.connect import cannot_embed
    from runner.engine.defaults import PROBE_TIMEOUT_S
    from runner.engine.docker.daemon import unanswered
    from runner.engine.docker.embedded import EmbeddedEngine
    from runner.model.documents import to_json

    engine = EmbeddedEngine()
    answers = engine.attach()
    pid = engine.running_pid()
    if arguments.json:
        state = {
            "running": pid is not None,
            "answers": answers,
            "pid": pid,
            "address": engine.address,
            "engine": engine.info() if answers else None,
        }
        document(to_json(state))
    elif answers:
        info = engine.info()
        tell(
            f"running: {engine.address} (pid {pid}), dockerd {info.version}, {info.storage_driver}"
        )
    elif pid is not None:
        tell(f"running, but silent: {unanswered(pid, PROBE_TIMEOUT_S)}")
    elif reason := cannot_embed():
        tell(f"not running, and cannot run here: {reason}")
    else:
        tell("not running: `dockbench engine start`")
    return 0
