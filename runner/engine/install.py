"""Installs what the embedded engine needs from the distribution, without starting any service."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runner.engine import child
from runner.engine.child import find_program
from runner.engine.disk import says_full
from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent

POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by the distribution's packages before they start a service (exit code 101: do not)."""

_DENIED = 101
_INSTALL_TIMEOUT_S = 1200.0


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
    if not find_program("apt-get") or not find_program("dpkg-query"):
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
        answer = child.run(query, timeout_s=60)
    except child.Failed:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == "installed"


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
    asked = child.run([policy.absolute(), "docker", "start"], timeout_s=60)
    return asked.returncode == _DENIED


def _install(packages: Sequence[str], progress: Progress) -> None:
    install = ["install", "--yes", "--no-install-recommends", "--no-upgrade", *packages]
    failed = _apt(install)
    if failed is not None:
        progress.detail("package lists are missing or old: apt-get update")
        failed = _apt(["update"]) or _apt(install)
    if failed is not None:
        remedy = (
            "free some space" if says_full(failed) else "check the package sources and the network"
        )
        raise EngineError(f"apt-get could not install {' '.join(packages)}: {failed}; {remedy}")


def _apt(arguments: Sequence[str]) -> str | None:
    """Run apt-get; None if it went well, else its last words."""
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    extra = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    try:
        done = child.run(command, extra=extra, timeout_s=_INSTALL_TIMEOUT_S)
    except child.TimeoutExpired:
        return f"apt-get {arguments[0]} took longer than {_INSTALL_TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return None
    words = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith("E:")]
    return " ".join(words[:2]) or f"exit code {done.returncode}"
