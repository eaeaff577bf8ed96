"""Archives that somebody damaged or made up: one clear line each, nothing written, no wait."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from runner.image.read import read_image
from runner.model.entries import Limits
from runner.model.errors import ImageError
from tests.unit import archives
from tests.unit.archives import (
    Image,
    archive_of,
    digest,
    file,
    gz,
    link,
    oci_files,
    symlink,
    tarball,
    write_folder,
    zstd,
)

ONE = tarball(file("a", b"one"))
TWO = tarball(file("b", b"two"))
IMAGE = Image([ONE, TWO])
NOT_READ = ("oci-layout", "VERSION")
"""Files that an image can be read without."""


@pytest.fixture
def fails(tmp_path: Path) -> Callable[..., None]:
    """Reads bytes as an archive; the message must match, be one line, and name the file."""

    def check(data: bytes, message: str, **options: Any) -> None:
        source = tmp_path / "image.tar"
        source.write_bytes(data)
        with pytest.raises(ImageError, match=message) as caught:
            read_image(str(source), **options)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 1000
        assert str(source) in str(caught.value)
        assert list(tmp_path.iterdir()) == [source], "nothing is extracted"

    return check


Fails = Callable[..., None]


def changed(files: Mapping[str, bytes], name: str, data: bytes | None) -> bytes:
    """The archive with one file replaced or, for None, left out."""
    rest = {key: value for key, value in files.items() if key != name}
    return archive_of(rest if data is None else {**rest, name: data})


def name_of(files: Mapping[str, bytes], content: bytes) -> str:
    return next(name for name, data in files.items() if data == content)


@pytest.mark.parametrize("outer", [bytes, gz])
def test_a_layer_with_another_content(fails: Fails, outer: Callable[[bytes], bytes]) -> None:
    files = IMAGE.docker_files()
    message = f"layer 1 has the digest {digest(ONE)} where .* says {digest(TWO)}"
    fails(outer(changed(files, name_of(files, TWO), ONE)), message)


@pytest.mark.parametrize("pack", [archives.plain, gz, zstd])
def test_a_blob_with_another_content(fails: Fails, pack: archives.Pack) -> None:
    image = Image([ONE, TWO], pack)
    blob = image.packed[1]
    data = changed(image.oci_files(), archives.blob_path(blob), pack(ONE))
    fails(data, f"the layer {digest(blob)} of {len(blob)} bytes has the digest {digest(pack(ONE))}")


def test_a_blob_that_unpacks_to_something_else(fails: Fails) -> None:
    lying = Image([ONE], fields={"rootfs": {"diff_ids": [digest(TWO)]}}, pack=gz)
    fails(lying.oci_archive(), f"has the digest {digest(ONE)} where .* says {digest(TWO)}")


def test_documents_with_another_digest(fails: Fails) -> None:
    files = IMAGE.docker_files()
    name = name_of(files, IMAGE.configuration)
    other = Image([ONE, TWO], fields={"os": "plan9"}).configuration
    fails(changed(files, name, other), f"has the digest {digest(other)}")
    layout = IMAGE.oci_files()
    for place, (path, data) in enumerate(layout.items()):
        if path.startswith("blobs/") and place > 2:
            fails(changed(layout, path, data + b" "), "has the digest sha256:")


def test_sizes_that_lie(fails: Fails) -> None:
    layout = IMAGE.oci_files()
    index = json.loads(layout["index.json"])
    index["manifests"][0]["size"] += 1
    fails(changed(layout, "index.json", json.dumps(index).encode()), "bytes has the digest")
    size = b"%011o\0" % (1 << 30)
    fails(
        archives.header(b"manifest.json", size) + b"[]",
        "the archive is cut off: it ends inside a file",
    )
    fails(archives.header(b"manifest.json", b"\x80" + b"\xff" * 11), "size is too large")


@pytest.mark.parametrize("outer", [bytes, gz])
@pytest.mark.parametrize("kept", [512, 700, 512 * 3 + 1, 30_000])
def test_an_archive_that_is_cut_off_is_said_to_be(
    fails: Fails, outer: Callable[[bytes], bytes], kept: int
) -> None:
    """Of any tar archive: it is not a layer's tarball that is cut off, whatever is in it."""
    plain = archives.archive_of({f"etc/{n}": bytes([n]) * 5_000 for n in range(20)})
    fails(outer(plain[:kept]), "the archive is cut off: it ends inside a (file|header)")


