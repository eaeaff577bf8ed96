"""Installs what the embedded engine needs from the distribution, without starting any service."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent

POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by the distribution's packages before they start a service (exit code 101: do not)."""

_DENIED = 101
_INSTALL_TIMEOUT_S = 1200.0
_SYSTEM_PATH = ("/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin", "/bin")


def ensure_dockerd(progress: Progress | None = None) -> Path:
    """Path of `dockerd`; installs the package docker.io if it is missing and this user may.

    Raises `EngineError` saying what to install.
    """
    if found := find_program("dockerd"):
        return found
    ensure_packages(["docker.io"], progress or Silent())
    if found := find_program("dockerd"):
        return found
    raise EngineError("docker.io is installed but has no dockerd: reinstall the package docker.io")


def ensure_packages(packages: Sequence[str], progress: Progress) -> None:
    """Install those of the Debian packages that are missing.

    Raises `EngineError` where that is not possible: not Debian or Ubuntu, not root, or apt failed.
    """
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return
    names = " ".join(missing)
    if not shutil.which("apt-get") or not shutil.which("dpkg-query"):
        raise EngineError(f"not a Debian or Ubuntu system: install {names} (or its counterpart)")
    if os.geteuid() != 0:
        raise EngineError(f"missing packages and not root: run `apt-get install {names}` as root")
    progress.begin(f"installing {names}", 60.0)
    try:
        with no_service_starts():
            _install(missing, progress)
    finally:
        progress.end()


def is_installed(package: str) -> bool:
    """Whether dpkg has the package installed and configured."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == "installed"


def find_program(name: str) -> Path | None:
    """A program on PATH or in the system's own folders, which a plain user's PATH may lack."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_PATH])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """While this is open, packages that get installed start and stop no service.

    A policy that the administrator has put there is kept, and put back if it had to be replaced.
    Ours takes effect only while this process lives, so one left by a kill does no harm.
    """
    if _denies(policy):
        yield
        return
    kept = policy.with_name(policy.name + ".before-dockbench")
    if policy.exists():
        policy.rename(kept)
    policy.write_text(f"#!/bin/sh\nkill -0 {os.getpid()} 2>/dev/null || exit 0\nexit {_DENIED}\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(policy)


def _denies(policy: Path) -> bool:
    if not os.access(policy, os.X_OK):
        return False
    question = [str(policy), "docker", "start"]
    asked = subprocess.run(question, capture_output=True, check=False, timeout=60)
    return asked.returncode == _DENIED


def _install(packages: Sequence[str], progress: Progress) -> None:
    install = ["install", "--yes", "--no-install-recommends", "--no-upgrade", *packages]
    failed = _apt(install)
    if failed is not None:
        progress.detail("package lists are missing or old: apt-get update")
        failed = _apt(["update"]) or _apt(install)
    if failed is not None:
        raise EngineError(
            f"apt-get could not install {' '.join(packages)}: {failed}; "
            "check the package sources and the network"
        )


def _apt(arguments: Sequence[str]) -> str | None:
    """Run apt-get; None if it went well, else its last words."""
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_INSTALL_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return f"apt-get {arguments[0]} took longer than {_INSTALL_TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return None
    words = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith("E:")]
    return " ".join(words[:2]) or f"exit code {done.returncode}"
