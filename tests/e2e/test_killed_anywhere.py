"""kill -9 in the middle of a sweep: one more run, and every variant has one record.

`python -m benchmarks.killed_anywhere` does the same at fifty moments, and of `compare`.
"""

from __future__ import annotations

import shutil

from tests.e2e.commands import PAGE
from tests.e2e.conftest import Machine
from tests.e2e.killing import Scene, moments, our_images

VARIANTS = ("cache=keep,flags", "experiment.name=killed", "-m")
WITH_WATCHDOG = (False, True)


def test_one_record_for_each_variant_and_nothing_left(machine: Machine) -> None:
    arguments = ("bench", *PAGE, *machine.command.usual, *VARIANTS)
    scene = Scene.of(machine.command, machine.cache, arguments, "killed", 2)
    seconds = scene.finish()
    images = our_images(machine.engine)
    assert scene.left(machine.engine, images) == []
    for moment, with_watchdog in zip(moments(7, 2, seconds * 0.8), WITH_WATCHDOG, strict=True):
        shutil.rmtree(scene.results, ignore_errors=True)
        scene.kill(moment, with_watchdog)
        scene.finish()
        assert scene.problems(machine.engine, images) == [], f"killed after {moment:.2f} s"
