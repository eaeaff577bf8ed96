"""Makes the build context of the stand-ins: a root file system, wheels, and the recipe's files."""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runner.engine import child
from runner.engine.child import find_program
from runner.engine.disk import says_full
from runner.engine.files import atomic_file
from runner.engine.install import ensure_packages
from runner.engine.standins.recipe import FOLDER, Recipe
from runner.model.errors import BaseError, EngineError
from runner.model.progress import Progress

WORK_PREFIX = "work-"
"""Begins the name of a directory that is only needed while a context is being made."""

_TOOL_TIMEOUT_S = 1800.0


def make_context(recipe: Recipe, path: Path, progress: Progress) -> None:
    """Write the context as a tarball; raises `BaseError` saying what could not be fetched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=path.parent) as name:
        folder = Path(name)
        if recipe.requirements:
            progress.detail("packages of the Python index")
            _download_wheels(recipe, folder / "wheels")
        if recipe.rootfs:
            progress.detail("Debian packages")
            _make_rootfs(recipe, folder, find_mmdebstrap(progress))
        progress.detail("packing")
        try:
            _pack(recipe, folder, path)
        except OSError as error:
            raise BaseError(f"cannot write {path}: {error.strerror}; make room there") from error


def remove_work(folder: Path) -> None:
    """Remove the directories that a killed run left; call it with the cache's lock held."""
    for left in folder.rglob(f"{WORK_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def last_words(output: str) -> str:
    """The lines in which a tool says what is wrong, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("E:", "ERROR", "error"))]
    causes = [line for line in lines if line.startswith(("Err:", "E: Failed", "W: Failed"))]
    return " ".join(dict.fromkeys([*causes[:1], *(marked or lines)[-2:]]))


def find_mmdebstrap(progress: Progress) -> Path:
    """The program that makes root file systems, installed if need be; raises `BaseError`."""
    if found := find_program("mmdebstrap"):
        return found
    try:
        ensure_packages(["mmdebstrap", "debian-archive-keyring"], progress)
    except EngineError as error:
        raise BaseError(
            f"stand-in bases are made with mmdebstrap, which is missing: {error}"
        ) from error
    if found := find_program("mmdebstrap"):
        return found
    raise BaseError("mmdebstrap was installed but is not on PATH: reinstall the package mmdebstrap")


def _make_rootfs(recipe: Recipe, folder: Path, mmdebstrap: Path) -> None:
    certificates = folder / "certificates"
    certificates.mkdir()
    for number, certificate in enumerate(recipe.machine.certificates, start=1):
        (certificates / f"machine-{number}.crt").write_text(certificate)
    options = folder / "apt-options"
    options.write_text("".join(f"{line}\n" for line in recipe.machine.apt_options))
    environment = {
        "SUITE": recipe.suite,
        "CA_DIR": str(certificates),
        "APT_CONF": str(options),
        "PATH": f"{mmdebstrap.parent}:{child.environment_of()['PATH']}",
    }
    script = ["sh", str(FOLDER / "rootfs.sh"), recipe.rootfs, str(folder / "rootfs.tar")]
    _run(
        [*script, *recipe.machine.apt_sources],
        dict(recipe.machine.proxies) | environment,
        folder,
        folder,
        "mmdebstrap could not make a root file system",
        "check the package sources and the network"
        if os.geteuid() == 0
        else "make it as root, or install the package uidmap, with which users can",
    )


def _download_wheels(recipe: Recipe, folder: Path) -> None:
    """With pip as it is configured here: the build itself then needs no Python index."""
    folder.mkdir()
    for number, text in enumerate(recipe.requirements):
        requirements = folder.parent / f"requirements-{number}.txt"
        requirements.write_text(text)
        named = text.split("==")[0].split()[-1]
        command = child.python("-m", "pip", "--no-input", "--disable-pip-version-check")
        command += ["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        command += ["--python-version=3.11", *(f"--platform={name}" for name in recipe.platforms)]
        command += ["--dest", str(folder), "--requirement", str(requirements)]
        _run(
            command,
            {},
            None,
            folder,
            f"pip could not download {named}",
            "check the network and `pip config list`",
        )


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path | None,
    place: Path,
    what: str,
    then: str,
) -> None:
    """Run a tool that writes to a place, in a directory (None: the user's, which pip's settings may
    name files of); raises `BaseError` with its last words if it fails."""
    process = child.start(command, extra=environment, directory=directory)
    with _ended_with_us(process):
        try:
            output, _ = process.communicate(timeout=_TOOL_TIMEOUT_S)
        except child.TimeoutExpired:
            raise BaseError(f"{what} within {_TOOL_TIMEOUT_S:.0f} s: {then}") from None
    if process.returncode != 0:
        if says_full(output):
            then = f"no space is left for it: free some at {place} or where TMPDIR points"
        raise BaseError(f"{what}: {last_words(output)}; {then}")


@contextlib.contextmanager
def _ended_with_us(process: child.Child) -> Iterator[None]:
    """A tool that still runs when the block is left gets time to clean up after itself."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(child.TimeoutExpired):
                process.wait(30)
            process.kill()


def _pack(recipe: Recipe, folder: Path, path: Path) -> None:
    with atomic_file(path) as file, tarfile.open(fileobj=file, mode="w") as archive:
        for source in recipe.files:
            archive.add(source, source.relative_to(recipe.directory).as_posix(), filter=_plain)
        for name in ("rootfs.tar", "wheels"):
            if (folder / name).exists():
                archive.add(folder / name, name, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Owner, time and permissions do not depend on who made the context and when."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
