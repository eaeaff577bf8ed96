"""An image without a program that the project's sources start is not recommended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.cli.verdict import verdict
from runner.compare.offers import Compared
from runner.image.live_files import LiveFiles, live_files
from runner.image.merge import merge
from runner.model.paths import ResultPaths
from runner.model.record import Record
from runner.report.recommendation import reasons
from tests.unit.images import file, image, layer
from tests.unit.test_compare_slow_start import measured, offer

GIT = {"app.py": 'subprocess.run(["git", "log"])\n'}


def with_files(found: Record, *paths: str) -> tuple[Record, LiveFiles]:
    """A record whose layers are told apart by its name, and what lies in its image."""
    assert found.sizes is not None
    layers = tuple(replace(x, diff_id=f"{found.name} {x.diff_id}") for x in found.sizes.layers)
    sizes = replace(found.sizes, layers=layers)
    content = live_files(merge(image(layer(*(file(path, 1) for path in paths)))))
    return replace(found, sizes=sizes), content


@pytest.mark.parametrize(
    ("texts", "slim_has", "plain", "taken"),
    [
        (GIT, "usr/bin/git", False, "slim"),
        (GIT, "bin/sh", False, "own"),
        (GIT, "bin/sh", True, "own"),
        (GIT, "opt/git", False, "own"),
        ({}, "bin/sh", False, "slim"),
        ({"tests/test_app.py": GIT["app.py"]}, "bin/sh", False, "slim"),
        ({"app.py": 'subprocess.run(["svn", "log"])\n'}, "bin/sh", False, "slim"),
    ],
)
def test_what_is_taken(texts: dict[str, str], slim_has: str, plain: bool, taken: str) -> None:
    own = replace(offer("own"), own=not plain, plain=plain)
    slim = replace(offer("slim", base="slim"), beside="own")
    records, files = [], {}
    for one, size_mb, path in ((own, 90, "usr/bin/git"), (slim, 40, slim_has)):
        found, content = with_files(measured(one, size_mb, 1.0), path)
        records.append(found)
        files[one.name] = content

    def files_of(diff_ids: Sequence[str]) -> LiveFiles:
        return files[diff_ids[0].partition(" ")[0]]

    understood: Any = SimpleNamespace(
        project=SimpleNamespace(name="shop"),
        evidence=(),
        listing=SimpleNamespace(paths=frozenset({"Dockerfile"}), texts=texts),
    )
    compared = Compared(cast(Any, understood), ResultPaths(Path("results")), [own, slim], records)
    judged = verdict(compared, files_of)
    assert judged.recommendation.chosen.name == taken
    said = " ".join(reasons(judged))
    assert ("it gives up: git, which app.py starts" in said) == (taken == "own")
