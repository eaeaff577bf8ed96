"""What goes beyond every Dockerfile to ship: the smallest one that passed, with exactly
the files that its check opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.compare.candidates import Candidate, traced
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.user_dockerfile import own_variant
from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.model.errors import ConfigError, ConstraintError
from runner.model.levels import Base
from runner.model.record import Record, Status
from runner.recipe.traced import list_text
from runner.sweep.prepare import ReadyVariant
from runner.sweep.session import Session
from runner.sweep.tracing import opened
from runner.trial.failures import TrialEnded

KEEP = (
    *("etc/group", "etc/passwd", "tmp", "var/cache/nginx", "var/log/nginx/*"),
    "*/lib/python3*/os.py",
    "*/npm/node_modules/node-gyp/bin/node-gyp.js",
)
"""What must be there without being opened: users, places for temporary files and logs, the
file by which Python finds its library, and the one that npm looks for before it runs a script."""


def smallest(
    variants: Sequence[ReadyVariant], records: Mapping[str, Record]
) -> ReadyVariant | None:
    """The variant with the smallest image that passed; None where none did."""
    sized = {
        item.variant.name: record.sizes.unpacked_bytes
        for item in variants
        if (record := records.get(item.variant.name)) is not None
        and record.status is Status.ok
        and record.sizes is not None
    }
    passed = [item for item in variants if item.variant.name in sized]
    return min(passed, key=lambda item: sized[item.variant.name], default=None)


def reduced(
    own: OwnDockerfile, best: ReadyVariant, text: str, session: Session, bases: Sequence[Base]
) -> tuple[Candidate, ReadyVariant] | NotApplicable:
    """`best` with what its check opens, ready to be built: its candidate and its variant. `text` is
    its Dockerfile with the project's own images in it."""
    whole = Candidate(
        name=best.variant.name,
        about=best.variant.about,
        text=text,
        levels=best.variant.changed,
        dockerignore=best.variant.recipe.dockerignore,
    )
    document = Document(text, own.target)
    try:
        found = opened(best, KEEP, session)
        listed = list_text(found.paths)
    except TrialEnded as end:
        return NotApplicable(end.failure.message)
    except (ConfigError, ConstraintError) as error:
        return NotApplicable(str(error))
    candidate = traced(own.name, whole, document, Facts(opened=found), listed)
    if isinstance(candidate, NotApplicable):
        return candidate
    variant = own_variant(own, best.planned.config, session, bases, candidate)
    if variant.end is not None:
        return NotApplicable(variant.end.failure.message)
    return candidate, variant
