"""A root of its own for the interpreter: a build stage assembles /rootfs, the image starts empty.

Deleting on top of a base saves nothing, so what is needed is copied and the rest stays behind. The
paths are those of the official Python images (/usr/local); libraries are found with the loader.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from runner.dockerfile.debug_symbols import strip_lines
from runner.dockerfile.document import Document
from runner.dockerfile.document import Instruction as Written
from runner.dockerfile.edits.stages_python import VENV
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.model.levels import Family, Prune
from runner.recipe import in_build
from runner.recipe.dockerfile import Instruction, copy, env, plain, run, stage, text
from runner.recipe.in_build.needs import ZONES

ROOT = "/rootfs"
STDLIB = "/stdlib"
WHY = (
    "A root of its own for the interpreter: deleting on top of a base would save nothing.\n"
    "The virtual environment has what the service needs: the base's own packages stay behind."
)
WHY_IMPORTS = "What the sources import: nothing of that is left out."
WHY_UNNEEDED = "What neither the sources nor an installed package imports or names is left out."
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
SCRIPT = "unneeded.dockbench.py"
"""What finds out what is not needed, in the build context."""
IMPORTS_STAGE = "imports"
_SCRIPT, _IMPORTS, _SOURCES = "/unneeded.py", "/imports.txt", "/sources"
FILES = (
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/openssl.cnf",
    BUNDLE,
)
"""What programs read that were not told to: names of ports and of types, the time zone, …"""
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PATH": f"{VENV}/bin:/usr/local/bin:/usr/bin:/bin",
    "SSL_CERT_FILE": BUNDLE,
}
"""What the base's own ENV said; an empty image has none."""
_KEPT = ("ENV", "WORKDIR", "EXPOSE", "USER", "CMD")
_SEES = "--system-site-packages"
"""With which an environment has packages of the base: those stay behind."""
_OF_OURS = re.compile(r"^from runner\.[\w.]+ import (?:\([^)]*\)|[^(\n]*)\n", re.MULTILINE)
_FUTURE = "from __future__ import annotations\n"


def script_text() -> str:
    """The script that finds out what is not needed: one file, made of three modules."""
    folder = Path(in_build.__path__[0])
    system, needs, script = (
        _OF_OURS.sub("", (folder / name).read_text(encoding="utf-8"))
        for name in ("system.py", "needs.py", "unneeded.py")
    )
    start, future, rest = script.partition(_FUTURE)
    parts = [start + future, *(text.partition(_FUTURE)[2] for text in (system, needs)), rest]
    return "".join(parts)


@dataclass(frozen=True)
class OwnRoot:
    """What a root of its own is made for."""

    prune: Prune
    family: Family
    package: str
    """What is needed to run the service, relative to the context."""
    target: str
    """The same relative to the working directory."""
    command: tuple[str, ...]
    bytecode: bool
    """Whether compiled modules stay."""
    environment: Mapping[str, str]
    """What the running service is told."""
    packages: tuple[str, ...]
    """Of the distribution, as the project declares them."""


def edit(document: Document, facts: Facts, made: OwnRoot) -> list[Replacement] | NotApplicable:  # noqa: ARG001
    """The last of two stages starts from nothing: with a root that the build stage has filled, and
    what of the project the service needs.

    For what `stages=multi` makes of the plain Dockerfile alone: of another one it is not known what
    else is needed.
    """
    if len(document.stages) != 2:
        return NotApplicable("it has no build stage")
    build, final = document.stages
    kept = [item for item in document.in_stage(final.index)[1:] if item.keyword in _KEPT]
    lines = [
        stage("scratch"),
        *env(ENVIRONMENT),
        *(
            plain(_text(document, x))
            for x in kept
            if x.keyword == "ENV" and not _of_venv(document, x)
        ),
        copy([ROOT], "/", stage=build.name),
        *(plain(_text(document, x)) for x in kept if x.keyword == "WORKDIR"),
        copy([made.package], made.target),
        *(plain(_text(document, x)) for x in kept if x.keyword in ("EXPOSE", "USER", "CMD")),
    ]
    above = imports_stage(document, made) if made.prune.unneeded_only else []
    filled = text([*assemble(made), *lines])
    flag = re.search(rf"{re.escape(_SEES)} ", document.text)
    return [
        *([Replacement(build.head.start, build.head.start, f"{text(above)}\n")] if above else []),
        *([Replacement(flag.start(), flag.end(), "")] if flag else []),
        Replacement(final.head.start, len(document.text), filled),
    ]


def _text(document: Document, item: Written) -> str:
    return document.text[item.start : item.end]


def _of_venv(document: Document, item: Written) -> bool:
    return "VIRTUAL_ENV=" in document.of(item)


def imports_stage(document: Document, made: OwnRoot) -> list[Instruction]:
    """A stage that lists what the sources import: what follows is built anew only when that list
    changes, not with every change of a source. Of the packages that the project declares, what the
    base has is not copied again."""
    named = [module for word, module in pairwise(made.command) if word == "-m"]
    if "TZ" in made.environment:
        named.append(ZONES)
    also = f" --also {shlex.join(named)}" if named else ""
    also += " --installed" if made.packages else ""
    return [
        stage(document.stages[0].reference, IMPORTS_STAGE),
        copy([SCRIPT], _SCRIPT, comment=WHY_IMPORTS),
        copy([made.package], f"{_SOURCES}/"),
        run([f"python -I {_SCRIPT} imports {_SOURCES}{also} > {_IMPORTS}"]),
    ]


