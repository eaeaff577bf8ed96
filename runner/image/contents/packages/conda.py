"""conda and its relatives: `PREFIX/conda-meta/*.json` lists the files of each package.

What is a Python distribution as well is counted there; conda owns the rest (libraries, tools).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from runner.image.contents.live import LiveRoot
from runner.image.contents.packages.port import Claim, PackageSource, inside, label

_FOLDER = "/conda-meta/"


class _Description(msgspec.Struct):
    name: Any = None
    version: Any = None
    files: Any = None


class Conda:
    """Packages of conda, mamba and micromamba, in any environment."""

    manager = "conda"
    endings = (".json",)
    beginnings: tuple[str, ...] = ()

    def needs(self, path: str) -> bool:
        """The descriptions of the packages of an environment."""
        folder, _, _ = path.rpartition("/")
        return f"/{folder}/".endswith(_FOLDER)

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """Packages in the order of their descriptions' paths."""
        for path in sorted(filter(self._is_description, root.kept)):
            found = _decoded(root.kept[path])
            if not isinstance(found.name, str) or not isinstance(found.files, list):
                continue
            prefix = path.rpartition("/")[0].rpartition("conda-meta")[0].rstrip("/")
            listed = [inside(prefix, name) for name in found.files if isinstance(name, str)]
            version = found.version if isinstance(found.version, str) else ""
            yield Claim(label(found.name), label(version), [path, *filter(None, listed)])

    def _is_description(self, path: str) -> bool:
        return path.endswith(self.endings) and self.needs(path)


def _decoded(description: bytes) -> _Description:
    try:
        return msgspec.json.decode(description, type=_Description)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _Description()


def _proof(source: Conda) -> PackageSource:
    return source
