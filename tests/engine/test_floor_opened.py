"""Which files a container opens: exactly those, from its first process on, and nobody else's."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.containers import run_container
from runner.engine.docker.engine import DockerEngine
from runner.engine.linux import file_access
from runner.engine.linux.file_access import NotWatchedError, OpenedFiles, Watch
from runner.engine.port import Container
from runner.engine.running import RunningContainer
from runner.model import labels
from runner.model.errors import EngineError
from runner.model.ownership import Owner
from runner.trial.run import TrialPlan
from tests.engine import needs
from tests.engine.contexts import build_image
from tests.engine.trials import plan_of, run, write_project

IMAGE = "dockbench/test:opened"
DOCKERFILE = """\
FROM {tiny}
RUN mkdir -p /data/sub /data/empty && echo one > /data/one && echo four > /data/sub/four \\
    && echo unread > /data/unread && ln /data/one /data/twin && ln -s data /alias \\
    && ln -s sub/four /data/link && echo big > /data/written
"""


@pytest.fixture(scope="module")
def image(
    engine: DockerEngine, tiny: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image with files whose opening is told apart."""
    needs.watched(engine)
    folder = tmp_path_factory.mktemp("opened")
    build_image(engine, folder, DOCKERFILE.format(tiny=tiny), IMAGE)
    yield IMAGE
    engine.client.images.remove(IMAGE)


def ours(engine: DockerEngine) -> set[str]:
    """Containers of this process: other tests run beside these."""
    marked: dict[str, str | list[str] | bool] = {"label": f"{labels.PROCESS}={Owner.current()}"}
    found = engine.client.containers.list(all=True, filters=marked)
    return {str(container.id) for container in found}


def finish(running: RunningContainer) -> None:
    deadline = time.monotonic() + 20
    while running.exit_code() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def opened_by(
    engine: DockerEngine, image: str, script: str, words: Sequence[str] = ("sh", "-c")
) -> OpenedFiles:
    """What a shell script, or another program, opens."""
    watch = Watch(engine)
    with run_container(engine, image, [*words, script], before_start=watch.attach) as running:
        try:
            finish(running)
            return watch.opened()
        finally:
            watch.close()


def test_exactly_the_files_that_are_read(engine: DockerEngine, image: str) -> None:
    found = opened_by(
        engine, image, "cat /data/one; cat /data/sub/four; cat /data/one; ls /data/empty"
    )
    assert found.files == {"/bin/busybox", "/data/one", "/data/sub/four"}
    assert found.folders >= {"/data/empty"}
    size = found.tree["/bin/busybox"].bytes
    assert size > 500_000
    assert found.bytes == size + len("one\n") + len("four\n")


def test_a_file_is_listed_under_its_own_path(engine: DockerEngine, image: str) -> None:
    found = opened_by(engine, image, "cat /alias/link")
    assert found.files == {"/bin/busybox", "/data/sub/four"}


def test_a_hard_link_is_listed_as_it_was_called_and_counted_once(
    engine: DockerEngine, image: str
) -> None:
    found = opened_by(engine, image, "cat /data/one /data/twin")
    assert found.files == {"/bin/busybox", "/data/one", "/data/twin"}
    assert found.bytes == found.tree["/bin/busybox"].bytes + len("one\n")


def test_what_the_container_makes_is_not_of_its_image(engine: DockerEngine, image: str) -> None:
    script = "echo much more than that > /data/written; echo x > /new; cat /new; rm /data/one"
    found = opened_by(engine, image, script)
    assert found.files == {"/bin/busybox", "/data/written"}
    assert found.bytes == found.tree["/bin/busybox"].bytes + len("big\n")


def test_a_look_is_no_opening(engine: DockerEngine, image: str) -> None:
    found = opened_by(engine, image, "stat /data/unread; [ -e /data/one ]; readlink /data/link")
    assert found.files == {"/bin/busybox"}


def test_many_processes_and_many_opens_lose_nothing(engine: DockerEngine, image: str) -> None:
    script = (
        "for i in 1 2 3 4; do (n=0; while [ $n -lt 3000 ]; do n=$((n+1)); : < /data/one;"
        " : < /data/sub/four; done) & done; wait; : < /data/unread"
    )
    found = opened_by(engine, image, script)
    assert found.files == {"/bin/busybox", "/data/one", "/data/sub/four", "/data/unread"}


