"""Reads arguments: what is wrong with them is an error of ours, on one line, with exit code 2."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

from runner.model.errors import ConfigError

_USUAL_COLUMNS = 80
_STDOUT = 1


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal. argparse makes one of these for every option that is added, and
    imports for its width what takes as long as all the rest of the command line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class Parser(argparse.ArgumentParser):
    """argparse, but an error is raised instead of printed below the usage."""

    def error(self, message: str) -> NoReturn:
        """Raise `ConfigError` with argparse's own words."""
        raise ConfigError(f"{message}: `{self.prog} --help` says what there is")


@cache
def _columns() -> int:
    """Of the terminal, as `shutil.get_terminal_size` tells them."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(_STDOUT).columns or _USUAL_COLUMNS
    except (ValueError, OSError):
        return _USUAL_COLUMNS


def hydra_arguments(given: Sequence[str]) -> list[str]:
    """The arguments of `bench` with Hydra's options before the overrides, wherever they stood.

    Hydra itself takes overrides on one side of an option only. Raises `ConfigError` for an option
    that there is not.
    """
    found = _hydra_parser().parse_intermixed_args(given)
    options = [f"--{name}" for name in _FLAGS if getattr(found, name.replace("-", "_"))]
    for name in _VALUES:
        if (value := getattr(found, name.replace("-", "_"))) is not None:
            options += [f"--{name}", value]
    return [*options, *found.overrides]


_FLAGS = ("multirun", "resolve", "hydra-help", "shell-completion")
_VALUES = ("cfg", "info", "package", "config-dir")


def _hydra_parser() -> Parser:
    """Hydra's options, those left out that would lead to another program's configuration."""
    parser = Parser(prog="dockbench bench", add_help=False, allow_abbrev=False)
    parser.add_argument("--multirun", "-m", action="store_true")
    parser.add_argument("--resolve", action="store_true")
    parser.add_argument("--hydra-help", action="store_true")
    parser.add_argument("--shell-completion", "-sc", action="store_true")
    parser.add_argument("--cfg", "-c", choices=("job", "hydra", "all"))
    kinds = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
    parser.add_argument("--info", "-i", nargs="?", const="all", choices=kinds)
    parser.add_argument("--package", "-p")
    parser.add_argument("--config-dir", "-cd")
    parser.add_argument("overrides", nargs="*")
    return parser
