"""Leave out of an image only what nothing in it imports or names.

    python unneeded.py imports FOLDER [--also MODULE...] [--installed] > imports.txt
    python unneeded.py remove ROOT imports.txt [--library PATH...] [--named PATTERN...]
                                               [--packages NAME...]

`imports` lists what the sources in FOLDER import; the list changes only when that does, so what is
built on it stays cached. `remove` takes paths of the standard library, and files and folders of
some names, away from ROOT, which holds /usr/local and /opt, unless the sources, an installed
package or a module that these import needs them. It says of each that it keeps who needs it.
Sources are read as text, strings in them too, and compiled modules as bytes: a name in a comment or
in a list may keep what is not needed. The time zones and locales are copied if somebody reads them,
and so is what sources start or load by name, and what a project declares, of the distribution.
"""

from __future__ import annotations

import argparse
import mmap
import os
import re
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.recipe.in_build.system import (
    LDCONFIG,
    LIBRARY,
    PACKAGE,
    PROGRAM,
    Packages,
    copy_system,
    loaded,
    started,
)

LONGEST_SOURCE = 8 << 20
LONGEST_NAME = 200
GAP = r"(?:[ \t\f]|\\\r?\n)*"
ITEM = rf"[\w.]+(?:{GAP}\bas\b{GAP}\w+)?"
ITEMS = rf"{ITEM}(?:{GAP},{GAP}{ITEM}){{0,2000}}"
NOT_IN_PROSE = r"(?<![\w.,#]{0})(?<![\w.,#)>\]][ \t]{0})"
"""No word stands before it on its line, no prompt of an example, and it is no comment."""
START = r"(?:(?<=\\[nrtf]{0})|" + NOT_IN_PROSE + ")"
"""A statement may also stand behind the escaped line break of a string."""
IMPORT = re.compile(rf"import{START.format('import')}(?=[ \t\f\\]){GAP}({ITEMS})(?![ \t]*[\w,.])")
FROM = re.compile(
    rf"from{START.format('from')}(?!\w)"
    rf"{GAP}([\w.]+){GAP}\bimport\b{GAP}(\([^)]{{0,20000}}\)|\*|{ITEMS})"
)
DOTTED = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
BY_NAME = re.compile(
    r"(?:(?:import_module|__import__|find_spec|run_module|importorskip)"
    r"(?:[ \t\n]*\([ \t\n]*\w+[ \t]*=[ \t]*|[ \t\n\"',(]+)"
    r"|(?<![\w-])-[A-Za-ln-z]{0,9}m[ \t\n\"',(\\]*)"
    r"(?:[rubfRUBF]{1,2}(?=[\"']))?[\"'\\]*([A-Za-z_][\w.]*)"
)
LOADER = re.compile(r"importlib|import_module|__import__|find_spec|runpy|resolve_name")
QUOTED = re.compile(r"[\"']([A-Za-z_][\w.]{1,200})(?::[\w.]*)?\\?[\"']")
IN_BYTES = re.compile(rb"[A-Za-z_](?<=\0.)[\w.]{1,200}(?=\0)", re.DOTALL)
STATEMENTS_IN_BYTES = [re.compile(pattern.pattern.encode()) for pattern in (IMPORT, FROM)]
FILE_ENDING = re.compile(r"[\"'][^\"'\s]{0,80}(\.[a-z]{1,4})[\"']")
STUBS = "attach_stub"
"""lazy_loader's function that reads the stub beside a module."""

OURS = ".dockbench.py"
"""How the name of this file ends where it is sent."""
COMPILED = ".so"
SOURCES = (".py", ".pyw", ".pyx", ".pxi", ".ipynb", ".pth", COMPILED, "")
CONFIGURATIONS = (".cfg", ".toml", ".ini", ".yaml", ".yml", ".conf", ".json", ".env", ".properties")
OF_A_PROJECT = (".sh", *CONFIGURATIONS)
ZONES = "/usr/share/zoneinfo"
LOCALES = "/usr/lib/locale"
OF_THE_SYSTEM = {
    ZONES: ("zoneinfo", "dateutil.tz", "tzlocal", "time.tzset", ZONES),
    LOCALES: ("locale.setlocale", LOCALES),
}
"""Directories of the system, and what of Python reads them."""
TIME_ZONE = re.compile(r"(?<!\w)TZ(?!\w)")
"""The variable by which every program of an image tells the time, wherever a project sets it."""
OF_SHELL = re.compile(r"#![^\n]*sh\b")
TESTS = ("test", "tests", "idle_test")
if TYPE_CHECKING:
    Names = dict[str, str]
else:
    Names = dict
