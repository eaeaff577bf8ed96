"""In which order alternatives are measured: what tells most of the Dockerfile that matters most
first.

Pure functions of names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum

from runner.compare.candidates import TOGETHER_NAME
from runner.compare.own_dockerfiles import OwnDockerfile

BEST_ALONE = 3
"""So many edits alone, those that tell most, come before a further Dockerfile of the project."""


class Turn(IntEnum):
    """What comes before what."""

    source = 1
    together = 2
    beyond_plain = 3
    """What is beyond edits, where it may be the choice: the project has no Dockerfile."""
    best_alone = 4
    further = 5
    """A further Dockerfile of the project as it is."""
    alone = 6
    further_together = 7
    further_alone = 8
    beyond = 9


def turns(
    names: Sequence[str], own: Sequence[OwnDockerfile], sources: Mapping[str, str]
) -> Iterator[Turn]:
    """The turn of each alternative; `sources` maps each edit to the Dockerfile that it is one
    of."""
    known, further = [x.name for x in own], {x.name for x in own if x.further}
    alone = 0
    for name in names:
        source = sources.get(name, name)
        is_behind = source in further
        if source not in known:
            yield Turn.beyond_plain if all(x.plain for x in own) else Turn.beyond
        elif name == source:
            yield Turn.further if is_behind and name != known[0] else Turn.source
        elif name.startswith(f"{source}+{TOGETHER_NAME}"):
            yield Turn.further_together if is_behind else Turn.together
        elif is_behind:
            yield Turn.further_alone
        else:
            alone += 1
            yield Turn.best_alone if alone <= BEST_ALONE else Turn.alone
