"""Archives and layouts that are refused, by name, with words of the line that says so."""

from __future__ import annotations

import json
from pathlib import Path

import zstandard

from tests.hostile.image_makers import (
    ESCAPES,
    GOOD,
    MIB,
    NOISY,
    ONE,
    Make,
    another_blob,
    apk,
    blobs_elsewhere,
    database,
    described,
    dpkg,
    gzip_bomb,
    index_is_the_canary,
    layer,
    layout,
    linked_layer,
    manifest,
    naming_it,
    nested_indexes,
    own_ancestor,
    pipe_at,
    pipe_for,
    raw,
    replaced_by_link,
    saved,
    sparse_bomb,
    two_images,
    with_configuration,
    with_index,
    without,
)
from tests.unit.archives import (
    END,
    Image,
    digest,
    file,
    gz,
    header,
    link,
    zstd,
)

CONFIGURATION = json.loads(GOOD.configuration)

REFUSED: dict[str, tuple[Make, str]] = {
    "nothing": (saved(lambda _: b""), "not a tar archive|empty"),
    "noise": (saved(lambda _: bytes(range(256)) * 40), "not a tar archive|header"),
    "a pipe": (pipe_at, "pipe|regular file|neither"),
    "a device": (lambda _folder, _canary: Path("/dev/zero"), "device|regular file|neither"),
    "cut in a layer": (saved(lambda _: GOOD.docker_archive()[:3000]), "cut|ends|end|manifest"),
    "cut in gzip": (saved(lambda _: gz(GOOD.docker_archive())[:-30]), "cut|ends|end"),
    "cut in zstandard": (saved(lambda _: zstd(NOISY.docker_archive())[:200_000]), "cut|ends|end"),
    "a layer is missing": (saved(lambda _: without(GOOD.docker_files(), "layer.tar")), "layer.tar"),
    "a blob is missing": (
        saved(lambda _: without(GOOD.oci_files(), digest(ONE)[7:])),
        digest(ONE)[7:20],
    ),
    "another diff_id": (
        saved(
            lambda _: Image(
                [ONE], fields={"rootfs": {"diff_ids": [digest(b"other")]}}
            ).docker_archive()
        ),
        "has the digest",
    ),
    "fewer diff_ids than layers": (
        saved(
            lambda _: Image(
                [ONE, ONE], fields={"rootfs": {"diff_ids": [digest(ONE)]}}
            ).docker_archive()
        ),
        "names 1 layers",
    ),
    "another size": (saved(lambda _: described(size=7)), "7"),
    "a negative size": (saved(lambda _: described(size=-7)), "-7"),
    "a size of 20 digits": (saved(lambda _: described(size=10**19)), "size|bytes|JSON"),
    "another blob": (
        layout(another_blob),
        "digest",
    ),
    "a digest that is a path": (
        saved(lambda _: described(digest="sha256:../../canary")),
        "not a sha256",
    ),
    "a digest of another kind": (
        saved(lambda _: described(digest="md5:" + "0" * 32)),
        "not a sha256",
    ),
    "layers above the archive": (saved(manifest(Layers=["../canary", "../../x"])), "canary"),
    "layers at an absolute path": (saved(manifest(Layers=["CANARY", "CANARY"])), "canary"),
    "a configuration outside": (saved(manifest(Config="../../canary")), "canary"),
    "a layer linked to the host": (saved(linked_layer("CANARY")), "link|not in|canary"),
    "a layer linked above": (saved(linked_layer("../../../../etc/passwd")), "link|out of|passwd"),
    "a layer linked to itself": (saved(linked_layer("ITSELF")), "link|circle"),
    "a blob linked out": (layout(replaced_by_link), "link|out of"),
    "blobs linked out": (layout(blobs_elsewhere), "link|out of"),
    "the index linked out": (layout(index_is_the_canary), "link|out of"),
    "an index that is a pipe": (layout(pipe_for("index.json")), "pipe|regular|index.json"),
    "a blob that is a pipe": (layout(pipe_for("blob")), "pipe|regular|blobs"),
    "a foreign layer": (
        saved(lambda _: described(urls=["http://127.0.0.1:9/x"])),
        "lies elsewhere",
    ),
    "a name above the root": (layer(file("../../canary", b"x")), "out of the root|leads out"),
    "a name above the root, by and by": (layer(file("a/../../canary", b"x")), "out"),
    "a hard link above the root": (layer(link("a", "../../canary")), "out"),
    "a whiteout of nothing": (layer(file(".wh.")), "whiteout|wh"),
    "a whiteout of the directory itself": (layer(file("a/.wh..")), "whiteout|wh"),
    "a whiteout of the one above": (layer(file("a/.wh...")), "whiteout|wh"),
    "a name of 70 KiB": (layer(file("d/" * 35_000 + "x")), "path_bytes"),
    "directories in each other": (
        layer(*(file(f"{place}/" + "d/" * 8_000 + "x") for place in range(2))),
        "implied_bytes",
    ),
    "an extended header of 2 MiB": (
        layer(file("a", pax_headers={"comment": "x" * (2 * MIB)})),
        "header_bytes",
    ),
    "a size that is no number": (
        raw(lambda: header(b"a", b"99999999999\0") + END),
        "header|size|number",
    ),
    "a size beyond the file": (raw(lambda: header(b"a", b"77777777777\0") + END), "cut|ends|end"),
    "a hole of 2 TiB": (raw(lambda: sparse_bomb(2 << 40)), "unpacked_bytes"),
    "a bomb of zstandard": (raw(lambda: ONE + bytes(100 * MIB), pack=zstd), "ratio"),
    "a bomb in a bomb": (saved(lambda _: gzip_bomb(100 * MIB)), "ratio|not a tar|manifest"),
    "a window of 1 GiB": (
        raw(
            lambda: ONE,
            pack=lambda data: (
                b"\x28\xb5\x2f\xfd\x00\xa0" + zstandard.ZstdCompressor().compress(data)[6:]
            ),
        ),
        "window_bytes|zstandard|damaged",
    ),
    "a configuration of 17 MiB": (
        saved(
            lambda _: with_configuration(
                json.dumps({**CONFIGURATION, "x": "y" * (17 * MIB)}).encode()
            )
        ),
        "json_bytes",
    ),
    "an index of 17 MiB": (
        saved(lambda _: with_index({"manifests": [], "x": "y" * (17 * MIB)})),
        "json_b",
    ),
    "a configuration in brackets": (
        saved(lambda _: with_configuration(b"[" * 200_000 + b"]" * 200_000)),
        "not the JSON",
    ),
    "brackets that nobody reads": (
        saved(
            lambda _: with_configuration(
                json.dumps(CONFIGURATION).encode()[:-1]
                + b', "x": '
                + b"[" * 200_000
                + b"]" * 200_000
                + b"}"
            )
        ),
        "not the JSON",
    ),
    "variables that are numbers": (
        saved(lambda _: Image([ONE], fields={"config": {"Env": [1, 2]}}).docker_archive()),
        "not the JSON",
    ),
    "indexes in each other": (saved(lambda _: nested_indexes(6)), "index_depth"),
    "an index of thousands": (saved(lambda _: naming_it(1_001)), "manifests"),
    "a layer that is its own ancestor": (saved(lambda _: own_ancestor()), "own ancestor|names"),
    "1 001 layers": (saved(lambda _: Image([ONE] * 1_001).docker_archive()), "`layers`"),
    "a history of 10 001 entries": (
        saved(lambda _: Image([ONE], fields={"history": [{}] * 10_001}).docker_archive()),
        "`history`",
    ),
    "a history of 5 MiB": (
        saved(lambda _: Image([ONE], history=["RUN token=a " * (420_000)]).docker_archive()),
        "history_bytes",
    ),
    "200 001 packages of apk": (apk(200_001), "`packages`"),
    "200 001 packages of dpkg": (dpkg(200_001), "`packages`"),
    "3 million lines of one package": (
        database("lib/apk/db/installed", lambda: b"P:a\nV:1\n" + b"R:ab\n" * 3_000_000),
        "`listed`",
    ),
    "two images whose names are commands": (saved(lambda _: two_images()), "--ref"),
    "two images whose platforms are commands": (
        saved(lambda _: two_images(platform=("linux", f"amd64{ESCAPES}"))),
        "--ref|--platform",
    ),
}
"""What is refused, and words of the line that says so."""
