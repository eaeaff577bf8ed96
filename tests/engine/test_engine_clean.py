"""Clean, orphans and layer folders on a real engine: ours goes, everybody else's stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.errors import ImageNotFound, NotFound

from runner.engine.bases.images import labels_of
from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built, remove_image
from runner.engine.clean import CleanReport, clean, leftovers, sweep_orphans
from runner.engine.containers import owner_labels, run_container
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.engine import DockerEngine
from runner.engine.findings import Status
from runner.engine.probes import builder
from runner.model import errors, labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.ownership import Owner
from runner.model.paths import CachePaths
from runner.sweep.progress import SilentSweep
from runner.sweep.session import Session
from tests.engine.conftest import build_tiny
from tests.engine.contexts import write_context

MARKS = {labels.OWNER: "test"}
INTERRUPTED = """
import sys
from pathlib import Path
from runner.engine.containers import run_container
from runner.model.paths import CachePaths
from runner.sweep import session
from runner.sweep.progress import SilentSweep

def interrupt(_):
    raise KeyboardInterrupt

run = session.Session.open(SilentSweep(), CachePaths(Path(sys.argv[1])), "existing")
print(run_container(run.engine, sys.argv[2], ["sleep", "600"]).id, flush=True)
run.engine.clear_if_dead = lambda: interrupt(None)
run.close()
"""
"""A process that is interrupted before it has removed its container."""


@pytest.fixture(scope="module")
def lonely(
    busybox: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DockerEngine, str]]:
    """An engine of its own with a base image: cleaning it takes nothing from other tests."""
    private = EmbeddedEngine(tmp_path_factory.mktemp("clean") / "engine")
    private.start()
    yield private, build_tiny(private, busybox, tmp_path_factory.mktemp("tiny"))
    private.stop()


def exists(engine: DockerEngine, image: str) -> bool:
    try:
        engine.client.images.get(image)
    except ImageNotFound:
        return False
    return True


def test_clean_takes_what_is_ours_and_nothing_else(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
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
    labelled_volume = engine.client.volumes.create("no-volume-is-ours", labels=owner_labels("test"))
    engine.client.networks.create("our-network", internal=True, labels=owner_labels("test"))
    run_container(engine, tiny, ["sleep", "600"])

    report = clean(engine)

    assert len(report.containers) == 1
    assert report.networks == ["our-network"]
    assert {"dockbench/variant:1", "dockbench/variant:2", tiny} <= set(report.images)
    for image in (users_base, "users/app:1", "users/kept:1"):
        assert exists(engine, image)
    for image in ("dockbench/variant:1", "dockbench/variant:2", variant.image_id):
        assert not exists(engine, image)
    assert not exists(engine, ours_untagged.image_id)
    for image in untagged:
        assert exists(engine, image)
        (kept,) = [line for line in report.kept if line.startswith(f"{image[7:19]}: ")]
        assert "somebody built it on an image of ours" in kept
        engine.client.images.remove(image, force=True)
    left = {tag for image in engine.client.images.list(all=True) for tag in image.tags}
    assert left == {users_base, "users/app:1", "users/app:2", "users/kept:1"}
    users_container.reload()
    users_container.remove()
    for volume in (users_volume, labelled_volume):
        volume.reload()
        volume.remove()


def test_a_user_image_built_on_a_classic_step_of_ours_keeps_its_layers(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
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
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path, dockerfile: str
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
    lonely: tuple[DockerEngine, str], name: BuilderName
) -> None:
    engine, _ = lonely
    before = {image.id for image in engine.client.images.list(all=True)}
    finding = builder(engine, name)
    assert finding.status is Status.ok, finding
    assert ("cache mounts work" in finding.what) == (name is BuilderName.buildkit)
    assert {image.id for image in engine.client.images.list(all=True)} == before


def marks_of_the_dead() -> dict[str, str]:
    """The labels of what a process made that has ended."""
    script = "from runner.model.ownership import Owner; print(Owner.current())"
    asked = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {**MARKS, labels.PROCESS: asked.stdout.strip()}


@pytest.mark.parametrize("tidy", [sweep_orphans, clean], ids=["next run", "clean"])
def test_labels_in_a_strangers_image_cost_a_user_nothing(
    lonely: tuple[DockerEngine, str],
    busybox: bytes,
    tmp_path: Path,
    tidy: Callable[[DockerEngine], object],
) -> None:
    """All our labels, as a killed run of this machine would have them."""
    engine, _ = lonely
    forged = {**marks_of_the_dead(), labels.VARIANT: "0" * 12}
    forged[labels.BUILD] = forged[labels.PROCESS]
    lines = "".join(f'LABEL {name}="{value}"\n' for name, value in forged.items())
    dockerfile = f"FROM scratch\nCOPY busybox /bin/busybox\n{lines}VOLUME /data\n"
    buildkit = builder_for(BuilderName.buildkit, engine)
    context = write_context(tmp_path / "context.tar", dockerfile, busybox=busybox)
    stranger = buildkit.build(BuildRequest(context, tag="stranger/image:1")).image_id
    child = write_context(tmp_path / "child.tar", "FROM stranger/image:1\nENV MINE=1\n")
    untagged = buildkit.build(BuildRequest(child)).image_id
    volume = engine.client.volumes.create(f"mine-{uuid.uuid4().hex[:8]}")
    mine = engine.client.containers.create(
        "stranger/image:1", ["/bin/busybox", "true"], volumes=[f"{volume.name}:/other"]
    )
    mine.start()
    mine.wait()
    mine.reload()
    mounted = {mount["Name"] for mount in mine.attrs["Mounts"]}
    assert len(mounted) == 2

    tidy(engine)
    assert leftovers(engine) == []
    mine.reload()
    assert mounted <= {str(found.name) for found in engine.client.volumes.list()}
    assert exists(engine, "stranger/image:1")
    assert exists(engine, untagged)
    mine.remove(v=True)
    volume.remove()
    engine.client.images.remove(untagged)
    engine.client.api.remove_image("stranger/image:1")
    saved = exists(engine, stranger)
    assert not saved


@pytest.mark.parametrize("tidy", [sweep_orphans, clean], ids=["next run", "clean"])
@pytest.mark.parametrize(
    "put",
    [
        {labels.OWNER: "mine"},
        {labels.OWNER: "check", labels.PROCESS: ""},
        {labels.OWNER: "check", labels.PROCESS: "this-boot:1:not-a-number:3"},
        {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
        {"com.docker.swarm.service.name": "shop_web"},
    ],
    ids=["a label of one's own", "no process", "no process id", "compose", "swarm"],
)
def test_our_labels_on_what_a_user_made_cost_him_nothing(
    lonely: tuple[DockerEngine, str],
    busybox: bytes,
    tmp_path: Path,
    tidy: Callable[[DockerEngine], CleanReport | list[str]],
    put: dict[str, str],
) -> None:
    """By `docker run --label`, or by the `labels:` of a compose file that was found somewhere."""
    engine, _ = lonely
    marks = put if labels.OWNER in put else {**marks_of_the_dead(), **put}
    context = write_context(
        tmp_path / "context.tar",
        "FROM scratch\nCOPY busybox /bin/busybox\nVOLUME /data\n",
        busybox=busybox,
    )
    builder_for(BuilderName.buildkit, engine).build(BuildRequest(context, tag="users/labelled:1"))
    volume = engine.client.volumes.create(f"shop-{uuid.uuid4().hex[:8]}", labels=marks)
    network = engine.client.networks.create("shop-network", internal=True, labels=marks)
    mine = engine.client.containers.create(
        "users/labelled:1",
        ["/bin/busybox", "true"],
        labels=marks,
        volumes=[f"{volume.name}:/other"],
    )
    mounted = {mount["Name"] for mount in mine.attrs["Mounts"]}
    assert len(mounted) == 2

    done = tidy(engine)

    assert leftovers(engine) == []
    for each in (mine, network, volume):
        each.reload()
    assert mounted <= {str(found.name) for found in engine.client.volumes.list()}
    if isinstance(done, CleanReport):
        for name in (f"container {mine.name}", "network shop-network", f"volume {volume.name}"):
            assert f"the {name}: it carries our label, and was not made by dockbench" in done.kept
    mine.remove(v=True)
    network.remove()
    volume.remove()
    engine.client.images.remove("users/labelled:1")


def test_an_untagged_image_that_somebody_brought_stays(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
) -> None:
    engine, _ = lonely
    context = write_context(
        tmp_path / "context.tar",
        f"FROM scratch\nCOPY busybox /bin/busybox\nLABEL {labels.OWNER}=variant\n",
        busybox=busybox,
    )
    brought = builder_for(BuilderName.buildkit, engine).build(BuildRequest(context)).image_id
    report = clean(engine)
    assert exists(engine, brought)
    assert any(line.startswith(f"{brought[7:19]}: ") for line in report.kept)
    engine.client.images.remove(brought)


BUILD = """
import os, sys
from pathlib import Path
from runner.engine.builders import builder_for
from runner.engine.builders.context_file import ContextFile
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.ledger import Ledger
from runner.model.engine import BuilderName, BuildRequest
from runner.model.paths import CachePaths
place, cache, context, builder, how = sys.argv[1:]
engine = EmbeddedEngine(Path(place))
assert engine.attach()
folder = Ledger.of(engine, CachePaths(Path(cache))).folder
ledger = Ledger(folder, holding=True, marking=True)
marks = {"io.dockbench": "variant", "io.dockbench.variant": "killed"}
tag = "dockbench/variant:killed"
request = BuildRequest(ContextFile(Path(context)), tag=tag, labels=marks)
result = builder_for(BuilderName(builder), engine, ledger).build(request)
assert result.failure is None, result
if how == "unnoted":
    for note in ledger.folder.iterdir():
        note.unlink() if note.suffix != ".building" else note.write_bytes(
            note.read_bytes().replace(result.image_id.encode(), b"sha256:" + b"0" * 64))
