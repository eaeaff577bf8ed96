"""Damage to an image archive, decided by random choices: those of hypothesis, which tries what
stands at the ends, varies what it had, and makes an input that fails as small as it can."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from random import Random
from typing import Any

from benchmarks.fuzz.layers import DATABASES, installed, record, tarballs
from benchmarks.fuzz.values import (
    FIELDS,
    FLAGS,
    LINES,
    NAMES,
    NUMBERS,
    RECORDS,
    SPARSE_FIELDS,
    STEPS,
    TARGETS,
    VALUES,
)
from tests.unit import archives
from tests.unit.archives import Image
from tests.unit.containerd_archives import containerd_files

Input = bytes | Mapping[str, bytes | str | None]
"""An archive, or the files of a folder by name: contents, targets of symbolic links, None for a
folder."""


class Damage:
    """Makes one input from random choices; where all of them are the lowest, nothing is damaged."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def input(self) -> Input:
        """An archive or a folder, damaged here and there."""
        files = self.files()
        if self.chance(20):
            return self.folder(files)
        data = archives.archive_of(files)
        if self.chance(20):
            data = self.tarball(data)
        if self.chance(15):
            data = self.random.choice([archives.gz, archives.zstd])(data)
        return self.damaged(data) if self.chance(10) else data

    def files(self) -> dict[str, bytes]:
        """The files of an archive in any form."""
        image = self.image()
        other = replace(image, layers=image.layers[:1], platform=("linux", "arm64"))
        forms: list[Callable[[], dict[str, bytes]]] = [
            image.docker_files,
            image.legacy_files,
            image.oci_files,
            partial(containerd_files, image, other),
            partial(archives.oci_files, image, other),
        ]
        files = self.random.choice(forms)()
        if self.chance(20):
            name = self.random.choice(list(files))
            files[name] = self.document(files[name])
        if self.chance(5):
            del files[self.random.choice(list(files))]
        if self.chance(20):
            names = list(files)
            self.random.shuffle(names)
            files = {name: files[name] for name in names}
        return files

    def image(self) -> Image:
        """An image of a few layers, with digests that are right."""
        chosen = self.random.choices(tarballs(), k=self.random.randint(1, 3))
        layers = [self.tarball(layer) if self.chance(45) else layer for layer in chosen]
        if self.chance(30):
            layers[0] = archives.tarball(*installed(self.databases()))
        pack = self.random.choice([archives.plain, archives.plain, archives.gz, archives.zstd])
        if self.chance(10):
            pack = partial(self.packed, pack)
        image = Image([] if self.chance(3) else layers, cache(pack), history=self.history())
        if self.chance(15):
            changed = self.changed(json.loads(image.configuration))
            image.fields = changed if isinstance(changed, dict) else {"rootfs": changed}
        return image

    def history(self) -> list[str]:
        """What each layer is said to be made by."""
        return self.random.choices(STEPS, k=3)

    def pieces(self) -> tuple[int, ...]:
        """Lengths of the pieces in which a stream comes."""
        return tuple(self.random.choice([512, 1000, 4096, 65_536]) for _ in range(2))

    def chance(self, percent: int) -> bool:
        """Whether something happens in this share of the inputs."""
        return self.random.randrange(100) >= 100 - percent

    def folder(self, files: dict[str, bytes]) -> Input:
        """The same in a folder, where names may be links and folders too."""
        found: dict[str, bytes | str | None] = {**files}
        if files and self.chance(30):
            name = self.random.choice(list(files))
            found[name] = self.random.choice([None, *TARGETS, self.random.choice(list(files))])
        return found

    def databases(self) -> dict[str, bytes]:
        """Package databases, some of them damaged."""
        databases = dict(DATABASES)
        for _ in range(self.random.randint(1, 3)):
            path = self.random.choice(list(databases))
            content = databases[path]
            databases[path] = (
                self.document(content) if path.endswith(".json") else self.lines(content)
            )
        return databases

    def lines(self, content: bytes) -> bytes:
        """Text with a line that it should not have, without one that it should, or damaged."""
        lines = content.split(b"\n")
        at = self.random.randrange(len(lines))
        kind = self.random.randrange(5)
        if kind == 0:
            lines[at] = self.random.choice(LINES)
        elif kind == 1:
            lines.insert(at, self.random.choice(LINES))
        elif kind == 2:
            lines[at] += self.random.choice(LINES)
        elif kind == 3:
            del lines[at]
        else:
            return self.damaged(content)
        return self.random.choice([b"\n", b"\n", b"\n", b"\r\n", b"\n\n", b"\0"]).join(lines)

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
        if self.chance(30):
            fields[156] = self.random.choice(FLAGS)
        places = {**FIELDS, **(SPARSE_FIELDS if fields[156] == ord("S") else {})}
        start, length = self.random.choice(list(places.items()))
        values = NAMES if length >= 100 else NUMBERS
        value = self.random.choice(values) if self.chance(80) else self.random.randbytes(length)
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
        right = record(text)
        return right if not self.chance(10) else self.random.choice([b"1", b"9", b""]) + right

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
        if self.chance(20):
            return self.damaged(data)
        return json.dumps(self.changed(found)).encode()

    def changed(self, node: Any) -> Any:
        """The same with one value somewhere in it replaced."""
        if isinstance(node, dict) and node and self.chance(85):
            key = self.random.choice(list(node))
            if self.chance(10):
                return {name: value for name, value in node.items() if name != key}
            return {**node, key: self.changed(node[key])}
        if isinstance(node, list) and node and self.chance(85):
            place = self.random.randrange(len(node))
            if self.chance(10):
                return node + node
            return [*node[:place], self.changed(node[place]), *node[place + 1 :]]
        return self.random.choice(VALUES)
