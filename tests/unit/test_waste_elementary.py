"""Thirteen elementary ways to waste bytes or not to, as real archives, and what dive says of them.

What is wasted was added up by hand: each case says which stored bytes nobody can reach. dive is
run on the same archives, so that the claim of the documentation (it is right on four of them) is
a measured one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.image.merge import merge
from runner.image.read import read_image
from runner.image.waste import waste_of
from runner.model.anatomy import WasteReason
from runner.model.entries import ImageContent, LayerContent
from tests.unit.images import directory, file, image, layer, link, opaque, whiteout
from tests.unit.real_dive import numbers_of
from tests.unit.saved import save


@dataclass(frozen=True)
class Case:
    """Layers, the bytes that they waste by reason, and whether dive comes to the same sum."""

    layers: tuple[LayerContent, ...]
    wasted: dict[WasteReason, int]
    dive_agrees: bool = False

    @property
    def image(self) -> ImageContent:
        return image(*self.layers)


OLD = file("d/a", 1000, mtime_s=1)
FOLDER = directory("d")
CASES = {
    "file deleted": Case((layer(OLD), layer(whiteout("d/a"))), {WasteReason.deleted: 1000}, True),
    "directory deleted": Case(
        (layer(FOLDER, OLD, file("d/b", 500)), layer(whiteout("d"))), {WasteReason.deleted: 1500}
    ),
    "overwritten by a larger file": Case(
        (layer(OLD), layer(file("d/a", 3000, mtime_s=2))), {WasteReason.overwritten: 1000}
    ),
    "overwritten by a smaller file": Case(
        (layer(OLD), layer(file("d/a", 200, mtime_s=2))), {WasteReason.overwritten: 1000}
    ),
    "mode changed": Case(
        (layer(OLD), layer(file("d/a", 1000, mtime_s=1, mode=0o755))),
        {WasteReason.attributes: 1000},
    ),
    "moved": Case(
        (layer(OLD), layer(whiteout("d/a"), file("d/b", 1000, mtime_s=1))),
        {WasteReason.deleted: 1000},
        True,
    ),
    "directory made opaque": Case(
        (layer(FOLDER, OLD), layer(FOLDER, opaque("d"), file("d/b", 200))),
        {WasteReason.opaque: 1000},
    ),
    "directory replaced by a file": Case(
        (layer(FOLDER, OLD), layer(file("d", 200))), {WasteReason.type_change: 1000}
    ),
    "file replaced by a directory": Case(
        (layer(FOLDER, OLD), layer(directory("d/a"), file("d/a/b", 200))),
        {WasteReason.type_change: 1000},
    ),
    "deleted and made again in one layer": Case(
        (layer(OLD), layer(whiteout("d/a"), file("d/a", 200))), {WasteReason.deleted: 1000}
    ),
    "hard link, one name deleted": Case(
        (layer(OLD, link("d/b", to="d/a")), layer(whiteout("d/a"))), {}
    ),
    "hard link, every name deleted": Case(
        (layer(OLD, link("d/b", to="d/a")), layer(whiteout("d/a")), layer(whiteout("d/b"))),
        {WasteReason.deleted: 1000},
        True,
    ),
    "same content under two names": Case((layer(OLD), layer(file("d/b", 1000))), {}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_ours_is_what_was_added_up_by_hand(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    read = read_image(str(save(case.image, tmp_path / "image.tar")))
    tree = merge(read)
    found: dict[WasteReason, int] = {}
    for waste in waste_of(read, tree):
        found[waste.reason] = found.get(waste.reason, 0) + waste.bytes
    assert found == case.wasted
    assert tree.stored_bytes - tree.live_bytes == sum(case.wasted.values())


@pytest.mark.parametrize("name", CASES)
def test_dive_is_right_or_wrong_as_documented(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    _, dive_wasted_bytes, _ = numbers_of(save(case.image, tmp_path / "image.tar"))
    assert (dive_wasted_bytes == sum(case.wasted.values())) is case.dive_agrees


def test_dive_is_right_on_four_of_thirteen() -> None:
    assert (sum(case.dive_agrees for case in CASES.values()), len(CASES)) == (4, 13)
