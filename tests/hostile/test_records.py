"""Records and results directories that somebody else prepared: refused in one line, nothing hangs,
nothing outside of the directory is read, written or removed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main
from runner.model.errors import StoreError
from runner.model.ownership import Owner
from runner.model.paths import ResultPaths
from runner.model.record import Failure, from_json, to_json
from runner.store import directories
from runner.store.atomic import remove_left_overs, write_text
from runner.store.directories import open_directory
from runner.store.recommended import replace_files
from runner.store.records import RecordStore
from tests.unit.records import failing, record

CANARY = "canary: nobody may read, change or remove this"


@pytest.fixture
def results(tmp_path: Path) -> ResultPaths:
    """A results directory with one good record."""
    paths = ResultPaths(tmp_path / "results")
    RecordStore(paths).write(record("slim"))
    return paths


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A directory that links lead to; it must be at the end as it was."""
    folder = tmp_path / "outside"
    folder.mkdir()
    canary = folder / "summary.csv"
    for name in ("summary.csv", "Dockerfile", "experiment.yaml", "extra", "x.json"):
        (folder / name).write_text(CANARY)
    before = canary.stat().st_mtime_ns
    yield folder
    held = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(held.values()) == {CANARY}
    assert len(held) == 5
    assert canary.stat().st_mtime_ns == before


def refused(capsys: pytest.CaptureFixture[str], results: ResultPaths, *names: str) -> str:
    """The one line that `report` ends with, and that names all of these."""
    begun_s = time.monotonic()
    assert main(["report", str(results.root)]) == 2
    assert time.monotonic() - begun_s < 20
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    for name in names:
        assert name in captured.err
    assert CANARY not in captured.err
    assert not results.tables.exists()
    return captured.err


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(record("full")))
    return found


VALUES: dict[str, tuple[str, object]] = {
    "negative size": ("sizes.unpacked_bytes", -5),
    "negative compressed size": ("sizes.compressed_bytes", -1),
    "negative layer": ("sizes.layers.0.unpacked_bytes", -5),
    "20 digits": ("sizes.unpacked_bytes", 10**20 - 1),
    "400 digits": ("sizes.unpacked_bytes", 10**400),
    "more than any image": ("sizes.wasted_bytes", 1 << 60),
    "a fraction of a byte": ("sizes.unpacked_bytes", 0.5),
    "bytes as text": ("sizes.unpacked_bytes", "5"),
    "bytes as a truth": ("sizes.unpacked_bytes", True),
    "bytes as a list": ("sizes.unpacked_bytes", [5]),
    "endless build": ("scenarios.0.duration_s", 1e308),
    "build before it began": ("scenarios.0.duration_s", -0.5),
    "endless trial": ("elapsed_s", 1e300),
    "healthy before it began": ("check.healthy_s", -1),
    "unknown status": ("status", "fine"),
    "no status": ("status", None),
    "status as a number": ("status", 1),
    "name as a list": ("name", ["a"]),
    "levels as a list": ("levels", ["slim"]),
    "level as a number": ("levels", {"base": 1}),
    "provenance as text": ("provenance", "here"),
    "no engine": ("provenance.engine", None),
    "trial below zero": ("trial", -1),
    "sequence 0": ("sequence", 0),
    "sequence beyond all": ("sequence", 1 << 60),
    "no layers": ("sizes.layers", None),
    "other schema": ("schema", 2),
    "schema as text": ("schema", "1"),
    "schema as a truth": ("schema", True),
    "schema as a fraction": ("schema", 1.5),
}


@pytest.mark.parametrize(("key", "value"), list(VALUES.values()), ids=list(VALUES))
def test_a_value_that_cannot_be_is_named(
    results: ResultPaths, capsys: pytest.CaptureFixture[str], key: str, value: object
) -> None:
    held = document()
    *parents, last = key.split(".")
    at: Any = held
    for parent in parents:
        at = at[int(parent)] if parent.isdigit() else at[parent]
    assert last in at
    at[last] = value
    (results.records / "x.json").write_text(json.dumps(held))
    refused(capsys, results, "x.json", last)


def without(key: str) -> bytes:
    held = document()
    del held[key]
    return json.dumps(held).encode()


