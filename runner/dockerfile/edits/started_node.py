"""What a final stage of Node starts, where the package manager that starts it is not in its base:
what was installed or enabled for the build stays there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.new_yarn import LOADER, PNP
from runner.dockerfile.spans import NotApplicable
from runner.dockerfile.starting import programs_run
from runner.model.foreign import exec_form


def started_without(found: SingleStage, manager: str) -> Mapping[str, str] | NotApplicable:
    """The text of CMD → one that starts Node by itself, where `manager` starts a script that does
    no more; nothing where the manager is not started, and why it cannot be done without it."""
    running = programs_run(found.document, found.facts.scripts).get(manager)
    if running is None:
        return {}
    words = _words(found, running, manager)
    if words is None:
        line = found.document.line_of(running.start)
        return NotApplicable(
            f"line {line} starts {manager}, which is not in the final stage's base: name what it"
            ' starts (CMD ["node", FILE])'
        )
    return {found.text(running): _with(found, running, words)}


def _words(found: SingleStage, item: Instruction, manager: str) -> list[str] | None:
    """The command without its manager; None where that does more than to start Node."""
    value = found.document.value(item)
    words = exec_form(value) or value.split()
    if item.keyword != "CMD" or words[:1] != [manager]:
        return None
    rest = words[2:] if words[1:2] == ["run"] else words[1:]
    if rest[:1] == ["node"] and len(rest) > 1 and not any("$" in word for word in rest):
        return ["node", *_loading(found), *rest[1:]] if _loads(found) else None
    yarn = found.facts.yarn
    if yarn is not None and yarn.linker == PNP and not yarn.is_named:
        return None  # what its scripts need is not known
    script = found.facts.node_scripts.get(rest[0]) if len(rest) == 1 else None
    return ["node", *script] if script else None


def _loads(found: SingleStage) -> bool:
    """Whether Node finds the packages by itself, or by one more option."""
    yarn = found.facts.yarn
    return yarn is None or yarn.linker != PNP or not yarn.is_module


def _loading(found: SingleStage) -> list[str]:
    yarn = found.facts.yarn
    return ["--require", LOADER] if yarn is not None and yarn.linker == PNP else []


def _with(found: SingleStage, item: Instruction, words: list[str]) -> str:
    """The instruction in exec form, behind the comment above it."""
    comment = found.text(item)[: -(item.end - item.start)]
    return f"{comment}CMD {json.dumps(words)}"
