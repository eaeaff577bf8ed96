"""A .dockerignore, and several names of one file: what docker sends and copies is what we send."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.errors import ProjectError
from runner.recipe.context import list_context
from runner.recipe.packing import pack_context
from tests.unit.context_folder import GOLDEN, write_golden

COPY_ALL = "FROM scratch\nCOPY . /copied/\n"
OLD = 23
"""The first version of docker's client with the matcher of today."""
NOT_IN_OLD = {"**.py", "*\n!**/*.py", "**/x\n!a", "^a"}
"""What clients before that read otherwise."""
BUILDERS = (BuilderName.classic, BuilderName.buildkit)


@dataclass(frozen=True)
class Client:
    """A docker command line, and the builder that it is told to use."""

    program: str
    version: int
    builder: BuilderName
    engine: DockerEngine

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run it against the engine of the tests."""
        told = {
            "DOCKER_HOST": self.engine.address,
            "DOCKER_BUILDKIT": str(int(self.builder is BuilderName.buildkit)),
        }
        return subprocess.run(
            [self.program, *arguments], env=os.environ | told, capture_output=True, check=False
        )

    def copied(self, context: Path) -> set[str] | None:
        """Files that `COPY . /copied/` of a context leaves in an image; None if it is refused."""
        tag = f"dockbench/test:{uuid.uuid4().hex}"
        # Without the cache no build stands on an image that another one may remove meanwhile, and
        # with a label of its own none makes an image that another one is about to remove.
        marks = ("--label", f"{labels.OWNER}=test", "--label", f"tag={tag}", "--tag", tag)
        built = self.run("build", "--quiet", "--no-cache", *marks, str(context))
        if built.returncode:
            assert b"pattern" in built.stderr, built.stderr
            return None
        try:
            return files_of(self.engine, tag)
        finally:
            self.engine.client.images.remove(tag)


def files_of(engine: DockerEngine, image: str) -> set[str]:
    """The files below /copied in an image."""
    container = engine.client.containers.create(image, ["none"], labels={labels.OWNER: "test"})
    try:
        pieces: Any = container.export()
        exported = b"".join(pieces)
    finally:
        container.remove()
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        return {
            member.name.removeprefix("copied/")
            for member in archive
            if member.name.startswith("copied/") and not member.isdir()
        }


@cache
def programs() -> list[tuple[str, int]]:
    """The docker command lines on this machine, each with its version."""
    found = {shutil.which("docker", path=place) for place in os.get_exec_path()} - {None}
    versions = []
    for program in sorted(map(str, found)):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        number = re.search(r"version (\d+)", said.stdout)
        assert number is not None
        versions.append((program, int(number[1])))
    return versions


@pytest.fixture(params=BUILDERS, ids=lambda name: name.value)
def clients(request: pytest.FixtureRequest, engine: DockerEngine) -> list[Client]:
    """Each docker command line here that can use the builder."""
    found = [
        Client(program, version, request.param, engine)
        for program, version in programs()
        if request.param is BuilderName.classic or has_buildkit(program, version)
    ]
    if not found:
        pytest.skip("no docker command line for this builder")
    return found


def has_buildkit(program: str, version: int) -> bool:
    """Old clients have BuildKit in them, newer ones need the plugin."""
    asked = subprocess.run([program, "buildx", "version"], capture_output=True, check=False)
    return version < OLD or asked.returncode == 0


def sets() -> list[str]:
    """More than 100 texts that were written by hand, each for one rule."""
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    return [str(case["text"]) for case in cases[:136]]


def sent(root: Path, text: str, builder: BuilderName) -> set[str] | None:
    """The files that we would send; None if we refuse."""
    try:
        return {entry.path for entry in list_context(root, text, builder) if not entry.folder}
    except ProjectError:
        return None


ROOTED = re.compile(r"(?!\*\*|\.$|\\[AbB!#])[\w?*\[{.\\][^\s^]*")
"""A line that says of a directory below the root what it says of the root, in the same way: no
comment, no space, no anchor, nothing that docker compares with the end of a path alone. And no
exception: of those depends how the whole context is walked."""


def can_share(tree: Path, text: str, builder: BuilderName) -> bool:
    """Whether one build can try it next to others, each in a directory of its own: nothing is wrong
    with it, and it leaves the Dockerfile and the .dockerignore, which are special at the root."""
    lines = text.split("\n")
    rooted = all(ROOTED.fullmatch(line) and ".." not in line for line in lines)
    return rooted and {"Dockerfile", ".dockerignore"} <= (sent(tree, text, builder) or set())


def test_docker_copies_what_we_list(clients: list[Client], tmp_path: Path) -> None:
    client = max(clients, key=lambda client: client.version)
    asked = [text for text in sets() if client.version >= OLD or text not in NOT_IN_OLD]
    tree = write_golden(tmp_path / "tree")
    shared = [text for text in asked if can_share(tree, text, client.builder)]
    alone = [text for text in asked if text not in shared]
    contexts = [shared_context(tmp_path / "shared", shared)] + [
        context_of(tmp_path / str(number), text, ["."]) for number, text in enumerate(alone)
    ]
    with ThreadPoolExecutor(3) as workers:
        copied = list(workers.map(client.copied, [root for root, _ in contexts]))
    different = {}
    for (root, text), found in zip(contexts, copied, strict=True):
        expected = sent(root, text, client.builder)
        if found != expected:
            refused = found is None, expected is None
            different[text] = refused, sorted((found or set()) ^ (expected or set()))

    assert len(asked) > 60
    assert min(len(shared), len(alone)) > 20
    assert different == {}


def context_of(root: Path, text: str, trees: list[str]) -> tuple[Path, str]:
    """A context with the tree in each of its directories, and with its .dockerignore."""
    root.mkdir()
    for name in trees:
        write_golden(root / name)
    (root / "Dockerfile").write_text(COPY_ALL)
    (root / ".dockerignore").write_bytes(text.encode())
    return root, text


def shared_context(root: Path, texts: list[str]) -> tuple[Path, str]:
    """A context in which each of several texts holds in a directory of its own."""
    lines = (
        line
        for number, text in enumerate(texts)
        for line in in_directory(str(number), text.split("\n"))
    )
    return context_of(root, "\n".join(lines), [str(number) for number in range(len(texts))])


ATOMS = [
    "a",
    "b",
    "x",
    ".",
    "/",
    "*",
    "**",
    "**/",
    "?",
    "[ab]",
    "[^a]",
    "[!a]",
    "\\*",
    ".py",
    "*.py",
]
PATTERNS = st.builds(
    lambda exception, parts: ("!" if exception else "") + "".join(parts),
    st.booleans(),
    st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4),
)
FILES = ["a", "b/a", "b/x.py", "x/a/b.py", "x/b/a", "ab.py", "!a", ".py", "*"]


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=st.lists(st.lists(PATTERNS, min_size=1, max_size=4), min_size=40, max_size=40))
def test_docker_copies_what_we_list_of_any_patterns(
    clients: list[Client], tmp_path_factory: pytest.TempPathFactory, cases: list[list[str]]
) -> None:
    client = max(clients, key=lambda client: client.version)
    if client.version < OLD:
        pytest.skip("this client reads patterns as docker did before version 23")
    root = tmp_path_factory.mktemp("context")
    lines = ["Dockerfile"]
    for number, patterns in enumerate(cases):
        for name in FILES:
            path = root / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        lines += in_directory(str(number), patterns)
    text = "\n".join(lines)
    (root / "Dockerfile").write_text(COPY_ALL)
    (root / ".dockerignore").write_text(text)

    assert client.copied(root) == sent(root, text, client.builder)


def in_directory(name: str, patterns: list[str]) -> Iterator[str]:
    """Patterns for a directory of the context: one build tries many sets of them."""
    for pattern in patterns:
        exception, path = pattern.startswith("!"), pattern.removeprefix("!").lstrip("/")
        if ".." not in path:
            yield f"{'!' * exception}{name}/{path}"


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda name: name.value)
@pytest.mark.parametrize("text", ["", "*.md\n.dockerignore\n", "a\n!a/b\nDockerfile\n"])
def test_our_build_copies_what_docker_copies(
    engine: DockerEngine, tmp_path: Path, builder: BuilderName, text: str
) -> None:
    """But for the Dockerfile, where BuildKit cannot be sent one that is not in the context."""
    root = write_golden(tmp_path / "context")
    (root / "Dockerfile").write_text(COPY_ALL)
    (root / ".dockerignore").write_text(text)
    (root / "again").hardlink_to(root / "m.py")
    context = pack_context(root, text, COPY_ALL, dockerfile_path="Dockerfile", builder=builder)
    marks = {labels.OWNER: "test"}
    result = builder_for(builder, engine).build(
        BuildRequest(context, context.dockerfile, labels=marks, no_cache=True)
    )
    assert result.failure is None, result.log
    try:
        found = files_of(engine, result.image_id)
    finally:
        remove_built(engine, result)
    extra = {context.dockerfile} if "Dockerfile" in text and builder.value == "buildkit" else set()
    assert found == (sent(root, text, builder) or set()) | extra


def test_a_file_with_two_names_is_as_large_as_docker_makes_it(
    clients: list[Client], engine: DockerEngine, tmp_path: Path
) -> None:
    (tmp_path / "one.bin").write_bytes(os.urandom(3_000_000))
    (tmp_path / "two.bin").hardlink_to(tmp_path / "one.bin")
    (tmp_path / "Dockerfile").write_text(COPY_ALL)
    client = clients[0]
    tag = f"dockbench/test:{uuid.uuid4().hex}"
    client.run(
        "build", "-q", "--no-cache", "--label", f"{labels.OWNER}=test", "-t", tag, str(tmp_path)
    )
    theirs = engine.client.images.get(tag).attrs["Size"]
    client.run("rmi", tag)
    context = pack_context(
        tmp_path, "", COPY_ALL, dockerfile_path="Dockerfile", builder=client.builder
    )
    result = builder_for(client.builder, engine).build(
        BuildRequest(context, context.dockerfile, labels={labels.OWNER: "test"}, no_cache=True)
    )
    ours = engine.client.images.get(result.image_id).attrs["Size"]
    remove_built(engine, result)

    assert ours == theirs == 3_000_000 + len(COPY_ALL)
    assert context.record().bytes == 3_000_000 + len(COPY_ALL)
