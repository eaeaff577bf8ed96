"""How figures look, decided in code: the same records give the same bytes on every machine.

Fonts are matplotlib's own files, named by path; text becomes outlines; no date, no version and
nothing of the user's matplotlibrc gets into a file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

INK = "#1B1F24"
MUTED = "#59636E"
RULE = "#E4E7EB"
PAPER = "#FFFFFF"
TINT = "#F2F6FA"
BASE = "#AEB7C2"
OWN = "#0072B2"
ORIGINAL = "#D55E00"
FAILED = "#A4262C"
"""Blue and vermilion of Okabe and Ito's palette, which the colour-blind tell apart."""

ORIGINAL_MARK: dict[str, Any] = {
    "linestyle": "none", "marker": "D", "markersize": 6.5, "markerfacecolor": PAPER,
    "markeredgecolor": ORIGINAL, "markeredgewidth": 1.6, "clip_on": False, "zorder": 5,
}  # fmt: skip
"""How the original post's figures are marked."""

POINTS_PER_INCH = 72.0
DPI = 180
_HASH_SALT = "dockbench"


@contextmanager
def style() -> Iterator[None]:
    """matplotlib's own defaults with ours on top, whatever the user has configured."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.hashsalt": _HASH_SALT,
                "svg.fonttype": "path",
                "axes.unicode_minus": True,
                "path.simplify": False,
            }
        )
        yield


@lru_cache
def font(size: float, bold: bool = False) -> FontProperties:
    """DejaVu Sans as matplotlib ships it, `size` in points."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FontProperties(
        fname=str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size=size
    )


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in inches."""
    width, _, _ = TextToPath().get_text_width_height_descent(text, font(size, bold), ismath=False)
    return float(width) / POINTS_PER_INCH


def wrapped(text: str, width: float, size: float, lines: int) -> list[str]:
    """The text in at most `lines` lines of `width` inches; what does not fit ends in `…`."""
    words = [part for word in text.split() for part in _pieces(word, width, size)]
    rows: list[str] = []
    while words:
        taken = 1
        while taken < len(words) and text_width(" ".join(words[: taken + 1]), size) <= width:
            taken += 1
        if len(rows) == lines - 1 and taken < len(words):
            return [*rows, _cut(" ".join(words), width, size)]
        rows.append(" ".join(words[:taken]))
        words = words[taken:]
    return rows


def clipped(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text on one line, cut with `…` if it is wider than `width` inches."""
    text = " ".join(text.split())
    return text if text_width(text, size, bold) <= width else _cut(text, width, size, bold)


def _cut(text: str, width: float, size: float, bold: bool = False) -> str:
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1].rstrip()
    return text + "…"


def _pieces(word: str, width: float, size: float) -> Iterator[str]:
    """A word that is wider than a line, cut where it has to be."""
    while text_width(word, size) > width and len(word) > 1:
        end = len(word)
        while end > 1 and text_width(word[:end], size) > width:
            end -= 1
        yield word[:end]
        word = word[end:]
    yield word


def render(figure: Figure, kind: str, title: str) -> bytes:
    """The figure's bytes as `svg` or `png`."""
    metadata: dict[str, Any] = (
        {"Date": None, "Creator": None, "Title": title} if kind == "svg" else {"Software": None}
    )
    target = io.BytesIO()
    with style():
        figure.savefig(target, format=kind, dpi=DPI, facecolor=PAPER, metadata=metadata)
    return target.getvalue()
