"""What of the distribution goes into a root of its own.

Files of packages that the project declares, programs that its sources start, libraries that are
loaded by their names, and what these link.

Part of the script that runs inside of a build (`unneeded.py` beside it), so it knows the standard
library of Python 3.7 alone. Taken widely: what is no program or library of the build is not asked
for.
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