def assemble(made: OwnRoot) -> list[Instruction]:
    """The instructions of the build stage that fill /rootfs; the app is copied apart from them."""
    prune = made.prune
    libraries = run(
        [*_copy_libraries(made.family), *_copy_shell(made), f"chmod -R a+rX {ROOT}"],
        comment="The loader names the shared libraries that are needed, and where they are.",
    )
    instructions = [plain(f"WORKDIR {ROOT}", WHY), run(_copy_interpreter())]
    if prune.unneeded_only and (prune.stdlib or prune.patterns):
        instructions += _remove_unneeded(prune, made.packages)
    elif prune.stdlib:
        instructions.append(plain(f"WORKDIR {STDLIB}"))
        instructions.append(run(["rm -rf\n" + "\n".join(sorted(prune.stdlib))]))
    cleaning = _clean(made)
    if cleaning:
        instructions.append(run(cleaning))
    instructions.append(libraries)
    if prune.zip_stdlib:
        if prune.unneeded_only or not prune.stdlib:
            instructions.append(plain(f"WORKDIR {STDLIB}"))
        instructions.append(_zip_stdlib())
    return instructions


def _remove_unneeded(prune: Prune, packages: Sequence[str]) -> list[Instruction]:
    """Leave out what the script finds that nothing needs."""
    words = [f"python -I {_SCRIPT} remove {ROOT} {_IMPORTS}"]
    options = {"--library": prune.stdlib, "--named": prune.patterns, "--packages": packages}
    for option, values in options.items():
        if values:
            words += [option, *map(shlex.quote, sorted(values))]
    return [
        copy([_SCRIPT, _IMPORTS], "/", stage=IMPORTS_STAGE, comment=WHY_UNNEEDED),
        run(["\n".join(words)]),
    ]


def _copy_interpreter() -> list[str]:
    """Interpreter, standard library, virtual environment, users, certificates and the like."""
    return [
        "mkdir -p etc opt tmp usr/local/bin usr/local/lib",
        "chmod 1777 tmp",
        "cp -a /usr/local/bin/python /usr/local/bin/python3 /usr/local/bin/python3.??\n"
        "usr/local/bin/",
        "cp -a /usr/local/lib/libpython3* /usr/local/lib/python3.?? usr/local/lib/",
        # pip, setuptools and what a base has installed: the virtual environment does not look there
        "rm -rf usr/local/lib/python3.??/site-packages/*",
        f"cp -a {VENV} opt/",
        "cp /etc/passwd /etc/group etc/",
        "for file in\n" + "\n".join(FILES) + "\n; do "
        'if [ -e "$file" ]; then cp -L --parents "$file" .; fi; done',
        f"ln -s {ROOT}/usr/local/lib/python3.?? {STDLIB}",
    ]


def _clean(made: OwnRoot) -> list[str]:
    """Leave out by name, wherever it is; strip what has debug symbols."""
    commands = []
    prune = made.prune
    patterns = [] if prune.unneeded_only else sorted(prune.patterns)
    if not made.bytecode:
        patterns.append("__pycache__")
    if patterns:
        names = "\n-o ".join(f"-name {shlex.quote(pattern)}" for pattern in patterns)
        commands.append(
            f"find {ROOT}/opt {ROOT}/usr -depth \\(\n{names} \\)\n-exec rm -rf '{{}}' +"
        )
    if prune.strip:
        commands.append("\n".join(strip_lines(ROOT)))
    return commands


def _copy_libraries(family: Family) -> list[str]:
    """Copy each library that the loader names for the files in /rootfs, and the loader itself."""
    commands = []
    if family is Family.alpine:
        # musl's loader is an ldd when it is called one
        commands.append(
            "command -v ldd > /dev/null || ln -s /lib/ld-musl-*.so.1 /usr/local/bin/ldd"
        )
    commands += [
        f"find {ROOT} -type f \\( -name '*.so' -o -name '*.so.[0-9]*' -o -name 'python3.??' \\)\n"
        f"-exec ldd '{{}}' ';' > /tmp/ldd 2> /dev/null",
        f"sed -n -E '/ {_escaped(ROOT)}/!s#^[^/]*(/[^ ]+) \\(0x[0-9a-f]+\\)$#\\1#p' /tmp/ldd"
        " > /tmp/libraries",
        "while read -r library; do\n"
        f'[ -e "{ROOT}$library" ] || cp -L --parents "$library" {ROOT} || exit 1;\n'
        "done < /tmp/libraries",
    ]
    if family is Family.debian:
        commands += [
            # loaded by name when a thread ends
            f"cp -L --parents /lib/*-linux-gnu/libgcc_s.so.1 {ROOT}",
            f"cp -a --parents /etc/ld.so.conf /etc/ld.so.conf.d {ROOT}",
            f"ldconfig -r {ROOT}",
        ]
    return commands


def _escaped(path: str) -> str:
    return path.replace("/", r"\/")


def _copy_shell(made: OwnRoot) -> list[str]:
    """The distribution's shell: busybox under all its names, or sh alone; nothing if not wanted."""
    if not made.prune.shell:
        return []
    if made.family is Family.alpine:
        copied = [f"cp -L /bin/busybox {ROOT}/bin/", f"/bin/busybox --install -s {ROOT}/bin"]
    else:
        copied = [f"cp -L /bin/sh {ROOT}/bin/"]
    return [f"mkdir -p {ROOT}/bin", *copied]


def _zip_stdlib() -> Instruction:
    """Modules written in Python go into the archive that sys.path names before their folder."""
    return run(
        [
            "mkdir /kept",
            "mv lib-dynload os.py /kept/",
            f"archive=\"{ROOT}$(python -I -c 'import sys; print(sys.path[0])')\"",
            'python -I -m zipfile --create "$archive" .',
            "rm -rf ./*",
            "mv /kept/* .",
        ],
        comment="Python also reads its library from an archive; os.py marks the library's folder.",
    )
