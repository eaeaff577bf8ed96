"""`dockbench compare PROJECT`: measured alternatives for a project, and the one to take."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli import output
from runner.cli.arguments import Help

if TYPE_CHECKING:
    from runner.analysis.findings import Findings
    from runner.compare.offers import Compared, Offer
    from runner.model.errors import DockbenchError
    from runner.report.recommendation import Verdict

ABOUT = "measure alternatives for a project of yours and recommend one of them"
EXAMPLES = """\
examples:
  dockbench compare ../shop
  dockbench compare ../shop --dockerfile docker/Dockerfile.prod --out shop-images
  dockbench compare ../shop --set mirror=custom --set mirror.index_url=https://mirror.example/simple
  dockbench compare ../shop --grid --budget 2h
  dockbench compare ../shop --json -

Each Dockerfile of the project is built as it is, then with every improvement that applies to it;
for a project of Python, Node or Go that has none, the plain one. Where a project of Python is
understood, a ladder of our own follows. All must pass the same check. How the project is installed,
started and checked is detected, and told; a dockbench.yaml in it says what cannot be. Nothing is
ever written into the project. Results go to results/compare-NAME, the choice with its reasons to
recommended/ in it, with a patch and a summary for a pull request. The exit code is 0, 1 if a
Dockerfile of the project or a step that is meant to be shipped failed or the budget was too short
to choose, and 2 if none passed.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compare` to the list of commands."""
    parser = commands.add_parser(
        "compare",
        help=ABOUT,
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    parser.add_argument("project", metavar="PROJECT", help="directory of the project")
    parser.add_argument(
        "--dockerfile",
        metavar="FILE",
        action="append",
        default=[],
        help="a Dockerfile to be measured too, built in PROJECT; may be given several times",
    )
    parser.add_argument(
        "--out", metavar="DIR", default="", help="result directory (default: results/compare-NAME)"
    )
    parser.add_argument(
        "--json", metavar="FILE|-", help="also write the result as JSON; - prints nothing but JSON"
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a key of the configuration, as in `dockbench bench`",
    )
    parser.add_argument(
        "--base",
        metavar="IMAGE=OTHER",
        action="append",
        default=[],
        help="what to build on where an image cannot be had: python:3.12=python:3.11",
    )
    parser.add_argument(
        "--env",
        metavar="KEY[=VALUE]",
        action="append",
        default=[],
        help="a variable for the container of the check; in no image and no record",
    )
    parser.add_argument(
        "--env-file",
        metavar="FILE",
        action="append",
        default=[],
        help="a file of such variables, KEY=VALUE on each line, such as .env.example",
    )
    parser.add_argument(
        "--budget",
        metavar="TIME",
        type=budget_s,
        default=1200.0,
        help="how long to measure: 90s, 20m, 1h (default: 20m); begins nothing that does not fit,"
        " and the same command goes on",
    )
    parser.add_argument(
        "--trials",
        metavar="N",
        type=trials,
        help="measure each alternative so often, in shuffled blocks: for times (default: 1)",
    )
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--grid",
        dest="explore",
        action="store_const",
        const="grid",
        default="",
        help="then every combination of the edits that apply, the most promising first",
    )
    ways.add_argument(
        "--search",
        dest="explore",
        action="store_const",
        const="search",
        help="then combinations that optuna chooses, for small images and short rebuilds"
        " (pip install 'dockbench[optuna]')",
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="measure this alternative (together_multi, base=slim) beside the Dockerfile as it is,"
        " and no others; may be given several times",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="generate all that the project's dockbench.yaml asks for (parts), also above 1 GB",
    )
    parser.set_defaults(run=run)


def trials(text: str) -> int:
    """How often; raises `ArgumentTypeError` for what is no number of times."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!a} is not a number of times: give one, such as 5")
    return int(text)


_BUDGET = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smh])")
_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


def budget_s(text: str) -> float:
    """A time with its unit, in seconds; raises `ArgumentTypeError` for anything else."""
    match = _BUDGET.fullmatch(text)
    if match is None or not float(match[1]):
        raise argparse.ArgumentTypeError(
            f"{text!a} is not a time: give a number above 0 with its unit, such as 90s, 20m or 1h"
        )
    return float(match[1]) * _UNITS_S[match[2]]


def variables(arguments: argparse.Namespace) -> dict[str, str]:
    """What the container of the check is told; raises `ConfigError` for what is no variable, and
    for a file that cannot be read."""
    from runner.compare.environment import given_variables, variables_of_file
    from runner.model.errors import ConfigError

    found: dict[str, str] = {}
    for name in arguments.env_file:
        here, there = Path(name), Path(arguments.project) / name
        path = here if here.is_file() else there
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ConfigError(f"--env-file {name}: cannot be read ({reason})") from error
        found |= variables_of_file(text, f"--env-file {name}")
    return found | given_variables(arguments.env, os.environ)


def run(arguments: argparse.Namespace) -> int:
    """Measure, write, recommend; the exit code.

    Raises `ProjectError` if none passed, and what makes measuring anything pointless.
    """
    from runner.cli.progress import LiveProgress
    from runner.compare.comparison import Comparison
    from runner.compare.request import Request

    request = Request(
        Path(arguments.project),
        arguments.dockerfile,
        arguments.out,
        [*arguments.set, *([f"run.trials={arguments.trials}"] if arguments.trials else [])],
        bases=arguments.base,
        environment=variables(arguments),
        budget_s=arguments.budget,
        explore=arguments.explore or "",
        only=arguments.only,
        yes=arguments.yes,
    )
    progress = LiveProgress()
    comparison = Comparison(request, progress)
    try:
        try:
            with progress:
                compared = comparison.run()
        finally:
            comparison.close()
    except BaseException:
        with suppress(Exception):  # what ended the comparison is the message
            if (so_far := comparison.so_far()) is not None:
                tell(so_far, arguments.json)
        raise
    return tell(compared, arguments.json)


def tell(compared: Compared, json_to: str | None) -> int:
    """Write everything, print what is wanted; the exit code.

    Where too little is measured yet for a choice there are tables and figures alone, and the exit
    code is 1. Raises `ProjectError` if nothing passed.
    """
    from runner.analysis.findings import find
    from runner.cli.verdict import enough, nothing_passed, verdict
    from runner.model.paths import CachePaths
    from runner.model.record import Status
    from runner.report.adoption import comments
    from runner.report.document import comparison_json, summary_json
    from runner.report.figure_cache import DrawnFigures
    from runner.report.write import write_recommendation, write_report

    if not compared.records:
        raise nothing_measured(compared)
    found = find(compared.records)
    write_report(compared.results, found, DrawnFigures(CachePaths.default()))
    failed = {x.variant_id for x in compared.records if x.status is not Status.ok}
    if failed >= {x.variant_id for x in compared.records}:
        raise nothing_passed(compared)
    judged = verdict(compared) if enough(compared) else None
    if judged is not None:
        name = judged.recommendation.chosen.name
        chosen = next(offer for offer in compared.offers if offer.name == name)
        files = chosen.adopted(comments(judged, found.setting))
        write_recommendation(compared.results, judged, found, files)
    document = comparison_json(found.frame, judged) if judged else summary_json(found.frame)
    print_all(compared, found, judged, document, json_to)
    if judged is None:
        output.say(undecided(compared))
    return 1 if judged is None else exit_code(compared.offers, failed)


def undecided(compared: Compared) -> str:
    """Why there is no recommendation yet, and what to do."""
    return (
        f"dockbench: no recommendation yet: {len(compared.unmeasured)} of {len(compared.offers)}"
        " alternatives are not measured (--budget is over); the same command goes on with them"
    )


def nothing_measured(compared: Compared) -> DockbenchError:
    """The error of a comparison whose budget was too short for any trial."""
    from runner.model.errors import ConfigError

    return ConfigError(
        f"--budget: none of {len(compared.unmeasured)} alternatives fits into it (the first is"
        f" {compared.unmeasured[0]}): give more time, such as --budget 30m"
    )


def print_all(
    compared: Compared,
    found: Findings,
    judged: Verdict | None,
    document: str,
    json_to: str | None,
) -> None:
    """The JSON document where it is wanted; the table and the choice on stdout, unless that is for
    JSON alone."""
    from runner.store.atomic import write_text

    if json_to == "-":
        output.document(document)
        return
    if json_to:
        write_text(Path(json_to), document)
    print_verdict(compared, found, judged)


def exit_code(offers: Sequence[Offer], failed: Set[str]) -> int:
    """1 if a Dockerfile of the project's own, the plain one in its place or a step that is meant
    to be shipped failed; an edit of ours that does not work here is a result like any other."""
    counted = (offer for offer in offers if offer.shippable and not offer.improvement)
    return int(any(offer.variant_id in failed for offer in counted))


def print_verdict(compared: Compared, found: Findings, judged: Verdict | None) -> None:
    """The table, the choice and its reasons on stdout; where everything is on stderr."""
    from runner.cli.console import tables
    from runner.report.terminal import print_recommendation, print_rows, print_summary

    console = tables()
    print_summary(found, console)
    abouts = {offer.variant_id: (offer.name, offer.about) for offer in compared.offers}
    print_rows(
        [abouts[step.variant_id] for step in found.steps if step.variant_id in abouts], console
    )
    if judged is not None:
        print_recommendation(judged, console)
        output.say(f"Dockerfile and reasons: {compared.results.recommended}")
    output.say(f"tables and figures: {compared.results.root}")
