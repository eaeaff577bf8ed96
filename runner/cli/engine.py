"""`dockbench engine start|stop|status`: the embedded engine by hand."""

from __future__ import annotations

import argparse
import sys

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
    print(engine.address)
    return 0


def stop(_: argparse.Namespace) -> int:
    """Stop it; its images and its build cache stay."""
    from runner.engine.embedded import EmbeddedEngine

    stopped = EmbeddedEngine().stop()
    print("stopped" if stopped else "the embedded engine was not running", file=sys.stderr)
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print whether it runs, with its address and version."""
    import msgspec

    from runner.engine.embedded import EmbeddedEngine

    engine = EmbeddedEngine()
    running = engine.attach()
    if arguments.json:
        state = {
            "running": running,
            "pid": engine.running_pid(),
            "address": engine.address,
            "engine": engine.info() if running else None,
        }
        print(msgspec.json.format(msgspec.json.encode(state), indent=1).decode())
    elif running:
        info = engine.info()
        print(
            f"running: {engine.address} (pid {engine.running_pid()}), "
            f"dockerd {info.version}, {info.storage_driver}"
        )
    else:
        print("not running: `dockbench engine start`")
    return 0
