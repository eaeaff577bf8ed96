"""The context's tarball: the same files give the same bytes, and the figures are theirs."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from runner.model.engine import BuilderName
from runner.model.errors import ProjectError
from runner.model.record import ContextRecord
from runner.recipe.context import list_context
from runner.recipe.packing import BLOCK_BYTES, PackedContext, pack_context
from tests.unit.context_folder import write_project

DOCKERFILE = "FROM scratch\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    return write_project(tmp_path / "project")


def opened(context: PackedContext) -> tarfile.TarFile:
    """The tarball, as Python's own reader sees it."""
    return tarfile.open(fileobj=io.BytesIO(b"".join(context.blocks())))


def members(root: Path) -> dict[str, tarfile.TarInfo]:
    """What is in the tarball of a project."""
    with opened(pack_context(root, "", DOCKERFILE)) as archive:
        return {member.name: member for member in archive.getmembers()}


def content(archive: tarfile.TarFile, name: str) -> bytes:
    """One file's content."""
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


def record(root: Path) -> ContextRecord:
    """What a project's context adds up to."""
    return pack_context(root, "", DOCKERFILE).record()


def test_links_are_kept_and_never_followed(root: Path) -> None:
    found = members(root)

    assert found["latest"].issym()
    assert found["latest"].linkname == "app/main.py"
    assert found["dangling"].linkname == "/no/such/file"
    assert not any(name.startswith("loop/") for name in found)


def test_permissions_are_kept_and_owners_and_times_are_fixed(root: Path) -> None:
    found = members(root)

    assert found["run.sh"].mode == 0o750
    assert found["app/main.py"].mode == 0o644
    assert {(item.uid, item.gid, item.uname, item.gname) for item in found.values()} == {
        (0, 0, "", "")
    }
    assert len({item.mtime for item in found.values()}) == 1


def test_every_file_is_in_the_tarball_with_its_content(root: Path) -> None:
    (root / "empty.txt").touch()
    (root / "large.bin").write_bytes(os.urandom(2 * BLOCK_BYTES + 1))
    (root / "one_block.bin").write_bytes(os.urandom(BLOCK_BYTES))
    with opened(pack_context(root, "", DOCKERFILE)) as archive:
        for entry in list_context(root, ""):
            if entry.link is None and not entry.folder:
                assert content(archive, entry.path) == (root / entry.path).read_bytes()


