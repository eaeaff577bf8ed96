"""What an image's containers start: the words of ENTRYPOINT, CMD and HEALTHCHECK, and of the
scripts, the `package.json`, the Makefile and the supervisor's configurations that they lead to,
also by symbolic links.

Taken widely: a word that starts nothing costs a hint, one that was overlooked costs a user a
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import msgspec

from runner.image.contents.live import PATH_MAX, LiveRoot
from runner.image.contents.packages.port import text_of
from runner.image.contents.scripts import (
    MAKEFILES,
    OF_LANGUAGES,
    SCRIPT_BYTES_MAX,
    is_script,
    is_supervised,
)

_SCRIPTS_MAX = 50
"""Scripts that are read for one image."""

_WORD = re.compile(r"[A-Za-z0-9_.@+/-]+")
_SUPERVISORS = frozenset(
    {"supervisord", "s6-svscan", "init", "s6-overlay-init", "my_init", "runsvdir", "runit",
     "circusd", "runsvdir-start", "cron", "crond", "systemd"}
)  # fmt: skip
_STARTERS = frozenset({"honcho", "foreman", "hivemind", "overmind", "goreman", "nf"})
"""Programs that start what a Procfile says."""
_NODE_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "node", "npm-run-all", "concurrently"})
"""Programs that run a script of `package.json` by its name."""
_MAKERS = {
    "make": MAKEFILES,
    "gmake": MAKEFILES,
    "bmake": MAKEFILES,
    "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "go-task": ("Taskfile.yml", "Taskfile.yaml"),
    "rake": ("Rakefile", "rakefile"),
    "invoke": ("tasks.py",),
    "inv": ("tasks.py",),
}
"""Programs that run the targets of a file, and the names of that file."""
_LINKS_MAX = 500
"""Symbolic links that are followed for one image."""
_RUN_BY_SHELL = re.compile(r"#!\s*\S*(?:/| )(?:ba|da|a|k|z)?sh\b")
_VARIABLE = re.compile(r"\$\{?(\w+)")
_IMPORTED = re.compile(r"^\s*(?:from\s+([\w.]+)|import\s+([\w., ]+))", re.MULTILINE)
_QUOTED = re.compile(r"\"([^\"\n]{1,200})\"|'([^'\n]{1,200})'|`([^`\n]{1,200})`")


class _Manifest(msgspec.Struct):
    scripts: object = None


def started_words(
    command: Iterable[str], environment: Mapping[str, str], root: LiveRoot
) -> frozenset[str]:
    """The names of programs, modules and scripts that a container may start."""
    scripts, links = _by_name(root), _links_by_name(root)
    words: set[str] = set()
    known: set[str] = set()
    pending = [" ".join([*command, environment.get("NODE_OPTIONS", "")])]
    read: set[str] = set()
    followed: set[str] = set()
    while pending:
        text = pending.pop()
        meant = (environment.get(name, "") for name in _VARIABLE.findall(text) if name != "PATH")
        text = " ".join([text, *meant])
        found = _WORD.findall(text)
        new = {*found, *(f"{one}-{two}" for one, two in pairwise(found))} - words
        words |= new
        names = {word.rpartition("/")[2] for word in new}
        known |= names
        for target in (target for name in names for target in links.get(name, ())):
            if target not in followed and len(followed) < _LINKS_MAX:
                followed.add(target)
                pending.append(target)
        for path in _led_to(names, known, scripts):
            if path not in read and len(read) < _SCRIPTS_MAX:
                read.add(path)
                pending.append(_commands(path, text_of(root.kept[path])))
        if names and known & _NODE_RUNNERS:
            called = names | set(text.split())
            pending.extend(_of_package_json(called, scripts.get("package.json", ()), root))
    return frozenset(name for word in words for name in _names(word))


def _names(word: str) -> Iterator[str]:
    """What a word may call: `lab` of `/opt/bin/lab`, `ts-node` of `ts-node/register`, `jupyterlab`
    of `jupyterlab.labapp`."""
    name = word.rpartition("/")[2]
    yield name
    yield name.partition(".")[0]
    if "/" in word and not word.startswith(("/", ".")):
        yield word
        yield from word.split("/")[:2]


def _by_name(root: LiveRoot) -> dict[str, list[str]]:
    """Paths of the scripts that were kept, by their last names: whatever the working directory and
    the PATH are."""
    found: dict[str, list[str]] = {}
    for path, content in root.kept.items():
        if len(content) <= SCRIPT_BYTES_MAX and is_script(path, len(content)):
            found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def _links_by_name(root: LiveRoot) -> dict[str, list[str]]:
    """What symbolic links say, by their own last names: a link to a program starts that one."""
    found: dict[str, list[str]] = {}
    for path, target in root.links.items():
        if len(target) <= PATH_MAX:
            found.setdefault(path.rpartition("/")[2], []).append(target)
    return found


def _led_to(new: set[str], known: set[str], scripts: Mapping[str, list[str]]) -> Iterator[str]:
    """Scripts with one of the new names, and what supervisors among these read."""
    for name in new - {"package.json"}:
        yield from scripts.get(name, ())
        for ending in OF_LANGUAGES:  # a module that is imported by its name
            yield from scripts.get(name + ending, ())
    if new & _SUPERVISORS:
        yield from (path for paths in scripts.values() for path in paths if is_supervised(path))
    for maker in new & _MAKERS.keys():
        yield from (path for name in _MAKERS[maker] for path in scripts.get(name, ()))
    if known & _STARTERS:
        yield from scripts.get("Procfile", ())


def _commands(path: str, text: str) -> str:
    """What of a script may be a command: of a program of another language than the shell's how it
    is run, what it imports and what stands in quotes."""
    first = text.partition("\n")[0]
    shell = _RUN_BY_SHELL.match(first) or (
        not first.startswith("#!") and not path.endswith(OF_LANGUAGES)
    )
    if shell:
        return text
    imported = ("".join(found) for found in _IMPORTED.findall(text))
    quoted = ("".join(found) for found in _QUOTED.findall(text))
    return " ".join([first if first.startswith("#!") else "", *imported, *quoted])


def _of_package_json(called: set[str], paths: Iterable[str], root: LiveRoot) -> Iterator[str]:
    """The scripts of any `package.json` that are called by their names, with what goes before and
    after them."""
    for path in paths:
        try:
            held = msgspec.json.decode(root.kept[path], type=_Manifest).scripts
        except (msgspec.DecodeError, RecursionError):
            continue
        for name, line in held.items() if isinstance(held, dict) else ():
            own = {name, name.removeprefix("pre"), name.removeprefix("post")}
            if isinstance(line, str) and own & called:
                yield line
