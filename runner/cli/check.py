"""`dockbench check IMAGE`: whether an image keeps its budget; made for continuous integration."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli import images
from runner.cli.arguments import Help
from runner.cli.output import say
from runner.model.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.analysis.budget import Rule
    from runner.model.anatomy import AnatomyDocument
    from runner.report.inspect.check import CheckDocument
    from runner.store.baseline import Baseline

ABOUT = "say whether an image keeps its budget: exit code 0 if it does, 1 if not, 2 if unmeasured"
EXAMPLES = """\
examples:
  dockbench check app:latest --max-size 120MB --max-waste 5MB
  dockbench check app.tar --max-waste-percent 5 --min-waste-bytes 1MB
  dockbench check app:latest --write-baseline baseline.json
  dockbench check app:latest --baseline baseline.json --max-growth 5% --min-growth-bytes 1MB
  dockbench check app:latest --dive-ci .dive-ci

A rule on a share has an absolute floor beside it: it fails only if both are exceeded. Sizes are
written as 120MB (10^6), 1.5GiB (2^30) or a number of bytes. A .dive-ci file in the current folder
is read too; its rules are judged by dive's own numbers.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` to the list of commands."""
    parser = commands.add_parser(
        "check",
        help=ABOUT,
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    parser.add_argument("image", metavar="IMAGE|ARCHIVE|OCI_DIR", help=images.SOURCE)
    budget = parser.add_argument_group("the budget")
    for name, metavar, what in (
        ("max-size", "SIZE", "stored bytes: the content of all layers, unpacked"),
        ("max-waste", "SIZE", "bytes that are stored and cannot be reached"),
        ("max-waste-percent", "PERCENT", "the same as a share of the stored bytes"),
        ("min-waste-bytes", "SIZE", "and more than this (default: 0)"),
        ("max-growth", "PERCENT", "stored bytes more than the baseline's"),
        ("min-growth-bytes", "SIZE", "and more than this (default: 0)"),
        ("baseline", "FILE", "what --write-baseline or `inspect --json` wrote"),
        ("dive-ci", "FILE", "a file with dive's rules (default: .dive-ci, if it is there)"),
    ):
        budget.add_argument(f"--{name}", metavar=metavar, help=what)
    output = parser.add_argument_group("results")
    output.add_argument(
        "--json", metavar="FILE|-", help="write the verdicts as JSON; - prints nothing but JSON"
    )
    output.add_argument(
        "--markdown", metavar="FILE|-", help="write a comment for a pull request; - prints only it"
    )
    output.add_argument(
        "--write-baseline",
        metavar="FILE",
        help="keep this image's sizes for later checks, if it keeps its budget",
    )
    images.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and judge; 0 within the budget, 1 over it. Whatever stops it ends with 2."""
    from runner.analysis.budget import within
    from runner.report.inspect.check import check_document
    from runner.store.baseline import read_baseline

    if arguments.json == "-" and arguments.markdown == "-":
        raise ConfigError("--json - and --markdown - both print to stdout: name a file for one")
    baseline = read_baseline(Path(arguments.baseline)) if arguments.baseline else None
    rules = budget(arguments, baseline)
    with images.Images(arguments) as reader:
        document = reader.examine(arguments.image).document
    outcomes = [rule.evaluate(document) for rule in rules]
    if arguments.write_baseline:
        keep(Path(arguments.write_baseline), document, within(outcomes))
    show(arguments, check_document(document, outcomes, baseline), document)
    return 0 if within(outcomes) else 1


def keep(path: Path, document: AnatomyDocument, passed: bool) -> None:
    """Write the baseline; an image over its budget is none, or the next check of it would pass."""
    from runner.store.baseline import write_baseline

    if passed:
        write_baseline(path, document)
    else:
        say(f"{path} was not written: the image is over its budget")


def budget(arguments: argparse.Namespace, baseline: Baseline | None) -> list[Rule]:
    """The rules that were asked for; raises one `ConfigError` with all that is wrong with them."""
    from runner.analysis import budget as rules

    wrong = unpaired(arguments)
    made: list[Rule] = []
    for make in (
        partial(rules.make_rules, own_rules(arguments, baseline)),
        partial(dive, arguments),
    ):
        try:
            made += make()
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("; ".join(wrong))
    if not made and not arguments.write_baseline:
        raise ConfigError(
            "no budget: name --max-size, --max-waste, --max-waste-percent, or --baseline with"
            " --max-growth, or put a .dive-ci here"
        )
    return made


def unpaired(arguments: argparse.Namespace) -> list[str]:
    """Options that say nothing without another one."""
    pairs = (
        ("baseline", "max_growth", "5%"),
        ("max_growth", "baseline", "FILE"),
        ("min_growth_bytes", "max_growth", "5%"),
        ("min_waste_bytes", "max_waste_percent", "5"),
    )
    return [
        f"{option(name)} does nothing without {option(other)}: add {option(other)} {example}"
        for name, other, example in pairs
        if getattr(arguments, name) is not None and getattr(arguments, other) is None
    ]


def own_rules(arguments: argparse.Namespace, baseline: Baseline | None) -> list[Callable[[], Rule]]:
    """Makers of the rules that stand on the command line."""
    from runner.analysis.budget import MaxGrowth, MaxSize, MaxWaste, MaxWastePercent

    makers: list[Callable[[], Rule]] = []
    if arguments.max_size is not None:
        makers.append(partial(MaxSize, arguments.max_size))
    if arguments.max_waste is not None:
        makers.append(partial(MaxWaste, arguments.max_waste))
    if arguments.max_waste_percent is not None:
        floor = arguments.min_waste_bytes or "0"
        makers.append(partial(MaxWastePercent, arguments.max_waste_percent, floor))
    if arguments.max_growth is not None and baseline is not None:
        floor = arguments.min_growth_bytes or "0"
        makers.append(partial(MaxGrowth, baseline.image, arguments.max_growth, floor))
    return makers


def dive(arguments: argparse.Namespace) -> list[Rule]:
    """The rules of the `.dive-ci` that was named or lies here; that one was found is said."""
    from runner.analysis.dive_ci import DIVE_CI, dive_ci_rules

    path = Path(arguments.dive_ci or DIVE_CI)
    if arguments.dive_ci is None and not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StoreError(f"cannot read {path} ({reason}): name a file with dive's rules") from error
    if arguments.dive_ci is None:
        say(f"the rules of {path} apply too")
    return dive_ci_rules(text, str(path))


def show(arguments: argparse.Namespace, check: CheckDocument, document: AnatomyDocument) -> None:
    """Write what was asked for; the table in the terminal unless stdout is taken."""
    from runner.cli.console import results
    from runner.model.documents import to_json
    from runner.report.inspect.check import check_markdown, print_check

    if arguments.json:
        images.write_result(arguments.json, to_json(check))
    if arguments.markdown:
        images.write_result(arguments.markdown, check_markdown(check, document))
    if "-" not in (arguments.json, arguments.markdown):
        print_check(check, results())


def option(name: str) -> str:
    """`--max-growth`."""
    return "--" + name.replace("_", "-")
