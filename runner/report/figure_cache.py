"""Remembers what charts look like, so that a bench draws none that lies in its directory
already."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import msgspec

from runner import __version__
from runner.model.errors import StoreError
from runner.model.paths import CachePaths, ResultPaths
from runner.report.figures.chart import Chart
from runner.report.figures.time_chart import TimeChart
from runner.store.atomic import write_bytes
from runner.store.directories import open_directory

LIBRARIES = ("matplotlib", "numpy", "pillow")
"""What turns a chart into bytes, next to the code of this directory."""


class DrawnFigures:
    """Digests of figures by what they were drawn from; not being able to keep one costs time only.

    Both sides are checked: what the chart says and what draws it, and the bytes of the files.
    """

    def __init__(self, paths: CachePaths) -> None:
        self._paths = paths

    def lie_in(self, results: ResultPaths, chart: Chart | TimeChart) -> list[Path]:
        """The chart's figures in a results directory; empty unless all are there, byte for byte."""
        try:
            data = self._note(chart).read_bytes()
            known = msgspec.json.decode(data, type=dict[str, str])
            with open_directory(results.figures, results.root) as directory:
                same = all(
                    _digest(directory.read(name)) == digest for name, digest in known.items()
                )
        except (OSError, StoreError, msgspec.MsgspecError):
            return []
        return [results.figures / name for name in known] if same else []

    def remember(self, chart: Chart | TimeChart, figures: Mapping[str, bytes]) -> None:
        """Keep the digests of the figures (file name → bytes) that the chart was drawn as."""
        digests = {name: _digest(content) for name, content in figures.items()}
        with contextlib.suppress(StoreError):
            write_bytes(self._note(chart), msgspec.json.encode(digests))

    def _note(self, chart: Chart | TimeChart) -> Path:
        return self._paths.drawn(drawing_digest(chart))


def drawing_digest(chart: Chart | TimeChart) -> str:
    """The digest of all that decides a figure's bytes: words and rows, our code, the libraries."""
    code = sorted(Path(__file__).parent.rglob("*.py"))
    return _digest(
        repr(chart).encode(),
        *(f"{library} {version(library)}".encode() for library in LIBRARIES),
        __version__.encode(),
        *(path.read_bytes() for path in code),
    )


def _digest(*parts: bytes) -> str:
    """The SHA-256 of the parts, each with its length before it."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()
