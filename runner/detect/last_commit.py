"""When a project was last committed: its git repository read as data.

What `HEAD` names is read from files. The commit is then looked up in its objects alone, from a
repository of our own that is empty: git sees nothing of the project's configuration, which can name
programs to run.
"""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, date, datetime
from pathlib import Path

from runner.engine import child
from runner.engine.scratch import scratch_directory
from runner.model.errors import ProjectError
from runner.project.inside import inside, read_inside

_TIMEOUT_S = 20.0
_MOST_BYTES = 8 << 20
_DIGEST = re.compile(r"[0-9a-f]{40}")
_REFERENCE = re.compile(r"ref: (refs/[\w./-]+)")
_COMMITTER = re.compile(r"^committer [^\n]* (\d{1,12}) [+-]\d{4}$", re.MULTILINE)
_FIRST = date(1990, 1, 1)
"""No commit is older; what says so is wrong."""


def last_commit_day(folder: Path) -> date | None:
    """The day (UTC) of the commit that the repository of this directory has checked out; None where
    it has none, or that cannot be read. One above it is its repository if that commit has the
    directory, too."""
    root = next((x for x in (folder, *folder.parents) if os.path.lexists(x / ".git")), folder)
    repository = root / ".git"
    digest = _head(repository)
    if not digest:
        return None
    try:
        objects = inside(root, repository / "objects")
    except ProjectError:
        return None
    if not _are_plain(objects):
        return None
    below = folder.relative_to(root).as_posix()
    if root != folder and not _object(objects, "-t", f"{digest}:{below}"):
        return None
    text = _object(objects, "commit", digest)
    match = _COMMITTER.search(text.partition("\n\n")[0])
    if match is None:
        return None
    try:
        day = datetime.fromtimestamp(int(match[1]), UTC).date()
    except (OverflowError, OSError, ValueError):
        return None
    return day if _FIRST <= day <= today() else None


def today() -> date:
    """The day that it is (UTC)."""
    return datetime.now(UTC).date()


def _head(repository: Path) -> str:
    """The digest of the commit that is checked out; empty where that is not known."""
    said = _text(repository, "HEAD").strip()
    match = _REFERENCE.fullmatch(said)
    if match is None or ".." in match[1]:
        return said if _DIGEST.fullmatch(said) else ""
    loose = _text(repository, match[1]).strip()
    if _DIGEST.fullmatch(loose):
        return loose
    line = re.compile(rf"^([0-9a-f]{{40}}) {re.escape(match[1])}$", re.MULTILINE)
    packed = line.search(_text(repository, "packed-refs"))
    return packed[1] if packed else ""


def _text(repository: Path, name: str) -> str:
    """The text of a small file of the repository; empty for anything else."""
    try:
        content = read_inside(repository, name, _MOST_BYTES)
    except (OSError, ProjectError):
        return ""
    return (content or b"").decode(errors="replace")


def _object(objects: Path, kind: str, name: str) -> str:
    """The body of an object of this kind, or the kind of any (`-t`); empty where it is not among
    the objects, or there is no git."""
    with scratch_directory() as git:
        (git / "refs").mkdir()
        (git / "HEAD").write_text("ref: refs/heads/none\n")
        command = ["git", f"--git-dir={git}", "cat-file", kind, name]
        printed = child.head(command, _MOST_BYTES, timeout_s=_TIMEOUT_S, extra=_told(objects))
    return (printed or b"").decode(errors="replace")


def _are_plain(objects: Path) -> bool:
    """Whether git opens nothing but directories and regular files among objects, and none of
    another repository: it would wait for a pipe."""
    if os.path.lexists(objects / "info" / "alternates"):
        return False
    try:
        for folder, names, files in os.walk(objects, onerror=_raise):
            links = (name for name in names if os.path.islink(os.path.join(folder, name)))  # noqa: PTH114, PTH118
            others = (name for name in files if not _is_file(Path(folder, name)))
            if any(links) or any(others):
                return False
    except OSError:
        return False
    return True


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _raise(error: OSError) -> None:
    raise error


def _told(objects: Path) -> dict[str, str]:
    """What tells git of these objects, and of no configuration."""
    return {
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
