"""Reads arguments: what is wrong with them is an error of ours, on one line, with exit code 2."""

from __future__ import annotations

import argparse
import os
import re
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


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    examples: str,
) -> argparse.ArgumentParser:
    """The parser of a command whose help ends with examples."""
    return commands.add_parser(
        name, help=about, description=about, epilog=examples, formatter_class=Help
    )


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


DRY = "--dry-run"
"""The one option of `bench` that is not Hydra's."""


_NO_KEY = re.compile(r"[+~]*(?:[=@]|$)")
"""An override without a word before its value: Hydra has no words of its own for all of these."""

_OTHER_SWEEPER = re.compile(r"hydra/sweeper=(?!dockbench$).*")

_COMMANDS = ("run", "multirun", "cfg", "info")


def hydra_arguments(given: Sequence[str]) -> list[str]:
    """The arguments of `bench` as Hydra's own parser takes them: options, wherever they stood, come
    before the overrides, and `--dry-run` is one of these.

    Raises `ConfigError` for an option that there is not.
    """
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()
    parser.prog = "dockbench bench"
    parser.error = _refuse  # type: ignore[method-assign]
    found = vars(parser.parse_intermixed_args([word for word in given if word != DRY]))
    if found["resolve"] and not found["cfg"]:
        raise ConfigError("--resolve goes with --cfg: dockbench bench --cfg job --resolve")
    if sum(found[name] not in (None, False) for name in _COMMANDS) > 1:
        raise ConfigError(f"give only one of {', '.join(f'--{name}' for name in _COMMANDS)}")
    for text in found["overrides"]:
        if _NO_KEY.match(text):
            raise ConfigError(f"{text}: the key is missing; an override has the form KEY=VALUE")
        if DRY in given and _OTHER_SWEEPER.fullmatch(text):
            raise ConfigError(
                f"{DRY} shows what dockbench's own sweeper would measure: leave {text} out"
            )
    ours = ["run.dry=true"] if DRY in given else []
    if found.pop("run"):
        ours.append("hydra.mode=RUN")  # our configuration asks for a sweep, which would win
    arguments = []
    for action in parser._actions:
        value = found.get(action.dest, action.default)
        if action.option_strings and value != action.default:
            arguments += [action.option_strings[-1]] + ([] if value is True else [str(value)])
    return [*arguments, *found["overrides"], *ours]


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"{message}: `dockbench bench --hydra-help` lists what there is")
