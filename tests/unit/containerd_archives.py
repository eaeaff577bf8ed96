"""What `docker save` writes where the engine keeps its images in containerd's store."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.archives import Image, blob_path, digest


def containerd_files(*images: Image) -> dict[str, bytes]:
    """The files that an engine with containerd's store saves of one name with several platforms:
    one index below `index.json` with an attestation beside each image, all blobs by digest, and a
    manifest in Docker's form of the first image."""
    files: dict[str, bytes] = {}
    manifests: list[dict[str, Any]] = []
    for image in images:
        blobs, descriptor = image.oci_blobs()
        files.update(blobs)
        manifests.append({key: descriptor[key] for key in ("mediaType", "digest", "size")})
        manifests[-1]["platform"] = descriptor["platform"]
        attested, attestation = Image([b'{"_type": "in-toto"}'], fields={"history": []}).oci_blobs()
        files.update(attested)
        manifests.append(
            {
                **{key: attestation[key] for key in ("mediaType", "digest", "size")},
                "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {
                    "vnd.docker.reference.type": "attestation-manifest",
                    "vnd.docker.reference.digest": descriptor["digest"],
                },
            }
        )
    first = images[0]
    index = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    name, _, tag = first.name.partition(":")
    described = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": digest(index),
        "size": len(index),
        "annotations": {
            "io.containerd.image.name": f"docker.io/library/{name}:{tag}",
            "org.opencontainers.image.ref.name": tag,
        },
    }
    item = {
        "Config": blob_path(first.configuration),
        "RepoTags": [first.name],
        "Layers": [blob_path(packed) for packed in first.packed],
    }
    return {
        **dict(sorted({**files, blob_path(index): index}.items())),
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [described]}).encode(),
        "manifest.json": json.dumps([item]).encode(),
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    }
