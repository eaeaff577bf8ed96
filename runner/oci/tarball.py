"""The entries of a layer's tarball, found header by header without reading the contents.

Written for speed: headers are checked and read with few calls of C code, equal fields are read
once, contents are skipped. tarfile needs several times as long, and 2 KiB for each member.
"""

from __future__ import annotations

from runner.model.entries import Entry, EntryKind, KeepContent
from runner.oci.blob_location import IN_PIECES, OnFile, Places, Stored
from runner.oci.budget import Budget
from runner.oci.damage import ARCHIVE, LAYER, DamagedError, cut_off, shown
from runner.oci.hard_link_targets import HardLinkTargets
from runner.oci.headers import (
    BLOCK,
    Extended,
    Sparse,
    checked,
    checks,
    content_size,
    extended,
    number,
    old_sparse,
    pax_sparse,
)
from runner.oci.paths import WHITEOUT, marked, plain
from runner.oci.sparse import UNENDED, map_in_content
from runner.oci.tape import Tape, bytes_of
from runner.oci.xattrs import canonical

_POSIX = b"ustar\0"
_MEMO = 4096
"""How many different values of a header's field are remembered."""

_OLD, _FILE, _LINK, _SYMLINK, _CHARACTER, _BLOCK_DEVICE, _DIRECTORY, _PIPE, _DENSE, _SPARSE = (
    b"\x0001234567S"
)
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"xgLK"
_SPECIAL = frozenset((_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK))
_WITH_CONTENT = frozenset((_FILE, _OLD, _DENSE, _SPARSE))
_KINDS = {
    _LINK: EntryKind.file,
    _SYMLINK: EntryKind.symlink,
    _CHARACTER: EntryKind.device,
    _BLOCK_DEVICE: EntryKind.device,
    _PIPE: EntryKind.device,
    _DIRECTORY: EntryKind.directory,
}


def scan(
    tape: Tape,
    budget: Budget,
    on_file: OnFile | None = None,
    *,
    only: KeepContent | None = None,
    places: Places | None = None,
) -> list[Entry]:
    """Every entry of a layer's tarball, in its order; a name that occurs twice is there twice.

    `on_file` sees all regular files, or `only` those of which that says so; where contents lie is
    noted in `places`. Raises `DamagedError` for what is no tarball, is cut off, leads out of the
    root or goes beyond a limit. Reads up to the end mark, not what lies behind it.
    """
    return _Scan(tape, budget, on_file, only, places, LAYER).run()


def scan_archive(tape: Tape, budget: Budget, on_file: OnFile) -> tuple[list[Entry], bool]:
    """Every entry of an image's archive, as `scan` finds them; and whether it has its end mark.

    All that write archives of images set one: without it the end may be missing, cut off where a
    member ended.
    """
    found = _Scan(tape, budget, on_file, None, None, ARCHIVE)
    return found.run(), found.has_end_mark


def _give_attributes(entry: Entry, more: Extended | None) -> None:
    if more is not None and more.xattrs:
        entry.xattrs = canonical(more.xattrs)


