"""Makes the project's virtual environment from the lock file; needs nothing but Python >= 3.11.

Called by `make setup` before anything is installed, so it imports the standard library alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST_PYTHON = (3, 11)
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it."""

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|\bENOSPC\b", re.IGNORECASE)
_NO_INDEX = re.compile(
    r"no matching distribution|connection (?:refused|broken|timed out|reset)|max retries exceeded"
    r"|name resolution|timed out|unreachable|no route to host",
    re.IGNORECASE,
)
_AGAIN = "then run `make setup` again"


class SetupError(Exception):
    """What is missing and what to do about it, in one line."""


def main(arguments: list[str]) -> int:
    """Make the environment ARGUMENTS[0] from the lock file ARGUMENTS[1]; 0 if it is complete."""
    environment, lock = Path(arguments[0]), Path(arguments[1])
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(filter(os.path.isabs, entries))
    try:
        check_python()
        make_environment(environment)
        install(environment, lock)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("setup: interrupted: run `make setup` again", file=sys.stderr)
        return INTERRUPTED
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
        said = (error.output or b"").decode(errors="replace")
        raise SetupError(full_disk(said) or f"could not make {environment}: {error}") from error
    except OSError as error:
        reason = f"cannot make {environment} ({error.strerror}): make the directory writable"
        raise SetupError(full_disk(str(error)) or reason) from error


def has_ensurepip() -> bool:
    """Whether this Python can put pip into an environment (Debian packages that apart)."""
    probe = subprocess.run([sys.executable, "-I", "-c", "import ensurepip"], capture_output=True)
    return probe.returncode == 0


def install_distribution_venv() -> None:
    """Install Debian's python3-venv for this interpreter."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(f"this Python cannot make environments; install {package} and try again")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", package]):
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            raise SetupError(
                f"`{' '.join(command)}` failed (see above); install {package} and try again"
            )


def install(environment: Path, lock: Path) -> None:
    """Install what the lock file names, each file checked against its hash, then the project."""
    print(f"setup: installing {lock} (about a minute the first time)", file=sys.stderr)
    pip = [str(environment / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "-qq", "--require-hashes", "-r", str(lock)])
    run([*pip, "install", "-qq", "--no-deps", "--no-build-isolation", "--editable", "."])


def run(command: list[str]) -> None:
    """Run one command of the set-up; shows what it says, and raises `SetupError` if it fails."""
    said = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None
        for line in process.stderr:
            sys.stderr.write(line)
            said.append(line)
    if process.returncode != 0:
        raise SetupError(why_failed("".join(said)))


def full_disk(said: str) -> str:
    """What to say if these words are about a disk that is full; empty if they are not."""
    if not _DISK_FULL.search(said):
        return ""
    return f"no space left for the environment or for temporary files: free some, {_AGAIN}"


def why_failed(said: str) -> str:
    """Why pip failed, told from its own words."""
    if full := full_disk(said):
        return full
    if _NO_INDEX.search(said):
        return (
            "the package index does not answer, or lacks a file (see above): check the network"
            f" and `pip config list`, {_AGAIN}"
        )
    return f"installing the locked dependencies failed: mend what pip says above, {_AGAIN}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