if how == "kept":
    ledger.settle()
print(result.image_id)
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""


def killed_after_build(
    engine: DockerEngine, cache: Path, context: Path, builder: str, how: str
) -> str:
    """A process that builds an image and is killed; the image's id."""
    assert isinstance(engine, EmbeddedEngine)
    place = str(engine.paths.folder)
    command = [sys.executable, "-c", BUILD, place, str(cache), str(context), builder, how]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == -9
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("builder", "how", "stays"),
    [
        ("buildkit", "noted", False),
        ("buildkit", "unnoted", False),
        ("classic", "noted", False),
        ("buildkit", "kept", True),
    ],
)
def test_what_a_killed_run_built_and_did_not_measure_goes_with_the_next(
    lonely: tuple[DockerEngine, str],
    busybox: bytes,
    tmp_path: Path,
    builder: str,
    how: str,
    stays: bool,
) -> None:
    engine, tiny = lonely[0], build_tiny(lonely[0], busybox, tmp_path)
    before = {image.id for image in engine.client.images.list(all=True)}
    path = tmp_path / "context.tar"
    write_context(path, f"FROM {tiny}\nRUN echo {how} {builder} > /built\nENV A=1\n")
    cache = CachePaths(tmp_path / "cache")
    built = killed_after_build(engine, cache.root, path, builder, how)
    child = write_context(tmp_path / "child.tar", f"FROM {built}\nRUN echo mine > /mine\n")
    users = builder_for(BuilderName.classic, engine).build(BuildRequest(child)).image_id
    assert exists(engine, built)
    notes = {path: path.read_bytes() for path in cache.built(engine.info().id).iterdir()}
    sweep_orphans(engine, cache)
    assert exists(engine, users)
    for path, content in notes.items():  # as another process has read them that sweeps, too
        path.write_bytes(content)
    sweep_orphans(engine, cache)
    assert exists(engine, users)
    assert ("dockbench/variant:killed" in engine.client.images.get(built).tags) == stays
    engine.client.images.remove(users)
    sweep_orphans(engine, cache)
    if stays:
        remove_image(engine, built)
    left = {image.id for image in engine.client.images.list(all=True)} - before
    assert left == set()
    assert [path for path in cache.built(engine.info().id).iterdir() if path.suffix] == []


