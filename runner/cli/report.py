"""`dockbench report RESULTS_DIR`: tables and figures again, from the records alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.analysis.findings import Findings
    from runner.model.paths import ResultPaths
    from runner.model.record import Record

ABOUT = "write tables and figures again from the records of a result directory"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report` to the list of commands."""
    parser = commands.add_parser("report", help=ABOUT, description=ABOUT)
    parser.add_argument("results", metavar="RESULTS_DIR", help="directory that holds records/")
    parser.add_argument(
        "--json", metavar="FILE|-", help="also write the rows as JSON; - prints nothing but JSON"
    )
    parser.add_argument(
        "--reference",
        metavar="VARIANT",
        default="",
        help="compare repeated times with this one: its label, name or id (default: the first step,"
        " or `defaults`)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; 0, or 1 if a variant failed. Raises `StoreError` without good records."""
    from runner.analysis.findings import find
    from runner.cli.output import say
    from runner.model.errors import StoreError
    from runner.model.paths import ResultPaths
    from runner.report.document import summary_json
    from runner.report.write import write_report
    from runner.store.atomic import write_text

    results = ResultPaths(Path(arguments.results))
    found = find(read(results))
    try:
        written = write_report(results, found, reference=arguments.reference)
    except StoreError:  # where nothing can be written, the table can be read all the same
        print_results(found, arguments)
        raise
    print_results(found, arguments)
    if arguments.json not in (None, "-"):
        write_text(Path(arguments.json), summary_json(found.frame))
        written.append(Path(arguments.json))
    if arguments.json != "-":
        for path in written:
            say(str(path))
    return 0 if found.passed else 1


def print_results(found: Findings, arguments: argparse.Namespace) -> None:
    """The table on stdout, or the JSON document alone."""
    from runner.cli.console import tables
    from runner.cli.output import document
    from runner.report.document import summary_json
    from runner.report.terminal import print_summary

    if arguments.json == "-":
        document(summary_json(found.frame))
    else:
        print_summary(found, tables(), arguments.reference)


def read(results: ResultPaths) -> list[Record]:
    """The folder's records; raises `StoreError` if there are none or one cannot be read."""
    from runner.model.errors import StoreError
    from runner.store.records import RecordStore

    if not results.root.is_dir():
        raise StoreError(f"{results.root}: no such directory: name one that `bench` wrote")
    records = RecordStore(results, slimmed=True).read_all()
    if not records:
        raise StoreError(f"{results.records}: no records; run `dockbench bench` first")
    return records
