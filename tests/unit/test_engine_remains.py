"""Stale pid files, mount tables, owners, installing: what does not need an engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine import layer_directories
from runner.engine.built_images import ImageFacts, removal_order
from runner.engine.docker.daemon import daemon_command, last_words
from runner.engine.docker.embedded_paths import EnginePaths
from runner.engine.doctor import version
from runner.engine.findings import Status
from runner.engine.install import ensure_packages, is_installed, no_service_starts
from runner.engine.layer_directories import overlay_folders
from runner.engine.linux import orphan_cleanup
from runner.engine.linux.netns import connect_inside, namespace_of
from runner.model.engine import EngineInfo
from runner.model.errors import EngineError
from runner.model.ownership import Owner
from runner.model.progress import Silent

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
50 22 254:0 /tmp/e/data /tmp/e/data rw,relatime - ext4 /dev/vda rw
51 50 0:50 / /tmp/e/data/overlay2/abc/merged rw - overlay overlay rw,lowerdir=/x
52 22 0:4 net:[1] /tmp/e/exec/netns/default rw - nsfs nsfs rw
53 22 0:51 / /tmp/engine-of-another/data rw - tmpfs tmpfs rw
54 22 0:52 / /tmp/e/with\\040space rw - tmpfs tmpfs rw
"""