@pytest.mark.parametrize("outer", [bytes, gz])
@pytest.mark.parametrize("form", ["docker", "oci", "legacy"])
def test_an_archive_that_ends_between_two_files_is_said_to_be_cut_off(
    fails: Fails, outer: Callable[[bytes], bytes], form: str
) -> None:
    """Wherever that is: what is missing is not that it is an archive of another kind."""
    read = getattr(IMAGE, f"{form}_files")().items()
    files = {name: data for name, data in read if not name.endswith(NOT_READ)}
    plain = archives.archive_of(dict(reversed(files.items())))
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        starts = [member.offset for member in archive]
    assert len(starts) == len(files)
    for start in starts[1:]:
        message = "the archive is cut off: it ends between two files, before .*; save the image"
        fails(outer(plain[:start]), message)


def test_a_layer_that_is_cut_off_in_a_whole_archive_is_said_to_be(fails: Fails) -> None:
    files = IMAGE.docker_files()
    cut = archives.header(b"f", b"%011o\0" % 5_000) + b"x" * 700
    fails(changed(files, name_of(files, ONE), cut), "a layer's tarball is cut off: it ends inside")


def test_what_is_missing(fails: Fails) -> None:
    for files in (IMAGE.docker_files(), IMAGE.oci_files(), IMAGE.legacy_files()):
        for name in files:
            if name.endswith(("VERSION", "oci-layout")):
                continue
            fails(
                changed(files, name, None),
                r"is missing|it is not an image archive|does not have its files",
            )


def test_more_or_fewer_layers_than_the_configuration_names(fails: Fails) -> None:
    for diff_ids in ([digest(ONE)], [digest(ONE), digest(TWO), digest(TWO)], None):
        image = Image([ONE, TWO], fields={"rootfs": {"diff_ids": diff_ids}})
        count = len(diff_ids or [])
        for data in (image.docker_archive(), image.oci_archive()):
            fails(data, f"configuration names {count} layers, its manifest 2")


@pytest.mark.parametrize("pack", [archives.plain, gz, zstd])
def test_every_way_to_cut_an_archive_off(tmp_path: Path, pack: archives.Pack) -> None:
    image = Image([ONE, tarball(file("b", os.urandom(3000)))], pack)
    whole = [image.docker_archive(), image.oci_archive(), pack(image.docker_archive())]
    source = tmp_path / "cut.tar"
    for data in whole:
        end = len(data.rstrip(b"\0"))
        for length in [*range(0, end, 97), end - 1]:
            source.write_bytes(data[:length])
            with pytest.raises(ImageError):
                read_image(str(source))


SHAPES: dict[str, Any] = {
    "an object": {},
    "a number": 1,
    "null": None,
    "text": "text",
    "an item of another shape": [{"Config": 5}],
    "layers of another shape": [{"Config": "c.json", "Layers": "all"}],
    "an item without configuration": [{"Layers": []}],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_manifests_of_another_shape(fails: Fails, shape: str) -> None:
    data = json.dumps(SHAPES[shape]).encode()
    fails(changed(IMAGE.docker_files(), "manifest.json", data), r"manifest.json' is not the JSON")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'[{"Config": "\xff"}]', b"NaN", b"\0\0"]
)
def test_documents_that_are_no_json(fails: Fails, data: bytes) -> None:
    fails(changed(IMAGE.docker_files(), "manifest.json", data), "is not the JSON")
    fails(changed(IMAGE.oci_files(), "index.json", data), "is not the JSON")
    fails(changed(IMAGE.legacy_files(), "repositories", data), "is not the JSON")


