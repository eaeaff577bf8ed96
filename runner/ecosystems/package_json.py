"""A project's package.json, and the scripts in it."""

from __future__ import annotations

import json
from typing import Any

from runner.ecosystems.port import Tree

PACKAGE = "package.json"


def package_of(tree: Tree, path: str = PACKAGE) -> dict[str, Any] | None:
    """The document at this path; None for none, and for what is no JSON object."""
    try:
        found = json.loads(tree.texts.get(path, ""))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def scripts_of(package: dict[str, Any]) -> dict[str, str]:
    """Name of a script → its text; what is no text is left out."""
    scripts = package.get("scripts")
    if not isinstance(scripts, dict):
        return {}
    return {str(name): text for name, text in scripts.items() if isinstance(text, str)}
