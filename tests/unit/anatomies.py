"""Documents of `inspect` written by hand: for tests of commands and reports."""

from __future__ import annotations

from runner.model.anatomy import (
    AnatomyDocument,
    CacheFinding,
    DiveNumbers,
    Duplicate,
    Hint,
    ImageFacts,
    LayerFacts,
    Package,
    SizeOf,
    Waste,
    WasteReason,
)

MB = 10**6


def document(
    stored_bytes: int = 120 * MB, wasted_bytes: int = 6 * MB, name: str = "app:latest"
) -> AnatomyDocument:
    """An image of a base layer and two of its own, the last of which deletes some of the first."""
    base_bytes = stored_bytes // 2
    own_bytes = stored_bytes - base_bytes
    return AnatomyDocument(
        image=ImageFacts(
            name=name,
            stored_bytes=stored_bytes,
            live_bytes=stored_bytes - wasted_bytes,
            wasted_bytes=wasted_bytes,
            compressed_bytes=None,
            compressor="",
            platform="linux/amd64",
            reader="docker-archive",
        ),
        layers=(
            LayerFacts("sha256:" + "0" * 64, "ADD rootfs.tar.xz /", base_bytes, None, 3000, True),
            LayerFacts(
                "sha256:" + "1" * 64,
                "RUN pip install --upgrade pip && pip install flask pandas gunicorn",
                own_bytes,
                None,
                4000,
                False,
                wasted_bytes=wasted_bytes,
            ),
            LayerFacts("sha256:" + "2" * 64, "RUN rm -r /root/.cache/pip", 0, None, 0, False),
        ),
        waste=(
            Waste("root/.cache/pip/http/a", wasted_bytes // 2, 1, 2, WasteReason.deleted),
            Waste(
                "root/.cache/pip/http/b/c",
                wasted_bytes - wasted_bytes // 2,
                1,
                2,
                WasteReason.deleted,
            ),
        ),
        caches=(
            CacheFinding(
                "usr/lib/python3.11/__pycache__",
                3 * MB,
                "__pycache__",
                1,
                240,
                "ENV PYTHONDONTWRITEBYTECODE=1",
            ),
        ),
        packages=(
            Package("python", "pandas", "2.2.3", 40 * MB, 1500),
            Package("python", "flask", "3.0.3", 1 * MB, 80),
            Package("dpkg", "libc6", "2.36-9", 12 * MB, 300),
        ),
        unowned_bytes=stored_bytes - wasted_bytes - 53 * MB,
        unowned=(SizeOf("usr/local", stored_bytes - wasted_bytes - 53 * MB, 900),),
        largest_files=(SizeOf("usr/lib/libpython3.11.so.1.0", 5 * MB),),
        largest_directories=(SizeOf("usr", 100 * MB, 6000),),
        duplicates=(Duplicate(2 * MB, ("a/libopenblas.so", "b/libopenblas.so")),),
        hints=(
            Hint(
                6 * MB,
                1,
                "RUN pip install --upgrade pip && pip install flask pandas gunicorn",
                "pip's cache, deleted by layer 2",
                "pip install --no-cache-dir …",
            ),
        ),
        dive=DiveNumbers(0.95, 8 * MB, 0.13),
    )