def test_two_runs_open_the_same(engine: DockerEngine, image: str) -> None:
    script = "cat /data/one /alias/sub/four"
    first, second = (opened_by(engine, image, script) for _ in range(2))
    assert (first.files, first.folders, first.bytes) == (second.files, second.folders, second.bytes)


def test_what_the_engine_opens_is_not_the_containers(engine: DockerEngine, image: str) -> None:
    watch = Watch(engine)
    with run_container(engine, image, ["sleep", "60"], before_start=watch.attach) as running:
        engine.client.containers.get(running.id).get_archive("/data/unread")[0].__next__()
        time.sleep(0.2)
        assert watch.opened().files == {"/bin/busybox"}
        watch.close()


@pytest.mark.parametrize("command", [["/nosuch"], ["sleep", "60"]])
def test_the_container_is_removed_whatever_happens(
    engine: DockerEngine, image: str, command: list[str]
) -> None:
    before = ours(engine)
    watch = Watch(engine)
    with (
        pytest.raises((EngineError, KeyboardInterrupt)),
        run_container(engine, image, command, before_start=watch.attach),
    ):
        raise KeyboardInterrupt
    assert ours(engine) == before, "also while the watch still holds its mount"
    watch.close()


def test_ctrl_c_before_the_start_leaves_nothing(engine: DockerEngine, image: str) -> None:
    def interrupted(container: Container) -> None:
        assert container.attributes["State"]["Status"] == "created"
        raise KeyboardInterrupt

    before = ours(engine)
    with pytest.raises(KeyboardInterrupt):
        run_container(engine, image, ["sleep", "60"], before_start=interrupted)
    assert ours(engine) == before


def test_an_image_that_is_read_at_once_cannot_be_watched(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """The engine's download ends at once, and with it the mount: said, not guessed."""
    dockerfile = "FROM scratch\nCOPY word /word\n"
    build_image(engine, tmp_path, dockerfile, "dockbench/test:small", {"word": b"x"})
    with pytest.raises(NotWatchedError):
        opened_by(engine, "dockbench/test:small", "/word", words=())
    engine.client.images.remove("dockbench/test:small")


def test_a_trial_records_the_floor(engine: DockerEngine, tiny: str, tmp_path: Path) -> None:
    needs.watched(engine)
    write_project(tmp_path)
    plan = plan_of(engine, tmp_path, tiny)
    begun = int(time.time())
    record = run(engine, plan, tmp_path)
    assert record.failure is None
    assert record.floor_asked
    assert record.floor is not None, record.notes
    assert set(record.floor.files) == {"/bin/busybox", "/www/answer.json", "/www/health"}
    assert record.sizes is not None
    assert 0 < record.floor.bytes <= record.sizes.unpacked_bytes
    assert record.notes == ()
    assert starts(engine, plan, begun) == 2, "the check ran twice"


def test_a_trial_that_is_not_asked_for_the_floor_runs_its_check_once(
    engine: DockerEngine, tiny: str, tmp_path: Path
) -> None:
    needs.watched(engine)
    write_project(tmp_path)
    plan = replace(plan_of(engine, tmp_path, tiny), floor=False)
    begun = int(time.time())
    record = run(engine, plan, tmp_path)
    assert record.failure is None
    assert record.floor is None
    assert not record.floor_asked
    assert record.notes == ("floor not measured: run.floor=false",)
    assert starts(engine, plan, begun) == 1


def starts(engine: DockerEngine, plan: TrialPlan, since: int) -> int:
    """How many containers of the variant the engine has started since then."""
    mark = f"{labels.VARIANT}={plan.variant_id}"
    filters = {"type": "container", "event": "start", "label": mark}
    events = engine.client.events(since=since, until=int(time.time()) + 1, filters=filters)
    return len(list(events))


def test_a_floor_that_cannot_be_found_is_a_note_and_no_failure(
    engine: DockerEngine, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs.watched(engine)

    def refused() -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(file_access, "Fanotify", refused)
    write_project(tmp_path)
    record = run(engine, plan_of(engine, tmp_path, tiny), tmp_path)
    assert record.failure is None
    assert record.floor is None
    (note,) = record.notes
    assert note.startswith("floor not measured: the kernel does not tell which files are opened")
