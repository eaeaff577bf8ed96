"""Archives in every form that tools write: the same image comes out of each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.image.read import read_image, reading_image
from runner.model.entries import Entry, EntryKind, ImageContent
from runner.model.errors import ImageError
from runner.oci.platforms import matches, of_this_machine
from tests.unit import archives
from tests.unit.archives import (
    Image,
    archive_of,
    digest,
    directory,
    file,
    gz,
    link,
    oci_files,
    plain,
    symlink,
    tarball,
    whiteout,
    write_folder,
    zstd,
)

BASE = tarball(directory("etc"), file("etc/os-release", b"ID=debian\n"), file("bin/sh", b"#!" * 99))
TOP = tarball(file("app/main.py", b"print()"), link("app/again.py", "app/main.py"), whiteout("a"))
EMPTY = tarball()
LAYERS = [BASE, TOP, EMPTY, EMPTY]


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


FORMS: dict[str, Callable[[Image, Path], str]] = {
    "docker": lambda image, to: write(to / "d.tar", image.docker_archive()),
    "docker packed": lambda image, to: write(to / "d.tgz", gz(image.docker_archive())),
    "docker packed with zstd": lambda image, to: write(to / "d.zst", zstd(image.docker_archive())),
    "docker folder": lambda image, to: str(write_folder(to / "docker", image.docker_files())),
    "oci": lambda image, to: write(to / "o.tar", image.oci_archive()),
    "oci packed": lambda image, to: write(to / "o.tgz", gz(image.oci_archive())),
    "oci folder": lambda image, to: str(write_folder(to / "oci", image.oci_files())),
}
PACKS: dict[str, archives.Pack] = {
    "plain": plain,
    "gzip": gz,
    "zstd": zstd,
    "two of gzip": lambda data: gz(data) + gz(b""),
}


def expected() -> list[list[tuple[str, EntryKind, int, int, bytes | None]]]:
    return [
        [
            ("etc", EntryKind.directory, 0, -1, None),
            ("etc/os-release", EntryKind.file, 10, -1, b"ID=debian\n"),
            ("bin/sh", EntryKind.file, 198, -1, b"#!" * 99),
        ],
        [
            ("app/main.py", EntryKind.file, 7, -1, b"print()"),
            ("app/again.py", EntryKind.file, 0, 0, None),
            ("a", EntryKind.whiteout, 0, -1, None),
        ],
        [],
        [],
    ]


def everything(_path: str, _size_bytes: int) -> bool:
    return True


def told(entry: Entry) -> tuple[str, EntryKind, int, int, bytes | None]:
    return entry.path, entry.kind, entry.size_bytes, entry.content_of, entry.content


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_image(form: str, pack: str, tmp_path: Path) -> None:
    image = Image(LAYERS, PACKS[pack], history=["FROM base", "RUN make", "USER app", "CMD x"])
    found = read_image(FORMS[form](image, tmp_path), keep=everything, hash_contents=True)
    assert [[told(entry) for entry in layer.entries] for layer in found.layers] == expected()
    assert [layer.diff_id for layer in found.layers] == [digest(layer) for layer in LAYERS]
    assert [layer.created_by for layer in found.layers] == [
        "FROM base",
        "RUN make",
        "USER app",
        "CMD x",
    ]
    assert [layer.compressed_bytes for layer in found.layers] == [
        None if pack == "plain" else len(PACKS[pack](layer)) for layer in LAYERS
    ]
    assert found.name == "example:latest"
    assert found.platform == "linux/amd64"
    assert found.image_id == digest(image.configuration)
    assert (found.user, found.environment) == ("app", {"PATH": "/bin", "EMPTY": ""})
    assert found.reader == ("docker-archive" if "docker" in form else "oci-layout")


def test_members_may_come_in_any_order(tmp_path: Path) -> None:
    image = Image(LAYERS)
    for seed in range(5):
        for files in (image.docker_files(), image.oci_files(), image.legacy_files()):
            names = list(files)
            random.Random(seed).shuffle(names)
            data = archive_of({f"./{name}": files[name] for name in names})
            for packed in (data, gz(data)):
                found = read_image(write(tmp_path / "any.tar", packed))
                assert [len(layer.entries) for layer in found.layers] == [3, 3, 0, 0]


def test_an_archive_without_a_manifest(tmp_path: Path) -> None:
    found = read_image(write(tmp_path / "old.tar", Image(LAYERS).legacy_archive()))
    assert [len(layer.entries) for layer in found.layers] == [3, 3, 0, 0]
    assert [layer.diff_id for layer in found.layers] == [digest(layer) for layer in LAYERS]
    assert [layer.created_by for layer in found.layers] == [f"RUN step {i}" for i in range(4)]
    assert (found.name, found.platform, found.user) == ("example:latest", "linux/amd64", "app")


def test_layers_that_are_links_to_others(tmp_path: Path) -> None:
    """Older engines store a layer that occurs twice as a link to the first."""
    image = Image([BASE, TOP, BASE])
    files = image.docker_files()
    paths = [name for name in files if name.endswith("layer.tar")]
    members = [file(name, data) for name, data in files.items() if name != paths[2]]
    for kind in (symlink(paths[2], f"../{paths[0]}"), link(paths[2], paths[0])):
        data = tarball(*members, kind)
        for packed in (data, gz(data)):
            found = read_image(write(tmp_path / "links.tar", packed))
            assert [len(layer.entries) for layer in found.layers] == [3, 3, 3]


def test_the_last_of_two_members_of_a_name_counts(tmp_path: Path) -> None:
    image = Image(LAYERS)
    files = image.docker_files()
    rubbish = [file(name, b"{}") for name in files if name.endswith((".json", "VERSION"))]
    data = tarball(*rubbish, *(file(name, content) for name, content in files.items()))
    assert len(read_image(write(tmp_path / "twice.tar", data)).layers) == 4


def test_an_archive_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    files = Image(LAYERS).docker_files()
    files["manifest.json"] = files["manifest.json"].replace(b'["example:latest"]', b"null")
    assert read_image(write(tmp_path / "nameless.tar", archive_of(files))).name == "nameless.tar"


def test_an_image_without_layers(tmp_path: Path) -> None:
    for data in (Image([]).docker_archive(), Image([]).oci_archive()):
        assert read_image(write(tmp_path / "none.tar", data)).layers == []


ARM = Image([BASE], platform=("linux", "arm64", "v8"), name="arm")
AMD = Image([TOP], platform=("linux", "amd64"), name="amd")
OLD = Image([TOP, BASE], platform=("linux", "arm", "v7"), name="old")
ATTESTATION = {
    "digest": digest(b"none"),
    "size": 4,
    "platform": {"os": "unknown", "architecture": "unknown"},
    "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
}


def several(to: Path) -> str:
    files = oci_files(ARM, AMD, OLD, extra=[ATTESTATION])
    return write(to / "several.tar", archive_of(files))


@pytest.mark.parametrize(
    ("asked", "picked"),
    [
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/arm64/v8"),
        ("arm64", "linux/arm64/v8"),
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/arm", "linux/arm/v7"),
    ],
)
def test_the_platform_is_picked(asked: str, picked: str, tmp_path: Path) -> None:
    assert read_image(several(tmp_path), platform=asked).platform == picked


def test_without_a_platform_this_machines_is_picked(tmp_path: Path) -> None:
    here = tuple(of_this_machine().split("/"))
    files = oci_files(Image([BASE], platform=here), Image([TOP], platform=("linux", "s390x")))
    found = read_image(write(tmp_path / "two.tar", archive_of(files)))
    assert matches(found.platform, of_this_machine())


def test_the_only_image_is_taken_whatever_its_platform(tmp_path: Path) -> None:
    for data in (
        Image([BASE], platform=("linux", "s390x")).oci_archive(),
        archive_of(oci_files(Image([BASE], platform=("linux", "s390x")), extra=[ATTESTATION])),
        Image([BASE], platform=("linux", "s390x")).docker_archive(),
    ):
        assert read_image(write(tmp_path / "one.tar", data)).platform == "linux/s390x"


@pytest.mark.parametrize("asked", ["linux/riscv64", "windows/amd64", "linux/arm/v6"])
def test_a_platform_that_is_not_there(asked: str, tmp_path: Path) -> None:
    source = several(tmp_path)
    with pytest.raises(
        ImageError, match=rf"no image for {asked}, only @0 .*linux/arm64/v8.*, @1 .*linux/amd64"
    ):
        read_image(source, platform=asked)
    one = write(tmp_path / "one.tar", AMD.docker_archive())
    with pytest.raises(ImageError, match=f"no image for {asked}, only @0 'amd'"):
        read_image(one, platform=asked)


def test_several_images_are_too_many(tmp_path: Path) -> None:
    two = archive_of(oci_files(AMD, Image([BASE], name="other")))
    with pytest.raises(ImageError, match=r"2 images for linux/amd64: @. 'amd' .*, @. 'other'"):
        read_image(write(tmp_path / "two.tar", two), platform="linux/amd64")
    saved = together(AMD, Image([BASE], name="other"))
    with pytest.raises(
        ImageError,
        match=r"2 images for linux/amd64: @0 'amd' \(linux/amd64, sha256:\w+\), @1 'other'",
    ):
        read_image(write(tmp_path / "both.tar", saved), platform="linux/amd64")


def together(*images: Image) -> bytes:
    """What `docker save` writes of several images."""
    files: dict[str, bytes] = {}
    items: list[Any] = []
    for image in images:
        files.update(image.docker_files())
        items += json.loads(files["manifest.json"])
    return archive_of({**files, "manifest.json": json.dumps(items).encode()})


def test_of_several_saved_images_this_machines_is_picked(tmp_path: Path) -> None:
    """As from an index: the same image in another form is the same image."""
    here = tuple(of_this_machine().split("/"))
    own = Image([BASE], platform=here, name="own")
    source = write(tmp_path / "both.tar", together(Image([TOP], platform=("linux", "s390x")), own))
    assert read_image(source).name == "own"
    assert read_image(source, platform="linux/s390x").name == "example:latest"
    more = write(tmp_path / "more.tar", together(own, Image([TOP], platform=here, name="more")))
    with pytest.raises(
        ImageError, match=f"2 images for {of_this_machine()}: @0 'own'.*, @1 'more'.*"
    ) as caught:
        read_image(more)
    assert str(caught.value).endswith(
        "; name one of them with --ref (name, digest or @N), or save that image alone"
    )
    strangers = together(
        *(Image([BASE], platform=("linux", name)) for name in ("s390x", "ppc64le"))
    )
    with pytest.raises(ImageError, match=f"no image for {of_this_machine()}, only .*linux/ppc64le"):
        read_image(write(tmp_path / "strangers.tar", strangers))


def test_a_layout_with_a_manifest_is_read_by_it(tmp_path: Path) -> None:
    """Engines since version 25 write both; the manifest is what they load."""
    image = Image(LAYERS)
    files = image.oci_files()
    item = {
        "Config": archives.blob_path(image.configuration),
        "RepoTags": ["both:1"],
        "Layers": [archives.blob_path(layer) for layer in LAYERS],
    }
    files["manifest.json"] = json.dumps([item]).encode()
    source = write(tmp_path / "both.tar", archive_of(files))
    found: list[ImageContent] = [read_image(source), read_image(source, platform="linux/amd64")]
    assert [image.reader for image in found] == ["docker-archive", "oci-layout"]
    assert found[0].layers == found[1].layers


def test_a_name_in_a_folder_that_is_too_long_is_cut_in_the_message(tmp_path: Path) -> None:
    files = Image(LAYERS).docker_files()
    [item] = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps([{**item, "Config": "x" * 5000}]).encode()
    with pytest.raises(ImageError, match=r"cannot be read .File name too long.; save") as caught:
        read_image(str(write_folder(tmp_path / "long", files)))
    assert len(str(caught.value)) < 500


def test_digests_are_known_at_the_end_of_the_block(tmp_path: Path) -> None:
    files = Image(LAYERS).docker_files()
    name = next(name for name, data in files.items() if data == BASE)
    source = write(tmp_path / "wrong.tar", archive_of({**files, name: TOP}))
    seen = []
    with pytest.raises(ImageError, match="layer 0 has the digest"), reading_image(source) as image:
        seen += [len(layer.entries) for layer in image.layers]
    assert seen == [3, 3, 0, 0]
    with reading_image(write(tmp_path / "right.tar", Image(LAYERS).docker_archive())) as image:
        assert image.layers[0].diff_id == digest(BASE)


def test_errors_of_the_block_are_its_own(tmp_path: Path) -> None:
    source = write(tmp_path / "image.tar", Image(LAYERS).docker_archive())
    with pytest.raises(OSError, match=r"^its own$"), reading_image(source):
        raise OSError("its own")


def test_configurations_are_called_by_their_digest(tmp_path: Path) -> None:
    """Kaniko writes `sha256:` in front of it."""
    image = Image(LAYERS)
    files = image.docker_files()
    name = digest(image.configuration)
    files[name] = files.pop(f"{name[7:]}.json")
    files["manifest.json"] = files["manifest.json"].replace(
        f"{name[7:]}.json".encode(), name.encode()
    )
    assert read_image(write(tmp_path / "kaniko.tar", archive_of(files))).image_id == name
    files[name] += b" "
    with pytest.raises(ImageError, match=r"the configuration 'sha256:.*has the digest"):
        read_image(write(tmp_path / "kaniko.tar", archive_of(files)))


def test_what_is_not_there() -> None:
    with pytest.raises(ImageError, match="no file or directory /none"):
        read_image("/none")


@pytest.mark.parametrize(
    ("ref", "name"),
    [("amd", "amd"), ("other", "other"), ("@0", "amd"), ("@1", "other")],
)
def test_one_of_several_images_is_chosen(ref: str, name: str, tmp_path: Path) -> None:
    for files in (oci_files(AMD, Image([BASE], name="other")),):
        source = write(tmp_path / "two.tar", archive_of(files))
        assert read_image(source, ref=ref).name == name
    saved = write(tmp_path / "saved.tar", together(AMD, Image([BASE], name="other")))
    assert read_image(saved, ref=ref).name == name
    chosen = read_image(saved, ref=ref).image_id
    assert read_image(saved, ref=chosen).name == name
    assert read_image(saved, ref=chosen.removeprefix("sha256:")[:8]).name == name


def test_a_platform_does_not_hide_an_image_that_the_index_leaves_out(tmp_path: Path) -> None:
    """`manifest.json` names two images of one platform, `index.json` one of them."""
    other = Image([BASE], name="other")
    files = {**oci_files(AMD), **other.docker_files()}
    items = [*json.loads(AMD.docker_files()["manifest.json"])]
    items += json.loads(other.docker_files()["manifest.json"])
    files |= AMD.docker_files() | other.docker_files()
    files["manifest.json"] = json.dumps(items).encode()
    source = write(tmp_path / "both.tar", archive_of(files))
    for asked in (None, "linux/amd64"):
        with pytest.raises(ImageError, match="2 images for linux/amd64"):
            read_image(source, platform=asked)
    assert read_image(source, ref="other", platform="linux/amd64").name == "other"


def test_what_is_there_is_read_where_another_platform_is_only_listed(tmp_path: Path) -> None:
    files = ARM.oci_files()
    index = json.loads(files["index.json"])
    described = []
    for image, architecture in ((ARM, "arm64"), (AMD, "amd64")):
        _, descriptor = image.oci_blobs()
        platform = {"os": "linux", "architecture": architecture}
        described.append({**descriptor, "platform": platform})
    files["index.json"] = json.dumps({**index, "manifests": described}).encode()
    source = write(tmp_path / "part.tar", archive_of(files))
    found = read_image(source)
    assert found.platform.startswith("linux/arm64")
    assert "linux/amd64 is listed, too" in found.notes[0]
    with pytest.raises(ImageError, match="an image for linux/amd64 and does not have its files"):
        read_image(source, platform="linux/amd64")
