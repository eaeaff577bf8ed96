"""Leave out of an image only what nothing in it imports or names.

    python unneeded.py imports FOLDER [--also MODULE...] [--installed] > imports.txt
    python unneeded.py remove ROOT imports.txt [--library PATH...] [--named PATTERN...]
                                               [--packages NAME...]

`imports` lists what the sources in FOLDER import; the list changes only when that does, so what is
built on it stays cached. `remove` takes paths of the standard library, and files and folders of
some names, away from ROOT, which holds /usr/local and /opt, unless the sources, an installed
package or a module that these import needs them. It says of each that it keeps who needs it.
The time zones and locales are copied if somebody reads them, and so is what sources start or load
by name, and what a project declares, of the distribution.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runner.recipe.in_build.needs import (
    COMPILED,
    CONFIGURATIONS,
    HEADERS,
    OF_THE_SYSTEM,
    TESTS,
    WHOLE_PROJECT,
    Needs,
)
from runner.recipe.in_build.system import PACKAGE, Packages, copy_system

OURS = ".dockbench.py"
"""How the name of this file ends where it is sent."""
SOURCES = (".py", ".pyw", ".pyx", ".pxi", ".ipynb", ".pth", COMPILED, "")
OF_A_PROJECT = (".sh", *CONFIGURATIONS)
FOR_COMPILERS = ("include", "pkgconfig")
DEVELOPMENT = (*FOR_COMPILERS, "man")
"""Folders that are for compilers and readers, unless they hold modules."""


class Image:
    """The root of an image: its standard library, and what is installed beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.library = next((root / "usr/local/lib").glob("python3.*"), root / "none")
        self.sites = sorted((root / "opt").glob("*/lib/python3.*/site-packages"))
        self.starts = (*self.sites, self.library / "lib-dynload", self.library)

    def module(self, path: Path) -> str:
        """The full name of a file or folder as Python imports it; empty outside of its path."""
        for start in self.starts:
            if start in path.parents:
                *parents, last = path.relative_to(start).parts
                last = last.partition(".")[0]
                return ".".join(parents if last == "__init__" else [*parents, last])
        return ""

    def package(self, path: Path) -> str:
        """The package that a module lies in."""
        name = self.module(path)
        return name if path.name == "__init__.py" else name.rpartition(".")[0]


def sources_in(
    folder: Path, without: Iterable[Path] = (), also: Iterable[str] = ()
) -> Iterator[Path]:
    """The files below a folder that may import something, those with one of the endings `also`
    among them; links are not followed."""
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(where, name) not in without)
        for name in sorted(files):
            path = Path(where, name)
            told = path.suffix in (*SOURCES, *also) or name == "entry_points.txt"
            if told and not name.endswith(OURS) and path not in without and not path.is_symlink():
                yield path


def modules_in(library: Path) -> set[str]:
    """The modules that lie in a standard library."""
    return {
        path.name.partition(".")[0]
        for folder in (library, library / "lib-dynload")
        if folder.is_dir()
        for path in folder.iterdir()
    }


def imports_of(folder: Path, also: Iterable[str]) -> list[str]:
    """What the sources in a folder need, and the words of a command."""
    needs = Needs(quoted=modules_in(Path(os.__file__).parent), anywhere=True)
    for path in sources_in(folder, also=OF_A_PROJECT):
        needs.read(path, ".".join(path.parent.relative_to(folder).parts))
    for name in also:
        needs.add(name, "the command")
    return sorted(needs)


