"""What sources need: the modules that they import or name, and what of the system they read.

Part of the script that runs inside of a build (`unneeded.py` beside it), so it knows the standard
library of Python 3.7 alone. Sources are read as text, strings in them too, and compiled modules as
bytes: a name in a comment or in a list may keep what is not needed.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runner.recipe.in_build.system import LDCONFIG, LIBRARY, PROGRAM, loaded, started

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

COMPILED = ".so"
CONFIGURATIONS = (".cfg", ".toml", ".ini", ".yaml", ".yml", ".conf", ".json", ".env", ".properties")
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
HEADERS = ":include"
WHOLE_PROJECT = "*"
ASKS_FOR_HEADERS = re.compile(
    r"\bget_includes?\b|\bget_cmake_dir\b|\binclude_dirs\b|\bcpp_extension\b|\bpyximport\b"
)
NAMES_HEADERS = re.compile(r"[\"'/]include[\"'/]")
"""What a project says besides that where it looks for them; in packages it means too much else."""
if TYPE_CHECKING:
    Names = dict[str, str]
else:
    Names = dict
"""Python 3.7, which a base may have, knows no `dict[str, str]`."""


class Needs(Names):
    """What sources need → a file that needs it: a module, the time zones, and as `package:.pyi`
    files of a package that their own package names by their ending; as `package:include` that it
    asks where headers are."""

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
        top = WHOLE_PROJECT if self.anywhere else package.partition(".")[0]
        if ASKS_FOR_HEADERS.search(text) or (self.anywhere and NAMES_HEADERS.search(text)):
            self.setdefault(top + HEADERS, who)

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
