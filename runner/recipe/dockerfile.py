"""The text of a Dockerfile: instructions in order, one way to lay each of them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.recipe.quoting import copy_operands, json_form

INDENT = "    "


@dataclass(frozen=True)
class Instruction:
    """One instruction as it is written, its comment above it."""

    text: str
    comment: str = ""


def env(values: Mapping[str, str]) -> list[Instruction]:
    """One ENV for all values; none for no values. Values hold no quote, backslash or dollar sign
    but a reference to another variable."""
    if not values:
        return []
    pairs = [f"{name}={_env_value(value)}" for name, value in values.items()]
    return [Instruction("ENV " + f" \\\n{INDENT}".join(pairs))]


def arguments(values: Mapping[str, str]) -> list[Instruction]:
    """An ARG with its value for each; the values are as those of `env`."""
    return [Instruction(f"ARG {name}={_env_value(value)}") for name, value in values.items()]


def _env_value(value: str) -> str:
    """Quoted where a word would end: also at the spaces of other scripts, as Docker sees it."""
    plain_word = not any(letter in "$;&~" or letter.isspace() for letter in value)
    return value if plain_word else f'"{value}"'


def copy(sources: Sequence[str], target: str, stage: str = "", comment: str = "") -> Instruction:
    """COPY from the context or from an earlier stage."""
    flag = f"--from={stage} " if stage else ""
    return Instruction(f"COPY {flag}{copy_operands(*sources, target)}", comment)


def run(commands: Iterable[str], comment: str = "") -> Instruction:
    """RUN of commands that must all succeed. A command's own line breaks are kept and indented."""
    laid_out = [command.replace("\n", f" \\\n{INDENT * 2}") for command in commands]
    first, *others = laid_out
    rest = [f"&& {command}" for command in others]
    return Instruction("RUN " + f" \\\n{INDENT}".join([first, *rest]), comment)


def command(words: Sequence[str]) -> Instruction:
    """CMD in JSON form: no shell between the engine's signals and the service."""
    return Instruction(f"CMD {json_form(words)}")


def plain(text: str, comment: str = "") -> Instruction:
    """An instruction whose text is ready."""
    return Instruction(text, comment)


def stage(reference: str, name: str = "") -> Instruction:
    """FROM, with the stage's name if it has one."""
    return Instruction(f"FROM {reference} AS {name}" if name else f"FROM {reference}")


def text(instructions: Sequence[Instruction]) -> str:
    """The whole file: an empty line before every stage, comment and run of several lines."""
    blocks: list[str] = []
    previous: Instruction | None = None
    for instruction in instructions:
        if previous is not None and _apart(previous, instruction):
            blocks.append("")
        blocks.extend(f"# {line}" for line in instruction.comment.splitlines())
        blocks.append(instruction.text)
        previous = instruction
    return "\n".join(blocks) + "\n"


def _apart(before: Instruction, after: Instruction) -> bool:
    """Whether an empty line separates two instructions."""
    if before.text.startswith("ARG "):
        return False
    return (
        bool(after.comment)
        or after.text.startswith("FROM ")
        or before.text.startswith("FROM ")
        or "\n" in before.text
        or "\n" in after.text
        or after.text.split(" ", 1)[0] == "EXPOSE"
    )
