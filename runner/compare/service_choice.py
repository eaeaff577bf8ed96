"""Which Dockerfiles of a repository are of one service: what a check asks can hold for one only."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from runner.compare.copied_words import exists
from runner.compare.sources import EXPOSES, MANIFESTS, Source

_SERVICE = re.compile(r"service (.+) in (\S+)")


def one_service(
    sources: Sequence[Source], paths: Sequence[str], texts: Mapping[str, str]
) -> list[Source]:
    """Those that are built from one directory: of a repository with several services, the one at
    its root, else one that has manifests and a port. What one check asks can hold for one only, and
    not for an image that runs the tests of the service; what is for developers only counts where
    there is nothing else."""

    def rank(source: Source) -> tuple[bool, bool, bool, bool, int, bool, str]:
        silent = not source.ports and not EXPOSES.search(texts.get(source.path, ""))
        nothing = not any(exists(name, source.context, paths) for name in MANIFESTS)
        depth = source.path.count("/")
        production = not source.for_production
        return (source.for_developers, depth > 0, nothing, silent, depth, production, source.path)

    ranked = sorted(sources, key=rank)
    chosen: dict[str, Source] = {}
    for source in ranked:
        other = chosen.get(source.path)
        same = is_same_service(source, ranked[0], paths)
        if same and (other is None or _serves_more(source, other)):
            chosen[source.path] = source
    served = [source for source in chosen.values() if not source.is_aside]
    shipped = [source for source in served if not source.for_developers]
    return shipped or served or list(chosen.values())


def is_same_service(source: Source, other: Source, paths: Sequence[str]) -> bool:
    """Whether two may be the same service: built in one directory, of one manifest, and not by two
    services of one compose file."""
    if _place(source, paths) != _place(other, paths):
        return False
    mine, its = (_SERVICE.fullmatch(x.seen) for x in (source, other))
    if source.path == other.path or mine is None or its is None:
        return True
    return mine[1] == its[1] or mine[2] != its[2]


def _place(source: Source, paths: Sequence[str]) -> tuple[str, str]:
    """The directory that is sent, and of one that lies below it the directory of the service, where
    that has a manifest of its own."""
    place = posixpath.dirname(source.path)
    is_own = any(exists(name, place, paths) for name in MANIFESTS)
    return source.context, place if place and is_own and place != source.context else ""


def _serves_more(source: Source, other: Source) -> bool:
    """Whether of two targets of one Dockerfile this one is the service: it has a port."""
    return bool(source.ports) and not other.ports
