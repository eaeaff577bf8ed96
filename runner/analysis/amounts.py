"""Sizes and shares as people write them: `120MB`, `1.5 GiB`, `5%`, `0.95`."""

from __future__ import annotations

import re
from decimal import Decimal

from runner.model.errors import ConfigError

_UNITS: dict[str, int] = {
    "": 1,
    "b": 1,
    **{
        unit + ending: base ** (place + 1)
        for place, unit in enumerate("kmgtp")
        for base, endings in ((1000, ("", "b")), (1024, ("i", "ib")))
        for ending in endings
    },
}
"""Decimal units are powers of 1000, those with an `i` powers of 1024, as Docker and dive read them;
upper and lower case are the same."""

_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,9})?)"
_SIZE = re.compile(rf"{_NUMBER} ?([a-zA-Z]{{0,3}})")
_PERCENT = re.compile(rf"{_NUMBER} ?%?")
_RATIO = re.compile(_NUMBER)
_COUNT = re.compile(r"[1-9][0-9]{0,8}")


def parse_size(key: str, text: str) -> int:
    """Bytes. Raises `ConfigError` that names the key, the value and what is valid."""
    match = _SIZE.fullmatch(text.strip())
    unit_bytes = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit_bytes is None:
        raise ConfigError(
            f"{key} {text!r} is not a size: write 120MB (10^6), 1.5GiB (2^30) or a number of bytes"
        )
    return int(Decimal(match[1]) * unit_bytes)


def parse_percent(key: str, text: str, highest: float | None = 100.0) -> float:
    """Percent, from 0 to `highest`. Raises `ConfigError` as `parse_size` does."""
    match = _PERCENT.fullmatch(text.strip())
    percent = float(match[1]) if match else -1.0
    if match is None or (highest is not None and percent > highest):
        upper = "up" if highest is None else f"to {highest:g}"
        raise ConfigError(f"{key} {text!r} is not a percentage: write 5 or 5%, from 0 {upper}")
    return percent


def parse_ratio(key: str, text: str) -> float:
    """A share from 0 to 1. Raises `ConfigError` as `parse_size` does."""
    match = _RATIO.fullmatch(text.strip())
    if match is None or float(match[1]) > 1.0:
        raise ConfigError(f"{key} {text!r} is not a ratio: write a number from 0 to 1, as 0.95")
    return float(match[1])


def parse_count(key: str, text: str) -> int:
    """A whole number from 1 up. Raises `ConfigError` as `parse_size` does."""
    if not _COUNT.fullmatch(text.strip()):
        raise ConfigError(f"{key} {text!r} is not a number: write a whole number from 1 up")
    return int(text)
