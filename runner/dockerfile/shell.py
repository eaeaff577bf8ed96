"""The shell inside a RUN: its commands with their spans, and how they hang together.

tree-sitter's bash grammar reads it. What Docker takes out before the shell sees it (comments and
empty lines inside a continued instruction) is blanked to the same length, so that spans stay true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import tree_sitter
import tree_sitter_bash

from runner.dockerfile.document import Document, Instruction, is_idle

_BASH = tree_sitter.Language(tree_sitter_bash.language())
_STATEFUL = frozenset(
    (
        *("cd", "pushd", "popd", "export", "set", "shopt", "source", ".", "umask", "trap"),
        *("alias", "unset", "read", "exec", "exit", "eval", "ulimit"),
    )
)
"""Builtins whose effect outlives them within one shell."""
_HEREDOC_ALONE = r"<<-?\s*([\"']?)\w+\1"
_OPERATORS = ("&&", "||", ";", "&", "\n", "|")
MOST_BYTES = 32 << 10
"""A longer RUN is left as it is: nobody has written it, and what edits look at grows faster than
its length."""
MOST_COMMANDS = 500
_NESTED = ("subshell", "command_substitution", "process_substitution")


@dataclass(frozen=True)
class Command:
    """One simple command: its words as they are written, and where each stands."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int

    @property
    def program(self) -> str:
        """The program's name without its directory and quotes; empty for none."""
        return unquoted(self.words[0]).rsplit("/", 1)[-1] if self.words else ""

    @property
    def plain(self) -> tuple[str, ...]:
        """All words, without quotes."""
        return tuple(unquoted(word) for word in self.words)

    @property
    def is_global(self) -> bool:
        """Whether an installer of Node is told to install for all projects."""
        return bool({"-g", "--global", "global"} & set(self.plain))

    @property
    def operands(self) -> tuple[str, ...]:
        """What follows the program and is not an option."""
        return tuple(word for word in self.plain[1:] if not word.startswith("-"))


@dataclass(frozen=True)
class Script:
    """The shell of one RUN in shell form; positions are the document's."""

    source: str
    """As the shell gets it, with the same length as it has in the document."""
    offset: int
    errexit: bool = False
    """Whether the shell is started with `-e`."""
    heredoc: bool = False
    """Whether it is a here-document: its commands can be changed, and nothing joined to it."""

    @cached_property
    def _root(self) -> tree_sitter.Node:
        # one byte for each character: offsets in the tree are positions in the text
        data = "".join(char if char.isascii() else "x" for char in self.source).encode("ascii")
        return tree_sitter.Parser(_BASH).parse(data).root_node

    @cached_property
    def broken(self) -> bool:
        """Whether the grammar cannot make sense of it, or there is too much of it: then no edit
        touches it."""
        if len(self.source) > MOST_BYTES:
            return True
        return self._root.has_error or len(self.commands) > MOST_COMMANDS

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """Every simple command, nested ones too, in order."""
        return tuple(self._command(node) for node in _walk(self._root) if node.type == "command")

    @cached_property
    def chain(self) -> tuple[tuple[int, int], ...]:
        """The spans of what `&&` joins at the top; one span if it is no plain chain."""
        statements = self._statements
        if len(statements) != 1 or self.operators - {"&&"}:
            return ((self.offset + self._start, self.end),)
        return tuple(self._span(node) for node in _and_parts(statements[0]))

    @cached_property
    def operators(self) -> frozenset[str]:
        """What joins or ends commands at the top: `&&`, `||`, `;`, `&`, a newline."""
        found = {child.type for child in self._root.children if child.type in _OPERATORS}
        gaps = self.source.strip()
        if "\n" in _without_continuations(gaps) and len(self._statements) > 1:
            found.add("\n")
        pending = list(self._statements)
        while pending:
            node = pending.pop()
            if node.type == "list":
                found |= {child.type for child in node.children if child.type in _OPERATORS}
                pending += node.children
        return frozenset(found)

    @cached_property
    def inner_operators(self) -> frozenset[str]:
        """The same at any depth: in subshells, groups, loops and conditions too."""
        found = set(self.operators)
        pending = list(self._root.children)
        while pending:
            node = pending.pop()
            if node.type in _OPERATORS:
                found.add(node.type)
            pending += node.children
        return frozenset(found)

    @cached_property
    def changes_state(self) -> bool:
        """Whether what follows in the same shell could notice it: cd, export, set, assignments."""
        return any(_is_stateful(node, self.source) for node in _walk(self._root, _NESTED))

    @cached_property
    def sets_errexit(self) -> bool:
        """Whether it relies on stopping at the first error, by `set -e` or by how it is started."""
        told = (command for command in self.commands if command.program == "set")
        return self.errexit or any(
            re.fullmatch(r"-[a-z]*e[a-z]*|errexit", word)
            for item in told
            for word in item.plain[1:]
        )

    @property
    def end(self) -> int:
        """Behind its last word: comments and white space at its end are not part of it."""
        last = [node for node in self._root.children if node.type != "comment"]
        stop = max((node.end_byte for node in last), default=0)
        return self.offset + len(self.source[:stop].rstrip(" \t\r\n\\"))

    @property
    def commented(self) -> bool:
        """Whether the shell has a comment: what is appended could become part of it."""
        return any(node.type == "comment" for node in _walk(self._root))

    @property
    def _start(self) -> int:
        return len(self.source) - len(self.source.lstrip(" \t\r\n\\"))

    @property
    def _statements(self) -> list[tree_sitter.Node]:
        return [
            child
            for child in self._root.children
            if child.type not in _OPERATORS and child.type != "comment"
        ]

    def _span(self, node: tree_sitter.Node) -> tuple[int, int]:
        return self.offset + node.start_byte, self.offset + node.end_byte

    def _command(self, node: tree_sitter.Node) -> Command:
        parts = [
            part
            for part in node.children
            if part.type not in ("variable_assignment", "file_redirect", "herestring_redirect")
        ]
        words = tuple(self.source[part.start_byte : part.end_byte] for part in parts)
        spans = tuple(self._span(part) for part in parts)
        return Command(words, spans, *self._span(node))


