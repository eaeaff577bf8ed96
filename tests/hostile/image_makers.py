"""What archives and layouts that mean harm are made of: each is written below a directory and may
know where the canary lies that it must not reach."""

from __future__ import annotations

import gzip
import json
import os
import random
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.unit.archives import (
    Image,
    Member,
    archive_of,
    digest,
    file,
    member,
    oci_files,
    symlink,
    tarball,
    write_folder,
)

Make = Callable[[Path, Path], Path]
"""Directory to write to, canary outside of it → what is to be read."""

ONE = tarball(file("a", b"one"))
GOOD = Image([ONE, tarball(file("b", b"two"))])
NOISY = Image([tarball(file("a", random.Random(1).randbytes(400_000)))])
ESCAPES = "\x1b[2Jx\x07\x9b1m\u202ey\r::error::z"
"""What would clear a screen, ring, turn text round, and be a command to a CI log."""
MIB = 1 << 20


def saved(data: Callable[[Path], bytes]) -> Make:
    """A file of the bytes that are made once they are needed; the function gets the canary."""

    def make(folder: Path, canary: Path) -> Path:
        path = folder / "image.tar"
        path.write_bytes(data(canary))
        return path

    return make


def layer(*members: Member, **fields: Any) -> Make:
    """An archive with one layer of these members."""
    return saved(lambda _: Image([tarball(*members)], **fields).docker_archive())


def raw(data: Callable[[], bytes], **fields: Any) -> Make:
    """An archive with this layer, byte for byte."""
    return saved(lambda _: Image([data()], **fields).docker_archive())


def database(path: str, data: Callable[[], bytes]) -> Make:
    """An archive with one package database."""
    return saved(lambda _: Image([tarball(file(path, data()))]).docker_archive())


def manifest(**said: Any) -> Callable[[Path], bytes]:
    """A docker-archive whose manifest says something else; `CANARY` in it is the canary's path."""

    def data(canary: Path) -> bytes:
        files = GOOD.docker_files()
        [item] = json.loads(files["manifest.json"])
        text = json.dumps([{**item, **said}]).replace("CANARY", str(canary))
        return archive_of({**files, "manifest.json": text.encode()})

    return data


def layout(change: Callable[[Path, Path], None], image: Image = GOOD) -> Make:
    """A layout as a directory, in which something is changed: its path, the canary's."""

    def make(folder: Path, canary: Path) -> Path:
        path = write_folder(folder / "layout", image.oci_files())
        change(path, canary)
        return path

    return make


def described(**said: Any) -> bytes:
    """A layout of which the manifest's first layer is described by something else."""
    files = GOOD.oci_files()
    index = json.loads(files["index.json"])
    old = files.pop("blobs/" + index["manifests"][0]["digest"].replace(":", "/"))
    document = json.loads(old)
    document["layers"][0] |= said
    new = json.dumps(document).encode()
    files["blobs/" + digest(new).replace(":", "/")] = new
    index["manifests"][0] |= {"digest": digest(new), "size": len(new)}
    return archive_of({**files, "index.json": json.dumps(index).encode()})


def without(files: Mapping[str, bytes], ending: str) -> bytes:
    """An archive without the first file whose name ends so."""
    name = next(name for name in files if name.endswith(ending))
    return archive_of({key: data for key, data in files.items() if key != name})


def first_blob(path: Path) -> Path:
    """The blob of the first layer of `GOOD`."""
    return path / "blobs" / digest(ONE).replace(":", "/")


def another_blob(path: Path, _canary: Path) -> None:
    """Same size, other bytes."""
    first_blob(path).write_bytes(ONE[:-1] + b"x")


def replaced_by_link(path: Path, canary: Path) -> None:
    """The blob of a layer is a link to the canary."""
    first_blob(path).unlink()
    first_blob(path).symlink_to(canary)


def blobs_elsewhere(path: Path, canary: Path) -> None:
    """All blobs lie beside the layout."""
    elsewhere = canary.parent / "elsewhere"
    (path / "blobs").rename(elsewhere)
    (path / "blobs").symlink_to(elsewhere)


