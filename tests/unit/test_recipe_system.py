"""What of the distribution the script inside of a build copies into a root of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runner.model.engine import BuilderName
from runner.model.project import SystemPackages
from runner.recipe.in_build.needs import ZONES, Needs
from runner.recipe.in_build.system import LDCONFIG, Copier, Packages, loaded, started
from runner.recipe.in_build.unneeded import imports_of
from runner.recipe.render import render
from tests.unit.levels_from_yaml import load_levels, load_project

STATUS = """\
Package: libmagic1
Status: install ok installed
Architecture: amd64
Depends: libc6 (>= 2.33), zlib1g:any | zlib-ng, libmagic-mgc (= 1:5.44-3)
Description: a library
 Depends: no field

Package: libmagic-mgc
Status: install ok installed
Architecture: amd64
Depends: data-of-files

Package: files-data
Status: install ok installed
Architecture: all
Provides: data-of-files (= 1)

Package: libc6
Status: install ok installed
Architecture: amd64

Package: gone
Status: deinstall ok config-files
Architecture: all
"""
INSTALLED = """\
P:libmagic
V:5.45-r1
D:so:libc.musl-x86_64.so.1 file-data>=1
F:usr/lib
R:libmagic.so.1
a:0:0:755

P:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

P:file-data
F:usr/share/misc
R:magic.mgc
"""


@pytest.mark.parametrize(
    "source",
    [
        'subprocess.run(["tar", "-x"])',
        'subprocess.run(\n    [\n        "tar",\n        "-x",\n    ],\n)',
        "os.system('tar -x')",
        'os.execvp("tar", words)',
        'TOOL = shutil.which("tar")',
        'await asyncio.create_subprocess_exec("tar", "-x")',
    ],
)
def test_a_program_that_the_project_starts_is_named(source: str) -> None:
    assert "tar" in set(started(source, script=False, widely=True))


def test_of_an_installed_package_only_what_a_call_begins_with_is_a_program() -> None:
    source = 'subprocess.call(\n    ["stty", "size"])\nsubprocess.call(words)\nNAME = "tar"\n'
    assert list(started(source, script=False, widely=False)) == ["stty"]


def test_the_commands_of_a_script_are_programs() -> None:
    script = "set -e\nif grep -q a b; then tar x; fi\nexec /usr/bin/env awk | sort | tr a b\n"
    found = set(started(script, script=True, widely=True))
    assert {"grep", "tar", "/usr/bin/env", "awk", "sort", "tr"} <= found


def test_a_library_that_is_loaded_by_its_name_is_named() -> None:
    source = "ctypes.CDLL('libmagic.so.1')\nfind_library(\n    'pq')\nmylib.so\n"
    assert list(loaded(source)) == ["libmagic.so.1", "libpq.so"]
    needs = Needs()
    needs.take(source, "web.py", "")
    assert f"program:{LDCONFIG}" in needs


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("app.py", "os.environ['TZ'] = zone\n", True),
        ("Dockerfile", "ENV TZ=Europe/Paris\n", True),
        ("compose.yaml", "environment:\n  TZ: Europe/Paris\n", True),
        ("app.py", "TZINFO = 1\n", False),
    ],
)
def test_a_time_zone_in_the_environment_needs_the_zones(
    tmp_path: Path, name: str, text: str, kept: bool
) -> None:
    (tmp_path / name).write_text(text)
    assert (ZONES in imports_of(tmp_path, ())) == kept


def test_what_the_project_declares_goes_to_the_script() -> None:
    project = load_project()
    levels = load_levels(stages="multi", bytecode="none", prune="trimmed")
    plain = render(levels, project, BuilderName.buildkit, "apt").dockerfile
    project.environment = {"TZ": "Europe/Paris"}
    project.system_packages = SystemPackages(apt=["libmagic1"])
    recipe = render(levels, project, BuilderName.buildkit, "apt")
    assert "--installed" not in plain
    assert ZONES not in plain
    assert re.search(rf"imports /sources .*--also.*{ZONES} --installed >", recipe.dockerfile)
    assert re.search(r"--packages\s+\\\s+libmagic1", recipe.dockerfile)
    assert not [note for note in recipe.notes if "system_packages" in note]


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_declared_package_comes_with_what_it_needs_and_the_base_lacks(tmp_path: Path) -> None:
    folder = write(tmp_path, status=STATUS)
    for name in ("libmagic1:amd64", "libmagic-mgc", "files-data"):
        write(folder / "info", **{f"{name}.list": f"/.\n/usr/share/{name}\n"})
    packages = Packages(dpkg=folder)
    assert packages.closure(["libmagic1=1:5.44-3"], ["libc6", "zlib1g"]) == [
        "libmagic1",
        "libmagic-mgc",
        "files-data",
    ]
    assert "/usr/share/libmagic1:amd64" in packages.files["libmagic1"]
    assert "gone" not in packages.needs


def test_packages_of_alpine_are_read_as_well(tmp_path: Path) -> None:
    folder = write(tmp_path, installed=INSTALLED)
    packages = Packages(dpkg=tmp_path / "none", apk=folder / "installed")
    assert packages.closure(["libmagic"], ["musl"]) == ["libmagic", "file-data"]
    assert packages.files["file-data"] == ["/usr/share/misc/magic.mgc"]
    assert packages.files["libmagic"] == ["/usr/lib/libmagic.so.1"]


def test_a_package_that_the_base_has_is_copied_if_it_is_declared(tmp_path: Path) -> None:
    packages = Packages(dpkg=write(tmp_path, status=STATUS))
    assert packages.closure(["libmagic-mgc"], ["libmagic-mgc", "files-data"]) == ["libmagic-mgc"]


def test_programs_libraries_and_alternatives_are_copied(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    write(source, usr__bin__awk="#!/bin/interpreter\n", bin__interpreter="x")
    write(source, usr__sbin__find_it="x", usr__bin__mawk="x", usr__share__doc__mawk="x")
    write(source, **{"usr__lib__x86_64-linux-gnu__libpq.so.5": "x", "usr__lib__libpq.sorry": "x"})
    for path in source.rglob("*bin/*"):
        path.chmod(0o755)
    (source / "etc/alternatives").mkdir(parents=True)
    (source / "etc/alternatives/nawk").symlink_to(source / "usr/bin/mawk")
    (source / "usr/bin/nawk").symlink_to("/etc/alternatives/nawk")
    copier = Copier(root, source)
    for listed in ("/usr/bin/mawk", "/usr/share/doc/mawk"):
        copier.copy_packaged(listed)
    for name in ("awk", "find_it", "none", "/etc/shadow"):
        copier.copy_program(name)
    copier.copy_library("libpq.so")
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    assert there == {
        "usr/bin/mawk",
        "usr/bin/awk",
        "bin/interpreter",
        "usr/sbin/find_it",
        "usr/bin/find_it",
        "usr/lib/x86_64-linux-gnu/libpq.so.5",
    }


def test_programs_of_busybox_come_with_the_shell(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    write(source, bin__busybox="x")
    (source / "bin/busybox").chmod(0o755)
    (source / "bin/tar").symlink_to("busybox")
    Copier(root, source).copy_program("tar")
    assert not list(root.rglob("*"))


def test_a_program_comes_with_the_libraries_that_it_links(tmp_path: Path) -> None:
    copier = Copier(tmp_path)
    copier.copy_program("tar")
    assert (tmp_path / "usr/bin/tar").is_file()
    assert list(tmp_path.rglob("libc.so.6"))
