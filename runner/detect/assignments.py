"""What ENV and ARG set."""

from __future__ import annotations

from runner.detect.instructions import Instruction, expanded
from runner.model.foreign import ForeignError, shell_split


def pairs(item: Instruction, known: dict[str, str]) -> dict[str, str]:
    """What ENV or ARG sets, with variables as they were before this instruction; an ARG without
    default sets nothing."""
    words = words_of(item.value)
    if item.keyword == "ENV" and words and "=" not in words[0]:
        name, *rest = item.value.split(maxsplit=1)
        return {name: expanded("".join(rest), known)}
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            found[name] = expanded(value, known)
        elif item.keyword == "ARG" and name in known:
            found[name] = known[name]
    return found


def words_of(value: str) -> list[str]:
    """As a shell splits it; at spaces where it cannot be."""
    try:
        return shell_split(value)
    except ForeignError:
        return value.split()
