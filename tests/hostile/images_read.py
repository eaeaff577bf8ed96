"""Archives and layouts that mean harm and are read all the same: none is done."""

from __future__ import annotations

from tests.hostile.image_makers import (
    ESCAPES,
    MIB,
    ONE,
    Make,
    fifo,
    layer,
    link_to_image,
    raw,
    saved,
    sparse_bomb,
)
from tests.unit.archives import (
    Image,
    device,
    directory,
    file,
    gz,
    link,
    opaque,
    symlink,
    tarball,
    whiteout,
)

LABELS = {"io.dockbench": "1", "io.dockbench.process": "1", "io.dockbench.owner": "test"}

READ: dict[str, tuple[Make, int, int]] = {
    "an image through a link that the user names": (link_to_image, 6, 0),
    "an absolute name": (
        saved(lambda canary: Image([tarball(file(str(canary), b"12345"))]).docker_archive()),
        5,
        0,
    ),
    "a symbolic link to the host": (
        saved(
            lambda canary: Image(
                [tarball(symlink("a", str(canary))), tarball(file("a/b", b"123"))]
            ).docker_archive()
        ),
        3,
        0,
    ),
    "a package database that is a link to the host": (
        layer(symlink("lib/apk/db/installed", "/lib/apk/db/installed"), file("a", b"1")),
        1,
        0,
    ),
    "a hard link to an absolute path": (
        saved(
            lambda canary: Image([tarball(link("a", str(canary)))]).docker_archive(),
        ),
        0,
        0,
    ),
    "devices and pipes": (layer(device("sda", 8, 0), fifo(), file("a", b"12")), 2, 0),
    "one name four times": (
        layer(file("a", b"1"), file("./a", b"22"), file("/a", b"333"), file("b/../a", b"4444")),
        4,
        6,
    ),
    "a file that is a directory and a link": (
        layer(file("a", b"1"), directory("a"), symlink("a", "b"), file("a", b"22")),
        2,
        1,
    ),
    "the root made opaque": (
        saved(
            lambda _: Image(
                [ONE, tarball(file(".wh..wh..opq"), file("b", b"22"))]
            ).docker_archive(),
        ),
        2,
        3,
    ),
    "a whiteout in the layer of its file": (
        layer(file("a", b"1"), whiteout("a"), opaque("d"), file("d/x", b"22")),
        3,
        0,
    ),
    "a whiteout of a whiteout": (layer(file(".wh..wh.a"), file("a", b"1")), 1, 0),
    "hard links in a circle": (layer(link("a", "b"), link("b", "a"), file("c", b"1")), 1, 0),
    "names that are commands": (
        layer(file(f"{ESCAPES}/x", b"1"), file("b\n::warning::x", b"2"), file("\udcff", b"3")),
        3,
        0,
    ),
    "instructions that are commands": (
        saved(lambda _: Image([ONE], history=[f"RUN {ESCAPES}\n::error::x"]).docker_archive()),
        3,
        0,
    ),
    "a name and a platform that are commands": (
        saved(
            lambda _: Image(
                [ONE], name=f"x:{ESCAPES}", platform=("linux", f"a{ESCAPES}")
            ).docker_archive()
        ),
        3,
        0,
    ),
    "packages that are commands": (
        layer(file("lib/apk/db/installed", f"P:a{ESCAPES}\nV:1{ESCAPES}\nR:x\n\n".encode())),
        len(f"P:a{ESCAPES}\nV:1{ESCAPES}\nR:x\n\n".encode()),
        0,
    ),
    "packages that list what is outside": (
        layer(file("lib/apk/db/installed", b"P:a\nV:1\nF:../../..\nR:etc/passwd\n\n")),
        len(b"P:a\nV:1\nF:../../..\nR:etc/passwd\n\n"),
        0,
    ),
    "secrets whose names are commands": (layer(file(f"{ESCAPES}/.env", b"A=1")), 3, 0),
    "variables that are commands": (
        saved(
            lambda _: Image(
                [ONE],
                fields={"config": {"Env": [f"XDG_CACHE_HOME=/{ESCAPES}", "=", "PIP_CACHE_DIR=/"]}},
            ).docker_archive()
        ),
        3,
        0,
    ),
    "our labels": (
        saved(lambda _: Image([ONE], fields={"config": {"Labels": LABELS}}).docker_archive()),
        3,
        0,
    ),
    "a history with too many entries": (
        saved(lambda _: Image([ONE], history=["RUN a", "RUN b", "RUN c"]).docker_archive()),
        3,
        0,
    ),
    "100 MiB of zeros instead of a layer": (raw(lambda: bytes(100 * MIB), pack=gz), 0, 0),
    "100 MiB of zeros behind a layer": (raw(lambda: ONE + bytes(100 * MIB), pack=gz), 3, 0),
    "a hole of 1 GiB": (raw(lambda: sparse_bomb(1 << 30)), 1 << 30, 0),
    "4 000 empty directories in each other": (layer(file("d/" * 4_000 + "x", b"1")), 1, 0),
    "text that a template would resolve": (
        saved(
            lambda _: Image(
                [tarball(file("${oc.env:HOME}", b"1"))], history=["RUN ${oc.env:HOME} $(id) `id`"]
            ).docker_archive()
        ),
        1,
        0,
    ),
}
"""What is read all the same, with its live and its wasted bytes."""
