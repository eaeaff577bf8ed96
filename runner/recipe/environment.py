"""The variables of a recipe: what installers are told, and what the running service is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from runner.model.levels import InstallTool, Levels
from runner.model.project import Project


@dataclass(frozen=True)
class Told:
    """The variables that levels and project ask for."""

    levels: Levels
    project: Project

    def when_it_runs(self, values: Mapping[str, str]) -> dict[str, str]:
        """These values and what the running service is told."""
        return {**values, **self._interpreter(), **self.project.environment}

    def when_it_is_built(self) -> dict[str, str]:
        """What installers are told too; before the first pip, whose own byte code alone is 8 MB."""
        values = self._interpreter()
        index = self.levels.mirror.index_url.rstrip("/")
        if index:
            values["PIP_INDEX_URL"] = index
            parts = urlsplit(index)
            if parts.scheme == "http" and parts.hostname:
                values["PIP_TRUSTED_HOST"] = parts.hostname
            if self.levels.installer.tool is InstallTool.uv:
                values["UV_INDEX_URL"] = index
        return values

    def _interpreter(self) -> dict[str, str]:
        """What every Python in the image is told."""
        values = {} if self.levels.bytecode.write else {"PYTHONDONTWRITEBYTECODE": "1"}
        own = self.levels.own.values()
        return values | {key: value for level in own for key, value in level.environment.items()}
