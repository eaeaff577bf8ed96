"""What a static Go program still finds where its image starts from nothing.

Certificates, a directory for temporary files, the names of users, and time zones where its image
had them.
"""

from __future__ import annotations

import posixpath

from runner.dockerfile.edits.user import USER_ID

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
GO = "/usr/local/go"
"""Below GOROOT a program looks for Go's own time zones, for the one that TZ names as well."""
ROOT = "/tmp/rootfs"
"""In the stage that builds, whose user may write nowhere else."""
_ZONES = "lib/time/zoneinfo.zip"


def prepared(newline: str, *, zones: bool) -> str:
    """The instruction behind the one that builds the program."""
    commands = [
        f"mkdir -p {ROOT}/etc {ROOT}/tmp",
        f"chmod 1777 {ROOT}/tmp",
        f"cp /etc/passwd /etc/group {ROOT}/etc/",
        f"echo 'nonroot:x:{USER_ID}:{USER_ID}::/tmp:/bin/false' >> {ROOT}/etc/passwd",
    ]
    if zones:
        commands += [
            f'zones="$(go env GOROOT)/{_ZONES}"',
            # not in a distribution's own package of Go
            f'if [ -e "$zones" ]; then mkdir -p {ROOT}{GO}/{posixpath.dirname(_ZONES)}'
            f' && cp "$zones" {ROOT}{GO}/{_ZONES}; fi',
        ]
    return "RUN " + f" \\{newline}    && ".join(commands)


def copied(build: str, *, zones: bool) -> list[str]:
    """The instructions at the head of the stage that starts from nothing."""
    lines = [
        f"COPY --from={build} {CERTIFICATES} {CERTIFICATES}",
        f"COPY --from={build} {ROOT}/ /",
    ]
    return [*lines, f"ENV GOROOT={GO}"] if zones else lines
