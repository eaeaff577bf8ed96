"""Which edits a level stands for, and in which order they are applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from runner.dockerfile.document import Document
from runner.dockerfile.edits import (
    add_copy,
    base_image,
    base_scratch,
    base_version,
    bytecode,
    cache_flags,
    cache_late,
    cache_mounts,
    cache_purge,
    copies_mounted,
    deps,
    installer_node,
    installer_uv,
    last_distroless,
    layers_merged,
    layers_split,
    layers_squashed,
    order,
    recommends,
    stages,
    stripped,
    toolchain,
    traced,
    user,
)
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

Edit = Callable[[Document, Facts], list[Replacement] | NotApplicable]

EDITS: Mapping[str, Mapping[str, Edit]] = {
    "base": {
        **{name: partial(base_image.edit, variant=name) for name in base_image.VARIANTS},
        "scratch": base_scratch.edit,
    },
    "deps": {"production": deps.edit},
    "order": {"deps_first": order.edit},
    "stages": {"multi": stages.edit},
    "last_stage": {"distroless": last_distroless.edit},
    "installer": {
        "uv": installer_uv.edit,
        "npm_ci": installer_node.npm_ci,
        "pnpm": installer_node.pnpm,
    },
    "recommends": {"none": recommends.edit},
    "bytecode": {"none": bytecode.edit},
    "add_copy": {"copy": add_copy.edit},
    "copies": {"mounted": copies_mounted.edit},
    "layers": {"merged": layers_merged.edit, "split": layers_split.edit},
    "toolchain": {"purged": toolchain.edit},
    "cache": {
        "flags": cache_flags.edit,
        "purge": cache_purge.edit,
        "purge_late": cache_late.edit,
        "mount": cache_mounts.edit,
    },
    "user": {"nobody": user.edit},
    "prune": {"stripped": stripped.edit, "traced": traced.edit},
    "squash": {"one_layer": layers_squashed.edit},
}
"""Factor → level → edit; the factors in the order in which they are applied."""
ANY_VERSION = "base=VERSION"
"""How the levels of `base` are told that are versions: `base=3.13`."""


@dataclass(frozen=True)
class Applied:
    """What became of one level."""

    factor: str
    level: str
    reason: str = ""
    """Why it changed nothing; empty if it did change something."""


@dataclass(frozen=True)
class Result:
    """An edited document, and what each level did to it."""

    document: Document
    applied: tuple[Applied, ...]


def apply(document: Document, levels: Mapping[str, str], facts: Facts) -> Result:
    """Apply a level of each named factor, in the fixed order; the document is parsed anew after
    each. Raises `KeyError` for a factor or a level that there is no edit for."""
    edits = {factor: edit_of(factor, level) for factor, level in levels.items()}
    unknown = [name for name, edit in edits.items() if edit is None]
    if unknown:
        raise KeyError(unknown[0])
    applied: list[Applied] = []
    for factor in (name for name in EDITS if name in levels):
        edit = edits[factor]
        assert edit is not None, "an unknown one was refused"
        outcome = edit(document, facts)
        if isinstance(outcome, NotApplicable):
            applied.append(Applied(factor, levels[factor], outcome.reason))
        else:
            document = document.edited(outcome)
            applied.append(Applied(factor, levels[factor]))
    return Result(document, tuple(applied))


def edit_of(factor: str, level: str) -> Edit | None:
    """The edit of a level; None where there is none."""
    if factor == "base" and base_version.VERSION.fullmatch(level):
        return partial(base_version.edit, version=level)
    return EDITS.get(factor, {}).get(level)


def names() -> Sequence[str]:
    """Every `factor=level` that there is an edit for."""
    named = [f"{factor}={level}" for factor, levels in EDITS.items() for level in levels]
    return [*named, ANY_VERSION]
