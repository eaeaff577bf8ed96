"""copies=mounted gives an image with what was installed and without what it was installed from."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from tests.engine.contexts import build_image
from tests.engine.test_bases_languages import provided
from tests.unit.edited_texts import edited

TEXT = """\
FROM python:3.11-slim AS builder
WORKDIR /usr/src/app
COPY *.whl ./
RUN pip wheel --no-index --no-cache-dir --wheel-dir /usr/src/app/wheels ./*.whl
RUN mkdir dist && cp ./*.whl dist/

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /usr/src/app/wheels /wheels
RUN pip install --no-cache-dir --no-index /wheels/* && rm -rf /wheels
COPY parcel-1.0-py3-none-any.whl /tmp/
RUN pip install --no-cache --no-index --target /opt/again /tmp/*.whl
COPY main.py .
CMD ["python", "main.py"]
"""
MAIN = b"""\
import glob, os, parcel
print(parcel.NAME, parcel.__file__.startswith("/usr/local/lib"))
print(os.path.getsize("/opt/again/parcel/data"))
found = glob.glob("/wheels/**", recursive=True) + glob.glob("/tmp/**", recursive=True)
print([path for path in found if os.path.isfile(path)])
"""
DATA_BYTES = 3_072_000


def wheel() -> bytes:
    """A package with a large file, stored as it is."""
    data = io.BytesIO()
    head = "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("parcel/__init__.py", "NAME = 'parcel 1.0'\n")
        archive.writestr("parcel/data", bytes(range(256)) * (DATA_BYTES // 256))
        archive.writestr("parcel-1.0.dist-info/METADATA", head)
        archive.writestr("parcel-1.0.dist-info/WHEEL", kind)
        archive.writestr("parcel-1.0.dist-info/RECORD", "")
    return data.getvalue()


def test_what_was_installed_is_there_and_no_wheel(engine: DockerEngine, tmp_path: Path) -> None:
    slim = provided(engine, "python:3.11-slim", "slim")
    files = {"parcel-1.0-py3-none-any.whl": wheel(), "main.py": MAIN}
    after = edited(TEXT, "copies=mounted")
    assert after.count("COPY") == 2
    sizes: list[int] = []
    printed: list[list[str]] = []
    for text in (TEXT, after):
        folder = tmp_path / str(len(sizes))
        folder.mkdir()
        built = build_image(engine, folder, text.replace("python:3.11-slim", slim), files=files)
        try:
            output: bytes = engine.client.containers.run(
                built.image_id, remove=True, network_mode="none", labels={labels.OWNER: "test"}
            )
            sizes.append(int(engine.client.images.get(built.image_id).attrs["Size"]))
        finally:
            remove_built(engine, built)
        printed.append(output.decode().splitlines())
    assert printed[0][:2] == printed[1][:2] == ["parcel 1.0 True", f"{DATA_BYTES}"]
    assert printed[0][2] == "['/tmp/parcel-1.0-py3-none-any.whl']"
    assert printed[1][2] == "[]"
    assert 2 * DATA_BYTES <= sizes[0] - sizes[1] < 2.1 * DATA_BYTES
