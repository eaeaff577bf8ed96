"""What detection looks at: the names in a project's folder, and the texts that tell something."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runner.model.errors import ProjectError

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env"})
_TELLING = frozenset(
    {"Procfile", "pyproject.toml", ".dockerignore", ".python-version", "runtime.txt", "Dockerfile"}
)
_MOST_FILES = 20_000
_MOST_BYTES = 256 << 10
"""A larger file is not read: it is no source that anybody wrote."""


@dataclass(frozen=True)
class Listing:
    """Paths are relative to the project's folder, with slashes, in sorted order."""

    paths: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path → content of what tells something: sources, requirements, Dockerfile, …"""

    def below(self, folder: str) -> Listing:
        """The same of one folder, relative to it."""
        if folder in ("", "."):
            return self
        head = f"{folder.rstrip('/')}/"
        return Listing(
            tuple(path[len(head) :] for path in self.paths if path.startswith(head)),
            {path[len(head) :]: text for path, text in self.texts.items() if path.startswith(head)},
        )


def read_listing(root: Path) -> Listing:
    """Look through a folder; hidden folders and installed packages are left out.

    Raises `ProjectError` if there is no such folder.
    """
    if not root.is_dir():
        raise ProjectError(f"{root}: there is no such folder; name the one of your project")
    paths = sorted(_files(root))
    texts = {path: text for path in paths if (text := _text(root, path)) is not None}
    return Listing(tuple(paths), texts)


def _files(root: Path) -> Iterator[str]:
    found = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_source(Path(folder) / name))
        for name in sorted(files):
            found += 1
            if found > _MOST_FILES:
                return
            yield (Path(folder) / name).relative_to(root).as_posix()


def _is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _text(root: Path, path: str) -> str | None:
    pure = PurePosixPath(path)
    requirements = pure.suffix == ".txt" and "requirements" in path
    if not (requirements or pure.suffix == ".py" or pure.name in _TELLING):
        return None
    try:
        with (root / path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    return content.decode(errors="replace") if len(content) <= _MOST_BYTES else None
