"""Marks every test by its directory: unit, property, hostile, engine or e2e.

Modules of tests run side by side, those of all folders mixed: benches take turns on the engine and
now and then wait there for seconds, while others have a use for the CPUs. Unit tests come before
all others; of these, what takes longest comes early, so that no worker is left with a long one at
the end.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import Phase, settings

settings.register_profile("without deadline", deadline=None)
settings.register_profile(
    "mutants", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
MUTATED = "MUTANT_UNDER_TEST" in os.environ
"""Whether `make mutants` runs: thousands of short runs, to which any example is as good as the
smallest one."""
settings.load_profile("mutants" if MUTATED else "without deadline")
# Neither has a deadline: what a busy machine does slowly is not wrong.

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# A shell starts what runs in its background (`make test &`) with Ctrl-C ignored, and what tests
# start would inherit that: they send Ctrl-C and would wait for its end in vain.

TESTS = Path(__file__).parent
ALL_BEGUN = {"unit": 1.0, "e2e": 0.65, "engine": 0.7, "property": 1.0, "hostile": 1.0}
"""The share of a run after which a folder's last module has begun: early where they take long."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each CPU. Where tests on an engine were asked for, four at most: what they time
    takes turns on that engine, and what is left keeps two CPUs busy while others wait."""
    workers = os.cpu_count() or 1
    asked = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    alone = all(path in (TESTS / "unit", TESTS / "property", TESTS / "hostile") for path in asked)
    return workers if alone else min(workers, 2) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of the folder that it lies in; then unit tests, and the others with
    each folder's modules spread evenly. A module's tests stay together, in their order."""
    modules: dict[str, list[Path]] = {kind: [] for kind in ALL_BEGUN}
    for item in items:
        kind = kind_of(item)
        item.add_marker(kind)
        if item.path not in modules[kind]:
            modules[kind].append(item.path)
    begins = {
        module: (kind != "unit", place / len(found) * ALL_BEGUN[kind], module)
        for kind, found in modules.items()
        for place, module in enumerate(found)
    }
    items.sort(key=lambda item: begins[item.path])


def pytest_collection_finish() -> None:
    """What was collected and imported stays: the garbage collector need not look through it time
    and again, which took a twelfth of the processor time of property tests."""
    if MUTATED:
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def kind_of(item: pytest.Item) -> str:
    """The folder that a test lies in."""
    return item.path.relative_to(TESTS).parts[0]
