"""`dockbench bench`: run an experiment, then write its tables and figures.

A Hydra application: everything behind `bench` is Hydra's, so this parser only serves `--help`.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.model.paths import ResultPaths
    from runner.model.record import Record
    from runner.sweep.process import Process

ABOUT = "build, check and measure the variants of an experiment"
EXAMPLES = """\
examples:
  dockbench bench experiment=progression             replay the 2.3 GB to 105 MB progression
  dockbench bench -m base=full,slim,alpine           one variant for each base
  dockbench bench -m base=slim cache=keep,purge experiment.name=caches
  dockbench bench experiment=progression run.trials=5
  dockbench bench experiment=progression --dry-run   what there is to measure, and how long it takes
  dockbench bench base=slim base.provider=standin    do not ask a registry
  dockbench bench --cfg job                          show the configuration and stop

Give levels as FACTOR=LEVEL and any key of the configuration as KEY=VALUE; several values for a key
are separated by commas. All of Hydra's options work (--hydra-help). What was measured on this
engine before is not measured again (run.fresh=true measures it again). Results go to
results/EXPERIMENT.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bench` to the list of commands."""
    commands.add_parser("bench", help=ABOUT, add_help=False)


def run(given: list[str]) -> int:
    """Run the experiment that the overrides describe; 0, or 1 if a variant failed."""
    from runner.cli.arguments import hydra_arguments

    if {"-h", "--help"} & set(given):
        print(help_text(given))
        return 0
    return measure(hydra_arguments(given))


def measure(arguments: list[str]) -> int:
    """Run the sweep with live progress; tables and figures are written even if it is cut short."""
    from runner.cli.output import tell
    from runner.cli.progress import LiveProgress
    from runner.sweep import app
    from runner.sweep.process import process

    progress = LiveProgress()
    touched: list[ResultPaths] = []
    try:
        with progress, process(progress) as ours:
            touched = ours.touched
            app.run(arguments)
    except BaseException:
        for results in touched:
            with suppress(Exception):  # what ended the sweep is the message
                summarise(results)
        raise
    for line in ours.plan:
        tell(line)
    for results in touched:
        summarise(results)
    return tell_failures(ours)


def tell_failures(ours: Process) -> int:
    """What failed and why, a line each; the exit code of the sweep."""
    from runner.cli.output import say
    from runner.sweep.job import failure_line

    failed = [failure_line(record) for record in ours.failed]
    missing = [f"{what}: not measured: {why}" for what, why in ours.unmeasured]
    if failed or missing:
        say(f"{len(failed) + len(missing)} of {ours.launched} trials failed:")
    for line in [*failed, *missing]:
        say(f"  {line}")
    return 2 if missing else 1 if failed else 0


def summarise(results: ResultPaths) -> None:
    """Write tables and figures from the records, print the table, say where everything is."""
    from runner.analysis.findings import find
    from runner.cli.console import tables
    from runner.cli.output import say
    from runner.model.paths import CachePaths
    from runner.report.figure_cache import DrawnFigures
    from runner.report.terminal import print_summary
    from runner.report.write import write_report
    from runner.store.records import RecordStore

    records = RecordStore(results, slimmed=True).read_all()
    if not records:
        return
    found = find(records)
    write_report(results, found, DrawnFigures(CachePaths.default()))
    print_summary(found, tables())
    say(f"tables and figures: {results.root}")
    compare_with_reference(results, records)


def compare_with_reference(results: ResultPaths, records: Sequence[Record]) -> None:
    """A line for each row that the committed reference run has too, where there is one."""
    from runner.analysis.against_reference import against_reference
    from runner.cli.output import say
    from runner.model.errors import DockbenchError
    from runner.model.paths import ResultPaths, data_root, real
    from runner.report.terminal import reference_line
    from runner.store.records import RecordStore

    reference = ResultPaths(data_root() / "results" / "reference" / results.root.name)
    if not reference.records.is_dir() or real(reference.root) == real(results.root):
        return
    try:
        known = RecordStore(reference, slimmed=True).read_all()
    except DockbenchError:
        return
    rows = against_reference(sorted(records, key=lambda one: one.step or 0), known)
    if rows:
        say(f"next to the reference run ({len(rows)} rows):")
    for row in rows:
        say(f"  {reference_line(row)}")


def help_text(given: list[str]) -> str:
    """Usage, examples and every level with its one line, the user's own too."""
    from runner.cli.arguments import hydra_arguments
    from runner.cli.levels import levels_text
    from runner.sweep.trust import named_directories

    asked = [word for word in given if word not in ("-h", "--help")]
    named = named_directories(hydra_arguments(asked))
    usage = "usage: dockbench bench [-m] [FACTOR=LEVEL ...] [KEY=VALUE ...]"
    return f"{usage}\n\n{ABOUT}\n\n{EXAMPLES}\n{levels_text(named)}"
