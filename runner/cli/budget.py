"""The budget of `dockbench check`: options, and the rules that they make."""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.output import say
from runner.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.analysis.budget import Rule
    from runner.store.baseline import Measured

OPTIONS = (
    ("max-size", "SIZE", "stored bytes: the content of all layers, unpacked"),
    ("min-size", "SIZE", "the same, at least: a smaller image has lost something"),
    ("max-own-size", "SIZE", "stored bytes of the layers that are not the base image's"),
    ("max-layers", "NUMBER", "layers, the base image's included"),
    ("max-waste", "SIZE", "bytes that are stored and cannot be reached"),
    ("max-waste-percent", "PERCENT", "the same as a share of the stored bytes"),
    ("min-waste-bytes", "SIZE", "and more than this (default: 0)"),
    ("max-growth", "PERCENT", "stored bytes more than the baseline's"),
    ("max-shrink", "PERCENT", "stored bytes less than the baseline's: it is out of date"),
    ("min-growth-bytes", "SIZE", "a smaller change in either direction passes (default: 0)"),
    (
        "baseline",
        "FILE|IMAGE",
        "what --write-baseline or `inspect --json` wrote, or an image to compare with: on the"
        " engine, an archive or a layout",
    ),
    ("dive-ci", "FILE", "a file with dive's rules (default: .dive-ci, if it is there)"),
)

_PAIRS = (
    ("min_waste_bytes", ("max_waste_percent",), "5"),
    ("max_growth", ("baseline",), "FILE"),
    ("max_shrink", ("baseline",), "FILE"),
    ("baseline", ("max_growth", "max_shrink"), "5%"),
    ("min_growth_bytes", ("max_growth", "max_shrink"), "5%"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """One option for each threshold."""
    group = parser.add_argument_group("the budget")
    for name, metavar, what in OPTIONS:
        group.add_argument(f"--{name}", metavar=metavar, help=what)


class Budget:
    """The rules that were asked for; those on growth are made for a baseline."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Raises one `ConfigError` with all that is wrong with the options."""
        from runner.model.anatomy import ImageFacts
        from runner.store.baseline import Measured

        self._arguments = arguments
        self._dive: list[Rule] = []
        wrong = _unpaired(arguments)
        nothing = Measured(ImageFacts("", 0, 0, 0, None, "")) if arguments.baseline else None
        own: list[Rule] = []
        try:
            own = self._own(nothing)
        except ConfigError as error:
            wrong.append(str(error))
        try:
            self._dive = _dive(arguments)
        except ConfigError as error:
            wrong.append(str(error))
        if wrong:
            raise ConfigError("; ".join(wrong))
        if not own and not self._dive and not arguments.write_baseline:
            needs = {name for name, others, _ in _PAIRS if others == ("baseline",)}
            names = [f"--{name}" for name, _, _ in OPTIONS if _is_rule(name, needs)]
            paired = " or ".join(map(_option, sorted(needs)))
            raise ConfigError(
                f"no budget: name {', '.join(names)}, --baseline with {paired}, or --dive-ci (or"
                " put a .dive-ci here)"
            )

    @property
    def needs_dive(self) -> bool:
        """Whether some rule is judged by dive's own numbers."""
        return bool(self._dive)

    def rules(self, baseline: Measured | None) -> list[Rule]:
        """The rules for an image that had been like this."""
        return [*self._own(baseline), *self._dive]

    def _own(self, baseline: Measured | None) -> list[Rule]:
        from runner.analysis.budget import make_rules

        return make_rules(_own_rules(self._arguments, baseline))


def _unpaired(arguments: argparse.Namespace) -> list[str]:
    """Options that say nothing without another one."""
    return [
        f"{_option(name)} {getattr(arguments, name)} does nothing without"
        f" {' or '.join(map(_option, others))}: add {_option(others[0])} {example}"
        for name, others, example in _PAIRS
        if getattr(arguments, name) is not None
        and all(getattr(arguments, other) is None for other in others)
    ]


def _own_rules(
    arguments: argparse.Namespace, baseline: Measured | None
) -> list[Callable[[], Rule]]:
    """Makers of the rules that stand on the command line."""
    from runner.analysis import budget

    simple = (
        (budget.MaxSize, arguments.max_size),
        (budget.MinSize, arguments.min_size),
        (budget.MaxOwnSize, arguments.max_own_size),
        (budget.MaxLayers, arguments.max_layers),
        (budget.MaxWaste, arguments.max_waste),
    )
    makers: list[Callable[[], Rule]] = [
        partial(rule, text) for rule, text in simple if text is not None
    ]
    if arguments.max_waste_percent is not None:
        floor = arguments.min_waste_bytes or "0"
        makers.append(partial(budget.MaxWastePercent, arguments.max_waste_percent, floor))
    against = ((budget.MaxGrowth, arguments.max_growth), (budget.MaxShrink, arguments.max_shrink))
    for rule, text in against:
        if text is not None and baseline is not None:
            floor = arguments.min_growth_bytes or "0"
            makers.append(partial(rule, baseline.image, text, floor))
    return makers


def _dive(arguments: argparse.Namespace) -> list[Rule]:
    """The rules of the `.dive-ci` that was named or lies here; that one was found is said."""
    from runner.analysis.dive_ci import DIVE_CI, dive_ci_rules
    from runner.project.named import named_in_project, named_text

    path = Path(arguments.dive_ci or DIVE_CI)
    if arguments.dive_ci is not None:
        return dive_ci_rules(named_text(path, f"--dive-ci {path}"), str(path))
    if not os.path.lexists(path):
        return []
    text = named_in_project(Path.cwd(), path, DIVE_CI)
    say(f"the rules of {path} apply too")
    return dive_ci_rules(text, str(path))


def _is_rule(name: str, needs: set[str]) -> bool:
    """Whether an option is a rule by itself: no floor of another one, and nothing that needs a
    baseline."""
    known = name.replace("-", "_")
    floors = {floor for floor, _, _ in _PAIRS}
    return name.startswith(("max-", "min-")) and known not in needs | floors


def _option(name: str) -> str:
    """`--max-growth`."""
    return "--" + name.replace("_", "-")
