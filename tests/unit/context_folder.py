"""A small project to take build contexts from: files, folders, links of all kinds."""

from __future__ import annotations

from pathlib import Path


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