@pytest.mark.parametrize(
    "fields",
    [
        {"rootfs": None},
        {"rootfs": {"diff_ids": "all"}},
        {"rootfs": {"diff_ids": [1, 2]}},
        {"history": {"created_by": "x"}},
        {"history": [{"empty_layer": "yes"}]},
        {"config": {"Env": {"A": "1"}}},
        {"os": 5},
    ],
)
def test_configurations_of_another_shape(fails: Fails, fields: dict[str, Any]) -> None:
    image = Image([ONE, TWO], fields=fields)
    fails(image.docker_archive(), "is not the JSON that it should be")
    fails(image.oci_archive(), "is not the JSON that it should be")


def manifest_naming(name: str) -> bytes:
    item: dict[str, Any] = {"Config": name, "RepoTags": None, "Layers": []}
    return changed(IMAGE.docker_files(), "manifest.json", json.dumps([item]).encode())


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a/../../b", ".."])
def test_names_that_lead_out_of_the_archive(fails: Fails, name: str) -> None:
    fails(manifest_naming(name), "leads out of the image's root")
    fails(tarball(file("a"), file(name)), "leads out of the image's root")
    fails(tarball(file("a"), symlink("b", f"x/../../{name}")), "leads out")
    fails(tarball(file("a"), link("b", name)), "leads out")


def test_absolute_names_mean_the_archives_root(fails: Fails) -> None:
    fails(manifest_naming("/etc/passwd"), "'etc/passwd' is missing")
    fails(tarball(symlink("manifest.json", "/etc/passwd")), "leads out of the archive")


def test_links_in_a_circle(fails: Fails) -> None:
    circle = [symlink("manifest.json", "b"), symlink("b", "c"), symlink("c", "manifest.json")]
    fails(tarball(*circle), "leads to itself")
    fails(gz(tarball(*circle)), "leads to itself")
    fails(tarball(link("manifest.json", "manifest.json")), "not an image archive")


def test_layers_that_are_their_own_ancestors(fails: Fails) -> None:
    files = dict(IMAGE.legacy_files())
    names = [name for name in files if name.endswith("/json")]
    described = json.loads(files[names[0]])
    described["parent"] = names[1].partition("/")[0]
    fails(changed(files, names[0], json.dumps(described).encode()), "its own ancestor")
    described["id"] = "../../etc"
    fails(changed(files, names[0], json.dumps(described).encode()), "describes another layer")


def test_a_list_of_old_images_that_names_none(fails: Fails) -> None:
    lists: list[dict[str, Any]] = [{}, {"image": {}}, {"image": {"latest": ""}}]
    for named in lists:
        data = json.dumps(named).encode()
        fails(changed(IMAGE.legacy_files(), "repositories", data), "names")


def test_an_index_below_an_index_below_an_index(fails: Fails) -> None:
    files = oci_files(IMAGE)
    for _ in range(6):
        index = files["index.json"]
        files[archives.blob_path(index)] = index
        described = {"digest": digest(index), "size": len(index)}
        files["index.json"] = json.dumps({"manifests": [described]}).encode()
    fails(archive_of(files), "too deep")
    many = {"manifests": [{"digest": digest(b"%d" % i), "size": 1} for i in range(3000)]}
    fails(changed(files, "index.json", json.dumps(many).encode()), "missing|too long")


def test_limits_of_an_index_are_named(fails: Fails) -> None:
    files = oci_files(IMAGE, IMAGE, IMAGE)
    for limits, name in (
        (Limits(index_depth=1), "index_depth"),
        (Limits(manifests=2), "manifests"),
    ):
        message = rf"limit `{name}` of \d \(.*\); save the image that you mean alone"
        fails(archive_of(files), message, limits=limits)


def led_through(links: int) -> bytes:
    """A docker-archive whose manifest lies behind a chain of links."""
    files = IMAGE.docker_files()
    chain = [symlink(f"n{number}", f"n{number + 1}") for number in range(1, links)]
    manifest = file(f"n{links}", files.pop("manifest.json"))
    rest = [file(name, data) for name, data in files.items()]
    return tarball(symlink("manifest.json", "n1"), *chain, manifest, *rest)


def test_a_chain_of_links_without_a_circle(fails: Fails, tmp_path: Path) -> None:
    for pack in (archives.plain, gz):
        fails(pack(led_through(41)), r"limit `links` of 40 \('manifest.json' leads through more\)")
        source = tmp_path / "image.tar"
        source.write_bytes(pack(led_through(40)))
        assert len(read_image(str(source)).layers) == 2