"""Python 3.7, which a base may have, knows no `dict[str, str]`."""
DEVELOPMENT = ("include", "man", "pkgconfig")
"""Folders that are for compilers and readers, unless they hold modules."""


class Needs(Names):
    """What sources need → a file that needs it: a module, the time zones, and as `package:.pyi`
    files of a package that their own package names by their ending."""

    def __init__(self, quoted: Container[str] = (), anywhere: bool = False) -> None:
        """`quoted` are the modules that are needed where a string is their name and no more: in a
        file that imports by name, or `anywhere`."""
        super().__init__()
        self.quoted = quoted
        self.anywhere = anywhere

    def add(self, name: str, who: str, dots: int = 0) -> None:
        """Whoever needs a module needs the packages that it lies in, here those whose names have so
        many dots: `test.id` may be a variable, `shop.test.id` is none."""
        while name.count(".") >= dots and 0 < len(name) <= LONGEST_NAME and name not in self:
            self[name] = who
            name = name.rpartition(".")[0]

    def read(self, path: Path, package: str = "", ignored: Iterable[str] = ()) -> None:
        """Add what one file needs; `package` is where it lies, for what it imports relatively.
        Modules are not needed by it if a part of their name is one of `ignored`."""
        try:
            if not path.is_file():
                return
            if path.suffix == COMPILED:
                text, strings = said_by_compiled(path)
                self.take(text, str(path), package, ignored, strings)
                return
            if path.stat().st_size > LONGEST_SOURCE:
                return
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        # the standard library's own lists of names load nothing
        counts = not ignored and (self.anywhere or LOADER.search(text))
        strings = QUOTED.findall(text) if counts else []
        if counts and path.suffix in CONFIGURATIONS:
            strings += DOTTED.findall(text)
        self.take(text, str(path), package, ignored, strings)

    def take(
        self,
        text: str,
        who: str,
        package: str,
        ignored: Iterable[str] = (),
        strings: Iterable[str] = (),
    ) -> None:
        """Add what a source says; `strings` are the names that it has as whole strings."""
        tops = ((name, name.partition(".")[0]) for name in strings)
        quoted = [name for name, top in tops if top in self.quoted and top not in TESTS]
        named = DOTTED.findall(text)
        for names, dots in ((imported(text, package), 0), (quoted, 0), (named, 1)):
            for name in names:
                if not ignored or not set(name.split(".")).intersection(ignored):
                    self.add(name, who, dots)
        for folder in OF_THE_SYSTEM:
            if folder in text:
                self.setdefault(folder, who)
        if self.anywhere and TIME_ZONE.search(text):
            self.setdefault(ZONES, who)
        if not ignored:
            self.take_system(text, who)
        for ending in [".pyi"] if STUBS in text else FILE_ENDING.findall(text):
            self.setdefault(f"{package.partition('.')[0]}:{ending}", who)

    def take_system(self, text: str, who: str) -> None:
        """Add the programs that a source starts, and the libraries that it loads by name."""
        script = who.endswith(".sh") or OF_SHELL.match(text) is not None
        for name in started(text, script, self.anywhere):
            self.setdefault(PROGRAM + name, who)
        for name in loaded(text):
            self.setdefault(LIBRARY + name, who)
        if "find_library" in text:
            self.setdefault(PROGRAM + LDCONFIG, who)


def said_by_compiled(path: Path) -> tuple[str, list[str]]:
    """The import statements in the strings of a compiled module, and the names among these."""
    if not path.stat().st_size:
        return "", []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = [match.group() for one in STATEMENTS_IN_BYTES for match in one.finditer(data)]
        names = {match.group().decode("ascii") for match in IN_BYTES.finditer(data)}
    return b"\n".join(found).decode("ascii", errors="replace"), sorted(names)


def imported(text: str, package: str) -> Iterator[str]:
    """The modules that a source imports, also by name or as `python -m`."""
    for names in IMPORT.findall(text):
        for name in names.replace("\\", " ").split(","):
            yield "".join(name.split()[:1]).strip(".")
    for module, names in FROM.findall(text):
        start = absolute(package, module)
        yield start
        yield from (f"{start}.{name}" if start else name for name in re.findall(r"\w+", names))
    yield from BY_NAME.findall(text)


def absolute(package: str, module: str) -> str:
    """The full name of a module that is imported from a package, perhaps with dots before it."""
    name = module.lstrip(".")
    dots = len(module) - len(name)
    if not dots:
        return module
    parts = package.split(".") if package else []
    parts = parts[: max(0, len(parts) - dots + 1)]
    return ".".join([*parts, name] if name else parts)


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
    is_data = path.name not in DEVELOPMENT and path.parent != image.library
    return "data that a program may read" if is_data and not any(path.rglob("*.py")) else ""


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
