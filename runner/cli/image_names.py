"""What a user calls an image on the command line: an engine's image, or a path."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from runner.model.errors import ConfigError, ImageError

SOURCE = "an image on the engine, a docker-archive or OCI tarball, or an OCI layout's directory"

_NAME = re.compile(r"[a-z0-9][a-z0-9._/-]*[a-z0-9]")
"""An image's name without a tag; a path may begin with a dot or end with a slash instead."""
_LAYOUT_FILES = ("index.json", "oci-layout", "manifest.json", "repositories")
_PATH = re.compile(
    r"^[.~]{0,2}/|/$|\.(?:tar|tar\.\w+|tgz|gz|zst|xz|bz2|oci|tra|targz|tzst|txz|zip)$"
)
"""What is meant as a file or a directory: no image is called so."""
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/"
_REFERENCE = re.compile(
    rf"(?:{_HOST})?{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
    r"(?:@[A-Za-z0-9]+(?:[-_+.][A-Za-z0-9]+)*:[0-9a-fA-F]{32,})?"
    r"|(?:sha256:)?[0-9a-f]{1,64}"
)
"""github.com/distribution/reference: what an engine takes for the name of an image, or an ID."""
_TRANSPORT = re.compile(
    r"(docker://|(?:docker-daemon|containers-storage|docker-archive|oci-archive|oci|dir):)(.+)"
)
"""How skopeo and podman say what kind of place an image is in."""


def unambiguous(source: str) -> str:
    """`app` is an image where the folder `app` beside it is no layout: `app:latest`.

    Raises `ImageError` for what can only be a file or a directory, and is not there, and for what
    is no name of an image either.
    """
    if not source.strip():
        raise ConfigError(f"the image's name is empty: name {SOURCE}")
    folder = Path(source)
    if not os.path.lexists(folder):
        _check_named(source)
    if is_no_layout(source):
        return f"{source}:latest"
    return source


def is_no_layout(source: str) -> bool:
    """Whether it is a directory without an image, of a name that an image may have."""
    folder = Path(source)
    layout = any((folder / name).exists() for name in _LAYOUT_FILES)
    return bool(_NAME.fullmatch(source)) and folder.is_dir() and not layout


def _check_named(source: str) -> None:
    """Raises `ImageError` for what is not there and cannot be an image on an engine."""
    if source.startswith(("http://", "https://")):
        raise ImageError(
            f"nothing is fetched from an address: download {source}, and name the file"
        )
    if source == "-":
        raise ImageError(
            "nothing is read from stdin: write the image to a file, and name that"
            " (`docker save --output app.tar app`)"
        )
    transport = _TRANSPORT.fullmatch(source)
    if transport and (transport[2].startswith("/") or not _is_name(source)):
        raise _of_transport(source, transport[1], transport[2])
    near = _near(Path(source))
    if near or _PATH.search(source):
        then = f"did you mean {near}?" if near else "name an archive, a layout or an image"
        raise ImageError(f"no file or directory {source}: {then}")
    if not _is_name(source):
        raise ImageError(
            f"{source!r} is neither a file nor a directory here, nor can an image be called so:"
            f" name {SOURCE}"
        )


def _is_name(source: str) -> bool:
    """Whether an engine may have an image of that name; `oci:app` is one if nothing is there."""
    transport = _TRANSPORT.fullmatch(source)
    there = transport is not None and os.path.lexists(transport[2].partition(":")[0])
    return not there and _REFERENCE.fullmatch(source) is not None


def _of_transport(source: str, transport: str, rest: str) -> ImageError:
    path = rest.partition(":")[0] if transport not in ("docker://", "docker-daemon:") else rest
    return ImageError(
        f"{transport} is a prefix of skopeo and podman, not a part of a name: name {path} instead"
        f" of {source}"
    )


def _near(path: Path) -> str:
    """An archive next to it whose name is nearly the same; empty for none."""
    if "." not in path.name:
        return ""
    try:
        names = [item.name for item in path.parent.iterdir() if _PATH.search(item.name)]
    except OSError:
        return ""
    found = difflib.get_close_matches(path.name, names, 1, 0.85)
    return str(path.parent / found[0]) if found else ""