def pipe_for(name: str) -> Callable[[Path, Path], None]:
    """A pipe in place of a file."""

    def change(path: Path, _canary: Path) -> None:
        target = first_blob(path) if name == "blob" else path / name
        target.unlink()
        os.mkfifo(target)

    return change


def index_is_the_canary(path: Path, canary: Path) -> None:
    """The index is a link to the canary."""
    (path / "index.json").unlink()
    (path / "index.json").symlink_to(canary)


def pipe_at(folder: Path, _canary: Path) -> Path:
    """A pipe into which nobody writes."""
    path = folder / "image.tar"
    os.mkfifo(path)
    return path


def link_to_image(folder: Path, _canary: Path) -> Path:
    """A link that the user himself names."""
    (folder / "real.tar").write_bytes(GOOD.docker_archive())
    (folder / "image.tar").symlink_to("real.tar")
    return folder / "image.tar"


def linked_layer(target: str) -> Callable[[Path], bytes]:
    """An archive whose first layer is a symbolic link; `CANARY` is the canary's path."""

    def data(canary: Path) -> bytes:
        files = GOOD.docker_files()
        name = next(name for name in files if name.endswith("layer.tar"))
        target_path = target.replace("CANARY", str(canary)).replace("ITSELF", Path(name).name)
        members = [
            symlink(key, target_path) if key == name else file(key, value)
            for key, value in files.items()
        ]
        return tarball(*members)

    return data


def nested_indexes(depth: int) -> bytes:
    """A layout whose image is behind so many indexes."""
    files = GOOD.oci_files()
    for _ in range(depth):
        index = files["index.json"]
        files["blobs/" + digest(index).replace(":", "/")] = index
        pointer = {"digest": digest(index), "size": len(index)}
        files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [pointer]}).encode()
    return archive_of(files)


def with_index(document: object) -> bytes:
    """A layout with another index."""
    return archive_of({**GOOD.oci_files(), "index.json": json.dumps(document).encode()})


def with_configuration(data: bytes) -> bytes:
    """A docker-archive with this configuration."""
    files = GOOD.docker_files()
    [item] = json.loads(files["manifest.json"])
    del files[item["Config"]]
    item["Config"] = f"{digest(data)[7:]}.json"
    document = json.dumps([item]).encode()
    return archive_of({**files, item["Config"]: data, "manifest.json": document})


def naming_it(times: int) -> bytes:
    """A layout whose index names the one image so often."""
    files = GOOD.oci_files()
    index = json.loads(files["index.json"])
    return with_index({**index, "manifests": index["manifests"] * times})


def own_ancestor() -> bytes:
    """Layers of old that hang together in a circle."""
    files = GOOD.legacy_files()
    documents = {name: json.loads(data) for name, data in files.items() if name.endswith("json")}
    first, second = (name.partition("/")[0] for name in documents)
    documents[f"{first}/json"]["parent"] = second
    return archive_of({**files, **{n: json.dumps(d).encode() for n, d in documents.items()}})


def sparse_bomb(real_bytes: int) -> bytes:
    """A layer of a few bytes whose one file has a hole of any size."""
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(real_bytes)}
    blocks = b"1\n0\n0\n".ljust(512, b"\0")
    return tarball(file("hole", blocks, pax_headers=pax))


def gzip_bomb(size_bytes: int) -> bytes:
    """So many zeros, packed."""
    return gzip.compress(bytes(size_bytes), 9, mtime=0)


def apk(count: int) -> Make:
    """An apk database of so many packages."""
    return database(
        "lib/apk/db/installed",
        lambda: b"".join(b"P:p%d\nV:1\n\n" % number for number in range(count)),
    )


def dpkg(count: int) -> Make:
    """A dpkg status of so many packages."""
    return database(
        "var/lib/dpkg/status",
        lambda: b"".join(b"Package: p%d\nVersion: 1\n\n" % number for number in range(count)),
    )


def two_images(**fields: Any) -> bytes:
    """A layout with two images of one platform, whose names carry escapes."""
    first = Image([ONE], name=f"a{ESCAPES}", **fields)
    second = Image([tarball(file("z", b"z"))], name=f"b{ESCAPES}", **fields)
    return archive_of(oci_files(first, second))


def fifo() -> Member:
    """A named pipe in a layer."""
    return member("pipe", tarfile.FIFOTYPE)
