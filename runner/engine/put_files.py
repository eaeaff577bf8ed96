"""Files that are put into a container before it runs: scripts that images of databases run when
they make theirs, and the secrets that a compose file would mount."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from runner.engine.port import Container

FIRST_SCRIPTS = "docker-entrypoint-initdb.d"
"""At the root, in the official images of PostgreSQL, MySQL, MariaDB and MongoDB."""
SECRETS = "run/secrets"
"""Where compose mounts what a service names as its secrets."""


def put_files(container: Container, files: Mapping[str, str], directory: str) -> None:
    """Put texts into a directory, relative to the root, under their names; for everybody to read,
    as what a compose file mounts. A name that is an absolute path is put there, into a directory
    that is left as it is."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for place in [*reversed(PurePosixPath(directory).parents), PurePosixPath(directory)][1:]:
            member = tarfile.TarInfo(str(place))
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member)
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(str(PurePosixPath("/", directory, name)).lstrip("/"))
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    container.put(written.getvalue())