def test_orphans_of_a_killed_run_are_removed_and_the_living_stay(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
) -> None:
    """On an engine on which no bench of another test looks for orphans at the same time."""
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    orphan = engine.client.containers.create(tiny, ["sh"], labels=marks_of_the_dead())
    with run_container(engine, tiny, ["sleep", "60"]) as alive:
        assert Owner.parse(labels_of(alive.container.attributes)[labels.PROCESS]) == Owner.current()
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
    lonely: tuple[DockerEngine, str],
    busybox: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    orphan = engine.client.containers.create(tiny, ["sh"], labels=marks_of_the_dead())
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    progress = Noting()
    Session.open(progress, CachePaths(tmp_path / "cache"), "existing").close()
    assert f"removed what a killed run left: {orphan.name}" in progress.notes
    assert leftovers(engine) == []


def test_a_run_leaves_no_container_where_a_second_ctrl_c_kept_it_from_removing_one(
    lonely: tuple[DockerEngine, str],
    busybox: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    run = Session.open(Noting(), CachePaths(tmp_path / "cache"), "existing")
    left = run_container(run.engine, tiny, ["sleep", "600"])
    network = engine.client.networks.create("ours", internal=True, labels=owner_labels("test"))
    run.close()
    with pytest.raises(NotFound):
        engine.client.containers.get(left.id)
    with pytest.raises(NotFound):
        network.reload()


def test_a_run_that_is_interrupted_while_it_closes_leaves_the_rest_to_its_watchdog(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
) -> None:
    engine, _ = lonely
    tiny = build_tiny(engine, busybox, tmp_path)
    environment = {**os.environ, "DOCKER_HOST": engine.address}
    interrupted = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "cache"), tiny]
    done = subprocess.run(interrupted, env=environment, capture_output=True, text=True, timeout=60)
    container = done.stdout.strip()
    assert container, done.stderr
    wait_until_gone(engine, container)
    assert "KeyboardInterrupt" in done.stderr


def wait_until_gone(engine: DockerEngine, container: str) -> None:
    """Fail where the container stays."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            engine.client.containers.get(container)
        except NotFound:
            return
        time.sleep(0.1)
    pytest.fail("the watchdog left it")


def test_layer_folders_are_listed_from_the_base_up(
    lonely: tuple[DockerEngine, str], busybox: bytes, tmp_path: Path
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
    folders = engine.images.layer_folders(engine.images.inspect(image))
    assert folders is not None
    contents = [sorted(p.name for p in folder.rglob("*") if p.is_file()) for folder in folders]
    assert contents == [["busybox"], ["first"], ["second"]]
    remove_image(engine, image)
    with pytest.raises(errors.ImageError, match="no image"):
        engine.images.inspect(image)
