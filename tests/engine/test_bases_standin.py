"""Stand-ins on a real engine: their sizes, what is in them, and what can be built on them."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.engine.bases.providers import provide
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.engine.standins.layout_store import LayoutStore
from runner.engine.standins.recipe import recipe_for
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.labels import standin_tag
from runner.model.levels import Provider
from runner.model.paths import CachePaths
from runner.oci.iterator_io import pulled
from tests.engine.bases import Listener, provided, stand_in
from tests.engine.contexts import build_image

REAL_MB = {"debian": 75, "slim": 125, "full": 1000, "alpine": 50}
"""Unpacked size of the real images, in MB."""

DEBIAN_PYTHON = ("/usr/lib/python3", "/usr/share/")
"""Where packages of the full image keep Debian's own Python (mercurial needs one)."""

PYTHONS = ("slim", "full", "alpine", "derived")
INSTALL = """\
FROM {base}
RUN pip install --no-cache-dir flask==3.1.0 gunicorn==23.0.0 pandas==2.3.3
RUN python -c "import flask, gunicorn, pandas, ssl, sqlite3, ctypes, lzma, bz2, hashlib; \\
assert pandas.DataFrame({{'a': [1, 2]}}).a.sum() == 3"
RUN python -m venv /venv && /venv/bin/python -c "import sys; assert sys.prefix != sys.base_prefix"
"""
OTHER_INSTALLERS = """\
FROM {base}
RUN pip install --no-cache-dir uv==0.9.2 && uv pip install --system itsdangerous==2.2.0
RUN python -c "import itsdangerous"
"""


@dataclass(frozen=True)
class Kept:
    """A stand-in as it lies in the cache: what its layers hold."""

    members: tuple[tarfile.TarInfo, ...]

    @property
    def unpacked_mb(self) -> float:
        """Regular files of all layers."""
        return sum(member.size for member in self.members if member.isreg()) / 1e6

    @property
    def names(self) -> list[str]:
        """Paths in all layers, from the root."""
        return ["/" + member.name.removeprefix("./") for member in self.members]


def folder_of(cache: CachePaths, level: str) -> Path:
    """Where a cache has what belongs to a stand-in."""
    return cache.bases / recipe_for(level).digest.partition(":")[2][:16]


def kept(engine: DockerEngine, level: str) -> Kept:
    provided(engine, level)
    return read_from_cache(level)


@functools.cache
def read_from_cache(level: str) -> Kept:
    folder = folder_of(CachePaths.default(), level) / "images"
    image = LayoutStore(folder).find(level)
    assert image is not None
    members: list[tarfile.TarInfo] = []
    for layer in image.layers:
        with tarfile.open(fileobj=pulled(layer.pieces()), mode="r|") as archive:
            members += list(archive)
    return Kept(tuple(members))


def build_on(engine: DockerEngine, base: BaseImage, dockerfile: str, folder: Path) -> None:
    result = build_image(engine, folder, dockerfile.format(base=base.reference))
    remove_built(engine, result)


def labels_of(engine: DockerEngine, base: BaseImage) -> dict[str, str]:
    return engine.client.images.get(base.reference).labels


def test_apt_installs_what_is_recommended_as_in_the_official_images(engine: DockerEngine) -> None:
    base = provided(engine, "slim")
    command = "sh -c 'apt-get update -qq && apt-get -s install gcc'"
    said = engine.client.containers.run(base.reference, command, remove=True, network_mode="host")
    assert b"Inst libc6-dev " in said


@pytest.mark.parametrize("level", REAL_MB)
def test_size_is_within_a_tenth_of_the_real_images(engine: DockerEngine, level: str) -> None:
    assert kept(engine, level).unpacked_mb == pytest.approx(REAL_MB[level], rel=0.1)


@pytest.mark.parametrize("level", PYTHONS)
def test_no_byte_code_for_our_interpreter(engine: DockerEngine, level: str) -> None:
    """As in the official images; what Debian's own packages compile for Debian's is theirs."""
    names = kept(engine, level).names
    compiled = [name for name in names if name.endswith(".pyc")]
    assert [name for name in compiled if not name.startswith(DEBIAN_PYTHON)] == []
    assert level in ("full", "derived") or not compiled
    assert any(name.startswith("/usr/local/lib/python3.11/site-packages/pip/") for name in names)


@pytest.mark.parametrize("level", PYTHONS)
def test_unchanged_dockerfiles_install_over_https(
    engine: DockerEngine, level: str, tmp_path: Path
) -> None:
    build_on(engine, provided(engine, level), INSTALL, tmp_path)


@pytest.mark.parametrize("level", ["slim", "alpine"])
def test_other_installers_trust_what_the_machine_trusts(
    engine: DockerEngine, level: str, tmp_path: Path
) -> None:
    build_on(engine, provided(engine, level), OTHER_INSTALLERS, tmp_path)