def test_a_window_that_zstandard_itself_would_refuse(fails: Fails) -> None:
    def wide(data: bytes) -> bytes:
        settings = zstandard.ZstdCompressionParameters(window_log=28, compression_level=1)
        stream = zstandard.ZstdCompressor(compression_params=settings).compressobj()
        return stream.compress(data) + stream.flush()

    layer = Image([ONE], wide)
    for data in (layer.docker_archive(), gz(layer.oci_archive()), wide(IMAGE.docker_archive())):
        fails(data, r"limit `window_bytes` of 134217728 \(zstandard\); pack it again without")


@pytest.mark.parametrize("text", ["sha256:../../x", "sha512:" + "a" * 128, "md5:1", "", "sha256:"])
def test_digests_that_are_none(fails: Fails, text: str) -> None:
    index = {"manifests": [{"digest": text, "size": 1}]}
    data = changed(IMAGE.oci_files(), "index.json", json.dumps(index).encode())
    fails(data, "is not a sha256 digest")


BOMBS: dict[str, Callable[[bytes], bytes]] = {"gzip": gz, "zstd": zstd}
LIMITS = Limits(unpacked_bytes=200 << 20, ratio=100)


@pytest.mark.parametrize("pack", BOMBS)
def test_layers_that_unpack_to_far_more(fails: Fails, pack: str) -> None:
    layer = tarball(file("zeros", bytes(100 << 20)))
    image = Image([layer], BOMBS[pack])
    begun = time.monotonic()
    docker = image.docker_archive()
    for data in (docker, image.oci_archive(), gz(docker)):
        fails(data, r"limit `ratio` of 100 \(\d+ bytes hold more than \d+ bytes\)", limits=LIMITS)
    fails(BOMBS[pack](Image([layer]).docker_archive()), "limit `ratio`", limits=LIMITS)
    assert time.monotonic() - begun < 20


def test_a_layer_behind_whose_end_there_is_no_end(fails: Fails) -> None:
    image = Image([ONE + bytes(100 << 20)], gz)
    fails(image.docker_archive(), "limit `ratio`", limits=LIMITS)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(entries=5), "entries"),
        (Limits(layers=1), "layers"),
        (Limits(unpacked_bytes=5000), "unpacked_bytes"),
        (Limits(json_bytes=300), "json_bytes"),
        (Limits(history=2), "history"),
        (Limits(history_bytes=20), "history_bytes"),
        (Limits(kept_bytes=5), "kept_bytes"),
    ],
)
def test_limits_are_named(fails: Fails, limits: Limits, name: str) -> None:
    for data in (IMAGE.docker_archive(), IMAGE.oci_archive(), gz(IMAGE.docker_archive())):
        message = rf"limit `{name}` of \d+.*; no image beyond it is read"
        fails(data, message, limits=limits, keep=lambda _path, _size: True)


@pytest.mark.parametrize("files", [IMAGE.docker_files(), IMAGE.oci_files()])
def test_the_documents_of_a_directory_count_together(
    tmp_path: Path, files: Mapping[str, bytes]
) -> None:
    """Each is within the limit, all of them are not."""
    folder = write_folder(tmp_path / "image", files)
    documents = [len(data) for data in files.values() if data.startswith((b"{", b"["))]
    assert max(documents) <= 500 < sum(documents)
    with pytest.raises(ImageError, match="limit `json_bytes` of 500"):
        read_image(str(folder), limits=Limits(json_bytes=500))
    assert read_image(str(folder), limits=Limits(json_bytes=3 * sum(documents))).layers


def of_one_member(image: Image) -> bytes:
    """The docker-archive, each of whose layers is the same member."""
    files = image.docker_files()
    [item] = json.loads(files["manifest.json"])
    first = item["Layers"][0]
    item["Layers"] = [first] * len(item["Layers"])
    kept = {name: files[name] for name in (item["Config"], first)}
    return archive_of({**kept, "manifest.json": json.dumps([item]).encode()})


