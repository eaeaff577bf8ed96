"""The build context: what is in it, and that the same files give the same tarball."""

from __future__ import annotations

import os
import socket
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from runner.model.errors import ProjectError
from runner.recipe.context import list_context, measure_context, write_context

DOCKERFILE = "FROM scratch\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    folder = tmp_path / "project"
    for name, text in {
        "app/main.py": "print('hello')\n",
        "app/tests/test_main.py": "assert True\n",
        "app/data.bin": "x" * 1000,
        "docs/index.md": "# docs\n",
        "docs/keep.md": "# kept\n",
        ".git/HEAD": "ref\n",
        ".dockerignore": "app\n",
        "run.sh": "#!/bin/sh\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    (folder / "run.sh").chmod(0o750)
    (folder / "empty").mkdir()
    (folder / "latest").symlink_to("app/main.py")
    (folder / "dangling").symlink_to("/no/such/file")
    (folder / "loop").symlink_to(".")
    return folder


def paths(root: Path, dockerignore: str = "") -> list[str]:
    """What would be sent, folders left out."""
    return [entry.path for entry in list_context(root, dockerignore) if not entry.folder]


def members(archive: Path) -> dict[str, tarfile.TarInfo]:
    """What is in a tarball."""
    with tarfile.open(archive) as opened:
        return {member.name: member for member in opened.getmembers()}


def test_everything_is_sent_without_a_dockerignore(root: Path) -> None:
    assert paths(root) == sorted(paths(root))
    assert {".git/HEAD", "app/main.py", "latest", "dangling", ".dockerignore"} <= set(paths(root))
    assert "empty" in {entry.path for entry in list_context(root, "") if entry.folder}


@pytest.mark.parametrize(
    ("dockerignore", "gone", "kept"),
    [
        (".git", ".git/HEAD", "app/main.py"),
        ("**/tests", "app/tests/test_main.py", "app/main.py"),
        ("**/*.bin", "app/data.bin", "app/main.py"),
        ("docs\n!docs/keep.md", "docs/index.md", "docs/keep.md"),
        ("# a comment\n\n/docs/", "docs/keep.md", "app/main.py"),
        ("docs/*.md\n", "docs/keep.md", "run.sh"),
        ("*.py", "none.py", "app/main.py"),
        (".dockerignore", ".dockerignore", "run.sh"),
        ("*\n!app/main.py", "run.sh", "app/main.py"),
    ],
)
def test_a_dockerignore_means_what_it_means_to_docker(
    root: Path, dockerignore: str, gone: str, kept: str
) -> None:
    found = paths(root, dockerignore)

    assert gone not in found
    assert kept in found


def test_the_projects_own_dockerignore_is_a_file_like_any_other(root: Path) -> None:
    """Which lines hold is the variant's choice, not the working tree's."""
    assert "app/main.py" in paths(root)


def test_links_are_kept_and_never_followed(root: Path, tmp_path: Path) -> None:
    written = write_context(root, "", DOCKERFILE, tmp_path / "out.tar")
    found = members(written.path)

    assert found["latest"].issym()
    assert found["latest"].linkname == "app/main.py"
    assert found["dangling"].linkname == "/no/such/file"
    assert not any(name.startswith("loop/") for name in found)


def test_permissions_are_kept_and_owners_and_times_are_fixed(root: Path, tmp_path: Path) -> None:
    found = members(write_context(root, "", DOCKERFILE, tmp_path / "out.tar").path)

    assert found["run.sh"].mode == 0o750
    assert found["app/main.py"].mode == 0o644
    assert {(item.uid, item.gid, item.uname, item.gname) for item in found.values()} == {
        (0, 0, "", "")
    }
    assert len({item.mtime for item in found.values()}) == 1


def test_the_dockerfile_is_in_the_tarball_and_not_in_the_figures(
    root: Path, tmp_path: Path
) -> None:
    written = write_context(root, "", DOCKERFILE, tmp_path / "out.tar")
    record = measure_context(root, "")

    assert written.record == record
    assert record.files == len(paths(root))
    assert record.bytes == sum(
        (root / path).stat().st_size for path in paths(root) if not (root / path).is_symlink()
    )
    with tarfile.open(written.path) as archive:
        file = archive.extractfile(written.dockerfile)
        assert file is not None
        assert file.read().decode() == DOCKERFILE


def test_the_projects_own_dockerfiles_stay_what_they_are(root: Path, tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.dockbench", "Dockerfile.dockbench-2"):
        (root / name).write_text("FROM theirs\n")
    written = write_context(root, "", DOCKERFILE, tmp_path / "out.tar")

    assert written.dockerfile == "Dockerfile.dockbench-3"
    with tarfile.open(written.path) as archive:
        file = archive.extractfile("Dockerfile.dockbench")
        assert file is not None
        assert file.read() == b"FROM theirs\n"


def test_equal_files_give_equal_bytes_whenever_they_were_written(
    root: Path, tmp_path: Path
) -> None:
    first = write_context(root, "", DOCKERFILE, tmp_path / "first.tar")
    for path in root.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    second = write_context(root, "", DOCKERFILE, tmp_path / "second.tar")

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.record == second.record


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "folder"])
def test_the_digest_tells_every_change(root: Path, change: str) -> None:
    before = measure_context(root, "").digest
    if change == "content":
        (root / "app/main.py").write_text("print('howdy')\n")
    elif change == "mode":
        (root / "app/main.py").chmod(0o755)
    elif change == "name":
        (root / "app/main.py").rename(root / "app/other.py")
    elif change == "link":
        (root / "latest").unlink()
        (root / "latest").symlink_to("run.sh")
    else:
        (root / "another").mkdir()

    assert measure_context(root, "").digest != before


def test_long_and_foreign_names_survive(root: Path, tmp_path: Path) -> None:
    deep = "/".join(["a-rather-long-folder-name"] * 8)
    names = [f"{deep}/file.txt", "naïve ☃.txt", os.fsdecode(b"latin-\xe9.txt")]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("here")
    found = members(write_context(root, "", DOCKERFILE, tmp_path / "out.tar").path)

    assert set(names) <= set(found)


def test_sockets_and_pipes_are_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")

        assert not {"pipe", "socket"} & set(paths(root))


def test_a_large_file_is_streamed(root: Path, tmp_path: Path) -> None:
    with (root / "weights.bin").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    written = write_context(root, "", DOCKERFILE, tmp_path / "out.tar")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert written.record.bytes > 64 << 20
    assert peak < 16 << 20


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="nowhere: the build context is not a folder"):
        list_context(tmp_path / "nowhere", "")


def test_a_tarball_that_cannot_be_written_is_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no/out\.tar: the build context was not written"):
        write_context(root, "", DOCKERFILE, tmp_path / "no" / "out.tar")
