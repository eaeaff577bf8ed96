"""`inspect`, `check` and `compare-images` on real images, as a person calls them."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model.labels import OWNER, REPOSITORY
from tests.e2e.commands import DOCKBENCH, CommandLine

DOCKERFILE = """\
FROM scratch
COPY --chown=0:0 app /app
COPY cache /cache
COPY empty /cache/small
"""


@pytest.fixture(scope="module")
def image(engine: DockerEngine) -> Iterator[str]:
    """An image from scratch: 300 kB, of which a later layer overwrites 200 kB."""
    name = f"{REPOSITORY}/test-inspect:1"
    build(
        engine,
        name,
        {
            "Dockerfile": DOCKERFILE.encode(),
            "app": b"a" * 100_000,
            "cache/small": b"c" * 200_000,
            "empty": b"e",
        },
    )
    yield name
    engine.client.images.remove(name, force=True)


def build(engine: DockerEngine, name: str, files: dict[str, bytes]) -> None:
    """An image from a context of these files."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    context.seek(0)
    engine.client.images.build(
        fileobj=context, custom_context=True, tag=name, labels={OWNER: "test"}, nocache=True
    )


@pytest.fixture(scope="module")
def archive(engine: DockerEngine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same image as `docker save` writes it."""
    path = tmp_path_factory.mktemp("saved") / "app.tar"
    with path.open("wb") as file:
        for piece in engine.client.images.get(image).save(named=True):
            file.write(piece)
    return path


@pytest.fixture
def prompt(engine: DockerEngine, tmp_path: Path) -> CommandLine:
    """A prompt on a machine where that engine answers."""
    return CommandLine(tmp_path, {"DOCKER_HOST": engine.address})


def without_reader(document: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on where the image was read."""
    facts = ("reader", "compressed_bytes", "compressor")
    image = {key: value for key, value in document["image"].items() if key not in facts}
    layers = [
        {key: value for key, value in layer.items() if key not in facts}
        for layer in document["layers"]
    ]
    return document | {"image": image, "layers": layers}


def test_an_image_and_its_archive_have_the_same_anatomy(
    prompt: CommandLine, image: str, archive: Path
) -> None:
    on_engine = json.loads(prompt.run("inspect", image, "--json", "-").out)
    on_disk = json.loads(prompt.run("inspect", str(archive), "--json", "-").out)
    assert without_reader(on_engine) == without_reader(on_disk)
    assert on_engine["image"]["stored_bytes"] == 300_001
    assert on_engine["image"]["live_bytes"] == 100_001
    assert [(item["path"], item["reason"]) for item in on_engine["waste"]] == [
        ("cache/small", "overwritten")
    ]


def test_a_folder_of_the_same_name_does_not_hide_an_image(
    prompt: CommandLine, engine: DockerEngine, image: str
) -> None:
    name = image.partition(":")[0]
    (prompt.folder / name).mkdir(parents=True)
    engine.client.images.get(image).tag(name)
    try:
        found = json.loads(prompt.run("inspect", name, "--json", "-").out)
    finally:
        engine.client.images.remove(f"{name}:latest")
    assert found["image"]["stored_bytes"] == 300_001


def test_compressed_sizes_on_request(prompt: CommandLine, image: str, tmp_path: Path) -> None:
    fresh = CommandLine(prompt.folder, {**prompt.environment, "XDG_CACHE_HOME": str(tmp_path)})
    first = json.loads(fresh.run("inspect", image, "--json", "-").out)
    assert first["image"]["compressed_bytes"] is None
    done = json.loads(fresh.run("inspect", image, "--compressed", "--json", "-").out)
    assert 0 < done["image"]["compressed_bytes"] < 300_001
    assert "zlib" in done["image"]["compressor"]
    later = json.loads(fresh.run("inspect", image, "--json", "-").out)
    assert later["image"]["compressed_bytes"] == done["image"]["compressed_bytes"]


def test_the_report_has_colours_on_a_terminal_only(prompt: CommandLine, archive: Path) -> None:
    assert "\x1b" not in prompt.run("inspect", str(archive)).out
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [DOCKBENCH, "inspect", str(archive)], stdout=follower, env=environment
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait() == 0
    assert b"\x1b[" in shown
    assert b"200.0 kB" in shown


@pytest.mark.parametrize("columns", ["80", "100", "120", ""])
def test_caches_come_with_who_wrote_them_and_what_avoids_them(
    prompt: CommandLine, engine: DockerEngine, columns: str
) -> None:
    """On a terminal of that width, and in a pipe."""
    name = f"{REPOSITORY}/test-caches:1"
    paths = "root/.cache/pip/http/a", "srv/app/__pycache__/a.pyc"
    dockerfile = b"FROM scratch\nCOPY root /root\nCOPY srv /srv\n"
    build(engine, name, {"Dockerfile": dockerfile, **dict.fromkeys(paths, b"x" * 50_000)})
    environment = {**prompt.environment, **({"COLUMNS": columns} if columns else {})}
    try:
        text = CommandLine(prompt.folder, environment).run("inspect", name).out
    finally:
        engine.client.images.remove(name, force=True)
    assert max(map(len, text.splitlines())) <= int(columns or 120)
    caches = text[text.index("Left-over caches") : text.index("Owned by no package")]
    shown = [" ".join(line.split()) for line in caches.splitlines()[1:] if line]
    assert [line.partition(" COPY ")[0] for line in shown] == [
        "50.0 kB pip /root/.cache/pip",
        "layer 0:",
        "→ leave it out of what is copied (.dockerignore)",
        "50.0 kB __pycache__ /srv",
        "layer 1:",
        "→ **/__pycache__ in .dockerignore",
    ]


def test_check_and_its_exit_codes(prompt: CommandLine, image: str, archive: Path) -> None:
    prompt.run("check", image, "--max-size", "301kB", "--max-waste", "200kB", expect=0)
    prompt.run("check", str(archive), "--max-waste-percent", "60", expect=1)
    prompt.run("check", image, "--write-baseline", "base.json", expect=0)
    growth = ("--baseline", "base.json", "--max-growth", "1%")
    prompt.run("check", str(archive), *growth, expect=0)
    assert "max-size" in prompt.run("check", image, "--max-size", "x", expect=2).error
    missing = prompt.run("check", "dockbench/none:1", "--max-size", "1GB", expect=2)
    assert "dockbench/none:1" in missing.error


def test_a_closed_pipe_is_no_error(prompt: CommandLine, archive: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {DOCKBENCH} inspect {archive} --json - | head -c 10"],
        capture_output=True,
        text=True,
        cwd=prompt.folder,
    )
    assert done.stderr == ""


def test_an_image_compared_with_itself_and_with_its_archive(
    prompt: CommandLine, image: str, archive: Path
) -> None:
    found = json.loads(prompt.run("compare-images", image, str(archive), "--json", "-").out)
    (same,) = found["comparisons"]
    assert same["files"] == []
    assert same["totals"]["unchanged_bytes"] == 100_001


@pytest.fixture
def rebuilt(engine: DockerEngine) -> Iterator[tuple[str, str]]:
    """Two images with the same package; in the second, one of its files has other content."""
    site = "usr/lib/python3/site-packages"
    names = f"{REPOSITORY}/test-rebuilt:1", f"{REPOSITORY}/test-rebuilt:2"
    for name, content in zip(names, (b"a", b"b"), strict=True):
        files = {
            f"{site}/six-1.16.dist-info/METADATA": b"Version: 1.16\n",
            f"{site}/six-1.16.dist-info/RECORD": b"six.py,,\nsix2.py,,\n",
            f"{site}/six.py": content * 20_000,
            f"{site}/six2.py": b"c" * 500,
        }
        build(engine, name, {"Dockerfile": b"FROM scratch\nCOPY usr /usr\n", **files})
    yield names
    for name in names:
        engine.client.images.remove(name, force=True)


def test_a_package_that_was_built_again_is_told_by_its_content(
    prompt: CommandLine, rebuilt: tuple[str, str]
) -> None:
    """Also where every file has another time, as here."""
    found = json.loads(prompt.run("compare-images", *rebuilt, "--json", "-").out)
    (package,) = found["comparisons"][0]["packages"]
    assert (package["name"], package["change"]) == ("six", "changed")
    assert package["before_bytes"] == package["after_bytes"] > 20_500
    assert (package["content"]["changed_bytes"], package["content"]["files"]) == (20_000, 1)
