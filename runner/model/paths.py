"""Every path that dockbench uses, as properties; no other module joins strings."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from msgspec import Struct

_PACKAGE = Path(__file__).resolve().parent.parent


def real(path: Path) -> Path:
    """The path without links; one that leads to itself stays, where `Path.resolve` raises."""
    return Path(os.path.realpath(path))


def files_bytes(root: Path) -> int:
    """Bytes of all files below a directory, no link followed; 0 where there is none."""
    found = (Path(where) / name for where, _, names in os.walk(root) for name in names)
    return sum(path.lstat().st_size for path in found if path.exists())


def data_root() -> Path:
    """The directory that holds `configs` and `experiments`: the wheel's copy or the checkout."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent


class CachePaths(Struct, frozen=True):
    """The user's cache directory: what can be made again and is expensive to make."""

    root: Path

    @classmethod
    def default(cls) -> CachePaths:
        """Under XDG_CACHE_HOME, else the platform's usual cache directory."""
        return cls(_user_cache() / "dockbench")

    @property
    def engine(self) -> Path:
        """The embedded engine: its data, socket, log and pid file."""
        return self.root / "engine"

    @property
    def bases(self) -> Path:
        """Tarballs of stand-in bases, by recipe digest, and how long each took."""
        return self.root / "bases"

    @property
    def layers(self) -> Path:
        """Sizes of layers already compressed, by diff_id and compressor."""
        return self.root / "layers"

    @property
    def traces(self) -> Path:
        """Lists of the files that variants opened while their checks ran."""
        return self.root / "traces"

    def trace(self, key: str) -> Path:
        """One such list."""
        return self.traces / f"{key}.json"

    def drawn(self, digest: str) -> Path:
        """Digests of the figures that a chart was drawn as, by the chart's own."""
        return self.root / "drawn" / f"{digest}.json"

    @property
    def network(self) -> Path:
        """The caching proxy: its configuration, state and cache."""
        return self.root / "network"

    @property
    def work(self) -> Path:
        """Materialised projects."""
        return self.root / "work"

    def built(self, engine_id: str) -> Path:
        """Notes of what was built on an engine, and of builds that go on."""
        return self.root / "built" / engine_id

    def engine_lock(self, engine_id: str) -> Path:
        """Held by the run that measures on an engine."""
        return self.root / "locks" / f"{engine_id}.lock"


def _user_cache() -> Path:
    """What platformdirs says; where that is plain to see (Linux, absolute paths) without importing
    it: that takes longer than many a command."""
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        wanted, home = (os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "HOME"))
        if wanted.strip() == wanted and wanted.startswith("/"):
            return Path(wanted)
        if not wanted and home.startswith("/"):
            return Path(home) / ".cache"
    import platformdirs

    return platformdirs.user_cache_path(appauthor=False)


def variant_directory(step: int | None, name: str, variant_id: str) -> str:
    """The directory of a variant's Dockerfile: `03-scoped` in a path, else its id.

    Of the name, only what is plain in a path is kept.
    """
    plain = re.sub(r"[^\w.=,+@-]+", "-", name).strip("-.")
    return variant_id if step is None else f"{step:02}-{plain}"


class ResultPaths(Struct, frozen=True):
    """One experiment's results directory (the layout is a contract, see docs/results.md)."""

    root: Path

    @property
    def records(self) -> Path:
        """One JSON document per trial."""
        return self.root / "records"

    @property
    def tables(self) -> Path:
        """summary.csv and summary.md."""
        return self.root / "tables"

    @property
    def page(self) -> Path:
        """Tables and figures in one page that needs no network."""
        return self.root / "report.html"

    @property
    def figures(self) -> Path:
        """SVG and PNG."""
        return self.root / "figures"

    @property
    def logs(self) -> Path:
        """Build logs, one per trial."""
        return self.root / "logs"

    @property
    def experiment(self) -> Path:
        """The resolved configuration."""
        return self.root / "experiment.yaml"

    @property
    def recommended(self) -> Path:
        """The Dockerfile that a comparison recommends, with the reasons."""
        return self.root / "recommended"

    @property
    def recommended_manifest(self) -> Path:
        """What lies in it, with digests: the next recommendation removes that and nothing else."""
        return self.root / ".recommended.json"

    def build_log(self, variant_id: str, engine_id: str, trial: int) -> Path:
        """What the builds of one trial printed."""
        return self.logs / f"{variant_id}-{engine_id}-{trial:03}.log"

    def dockerfiles(self, variant: str) -> Path:
        """The directory with the Dockerfile and .dockerignore of one variant."""
        return self.root / "dockerfiles" / variant
