"""Compression in blocks: a valid stream, hardly larger than in one go; its result is remembered."""

from __future__ import annotations

import sysconfig
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runner.image.cache import LayerCache, LayerSize
from runner.image.compress import (
    BLOCK_BYTES,
    FRAME_BYTES,
    CompressedSize,
    Compressor,
    Threads,
    best,
    stdlib,
)
from runner.model.paths import CachePaths

DIFF_ID = "sha256:" + "a" * 64
SIZE = LayerSize(1000, 400, 7, ())


def compressed(blocks: list[bytes], compressor: Compressor) -> tuple[bytes, int]:
    """The raw deflate stream of the blocks, and the size that is reported for it."""
    pieces: list[bytes] = []
    with Threads(2) as threads:
        size = CompressedSize(compressor, threads, pieces.append)
        for block in blocks:
            size.add(block)
        total = size.finish()
    return b"".join(pieces), total


def check(blocks: list[bytes], compressor: Compressor) -> int:
    """The size of the blocks, of which the stream was proved to hold them all."""
    stream, size = compressed(blocks, compressor)
    assert zlib.decompress(stream, -15) == b"".join(blocks)
    assert size == len(stream) + FRAME_BYTES
    return size


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=20), st.sampled_from([best(), stdlib()]))
def test_blocks_make_one_valid_stream(blocks: list[bytes], compressor: Compressor) -> None:
    check(blocks, compressor)


@pytest.fixture(scope="module")
def library() -> bytes:
    """Some megabytes of real files."""
    folder = Path(sysconfig.get_path("stdlib"))
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))


@pytest.mark.parametrize("compressor", [best(), stdlib()], ids=lambda item: str(item.name))
def test_blocks_cost_next_to_nothing(library: bytes, compressor: Compressor) -> None:
    blocks = [library[start : start + BLOCK_BYTES] for start in range(0, len(library), BLOCK_BYTES)]
    in_blocks = check(blocks, compressor)
    in_one_go = len(compressor.deflate(library, b"", True)) + FRAME_BYTES
    assert in_blocks == pytest.approx(in_one_go, rel=0.002)


def test_compressors_name_version_and_level() -> None:
    assert stdlib().name == f"zlib {zlib.ZLIB_RUNTIME_VERSION} level 6"
    assert best().name.startswith("zlib")
    assert best().name.endswith("level 6")


def test_sizes_are_remembered(tmp_path: Path) -> None:
    paths = CachePaths(tmp_path)
    LayerCache(paths).put(DIFF_ID, SIZE)
    assert LayerCache(paths).get(DIFF_ID) == SIZE
    assert LayerCache(paths).get("sha256:" + "b" * 64) is None


def test_another_compressor_is_another_size(tmp_path: Path) -> None:
    paths = CachePaths(tmp_path)
    LayerCache(paths, stdlib()).put(DIFF_ID, SIZE)
    other = LayerCache(paths, replace(stdlib(), name="zlib 1.2.99 level 9"))
    assert other.get(DIFF_ID) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"unpacked_bytes": "many"}'])
def test_a_damaged_entry_is_measured_again(tmp_path: Path, content: str) -> None:
    paths = CachePaths(tmp_path)
    LayerCache(paths).put(DIFF_ID, SIZE)
    (entry,) = paths.layers.iterdir()
    entry.write_text(content)
    assert LayerCache(paths).get(DIFF_ID) is None
    LayerCache(paths).put(DIFF_ID, SIZE)
    assert LayerCache(paths).get(DIFF_ID) == SIZE


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "layers").write_text("a file where the folder should be")
    cache = LayerCache(CachePaths(tmp_path))
    cache.put(DIFF_ID, SIZE)
    cache.remember("c" * 64, DIFF_ID)
    assert cache.get(DIFF_ID) == SIZE
    assert cache.diff_id_of("c" * 64) is None
