"""Tab completion: the shell asks `dockbench -sc query=bash` what could stand at the cursor.

Hydra answers for `bench`, whose arguments are its own; of the others the names are completed. What
the shell has of the line is in the variable COMP_LINE.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO

OPTIONS = ("-sc", "--shell-completion")
LINE = "COMP_LINE"
_ASKED = re.compile(r"(?:install|uninstall|query)=(?:bash|fish|zsh)")


def run(given: list[str], commands: Sequence[str]) -> int:
    """Answer the shell, or print the script that has it ask; nothing where there is no answer.

    Raises `ConfigError` for what is no question of a shell that Hydra knows.
    """
    from runner.cli.output import tell
    from runner.model.errors import ConfigError, DockbenchError
    from runner.sweep import app

    if not any(map(_ASKED.fullmatch, given)):
        raise ConfigError(
            f"{' '.join(given)}: write -sc install=SHELL or -sc uninstall=SHELL, where SHELL is"
            " bash, fish or zsh"
        )
    line = os.environ.get(LINE, "")
    if not any(word.startswith("query=") for word in given):
        app.run(given)
        return 0
    words = line.split()
    if len(words) < 2 or (len(words) == 2 and not line.endswith(" ")):
        tell(" ".join(commands))
        return 0
    if words[1] != "bench":
        return 0
    program, _, rest = line.lstrip().partition(" ")
    os.environ[LINE] = f"{program} {rest.lstrip().removeprefix('bench').lstrip()}"
    try:
        with redirect_stderr(StringIO()):
            app.run([*named_directory(words[2:]), *given])
    except (DockbenchError, SystemExit, ValueError):
        return 0
    return 0


def named_directory(words: Sequence[str]) -> list[str]:
    """The option for a configuration directory of the user's, if the line has one already."""
    from hydra._internal.utils import get_args_parser

    try:
        found = get_args_parser().parse_known_args(list(words))[0]
    except SystemExit:
        return []
    return ["--config-dir", found.config_dir] if found.config_dir else []
