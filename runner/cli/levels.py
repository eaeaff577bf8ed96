"""The levels of every factor with their one-line `about`, for `dockbench bench --help`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.model.foreign import MOST_BYTES, ForeignError, yaml_document
from runner.model.levels import FACTORS
from runner.model.paths import data_root
from runner.project.inside import read_regular

OTHER_GROUPS = ("experiment", "project")
NAME_WIDTH = 15
NOT_SHOWN = ("hydra", "local")


def levels_text(named: Sequence[Path] = ()) -> str:
    """One block for each group: its name, then its options with what they are about, those of the
    configuration directories that the user has named among them."""
    places = [data_root() / "configs", *named]
    groups = list(dict.fromkeys((*FACTORS, *OTHER_GROUPS, *_own_groups(named))))
    return "\n\n".join(block(group, places) for group in groups)


def block(group: str, places: Sequence[Path]) -> str:
    """The options of one group, those in sub-directories too (`sub/mine`); of two files of one name
    Hydra takes that of ours."""
    files = {
        path.relative_to(place / group).with_suffix("").as_posix(): path
        for place in reversed(places)
        for path in sorted((place / group).rglob("*.yaml"))
    }
    width = max(NAME_WIDTH, *(len(name) + 2 for name in files), 0)
    lines = [f"  {name:<{width}}{about(path)}".rstrip() for name, path in sorted(files.items())]
    return "\n".join([f"{group}:", *lines])


def about(path: Path) -> str:
    """The file's `about:` value, or that of the experiment in it; empty for what has none."""
    try:
        content = read_regular(path, MOST_BYTES)
        values = yaml_document(content.decode()) if content else None
    except (OSError, UnicodeDecodeError, ForeignError):
        return ""
    if not isinstance(values, dict):
        return ""
    experiment = values.get("experiment")
    inner = experiment.get("about", "") if isinstance(experiment, dict) else ""
    return " ".join(str(values.get("about", inner)).split())


def _own_groups(named: Sequence[Path]) -> list[str]:
    """The groups in these directories."""
    return sorted(
        path.name
        for place in named
        for path in place.iterdir()
        if path.is_dir() and path.name not in NOT_SHOWN and any(path.glob("*.yaml"))
    )
