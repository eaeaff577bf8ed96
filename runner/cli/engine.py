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
    """Stop it; its images and its build cache stay."""
    from runner.engine.embedded import EmbeddedEngine

    stopped = EmbeddedEngine().stop()
    say("stopped" if stopped else "the embedded engine was not running")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print whether it runs, with its address and version."""
    from runner.engine.embedded import EmbeddedEngine
    from runner.model.documents import to_json

    engine = EmbeddedEngine()
    running = engine.attach()
    if arguments.json:
        state = {
            "running": running,
            "pid": engine.running_pid(),
            "address": engine.address,
            "engine": engine.info() if running else None,
        }
        document(to_json(state))
    elif running:
        info = engine.info()
        tell(
            f"running: {engine.address} (pid {engine.running_pid()}), "
            f"dockerd {info.version}, {info.storage_driver}"
        )
    else:
        tell("not running: `dockbench engine start`")
    return 0
