"""Files and directories that are kept like images and are none: each is told what it is."""

from __future__ import annotations

import bz2
import hashlib
import json
import lzma
from pathlib import Path

import pytest

from runner.image.read import read_image
from runner.model.errors import ImageError
from tests.unit.archives import Image, archive_of, gz, write_folder
from tests.unit.test_readers_archives import BASE


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def with_config_type(kind: str) -> bytes:
    """A layout whose manifest's configuration has this media type."""
    return with_types(config=kind)


def with_types(config: str = "", layer: str = "", document: bytes = b"") -> bytes:
    """A layout whose manifest names these media types, and this configuration if there is one."""
    files = Image([BASE]).oci_files()
    index = json.loads(files["index.json"])

    old = index["manifests"][0]["digest"]
    manifest = json.loads(files.pop("blobs/" + old.replace(":", "/")))
    if config:
        manifest["config"]["mediaType"] = config
    if layer:
        manifest["layers"][0]["mediaType"] = layer
    if document:
        digest = hashlib.sha256(document).hexdigest()
        files[f"blobs/sha256/{digest}"] = document
        manifest["config"] |= {"digest": f"sha256:{digest}", "size": len(document)}
    data = json.dumps(manifest).encode()
    digest = hashlib.sha256(data).hexdigest()
    files[f"blobs/sha256/{digest}"] = data
    index["manifests"][0] |= {"digest": f"sha256:{digest}", "size": len(data)}
    index["manifests"][0].pop("platform", None)
    files["index.json"] = json.dumps(index).encode()
    return archive_of(files)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a tar archive at all", "it is not a tar archive"),
        (b"", "it is empty"),
        (bytes(10_240), "no file is in it"),
        (lzma.compress(BASE), "it is packed with xz, which is not read; unpack it first: `xz "),
        (bz2.compress(BASE), "it is packed with bzip2"),
        (b"PK\x03\x04" + bytes(600), "it is packed with zip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "`git lfs pull`"),
        (b"<!DOCTYPE html><html>404", "it is a web page"),
        (b'{"schemaVersion": 2}', "it is a JSON document"),
        (archive_of({"shop/Chart.yaml": b"x", "shop/values.yaml": b""}), "it is a Helm chart"),
        (gz(archive_of({"shop/Chart.yaml": b"x"})), "it is a Helm chart"),
        (archive_of({f"lay/{n}": d for n, d in Image([BASE]).oci_files().items()}), "in 'lay'; na"),
        (archive_of({"app.tar": archive_of(Image([BASE]).docker_files())}), "archives .'app.tar'"),
        (archive_of({"config.json": b"{}", "rootfs/bin/x": b""}), "the bundle of a container"),
        (archive_of({"etc/passwd": b"root", "bin/sh": b"x"}), "as `docker export` writes it"),
        (archive_of({"Chart.yaml": b"x"}), "it is a Helm chart"),
        (with_config_type("application/vnd.cncf.helm.config.v1+json"), "a Helm chart, not a"),
        (
            with_types(layer="application/vnd.dev.cosign.simplesigning.v1+json", document=b"{}"),
            "it holds a signature of cosign, not a container image; name the image that it signs",
        ),
        (
            with_types(layer="application/vnd.in-toto+json"),
            "it holds an attestation, not a container image; name the image that it is about",
        ),
        (
            with_types(layer="text/spdx+json", config="application/vnd.oci.empty.v1+json"),
            "it holds an SBOM, not a container image; name the image that it is about",
        ),
        (
            with_types(document=b'{"architecture": "amd64"}'),
            "its configuration has no `rootfs`: it is not a container image; name a container",
        ),
        (
            with_types(layer="application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
            "is encrypted; decrypt it first: `skopeo copy --decryption-key KEY ",
        ),
        (with_config_type("application/vnd.example+json"), "an artifact of the type application"),
    ],
)
def test_saving_again_is_not_what_helps(data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=said) as caught:
        read_image(write(tmp_path / "x.tar", data))
    assert "save the image again" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_directory_of_skopeo_is_told_how_to_become_a_layout(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("Directory Transport Version: 1.1\n")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ImageError, match="`skopeo copy dir:PATH oci:OTHER`"):
        read_image(str(tmp_path))


def test_a_directory_without_an_image_is_told_what_it_is(tmp_path: Path) -> None:
    write_folder(tmp_path / "inner", Image([BASE]).oci_files())
    with pytest.raises(ImageError, match="one level too deep, in 'inner'"):
        read_image(str(tmp_path))
    (tmp_path / "none").mkdir()
    with pytest.raises(ImageError, match="no file is in it"):
        read_image(str(tmp_path / "none"))
