"""`dockbench doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.engine.findings import Finding

ABOUT = "say what works on this machine, and what to do about the rest"
_COLOURS = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor` to the list of commands."""
    parser = commands.add_parser("doctor", help=ABOUT, description=ABOUT)
    parser.add_argument(
        "--json", metavar="FILE|-", help="write the findings as JSON; - prints nothing but JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine this machine; 0 if there is no problem, else 2."""
    from runner.cli.images import write_result
    from runner.cli.progress import LiveProgress
    from runner.engine.doctor import examine
    from runner.engine.findings import Status
    from runner.model.documents import to_json

    with LiveProgress() as progress:
        progress.begin("examining this machine", 10.0)
        findings = examine()
        progress.drop()
    if arguments.json:
        write_result(arguments.json, to_json(findings))
    if arguments.json != "-":
        show(findings)
    return 2 if any(finding.status is Status.problem for finding in findings) else 0


def show(findings: list[Finding]) -> None:
    """One line for each finding, and below it what to do next."""
    from rich.text import Text

    from runner.cli.console import results
    from runner.model.text import printable

    console = results()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        line = Text.assemble(
            (f"{finding.status.value:<8}", _COLOURS[finding.status.value]),
            (f"{finding.subject:<{width}}  ", "bold"),
            printable(finding.what),
        )
        console.print(line, soft_wrap=True)
        if finding.next_step:
            console.print(
                Text(f"{'':<8}{'':<{width}}  → {printable(finding.next_step)}"), soft_wrap=True
            )
