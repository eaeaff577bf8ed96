"""A drawn figure as bytes: PNG on white, SVG that follows the reader's light or dark theme.

The same figure gives the same bytes. An SVG holds text as text, a title and a description for
readers who do not see it, and no ground of its own.
"""

from __future__ import annotations

import io
import re
from typing import Any
from xml.sax.saxutils import escape

from matplotlib.figure import Figure

from runner.report.figures import style

DARK: dict[str, str] = {
    style.INK: "#E6EDF3",
    style.MUTED: "#A3ADB8",
    style.RULE: "#30363D",
    style.PAPER: "#0D1117",
    style.BASE: "#6E7A87",
    style.OWN: "#4FA8E0",
    style.OWN_PALE: "#2F5F80",
    style.ORIGINAL: "#FF9A57",
    style.FLOOR: "#3FC79A",
    style.FAILED: "#FF8A80",
}
"""Colour on a light page → the same on a dark one."""

_OPENING = re.compile(r"<svg [^>]*>")


def render(figure: Figure, kind: str, title: str, description: str = "") -> bytes:
    """The figure's bytes as `svg` or `png`."""
    if kind == "svg":
        return _svg(figure, title, description).encode()
    return _saved(figure, "png", style.PAPER, {"Software": None})


def _svg(figure: Figure, title: str, description: str) -> str:
    nothing: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    text = _saved(figure, "svg", "none", nothing).decode()
    opening = _OPENING.search(text)
    assert opening is not None
    words = (
        f'\n <title id="title">{escape(title)}</title>'
        f'\n <desc id="description">{escape(description)}</desc>'
        f"\n <style>{_dark_theme()}</style>"
    )
    labelled = opening[0][:-1] + ' role="img" aria-labelledby="title description">'
    return text[: opening.start()] + labelled + words + text[opening.end() :]


def _dark_theme() -> str:
    """Rules that give each colour its dark one; a reader without them sees the light figure."""
    rules = []
    for light, dark in DARK.items():
        for what in ("fill", "stroke"):
            rules.append(f'[style*="{what}: {light.lower()}"]{{{what}:{dark}!important}}')
    return "@media (prefers-color-scheme:dark){" + "".join(rules) + "}"


def _saved(figure: Figure, kind: str, ground: str, metadata: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    with style.style():
        figure.savefig(target, format=kind, dpi=style.DPI, facecolor=ground, metadata=metadata)
    return target.getvalue()
