"""What a chart of bars says, as data: computed first, laid out next, drawn last."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runner.model.text import one_line
from runner.report import formats


@dataclass(frozen=True)
class Bar:
    """What one row shows; sizes in bytes."""

    name: str
    about: str
    base_bytes: int
    own_bytes: int
    compressed_bytes: int | None = None
    original_bytes: int | None = None
    floor_bytes: int | None = None
    factor: str = ""
    failure: str = ""
    """Why there is no bar; empty if there is one."""
    ships: bool = True
    """Whether such an image may be shipped; if not, its bar is pale."""

    @property
    def unpacked_bytes(self) -> int:
        """The bar's whole length; 0 for a row that failed."""
        return 0 if self.failure else self.base_bytes + self.own_bytes

    @property
    def extent_bytes(self) -> int:
        """How far to the right the row draws anything."""
        return 0 if self.failure else max(self.unpacked_bytes, self.original_bytes or 0)

    @property
    def original(self) -> str:
        """The original's figure, which stands behind its mark."""
        return formats.size(self.original_bytes) if self.original_bytes else ""


@dataclass(frozen=True)
class Chart:
    """A figure's words and rows."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    factors_heading: str
    """Over the column of factors; empty for no such column."""
    base_legend: str
    footer: tuple[str, ...]

    @property
    def description(self) -> str:
        """The same in words, for those who do not see the figure: a sentence for each row."""
        rows = (
            f"{bar.name}: {bar.failure or formats.size(bar.unpacked_bytes)}" for bar in self.bars
        )
        return f"{self.subtitle} {'; '.join(rows)}."

    def printable(self) -> Chart:
        """The chart with every text on one line of characters that can be shown."""
        bars = tuple(
            replace(
                bar,
                name=one_line(bar.name),
                about=one_line(bar.about),
                failure=one_line(bar.failure),
                factor=one_line(bar.factor),
            )
            for bar in self.bars
        )
        return Chart(
            title=one_line(self.title),
            subtitle=one_line(self.subtitle),
            bars=bars,
            factors_heading=one_line(self.factors_heading),
            base_legend=one_line(self.base_legend),
            footer=tuple(map(one_line, self.footer)),
        )
