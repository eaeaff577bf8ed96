"""Time per file does not grow with the number of files, however they are deleted."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from runner.image.dive import dive_numbers
from runner.image.merge import merge
from runner.image.waste import waste_of
from runner.model.entries import Entry, ImageContent
from tests.unit.images import directory, file, image, layer, link, opaque, whiteout

FEW, MANY = 1_000, 100_000
GROWTH = 5.0
"""What caches of the processor and a busy machine may cost; a square would cost a hundredfold."""


def spread(count: int) -> list[Entry]:
    """Files in folders of a hundred."""
    return [file(f"d/{number // 100}/{number}", 1) for number in range(count)]


def one_by_one(count: int) -> ImageContent:
    return image(
        layer(directory("d"), *spread(count)),
        layer(*(whiteout(f"d/{number // 100}/{number}") for number in range(count))),
    )


def at_once(count: int) -> ImageContent:
    return image(layer(directory("d"), *spread(count)), layer(whiteout("d")))


def opaque_and_again(count: int) -> ImageContent:
    return image(layer(*spread(count)), layer(*spread(count), opaque("d")))


def linked(count: int) -> ImageContent:
    links = (link(f"e/{number}", to=f"d/{number // 100}/{number}") for number in range(count))
    return image(layer(*spread(count), *links), layer(whiteout("d")), layer(whiteout("e")))


def seconds_for_a_file(content: ImageContent, count: int, repeat: int) -> float:
    """The fastest of some runs of all that this floor computes."""
    fastest = float("inf")
    for _ in range(repeat):
        gc.collect()
        gc.disable()
        started = time.process_time()
        tree = merge(content)
        waste = waste_of(content, tree)
        assert tree.live_bytes == tree.stored_bytes - sum(found.bytes for found in waste)
        dive_numbers(content)
        fastest = min(fastest, time.process_time() - started)
        gc.enable()
    return fastest / count


@pytest.mark.parametrize("make", [one_by_one, at_once, opaque_and_again, linked])
def test_a_hundred_thousand_files_take_no_longer_each_than_a_thousand(
    make: Callable[[int], ImageContent],
) -> None:
    few = seconds_for_a_file(make(FEW), FEW, 10)
    many = seconds_for_a_file(make(MANY), MANY, 1)
    assert many < GROWTH * few
