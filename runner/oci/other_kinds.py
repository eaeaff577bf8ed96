"""Files and directories that are not an image: what they are instead, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from runner.oci.damage import ARCHIVE, DamagedError, NotAnImageError, shown
from runner.oci.docker_archive import MANIFEST, REPOSITORIES
from runner.oci.layout import INDEX

WHAT_TO_NAME = "name what `docker save` wrote, or an OCI layout"
_OF_A_SYSTEM = ("etc/passwd", "etc/os-release", ".dockerenv", "bin/sh", "usr/bin/env")
_PACKED = (
    (b"\xfd7zXZ\x00", "xz", "xz --decompress --keep"),
    (b"BZh", "bzip2", "bunzip2 --keep"),
    (b"\x04\x22\x4d\x18", "lz4", "unlz4 --keep"),
    (b"LZIP", "lzip", "lzip --decompress --keep"),
    (b"\x1f\x9d", "compress", "uncompress -k"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x"),
    (b"PK\x03\x04", "zip", "unzip"),
)
"""How a file of a packer begins that is not read, its name, and what unpacks it."""
_TEXTS = (
    (b"version https://git-lfs", "a pointer of Git LFS", "`git lfs pull` fetches the file itself"),
    (b"<", "a web page", "look at what the address answers when it is asked for the archive"),
    (b"{", "a JSON document", "name the archive or the layout that it belongs to"),
)
_SHOWN = 3
_ARCHIVE_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.zst")


def no_tarball(head: bytes, size_bytes: int) -> DamagedError:
    """What a file is that is not a tarball, from its first bytes."""
    if not size_bytes:
        return NotAnImageError("it is empty", f"{WHAT_TO_NAME}, and look whether writing it failed")
    for start, packer, command in _PACKED:
        if head.startswith(start):
            return NotAnImageError(
                f"it is packed with {packer}, which is not read",
                f"unpack it first: `{command} FILE`",
            )
    for start, what, advice in _TEXTS:
        if head.lstrip().startswith(start):
            return NotAnImageError(f"it is {what}, not a tar archive", advice)
    return NotAnImageError("it is not a tar archive", WHAT_TO_NAME)


def no_image(names: Sequence[str], *, whole: bool = True) -> DamagedError:
    """What an archive or a directory is, from the files that it has; one that is not `whole` lacks
    its end mark."""
    there = frozenset(names)
    if not there.isdisjoint(_OF_A_SYSTEM):
        return NotAnImageError(
            "it is a file system, as `docker export` writes it, and has no layers",
            "`docker save IMAGE` writes an image with its layers",
        )
    second = {name.partition("/")[2]: name.partition("/")[0] for name in names}
    if "Chart.yaml" in there or "Chart.yaml" in second:
        return NotAnImageError(
            "it is a Helm chart, not a container image", "name a container image"
        )
    below = second.get(INDEX) or second.get(MANIFEST)
    if below:
        where = shown(below)
        return NotAnImageError(
            f"its image lies one level too deep, in {where}",
            "name that directory, or pack what is in it (tar -C DIRECTORY -cf app.tar .)",
        )
    if "config.json" in there and any(name.startswith("rootfs/") for name in names):
        return NotAnImageError(
            "it is the bundle of a container, a file system without layers", "name an image"
        )
    lists = f"{MANIFEST}, {INDEX} or {REPOSITORIES}"
    if not whole:
        return DamagedError(f"{ARCHIVE} is cut off: it ends between two files, before {lists}")
    inner = [name for name in names if name.endswith(_ARCHIVE_ENDINGS)]
    if inner and len(inner) == len(names):
        listed = ", ".join(map(shown, inner[:_SHOWN]))
        return NotAnImageError(f"it holds further archives ({listed})", "unpack and name one")
    if not names:
        return NotAnImageError(
            f"no file is in it, and so no {MANIFEST}: it is not an image archive", WHAT_TO_NAME
        )
    return NotAnImageError(f"it has no {lists}: it is not an image archive", WHAT_TO_NAME)


def directory_of_skopeo() -> DamagedError:
    """What `skopeo copy … dir:PATH` writes."""
    return NotAnImageError(
        "it is a `dir:` directory of skopeo, which names neither platform nor image",
        "`skopeo copy dir:PATH oci:OTHER` makes an OCI layout of it",
    )
