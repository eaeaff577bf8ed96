"""What the fuzzer begins with: layers with everything in them, and package databases."""

from __future__ import annotations

import json
import tarfile
from functools import cache

from tests.unit import archives
from tests.unit.archives import Member

LARGE = bytes(17_000)
"""Large enough to be looked for twice."""

_SITE = "usr/lib/python3/site-packages"
_DPKG = "var/lib/dpkg"

DATABASES: dict[str, bytes] = {
    f"{_DPKG}/status": b"Package: libc6\nStatus: install ok\nVersion: 2.36-9\nArchitecture: amd64\n"
    b"\nPackage: dash\nVersion: 0.5\nArchitecture: amd64\n",
    f"{_DPKG}/info/libc6:amd64.list": b"/.\n/lib\n/lib/libc.so.6\n/lib/sh.distrib\n",
    f"{_DPKG}/info/dash.list": b"/.\n/usr\n/usr/lib/dash\n/bin/sh\n",
    f"{_DPKG}/diversions": b"/bin/sh\n/bin/sh.distrib\ndash\n",
    f"{_DPKG}/status.d/tzdata": b"Package: tzdata\nVersion: 2024a\n",
    f"{_DPKG}/status.d/tzdata.md5sums": b"0123456789abcdef0123456789abcdef  usr/share/zone\n",
    "lib/apk/db/installed": b"P:musl\nV:1.2.5\nF:lib\nR:ld-musl.so.1\n"
    b"F:usr/lib\nR:dash\n\nP:x\nV:1\n",
    f"{_SITE}/a-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n\nText\n",
    f"{_SITE}/a-1.0.dist-info/RECORD": b"a/__init__.py,sha256=x,5\n../../../bin/a,,\n"
    b'"a/q""uoted.py",,\na-1.0.dist-info/RECORD,,\n',
    f"{_SITE}/b.egg-info/PKG-INFO": b"Name: b\nVersion: 2\n",
    f"{_SITE}/b.egg-info/installed-files.txt": b"../b.py\nPKG-INFO\n",
    f"{_SITE}/c.egg/EGG-INFO/PKG-INFO": b"Name: c\nVersion: 3\n",
    "opt/conda/conda-meta/zlib-1.3.json": json.dumps(
        {"name": "zlib", "version": "1.3", "files": ["lib/libz.so", "bin/z"]}
    ).encode(),
    "app/node_modules/left/package.json": b'{"name": "left", "version": "1.3.0"}',
    "app/node_modules/@some/right/package.json": b'{"name": "right", "version": "2.0.0"}',
}
"""Every kind of package database that there is a reader for."""

_OWNED = [
    "usr/lib/libc.so.6",
    "usr/lib/dash",
    "usr/lib/ld-musl.so.1",
    "usr/share/zone",
    "bin/sh",
    "usr/bin/a",
    f"{_SITE}/a/__init__.py",
    f"{_SITE}/a/__pycache__/__init__.cpython-311.pyc",
    f"{_SITE}/b.py",
    f"{_SITE}/c.egg/c.py",
    "opt/conda/lib/libz.so",
    "app/node_modules/left/index.js",
    "app/node_modules/left/node_modules/@some/right/index.js",
    "root/.cache/pip/wheels/w.whl",
    "var/lib/apt/lists/deb.debian.org_dists",
    "var/cache/apk/APKINDEX.tar.gz",
    "var/log/dpkg.log",
]


def everything() -> list[Member]:
    """Every kind of entry that a layer can have."""
    return [
        archives.directory("d/"),
        archives.file("d/f", b"content" * 100, mtime=1.5),
        archives.file("d/f", b"again"),
        archives.link("d/l", "d/f"),
        archives.link("d/below", "etc/below"),
        archives.symlink("s", "../d/f"),
        archives.device("null", 1, 3),
        archives.whiteout("d/gone"),
        archives.opaque("d"),
        archives.file("long" * 60 + "/ü", b"x" * 600),
        archives.file("big", bytes(9000)),
    ]


def installed(databases: dict[str, bytes]) -> list[Member]:
    """A root with these package databases, files of the packages and left-over caches."""
    return [
        archives.directory("usr/lib"),
        archives.symlink("lib", "usr/lib"),
        *(archives.file(path, data) for path, data in databases.items()),
        *(archives.file(path, LARGE[: 100 * place]) for place, path in enumerate(_OWNED)),
        archives.file("opt/copy", LARGE),
        archives.file("opt/copy-again", LARGE),
        archives.link("opt/linked", "opt/copy"),
    ]


def removed() -> list[Member]:
    """A layer that takes much of that away again, and changes some."""
    return [
        archives.whiteout("opt/copy"),
        archives.whiteout("lib"),
        archives.file("lib", b"no folder"),
        archives.opaque("app/node_modules"),
        archives.file("usr/lib/dash", LARGE[:100], mode=0o755),
        archives.link("usr/share/zone", "opt/copy-again"),
        archives.whiteout("var/lib/dpkg/status"),
    ]


def old_holes() -> bytes:
    """A file with two pieces and a hole, in GNU's old form."""
    return archives.header(
        b"holes",
        b"%011o\0" % 8,
        b"S",
        at257=b"ustar  \0",
        at386=b"%011o\0%011o\0" % (0, 4) + b"%011o\0%011o\0" % (8192, 4),
        at483=b"%011o\0" % 9000,
    ) + archives.padded(b"12345678")


def holes(records: list[bytes], content: bytes) -> bytes:
    """The same with its map in an extended header or in the content."""
    text = b"".join(map(record, records))
    return (
        archives.header(b"ext", b"%011o\0" % len(text), b"x")
        + archives.padded(text)
        + archives.header(b"more-holes", b"%011o\0" % len(content))
        + archives.padded(content)
    )


def record(text: bytes) -> bytes:
    """A record of an extended header; its length counts its own digits."""
    length = len(text) + 3 + (len(text) + 3 > 9) + (len(text) + 4 > 99)
    return b"%d %s\n" % (length, text)


@cache
def tarballs() -> list[bytes]:
    """The layers that nobody damaged."""
    in_header = [b"GNU.sparse.size=9000", b"GNU.sparse.map=0,4,8192,4", b"GNU.sparse.name=holes"]
    in_content = [b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=9000"]
    mapped = archives.padded(b"2\n0\n4\n8192\n4\n") + b"12345678"
    return [
        archives.tarball(*everything(), form=tarfile.PAX_FORMAT),
        archives.tarball(*everything(), form=tarfile.GNU_FORMAT),
        archives.tarball(*installed(DATABASES)),
        archives.tarball(*removed()),
        old_holes() + archives.tarball(*everything()[:4]),
        holes(in_header, b"12345678") + holes(in_content, mapped) + archives.tarball(),
        archives.tarball(),
    ]
