"""Build contexts for tests, a tarball from a few files, and the images of them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from runner.engine.builders import builder_for
from runner.engine.builders.context_file import ContextFile
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest, BuildResult


def write_context(path: Path, dockerfile: str, **files: bytes) -> ContextFile:
    """An uncompressed context tarball with the Dockerfile and the files, written to `path`."""
    contents: Mapping[str, bytes] = {"Dockerfile": dockerfile.encode(), **files}
    with tarfile.open(path, "w") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755
            archive.addfile(member, io.BytesIO(data))
    return ContextFile(path)


def build_image(
    engine: DockerEngine,
    folder: Path,
    dockerfile: str,
    tag: str = "",
    files: Mapping[str, bytes] | None = None,
    marks: Mapping[str, str] | None = None,
) -> BuildResult:
    """Build an image from a few files, with a context that stays in `folder`."""
    context = write_context(folder / "context.tar", dockerfile, **(files or {}))
    return build_context(engine, context, tag, marks=marks)


def build_context(
    engine: DockerEngine,
    context: ContextFile,
    tag: str = "",
    *,
    base: str = "",
    marks: Mapping[str, str] | None = None,
) -> BuildResult:
    """Build an image from a context, with our label beside `marks`; `base` is for a Dockerfile that
    takes BASE_IMAGE."""
    request = BuildRequest(
        context=context,
        tag=tag,
        build_args={"BASE_IMAGE": base} if base else {},
        labels={labels.OWNER: "test", **(marks or {})},
    )
    result = builder_for(BuilderName.buildkit, engine).build(request)
    assert result.failure is None, (result.failure, result.log)
    return result


def printed_of(
    engine: DockerEngine, folder: Path, dockerfile: str, files: Mapping[str, bytes] | None = None
) -> list[str]:
    """The lines that the image of a Dockerfile prints when it is started; it is removed again."""
    result = build_image(engine, folder, dockerfile, files=files)
    try:
        printed: bytes = engine.client.containers.run(
            result.image_id, remove=True, network_mode="none", labels={labels.OWNER: "test"}
        )
    finally:
        remove_built(engine, result)
    return printed.decode().splitlines()


def file_of_image(engine: DockerEngine, image: str, path: str) -> bytes:
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
