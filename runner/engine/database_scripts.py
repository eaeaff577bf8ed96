"""Scripts that images of databases run when they make theirs, put into a container before it
runs."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from runner.engine.port import Container

DIRECTORY = "docker-entrypoint-initdb.d"
"""At the root, in the official images of PostgreSQL, MySQL, MariaDB and MongoDB."""


def put_first_scripts(container: Container, files: Mapping[str, str]) -> None:
    """Put texts into that directory, under their names."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        place = tarfile.TarInfo(DIRECTORY)
        place.type, place.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(place)
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(f"{DIRECTORY}/{name}")
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    container.put(written.getvalue())