class _Scan:
    """One pass over one tarball."""

    def __init__(
        self,
        tape: Tape,
        budget: Budget,
        on_file: OnFile | None,
        only: KeepContent | None,
        places: Places | None,
        of: str,
    ) -> None:
        self._tape = tape
        self._of = of
        self._budget = budget
        self._on_file = on_file
        self._only = only
        self._contents = places
        self._entries: list[Entry] = []
        self._owners: dict[bytes, tuple[int, int, int]] = {}
        self._times: dict[bytes, int] = {}
        self._links = HardLinkTargets(self._entries)
        self._position = 0
        """Of the next header."""
        self._content_end = 0
        self.has_end_mark = False

    def run(self) -> list[Entry]:
        """Read headers up to the end mark."""
        window, start = b"", 0
        more: Extended | None = None
        headers = 0
        most = 3 * self._budget.entries + 16
        while True:
            position = self._position
            place = position - start
            header = window[place : place + BLOCK]
            if len(header) < BLOCK:
                window, start = self._tape.at(position, BLOCK)
                place = position - start
                header = window[place : place + BLOCK]
            if len(header) < BLOCK:
                self._check_end(header, more)
                break
            if not header[0] and not any(header):
                self.has_end_mark = True
                self._check_end(header, more)
                break
            if not checks(header):
                raise DamagedError(f"byte {position} of {self._of} should begin a header")
            flag = header[156]
            size = content_size(header)
            if flag in _SPECIAL:
                more = self._special(flag, size, more)
            else:
                self._member(header, flag, size, more)
                more = None
            headers += 1
            if headers > most:
                self._budget.take_entries(headers)
            if len(self._entries) > self._budget.entries:
                break
        self._budget.take_entries(len(self._entries))
        return self._entries

    def _check_end(self, rest: bytes, more: Extended | None) -> None:
        """A tarball may end without its end mark, but not inside a member."""
        if (rest and len(rest) < BLOCK) or more is not None:
            raise cut_off("a header", self._of)
        if not rest and self._tape.ends_before(self._content_end):
            raise cut_off("a file", self._of)

    def _special(self, flag: int, size: int, more: Extended | None) -> Extended | None:
        """An extended header or a GNU long name: it describes the next member."""
        self._budget.check_header(size, f"an extended header has {size} bytes")
        data = bytes_of(self._tape, self._position + BLOCK, size)
        if len(data) < size:
            raise cut_off("a header", self._of)
        self._position += BLOCK + size + -size % BLOCK
        if flag == _PAX_GLOBAL:
            return more
        if flag == _PAX:
            return extended(data, more)
        more = more or Extended()
        if flag == _LONG_NAME:
            more.path = more.path or data.partition(b"\0")[0]
        else:
            more.link = more.link or data.partition(b"\0")[0]
        return more

    def _member(self, header: bytes, flag: int, size: int, more: Extended | None) -> None:
        """A file, a directory, a link, a device or a marker."""
        position = self._position + BLOCK
        name = header[:100].partition(b"\0")[0]
        if header[345] and header[257:263] == _POSIX:
            name = header[345:500].partition(b"\0")[0] + b"/" + name
        mode, uid, gid = self._owners.get(header[100:124]) or self._owner(header)
        mtime = self._times.get(header[136:148])
        if mtime is None:
            mtime = self._time(header)
        sparse = None
        if more is not None or flag == _SPARSE:
            more = more or Extended()
            size = size if more.size is None else more.size
            sparse, position, size = self._sparse(header, flag, position, size, more)
            name = self._name(more, name)
            mtime = mtime if more.mtime_s is None else more.mtime_s
            uid = uid if more.uid is None else more.uid
            gid = gid if more.gid is None else more.gid
        path = name.decode("utf-8", "surrogateescape")
        if flag == _OLD and path.endswith("/"):
            flag = _DIRECTORY
        if path[-1:] == "/":
            path = path[:-1]
        if path[:1] in "./" or "/." in path or "//" in path or more is not None:
            path = plain(path)
        if flag not in _WITH_CONTENT:
            size = 0
        self._content_end = position + size
        self._position = self._content_end + -size % BLOCK
        if ".wh." in path and path.rpartition("/")[2].startswith(WHITEOUT):
            self._marker(path)
        elif not path:
            if flag != _DIRECTORY:
                raise DamagedError("the root of a layer is something else than a directory")
        elif flag in _WITH_CONTENT:
            file = Entry(path, EntryKind.file, size, mode, uid, gid, mtime)
            _give_attributes(file, more)
            self._file(file, position, sparse)
        else:
            kind = _KINDS.get(flag)
            if kind is None:
                raise DamagedError(f"{shown(path)} is of the unknown type {bytes([flag])!r}")
            entry = Entry(path, kind, 0, mode, uid, gid, mtime)
            _give_attributes(entry, more)
            if flag != _DIRECTORY:
                entry.target = self._target(header, flag, more)
            if flag == _LINK:
                self._links.resolve(entry)
            self._entries.append(entry)

    def _file(self, entry: Entry, position: int, sparse: Sparse | None) -> None:
        stored_bytes = entry.size_bytes
        if sparse is not None:
            self._budget.take_unpacked(max(0, sparse.size_bytes - entry.size_bytes))
            entry.size_bytes = sparse.size_bytes
        self._entries.append(entry)
        if self._contents is not None:
            self._contents.append(position if sparse is None else IN_PIECES)
        if self._on_file is not None and (
            self._only is None or self._only(entry.path, entry.size_bytes)
        ):
            self._on_file(entry, self._tape, Stored(position, stored_bytes, sparse))

    def _marker(self, path: str) -> None:
        marker = marked(path)
        if marker is not None:
            self._entries.append(Entry(*marker))

    def _owner(self, header: bytes) -> tuple[int, int, int]:
        if len(self._owners) > _MEMO:
            self._owners.clear()
        mode = number(header[100:108], "mode") & 0o7777
        found = mode, number(header[108:116], "uid"), number(header[116:124], "gid")
        self._owners[header[100:124]] = found
        return found

    def _time(self, header: bytes) -> int:
        if len(self._times) > _MEMO:
            self._times.clear()
        found = self._times[header[136:148]] = number(header[136:148], "mtime")
        return found

    def _name(self, more: Extended, name: bytes) -> bytes:
        if more.path is not None:
            name = more.path
        if more.sparse is not None and "name" in more.sparse:
            name = more.sparse["name"][-1]
        self._budget.take_name(len(name))
        return name

    def _sparse(
        self, header: bytes, flag: int, position: int, size: int, more: Extended
    ) -> tuple[Sparse | None, int, int]:
        """The map of a file with holes, where its stored pieces begin, and how many bytes."""
        if flag == _SPARSE:
            blocks: list[bytes] = []
            while (blocks[-1] if blocks else header)[504 if blocks else 482]:
                blocks.append(bytes_of(self._tape, position, BLOCK))
                position += BLOCK
                self._budget.check_header(len(blocks) * BLOCK, UNENDED)
                if len(blocks[-1]) < BLOCK:
                    raise DamagedError(UNENDED)
            return checked(old_sparse(header, blocks), size), position, size
        if more.sparse is None or flag not in _WITH_CONTENT:
            return None, position, size
        sparse = pax_sparse(more.sparse)
        if sparse is None:
            sparse, taken = map_in_content(self._tape, position, size, more.sparse, self._budget)
            position, size = position + taken, size - taken
        return checked(sparse, size), position, size

    def _target(self, header: bytes, flag: int, more: Extended | None) -> str:
        """Of a link its target, of a device its numbers, of a pipe nothing."""
        if flag in (_CHARACTER, _BLOCK_DEVICE):
            major, minor = number(header[329:337], "device"), number(header[337:345], "device")
            return f"{major}:{minor}" if flag == _CHARACTER else f"block {major}:{minor}"
        if flag == _PIPE:
            return ""
        target = header[157:257].partition(b"\0")[0]
        if more is not None and more.link is not None:
            target = more.link
            self._budget.take_name(len(target))
        return target.decode("utf-8", "surrogateescape")
