"""Where the time of `dockbench inspect` goes when an engine's folders are read.

    .venv/bin/python -m benchmarks.anatomy_profile [--images 100mb 100000-files]

Each image is read by a process of its own, which tells wall and kernel seconds of every phase from
its start on. Below stand other ways to look at the same entries: a native program (`find`), the
standard library without anything made of what it finds, and a native library for Python
(scandir-rs, where it is installed: dockbench does not need it).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.made_images import IMAGES, loaded

_PHASES = str(Path(__file__).with_name("inspect_phases.py"))
_SCANDIR = """\
import os, sys
def walk(folder):
    with os.scandir(folder) as found:
        for child in found:
            child.stat(follow_symlinks=False)
            if child.is_dir(follow_symlinks=False):
                walk(child.path)
for folder in sys.argv[1:]:
    walk(folder)
"""
_SCANDIR_RS = """\
import sys
from scandir_rs import ReturnType, Scandir
for folder in sys.argv[1:]:
    Scandir(folder, return_type=ReturnType.Ext, sorted=False, skip_hidden=False).collect()
"""


def native(name: str, command: list[str]) -> None:
    """Print what another program takes, the fastest of five runs."""
    runs: list[tuple[float, float]] = []
    for _ in range(5):
        before, begun = os.times(), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took_s, after = time.perf_counter() - begun, os.times()
        runs.append((took_s, after.children_system - before.children_system))
    took_s, kernel_s = min(runs)
    print(f"  {name:36} {took_s:7.3f} s  kernel {kernel_s:5.2f} s")


def profile(address: str, image: str, folders: list[str]) -> None:
    """One image: ours by a process of its own, then the peers."""
    for shown in (subprocess.DEVNULL, None):  # once to warm up
        command = [sys.executable, _PHASES, str(time.monotonic()), address, image]
        subprocess.run(command, check=True, stdout=shown)
    native("peer: python -c pass", [sys.executable, "-c", "pass"])
    native("peer: find -printf, the same entries", ["find", *folders, "-printf", "%s %m %i\\0"])
    python = [sys.executable, "-I", "-c"]
    native("peer: os.scandir with stat", [*python, _SCANDIR, *folders])
    if find_spec("scandir_rs"):
        native("peer: scandir-rs", [*python, _SCANDIR_RS, *folders])
    else:
        print("  peer: scandir-rs is not installed (.venv/bin/pip install scandir-rs)")


def each_image(names: list[str], use: Callable[[str, str, list[str]], None]) -> None:
    """Make the images on the engine, one after the other."""
    from runner.engine.connect import connect
    from runner.model.progress import Silent

    engine = connect(Silent())
    for made in IMAGES:
        if names and made.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder, loaded(made, engine, Path(folder)) as image:
            folders = engine.images.layer_folders(engine.images.inspect(made.tag))
            if folders is None:
                raise SystemExit(f"the folders of {engine.address} cannot be read: run as root")
            print(f"\n{made.name}: {image.entries} entries", flush=True)
            use(engine.address, made.tag, [str(path) for path in folders])
    engine.client.close()


def main() -> int:
    """Make the images and profile each."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--images", nargs="*", choices=[made.name for made in IMAGES])
    each_image(options.parse_args().images or [], profile)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
