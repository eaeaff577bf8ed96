"""Throws damaged and made-up image archives at the readers: each must end with an image or with one
clear line, in no time and within its memory.

    .venv/bin/python -m benchmarks.fuzz_archives --inputs 100000 --seed 1

Archives of every form are damaged on four levels: the layers' tarballs (fields of headers, with a
right checksum again, extended headers, blocks moved, bits flipped), the JSON documents (with right
digests again, or not), the packed layers, and the archive as a whole. Input N of a seed is always
the same: `--only N` repeats it. Ends with 1 and the inputs' numbers if any of them did something
else, an exception that is no `ImageError` above all.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import sys
import tarfile
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from runner.image.readers import read_image
from runner.model.entries import Limits
from runner.model.errors import ImageError
from tests.unit import archives
from tests.unit.archives import Image, Member

MOST_SECONDS = 5.0
MOST_MEMORY_BYTES = 3 << 30
CHUNK = 500

LIMITS = Limits(entries=20_000, layers=50, unpacked_bytes=256 << 20, ratio=100, json_bytes=1 << 20)

NAMES = [
    b"",
    b"/",
    b".",
    b"..",
    b"../up",
    b"/etc/passwd",
    b"a/../../b",
    b".wh.",
    b".wh.a",
    b".wh..wh..opq",
    b"d/.wh..wh..opq",
    b".wh..wh.plnk",
    b"manifest.json",
    b"index.json",
    b"d/",
    b"\xff\xfe",
    b"new\nline",
    b"n" * 100,
]
NUMBERS = [
    b"",
    b"0",
    b"7" * 12,
    b"-1",
    b"\x80" + b"\xff" * 11,
    b"\xff" * 12,
    b"\x80" + bytes(11),
    b"\x80" + bytes(6) + b"\1\0\0\0\0",
    b"1_0",
    b" 10 ",
    b"9" * 11,
    b"00000001000\0",
    b"00000020000\0",
]
FIELDS = {0: 100, 100: 8, 108: 8, 116: 8, 124: 12, 136: 12, 157: 100, 257: 8, 329: 8, 345: 155}
SPARSE_FIELDS = {386: 12, 398: 12, 410: 12, 422: 12, 482: 1, 483: 12, 504: 1}
FLAGS = b"\x0001234567SxgLKVMDX"
RECORDS = [
    b"path=../x",
    b"path=",
    b"path=a\0b",
    b"linkpath=d/f",
    b"size=99999999999999999999",
    b"size=512",
    b"size=-1",
    b"mtime=1e5",
    b"mtime=-1.5",
    b"uid=x",
    b"GNU.sparse.size=100000",
    b"GNU.sparse.realsize=99999999999",
    b"GNU.sparse.major=1",
    b"GNU.sparse.minor=0",
    b"GNU.sparse.map=0,1,5",
    b"GNU.sparse.map=0,10,20,30",
    b"GNU.sparse.offset=5",
    b"GNU.sparse.numbytes=7",
    b"GNU.sparse.name=s",
    b"SCHILY.xattr.a=\n",
    b"nothing",
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1 << 70,
    1.5,
    "",
    "../../x",
    "sha256:" + "0" * 64,
    "x" * 5000,
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    "linux",
    "manifest.json",
]


@dataclass(frozen=True)
class Bad:
    """An input that did something else than it should."""

    number: int
    what: str


def members() -> list[Member]:
    """A layer with everything in it."""
    return [
        archives.directory("d/"),
        archives.file("d/f", b"content" * 100, mtime=1.5),
        archives.file("d/f", b"again"),
        archives.link("d/l", "d/f"),
        archives.link("d/below", "etc/below"),
        archives.symlink("s", "../d/f"),
        archives.device("null", 1, 3),
        archives.whiteout("d/gone"),
        archives.opaque("d"),
        archives.file("long" * 60 + "/ü", b"x" * 600),
        archives.file("big", bytes(9000)),
    ]


@cache
def layers() -> list[bytes]:
    """The tarballs that everything begins with."""
    forms = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
    holes = archives.header(
        b"holes",
        b"%011o\0" % 8,
        b"S",
        at257=b"ustar  \0",
        at386=b"%011o\0%011o\0" % (0, 4) + b"%011o\0%011o\0" % (8192, 4),
        at483=b"%011o\0" % 9000,
    ) + archives.padded(b"12345678")
    return [
        *(archives.tarball(*members(), form=form) for form in forms),
        holes + archives.tarball(*members()[:4]),
        archives.tarball(),
    ]


class Damage:
    """Makes one input from random choices."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def archive(self) -> bytes:
        """An archive, damaged here and there."""
        chosen = self.random.choices(layers(), k=self.random.randint(0, 3))
        tarballs = [self.tarball(layer) if self.chance(0.6) else layer for layer in chosen]
        pack = self.random.choice([archives.plain, archives.plain, archives.gz, archives.zstd])
        if self.chance(0.1):
            pack = cache(partial(self.packed, pack))
        image = Image(tarballs, pack)
        if self.chance(0.3):
            changed = self.changed(json.loads(image.configuration))
            image.fields = changed if isinstance(changed, dict) else {"rootfs": changed}
        files = self.random.choice([image.docker_files, image.legacy_files, image.oci_files])()
        if self.chance(0.3):
            name = self.random.choice(list(files))
            files[name] = self.document(files[name])
        if self.chance(0.1):
            del files[self.random.choice(list(files))]
        if self.chance(0.2):
            names = list(files)
            self.random.shuffle(names)
            files = {name: files[name] for name in names}
        data = archives.archive_of(files)
        if self.chance(0.25):
            data = self.tarball(data)
        if self.chance(0.15):
            data = self.random.choice([archives.gz, archives.zstd])(data)
        return self.damaged(data) if self.chance(0.15) else data

    def chance(self, share: float) -> bool:
        """Whether something happens in this share of the inputs."""
        return self.random.random() < share

    def packed(self, pack: archives.Pack, data: bytes) -> bytes:
        """A packed layer, damaged, doubled or with something behind it."""
        packed = pack(data)
        return self.random.choice(
            [self.damaged(packed), packed * 2, packed + b"rubbish", packed + bytes(99), packed[:-5]]
        )

    def tarball(self, data: bytes) -> bytes:
        """A few blocks changed; headers among them get a right checksum again."""
        blocks = [data[at : at + 512] for at in range(0, len(data), 512)]
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(8)
            at = self.random.randrange(len(blocks)) if blocks else 0
            headers = [place for place, block in enumerate(blocks) if block[257:262] == b"ustar"]
            if kind < 4 and headers:
                place = self.random.choice(headers)
                blocks[place] = self.header(blocks[place])
            elif kind == 4:
                blocks[at:at] = self.extension()
            elif kind == 5 and blocks:
                blocks.insert(at, self.random.choice(blocks))
            elif kind == 6 and blocks:
                del blocks[at : at + self.random.randint(1, 3)]
            else:
                return self.damaged(b"".join(blocks))
        return b"".join(blocks)

    def header(self, block: bytes) -> bytes:
        """A header with one field changed."""
        fields = bytearray(block)
        if self.chance(0.3):
            fields[156] = self.random.choice(FLAGS)
        places = {**FIELDS, **(SPARSE_FIELDS if fields[156] == ord("S") else {})}
        start, length = self.random.choice(list(places.items()))
        values = NAMES if length >= 100 else NUMBERS
        value = self.random.choice(values) if self.chance(0.8) else self.random.randbytes(length)
        fields[start : start + length] = value[:length].ljust(length, b"\0")
        fields[148:156] = b" " * 8
        fields[148:156] = b"%06o\0 " % sum(fields)
        return bytes(fields)

    def extension(self) -> list[bytes]:
        """An extended header or a long name, to be put in front of something."""
        flag = self.random.choice([b"x", b"x", b"x", b"g", b"L", b"K"])
        text = self.random.choice(NAMES) * self.random.choice([1, 1, 50])
        if flag in b"xg":
            text = b"".join(
                self.record(record)
                for record in self.random.choices(RECORDS, k=self.random.randint(1, 5))
            )
        data = archives.header(b"ext", b"%011o\0" % len(text), flag) + archives.padded(text)
        return [data[at : at + 512] for at in range(0, len(data), 512)]

    def record(self, text: bytes) -> bytes:
        """A record of an extended header, its length right most of the time."""
        length = len(text) + 3 + (len(text) + 3 > 9) + (len(text) + 4 > 99)
        return b"%d %s\n" % (length + (self.random.choice([1, -1, 99]) * self.chance(0.1)), text)

    def damaged(self, data: bytes) -> bytes:
        """Bits flipped, a piece left out or doubled, or the end cut off."""
        if not data:
            return data
        at = self.random.randrange(len(data))
        kind = self.random.randrange(4)
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + data[at + self.random.randint(1, 2000) :]
        if kind == 2:
            return data[: at + self.random.randint(1, 2000)] + data[at:]
        changed = bytearray(data)
        for _ in range(self.random.choice([1, 1, 8, 64])):
            changed[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
        return bytes(changed)

    def document(self, data: bytes) -> bytes:
        """JSON of another shape, or bytes that are none."""
        try:
            found = json.loads(data)
        except ValueError:
            return self.damaged(data)
        if self.chance(0.2):
            return self.damaged(data)
        return json.dumps(self.changed(found)).encode()

    def changed(self, node: Any) -> Any:
        """The same with one value somewhere in it replaced."""
        if isinstance(node, dict) and node and self.chance(0.85):
            key = self.random.choice(list(node))
            if self.chance(0.1):
                return {name: value for name, value in node.items() if name != key}
            return {**node, key: self.changed(node[key])}
        if isinstance(node, list) and node and self.chance(0.85):
            place = self.random.randrange(len(node))
            if self.chance(0.1):
                return node + node
            return [*node[:place], self.changed(node[place]), *node[place + 1 :]]
        return self.random.choice(VALUES)


def keep_some(path: str, size_bytes: int) -> bool:
    """Keep every second content."""
    return (len(path) + size_bytes) % 2 == 0


def outcome(source: Path, data: bytes) -> tuple[str, str]:
    """What reading gives: `image`, `refused`, or what is wrong with it."""
    source.write_bytes(data)
    begun = time.monotonic()
    try:
        read_image(str(source), keep=keep_some, hash_contents=True, limits=LIMITS)
    except ImageError as error:
        if "\n" in str(error) or len(str(error)) > 3000:
            return "bad", f"the message is no clear line: {error!r}"
        result = "refused", str(error)
    except BaseException as error:  # that is what is looked for
        if isinstance(error, KeyboardInterrupt):
            raise
        text = io.StringIO()
        traceback.print_exception(error, file=text, limit=-6)
        return "bad", text.getvalue()
    else:
        result = "image", ""
    if time.monotonic() - begun > MOST_SECONDS:
        return "bad", f"took {time.monotonic() - begun:.1f} s"
    return result


def run_chunk(seed: int, numbers: Sequence[int]) -> tuple[Counter[str], list[Bad]]:
    """Some inputs of a seed: how many ended how, and those that were bad."""
    counts: Counter[str] = Counter()
    bad: list[Bad] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            data = Damage(f"{seed}:{number}").archive()
            kind, what = outcome(Path(folder, "image.tar"), data)
            counts[kind] += 1
            if kind == "bad":
                bad.append(Bad(number, what))
    return counts, bad


def limit_memory() -> None:
    """A bomb that gets through shall end as a MemoryError, not take the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def run(seed: int, inputs: int, tell: Callable[[int], None]) -> tuple[Counter[str], list[Bad]]:
    """All inputs on all processors."""
    chunks = [range(at, min(at + CHUNK, inputs)) for at in range(0, inputs, CHUNK)]
    counts: Counter[str] = Counter()
    bad: list[Bad] = []
    with ProcessPoolExecutor(initializer=limit_memory) as pool:
        for found, wrong in pool.map(partial(run_chunk, seed), chunks):
            counts += found
            bad += wrong
            tell(counts.total())
    return counts, bad


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="repeat this input alone")
    options = parser.parse_args()
    begun = time.monotonic()
    if options.only is not None:
        counts, bad = run_chunk(options.seed, [options.only])
    else:
        counts, bad = run(options.seed, options.inputs, _tell)
    for item in bad[:20]:
        print(f"\ninput {item.number}: {item.what}")
    print(
        f"\n{counts.total()} inputs of seed {options.seed} in {time.monotonic() - begun:.0f} s:"
        f" {counts['image']} read, {counts['refused']} refused with one line, {counts['bad']} bad"
    )
    return 1 if bad else 0


def _tell(done: int) -> None:
    print(f"\r{done} inputs", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