def test_the_bytes_are_those_that_the_standard_library_writes(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    written = io.BytesIO()
    with opened(context) as archive, tarfile.TarFile(fileobj=written, mode="w") as copy:
        copy.format = tarfile.GNU_FORMAT
        for member in archive.getmembers():
            copy.addfile(member, archive.extractfile(member) if member.isreg() else None)

    assert b"".join(context.blocks()) == written.getvalue()


def test_the_dockerfile_is_in_the_tarball_and_not_in_the_figures(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    with opened(context) as archive:
        assert content(archive, context.dockerfile).decode() == DOCKERFILE
    files = [entry for entry in list_context(root, "") if not entry.folder]

    assert context.record().files == len(files)
    assert context.record().bytes == sum(
        (root / file.path).stat().st_size for file in files if file.link is None
    )


def test_the_figures_are_the_same_if_nobody_read_the_tarball(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    next(context.blocks())
    read = pack_context(root, "", DOCKERFILE)
    for _ in read.blocks():
        pass

    assert context.record() == read.record()


def test_the_projects_own_dockerfiles_stay_what_they_are(root: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.dockbench", "Dockerfile.dockbench-2"):
        (root / name).write_text("FROM theirs\n")
    context = pack_context(root, "", DOCKERFILE)

    assert context.dockerfile == "Dockerfile.dockbench-3"
    with opened(context) as archive:
        assert content(archive, "Dockerfile.dockbench") == b"FROM theirs\n"


def test_a_dockerfile_of_the_project_is_sent_in_its_own_place(root: Path) -> None:
    (root / "app/Dockerfile").write_text("FROM theirs\n")
    counted = record(root)
    context = pack_context(root, "", "FROM ours\n", dockerfile_path="app/Dockerfile")
    with opened(context) as archive:
        names = archive.getnames()
        assert content(archive, "app/Dockerfile") == b"FROM ours\n"

    assert names.count("app/Dockerfile") == 1
    assert not any("dockbench" in name for name in names)
    assert context.record() == counted


@pytest.mark.parametrize("place", ["app/Dockerfile", "linked", "other", "app", "none"])
def test_a_dockerfile_that_is_not_sent_as_a_file_of_its_own_gets_a_free_name(
    root: Path, place: str
) -> None:
    (root / "app/Dockerfile").write_text("FROM theirs\n")
    (root / "linked").symlink_to("run.sh")
    (root / "other").hardlink_to(root / "run.sh")
    context = pack_context(root, "app/Dockerfile\n", "FROM ours\n", dockerfile_path=place)

    assert context.dockerfile == "Dockerfile.dockbench"


def test_the_classic_builder_is_asked_to_leave_our_files_out(root: Path) -> None:
    context = pack_context(root, ".dockerignore\n", "FROM a\n", builder=BuilderName.classic)
    with opened(context) as archive:
        assert content(archive, ".dockerignore") == b"Dockerfile.dockbench\n.dockerignore\n"
    with opened(pack_context(root, "", "FROM a\n", builder=BuilderName.classic)) as archive:
        assert content(archive, ".dockerignore") == (root / ".dockerignore").read_bytes()


def test_several_names_of_a_file_are_sent_and_counted_once(root: Path) -> None:
    before = record(root)
    (root / "copy.bin").hardlink_to(root / "app/data.bin")
    found = members(root)

    assert found["copy.bin"].islnk()
    assert found["copy.bin"].linkname == "app/data.bin"
    assert record(root).bytes == before.bytes
    assert record(root).files == before.files + 1


def test_further_files_are_sent_and_not_counted(root: Path) -> None:
    context = pack_context(root, "*.dockbench\n", "FROM a\n", {"list.dockbench": "./ö\n"})
    with opened(context) as archive:
        assert content(archive, "list.dockbench").decode() == "./ö\n"
        assert archive.getnames()[:2] == [context.dockerfile, "list.dockbench"]
    assert context.record() == record(root)


def test_a_project_with_a_file_of_such_a_name_is_told_so(root: Path) -> None:
    with pytest.raises(ProjectError, match=r"run\.sh: dockbench sends a file of this name"):
        pack_context(root, "", "FROM a\n", {"run.sh": ""})


def test_equal_files_give_equal_bytes_whenever_they_were_written(root: Path) -> None:
    first = b"".join(pack_context(root, "", DOCKERFILE).blocks())
    for path in root.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)

    assert b"".join(pack_context(root, "", DOCKERFILE).blocks()) == first


def test_it_can_be_read_twice(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)

    assert b"".join(context.blocks()) == b"".join(context.blocks())


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "folder"])
def test_the_digest_tells_every_change(root: Path, change: str) -> None:
    before = record(root).digest
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

    assert record(root).digest != before


def test_long_and_foreign_names_survive(root: Path) -> None:
    deep = "/".join(["a-rather-long-folder-name"] * 8)
    names = [f"{deep}/file.txt", "naïve ☃.txt", os.fsdecode(b"latin-\xe9.txt")]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("here")

    assert set(names) <= set(members(root))


def test_a_large_file_is_streamed_in_blocks_of_some_size(root: Path) -> None:
    with (root / "weights.bin").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    sizes = [len(block) for block in pack_context(root, "", DOCKERFILE).blocks()]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sum(sizes) > 64 << 20
    assert min(sizes[:-1]) >= BLOCK_BYTES
    assert max(sizes) < 3 * BLOCK_BYTES
    assert peak < 16 << 20


def test_a_file_that_vanishes_meanwhile_is_named(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    (root / "run.sh").unlink()

    with pytest.raises(ProjectError, match=r"run\.sh: cannot be read: No such file"):
        b"".join(context.blocks())


def test_a_file_that_becomes_shorter_meanwhile_is_named(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    (root / "run.sh").write_text("#!")

    with pytest.raises(ProjectError, match=r"run\.sh: became shorter"):
        b"".join(context.blocks())


def test_a_file_that_becomes_longer_meanwhile_does_not_break_the_tarball(root: Path) -> None:
    context = pack_context(root, "", DOCKERFILE)
    (root / "run.sh").write_text("#!/bin/sh\nexit 1\n")

    with opened(context) as archive:
        assert content(archive, "run.sh") == b"#!/bin/sh\n"


def test_a_change_is_sent_and_the_disk_stays_as_it_is(root: Path) -> None:
    before = pack_context(root, "", "FROM ours\n", {"list.dockbench": "a\n"})
    first = before.edited({"app/main.py": b"print('edited')\n"}, {"one.txt": "1\n"})
    second = first.edited({"run.sh": b""}, {"two.txt": "22\n"})
    with opened(second) as archive:
        assert archive.getnames()[:4] == [before.dockerfile, "list.dockbench", "one.txt", "two.txt"]
        assert content(archive, "app/main.py") == b"print('edited')\n"
        assert content(archive, "run.sh") == b""
        assert content(archive, "app/data.bin") == b"x" * 1000
        assert content(archive, "two.txt") == b"22\n"
        assert content(archive, "list.dockbench") == b"a\n"
        assert content(archive, before.dockerfile) == b"FROM ours\n"
    assert (second.root, second.files) == (root, before.files)
    assert second.dockerfile == first.dockerfile == before.dockerfile
    assert second.content("app/main.py") == b"print('edited')\n"
    assert before.content("app/main.py") == (root / "app/main.py").read_bytes()
    digests = {context.record().digest for context in (before, first, second)}
    assert len(digests) == 3
    assert first.record().bytes == before.record().bytes + len("edited") - len("hello")


def test_a_large_content_is_given_in_one_piece(root: Path) -> None:
    large = os.urandom(2 * BLOCK_BYTES + 1)
    (root / "large.bin").write_bytes(large)
    assert pack_context(root, "", DOCKERFILE).content("large.bin") == large


def test_our_own_files_can_be_read_by_everybody_and_written_by_nobody_else(root: Path) -> None:
    with opened(pack_context(root, "", DOCKERFILE, {"list.dockbench": ""})) as archive:
        assert {member.mode for member in archive.getmembers()[:2]} == {0o644}


def test_a_free_name_is_the_first_that_is_free(root: Path) -> None:
    (root / "Dockerfile.dockbench").touch()
    assert pack_context(root, "", DOCKERFILE).dockerfile == "Dockerfile.dockbench-2"


def test_a_tarball_ends_at_the_next_record(tmp_path: Path) -> None:
    """GNU tar's: 20 blocks, the last two of zeros at least."""
    (tmp_path / "a").write_bytes(bytes(15 * tarfile.BLOCKSIZE))
    (tmp_path / "a").chmod(0o644)
    full = b"".join(pack_context(tmp_path, "", DOCKERFILE).blocks())
    assert len(full) == tarfile.RECORDSIZE, "two headers, the Dockerfile, its content, the end"
    (tmp_path / "a").write_bytes(bytes(15 * tarfile.BLOCKSIZE + 1))
    assert len(b"".join(pack_context(tmp_path, "", DOCKERFILE).blocks())) == 2 * len(full)


def test_small_files_are_gathered_and_a_full_block_is_sent_at_once(tmp_path: Path) -> None:
    for number in range(2 * BLOCK_BYTES // tarfile.BLOCKSIZE):
        (tmp_path / f"{number:05}").touch()
    sizes = [len(block) for block in pack_context(tmp_path, "", DOCKERFILE).blocks()]
    assert sizes[:2] == [BLOCK_BYTES, BLOCK_BYTES]
    assert len(sizes) == 3


def test_the_digest_is_that_of_earlier_versions(tmp_path: Path) -> None:
    """Another one would measure all of them anew. It has every kind of entry in it."""
    tmp_path.chmod(0o755)
    for name in ("a.txt", "z.txt"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o644)
    (tmp_path / "b").mkdir()
    (tmp_path / "b").chmod(0o755)
    (tmp_path / "c").symlink_to("a.txt")
    (tmp_path / "d").hardlink_to(tmp_path / "a.txt")
    assert record(tmp_path) == ContextRecord(
        10, 4, "b9076d0fb09b87a5e6f5f629190f9861c1537e2168dab0e519a261dae7e20ba8"
    )


def test_a_block_is_full_at_its_size_and_not_before(tmp_path: Path) -> None:
    """Each file's content ends a byte before that, and one byte of padding fills it."""
    before = 3 * tarfile.BLOCKSIZE  # the Dockerfile and two headers
    (tmp_path / "a").write_bytes(bytes(BLOCK_BYTES - before - 1))
    (tmp_path / "b").write_bytes(bytes(BLOCK_BYTES - tarfile.BLOCKSIZE - 1))
    sizes = [len(block) for block in pack_context(tmp_path, "", DOCKERFILE).blocks()]
    assert sizes[:2] == [BLOCK_BYTES, BLOCK_BYTES]


def test_what_is_sent_is_what_the_builder_takes(root: Path) -> None:
    """They read exceptions below an ignored directory in their own way."""
    for builder, files in (
        (BuilderName.buildkit, ["app/main.py", "app/tests/test_main.py"]),
        (BuilderName.classic, []),
    ):
        context = pack_context(root, "*\n!**/*.py\n", DOCKERFILE, builder=builder)
        assert context.files == files
