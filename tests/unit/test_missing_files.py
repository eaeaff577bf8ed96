"""What a recommended image lacks of the files of the project's own: found and said, none taken for
missing that is there under another name of the same thing."""

from __future__ import annotations

import zlib

import pytest

from runner.analysis.missing_files import Missing, MissingDirectory, missing
from runner.compare.named_programs import named_programs
from runner.image.live_files import LiveFile, LiveFiles, live_files, packed, unpacked
from runner.image.merge import merge
from runner.report.missing import missing_lines, missing_summary, owner_lines
from tests.unit.images import directory, file, image, layer, symlink

BASE = layer(file("bin/sh", 5), file("usr/bin/git", 50), file("usr/bin/convert", 60))


def found(
    own: list[str], after: list[str], named: tuple[str, ...] = (), **environment: str
) -> Missing:
    """What is missing of the files of an own layer, each with as many bytes as its name."""
    before = merge(image(BASE, layer(*(file(path, len(path)) for path in own))))
    other = merge(image(layer(file("bin/sh", 9)), layer(*(file(path, 1) for path in after))))
    return missing(live_files(before), 1, live_files(other), environment, named)


def test_a_program_that_a_step_installed_is_named_and_its_directory_counted() -> None:
    lost = found(["usr/bin/curl", "usr/lib/libcurl.so", "srv/app.py"], ["srv/app.py"])
    assert lost == Missing(
        programs=("curl",),
        directories=(
            MissingDirectory("usr/lib", 18, 1, ("libcurl.so",)),
            MissingDirectory("usr/bin", 12, 1, ("curl",)),
        ),
    )


def test_a_program_of_the_base_counts_only_where_the_project_names_it() -> None:
    assert found([], []) == Missing()
    assert found([], [], ("git",)).base_programs == ("git",)
    assert not found([], ["usr/local/bin/git"], ("git",)).base_programs, "in another directory"


def test_named_programs_come_first() -> None:
    lost = found(["usr/bin/a2ps", "usr/bin/wget"], [], ("wget",))
    assert lost.programs == ("wget", "a2ps")


def test_packages_that_moved_to_another_directory_of_packages_are_there() -> None:
    own = ["usr/local/lib/python3.11/site-packages/flask/app.py"]
    assert not found(own, ["opt/venv/lib/python3.12/site-packages/flask/app.py"]).files
    lost = found(own, ["opt/venv/lib/python3.12/site-packages/other/app.py"])
    assert [(x.path, x.names) for x in lost.directories] == [
        ("usr/local/lib/python3.11/site-packages", ("flask",))
    ]


def test_a_compiled_module_of_another_distribution_is_there() -> None:
    """Alpine's has another name: 62 MB were said to be gone that were there."""
    module = "usr/local/lib/python3.13/site-packages/uvloop/loop.cpython-313-x86_64-linux-{}.so"
    assert found([module.format("gnu")], [module.format("musl")]).files == 0
    assert found([module.format("gnu")], [module.format("other")]).files == 1


def test_what_a_package_has_beside_its_modules_moves_with_it() -> None:
    modules = "lib/python3.13/site-packages/debug/x.py"
    own = [f"usr/local/{modules}", "usr/local/share/debug/x.c", "usr/local/bin/debug"]
    own += ["usr/local/share/other/y.c"]
    there = [f"opt/venv/{modules}", "opt/venv/share/debug/x.c", "opt/venv/bin/debug"]
    assert [x.names for x in found(own, there).directories] == [("share",)]
    assert found(own, there).bytes == len("usr/local/share/other/y.c")
    assert found(own, there).programs == ()
    beside = ["srv/share/debug/x.c", "srv/bin/debug"]
    assert found(own, beside).files == len(own), "no packages are installed there"


def test_packages_of_node_are_counted_by_name_and_their_programs_are_none() -> None:
    own = ["app/node_modules/tsc/bin/tsc", "app/node_modules/tsc/node_modules/x/y.js"]
    lost = found([*own, "app/node_modules/jest/a.js"], [])
    assert [(x.path, x.files, x.names) for x in lost.directories] == [
        ("app/node_modules", 3, ("tsc", "jest"))
    ]
    assert not lost.programs


