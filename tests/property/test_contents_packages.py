"""Packages of the four managers: who owns which byte, and databases that are damaged."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.image.contents import keep_for_contents
from runner.image.contents.live import live_root
from runner.image.contents.packages import Ownership, ownership
from runner.image.merge import merge
from runner.model.anatomy import Package
from runner.model.entries import Entry, LayerContent
from tests.unit.images import directory, file, image, layer, link, symlink, whiteout

SITE = "usr/lib/python3/site-packages"


def owned(*layers: LayerContent) -> Ownership:
    """Who owns what; packages plus unowned are checked against the live bytes every time."""
    tree = merge(image(*layers))
    found = ownership(live_root(tree))
    assert sum(package.bytes for package in found.packages) + found.unowned_bytes == tree.live_bytes
    assert sum(part.bytes for part in found.unowned) == found.unowned_bytes
    bytes_of = live_root(tree).bytes_of
    for package, place in zip(found.packages, found.places, strict=True):
        files = [path for path, claim in found.claim_of.items() if claim == place]
        assert sum(bytes_of[path] for path in files) == package.bytes
    return found


def package(found: Ownership, name: str) -> Package:
    [one] = [package for package in found.packages if package.name == name]
    return one


def database(path: str, content: str) -> Entry:
    """A file of a package database; the readers would keep it."""
    assert keep_for_contents(path, len(content))
    return file(path, content=content.encode("utf-8", "surrogateescape"))


def distribution(name: str, version: str, record: str, site: str = SITE) -> list[Entry]:
    """The dist-info of a wheel."""
    folder = f"{site}/{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: not this\n"
    return [database(f"{folder}/METADATA", metadata), database(f"{folder}/RECORD", record)]


def size_of(entries: list[Entry]) -> int:
    return sum(entry.size_bytes for entry in entries)


# Python


def test_a_wheel_owns_what_its_record_lists_and_what_python_compiled_of_it() -> None:
    info = distribution(
        "Flask",
        "3.0",
        "flask/__init__.py,sha256=x,10\n../../../bin/flask,,\nflask/gone.py,,\n"
        '"flask/odd, name.py",sha256=x,1\n',
    )
    found = owned(
        layer(
            *info,
            file(f"{SITE}/flask/__init__.py", 1000),
            file(f"{SITE}/flask/odd, name.py", 7),
            file(f"{SITE}/flask/__pycache__/__init__.cpython-311.pyc", 200),
            file(f"{SITE}/flask/__pycache__/__init__.cpython-311.opt-1.pyc", 100),
            file(f"{SITE}/flask/__pycache__/other.cpython-311.pyc", 50),
            file("usr/bin/flask", 30),
            file("usr/bin/python", 5000),
        )
    )
    flask = package(found, "Flask")
    assert (flask.manager, flask.version) == ("python", "3.0")
    assert flask.bytes == 1000 + 7 + 200 + 100 + 30 + size_of(info)
    assert found.unowned_bytes == 5050


def test_a_record_behind_a_linked_folder_finds_its_files() -> None:
    info = distribution("a", "1", "../lib/a.py,,\n/opt/links/a.py,,\n", site="venv/lib64")
    found = owned(
        layer(
            *info,
            file("venv/lib/a.py", 3),
            symlink("opt/links", "/venv/data/../share"),
            directory("venv/data"),
            file("venv/share/a.py", 5),
        )
    )
    assert package(found, "a").bytes == 8 + size_of(info)


def test_an_egg_owns_its_installed_files() -> None:
    folder = f"{SITE}/legacy-0.1-py3.11.egg-info"
    entries = [
        database(f"{folder}/PKG-INFO", "Name: legacy\nVersion: 0.1\n"),
        database(f"{folder}/installed-files.txt", "../legacy.py\n../../../../bin/legacy\n"),
        file(f"{SITE}/legacy.py", 11),
        file("usr/bin/legacy", 13),
    ]
    found = owned(layer(*entries, file(f"{SITE}/other.py", 1)))
    assert package(found, "legacy").bytes == size_of(entries)
    assert package(found, "legacy").version == "0.1"


def test_a_zipped_out_egg_owns_its_whole_folder() -> None:
    egg = f"{SITE}/thing-2.0-py3.11.egg"
    found = owned(
        layer(
            database(f"{egg}/EGG-INFO/PKG-INFO", "Metadata-Version: 1.0\n"),
            file(f"{egg}/thing/deep/a.py", 4),
        )
    )
    assert package(found, "thing").version == "2.0"
    assert found.unowned_bytes == 0


def test_a_distribution_without_record_owns_its_description_only() -> None:
    folder = f"{SITE}/bare-1.0.dist-info"
    found = owned(
        layer(file(f"{folder}/METADATA", content=b"Name: bare"), file(f"{SITE}/bare.py", 9))
    )
    assert package(found, "bare").bytes == 10
    assert package(found, "bare").version == "1.0"
    assert found.unowned_bytes == 9


def test_a_distribution_that_a_later_layer_removed_is_no_package() -> None:
    info = distribution("gone", "1", "gone.py,,\n")
    found = owned(
        layer(*info, file(f"{SITE}/gone.py", 5)),
        layer(whiteout(f"{SITE}/gone.py"), whiteout(f"{SITE}/gone-1.dist-info")),
    )
    assert found.packages == ()


# dpkg

STATUS = (
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n\n"
    "Package: libc6\nArchitecture: i386\nVersion: 2.36-8\n\n"
    "Package: dash\nArchitecture: amd64\nVersion: 0.5\nDescription: shell\n Version: no\n"
)


def test_lists_reach_files_through_a_merged_usr() -> None:
    lists = [
        database("var/lib/dpkg/status", STATUS),
        database("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/lib/gone\n"),
        database("var/lib/dpkg/info/libc6:i386.list", "/usr/lib/i386/libc.so.6\n"),
        file("var/lib/dpkg/info/libc6:amd64.md5sums", 12),
    ]
    found = owned(
        layer(
            *lists,
            symlink("lib", "usr/lib"),
            file("usr/lib/libc.so.6", 1000),
            file("usr/lib/i386/libc.so.6", 500),
        )
    )
    by_version = {one.version: one for one in found.packages}
    assert by_version["2.36-9"].bytes == 1000 + lists[1].size_bytes + 12
    assert by_version["2.36-8"].bytes == 500 + lists[2].size_bytes
    assert found.unowned_bytes == lists[0].size_bytes


def test_a_diverted_file_belongs_to_the_package_that_was_pushed_aside() -> None:
    found = owned(
        layer(
            database("var/lib/dpkg/status", STATUS),
            database("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\nbash\n/odd\n"),
            database("var/lib/dpkg/info/dash.list", "/bin/sh\n"),
            database("var/lib/dpkg/info/bash.list", "/bin/sh\n"),
            file("bin/sh", 100),
            file("bin/sh.distrib", 30),
        )
    )
    lines = len("/bin/sh\n")
    assert package(found, "bash").bytes == 100 + lines
    assert package(found, "dash").bytes == 30 + lines


def test_distroless_status_files_are_packages() -> None:
    found = owned(
        layer(
            database("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\n"),
            database(
                "var/lib/dpkg/status.d/tzdata.md5sums",
                f"{'0' * 32}  usr/share/zoneinfo/UTC\nshort\n",
            ),
            file("usr/share/zoneinfo/UTC", 114),
        )
    )
    assert package(found, "tzdata").version == "2024a"
    assert found.unowned_bytes == 0


# apk


def test_the_apk_database_lists_files_by_folder() -> None:
    installed = (
        "C:Q1x=\nP:musl\nV:1.2.4-r2\nF:lib\nR:ld-musl.so.1\na:0:0:755\nR:libc.so\nF:etc/empty\n\n"
        "P:busybox\nV:1.36\nF:\nR:linuxrc\nF:bin\nR:busybox"
    )
    found = owned(
        layer(
            database("lib/apk/db/installed", installed),
            file("lib/ld-musl.so.1", 600),
            symlink("lib/libc.so", "ld-musl.so.1"),
            file("bin/busybox", 800),
            file("linuxrc", 1),
        )
    )
    assert (package(found, "musl").bytes, package(found, "musl").version) == (600, "1.2.4-r2")
    assert package(found, "busybox").bytes == 801
    assert found.unowned_bytes == len(installed)


# conda


def test_conda_owns_what_is_no_python_distribution() -> None:
    info = distribution("numpy", "2", "numpy.py,,\n", site="opt/conda/lib/python3.12/site-packages")
    libraries = database(
        "opt/conda/conda-meta/mkl-1-0.json",
        '{"name": "mkl", "version": "1", "files": ["lib/mkl.so", 7, "../../../../etc/x"]}',
    )
    both = database(
        "opt/conda/conda-meta/numpy-2-0.json",
        '{"name": "numpy-base", "version": "2", "files":'
        ' ["lib/python3.12/site-packages/numpy.py", "lib/numpy.so"]}',
    )
    found = owned(
        layer(
            *info,
            libraries,
            both,
            database("opt/conda/conda-meta/broken.json", '{"name": "x", "files": 7}'),
            file("opt/conda/lib/mkl.so", 1000),
            file("opt/conda/lib/numpy.so", 10),
            file("opt/conda/lib/python3.12/site-packages/numpy.py", 100),
        )
    )
    assert package(found, "mkl").bytes == 1000 + libraries.size_bytes
    assert package(found, "numpy-base").bytes == 10 + both.size_bytes
    assert package(found, "numpy").bytes == 100 + size_of(info)
    assert found.unowned_bytes == len('{"name": "x", "files": 7}')


# npm


def test_the_innermost_package_owns_a_file() -> None:
    found = owned(
        layer(
            database("app/node_modules/a/package.json", '{"version": "1.0.0"}'),
            file("app/node_modules/a/lib/deep/x.js", 10),
            database("app/node_modules/a/node_modules/@s/b/package.json", '{"version": "2.0.0"}'),
            file("app/node_modules/a/node_modules/@s/b/y.js", 100),
            file("app/node_modules/a/test/node_modules/fixture/z.js", 1000),
            file("app/node_modules/.bin/tool", 7),
            file("app/package.json", 3),
        )
    )
    manifest = len('{"version": "1.0.0"}')
    assert package(found, "a").bytes == 1010 + manifest
    assert package(found, "@s/b").bytes == 100 + manifest
    assert package(found, "@s/b").version == "2.0.0"
    assert found.unowned_bytes == 10


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b'{"version": 3}', b'{"version": "\\ud800"}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_damaged_manifest_costs_the_version_only(manifest: bytes) -> None:
    found = owned(layer(file("node_modules/a/package.json", content=manifest)))
    assert package(found, "a").bytes == len(manifest)


# Precedence and hard links


def test_the_system_comes_before_the_language_and_the_first_before_the_second() -> None:
    info = distribution("yaml", "6", "yaml.py,,\nown.py,,\n")
    found = owned(
        layer(
            database("var/lib/dpkg/info/a-yaml.list", f"/{SITE}/yaml.py\n"),
            database("var/lib/dpkg/info/b-yaml.list", f"/{SITE}/yaml.py\n/b\n"),
            *info,
            file(f"{SITE}/yaml.py", 1000),
            file(f"{SITE}/own.py", 50),
            file("b", 3),
        )
    )
    lists = len(f"/{SITE}/yaml.py\n")
    assert package(found, "a-yaml").bytes == 1000 + lists
    assert package(found, "b-yaml").bytes == 3 + lists + len("/b\n")
    assert package(found, "yaml").bytes == 50 + size_of(info)


def test_a_distribution_that_is_all_the_systems_is_listed_once() -> None:
    info = distribution("yaml", "6", "yaml.py,,\n")
    listed = "".join(f"/{entry.path}\n" for entry in info) + f"/{SITE}/yaml.py\n"
    found = owned(
        layer(
            database("var/lib/dpkg/info/python3-yaml.list", listed),
            *info,
            file(f"{SITE}/yaml.py", 1000),
        )
    )
    assert [one.name for one in found.packages] == ["python3-yaml"]


def test_hard_linked_content_is_owned_once_by_the_first_that_lists_a_name() -> None:
    found = owned(
        layer(
            database("var/lib/dpkg/info/git.list", "/usr/bin/git-add\n"),
            database("var/lib/dpkg/info/other.list", "/usr/bin/git\n"),
            file("usr/bin/git", 1000),
            link("usr/bin/git-add", to="usr/bin/git"),
            link("opt/git", to="usr/bin/git"),
        )
    )
    assert package(found, "git").bytes == 1000 + len("/usr/bin/git-add\n")
    assert package(found, "other").bytes == len("/usr/bin/git\n")
    assert found.unowned_bytes == 0


def test_content_whose_written_name_is_gone_is_owned_by_the_name_that_is_left() -> None:
    found = owned(
        layer(
            database("lib/apk/db/installed", "P:a\nF:x\nR:two\n"),
            file("x/one", 70),
            link("x/two", to="x/one"),
        ),
        layer(whiteout("x/one")),
    )
    assert package(found, "a").bytes == 70


# Hostile databases

NAMES = st.sampled_from(["a", "b", "lib", "..", ".", "", "usr", "ü\udcff", "x" * 300, "\0", "\n"])
PATHS = st.lists(NAMES, max_size=5).map("/".join)
DATABASES = [
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/a.list",
    "var/lib/dpkg/info/b:amd64.list",
    "var/lib/dpkg/status.d/x",
    "var/lib/dpkg/status.d/x.md5sums",
    "lib/apk/db/installed",
    f"{SITE}/a-1.dist-info/RECORD",
    f"{SITE}/a-1.dist-info/METADATA",
    f"{SITE}/.dist-info/RECORD",
    f"{SITE}/b.egg-info/installed-files.txt",
    "c.egg/EGG-INFO/PKG-INFO",
    "conda-meta/a.json",
    "node_modules/a/package.json",
    "a/node_modules/@b/c/package.json",
]
LINES = st.lists(
    st.one_of(
        PATHS,
        st.tuples(
            st.sampled_from(["F:", "R:", "P:", "V:", "Package: ", "Version:", '"']), PATHS
        ).map("".join),
        st.text(max_size=20),
    ),
    max_size=12,
).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))
CONTENTS = st.one_of(LINES, st.binary(max_size=60))


@settings(max_examples=300, deadline=None)
@given(
    databases=st.dictionaries(st.sampled_from(DATABASES), CONTENTS, max_size=6),
    files=st.dictionaries(
        st.lists(
            st.sampled_from(["a", "b", "lib", "usr", "node_modules", "__pycache__"]),
            min_size=1,
            max_size=4,
        ).map("/".join),
        st.integers(0, 9),
        max_size=8,
    ),
    links=st.dictionaries(st.sampled_from(["lib", "usr", "a", "b"]), PATHS, max_size=3),
    deleted=st.sets(st.sampled_from(["a", "lib", "usr", "var/lib/dpkg/status"])),
)
def test_whatever_the_databases_say_every_byte_is_counted_once(
    databases: dict[str, bytes], files: dict[str, int], links: dict[str, str], deleted: set[str]
) -> None:
    first = [
        *(symlink(path, target) for path, target in links.items()),
        *(file(path, size) for path, size in files.items()),
        *(file(path, content=content) for path, content in databases.items()),
    ]
    hard = [link(f"hard/{place}", to=path) for place, path in enumerate(files)]
    found = owned(layer(*first, *hard), layer(*map(whiteout, deleted)))
    assert all(one.name.isprintable() and one.version.isprintable() for one in found.packages)


def test_truncated_databases_leave_the_rest_unowned() -> None:
    record = "".join(f"pkg/m{number}.py,sha256={'a' * 43},10\n" for number in range(50))
    for cut in random.Random(1).sample(range(len(record)), 40):
        found = owned(
            layer(
                *distribution("pkg", "1", record[:cut]),
                *(file(f"{SITE}/pkg/m{number}.py", 10) for number in range(50)),
            )
        )
        whole = record[:cut].count("\n")
        assert whole * 10 <= 500 - found.unowned_bytes <= (whole + 1) * 10


def test_only_databases_of_a_sane_size_are_kept() -> None:
    assert keep_for_contents("var/lib/dpkg/status", 1000)
    assert not keep_for_contents("var/lib/dpkg/status", 1 << 30)
    assert keep_for_contents("opt/node_modules/@a/b/package.json", 10)
    assert keep_for_contents("app/package.json", 10), "its scripts may be what is started"
    for path in (
        "opt/node_modules/a/lib/package.json",
        "etc/apt/sources.list",
        "var/lib/dpkg/info/a.md5sums",
        "home/x/lib/apk/db/installed",
        "RECORD",
    ):
        assert not keep_for_contents(path, 10), path