def naming_a_layer(times: int, pack: archives.Pack) -> list[bytes]:
    """Archives that hold one layer of four files, and streams of them."""
    layer = tarball(*(file(f"f{number}", bytes(5_000)) for number in range(4)))
    image = Image([layer] * times, pack)
    whole = [of_one_member(image), image.oci_archive()]
    return [*whole, *map(gz, whole)]


@pytest.mark.parametrize("pack", [archives.plain, gz])
@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(entries=60), "entries"), (Limits(unpacked_bytes=1_000_000), "unpacked_bytes")],
)
def test_a_layer_counts_as_often_as_it_is_named(
    fails: Fails, tmp_path: Path, pack: archives.Pack, limits: Limits, name: str
) -> None:
    """It is read once, but stacked each time."""
    for data in naming_a_layer(50, pack):
        fails(data, rf"limit `{name}` of \d+; no image beyond it is read", limits=limits)
    for data in naming_a_layer(3, pack):
        source = tmp_path / "image.tar"
        source.write_bytes(data)
        layers = read_image(str(source), limits=limits).layers
        assert [len(layer.entries) for layer in layers] == [4, 4, 4]


def test_a_million_entries_in_a_small_file_are_too_many(fails: Fails) -> None:
    layer = archives.header(b"same") * 300_000 + archives.END
    begun = time.monotonic()
    fails(Image([layer], gz).docker_archive(), "limit `entries`", limits=Limits(entries=100_000))
    assert time.monotonic() - begun < 10


def test_what_is_no_archive(fails: Fails) -> None:
    for data in (b"", b"x", b"x" * 5000, gz(b"x" * 5000), gz(b""), b"\x1f\x8b", zstd(b"{}")):
        fails(data, "cannot read")
    fails(tarball(file("a")), "not an image archive")
    fails(archive_of({**IMAGE.docker_files(), "manifest.json": b"[]"}), "names no image")
    for files in (IMAGE.docker_files(), IMAGE.oci_files()):
        fails(changed(files, name_of(files, ONE), b"x" * 2000), "neither a tarball nor|is no layer")
        fails(gz(changed(files, name_of(files, ONE), b"x" * 2000)), "is no layer")


def test_members_with_holes(fails: Fails) -> None:
    block = archives.header(b"manifest.json", flag=b"S", at483=b"%011o\0" % 9000)
    fails(block + archives.END, "stored with holes")


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_sources_that_are_no_file(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source"
    if kind == "fifo":
        os.mkfifo(source)
    elif kind == "folder":
        source.mkdir()
    else:
        source = Path("/dev/zero")
    with pytest.raises(ImageError, match="cannot read"):
        read_image(str(source))


def test_folders_with_links_and_pipes_in_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(IMAGE.oci_files()["index.json"])
    folder = write_folder(tmp_path / "oci", IMAGE.oci_files())
    index = folder / "index.json"
    index.unlink()
    index.symlink_to("../secret")
    with pytest.raises(ImageError, match="leads out of the directory"):
        read_image(str(folder))
    index.unlink()
    index.symlink_to(index)
    with pytest.raises(ImageError, match="cannot read"):
        read_image(str(folder))
    index.unlink()
    index.write_bytes(IMAGE.oci_files()["index.json"])
    blob = folder / archives.blob_path(ONE)
    blob.unlink()
    os.mkfifo(blob)
    with pytest.raises(ImageError, match="is not a regular file"):
        read_image(str(folder))


def test_names_in_messages_are_on_one_line_and_short(fails: Fails) -> None:
    fails(tarball(file("a\n\x1b[31m/../../b")), r"the name '.*\\n\\x1b")
    fails(tarball(file("../" + "x" * 5000)), "…x")


def test_texts_in_messages_are_on_one_line_and_short(fails: Fails) -> None:
    for text in ("x" * 9000, "\x1b[31m\n"):
        image = Image([ONE, TWO], fields={"architecture": text})
        for data in (image.docker_archive(), image.oci_archive()):
            fails(data, "no image for linux/s390x", platform="linux/s390x")
        wrong = Image([ONE], fields={"rootfs": {"diff_ids": [text]}})
        fails(wrong.docker_archive(), r"where the image's configuration says (x+…|\\x1b\[31m\\n)")