def script_of(document: Document, run: Instruction) -> Script | None:
    """The shell of a RUN; None for the exec form and for a shell that is not POSIX."""
    text = document.of(run)
    if run.keyword != "RUN" or not run.shell or text.lstrip().startswith("["):
        return None
    if run.heredocs:
        return _heredoc_script(document, run)
    return Script(as_the_shell_gets_it(text, document.escape), run.body, run.errexit)


def commands_of(document: Document, run: Instruction) -> tuple[Command, ...]:
    """The commands of a RUN; none where its shell is not understood."""
    script = script_of(document, run)
    return script.commands if script and not script.broken else ()


def _heredoc_script(document: Document, run: Instruction) -> Script | None:
    """The body of `RUN <<EOF`; None where it is another program's input or another language."""
    body = run.heredocs[0]
    text = document.text[body.start : body.end]
    alone = len(run.heredocs) == 1 and re.fullmatch(_HEREDOC_ALONE, document.value(run))
    shebang = re.match(r"#!\s*(\S+)", text)
    if not alone or (shebang and not shebang[1].endswith("sh")):
        return None
    return Script(text, body.start, run.errexit, heredoc=True)


def as_the_shell_gets_it(text: str, escape: str = "\\") -> str:
    """The operands of a RUN with every character in its position: comment lines and empty lines
    are blanked, and each continuation is a backslash before the newline."""
    continued = re.compile(rf"{re.escape(escape)}([ \t]*\r?)(?=\n)")
    lines = text.splitlines(keepends=True)
    kept = lines[:1] + [_blank(line) if is_idle(line) else line for line in lines[1:]]
    return continued.sub(lambda match: f"{' ' * len(match[1])}\\", "".join(kept))


def unquoted(word: str) -> str:
    """A word without the quotes around it."""
    quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return word[1:-1] if quoted else word


def _blank(line: str) -> str:
    return " " * len(line)


def _without_continuations(text: str) -> str:
    return re.sub(r"\\[ \t]*\r?\n", " ", text)


def _walk(node: tree_sitter.Node, but_below: Collection[str] = ()) -> Iterator[tree_sitter.Node]:
    """The nodes of a tree, less those of these types and what is below them."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending += [child for child in reversed(found.children) if child.type not in but_below]


def _is_stateful(node: tree_sitter.Node, source: str) -> bool:
    if node.type in ("declaration_command", "unset_command", "function_definition"):
        return True
    if node.type == "variable_assignment":
        return node.parent is None or node.parent.type != "command"
    if node.type != "command":
        return False
    name = node.child_by_field_name("name")
    return name is not None and source[name.start_byte : name.end_byte] in _STATEFUL


def _and_parts(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The operands of a chain of `&&`, from the left."""
    found: list[tree_sitter.Node] = []
    while node.type == "list":
        left, _, right = (child for child in node.children if child.type != "comment")
        found.insert(0, right)
        node = left
    return [node, *found]
