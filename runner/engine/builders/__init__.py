"""Builders: one build request in, timed steps and an image out."""

from __future__ import annotations

from collections.abc import Callable

from runner.engine.builders.attended import Attended
from runner.engine.builders.buildkit import BuildKit
from runner.engine.builders.classic import Classic
from runner.engine.ledger import Ledger
from runner.engine.port import Builder, Engine
from runner.model.engine import BuilderName

_BUILDERS: dict[BuilderName, Callable[[Engine, Ledger | None], Builder]] = {
    BuilderName.buildkit: BuildKit,
    BuilderName.classic: Classic,
}


def builder_for(name: BuilderName, engine: Engine, ledger: Ledger | None = None) -> Builder:
    """The builder of that name on this engine; what it builds is noted in the ledger, or in the
    usual one."""
    return Attended(_BUILDERS[name](engine, ledger), engine)
