"""Jupyter notebooks with their outputs: a little code and large embedded pictures."""

from __future__ import annotations

import base64
import json
import math
import zlib
from pathlib import Path
from typing import Any

from runner.model.project import GeneratedPart
from runner.project.generators.deflate import stored
from runner.project.generators.seeded import seeded_bytes

_CELLS = 6


def write_notebooks(part: GeneratedPart, root: Path) -> None:
    """Write `files` notebooks (nbformat 4.5) of about `size_bytes` bytes together."""
    folder = root / part.path
    folder.mkdir()
    picture_bytes = part.size_bytes * 3 // 4 // (part.files * _CELLS)
    for number in range(1, part.files + 1):
        seed = f"notebooks/{part.seed}/{number}"
        cells = [_cell(f"{seed}/{cell}", cell, picture_bytes) for cell in range(1, _CELLS + 1)]
        notebook = {
            "cells": cells,
            "metadata": {"language_info": {"name": "python", "version": "3.11.2"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        text = json.dumps(notebook, indent=1) + "\n"
        (folder / f"{number:02}-exploration.ipynb").write_text(text, encoding="utf-8")


def _cell(seed: str, number: int, picture_bytes: int) -> dict[str, Any]:
    picture = base64.b64encode(noise_png(seed, picture_bytes)).decode()
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
    return {
        "cell_type": "code",
        "execution_count": number,
        "id": f"cell-{number}",
        "metadata": {},
        "source": [f"plot_mentions(frame, window={number})"],
        "outputs": [output],
    }


def noise_png(seed: str, size_bytes: int) -> bytes:
    """A grey picture of noise as PNG (RFC 2083), about `size_bytes` bytes long."""
    side = max(1, math.isqrt(size_bytes))
    noise = seeded_bytes(seed, side * side)
    rows = b"".join(b"\0" + noise[start : start + side] for start in range(0, side * side, side))
    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    chunks = ((b"IHDR", header), (b"IDAT", stored(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big")