def test_caches_bytecode_and_what_passes_is_summed_apart() -> None:
    own = ["root/.cache/pip/a", "app/__pycache__/a.pyc", "tmp/x", "var/log/dpkg.log", "cached/w"]
    lost = found(own, [], UV_CACHE_DIR="/cached")
    assert (lost.files, lost.cache_files, lost.cache_bytes) == (0, 5, len("".join(own)))


def test_an_empty_directory_is_no_file_and_a_link_is_one() -> None:
    before = merge(image(layer(directory("data"), symlink("usr/bin/python", "python3"))))
    lost = missing(live_files(before), 0, live_files(merge(image(layer()))), {}, ())
    assert (lost.programs, lost.files) == (("python",), 1)


SCRIPTS = {
    "docker-entrypoint.sh": "#!/bin/bash\n# with find or sort\nwait-for-it db:5432\nexec gosu app",
    "Procfile": "web: gunicorn shop.wsgi\n",
    "Dockerfile": "FROM a\nRUN make\nHEALTHCHECK --retries=3 \\\n  CMD curl -f localhost as\n",
    "package.json": '{"keywords": ["patch"], "scripts": {"start": "NODE_ENV=x forever app.js"}}',
    "shop/media.py": 'import convert\nsubprocess.run(["ffmpeg", "-i", name])\nname = "identify"\n',
}


def test_programs_are_named_by_scripts_commands_and_calls() -> None:
    named = named_programs(SCRIPTS)
    assert {"wait-for-it", "gosu", "gunicorn", "curl", "ffmpeg", "forever"} <= named
    assert not {"find", "sort", "make", "convert", "identify", "patch", "as"} & named


def test_what_is_missing_is_said_by_directory_and_the_rest_as_a_sum() -> None:
    many = [f"d{number:02}/{'x' * (30 - number)}" for number in range(13)]
    lines = missing_lines(found([*many, "root/.cache/pip/a"], [], ("git",)))
    assert lines[0] == "programs of the base image that the project's files name: git"
    assert lines[1] == f"/d00: 34 B in 1 file ({'x' * 30})"
    assert lines[-2] == "3 files in 3 other directories: 69 B"
    assert lines[-1] == ("caches, bytecode, logs and temporary files: 17 B in 1 file")
    assert len(lines) == 13
    assert not missing_lines(Missing())


def test_in_one_line_there_are_no_caches() -> None:
    assert missing_summary(found(["root/.cache/pip/a"], [])) == ""
    own = [*(f"usr/bin/p{number}" for number in range(7)), "app/x"]
    assert missing_summary(found(own, [], ("git",))) == (
        "not in the image any more: 8 files (75 B); the programs p0, p1, p2, p3, p4 and 2 more;"
        " git of the base image; the check passed without them"
    )


@pytest.mark.parametrize(("uid", "said"), [(0, True), (999, False)])
def test_files_that_are_root_s_now_are_told(uid: int, said: bool) -> None:
    own = ["app/x.py", "app/data/y", "usr/lib/node_modules/z/a.js", "tmp/t"]
    before = merge(image(BASE, layer(*(file(path, 1, uid=1000) for path in own), file("srv/r", 1))))
    after = merge(image(BASE, layer(*(file(path, 1, uid=uid) for path in own), file("srv/r", 1))))
    lost = missing(live_files(before), 1, live_files(after), {}, ())
    assert missing_lines(lost) == ()
    assert owner_lines(lost) == (
        (
            "2 files in /app belong to root, and to another user there: the service may not write"
            " to them",
        )
        if said
        else ()
    )


def test_what_is_kept_of_an_image_comes_back_also_names_that_are_no_text() -> None:
    files = live_files(merge(image(BASE, layer(file("app/\udcff\n", 7), symlink("b", "c")))))
    again = unpacked(packed(files))
    assert again == files
    assert LiveFile("app/\udcff\n", 7, 1) in list(again)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no list",
        zlib.compress(b"no list"),
        packed(LiveFiles(b"a\0b\0", (1,), (0,))),
        packed(LiveFiles(b"a\0", (1,), ())),
        packed(LiveFiles(b"a\0", (1,), (0,)))[:-7],
    ],
)
def test_a_list_that_is_damaged_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="no list of files"):
        unpacked(data)
