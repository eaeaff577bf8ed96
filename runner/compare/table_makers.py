"""What of a project's own sources of Python makes the tables of its database: commands of click,
and scripts. Sources are read by their syntax, and never run.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from runner.detect.applications import sources
from runner.ecosystems.python_imports import parsed

FLASK = "flask"
_MAKING = frozenset(("create_all", "executescript"))
"""Methods of SQLAlchemy's metadata, and of SQLite with a whole schema."""
_MOST_READ = 50
_SCRIPT = re.compile(
    r"(?:init|create|setup|make)_?(?:db|database|tables?|schema)\.py"
    r"|(?:db|database)_?(?:init|setup|create)\.py"
)
_FILE = re.compile(r"(?:[A-Za-z_][\w-]*/)*[A-Za-z_][\w-]*\.py", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_CUT_OFF = ("_command", "_cmd", "_group", "_grp")
"""Ends of functions that newer releases of click leave out of the names of their commands."""
_ASKS = frozenset(("argument", "confirmation_option", "password_option"))
"""Decorators of a command that cannot be run by its name alone."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class TableMaker:
    """A command of the project's own."""

    program: tuple[str, ...]
    """`python manage.py`, or flask, which has to be told the application."""
    name: str
    """That of the command; empty for a script."""
    path: str
    """The source that has it."""


@dataclass
class _Source:
    """What is asked of one file."""

    functions: list[_Function] = field(default_factory=list)
    calls: dict[str, set[str]] = field(default_factory=dict)
    """Function → the last names of what its own lines call; what is outside of any has no name."""
    groups: set[str] = field(default_factory=set)
    """Names of groups of commands."""
    blueprints: set[str] = field(default_factory=set)
    """Names of parts of an application, whose commands have a group of their own."""
    added: set[str] = field(default_factory=set)
    """Functions that are added to the commands of an application by their names."""
    is_started: bool = False
    """Whether it does something where it is run itself."""

    def makes(self, name: str) -> bool:
        """Whether a function makes tables, or calls one of this file that does."""
        names = self.calls.get(name, set())
        return any(_MAKING & x for x in (names, *(self.calls.get(other, set()) for other in names)))


def table_makers(texts: Mapping[str, str]) -> Iterator[TableMaker]:
    """Those of the sources that lie near to the root first."""
    telling = (x for x in sources(texts) if any(word in texts[x] for word in _MAKING))
    for path in islice(telling, _MOST_READ):
        tree = parsed(texts[path])
        if tree is not None and _FILE.fullmatch(path):
            yield from _of_file(path, tree)


def started_groups(texts: Mapping[str, str]) -> Iterator[str]:
    """The files at the root that are run with a command of Flask: `python manage.py db upgrade`."""
    near = (x for x in sources(texts) if "/" not in x and "FlaskGroup" in texts[x])
    for path in islice(near, _MOST_READ):
        tree = parsed(texts[path])
        if tree is not None and _FILE.fullmatch(path):
            found = _read(tree)
            if found.groups and found.is_started:
                yield path


def _of_file(path: str, tree: ast.Module) -> Iterator[TableMaker]:
    source = _read(tree)
    run = ("python", path)
    for function in source.functions:
        if not source.makes(function.name):
            continue
        for decorator in function.decorator_list:
            if name := _command_name(decorator, function):
                target = _target(decorator, function, source)
                if target == FLASK:
                    yield TableMaker((FLASK,), name, path)
                elif target and source.is_started and "/" not in path:
                    yield TableMaker(run, name, path)
    makes = any(map(source.makes, source.calls))
    if _SCRIPT.fullmatch(path) and makes and source.is_started and not source.groups:
        yield TableMaker(run, "", path)


def _read(tree: ast.Module) -> _Source:
    found = _Source(is_started=any(map(_does_something, tree.body)))
    for node, inside in _walked(tree):
        if isinstance(node, ast.Call):
            found.calls.setdefault(inside, set()).add(_called(node))
        if isinstance(node, _Function):
            found.functions.append(node)
            if any(_called(x) == "group" for x in node.decorator_list):
                found.groups.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            names = {x.id for x in node.targets if isinstance(x, ast.Name)}
            made = _called(node.value)
            found.groups |= names if made == "FlaskGroup" else set()
            found.blueprints |= names if made == "Blueprint" else set()
        elif isinstance(node, ast.Call) and _called(node) == "add_command":
            found.added |= {x.id for x in node.args if isinstance(x, ast.Name)}
    return found


def _walked(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each node once, and the name of the innermost function that it is in."""
    waiting: deque[tuple[ast.AST, str]] = deque([(tree, "")])
    while waiting:
        node, inside = waiting.popleft()
        yield node, inside
        within = node.name if isinstance(node, _Function) else inside
        waiting.extend((child, within) for child in ast.iter_child_nodes(node))


def _does_something(statement: ast.stmt) -> bool:
    """Whether a statement of a module is more than a definition: a call, or what is done where it
    is run itself."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call)
    return isinstance(statement, ast.If | ast.With | ast.For | ast.Try)


def _called(node: ast.AST) -> str:
    """The last name of what is called: `group` of `@click.group()`; also without brackets."""
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _command_name(decorator: ast.expr, function: _Function) -> str:
    """The name of the command that a decorator makes of a function; empty for none, and for one
    that has to be told something."""
    if _called(decorator) != "command" or _asks(function):
        return ""
    call = decorator if isinstance(decorator, ast.Call) else None
    given = [] if call is None else [*call.args[:1], *(_keywords(call, "name"))]
    if given:
        value = given[0].value if isinstance(given[0], ast.Constant) else None
        name = value if isinstance(value, str) else ""
    elif function.name.endswith(_CUT_OFF):
        name = ""
    else:
        name = function.name.lower().replace("_", "-")
    return name if _NAME.fullmatch(name) else ""


def _keywords(call: ast.Call, *names: str) -> list[ast.expr]:
    return [x.value for x in call.keywords if x.arg in names]


def _asks(function: _Function) -> bool:
    """Whether a command must be given an argument, or asks for one."""
    calls = [x for x in function.decorator_list if isinstance(x, ast.Call)]
    must = (_keywords(x, "required", "prompt") for x in calls)
    return any(map(any, must)) or bool(_ASKS & {_called(x) for x in calls})


def _target(decorator: ast.expr, function: _Function, source: _Source) -> str:
    """Of which program it is a command: `flask`, the group of that name in this file, or none that
    is known."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    owner = called.value if isinstance(called, ast.Attribute) else None
    if isinstance(owner, ast.Attribute) and owner.attr == "cli":
        base = owner.value
        return "" if isinstance(base, ast.Name) and base.id in source.blueprints else FLASK
    if isinstance(owner, ast.Name) and owner.id in source.groups:
        return owner.id
    return FLASK if function.name in source.added else ""
