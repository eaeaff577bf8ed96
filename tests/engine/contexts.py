"""Build contexts for tests: a tarball from a few files."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from runner.engine.builders.context_file import ContextFile
from runner.engine.port import Engine


def write_context(path: Path, dockerfile: str, **files: bytes) -> ContextFile:
    """An uncompressed context tarball with the Dockerfile and the files, written to `path`."""
    contents: Mapping[str, bytes] = {"Dockerfile": dockerfile.encode(), **files}
    with tarfile.open(path, "w") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755
            archive.addfile(member, io.BytesIO(data))
    return ContextFile(path)


def file_of_image(engine: Engine, image: str, path: str) -> bytes:
    """One file's content out of an image."""
    container = engine.client.containers.create(image, ["none"], labels={"io.dockbench": "test"})
    try:
        stream, _ = container.get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            content = archive.extractfile(archive.getmembers()[0])
            assert content is not None
            return content.read()
    finally:
        container.remove(force=True)