def test_mounts_below_a_folder_the_innermost_first() -> None:
    assert orphan_cleanup.mounts_below(Path("/tmp/e"), MOUNTS) == [
        Path("/tmp/e/with space"),
        Path("/tmp/e/exec/netns/default"),
        Path("/tmp/e/data/overlay2/abc/merged"),
        Path("/tmp/e/data"),
    ]


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that does nothing, with these arguments; it runs already, and is killed."""
    script = "import time; print(flush=True); time.sleep(60)"
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_a_pid_file_of_a_living_daemon(tmp_path: Path) -> None:
    pid_file = tmp_path / "dockerd.pid"
    with program("--pidfile", str(pid_file)) as daemon:
        pid_file.write_text(f"{daemon.pid}\n")
        assert orphan_cleanup.owner_of(pid_file) == daemon.pid
    assert orphan_cleanup.owner_of(pid_file) is None


@pytest.mark.parametrize("content", ["", "none", "-1", "999999999", "{this process}", "1"])
def test_a_pid_file_that_names_no_daemon_of_ours(tmp_path: Path, content: str) -> None:
    pid_file = tmp_path / "dockerd.pid"
    pid_file.write_text(content.replace("{this process}", str(os.getpid())))
    assert orphan_cleanup.owner_of(pid_file) is None


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    stubborn = subprocess.Popen(
        [sys.executable, "-c", f"{script}; time.sleep(60)"], stdout=subprocess.PIPE
    )
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    orphan_cleanup.end_processes([stubborn.pid], 0.3)
    assert stubborn.wait(5) == -signal.SIGKILL
    stubborn.stdout.close()


def test_processes_of_a_folder_go_by_program_and_path(tmp_path: Path) -> None:
    """An editor that has the daemon's log open is none of the daemon's processes."""
    with program(str(tmp_path / "dockerd.log")):
        assert orphan_cleanup.processes_of(tmp_path) == []


def test_the_daemon_listens_on_its_socket_only_and_leaves_the_network_alone() -> None:
    command = daemon_command(Path("/usr/sbin/dockerd"), EnginePaths(Path("/tmp/e")))
    hosts = [command[i + 1] for i, argument in enumerate(command) if argument == "--host"]
    assert hosts == ["unix:///tmp/e/docker.sock"]
    assert command[command.index("--bridge") + 1] == "none"
    assert {"--iptables=false", "--ip-masq=false", "--ip-forward=false"} <= set(command)


def test_a_long_folder_gets_a_short_link_and_keeps_its_files() -> None:
    long = EnginePaths(Path("/home") / ("x" * 90))
    assert len(os.fsencode(long.socket)) < 60
    assert long.data.parent == long.folder
    assert long.pid.parent == long.folder


def test_last_words_prefer_what_was_fatal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('time=1 level=info msg="starting"\nfailed to start daemon: no space left\n')
    assert last_words(log) == ["failed to start daemon: no space left"]
    log.write_text('time=1 level=info msg="starting"\n')
    assert last_words(log) == ['time=1 level=info msg="starting"']
    assert last_words(tmp_path / "nosuch") == []


def test_owner_of_a_label() -> None:
    owner = Owner.current()
    assert Owner.parse(str(owner)) == owner
    assert not owner.is_gone(local=True)
    assert replace(owner, started="1").is_gone(local=True)
    assert replace(owner, pid=999_999_999).is_gone(local=False)
    assert not replace(owner, namespace="1", pid=999_999_999).is_gone(local=True)
    assert replace(owner, boot="earlier").is_gone(local=True)
    assert not replace(owner, boot="another machine's").is_gone(local=False)


@pytest.mark.parametrize("text", ["", "x", "a:b:c:d", "a:b:1"])
def test_a_label_that_names_no_owner(text: str) -> None:
    assert Owner.parse(text) is None


def test_overlay_folders_from_the_base_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_directories, "ROOT", os.geteuid())
    top, middle, base = (tmp_path / name / "diff" for name in ("top", "middle", "base"))
    for path in (top, middle, base):
        path.mkdir(parents=True)
    short = tmp_path / "l" / "SHORT"
    short.parent.mkdir()
    short.symlink_to("../middle/diff")
    driver = {"Name": "overlay2", "Data": {"UpperDir": str(top), "LowerDir": f"{short}:{base}"}}
    assert overlay_folders(driver, ["1", "2", "3"]) == [base, middle, top]
    assert overlay_folders(driver, ["1", "2"]) is None
    assert overlay_folders({"Name": "overlay2", "Data": {"UpperDir": str(top)}}, ["1"]) == [top]
    missing = {"Name": "overlay2", "Data": {"UpperDir": str(tmp_path / "nosuch")}}
    assert overlay_folders(missing, ["1"]) is None
    assert overlay_folders({"Name": "overlayfs", "Data": None}, ["1"]) is None


def facts(
    name: str, *tags: str, parent: str = "", labelled: bool = True, digests: tuple[str, ...] = ()
) -> ImageFacts:
    return ImageFacts(name, parent, tags, digests, labelled)


def test_removal_order() -> None:
    images = [
        facts("base", "users/base:1", labelled=False),
        facts("step", "dockbench/classic-step:1", parent="base", labelled=False),
        facts("ours", "dockbench/variant:1", "users/kept:1", parent="step"),
        facts("dangling", parent="ours"),
        facts("users", "users/app:1", parent="dangling"),
        facts("users-dangling", labelled=False),
        facts("pushed", digests=("users/app@sha256:1",)),
        facts("users-name-like-ours", "dockbench/thing:1", labelled=False),
        facts("step-with-name", "dockbench/classic-step:2", "users/x:1", labelled=False),
    ]
    assert removal_order(images) == [
        ("dangling", "dangling"),
        ("ours", "dockbench/variant:1"),
        ("step", "step"),
    ]


def run_policy(policy: Path) -> int:
    return subprocess.run([policy, "docker", "start"], check=False).returncode


def test_no_service_starts_while_packages_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with no_service_starts(policy):
        assert run_policy(policy) == 101
    assert list(tmp_path.iterdir()) == []


def test_a_policy_left_by_a_kill_does_no_harm(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with no_service_starts(policy):
        text = policy.read_text()
    policy.write_text(text.replace(str(os.getpid()), "999999999"))
    policy.chmod(0o755)
    assert run_policy(policy) == 0


@pytest.mark.parametrize("code", [0, 101])
def test_the_administrators_policy_is_kept(tmp_path: Path, code: int) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text(f"#!/bin/sh\nexit {code}\n")
    policy.chmod(0o755)
    with no_service_starts(policy):
        assert run_policy(policy) == 101
    assert run_policy(policy) == code
    assert list(tmp_path.iterdir()) == [policy]


def test_installing_without_root_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EngineError, match="dockbench-no-such-package"):
        ensure_packages(["dockbench-no-such-package"], Silent())


def test_nothing_is_asked_of_apt_for_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.engine.install.is_installed", lambda _: True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ensure_packages(["anything"], Silent())
    monkeypatch.undo()
    assert not is_installed("dockbench-no-such-package")


def test_connecting_inside_a_namespace_that_is_gone() -> None:
    with pytest.raises(OSError, match="No such file"):
        connect_inside(namespace_of(999_999_999), 80, 1.0)


def test_entering_a_namespace_needs_root() -> None:
    """Root reaches a listener through its own namespace; others are told that they may not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        try:
            connection = connect_inside(namespace_of(os.getpid()), port, 2.0)
        except PermissionError:
            assert os.geteuid() != 0
        else:
            assert connection.getpeername() == ("127.0.0.1", port)
            connection.close()


@pytest.mark.parametrize(
    ("release", "status"),
    [("19.03.1", Status.warning), ("20.10.24+dfsg1", Status.ok), ("dev", Status.ok)],
)
def test_doctor_on_the_engine_version(release: str, status: Status) -> None:
    given = EngineInfo("", "", release, "", "", "", "", "", 1, 1, "1", False)
    assert version(given).status is status
