"""How figures look, decided in code: the same records give the same bytes on every machine.

Text is measured by matplotlib's own font files, named by path, and stays text in SVG; no date, no
version and nothing of the user's matplotlibrc gets into a file.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags

INK = "#1B1F24"
MUTED = "#59636E"
RULE = "#E4E7EB"
PAPER = "#FFFFFF"
TINT, TINT_SHARE = "#7F97B2", 0.11
"""The ground of rows on another scale: so thin that it does on light and on dark pages."""
BASE = "#AEB7C2"
OWN = "#0072B2"
OWN_PALE = "#8FC3E5"
"""Own layers of images that are not for shipping."""
ORIGINAL = "#D55E00"
FLOOR = "#009E73"
FAILED = "#A4262C"
"""Blue, vermilion and green of Okabe and Ito's palette, which the colour-blind tell apart."""

ORIGINAL_MARK: dict[str, Any] = {
    "linestyle": "none", "marker": "D", "markersize": 6.5, "markerfacecolor": PAPER,
    "markeredgecolor": ORIGINAL, "markeredgewidth": 1.6, "clip_on": False, "zorder": 5,
}  # fmt: skip
"""How the original post's figures are marked."""

FLOOR_LINES: tuple[dict[str, Any], ...] = (
    {"color": PAPER, "linewidth": 2.6, "solid_capstyle": "butt", "zorder": 3.5},
    {
        "color": FLOOR,
        "linewidth": 1.8,
        "dashes": (2.4, 1.2),
        "dash_capstyle": "butt",
        "zorder": 3.6,
    },
)
"""The line of the floor: dashes on a light ground, to be seen on every bar and on none."""

FILLS = {0: BASE, 1: OWN, 5: OWN_PALE}
"""Kind of a legend's entry → the colour of its mark, for those that are areas."""

FAMILY = ["DejaVu Sans", "Verdana", "sans-serif"]
"""Verdana runs as wide as DejaVu Sans, which text is measured by."""

POINTS_PER_INCH = 72.0
MEASURING = 100.0
"""Points at which text is measured, before it is scaled."""
DPI = 180
_HASH_SALT = "dockbench"


@contextmanager
def style() -> Iterator[None]:
    """matplotlib's own defaults with ours on top, whatever the user has configured. That its font
    lacks a character is nothing that a user could mend: SVG has it as text."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from", UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.hashsalt": _HASH_SALT,
                "svg.fonttype": "none",
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
        family=FAMILY,
        weight="bold" if bold else "normal",
        fname=str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)),
        size=size,
    )


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in inches."""
    face = get_font(str(font(size, bold).get_file()))
    face.set_size(MEASURING, POINTS_PER_INCH)  # matplotlib shares the face and leaves its own size
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width = face.get_width_height()[0] / 64.0
    return float(width) * size / MEASURING / POINTS_PER_INCH


@lru_cache(maxsize=1024)
def wrapped(
    text: str, width: float, size: float, lines: int, bold: bool = False
) -> tuple[str, ...]:
    """The text in at most `lines` lines of `width` inches; what does not fit ends in `…`."""
    words = [
        part
        for word in text.split()
        for part in islice(_pieces(word, width, size, bold), lines + 1)  # more are never shown
    ]
    rows: list[str] = []
    while words:
        taken = 1
        while taken < len(words) and text_width(" ".join(words[: taken + 1]), size, bold) <= width:
            taken += 1
        if len(rows) == lines - 1 and taken < len(words):
            return (*rows, clipped(" ".join(words), width, size, bold))
        rows.append(" ".join(words[:taken]))
        words = words[taken:]
    return tuple(rows)


def clipped(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text on one line, cut with `…` if it is wider than `width` inches."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    return text[: _fitting(text, width, size, bold, "…")].rstrip() + "…"


def _fitting(text: str, width: float, size: float, bold: bool, end: str) -> int:
    """How many characters of the text fit together with `end`."""
    bound = 64  # a long text is measured no further than it can be shown
    while bound < len(text) and text_width(text[:bound].rstrip() + end, size, bold) <= width:
        bound *= 2
    return bisect_right(
        range(1, min(bound, len(text)) + 1),
        width,
        key=lambda length: text_width(text[:length].rstrip() + end, size, bold),
    )


def _pieces(word: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """A word that is wider than a line, cut where it has to be."""
    while text_width(word, size, bold) > width and len(word) > 1:
        length = max(1, _fitting(word, width, size, bold, ""))
        yield word[:length]
        word = word[length:]
    yield word
