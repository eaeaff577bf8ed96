"""The scanner of tarballs: what tarfile wrote comes out, in every format and at any chunk size."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.entries import Entry, EntryKind, Limits
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.tape import FileTape, StreamTape, Tape
from runner.oci.tarball import scan
from tests.unit import archives
from tests.unit.archives import END, directory, file, header, link, padded, symlink, tarball

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
LONG = "a-directory-with-a-long-name/" * 12


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def entries_of(
    data: bytes, wanted: Wanted | None = None, limits: Limits | None = None, piece: int = 1000
) -> list[Entry]:
    """What the scanner finds, in a stream and in a file, which must be the same; where contents
    lie in the file, too. Raises what it raises, which must be the same as well."""
    found: list[tuple[list[Entry], list[int]] | str] = []
    errors: list[DamagedError] = []
    descriptor = os.memfd_create("tarball")
    try:
        os.write(descriptor, data)
        tapes: list[Tape] = [
            StreamTape(in_pieces(data, piece)),
            FileTape(descriptor, 0, len(data)),
        ]
        for tape in tapes:
            try:
                found.append(scanned(tape, wanted or Wanted(), limits or Limits()))
            except DamagedError as error:
                errors.append(error)
                found.append(str(error))
    finally:
        os.close(descriptor)
    assert all(other == found[0] for other in found[1:])
    if isinstance(found[0], str):
        raise errors[0]
    return found[0][0]


def scanned(tape: Tape, wanted: Wanted, limits: Limits) -> tuple[list[Entry], list[int]]:
    budget, places = Budget(limits), array("q")
    entries = scan(tape, budget, wanted.on_file(budget), only=wanted.only, places=places)
    return entries, places.tolist()


def test_a_piece_of_no_bytes_is_not_the_end() -> None:
    data = tarball(file("a", b"x" * 512), file("b", b"y"))
    tape = StreamTape(piece for part in in_pieces(data, 512) for piece in (b"", part, b""))
    assert [entry.path for entry in scan(tape, Budget(Limits()))] == ["a", "b"]


def paths(data: bytes) -> list[str]:
    return [entry.path for entry in entries_of(data)]


ALL = Wanted(keep=lambda _path, _size: True, hash_contents=True)


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_member_in_every_format(form: int) -> None:
    data = tarball(
        directory("etc", uid=3, gid=4, mtime=1_700_000_000),
        file("etc/passwd", b"root", mode=0o4755, uid=1000, gid=1001, mtime=12),
        symlink("etc/mtab", "/proc/mounts"),
        link("etc/shadow", "etc/passwd"),
        archives.device("dev/null", 1, 3),
        archives.member("dev/initctl", tarfile.FIFOTYPE),
        archives.whiteout("etc/gone"),
        archives.opaque("var/lib"),
        form=form,
    )
    assert entries_of(data, ALL) == [
        Entry("etc", EntryKind.directory, 0, 0o755, 3, 4, 1_700_000_000),
        Entry(
            "etc/passwd",
            EntryKind.file,
            4,
            0o4755,
            1000,
            1001,
            12,
            digest=hashlib.sha256(b"root").hexdigest(),
            content=b"root",
        ),
        Entry("etc/mtab", EntryKind.symlink, mode=0o777, target="/proc/mounts"),
        Entry("etc/shadow", EntryKind.file, mode=0o644, content_of=1),
        Entry("dev/null", EntryKind.device, mode=0o644, target="1:3"),
        Entry("dev/initctl", EntryKind.device, mode=0o644),
        Entry("etc/gone", EntryKind.whiteout),
        Entry("var/lib", EntryKind.opaque),
    ]


NAMES = {
    "plain": "plain",
    "./dot": "dot",
    "/slash": "slash",
    "//two//slashes": "two/slashes",
    "./././deep/./er": "deep/er",
    "back/../and/forth": "and/forth",
    ".hidden": ".hidden",
    "...": "...",
    "..dots/..more": "..dots/..more",
    "new\nline": "new\nline",
    "größe/ナ": "größe/ナ",
    os.fsdecode(b"latin\xe9"): os.fsdecode(b"latin\xe9"),
    f"{LONG}file": f"{LONG}file",
    "n" * 99: "n" * 99,
    "n" * 100: "n" * 100,
    "n" * 101: "n" * 101,
    "d" * 150 + "/" + "n" * 99: "d" * 150 + "/" + "n" * 99,
    "a.wh.b": "a.wh.b",
    "sp ace": "sp ace",
    "back\\slash": "back\\slash",
}


@pytest.mark.parametrize("form", FORMATS[1:])
@pytest.mark.parametrize("name", NAMES)
def test_names(name: str, form: int) -> None:
    found = entries_of(
        tarball(file(name, b"1"), directory(f"{name}-dir/"), link("link", name), form=form)
    )
    assert [(entry.path, entry.content_of) for entry in found] == [
        (NAMES[name], -1),
        (f"{NAMES[name]}-dir", -1),
        ("link", 0),
    ]


@pytest.mark.parametrize(
    "name", ["..", "../up", "a/../../up", "/../up", "./..", "a/../..", ".wh.", "a/.wh..", ".wh..."]
)
def test_names_that_lead_out_of_the_root_or_nowhere(name: str) -> None:
    with pytest.raises(DamagedError, match=r"out of the image's root|names nothing"):
        entries_of(tarball(file("a"), file(name)))


def test_the_root_itself_is_no_entry() -> None:
    data = tarball(directory("./"), directory("/"), file("a"), archives.opaque("."))
    assert entries_of(data) == [
        Entry("a", EntryKind.file, mode=0o644),
        Entry("", EntryKind.opaque),
    ]


def test_markers_of_aufs_are_ignored() -> None:
    assert paths(tarball(file("a"), file(".wh..wh.plnk"), directory(".wh..wh.orph/"))) == ["a"]


def test_a_file_named_twice_is_there_twice_and_links_mean_the_last() -> None:
    found = entries_of(tarball(file("a", b"1"), file("a", b"22"), link("b", "a"), link("c", "b")))
    assert [(entry.path, entry.size_bytes, entry.content_of) for entry in found] == [
        ("a", 1, -1),
        ("a", 2, -1),
        ("b", 0, 1),
        ("c", 0, 1),
    ]


def test_links_to_what_the_layer_has_not() -> None:
    """They mean the layers below; what comes later in the layer is not meant."""
    found = entries_of(
        tarball(
            link("x", "./y"),
            link("y", "x"),
            file("y", b"later"),
            archives.whiteout("z"),
            link("w", "z"),
        )
    )
    assert [(entry.path, entry.target, entry.content_of) for entry in found] == [
        ("x", "y", -1),
        ("y", "y", -1),
        ("y", "", -1),
        ("z", "", -1),
        ("w", "z", -1),
    ]


def test_links_to_links_devices_and_directories() -> None:
    found = entries_of(tarball(symlink("s", "t"), link("l", "s"), archives.device("d", 5, 1)))
    assert (found[1].kind, found[1].target, found[1].content_of) == (EntryKind.symlink, "t", -1)
    with pytest.raises(DamagedError, match="leads to a directory"):
        entries_of(tarball(directory("d"), link("l", "d")))
    with pytest.raises(DamagedError, match="leads out"):
        entries_of(tarball(link("l", "../../etc/shadow")))
    with pytest.raises(DamagedError, match="leads to the root"):
        entries_of(tarball(link("l", "./")))


def test_symbolic_links_may_point_anywhere_and_are_not_followed() -> None:
    found = entries_of(tarball(symlink("a", "../../../etc"), file("a/shadow", b"x")))
    assert [entry.path for entry in found] == ["a", "a/shadow"]
    assert found[0].target == "../../../etc"


def test_base_256_numbers() -> None:
    data = header(b"big", size=(1 << 95 | 5).to_bytes(12, "big"), at136=b"\xff" * 12)
    found = entries_of(data + padded(b"12345") + END)
    assert (found[0].size_bytes, found[0].mtime_s) == (5, -1)


@pytest.mark.parametrize(
    "size",
    [
        b"\xff" * 12,
        b"99999999999\0",
        b"-0000000001\0",
        b"0000000000x\0",
        b"\x80" + b"\xff" * 11,
        b"0x000000001\0",
    ],
)
def test_sizes_that_are_none(size: bytes) -> None:
    with pytest.raises(DamagedError, match="size"):
        entries_of(header(b"a", size=size) + END)


def test_a_size_of_twelve_digits() -> None:
    assert entries_of(header(b"a", b"000000000003") + padded(b"123") + END)[0].size_bytes == 3


def test_the_old_format_has_directories_with_a_slash() -> None:
    old = header(b"old/", flag=b"\0", at257=bytes(8)) + header(b"old/f", flag=b"\0") + END
    assert [entry.kind for entry in entries_of(old)] == [EntryKind.directory, EntryKind.file]


LARGEST = b"\x80\0\0\0\x7f" + b"\xff" * 7
"""A size of 2**63 - 1, as GNU tar writes large ones."""


@pytest.mark.parametrize("rest", [b"", END, header(b"b") + END])
def test_sizes_beyond_any_file(rest: bytes) -> None:
    with pytest.raises(DamagedError, match="ends inside a file"):
        entries_of(header(b"a", size=LARGEST) + rest)
    more = padded(b"28 size=9999999999999999999\n")
    extended = header(b"x", size=b"%011o\0" % 28, flag=b"x") + more
    with pytest.raises(DamagedError, match="ends inside a file"):
        entries_of(extended + header(b"a") + rest)


def test_the_limit_of_entries_comes_before_what_lies_behind() -> None:
    data = header(b"a") + header(b"b") + b"x" * 512
    with pytest.raises(DamagedError, match="limit `entries`"):
        entries_of(data, limits=Limits(entries=1))


@pytest.mark.parametrize("field", [b"%06o\0 ", b"%06o \0", b"%07o\0", b"%06o  ", b" %06o\0"])
def test_how_a_checksum_may_be_written(field: bytes) -> None:
    assert paths(with_checksum(field) + END) == ["a/b"]


@pytest.mark.parametrize("field", [b"%06o\0x", b"%06ox\0", b"%05o\0\0001", b"%05o 1\0", b"junk"])
def test_how_a_checksum_may_not_be_written(field: bytes) -> None:
    with pytest.raises(DamagedError, match="should begin a header"):
        paths(with_checksum(field) + END)


def with_checksum(field: bytes) -> bytes:
    """The header of a file whose checksum is right and written in this way."""
    block = bytearray(header(b"a/b"))
    block[148:156] = b" " * 8
    written = field % sum(block) if b"%0" in field else field
    block[148:156] = written.ljust(8)
    return bytes(block)


def test_a_checksum_of_signed_bytes_is_one_too() -> None:
    block = bytearray(header(b"caf\xe9"))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in block)
    assert paths(bytes(block) + END) == [os.fsdecode(b"caf\xe9")]


def test_links_and_directories_have_no_content_whatever_their_size_says() -> None:
    sized = b"00000001000\0"
    data = header(b"d/", sized, b"5") + header(b"s", sized, b"2", at157=b"t") + header(b"f") + END
    assert paths(data) == ["d", "s", "f"]


@pytest.mark.parametrize("ends", [b"", bytes(512), bytes(100 * 512), END + b"rubbish"])
def test_ends_of_tarballs(ends: bytes) -> None:
    assert paths(header(b"a", b"00000000003\0") + padded(b"123") + ends) == ["a"]
    assert paths(ends if not any(ends) else END) == []


@pytest.mark.parametrize("left", [1, 100, 511, 513, 700, 1000])
def test_a_tarball_that_is_cut_off(left: int) -> None:
    data = tarball(file("a", b"x" * 600))
    with pytest.raises(DamagedError, match=r"ends inside|should begin a header"):
        entries_of(data[:left])


def test_what_is_no_tarball() -> None:
    with pytest.raises(DamagedError, match="byte 0 of a layer's tarball should begin a header"):
        entries_of(b"x" * 2000)


@pytest.mark.parametrize("flag", [b"V", b"M", b"D", b"Z", b"\xff"])
def test_members_of_an_unknown_type(flag: bytes) -> None:
    with pytest.raises(DamagedError, match="unknown type"):
        entries_of(header(b"odd", flag=flag) + END)


def record(key: str, value: bytes) -> bytes:
    """A record of an extended header; its length counts its own digits."""
    rest = b" " + key.encode() + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return str(length).encode() + rest


def extended(*records: bytes, name: bytes = b"f", flag: bytes = b"x") -> bytes:
    text = b"".join(records)
    size = b"%011o\0" % len(text)
    return header(b"ext", size, flag) + padded(text) + header(name) + END


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([b"99 path=a\n"], "false length"),
        ([b"path=a\n"], "without its length"),
        ([b"0 path=a\n"], "false length"),
        ([b"4 x\n"], "without a value"),
        ([record("size", b"-1")], "is not a number"),
        ([record("uid", b"1" * 30)], "is not a number"),
        ([record("mtime", b"a")], "is not a time"),
        ([record("mtime", b"1.x")], "is not a time"),
        ([record("path", b"../a")], "out of the image's root"),
        ([record("path", b"a\0b")], "NUL"),
    ],
)
def test_damaged_extended_headers(records: list[bytes], message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        entries_of(extended(*records))


def test_extended_headers() -> None:
    data = extended(
        record("SCHILY.xattr.user.odd", b"=\n\0"),
        record("path", b"abc"),
        record("mtime", b"-1.5000"),
        record("uid", b"7"),
    )
    found = entries_of(data)
    assert [(entry.path, entry.mtime_s, entry.uid) for entry in found] == [("abc", -2, 7)]
    assert paths(extended(record("path", b"abc"), flag=b"g")) == ["f"], "global ones are ignored"


def test_an_extended_header_that_is_too_long() -> None:
    with pytest.raises(DamagedError, match="extended header has 1048577 bytes"):
        entries_of(header(b"ext", b"%011o\0" % ((1 << 20) + 1), b"x") + END)


def test_an_extended_header_without_a_member() -> None:
    with pytest.raises(DamagedError, match="ends inside a header"):
        entries_of(extended(record("path", b"abc"))[: 2 * 512])


def gnu_tar(folder: Path, *options: str) -> bytes:
    command = ["tar", "-c", "-S", *options, "-C", str(folder), "."]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture
def holes(tmp_path: Path) -> Path:
    """A file with many holes, one that is a hole, and one behind them."""
    folder = tmp_path / "holes"
    folder.mkdir()
    with (folder / "a-sparse").open("wb") as written:
        for place in range(40):
            written.seek(place * 65536)
            written.write(b"piece %d" % place)
        written.truncate(5_000_000)
    with (folder / "b-hole").open("wb") as written:
        written.truncate(1_000_000)
    (folder / "c-plain").write_bytes(b"plain")
    return folder


@pytest.mark.parametrize(
    "options",
    [
        ["--format=gnu"],
        ["--format=pax", "--sparse-version=0.0"],
        ["--format=pax", "--sparse-version=0.1"],
        ["--format=pax", "--sparse-version=1.0"],
    ],
)
def test_files_with_holes_as_gnu_tar_writes_them(holes: Path, options: list[str]) -> None:
    data = gnu_tar(holes, *options)
    assert len(data) < 1_000_000, "this file system keeps holes"
    found = {entry.path: entry for entry in entries_of(data, ALL)}
    assert set(found) == {"a-sparse", "b-hole", "c-plain"}
    for name, entry in found.items():
        content = (holes / name).read_bytes()
        assert entry.size_bytes == len(content)
        assert entry.content == content
        assert entry.digest == hashlib.sha256(content).hexdigest()


SPARSE_MAPS = {
    "out of order": [(4096, 4), (0, 4)],
    "contradicts its sizes": [(0, 4), (8192, 5)],
}


@pytest.mark.parametrize("message", SPARSE_MAPS)
def test_false_maps_of_holes(message: str) -> None:
    pieces = b"".join(b"%011o\0%011o\0" % piece for piece in SPARSE_MAPS[message])
    block = header(
        b"s", b"%011o\0" % 8, b"S", at257=b"ustar  \0", at386=pieces, at483=b"%011o\0" % 9000
    )
    with pytest.raises(DamagedError, match=message):
        entries_of(block + padded(b"12345678") + END)


def test_a_map_without_end() -> None:
    block = header(b"s", flag=b"S", at257=b"ustar  \0", at482=b"\1", at483=b"00000000000\0")
    more = b"\0" * 504 + b"\1" + bytes(7)
    with pytest.raises(DamagedError, match="no end"):
        entries_of(block + more * 3000)


def bomb() -> bytes:
    size = 1 << 50
    return (
        header(b"s", flag=b"S", at257=b"ustar  \0", at483=b"\x80" + size.to_bytes(11, "big")) + END
    )


def test_holes_count_against_the_limits() -> None:
    with pytest.raises(DamagedError, match="limit `unpacked_bytes`"):
        entries_of(bomb())
    with pytest.raises(DamagedError, match="limit `ratio`"):
        entries_of(bomb(), Wanted(hash_contents=True), Limits(unpacked_bytes=1 << 60))
    with pytest.raises(DamagedError, match="limit `kept_bytes`"):
        entries_of(bomb(), ALL, Limits(unpacked_bytes=1 << 60))


def sparse_in_two_blocks() -> bytes:
    """A file with holes whose map, in front of its content, takes two blocks."""
    pieces = b"90\n" + b"".join(b"%d\n1\n" % (2000 * number) for number in range(90))
    content = padded(pieces) + b"x" * 90
    keys = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "200000"}
    return tarball(file("s", content, pax_headers=keys))


@pytest.mark.parametrize(
    ("make", "limits", "name"),
    [
        (lambda: tarball(*(file(f"{i}") for i in range(11))), Limits(entries=10), "entries"),
        (lambda: tarball(*[directory("./")] * 60), Limits(entries=10), "entries"),
        (lambda: tarball(file("n" * 2000)), Limits(path_bytes=1999), "path_bytes"),
        (lambda: tarball(symlink("s", "n" * 2000)), Limits(path_bytes=1999), "path_bytes"),
        (
            lambda: tarball(*(file(f"{i}" + "n" * 200) for i in range(9))),
            Limits(names_bytes=1500),
            "names_bytes",
        ),
        (lambda: tarball(file("n" * 2000)), Limits(header_bytes=512), "header_bytes"),
        (sparse_in_two_blocks, Limits(header_bytes=512), "header_bytes"),
    ],
)
def test_limits_are_named(make: Callable[[], bytes], limits: Limits, name: str) -> None:
    with pytest.raises(DamagedError, match=f"limit `{name}`"):
        entries_of(make(), limits=limits)


def test_only_what_is_wanted_is_kept_and_digested() -> None:
    wanted = Wanted(
        keep=lambda path, _size: path == "a",
        hash_contents=lambda _path, size_bytes: size_bytes > 1,
    )
    found = entries_of(tarball(file("a", b"1"), file("b", b"22")), wanted)
    assert [(entry.content, bool(entry.digest)) for entry in found] == [(b"1", False), (None, True)]


names = st.lists(
    st.text(st.characters(exclude_characters="\0/", codec="utf-8"), min_size=1, max_size=60).filter(
        lambda part: part not in (".", "..") and not part.startswith(".wh.")
    ),
    min_size=1,
    max_size=6,
).map("/".join)
members = st.tuples(
    names,
    st.sampled_from(["file", "directory", "symlink"]),
    st.binary(max_size=1500),
    st.integers(0, 0o7777),
    st.integers(0, 1 << 40),
    st.integers(-(1 << 33), 1 << 40),
)


@settings(max_examples=150, deadline=None)
@given(
    given_members=st.lists(members, max_size=8),
    form=st.sampled_from(FORMATS[1:]),
    piece=st.integers(1, 3000),
)
def test_what_tarfile_writes_is_what_comes_out(
    given_members: list[tuple[str, str, bytes, int, int, int]], form: int, piece: int
) -> None:
    written = []
    expected = []
    for name, kind, content, mode, uid, mtime in given_members:
        fields: dict[str, Any] = {"mode": mode, "uid": uid, "gid": uid // 2, "mtime": mtime}
        if kind == "file":
            written.append(archives.member(name, data=content, **fields))
        elif kind == "directory":
            written.append(archives.member(name, tarfile.DIRTYPE, **fields))
        else:
            written.append(archives.member(name, tarfile.SYMTYPE, linkname=name, **fields))
        expected.append(
            Entry(
                name,
                EntryKind[kind],
                len(content) if kind == "file" else 0,
                mode,
                uid,
                uid // 2,
                mtime,
                target=name if kind == "symlink" else "",
                digest=hashlib.sha256(content).hexdigest() if kind == "file" else "",
                content=content if kind == "file" else None,
            )
        )
    assert entries_of(tarball(*written, form=form), ALL, piece=piece) == expected