def remove(
    image: Image,
    imports: Iterable[str],
    library: Iterable[str],
    named: Iterable[str],
    packages: Sequence[str] = (),
) -> dict[Path, str]:
    """Take away what nobody needs, and add the declared `packages` of the distribution and what
    else of it is needed; returns what is kept, and who needs it."""
    found = [path for name in library for path in sorted(image.library.glob(name))]
    unneeded = dict.fromkeys([*found, *found_by_name(image, list(named))])
    kept: dict[Path, str] = {}
    tops = {image.module(path).partition(".")[0] for path in found}
    needs = Needs(quoted=tops, anywhere=False)
    for name in imports:
        needs[name] = "the project"
    for site in image.sites:
        for path in [*sources_in(site, unneeded), *sources_in(site.parents[2] / "bin")]:
            needs.read(path, image.package(path))
    seen: set[str] = set()
    while True:
        follow_library(image, needs, seen, unneeded)
        needing = {path: who_needs(image, needs, path) for path in unneeded}
        new = {path: who for path, who in needing.items() if who}
        if not new:
            break
        kept.update(new)
        for path in new:
            del unneeded[path]
        for path in new:
            ignored = TESTS if image.library in path.parents else ()
            for source in sources_in(path, unneeded) if path.is_dir() else [path]:
                needs.read(source, image.package(source), ignored)
    for path in unneeded:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_symlink() or path.exists():
            path.unlink()
    for folder, readers in OF_THE_SYSTEM.items():
        if any(name in needs for name in readers) and Path(folder).is_dir():
            # coreutils 9.1 looks for the parents in the current directory
            subprocess.run(["cp", "-a", "--parents", folder, "."], check=True, cwd=image.root)
    copy_system(image.root, needs, packages)
    return kept


def follow_library(image: Image, needs: Needs, seen: set[str], without: Iterable[Path]) -> None:
    """Add what the standard library's own modules need, of those that are needed; what they say of
    the library's tests counts for nothing, since these run none."""
    while True:
        new = {name.partition(".")[0] for name in needs} - seen
        if not new:
            return
        seen |= new
        for name in sorted(filter(str.isidentifier, new)):
            module = image.library / f"{name}.py"
            folder = image.library / name
            for path in [module] if module.is_file() else sources_in(folder, without):
                if path not in without and folder not in without:
                    needs.read(path, image.package(path), ignored=TESTS)


def found_by_name(image: Image, named: Iterable[str]) -> Iterator[Path]:
    """The files and folders that one of the patterns names; not what lies in such a folder."""
    whole = re.compile("|".join(f"(?:{pattern_of(name)})" for name in named) or r"(?!)")
    for top in (image.root / "opt", image.root / "usr"):
        for where, folders, files in os.walk(top):
            taken = [name for name in [*folders, *files] if whole.fullmatch(name)]
            yield from (Path(where, name) for name in taken)
            folders[:] = [name for name in folders if name not in taken]


def pattern_of(name: str) -> str:
    """A name with `*` for any characters, as a regular expression."""
    return ".*".join(map(re.escape, name.split("*")))


def who_needs(image: Image, needs: Needs, path: Path) -> str:
    """A file that needs what lies there; empty for none."""
    module = image.module(path)
    if not path.is_dir():
        top = module.partition(".")[0]
        return needs.get(module if path.suffix in (".py", ".so") else f"{top}:{path.suffix}", "")
    if module in needs:
        return needs[module]
    if path.name in FOR_COMPILERS:
        return who_compiles(needs, module.partition(".")[0])
    is_data = path.name not in DEVELOPMENT and path.parent != image.library
    return "data that a program may read" if is_data and not any(path.rglob("*.py")) else ""


def who_compiles(needs: Needs, top: str) -> str:
    """A file that asks where headers are, for those of one package a file of another; for those of
    Python itself, which need a compiler in the image, a file of the project."""
    if not top:
        return needs.get(WHOLE_PROJECT + HEADERS, "")
    own = top + HEADERS
    return next((who for name, who in needs.items() if name.endswith(HEADERS) and name != own), "")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("imports")
    listing.add_argument("folder", type=Path)
    listing.add_argument("--also", nargs="*", default=[])
    listing.add_argument("--installed", action="store_true")
    removal = commands.add_parser("remove")
    removal.add_argument("root", type=Path)
    removal.add_argument("imports", type=Path)
    removal.add_argument("--library", nargs="*", default=[])
    removal.add_argument("--named", nargs="*", default=[])
    removal.add_argument("--packages", nargs="*", default=[])
    given = parser.parse_args()
    if given.command == "imports":
        installed = sorted(Packages().needs) if given.installed else []
        names = imports_of(given.folder, given.also)
        print("\n".join([*names, *(PACKAGE + name for name in installed)]))
        return
    imports = given.imports.read_text(encoding="utf-8", errors="replace").splitlines()
    kept = remove(Image(given.root), imports, given.library, given.named, given.packages)
    for path, who in sorted(kept.items()):
        print(f"kept {path.relative_to(given.root)}: {who}")


if __name__ == "__main__":
    main()
