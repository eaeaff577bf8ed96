"""What a RUN installs from, for order=deps_first: a manifest alone, or the sources, too."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.python_tools import exports, installs_tools
from runner.dockerfile.facts import Facts, Manifest
from runner.dockerfile.shell import Command, script_of

PASSIVE = ("WORKDIR", "ENV", "ARG", "LABEL", "EXPOSE")
"""Instructions over which a COPY may be moved."""
_VERBS = ("install", "add", "ci", "clean-install")
_HARMLESS = ("cd", "rm", "mkdir", "echo", "set", "true")


def install_of(
    document: Document, facts: Facts, run: Instruction, exported: list[Manifest]
) -> Manifest | str | None:
    """The manifest that a RUN installs from; None if it needs nothing of the project; or why it
    may need the sources. `exported` takes the locks that were written as requirements."""
    line = f"line {document.line_of(run.start)}"
    script = script_of(document, run)
    if script is None or script.broken:
        return f"{line} is not understood, so it may need the sources"
    found: Manifest | None = None
    for command in script.commands:
        installer = facts.installer_of(command)
        if tool := exports(command):
            manifest = next((x for x in facts.manifests if x.installer == tool), None)
            exported += [manifest] if manifest else []
        elif installer is None:
            if command.program in _HARMLESS or _configures(command):
                continue
            return f"{line} runs {command.program}, which may need the sources"
        elif not installer.ecosystem or _names_packages(command):
            continue
        else:
            read = (x for x in facts.manifests if _reads(command, x, installer.name))
            manifest = next(read, None) or _of_export(command, exported)
        if manifest is None:
            return f"{line} installs from the sources"
        if not manifest.self_contained:
            return f"{line}: {manifest.reason}"
        found = manifest
    return found


def _of_export(command: Command, exported: list[Manifest]) -> Manifest | None:
    """The lock behind the requirements that were written of it."""
    reads = any(word in ("-r", "--requirement") for word in command.plain)
    return exported[-1] if exported and reads else None


def _configures(command: Command) -> bool:
    """`poetry config virtualenvs.create false`, `corepack enable`."""
    return command.operands[:1] == ("config",) or command.program == "corepack"


def _names_packages(command: Command) -> bool:
    """`pip install --upgrade pip`, `npm install --global pnpm`: nothing of the project is read."""
    if installs_tools(command):
        return True
    if command.program == "npm" and set(command.plain) & {"-g", "--global"}:
        return not any(word.startswith((".", "/")) for word in command.operands[1:])
    words = command.plain
    reads = any(word in ("-r", "-c", "-e", "--requirement", "--editable") for word in words)
    names = [word for word in command.operands[1:] if word not in _VERBS]
    plain = all(re.fullmatch(r"[A-Za-z0-9][\w.\[\],~=<>!-]*", word) for word in names)
    return bool(names) and plain and not reads and "pip" in " ".join(words)


def _reads(command: Command, manifest: Manifest, installer: str) -> bool:
    """Whether an install command reads this manifest."""
    pip = installer == "pip" or (installer == "uv" and "pip" in command.plain)
    if manifest.installer != ("pip" if pip else installer) or manifest.prefetch:
        return False
    if not pip:
        return True
    words = command.plain
    named = [
        words[index + 1] for index, word in enumerate(words[:-1]) if word in ("-r", "--requirement")
    ]
    if _of_directory(words):
        return False
    paths = {posixpath.normpath(name) for name in named}
    return bool(paths) and any(path.endswith(manifest.files[0]) for path in paths)


def _of_directory(words: Sequence[str]) -> bool:
    """Whether pip also installs what lies in a directory: `.`, `-e ./shop`, `.[web]`."""
    pairs = zip(words, ("", *words), strict=False)
    return any(
        word in ("-e", "--editable")
        or word.startswith(("--editable=", "-e="))
        or (re.match(r"\.{1,2}(?:/|\[|$)", word) and not before.startswith("-"))
        for word, before in pairs
    )
