"""Values that programs are known to stumble over, by the place where they may stand."""

from __future__ import annotations

from typing import Any

NAMES = [
    b"",
    b"/",
    b".",
    b"..",
    b"../up",
    b"/etc/passwd",
    b"a/../../b",
    b".wh.",
    b".wh.a",
    b".wh..wh..opq",
    b"d/.wh..wh..opq",
    b".wh..wh.plnk",
    b"manifest.json",
    b"index.json",
    b"d/",
    b"\xff\xfe",
    b"new\nline",
    b"n" * 100,
]
NUMBERS = [
    b"",
    b"0",
    b"7" * 12,
    b"-1",
    b"\x80" + b"\xff" * 11,
    b"\x80\0\0\0\x7f" + b"\xff" * 7,
    b"\xff" * 12,
    b"\x80" + bytes(11),
    b"\x80" + bytes(6) + b"\1\0\0\0\0",
    b"1_0",
    b" 10 ",
    b"9" * 11,
    b"00000001000\0",
    b"00000020000\0",
]
FIELDS = {0: 100, 100: 8, 108: 8, 116: 8, 124: 12, 136: 12, 157: 100, 257: 8, 329: 8, 345: 155}
SPARSE_FIELDS = {386: 12, 398: 12, 410: 12, 422: 12, 482: 1, 483: 12, 504: 1}
FLAGS = b"\x0001234567SxgLKVMDX"
RECORDS = [
    b"path=../x",
    b"path=",
    b"path=a\0b",
    b"linkpath=d/f",
    b"size=99999999999999999999",
    b"size=512",
    b"size=-1",
    b"mtime=1e5",
    b"mtime=-1.5",
    b"uid=x",
    b"GNU.sparse.size=100000",
    b"GNU.sparse.realsize=99999999999",
    b"GNU.sparse.major=1",
    b"GNU.sparse.minor=0",
    b"GNU.sparse.map=0,1,5",
    b"GNU.sparse.map=0,10,20,30",
    b"GNU.sparse.offset=5",
    b"GNU.sparse.numbytes=7",
    b"GNU.sparse.name=s",
    b"SCHILY.xattr.a=\n",
    b"nothing",
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1 << 70,
    1.5,
    "",
    "../../x",
    "sha256:" + "0" * 64,
    "x" * 5000,
    "\ud800",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    "linux",
    "manifest.json",
]
LINES = [
    b"",
    b"/",
    b"/..",
    b"../../../../etc/passwd",
    b"/usr/lib/../lib/dash",
    b"lib/" * 2000,
    b"../" * 3000,
    b"/lib/libc.so.6",
    b"R:" + b"a/" * 3000,
    b"F:..",
    b"F:",
    b"P:",
    b"P:" + b"p" * 5000,
    b"Package: ",
    b"Package: libc6",
    b"Name: \x1b[31m\xff",
    b"Version: " + b"1" * 5000,
    b"\0",
    b'"a,,\n',
    b'"' * 999,
    b",,,",
    b"," * 200_000,
    b"\xff\xfe\xed\xa0\x80",
    "\u2028\u0085\x0c\x1c".encode(),
]
"""Of package databases that are text."""

TARGETS = ["/etc/passwd", "../../../../etc/passwd", ".", "index.json", "missing", "\udcff"]
"""Of symbolic links in a folder; one of them leads to itself."""

STEPS = [
    "RUN step",
    "RUN /bin/sh -c apt-get install -y gcc && pip install a # buildkit",
    "COPY . / # buildkit",
    "COPY --from=build /x / # buildkit",
    "/bin/sh -c #(nop) ADD file:0 in /",
    "RUN |1 TOKEN=x /bin/sh -c chmod -R 755 /usr",
    "RUN " + "x" * 5000 + "\x1b[31m\n",
    "",
]
"""Instructions, some of which decide what a hint says."""
