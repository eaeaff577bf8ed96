"""Files that the user names and that are no files, and those of a project that he names: read with
an end, or refused in one line, and by no link of somebody else's."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.main import LONGEST_ERROR, main
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.model.errors import ConfigError, ProjectError
from runner.project import named
from tests.hostile.limits import little_memory
from tests.unit.images import file, image, layer
from tests.unit.saved import save

CANARY = "canary-of-the-host"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a project and an image."""
    monkeypatch.setattr(named, "PATIENCE_S", 0.5)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Dockerfile").write_text('FROM a\nEXPOSE 80\nCMD ["x"]\n')
    save(image(layer(file("etc/os-release", 1_000))), tmp_path / "app.tar")
    (tmp_path / "canary").write_text(f"{CANARY}\n")
    return tmp_path


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def too_large(path: Path) -> None:
    with path.open("wb") as written:
        written.truncate(1 << 42)


MADE: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": a_socket,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "terabytes": too_large,
    "directory": Path.mkdir,
    "link to itself": lambda path: path.symlink_to(path.name),
    "not UTF-8": lambda path: path.write_bytes(b"A=\xff\xfe\n"),
    "nothing": lambda _: None,
}
EXISTING = ("--engine", "existing")
COMMANDS = {
    "--env-file": ["compare", "shop", "--env-file", "given", "--set", "engine.prefer=existing"],
    "--dockerfile": ["compare", "shop", "--dockerfile", "given"],
    "--dive-ci": ["check", "app.tar", "--dive-ci", "given"],
    "baseline": ["check", "app.tar", *EXISTING, "--baseline", "given", "--max-growth", "5%"],
    "Dockerfile": ["edit", "given", "cache=purge"],
    "image": ["inspect", "given", *EXISTING],
    "records": ["report", "given"],
    "other image": ["compare-images", "app.tar", "given", *EXISTING],
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE.keys())
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_what_is_no_file_is_one_line(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    command: list[str],
) -> None:
    """In little memory, and soon."""
    make(place / "given")
    begun_s = time.monotonic()
    with little_memory():
        assert main(command) == 2
    assert time.monotonic() - begun_s < 20
    told = capsys.readouterr()
    assert told.out == ""
    lines = [line for line in told.err.splitlines() if not line.startswith("reading ")]
    assert len(lines) == 1, told.err
    assert lines[0].startswith("dockbench: ")
    assert "given" in lines[0]
    assert "unexpected" not in lines[0]
    if os.path.lexists(place / "given"):
        assert "No such file" not in lines[0].replace("docker.sock: No such file", "")


def test_a_pipe_is_read_as_long_as_somebody_writes_to_it(place: Path) -> None:
    os.mkfifo(place / "given")

    def write() -> None:
        with (place / "given").open("w") as pipe:
            for number in range(3):
                pipe.write(f"A{number}=x\n")
                pipe.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    assert named.named_text(Path("given"), "--env-file given") == "A0=x\nA1=x\nA2=x\n"
    writer.join()


@pytest.mark.parametrize("content", [b"", b"A=1\n"])
def test_a_writer_that_never_ends_is_waited_for_no_longer_than_that(
    place: Path, content: bytes
) -> None:
    os.mkfifo(place / "given")
    held = os.open(place / "given", os.O_RDWR)
    os.write(held, content)
    begun_s = time.monotonic()
    with pytest.raises(ConfigError, match=r"--env-file given: cannot be read \(.*its end did not"):
        named.named_text(Path("given"), "--env-file given")
    assert time.monotonic() - begun_s < 5
    os.close(held)


@pytest.mark.parametrize("shop", ["shop", "way/shop", "shop/../shop"])
def test_a_file_of_the_project_that_is_named_leads_nowhere_else(
    place: Path, capsys: pytest.CaptureFixture[str], shop: str
) -> None:
    """However the user came to the project: `way` is a link of his own."""
    (place / "way").symlink_to(place)
    for name in (".env", "web.Dockerfile"):
        (place / "shop" / name).symlink_to("../canary")
    (place / "shop" / "inner").symlink_to(place)
    asked = ["--set", "engine.prefer=existing", "--out", "out"]
    for way in ([".env"], [f"{shop}/.env"], ["inner/canary"], [f"{shop}/inner/canary"]):
        assert main(["compare", shop, "--env-file", *way, *asked]) == 2
        said = capsys.readouterr().err
        assert "leads out of the project" in said
        assert CANARY not in said
    for way in (["web.Dockerfile"], [f"{shop}/web.Dockerfile"], [f"{shop}/inner/canary"]):
        with pytest.raises(ProjectError, match="leads out of the project"):
            own_dockerfiles(Path(os.path.realpath(shop)), way)


def test_a_file_of_the_user_s_own_may_be_a_link(place: Path) -> None:
    (place / "given").symlink_to("canary")
    assert named.named_text(Path("given"), "--env-file given") == f"{CANARY}\n"


FOUND: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link out": (lambda path: path.symlink_to("../canary"), "leads out of the project"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "leads out of the project"),
    "a pipe": (os.mkfifo, "its end did not"),
    "terabytes": (too_large, "longer than"),
    "a bomb of aliases": (
        lambda path: path.write_text(
            "rules: {lowestEfficiency: [&a [x, x, x, x, x, x, x, x, x]"
            + "".join(
                f", &{one} [{', '.join([f'*{before}'] * 9)}]"
                for before, one in itertools.pairwise("abcdefghijkl")
            )
            + "]}\n"
        ),
        "values",
    ),
    "itself": (lambda path: path.write_text("rules: &a {lowestEfficiency: *a}"), "holds itself"),
    "brackets": (lambda path: path.write_text("rules: " + "[" * 50_000), "nested"),
    "a number of base 60": (
        lambda path: path.write_text("rules: {lowestEfficiency: 1" + ":1" * 60_000 + "}"),
        "not a ratio",
    ),
    "an object of Python": (
        lambda path: path.write_text("rules: !!python/object/apply:os.system [x]"),
        "tag",
    ),
    "escapes": (
        lambda path: path.write_text('rules: {"\\e]0;x\\a": 1, "\\n::error::x": 2}'),
        "unknown",
    ),
}


@pytest.mark.parametrize(("make", "says"), FOUND.values(), ids=FOUND.keys())
def test_rules_that_lie_in_the_current_directory_do_no_harm(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    says: str,
) -> None:
    """`check` is run in a repository that somebody found, and reads its .dive-ci."""
    monkeypatch.chdir(place / "shop")
    make(Path(".dive-ci"))
    begun_s = time.monotonic()
    assert main(["check", "../app.tar"]) == 2
    assert time.monotonic() - begun_s < 10
    said = capsys.readouterr().err
    *before, line = said.splitlines()
    assert all(text.startswith("the rules of .dive-ci") for text in before)
    assert says in line
    assert line.isprintable()
    assert CANARY not in said
    assert len(line) < LONGEST_ERROR + 100
