"""The command `dockbench`: finds the sub-command, runs it, and renders its errors as one line.

Nothing heavy is imported before it is known which command runs, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from runner import __version__
from runner.cli import completion
from runner.cli.arguments import Help, Parser
from runner.cli.output import guarded, require_complete, say
from runner.cli.stopping import Stopped, stoppable
from runner.model.errors import KEPT, DockbenchError
from runner.model.redact import redacted
from runner.model.text import one_line, without_middle

COMMANDS = (
    "bench",
    "compare",
    "edit",
    "report",
    "inspect",
    "compare-images",
    "check",
    "doctor",
    "engine",
    "clean",
)
"""The sub-commands in the order of the help, each a module of this directory."""

NO_THREADS = "OPENBLAS_NUM_THREADS"
"""numpy starts threads for its linear algebra, which spin a while; no command has use for them."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it."""

LONGEST_ERROR = 2_000
"""What of a project or an image stands in an error may be as long as a file."""

EPILOG = """\
examples:
  dockbench bench experiment=progression      the way from 2.3 GB to 105 MB, and beyond
  dockbench bench -m base=full,slim,alpine    one variant for each base
  dockbench compare ../shop                   alternatives for a project, and which one to take
  dockbench edit Dockerfile cache=purge --diff   one improvement, as text
  dockbench report results/progression        tables and figures again, from the records alone
  dockbench inspect app:latest                what is inside an image, and what is wasted
  dockbench check app.tar --max-size 120MB    whether an image keeps its budget
  dockbench doctor                            what works on this machine, and what to do

exit codes: 0 done; 1 done, but something that was measured fell short; 2 the request or the
environment is wrong; 130 interrupted; 143 stopped by SIGTERM.
"""


def parser(only: str = "") -> Parser:
    """The command line: a parser for each sub-command, or for one of them only."""
    root = Parser(
        prog="dockbench",
        description="Builds every variant of a Dockerfile, proves that each still works, measures"
        " it, and shows which choice bought what.",
        epilog=EPILOG,
        formatter_class=Help,
    )
    root.add_argument("--version", action="version", version=f"dockbench {__version__}")
    root.add_argument("--verbose", action="store_true", help="show the traceback of an error")
    commands = root.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog="dockbench"
    )
    for name in COMMANDS:
        if only in ("", name):
            import_module(f"runner.cli.{name.replace('-', '_')}").add_parser(commands)
    return root


def command() -> int:
    """What the installed command does."""
    return main()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    os.environ.setdefault(NO_THREADS, "1")
    given = list(sys.argv[1:] if arguments is None else arguments)
    verbose = "--verbose" in given
    with guarded():
        return outcome([argument for argument in given if argument != "--verbose"], verbose)


def outcome(given: list[str], verbose: bool = False) -> int:
    """Run one command and say in one line how it ended, if not well; returns the exit code."""
    try:
        with stoppable():
            require_directory()
            exit_code = run(given)
            require_complete()
            return exit_code
    except DockbenchError as error:
        failed(str(error), verbose)
        return error.exit_code
    except Stopped as stop:
        say(f"dockbench: stopped by {stop}: {KEPT}")
        return stop.exit_code
    except KeyboardInterrupt:
        say(f"dockbench: interrupted: {KEPT}")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends in one line
        failed(unforeseen(error), verbose)
        return DockbenchError.exit_code


def failed(why: str, verbose: bool) -> None:
    """The one line of an error; above it, if that is wanted, where it happened."""
    if verbose:
        import traceback

        for line in traceback.format_exc().splitlines():
            say(line)
    say(f"dockbench: {without_middle(redacted(one_line(why)), LONGEST_ERROR)}")


def require_directory() -> None:
    """Raise `DockbenchError` where the current directory was removed: most of what follows would
    end in a riddle."""
    try:
        os.getcwd()  # noqa: PTH109 - Path takes longer to import
    except FileNotFoundError as error:
        raise DockbenchError(
            "the current directory was removed: change to one that is there"
        ) from error


def unforeseen(error: Exception) -> str:
    """One line for an error that was not raised on purpose."""
    if isinstance(error, OSError) and error.strerror:
        where = f" {error.filename}" if error.filename else ""
        return f"{error.strerror}:{where} (--verbose shows where it happened)"
    return f"unexpected {type(error).__name__}: {error} (--verbose shows the traceback)"


def run(given: list[str]) -> int:
    """Hand `bench` its Hydra overrides untouched; parse every other command line."""
    own = given[1:] if given[:1] == ["bench"] else given
    if own and own[0] in completion.OPTIONS:
        return completion.run(own, COMMANDS)
    if given[:1] == ["bench"]:
        from runner.cli import bench

        return bench.run(given[1:])
    options = parser(given[0] if given and given[0] in COMMANDS else "").parse_args(given)
    exit_code: int = options.run(options)
    return exit_code
