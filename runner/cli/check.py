"""`dockbench check IMAGE`: whether an image keeps its budget; made for continuous integration."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli import budget, images
from runner.cli.arguments import add_command
from runner.cli.image_names import SOURCE
from runner.cli.output import say
from runner.model.errors import ConfigError, EngineError, ImageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.report.inspect.check import CheckedImage
    from runner.store.baseline import Baseline

ABOUT = "say whether an image keeps its budget: exit code 0 if it does, 1 if not, 2 if unmeasured"
EXAMPLES = """\
examples:
  dockbench check app:latest --max-size 120MB --max-waste 5MB
  dockbench check app:latest --max-own-size 40MB --max-layers 12
  dockbench check app.tar --max-waste-percent 5 --min-waste-bytes 1MB
  dockbench check app:latest --write-baseline baseline.json
  dockbench check app:latest --baseline baseline.json --max-growth 5% --min-growth-bytes 1MB
  dockbench check app:pull --baseline app:main --max-growth 5% --min-growth-bytes 1MB
  dockbench check app-oci.tar --platform linux/amd64,linux/arm64 --max-size 120MB
  dockbench check app:latest --dive-ci .dive-ci

A rule on a share has an absolute floor next to it: it fails only if both are exceeded. Sizes are
written as 120MB (10^6), 1.5GiB (2^30) or a number of bytes. A .dive-ci file in the current
directory is read too; its rules are judged by dive's own numbers.
"""

_FILE = re.compile(r"[./].*|.*\.json", re.DOTALL)
"""A baseline of such a name is a file, whether it is there or not."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` to the list of commands."""
    parser = add_command(commands, "check", ABOUT, EXAMPLES)
    parser.add_argument("image", metavar="IMAGE|ARCHIVE|OCI_DIR", help=SOURCE)
    budget.add_options(parser)
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
    if arguments.json == "-" and arguments.markdown == "-":
        raise ConfigError("--json - and --markdown - both print to stdout: name a file for one")
    platforms = platforms_of(arguments.platform)
    asked = budget.Budget(arguments)
    committed = committed_baseline(arguments.baseline)
    checked = [examine(arguments, platform, asked, committed) for platform in platforms]
    if arguments.write_baseline:
        keep(Path(arguments.write_baseline), checked)
    show(arguments, checked)
    return 0 if all(one.check.passed for one in checked) else 1


def platforms_of(text: str | None) -> list[str | None]:
    """`linux/amd64,linux/arm64` as several platforms; raises `ConfigError` for an empty one."""
    if text is None:
        return [None]
    named = [name.strip() for name in text.split(",")]
    if not all(named):
        raise ConfigError(f"--platform {text!r} names an empty one: write linux/amd64,linux/arm64")
    return list(dict.fromkeys(named))


def examine(
    arguments: argparse.Namespace,
    platform: str | None,
    asked: budget.Budget,
    committed: Baseline | None,
) -> CheckedImage:
    """The image for one platform, judged."""
    from runner.report.inspect.check import CheckedImage, check_document

    told = argparse.Namespace(**{**vars(arguments), "platform": platform})
    with images.Images(told) as reader:
        document = reader.examine(arguments.image, dive=asked.needs_dive).document
        baseline = committed
        if arguments.baseline and baseline is None:
            baseline = image_as_baseline(reader, arguments.baseline)
    before = baseline.on(document.image.platform) if baseline else None
    if before and before.image.platform not in ("", document.image.platform):
        say(
            f"--baseline {arguments.baseline} is of {before.image.platform}, the image of"
            f" {document.image.platform}: what differs may be the platform's"
        )
    outcomes = [rule.evaluate(document) for rule in asked.rules(before)]
    return CheckedImage(check_document(document, outcomes, before), document)


def committed_baseline(given: str | None) -> Baseline | None:
    """The baseline in a file; None if it is an image, or if there is none."""
    from runner.store.baseline import read_baseline

    if given is None:
        return None
    path = Path(given)
    if not _FILE.fullmatch(given) and not path.is_file():
        return None
    return None if path.is_dir() or is_archive(path) else read_baseline(path)


def is_archive(path: Path) -> bool:
    """Whether a file is no JSON; one that cannot be read is left to who reads it next."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return not file.read(1 << 10).lstrip().startswith((b"{", b"[", b"n")) and (
                path.suffix != ".json"
            )
    except OSError:
        return False


def image_as_baseline(reader: images.Images, given: str) -> Baseline:
    """An image of which only the sizes and packages count."""
    from runner.store.baseline import baseline_of

    try:
        return baseline_of([reader.examine(given, place=images.OTHER).document])
    except (ImageError, EngineError) as error:
        raise ImageError(f"--baseline {given}: {error}") from error


def keep(path: Path, checked: Sequence[CheckedImage]) -> None:
    """Write the baseline; an image over its budget is none, or the next check of it would pass.
    One that has only become too small for the old baseline is what the new one is for."""
    from runner.analysis.budget import MaxShrink, Verdict
    from runner.store.baseline import write_baseline

    over = [
        rule
        for one in checked
        for rule in one.check.rules
        if rule.verdict is Verdict.failed and rule.key != MaxShrink.key
    ]
    if over:
        say(f"{path} was not written: the image is over its budget")
    else:
        write_baseline(path, [one.document for one in checked])


def show(arguments: argparse.Namespace, checked: Sequence[CheckedImage]) -> None:
    """Write what was asked for; the table in the terminal unless stdout is taken."""
    from runner.cli.console import results
    from runner.model.documents import to_json
    from runner.report.inspect.check import check_result, print_check
    from runner.report.inspect.check_markdown import check_markdown

    if arguments.json:
        images.write_result(arguments.json, to_json(check_result([one.check for one in checked])))
    if arguments.markdown:
        images.write_result(arguments.markdown, check_markdown(checked))
    if "-" not in (arguments.json, arguments.markdown):
        for one in checked:
            print_check(one.check, results())