@pytest.mark.parametrize("level", [*PYTHONS, "tiny"])
def test_is_described_and_labelled(engine: DockerEngine, level: str) -> None:
    base = provided(engine, level)
    managers = {"alpine": "", "tiny": ""}
    assert base.reference == standin_tag(level)
    assert base.provider is Provider.standin
    assert base.package_manager == managers.get(level, "apt")
    assert base.has_strip == (level in ("full", "derived")), "compilers bring it along"
    image = engine.client.images.get(base.reference)
    assert image.id == base.image_id == base.digest
    assert image.labels[labels.RECIPE] == recipe_for(level).digest
    assert image.labels[labels.STANDIN] == level
    assert labels.OWNER in image.labels
    assert list(base.diff_ids) == image.attrs["RootFS"]["Layers"]


@pytest.mark.parametrize("level", PYTHONS)
def test_is_configured_like_the_official_images(engine: DockerEngine, level: str) -> None:
    image = engine.client.images.get(provided(engine, level).reference)
    settings = dict(line.split("=", 1) for line in image.attrs["Config"]["Env"])
    assert settings["PATH"].startswith("/usr/local/bin:")
    assert settings["LANG"] == "C.UTF-8"
    assert settings["PYTHON_VERSION"].startswith("3.11.")
    assert image.attrs["Config"]["Cmd"] == ["/start.sh" if level == "derived" else "python3"]


def test_each_has_a_digest_of_its_own(engine: DockerEngine) -> None:
    """The recipe is one for all, and stays the same when the distribution's packages change."""
    assert len({provided(engine, level).digest for level in PYTHONS}) == len(PYTHONS)


def test_derived_adds_layers_to_full(engine: DockerEngine) -> None:
    full, derived = provided(engine, "full"), provided(engine, "derived")
    assert derived.diff_ids[: len(full.diff_ids)] == full.diff_ids
    assert len(derived.diff_ids) > len(full.diff_ids)


def test_derived_serves_with_its_own_start_script(engine: DockerEngine) -> None:
    ask = (
        "import time, urllib.request\n"
        "for attempt in range(100):\n"
        "    try: print(urllib.request.urlopen('http://127.0.0.1:80').read().decode()); break\n"
        "    except OSError: time.sleep(0.2)\n"
    )
    container = engine.client.containers.run(
        provided(engine, "derived").reference,
        detach=True,
        network_mode="none",
        labels={labels.OWNER: "test"},
    )
    try:
        said = container.exec_run(["python", "-c", ask])
        assert b"gunicorn" in said.output, (said.output, container.logs())
    finally:
        container.remove(force=True)


def test_engine_without_it_loads_it_from_the_cache(engine: DockerEngine) -> None:
    before = provided(engine, "tiny")
    engine.client.images.remove(before.reference)
    listener = Listener()
    again = provide(stand_in("tiny"), engine, listener)
    assert again.diff_ids == before.diff_ids
    assert listener.pieces == ["stand-in tiny: loading it from the cache"]
    listener = Listener()
    assert provide(stand_in("tiny"), engine, listener) == again
    assert listener.pieces == []


def context_in(cache: CachePaths) -> Path:
    """Where a cache has the packages of the tiny one."""
    return folder_of(cache, "tiny") / "context.tar"


def test_cut_short_before_it_is_kept_it_is_kept_by_the_next_run(
    engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    reference = provided(engine, "tiny").reference
    cache = CachePaths(tmp_path)
    context_in(cache).parent.mkdir(parents=True)
    shutil.copy(context_in(CachePaths.default()), context_in(cache))
    engine.client.images.remove(reference)
    with monkeypatch.context() as patch:
        patch.setattr(LayoutStore, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            provide(stand_in("tiny"), engine, Listener(), cache)
    assert engine.client.images.list(reference) == []
    listener = Listener()
    base = provide(stand_in("tiny"), engine, listener, cache)
    assert listener.pieces[-1] == "stand-in tiny: keeping it in the cache"
    assert labels_of(engine, base)[labels.RECIPE] == recipe_for("tiny").digest


def test_kill_while_packages_are_fetched(engine: DockerEngine, tmp_path: Path) -> None:
    """A real process, killed with SIGKILL in the middle; the next one starts where it can."""
    engine.client.images.remove(provided(engine, "tiny").reference)
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from runner.engine.standins.build_context import make_context\n"
        "from runner.engine.standins.recipe import recipe_for\n"
        "from runner.model.progress import Silent\n"
        "path = Path(sys.argv[1])\n"
        "make_context(recipe_for('tiny'), path, Silent())\n"
    )
    cache = CachePaths(tmp_path)
    context = context_in(cache)
    process = subprocess.Popen([sys.executable, "-c", script, str(context)])
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("rootfs.tar")) and not list(tmp_path.rglob("apt-options")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait(30)
    assert not context.exists()
    base = provide(stand_in("tiny"), engine, Listener(), cache)
    assert labels_of(engine, base)[labels.RECIPE] == recipe_for("tiny").digest
    assert context.exists()
    left = [path.name for path in tmp_path.rglob("*")]
    assert not [name for name in left if name.startswith("work-") or name.endswith(".partial")]
    engine.client.images.remove(base.reference)  # made of today's packages: not what the cache has
