"""A small project to take build contexts from: files, folders, links of all kinds."""

from __future__ import annotations

import json
from pathlib import Path

GOLDEN = Path(__file__).parent / "data" / "dockerignore.json"
"""A tree, texts of .dockerignore files, and what of the tree each leaves out."""


def write_project(folder: Path) -> Path:
    """Write it to `folder`, which it returns."""
    for name, text in {
        "app/main.py": "print('hello')\n",
        "app/tests/test_main.py": "assert True\n",
        "app/data.bin": "x" * 1000,
        "docs/index.md": "# docs\n",
        "docs/keep.md": "# kept\n",
        ".git/HEAD": "ref\n",
        ".dockerignore": "app\n",
        "run.sh": "#!/bin/sh\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    (folder / "run.sh").chmod(0o750)
    (folder / "empty").mkdir()
    (folder / "latest").symlink_to("app/main.py")
    (folder / "dangling").symlink_to("/no/such/file")
    (folder / "loop").symlink_to(".")
    return folder


def write_golden(folder: Path) -> Path:
    """Write the tree that `GOLDEN` is about to `folder`, which it returns."""
    tree = json.loads(GOLDEN.read_text(encoding="utf-8"))
    for name in tree["empty"]:
        (folder / name).mkdir(parents=True)
    for name in tree["files"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder
