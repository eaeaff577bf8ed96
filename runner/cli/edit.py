"""`dockbench edit DOCKERFILE LEVEL…`: what a level does to a Dockerfile, without any engine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.arguments import add_command
from runner.cli.output import document, say
from runner.model.errors import ConfigError

if TYPE_CHECKING:
    from runner.dockerfile.document import Document
    from runner.dockerfile.edits.registry import Result

ABOUT = "apply levels to a Dockerfile, as text: no engine, nothing is built"
EPILOG = """\
examples:
  dockbench edit Dockerfile cache=purge layers=merged            the edited Dockerfile on stdout
  dockbench edit Dockerfile base=slim recommends=none --diff     only what changes
  dockbench edit Dockerfile docker/Dockerfile.prod cache=flags --write
  dockbench edit Dockerfile base=3.13 --diff                     another version of its language
  dockbench edit Dockerfile ignore=unneeded --diff               lines for its .dockerignore

A level that does not apply changes nothing and says why on stderr. In .pre-commit-config.yaml:
entry `dockbench edit recommends=none cache=purge --write`, files `Dockerfile`.
"""
MAX_BYTES = 4_000_000
_NO_NEWLINE = "\\ No newline at end of file"
"""What a diff says below a line that ends without one."""
IGNORE, UNNEEDED = "ignore", "unneeded"
"""The level that is about a .dockerignore."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `edit` to the list of commands."""
    parser = add_command(commands, "edit", ABOUT, EPILOG)
    parser.add_argument(
        "words",
        nargs="+",
        metavar="DOCKERFILE|LEVEL",
        help="Dockerfiles, and levels as FACTOR=LEVEL, in any order",
    )
    parser.add_argument(
        "--context",
        metavar="DIR",
        help="directory that is built from, where manifests of dependencies and what a build is "
        "sent are looked for (default: the Dockerfile's own)",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help="replace the files")
    way.add_argument("--diff", action="store_true", help="print a unified diff")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Edit each file; 0. Raises `ConfigError` for a file or a level that there is not."""
    from runner.detect.listing import read_listing
    from runner.dockerfile.document import DockerfileError, Document
    from runner.dockerfile.edits.registry import apply
    from runner.ecosystems.all import facts_of

    files, levels = asked(arguments.words)
    ignoring = levels.pop(IGNORE, None) is not None
    if len(files) > 1 and not (arguments.write or arguments.diff):
        raise ConfigError("several files: say --write or --diff")
    if ignoring and levels and not (arguments.write or arguments.diff):
        raise ConfigError("a Dockerfile and a .dockerignore: say --write or --diff")
    for path in files:
        document = Document(read(path))
        try:
            if not any(item.keyword == "FROM" for item in document.instructions):
                raise ConfigError(f"{path}: not a Dockerfile: it has no FROM")
            facts = facts_of(read_listing(root_of(path, arguments)), mount_ids=False)
            result = apply(document, levels, facts)
        except DockerfileError as error:
            raise ConfigError(f"{path}: {error}") from error
        explain(path, result)
        if levels:
            show(path, document.text, result.document.text, arguments)
        if ignoring:
            edit_ignore(path, result.document, arguments)
    return 0


def asked(words: Sequence[str]) -> tuple[list[Path], dict[str, str]]:
    """The files and the levels among the words; raises `ConfigError` for unknown levels."""
    from runner.dockerfile.edits.no_edits import why_no_edit
    from runner.dockerfile.edits.registry import edit_of, names

    listed = ", ".join([*names(), f"{IGNORE}={UNNEEDED}"])
    files: list[Path] = []
    levels: dict[str, str] = {}
    for word in words:
        factor, equals, level = word.partition("=")
        if not equals or Path(word).exists():
            files.append(Path(word))
        elif word != f"{IGNORE}={UNNEEDED}" and edit_of(factor, level) is None:
            reason = why_no_edit(factor, level) or "no such edit"
            raise ConfigError(f"{word}: {reason}; there are {listed}")
        elif levels.setdefault(factor, level) != level:
            raise ConfigError(f"{word}: {factor}={levels[factor]} is asked for, too; name one")
    if not files:
        raise ConfigError("name a Dockerfile: dockbench edit DOCKERFILE LEVEL…")
    if not levels:
        raise ConfigError(f"name what to do: {listed}")
    return files, levels


def root_of(path: Path, arguments: argparse.Namespace) -> Path:
    """The directory that a Dockerfile is built from."""
    return Path(arguments.context) if arguments.context else path.parent


def edit_ignore(path: Path, document: Document, arguments: argparse.Namespace) -> None:
    """Add the lines to the .dockerignore that holds for a Dockerfile, or say why there are none."""
    from runner.dockerfile.facts import Facts
    from runner.dockerfile.spans import NotApplicable
    from runner.ecosystems.installers import INSTALLERS
    from runner.recipe.context import list_context
    from runner.recipe.unneeded import texts_in, unneeded, with_lines
    from runner.report.formats import size

    root = root_of(path, arguments)
    own = path.with_name(f"{path.name}.dockerignore")
    ignore = own if own.is_file() else root / ".dockerignore"
    top = require_inside(root, ignore)
    before = read(ignore, top) if ignore.exists() else ""
    entries = list_context(root, before)
    texts = texts_in(root, [entry.path for entry in entries if not entry.folder], path)
    found = unneeded(document, Facts(INSTALLERS), entries, before, texts)
    if isinstance(found, NotApplicable):
        say(f"{path}: {IGNORE}={UNNEEDED} changes nothing: {found.reason}")
        show(ignore, before, before, arguments, top)
        return
    for line in found:
        say(f"{ignore}: {line.pattern} leaves out {size(line.bytes)} ({line.why})")
    show(ignore, before, with_lines(before, found), arguments, top)


def require_inside(root: Path, ignore: Path) -> Path:
    """The directory that a .dockerignore, which nobody named, must not lead out of: what is built,
    or its own directory where that lies elsewhere. Raises `ConfigError` for one that does."""
    from runner.model.errors import ProjectError
    from runner.project.inside import inside

    top = root if ignore.absolute().is_relative_to(root.absolute()) else ignore.parent
    try:
        inside(top, ignore.absolute())
    except ProjectError as error:
        raise ConfigError(f"{error}, or name a directory that has both (--context DIR)") from error
    return top


def read(path: Path, top: Path | None = None) -> str:
    """The text of a Dockerfile, line ends as they are; raises `ConfigError` for what is none, and
    where it leads out of `top`."""
    from runner.model.errors import ProjectError
    from runner.project.inside import read_inside, read_regular

    if not path.exists():
        raise ConfigError(f"{path}: no such file")
    if not path.is_file():
        raise ConfigError(f"{path}: not a regular file")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes, so not a Dockerfile")
        content = (
            read_inside(top, path.absolute(), MAX_BYTES) if top else read_regular(path, MAX_BYTES)
        )
        if content is None:
            raise ConfigError(f"{path}: changed while it was read")
        return content.decode()
    except ProjectError as error:
        raise ConfigError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def explain(path: Path, result: Result) -> None:
    """Say on stderr which levels changed nothing, and why."""
    for item in result.applied:
        if item.reason:
            said = f"{path}: {item.factor}={item.level} changes nothing: {item.reason}"
            say(said)


def show(
    path: Path, before: str, after: str, arguments: argparse.Namespace, top: Path | None = None
) -> None:
    """Write (below `top` alone, where that is given), print the difference, or print the whole."""
    if arguments.write:
        write(path, before, after, top)
    elif arguments.diff:
        print_safely("".join(difference(path, before, after)))
    else:
        print_safely(after)


def write(path: Path, before: str, after: str, top: Path | None = None) -> None:
    """Replace the file in one step; its permissions stay."""
    from runner.project.inside import inside
    from runner.store.atomic import write_bytes

    if before == after:
        return
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    if top is None:
        write_bytes(path, after.encode())
        path.chmod(mode)
    else:
        write_bytes(inside(top, path.absolute()), after.encode(), inside(top, "."), mode)
    say(f"{path}: edited")


def difference(path: Path, before: str, after: str) -> list[str]:
    """A unified diff."""
    import difflib

    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = difflib.unified_diff(*lines, fromfile=str(path), tofile=str(path))
    return [line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in found]


def print_safely(text: str) -> None:
    """As it is into a file or a pipe; control characters escaped on a terminal."""
    from runner.model.text import printable

    if sys.stdout.isatty():
        text = "".join(f"{printable(line.expandtabs())}\n" for line in text.splitlines())
    document(text)