WHOLE = to_json(record("full"))
CONTENTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "cut off": WHOLE[: len(WHOLE) // 2],
    "twice": WHOLE + WHOLE,
    "NUL": b"\0" * 100,
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "not UTF-8": WHOLE.replace(b'"full"', b'"\xff\xfe"'),
    "a list": b"[]",
    "a text": b'"x"',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"schema": 1, "a": ' + b'{"a":' * 200_000,
    "not a number": WHOLE.replace(b'"elapsed_s": ', b'"elapsed_s": NaN, "x": ', 1),
    "infinity": WHOLE.replace(b'"elapsed_s": ', b'"elapsed_s": Infinity, "x": ', 1),
    "beyond floats": WHOLE.replace(b'"elapsed_s": ', b'"elapsed_s": 1e999, "x": ', 1),
    "no schema": without("schema"),
    "no name": without("name"),
    "no provenance": without("provenance"),
}


@pytest.mark.parametrize("content", list(CONTENTS.values()), ids=list(CONTENTS))
def test_what_is_not_a_record_is_named(
    results: ResultPaths, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    assert content != WHOLE
    (results.records / "x.json").write_bytes(content)
    refused(capsys, results, "x.json")


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, _: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def a_device(path: Path, _: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except OSError:
        pytest.skip("only root makes devices")


def a_huge_file(path: Path, _: Path) -> None:
    with path.open("wb") as file:
        file.truncate(directories.LARGEST_BYTES * 200)


FILES: dict[str, Callable[[Path, Path], None]] = {
    "pipe": a_pipe,
    "socket": a_socket,
    "endless device": a_device,
    "huge": a_huge_file,
    "directory": lambda path, _: path.mkdir(),
    "link to a file": lambda path, outside: path.symlink_to(outside / "x.json"),
    "link to a record": lambda path, _: path.symlink_to(next(path.parent.glob("*.json"))),
    "link to nothing": lambda path, outside: path.symlink_to(outside / "nothing"),
    "link to itself": lambda path, _: path.symlink_to(path.name),
    "link to a device": lambda path, _: path.symlink_to("/dev/zero"),
}
MADE = pytest.mark.parametrize("make", list(FILES.values()), ids=list(FILES))


@MADE
def test_only_regular_files_are_records(
    results: ResultPaths,
    outside: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path, Path], None],
) -> None:
    make(results.records / "x.json", outside)
    refused(capsys, results, "x.json")
    path = RecordStore(results).write(record("alpine"))
    assert from_json(path.read_bytes()).sequence == 2, "a measurement is not lost for it"


@MADE
@pytest.mark.parametrize("name", ["experiment.yaml", "tables/summary.csv", "logs/a/b"])
def test_nothing_is_written_through_or_over_what_is_not_a_file(
    results: ResultPaths, outside: Path, make: Callable[[Path, Path], None], name: str
) -> None:
    path = results.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if make is FILES["link to a record"]:
        (path.parent / "y.json").write_text(CANARY)
    make(path, outside)
    before = path.lstat()
    if make is a_huge_file:
        write_text(path, "new", results.root)
        assert path.read_text() == "new"
        return
    with pytest.raises(StoreError, match=path.name):
        write_text(path, "new", results.root)
    assert os.path.samestat(path.lstat(), before)
    assert [item.name for item in path.parent.glob(".*")] == []


LINKED = ("records", "tables", "figures", "dockerfiles", "logs", "recommended")


@pytest.mark.parametrize("name", LINKED)
def test_a_linked_directory_is_not_entered(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    results = ResultPaths(tmp_path / "results")
    results.root.mkdir()
    (results.root / name).symlink_to(outside)
    for below in (results.root, Path("results")):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(StoreError, match="symbolic link"):
            write_text(below / name / "summary.csv", "new", below)
        with pytest.raises(StoreError, match="symbolic link"):
            write_text(below / name / "new" / "summary.csv", "new", below)
    if name == "records":
        with pytest.raises(StoreError, match="symbolic link"):
            RecordStore(results).write(record("slim"))
        with pytest.raises(StoreError, match="symbolic link"):
            RecordStore(results).read_all()


@pytest.mark.parametrize("linked", ["results", "results/compare-shop"])
def test_a_relative_results_directory_is_not_reached_through_links(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, linked: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(linked).parent.mkdir(exist_ok=True)
    Path(linked).symlink_to(outside)
    with pytest.raises(StoreError, match="absolute path"):
        RecordStore(ResultPaths(Path("results/compare-shop"))).write(record("slim"))


def test_an_absolute_results_directory_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    store = RecordStore(ResultPaths(tmp_path / "results"))
    store.write(record("slim"))
    assert [item.name for item in store.read_all()] == ["slim"]
    assert (tmp_path / "disk" / "records").is_dir()


@pytest.mark.parametrize("name", ["../outside/x", "a/../../outside/x", "/etc/x"])
@pytest.mark.usefixtures("outside")
def test_no_name_leads_out(results: ResultPaths, name: str) -> None:
    with pytest.raises(StoreError, match="leads out"):
        write_text(results.root / name, "new", results.root)


def test_a_directory_that_is_swapped_for_a_link_is_not_followed(
    results: ResultPaths, outside: Path
) -> None:
    """One thread puts a link in the place of a directory again and again while another writes."""
    over = threading.Event()
    tables, aside = results.tables, results.root / "aside"
    tables.mkdir()

    def swap() -> None:
        while not over.is_set():
            with suppress(OSError):
                tables.rename(aside)
                tables.symlink_to(outside)
                time.sleep(0)
                tables.unlink()
                aside.rename(tables)

    swapper = threading.Thread(target=swap)
    swapper.start()
    written = 0
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        with suppress(StoreError):
            write_text(tables / "summary.csv", "new", results.root)
            written += 1
    over.set()
    swapper.join()
    assert written


def test_a_recommendation_removes_what_it_wrote_and_nothing_else(results: ResultPaths) -> None:
    replace_files(results, {"Dockerfile": "one", "requirements.txt": "x", "edited.txt": "y"})
    (results.recommended / "notes.md").write_text(CANARY)
    (results.recommended / "edited.txt").write_text(CANARY)
    replace_files(results, {"Dockerfile": "two"})
    held = {path.name: path.read_text() for path in results.recommended.iterdir()}
    assert held == {"Dockerfile": "two", "notes.md": CANARY, "edited.txt": CANARY}


MANIFESTS = {
    "names out": {"../outside/extra": "x", "../../outside/extra": "x", "/etc/hostname": "x"},
    "names a link": {"extra": "x"},
    "not an object": ["extra"],
    "numbers": {"extra": 1},
}


@pytest.mark.parametrize("manifest", list(MANIFESTS.values()), ids=list(MANIFESTS))
def test_a_manifest_of_somebody_else_removes_nothing(
    results: ResultPaths, outside: Path, manifest: object
) -> None:
    import hashlib

    digest = hashlib.sha256(CANARY.encode()).hexdigest()
    text = json.dumps(manifest).replace('"x"', f'"{digest}"')
    results.recommended.mkdir()
    (results.recommended / "extra").symlink_to(outside / "extra")
    results.recommended_manifest.write_text(text)
    replace_files(results, {"Dockerfile": "two"})
    assert (results.recommended / "extra").is_symlink()


def test_a_linked_manifest_is_not_followed(results: ResultPaths, outside: Path) -> None:
    results.recommended_manifest.symlink_to(outside / "extra")
    with pytest.raises(StoreError, match="symbolic link"):
        replace_files(results, {"Dockerfile": "two"})


def test_left_overs_are_files_of_ours(results: ResultPaths, outside: Path) -> None:
    kept = {"notes.tmp", ".hidden", "x.json.tmp"}
    for name in kept:
        (results.records / name).write_text(CANARY)
    (results.records / ".x.json.abc.tmp").symlink_to(outside / "extra")
    os.mkfifo(results.records / ".y.json.abc.tmp")
    (results.records / ".z.json.abc.tmp").write_text("half")
    long_ago = time.time() - 3600
    os.utime(results.records / ".z.json.abc.tmp", (long_ago, long_ago))
    remove_left_overs(results.records, results.root)
    names = {path.name for path in results.records.iterdir() if not path.name[0].isalnum()}
    assert names == {".hidden", ".x.json.abc.tmp", ".y.json.abc.tmp"}
    assert all((results.records / name).exists() for name in kept)


@pytest.mark.parametrize("name", ["tables", "hydra/abc/000/.hydra", "logs", "dockerfiles/slim"])
def test_what_a_killed_writer_left_goes_with_the_next_write(
    results: ResultPaths, name: str
) -> None:
    code = "from runner.model.ownership import Owner; print(Owner.current().mark)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    folder = results.root / name
    folder.mkdir(parents=True)
    left = folder / f".config.yaml.{asked.stdout.strip()}.12ab.tmp"
    alive = folder / f".config.yaml.{Owner.current().mark}.12ab.tmp"
    for path in (left, alive, folder / "notes.tmp"):
        path.write_text("half")
    write_text(folder / "other.yaml", "new", results.root)
    assert {path.name for path in folder.iterdir()} == {alive.name, "notes.tmp", "other.yaml"}


def test_records_that_vanish_while_they_are_read_are_not_half_a_table(
    results: ResultPaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for index in range(5):
        RecordStore(results).write(record(f"v{index}"))
    read = directories.Directory.read
    seen: list[str] = []

    def read_and_lose(self: directories.Directory, name: str) -> bytes:
        seen.append(name)
        if len(seen) == 3:
            shutil.rmtree(results.records)
        return read(self, name)

    monkeypatch.setattr(directories.Directory, "read", read_and_lose)
    refused(capsys, results, str(results.records))


def test_records_that_vanish_after_they_were_read_are_missed(results: ResultPaths) -> None:
    with open_directory(results.records, results.root) as directory:
        assert directory.is_still_there()
        shutil.rmtree(results.records)
        assert not directory.is_still_there()
        results.records.mkdir()
        assert not directory.is_still_there(), "another one of the same name"


def test_a_sweep_misses_records_that_were_removed_meanwhile(results: ResultPaths) -> None:
    store = RecordStore(results)
    first = store.write(record("alpine"))
    assert len(store.read_all()) == 2
    first.unlink()
    with pytest.raises(StoreError, match="1 records that were there have vanished"):
        store.read_all()
    shutil.rmtree(results.root)
    store.write(record("full"))
    with pytest.raises(StoreError, match="2 records that were there have vanished"):
        store.read_all()


def test_a_number_at_its_end_stays_valid(results: ResultPaths) -> None:
    held = {**document(), "sequence": 1 << 53}
    (results.records / "x.json").write_text(json.dumps(held))
    path = RecordStore(results).write(record("alpine"))
    assert from_json(path.read_bytes()).sequence == 1 << 53
    assert len(RecordStore(results).read_all()) == 3


def test_a_lock_that_somebody_holds_costs_no_record(
    results: ResultPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("runner.store.records.LOCK_S", 0.1)
    holder = os.open(results.records, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert RecordStore(results).write(record("alpine")).is_file()
    finally:
        os.close(holder)


SECRET = "S3cr_tVal"


def test_no_credential_is_kept_or_shown(results: ResultPaths) -> None:
    url = f"https://user:{SECRET}@index.example/simple"
    failure = Failure(f"RUN pip install -i {url}", f"ENV API_TOKEN={SECRET}", 1, (url, url))
    hostile = replace(
        failing(record("alpine")), failure=failure, notes=(f"--password {SECRET}",), about=url
    )
    path = RecordStore(results).write(hostile)
    assert SECRET not in path.read_text()
    old = json.dumps({**document(), "about": url, "notes": [url]})
    (results.records / "old.json").write_text(old)
    assert SECRET not in repr(RecordStore(results).read_all())


TEXTS = (
    "\x1b]0;x\x07",
    "\u202e",
    "a\n::set-env name=x::y",
    "\x9b2J",
    "##[add-mask]x",
    "[bold]x[/]",
)


@pytest.mark.parametrize("text", TEXTS)
def test_edited_records_do_nothing_where_they_are_shown(
    results: ResultPaths, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    held = {**document(), "name": f"full{text}", "about": text, "notes": [text]}
    held["provenance"]["engine"]["kind"] = text
    held["base"]["reference"] = text
    (results.records / "x.json").write_text(json.dumps(held))
    assert main(["report", str(results.root)]) == 0
    captured = capsys.readouterr()
    written = (results.tables / "summary.md").read_text()
    for shown in (captured.out, captured.err, written):
        for line in shown.splitlines():
            assert line.isprintable(), line
            assert not line.strip().startswith("::")
    for shown in (captured.out, captured.err):
        assert "##[" not in shown
