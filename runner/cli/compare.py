"""`dockbench compare PROJECT`: measured alternatives for a project, and the one to take."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.arguments import add_command

if TYPE_CHECKING:
    from runner.compare.offers import Compared

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
understood, images with an interpreter in a root of its own follow. All must pass the same check.
How the project is installed, started and checked is detected, and told; a dockbench.yaml in it says
what cannot be. Nothing is ever written into the project. Results go to results/compare-NAME, the
choice with its reasons to recommended/ in it, with a patch and a summary for a pull request. The
exit code is 0, 1 if a Dockerfile of the project failed or the budget was too short to choose, and 2
if none passed.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compare` to the list of commands."""
    parser = add_command(commands, "compare", ABOUT, EXAMPLES)
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
        " and no others; several with commas, or given several times",
    )
    parser.add_argument(
        "--packages-as-of",
        metavar="DAY",
        type=day,
        help="install the packages of Python that the index had on that day, such as 2021-03-04"
        " (default: those of today; where the project fails with them, of its last commit's day)",
    )
    parser.add_argument(
        "--pin",
        action="store_true",
        help="write the images of the recommended Dockerfile by tag and digest",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="generate all that the project's dockbench.yaml asks for (parts), also above 1 GB",
    )
    parser.set_defaults(run=run)


def day(text: str) -> date:
    """A day that is over or goes on; raises `ArgumentTypeError` for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text!a} is not a day: give one such as 2021-03-04")
    if found > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError(f"{text} is in the future: give a day that has begun")
    return found


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
    from runner.project.inside import lies_in
    from runner.project.named import named_in_project, named_path, named_text

    found: dict[str, str] = {}
    root = Path(arguments.project).absolute()
    for name in arguments.env_file:
        path, said = named_path(Path(name), root).absolute(), f"--env-file {name}"
        theirs = lies_in(root, path)
        text = named_in_project(root, path, said) if theirs else named_text(path, said)
        found |= variables_of_file(text, said)
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
        only=[name for text in arguments.only for name in text.split(",")],
        packages_as_of=arguments.packages_as_of,
        pin=arguments.pin,
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
    """Write and print what a comparison came to; the exit code.

    All that draws tables and figures is imported here, not before anything is measured.
    """
    from runner.cli.compare_results import tell_all

    return tell_all(compared, json_to)
