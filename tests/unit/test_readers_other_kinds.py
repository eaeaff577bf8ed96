"""Files and directories that are kept like images and are none: each is told what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from runner.image.read import read_image
from runner.model.errors import ImageError
from tests.unit.archives import Image, archive_of
from tests.unit.test_readers_archives import BASE


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def with_config_type(kind: str) -> bytes:
    """A layout whose manifest's configuration has this media type."""
    files = Image([BASE]).oci_files()
    index = json.loads(files["index.json"])

    old = index["manifests"][0]["digest"]
    manifest = json.loads(files.pop("blobs/" + old.replace(":", "/")))
    manifest["config"]["mediaType"] = kind
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
        (archive_of({"etc/passwd": b"root", "bin/sh": b"x"}), "as `docker export` writes it"),
        (archive_of({"Chart.yaml": b"x"}), "it is a Helm chart"),
        (with_config_type("application/vnd.cncf.helm.config.v1+json"), "a Helm chart, not a"),
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
