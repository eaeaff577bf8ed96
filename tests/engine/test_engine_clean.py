"""Clean, orphans and layer folders on a real engine: ours goes, everybody else's stays."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.errors import ImageNotFound, NotFound

from runner.engine.builders import builder_for
from runner.engine.clean import clean, leftovers, remove_built, remove_image, sweep_orphans
from runner.engine.containers import owner_labels, run_container
from runner.engine.embedded import EmbeddedEngine
from runner.engine.findings import Status
from runner.engine.ownership import Owner
from runner.engine.port import Engine
from runner.engine.probes import builder
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.errors import EngineError
from runner.model.paths import CachePaths
from runner.sweep.progress import SilentSweep
from runner.sweep.workshop import Workshop
from tests.engine.conftest import build_tiny
from tests.engine.contexts import write_context

MARKS = {labels.OWNER: "test"}


@pytest.fixture(scope="module")
def lonely(
    busybox: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, str]]:
    """An engine of its own with a base image: cleaning it takes nothing from other tests."""
    private = EmbeddedEngine(tmp_path_factory.mktemp("clean") / "engine")
    private.start()
    yield private, build_tiny(private, busybox, tmp_path_factory.mktemp("tiny"))
    private.stop()


def exists(engine: Engine, image: str) -> bool:
    try:
        engine.client.images.get(image)
    except ImageNotFound:
        return False
    return True


def test_clean_takes_what_is_ours_and_nothing_else(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path
) -> None:
    engine, tiny = lonely
    users_base = f"users/base:{uuid.uuid4().hex[:8]}"
    plain = write_context(
        tmp_path / "plain.tar", "FROM scratch\nCOPY busybox /bin/busybox\n", busybox=busybox
    )
    on_ours = write_context(tmp_path / "on_ours.tar", f"FROM {tiny}\nRUN echo mine > /mine\n")
    on_users = write_context(tmp_path / "on_users.tar", f"FROM {users_base}\nENV A=1\nENV B=2\n")
    buildkit, classic = (builder_for(name, engine) for name in BuilderName)
    buildkit.build(BuildRequest(plain, tag=users_base))
    buildkit.build(BuildRequest(on_ours, tag="users/app:1"))
    on_ours_too = write_context(tmp_path / "too.tar", f"FROM {tiny}\nRUN echo too > /mine\n")
    untagged = [buildkit.build(BuildRequest(on_ours_too)).image_id]
    untagged.append(classic.build(BuildRequest(on_ours_too, tag="users/app:2")).image_id)
    engine.client.images.get("users/app:1").tag("users/app", "2")
    ours_untagged = buildkit.build(BuildRequest(on_ours, labels={**MARKS, labels.VARIANT: "2"}))
    variant = classic.build(BuildRequest(on_users, tag="dockbench/variant:1", labels=MARKS))
    assert variant.failure is None
    both = buildkit.build(BuildRequest(plain, tag="dockbench/variant:2", labels=MARKS))
    engine.client.images.get(both.image_id).tag("users/kept", "1")
    users_container = engine.client.containers.create("users/app:1", ["/bin/sh"])
    users_volume = engine.client.volumes.create("users-volume")
    engine.client.volumes.create("our-volume", labels=MARKS)
    engine.client.networks.create("our-network", internal=True, labels=owner_labels("test"))
    run_container(engine, tiny, ["sleep", "600"])

    report = clean(engine)

    assert len(report.containers) == 1
    assert report.networks == ["our-network"]
    assert report.volumes == ["our-volume"]
    assert {"dockbench/variant:1", "dockbench/variant:2", tiny} <= set(report.images)
    for image in (users_base, "users/app:1", "users/kept:1"):
        assert exists(engine, image)
    for image in ("dockbench/variant:1", "dockbench/variant:2", variant.image_id):
        assert not exists(engine, image)
    assert not exists(engine, ours_untagged.image_id)
    for image in untagged:
        assert exists(engine, image)
        assert f"{image[7:19]}: somebody built it on an image of ours" in report.kept
        engine.client.images.remove(image, force=True)
    left = {tag for image in engine.client.images.list(all=True) for tag in image.tags}
    assert left == {users_base, "users/app:1", "users/app:2", "users/kept:1"}
    users_container.reload()
    users_volume.reload()
    users_container.remove()
    users_volume.remove()


def test_a_user_image_built_on_a_classic_step_of_ours_keeps_its_layers(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path
) -> None:
    engine, _ = lonely
    dockerfile = "FROM scratch\nCOPY busybox /bin/busybox\nENV A=1\n"
    ours = write_context(tmp_path / "ours.tar", dockerfile, busybox=busybox)
    theirs = write_context(tmp_path / "theirs.tar", dockerfile + "ENV B=2\n", busybox=busybox)
    classic = builder_for(BuilderName.classic, engine)
    classic.build(BuildRequest(ours, tag="dockbench/variant:3", labels=MARKS))
    classic.build(BuildRequest(theirs, tag="users/child:1"))
    report = clean(engine)
    assert "dockbench/variant:3" in report.images
    assert exists(engine, "users/child:1")
    engine.client.images.remove("users/child:1", force=True)
    clean(engine)


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM scratch\nCOPY busybox /bin/busybox\nENV A=5\nENV B=6\n",
        "FROM scratch AS first\nCOPY busybox /bin/busybox\nENV A=7\n"
        "FROM scratch\nCOPY --from=first /bin/busybox /bin/sh\nENV B=8\n",
        'FROM scratch\nCOPY busybox /bin/busybox\nENV A=9\nRUN ["/bin/false"]\nENV B=10\n',
    ],
    ids=["one stage", "a stage that is left behind", "a step that fails"],
)
def test_classic_leaves_nothing_behind(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path, dockerfile: str
) -> None:
    engine, _ = lonely
    before = {image.id for image in engine.client.images.list(all=True)}
    context = write_context(tmp_path / "context.tar", dockerfile, busybox=busybox)
    request = BuildRequest(context, labels=MARKS, tag="dockbench/variant:4")
    result = builder_for(BuilderName.classic, engine).build(request)
    assert (result.failure is not None) == ("/bin/false" in dockerfile)
    remove_built(engine, result)
    assert {image.id for image in engine.client.images.list(all=True)} == before


@pytest.mark.parametrize("name", list(BuilderName), ids=lambda name: name.value)
def test_doctor_probes_a_builder_and_leaves_nothing(
    lonely: tuple[Engine, str], name: BuilderName
) -> None:
    engine, _ = lonely
    before = {image.id for image in engine.client.images.list(all=True)}
    finding = builder(engine, name)
    assert finding.status is Status.ok, finding
    assert ("cache mounts work" in finding.what) == (name is BuilderName.buildkit)
    assert {image.id for image in engine.client.images.list(all=True)} == before


def marks_of_the_dead() -> dict[str, str]:
    """The labels of what a process made that has ended."""
    script = "from runner.engine.ownership import Owner; print(Owner.current())"
    asked = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {**MARKS, labels.PROCESS: asked.stdout.strip()}


def test_orphans_of_a_killed_run_are_removed_and_the_living_stay(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path
) -> None:
    """On an engine on which no bench of another test looks for orphans at the same time."""
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    orphan = engine.client.containers.create(tiny, ["sh"], labels=marks_of_the_dead())
    with run_container(engine, tiny, ["sleep", "60"]) as alive:
        assert Owner.parse(alive.container.labels[labels.PROCESS]) == Owner.current()
        assert orphan.name in leftovers(engine)
        assert orphan.name in sweep_orphans(engine)
        assert alive.exit_code() is None
    with pytest.raises(NotFound):
        orphan.reload()
    assert leftovers(engine) == []


class Noting(SilentSweep):
    """Remembers what a run notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Remember it."""
        self.notes.append(text)


def test_a_run_says_what_it_removed_of_a_killed_one(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    orphan = engine.client.containers.create(tiny, ["sh"], labels=marks_of_the_dead())
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    progress = Noting()
    Workshop.open(progress, CachePaths(tmp_path / "cache"), "existing").close()
    assert f"removed what a killed run left: {orphan.name}" in progress.notes
    assert leftovers(engine) == []


def test_layer_folders_are_listed_from_the_base_up(
    lonely: tuple[Engine, str], busybox: bytes, tmp_path: Path
) -> None:
    engine, _ = lonely
    dockerfile = (
        "FROM scratch\nCOPY busybox /bin/busybox\nCOPY a /first\nCOPY b /second\nENV NO=layer\n"
    )
    context = write_context(
        tmp_path / "context.tar", dockerfile, busybox=busybox, a=b"one", b=b"two"
    )
    request = BuildRequest(context, labels=MARKS)
    image = builder_for(BuilderName.buildkit, engine).build(request).image_id
    folders = engine.layer_folders(image)
    assert folders is not None
    contents = [sorted(p.name for p in folder.rglob("*") if p.is_file()) for folder in folders]
    assert contents == [["busybox"], ["first"], ["second"]]
    remove_image(engine, image)
    with pytest.raises(EngineError, match="no image"):
        engine.layer_folders(image)
