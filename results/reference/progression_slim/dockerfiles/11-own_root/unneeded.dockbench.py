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

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAM, LIBRARY, PACKAGE = "program:", "library:", "package:"
STARTS = re.compile(
    r"subprocess|popen|check_call|check_output|getoutput|system\(|which\(|exec[lv]|spawn", re.I
)
NEAR = 300
"""How far behind such a word a program may be named."""
WORD = re.compile(r"[\"'`]((?:/[\w.+-]{1,60}){0,8}/?[\w.+-]{2,40})(?=[\"'` ])")
FIRST = re.compile(
    r"(?:run|call|check_call|check_output|getoutput|getstatusoutput|Popen|system|popen|which"
    r"|create_subprocess_exec|create_subprocess_shell)\([ \t\n]{0,99}[\[(]?[ \t\n]{0,99}f?[\"']"
    r"((?:/[\w.+-]{1,60}){0,8}/?[\w.+-]{2,40})(?=[\"' ])"
)
"""The first word of a call that starts a program."""
OF_SCRIPT = re.compile(
    r"(?:^|[;&|({`!]|\b(?:exec|then|do|else|if|while|xargs|env)\b)[ \t]*"
    r"(?=((?:/[\w.+-]{1,60}){0,8}/?[\w.+-]{2,40})(?:[ \t\n;&|)`]|$))",
    re.MULTILINE,
)
NAMED_LIBRARY = re.compile(r"(?<![\w.+-])(lib[\w+-]{1,60}\.so(?:\.\d+){0,4})(?![\w.-])")
FOUND_LIBRARY = re.compile(r"find_library\([ \t\n]{0,99}[\"']([\w+.-]{1,60})[\"']")
LDCONFIG = "/sbin/ldconfig"
"""What ctypes.util.find_library asks."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OWN = ("opt/venv/bin", "usr/local/bin", "usr/bin", "bin")
"""Where the image looks for programs."""
FOR_READERS = re.compile(r"/usr/share/(?:doc|man|info|lintian|bug)(?:/|$)")
BUSYBOX = "busybox"
"""It comes with the shell, under all its names."""
DPKG = Path("/var/lib/dpkg")
APK = Path("/lib/apk/db/installed")


def started(text: str, script: bool, widely: bool) -> Iterator[str]:
    """The programs that a source may start; `widely` for those of the project."""
    if script:
        yield from OF_SCRIPT.findall(text)
    elif widely:
        end = 0
        for found in STARTS.finditer(text):
            yield from WORD.findall(text, max(found.start() - 1, end), found.end() + NEAR)
            end = found.end()
    else:
        yield from FIRST.findall(text)


def loaded(text: str) -> Iterator[str]:
    """The libraries that a source may load by their names."""
    yield from NAMED_LIBRARY.findall(text)
    for name in FOUND_LIBRARY.findall(text):
        yield "lib" + name + ".so"


def target_of(link: Path) -> str:
    """Where a link leads to, as it is written."""
    return os.readlink(str(link))  # noqa: PTH115 (Path.readlink is not in Python 3.7)


class Packages:
    """What a package manager has installed: what each package needs, and its files."""

    def __init__(self, dpkg: Path = DPKG, apk: Path = APK) -> None:
        self.needs = {}  # type: dict[str, list[str]]
        self.files = {}  # type: dict[str, list[str]]
        self.providers = {}  # type: dict[str, str]
        if (dpkg / "status").is_file():
            self._read_dpkg(dpkg)
        elif apk.is_file():
            self._read_apk(apk)

    def _read_dpkg(self, folder: Path) -> None:
        text = (folder / "status").read_text(encoding="utf-8", errors="replace")
        for block in text.split("\n\n"):
            fields = dict(re.findall(r"^([\w-]+): *(.*)$", block, re.MULTILINE))
            name = fields.get("Package", "")
            if not name or not fields.get("Status", "").endswith(" installed"):
                continue
            needed = ",".join(fields.get(key, "") for key in ("Depends", "Pre-Depends"))
            self.needs[name] = re.findall(r"(?:^|[,|])\s*([\w.+-]+)", needed)
            for provided in re.findall(r"(?:^|,)\s*([\w.+-]+)", fields.get("Provides", "")):
                self.providers.setdefault(provided, name)
            names = (name, name + ":" + fields.get("Architecture", ""))
            lists = [folder / "info" / (one + ".list") for one in names]
            self.files[name] = [
                line
                for path in lists
                if path.is_file()
                for line in path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
            ]

    def _read_apk(self, path: Path) -> None:
        for block in path.read_text(encoding="utf-8", errors="surrogateescape").split("\n\n"):
            lines = [line.partition(":") for line in block.split("\n")]
            name = next((value for key, _, value in lines if key == "P"), "")
            folder = ""
            self.needs[name], self.files[name] = [], []
            for key, _, value in lines:
                if key == "D":
                    self.needs[name] += [re.split("[<>=~]", word)[0] for word in value.split()]
                elif key == "p":
                    for word in value.split():
                        self.providers.setdefault(re.split("[<>=~]", word)[0], name)
                elif key == "F":
                    folder = value
                elif key == "R":
                    self.files[name].append("/" + folder + "/" + value)

    def closure(self, declared: Iterable[str], base: Iterable[str]) -> list[str]:
        """The declared packages and all that they need, but for what the base has anyway."""
        waiting, known = list(declared), set(base)
        found = []  # type: list[str]
        while waiting:
            name = re.split("[:=<>~/]", waiting.pop())[0]
            name = name if name in self.needs else self.providers.get(name, "")
            if name and name not in found:
                found.append(name)
                needed = self.needs[name]
                names = [one if one in self.needs else self.providers.get(one) for one in needed]
                waiting += [one for one in names if one and one not in known]
        return found


class Copier:
    """Copies files of the build into the root, with what they link."""

    def __init__(self, root: Path, source: Path = Path("/")) -> None:
        self.root, self.source = root, source
        self.copied = set()  # type: set[str]

    def copy(self, path: str) -> None:
        """One file under the path that is asked for, with what it starts or links."""
        real = self.source / path.lstrip("/")
        if path in self.copied or not real.is_file() or real.resolve().name == BUSYBOX:
            return
        self.copied.add(path)
        self._put(path, real.resolve())
        for needed in self._needed(real.resolve()):
            self.copy(needed)

    def copy_packaged(self, path: str) -> None:
        """One file of a package: links stay links."""
        link = self.source / path.lstrip("/")
        if FOR_READERS.match(path) or path in self.copied:
            return
        if not link.is_symlink():
            self.copy(path)
        elif not os.path.lexists(str(self._target(path))):
            self.copied.add(path)
            self._target(path).parent.mkdir(parents=True, exist_ok=True)
            self._target(path).symlink_to(target_of(link))

    def copy_program(self, name: str) -> None:
        """A program of the build that is not in the root."""
        if "/" in name:
            if re.match("/(?:usr/)?s?bin/", name):
                self.copy(name)
            return
        if any(os.path.lexists(str(self.root / folder / name)) for folder in OWN):
            return
        for folder in PATH.split(":"):
            path = folder + "/" + name
            if os.access(str(self.source / path.lstrip("/")), os.X_OK):
                self.copy(path)
                if folder.endswith("sbin"):
                    self._target("/usr/bin").mkdir(parents=True, exist_ok=True)
                    self._target("/usr/bin/" + name).symlink_to(path)
                return

    def copy_library(self, name: str) -> None:
        """A library of the build, by its name or the start of it."""
        for folder in ("lib", "usr/lib", "usr/local/lib"):
            top = self.source / folder
            for where in (top, *sorted(top.glob("*-linux-gnu*"))):
                for path in sorted(where.glob(name + "*")) if where.is_dir() else ():
                    rest = path.name[len(name) :]
                    if not rest or (rest[0] == "." and rest[1:].replace(".", "").isdigit()):
                        self.copy("/" + path.relative_to(self.source).as_posix())

    def copy_alternatives(self) -> None:
        """The links through /etc/alternatives, which no package lists, to what was copied."""
        real = {str((self.source / path.lstrip("/")).resolve()) for path in self.copied}
        for folder in ("usr/bin", "usr/sbin", "bin", "usr/lib", "usr/lib/*-linux-gnu"):
            for where in sorted(self.source.glob(folder)):
                for link in sorted(where.iterdir()) if where.is_dir() else ():
                    target = target_of(link) if link.is_symlink() else ""
                    if target.startswith("/etc/alternatives/") and str(link.resolve()) in real:
                        self.copy_packaged("/" + link.relative_to(self.source).as_posix())
                        self.copy_packaged(target)

    def _target(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _put(self, path: str, real: Path) -> None:
        target = self._target(path)
        if not os.path.lexists(str(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(str(real), str(target))

    def _needed(self, real: Path) -> Iterator[str]:
        """The interpreter of a script, the libraries of a program."""
        with real.open("rb") as file:
            start = file.read(200)
        if start.startswith(b"#!"):
            words = start[2:].partition(b"\n")[0].decode("utf-8", errors="replace").split()
            yield from words[:1]
            for word in words[1:2] if words[0].endswith("/env") else ():
                self.copy_program(word)
        elif start.startswith(b"\x7fELF"):
            for loader in (
                ["ldd"],
                *([str(one), "--list"] for one in Path("/lib").glob("ld-musl*")),
            ):
                if shutil.which(loader[0]):
                    said = subprocess.run(
                        [*loader, str(real)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                    ).stdout.decode("utf-8", errors="replace")
                    yield from re.findall(r"(/\S+) \(0x[0-9a-f]+\)", said)
                    return


def copy_system(root: Path, needs: Iterable[str], declared: Iterable[str]) -> None:
    """Copy what the needs name, and the declared packages with what they need."""
    copier = Copier(root)
    needed = list(needs)
    base = [name[len(PACKAGE) :] for name in needed if name.startswith(PACKAGE)]
    packages = Packages() if declared else None
    for name in packages.closure(declared, base) if packages else ():
        for path in packages.files[name] if packages else ():
            copier.copy_packaged(path)
    copier.copy_alternatives()
    for name in needed:
        if name.startswith(PROGRAM):
            copier.copy_program(name[len(PROGRAM) :])
        elif name.startswith(LIBRARY):
            copier.copy_library(name[len(LIBRARY) :])

import mmap
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING


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

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path


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
