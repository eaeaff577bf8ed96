"""What a sweep was asked for, as experiment.yaml says it."""

from __future__ import annotations

from collections.abc import Sequence

import yaml


def resolved(first_yaml: str, asked: Sequence[Sequence[str]]) -> str:
    """The resolved configuration; where several were `asked` for, by the overrides of each, that of
    the first, then all of these."""
    if len(asked) < 2:
        return first_yaml
    sweep = {"sweep": [list(overrides) for overrides in asked]}
    return (
        f"# The first of {len(asked)} jobs; `sweep`, at the end, lists the overrides of each.\n"
        f"{first_yaml}{yaml.safe_dump(sweep, default_flow_style=None, width=100)}"
    )
