"""What a stand-in's digest depends on, and what of the machine goes into it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import certifi
import pytest

from runner.engine.standins import recipe as recipe_module
from runner.engine.standins.build_context import last_words
from runner.engine.standins.durations import SHIPPED_S, Durations, key_of
from runner.engine.standins.machine import (
    Machine,
    carried_options,
    certificates_beyond,
    mirror_lines,
    proxies,
)
from runner.engine.standins.recipe import FOLDER, PYTHON_TARGETS, TARGETS, Recipe, recipe_for
from runner.model.errors import BaseError

MACHINE = Machine(architecture="x86_64")
RECIPE = Recipe("slim", MACHINE)

ADDRESSES = """\
'http://mirror.example/debian/dists/trixie/InRelease' mirror_trixie_InRelease 0
'http://mirror.example/debian/dists/trixie/main/binary-amd64/Packages.xz' mirror_trixie_Packages 0
'http://mirror.example/debian/dists/trixie/contrib/binary-amd64/Packages.xz' mirror_contrib 0
'http://mirror.example/debian/dists/trixie-updates/main/binary-amd64/Packages.xz' mirror_updates 0
'http://mirror.example/security/dists/trixie-security/main/binary-all/Packages.xz' mirror_sec 0
'https://other.example/repo/dists/stable/main/binary-amd64/Packages.xz' other_Packages 0
"""
"""As apt prints them."""


def public_certificates(count: int) -> list[str]:
    """A few real certificates to play with."""
    begin = "-----BEGIN CERTIFICATE-----"
    pieces = certifi.contents().split(begin)[1 : count + 1]
    return [begin + piece.partition("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
            for piece in pieces]  # fmt: skip


def test_one_context_serves_all_python_stand_ins() -> None:
    assert len({Recipe(target, MACHINE).digest for target in PYTHON_TARGETS}) == 1
    assert Recipe("tiny", MACHINE).digest != RECIPE.digest


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, suite="trixie"),
        replace(RECIPE, machine=replace(MACHINE, architecture="aarch64")),
        replace(RECIPE, machine=replace(MACHINE, certificates=("one",))),
        replace(RECIPE, machine=replace(MACHINE, certificates=("on", "e"))),
    ],
)
def test_digest_depends_on_suite_architecture_and_certificates(other: Recipe) -> None:
    assert other.digest != RECIPE.digest


def test_digest_ignores_how_packages_are_reached() -> None:
    machine = replace(MACHINE, apt_sources=("deb x y z",), proxies=(("http_proxy", "p"),))
    assert replace(RECIPE, machine=machine).digest == RECIPE.digest


def test_digest_depends_on_the_recipes_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_module, "FOLDER", tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    before = RECIPE.digest
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / "start.sh").write_text("exec true\n")
    with_another_file = RECIPE.digest
    (tmp_path / "derived" / "start.sh").write_text("exec false\n")
    assert len({before, with_another_file, RECIPE.digest}) == 3


def test_every_target_has_a_stage() -> None:
    stages = (FOLDER / "Dockerfile").read_text() + (FOLDER / "tiny.Dockerfile").read_text()
    assert all(f" AS {target}\n" in stages for target in TARGETS)


def test_unknown_stand_in_names_the_choices() -> None:
    with pytest.raises(BaseError, match=r"base.standin=fat.*slim"):
        recipe_for("fat")


def test_extra_certificates_choose_the_stage_that_trusts_them() -> None:
    trusting = replace(RECIPE, machine=replace(MACHINE, certificates=("one",)))
    assert trusting.build_args["TRUST"] == "extra-ca"
    assert RECIPE.build_args == {"TRUST": "plain"}
    assert Recipe("tiny", MACHINE).build_args == {}


def test_mirror_of_another_suite_is_used_for_ours() -> None:
    assert mirror_lines(ADDRESSES, "trixie", "bookworm") == [
        "deb http://mirror.example/debian/ bookworm main",
        "deb http://mirror.example/debian/ bookworm-updates main",
        "deb http://mirror.example/security/ bookworm-security main",
    ]


def test_without_the_suite_itself_the_default_mirror_is_used() -> None:
    updates = "'http://m.example/dists/bookworm-updates/main/binary-amd64/Packages.xz' name 0 \n"
    assert mirror_lines(updates, "bookworm", "bookworm") == []
    files = "'file:/srv/debian/dists/bookworm/main/binary-amd64/Packages' name 0 \n"
    assert mirror_lines(files, "bookworm", "bookworm") == []


def test_apt_options_that_snapshots_need_are_carried() -> None:
    dump = 'APT "";\nAcquire::Check-Valid-Until "false";\nAcquire::Retries "3";\n'
    assert carried_options(dump) == ['Acquire::Check-Valid-Until "false";']


def test_proxies_in_either_case() -> None:
    environment = {"http_proxy": "http://p", "HTTPS_PROXY": "http://q", "no_proxy": "", "PATH": "x"}
    assert proxies(environment) == {"http_proxy": "http://p", "HTTPS_PROXY": "http://q"}


def test_certificates_beyond_the_public_ones() -> None:
    first, second, third = public_certificates(3)
    bundle = f"# a comment\n{first}\n{second}{third}{second}"
    extra = certificates_beyond(bundle, [first, third.replace("\n", "\r\n")])
    assert [ssl.PEM_cert_to_DER_cert(each) for each in extra] == [ssl.PEM_cert_to_DER_cert(second)]


def test_durations_are_remembered(tmp_path: Path) -> None:
    table = Durations(tmp_path / "cache" / "durations.json")
    assert table.estimate_s("slim") == SHIPPED_S["slim"]
    assert table.estimate_s(key_of("python3.12-slim", ("full",))) > table.estimate_s("bun")
    table.remember("slim", 12.34)
    assert Durations(tmp_path / "cache" / "durations.json").estimate_s("slim") == 12.3
    (tmp_path / "cache" / "durations.json").write_text("not JSON")
    assert table.estimate_s("slim") == SHIPPED_S["slim"]


def test_every_way_to_a_stand_in_has_an_estimate() -> None:
    for target in TARGETS:
        for present in ((), ("full",), ("slim", "tiny"), TARGETS):
            assert key_of(target, present) in SHIPPED_S


def test_last_words_prefer_what_is_marked_as_error() -> None:
    assert last_words("I: start\nE: no space left\nI: removing\n") == "E: no space left"
    assert last_words("one\ntwo\nthree\n") == "two three"
