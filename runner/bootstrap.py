"""Makes the project's virtual environment from the lock file; needs nothing but Python >= 3.11.

Called by `make setup` before anything is installed, so it imports the standard library alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST_PYTHON = (3, 11)


class SetupError(Exception):
    """What is missing and what to do about it, in one line."""


def main(arguments: list[str]) -> int:
    """Make the environment ARGUMENTS[0] from the lock file ARGUMENTS[1]; 0 if it is complete."""
    environment, lock = Path(arguments[0]), Path(arguments[1])
    try:
        check_python()
        make_environment(environment)
        install(environment, lock)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 2
    return 0


def check_python() -> None:
    """Refuse an interpreter that is too old, naming the one that was found."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python 3.11 or newer is needed, {sys.executable} is {found};"
            " name another one with: make PYTHON=python3.11"
        )


def make_environment(environment: Path) -> None:
    """Make a fresh virtual environment; on Debian as root, install the module that makes them."""
    print(f"setup: environment {environment}", file=sys.stderr)
    shutil.rmtree(environment, ignore_errors=True)
    if not has_ensurepip():
        install_distribution_venv()
    try:
        venv.EnvBuilder(with_pip=True).create(environment)
    except subprocess.CalledProcessError as error:
        raise SetupError(f"could not make {environment}: {error}") from error


def has_ensurepip() -> bool:
    """Whether this Python can put pip into an environment (Debian packages that apart)."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True)
    return probe.returncode == 0


def install_distribution_venv() -> None:
    """Install Debian's python3-venv for this interpreter."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(f"this Python cannot make environments; install {package} and try again")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", package]):
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            raise SetupError(f"`{' '.join(command)}` failed; install {package} and try again")


def install(environment: Path, lock: Path) -> None:
    """Install what the lock file names, each file checked against its hash, then the project."""
    print(f"setup: installing {lock} (about a minute the first time)", file=sys.stderr)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "-qq", "--require-hashes", "-r", str(lock)])
    run([*pip, "install", "-qq", "--no-deps", "--no-build-isolation", "--editable", "."])


def run(command: list[str]) -> None:
    """Run one command of the set-up; its own output says what went wrong."""
    if subprocess.run(command).returncode != 0:
        raise SetupError(
            "installing the locked dependencies failed (see above); the package index must be in"
            " reach, then run `make setup` again"
        )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
