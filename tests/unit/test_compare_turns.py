"""In which order the alternatives of a project are measured."""

from __future__ import annotations

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.turns import BEST_ALONE, turns
from runner.detect.dockerfile import Dockerfile

ALONE = ("base=slim", "stages=multi", "order=deps_first", "cache=purge", "user=nobody")
EDITS = ("together_multi", "together", *ALONE)


def own(name: str, further: bool = False, plain: bool = False) -> OwnDockerfile:
    return OwnDockerfile(name, Dockerfile("FROM a\n"), "", further=further, plain=plain)


def ordered(*dockerfiles: OwnDockerfile) -> list[str]:
    """All sources, then the edits of each, then the ladder: in the order of their turns."""
    sources = {f"{x.name}+{edit}": x.name for x in dockerfiles for edit in EDITS}
    names = [*(x.name for x in dockerfiles), *sources, "own_root"]
    order = dict(zip(names, turns(names, dockerfiles, sources), strict=True))
    return sorted(names, key=order.__getitem__)


def edits(name: str, *which: str) -> list[str]:
    return [f"{name}+{edit}" for edit in which]


def test_the_best_edits_of_the_first_come_before_a_further_dockerfile() -> None:
    assert ordered(own("D"), own("D.prod", further=True), own("D.x", further=True)) == [
        "D",
        *edits("D", "together_multi", "together", *ALONE[:BEST_ALONE]),
        *("D.prod", "D.x"),
        *edits("D", *ALONE[BEST_ALONE:]),
        *edits("D.prod", "together_multi", "together"),
        *edits("D.x", "together_multi", "together"),
        *edits("D.prod", *ALONE),
        *edits("D.x", *ALONE),
        "own_root",
    ]


def test_of_one_alone_those_together_come_first_and_what_is_beyond_edits_last() -> None:
    assert ordered(own("D")) == ["D", *edits("D", *EDITS), "own_root"]


def test_what_is_beyond_edits_comes_before_edits_alone_of_a_plain_one() -> None:
    together = edits("plain", "together_multi", "together")
    expected = ["plain", *together, "own_root", *edits("plain", *ALONE)]
    assert ordered(own("plain", plain=True)) == expected


def test_one_that_was_named_comes_before_the_edits_of_the_one_at_the_root() -> None:
    found = ordered(own("D", further=True), own("docker/a"))
    assert found[:3] == ["D", "docker/a", "docker/a+together_multi"]
    assert found.index("docker/a+user=nobody") < found.index("D+together_multi")
