"""An edit that fails alone is in no combination of edits, and is found before all of them fail."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.compare.alternatives import Alternatives
from runner.compare.candidates import Candidate, candidates, with_ignore, without
from runner.compare.culprits import Culprits, in_doubt
from runner.compare.explorer import Origin
from runner.compare.lineup import Lineup
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.facts import Facts, Manifest
from runner.ecosystems.installers import INSTALLERS
from runner.model.record import Failure, Record, Status
from tests.unit.records import record

FACTS = Facts(
    INSTALLERS,
    manifests=(Manifest(("package.json", "package-lock.json"), "npm"),),
)
NODE = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["node", "server.js"]\n'
NPM_CI = ("installer", "npm_ci")
STEP = "[build 4/4] RUN npm ci --omit=dev && mkdir -p /production"


def known() -> list[Candidate]:
    return candidates("D", NODE, FACTS, "")


def failed(name: str, step: str = STEP) -> Record:
    failure = Failure(step, "exit code 1: Missing: a@1 from lock file", 1)
    return replace(record(name), status=Status.build_failed, failure=failure, sizes=None)


class Played:
    """Alternatives of which those fail whose Dockerfile has a text in it."""

    def __init__(
        self, fails_with: str, can: int = 99, text: str = NODE, ignore: str = "node_modules\n"
    ) -> None:
        self.fails_with, self.can = fails_with, can
        self.made: dict[str, Candidate] = {}
        """Variant id → what it was made of."""
        self.records = {"D": record("D")}
        self.notes: list[str] = []
        self.ran: list[str] = []
        self.process = SimpleNamespace(progress=SimpleNamespace(note=self.notes.append))
        found = candidates("D", text, FACTS, "")
        found = with_ignore(found, ignore) if ignore else found
        own = OwnDockerfile("D", Dockerfile(text), "")
        self.origin = Origin(own, FACTS, tuple(found), ignore)
        self.lineup = Lineup([self.ready(own, item) for item in found])
        for item in found[1:]:
            self.lineup.note(item, own)
        self.culprits = Culprits(
            [self.origin], self.lineup, cast(Alternatives, self), cast(Any, self.ready)
        )

    def ready(self, _: OwnDockerfile, item: Candidate) -> Any:
        variant_id = f"{item.name} {hash((item.text, item.dockerignore))}"
        self.made[variant_id] = item
        return SimpleNamespace(variant=SimpleNamespace(name=item.name), variant_id=variant_id)

    def text(self, name: str) -> str:
        return self.lineup.texts.get(name, NODE)

    def also(self, item: Any) -> bool:
        name = item.variant.name
        if not self.can:
            return False
        self.can -= 1
        self.ran.append(name)
        made = self.made[item.variant_id]
        wrong = self.fails_with in made.text + (made.dockerignore or "")
        self.records[name] = failed(name) if wrong else record(name)
        return True

    def measure(self) -> None:
        """As a comparison does."""
        while True:
            for item in self.lineup.variants:
                if item.variant.name not in self.records:
                    self.also(item)
                if self.culprits.doubts(item):
                    self.culprits.look_into(item)
                    break
            else:
                return


def test_the_edit_that_writes_the_command_which_failed_comes_first() -> None:
    found = known()
    combination = next(x for x in found if x.name == "D+together_multi")
    assert next(iter(in_doubt(combination, found, failed("x")))).levels == dict([NPM_CI])
    later = in_doubt(combination, found, failed("x", "check: start"))
    assert [next(iter(x.levels)) for x in later][:2] == ["installer", "deps"]


def test_what_fails_alone_is_taken_out_of_every_combination() -> None:
    played = Played("npm ci")
    played.measure()

    first, second, *_ = played.ran
    assert (first, second) == ("D+together_multi", "D+installer=npm_ci")
    assert played.ran.count("D+together_multi") == 2, "once more without that edit"
    combined = [x for x in played.culprits.origins[0].candidates if len(x.levels) > 1]
    assert combined
    assert all(NPM_CI not in x.levels.items() for x in combined)
    assert all("npm ci" not in x.text and x.dockerignore for x in combined)
    wrong = [name for name, x in played.records.items() if x.status is not Status.ok]
    assert wrong == ["D+installer=npm_ci"]
    assert played.notes == [
        "D: installer=npm_ci (exactly the packages of package-lock.json (npm ci)) fails alone:"
        " what is combined goes on without it"
    ]
    texts = [played.text(x.variant.name) for x in played.lineup.variants]
    ignored = "D+ignore=unneeded"  # has the text of the source
    assert len(set(texts)) == len(texts) - (ignored in played.lineup.texts)


def test_so_is_a_dockerignore_that_leaves_out_too_much() -> None:
    played = Played("too much", ignore="too much\n")
    played.measure()
    wrong = [name for name, x in played.records.items() if x.status is not Status.ok]
    assert wrong == ["D+ignore=unneeded"]


def test_what_is_left_of_two_edits_is_known_alone() -> None:
    text = (
        "FROM node:22-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\n"
        'RUN npm install\nCOPY . .\nCMD ["node", "server.js"]\n'
    )
    played = Played("npm ci", text=text, ignore="")
    two = next(x for x in played.origin.candidates if x.name == "D+together")
    assert set(two.levels) == {"installer", "cache"}
    played.measure()
    wrong = [name for name, x in played.records.items() if x.status is not Status.ok]
    assert wrong == ["D+installer=npm_ci"]


def test_what_has_passed_stays() -> None:
    played = Played("npm ci")
    for item in played.lineup.variants:
        if item.variant.name == "D+together_multi":
            played.records[item.variant.name] = record(item.variant.name)
    played.measure()
    assert "D+together_multi" not in played.ran
    kept = next(x for x in played.culprits.origins[0].candidates if x.name == "D+together_multi")
    assert NPM_CI in kept.levels.items()


def test_where_no_edit_fails_alone_all_go_on_as_they_are() -> None:
    played = Played("npm ci --omit=dev")
    before = [x.variant_id for x in played.lineup.variants]
    played.measure()
    assert [x.variant_id for x in played.lineup.variants] == before
    assert len(played.ran) == len(set(played.ran)) == len(before) - 1, "each once"
    assert not played.notes


def test_it_ends_with_the_budget() -> None:
    played = Played("npm ci", can=1)
    played.measure()
    assert played.ran == ["D+together_multi"]
    assert not played.notes


@pytest.mark.parametrize("status", [Status.base_failed, Status.ok])
def test_nothing_else_is_doubted(status: Status) -> None:
    played = Played("npm ci")
    items = {x.variant.name: x for x in played.lineup.variants}
    played.records["D+together_multi"] = replace(failed("x"), status=status)
    played.records["D+installer=npm_ci"] = failed("x")
    assert not played.culprits.doubts(items["D+together_multi"])
    assert not played.culprits.doubts(items["D+installer=npm_ci"]), "it is no combination"
    assert not played.culprits.doubts(items["D"])
    played.records |= {"D+together_multi": failed("x"), "D": failed("x")}
    assert not played.culprits.doubts(items["D+together_multi"]), "its source fails as well"


def test_a_combination_without_an_edit_has_all_the_others() -> None:
    found = known()
    combination = next(x for x in found if x.name == "D+together_multi")
    rest = without(combination, NPM_CI, found[0], FACTS)
    assert dict(rest.levels) == {k: v for k, v in combination.levels.items() if k != "installer"}
    assert without(rest, NPM_CI, found[0], FACTS) == rest
    alone = next(x for x in found if x.name == "D+installer=npm_ci")
    assert without(alone, NPM_CI, found[0], FACTS) == alone
