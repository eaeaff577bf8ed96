"""Every kind of cache that has a hint: when it is followed, the cache is gone and all else stays.

One step of a Dockerfile for each place of each kind, as its tool leaves it behind: what it
downloaded, and a service that was installed from that. Each hint is followed in the step that it is
about; afterwards each service is there and its user may still write where the cache was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.image.anatomy import anatomy
from runner.image.contents import keep_for_contents
from runner.image.contents.cache_kinds import CACHE_KINDS
from runner.image.read import read_image
from runner.model import labels
from runner.model.anatomy import AnatomyDocument, Hint
from tests.engine.bases import provided
from tests.engine.contexts import build_context, write_context

HOMES = ("root", "home/app", "var/lib/service")
AROUND = ("srv/web", "home/app/tool", "opt/tool")
JUDGED = ("downloaded browsers", "__pycache__")
"""Their hints are about what is installed or run, not about a path that is emptied
(`test_hints_followed` does the second)."""
BYTES = 20_000
DELETES = re.compile(r"find (?:/\S+|'/[^']+') -type f -delete|rm -rf (?:/[^\s,]+|'/[^']+')")
MOUNTS = re.compile(r"RUN (--mount=type=(?:cache|tmpfs),target=\S+?)(?=,? |$)")
FIRST = re.compile(r"after RUN (mkdir -p (?:/\S+|'/[^']+'))")


@dataclass(frozen=True)
class Place:
    """A directory in which a tool leaves its cache, and the service that it installs."""

    kind: str
    path: str
    number: int

    @property
    def user(self) -> int:
        return 1000 if self.path.startswith("home/app/") else 0

    @property
    def service(self) -> str:
        return f"/home/app/service-{self.number}"

    @property
    def step(self) -> str:
        """Shell that downloads, and installs from what was downloaded."""
        below = f"/{self.path}/a/b"
        tool = ": pip install flask && " if self.kind == "pip" else ""
        return (
            f"{tool}mkdir -p {below} {self.service}"
            f" && head -c {BYTES} /dev/urandom > {below}/downloaded"
            f" && cp {below}/downloaded {self.service}/installed"
        )

    @property
    def check(self) -> str:
        """Shell that fails where the service is gone, or its user cannot use a cache any more."""
        return (
            f"[ $(wc -c < {self.service}/installed) = {BYTES} ]"
            f" && mkdir -p /{self.path}/again && echo 1 > /{self.path}/again/one"
            f" && echo 1 > /{self.path.rpartition('/')[0]}/beside-{self.number}"
        )


def places() -> Iterator[Place]:
    """Every place that the table knows; what may lie anywhere takes turns in several. The command
    for files directly in a directory of caches is followed without an engine."""
    number = 0
    for kind in CACHE_KINDS:
        for folder in kind.folders if kind.kind not in JUDGED and not kind.loose else ():
            path = folder.removeprefix("**/")
            if path != folder:
                around = HOMES if path.startswith(".") else AROUND
                path = f"{around[number % len(around)]}/{path}"
            path = re.sub(r"/\*$", f"/tool-{number}", path).replace("*", "3")
            yield Place(kind.kind, path, number)
            number += 1


PLACES = tuple(places())


def lines(place: Place, told: Sequence[Hint]) -> Iterator[str]:
    """The instructions of a place, as its hints say: with a mount if one has it, else the command
    at the end of its step."""
    mounts, commands = [], []
    yield f"USER {place.user}:{place.user}"
    for hint in told:
        if mounted := MOUNTS.search(hint.change):
            mounts.append(mounted[1] + own_id(place, mounted[1]))
        elif deleting := DELETES.search(hint.change):
            commands.append(deleting[0])
    yield " ".join(["RUN", *mounts, " && ".join([place.step, *commands])])


def own_id(place: Place, mount: str) -> str:
    """Of a cache mount: it must not be the one that the user of this engine fills."""
    return f",id=dockbench-test-{place.number}" if "type=cache" in mount else ""


def about(place: Place, hints: Sequence[Hint]) -> list[Hint]:
    return [one for one in hints if place.step in one.instruction]


def dockerfile(hints: Sequence[Hint] = ()) -> str:
    start = [
        "ARG BASE_IMAGE",
        "FROM ${BASE_IMAGE}",
        "RUN mkdir -p /home/app && chown 1000:1000 /home/app",
    ]
    first = [found[1] for hint in hints if (found := FIRST.search(hint.change))]
    if first:  # all of them in one layer, since an engine takes no more than 125
        start += ["USER 1000:1000", f"RUN {' && '.join(first)}"]
    steps = [one for place in PLACES for one in lines(place, about(place, hints))]
    return "\n".join([*start, *steps]) + "\n"


@dataclass(frozen=True)
class Image:
    """An image before or after the hints on it were followed."""

    reference: str
    document: AnatomyDocument


def built(engine: DockerEngine, name: str, text: str, folder: pytest.TempPathFactory) -> Image:
    reference = f"dockbench/test:hinted-{name}"
    base = provided(engine, "slim")
    context = write_context(folder.mktemp(name) / "context.tar", text)
    build_context(engine, context, reference, base=base.reference)
    images = engine.images
    content = read_image(reference, keep=keep_for_contents, connect=lambda: images)
    return Image(reference, anatomy(content, base.diff_ids))


@pytest.fixture(scope="module")
def before_and_after(
    engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Image, Image]]:
    before = built(engine, "before", dockerfile(), tmp_path_factory)
    after = built(engine, "after", dockerfile(before.document.hints), tmp_path_factory)
    yield before, after
    for image in (before, after):
        engine.client.images.remove(image.reference)


def failed_checks(engine: DockerEngine, image: Image) -> list[int]:
    """Numbers of the places whose checks fail, each run as the user of its service."""
    failed: list[int] = []
    for user in (0, 1000):
        checks = [
            f"( {place.check} ) 2>/dev/null || echo {place.number}"
            for place in PLACES
            if place.user == user
        ]
        output: bytes = engine.client.containers.run(
            image.reference,
            ["/bin/sh", "-c", "\n".join(checks)],
            user=f"{user}:{user}",
            network_mode="none",
            labels={labels.OWNER: "test"},
            remove=True,
        )
        failed += map(int, output.split())
    return failed


@pytest.fixture(scope="module")
def checked(
    engine: DockerEngine, before_and_after: tuple[Image, Image]
) -> tuple[list[int], list[int]]:
    before, after = before_and_after
    return failed_checks(engine, before), failed_checks(engine, after)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
def test_a_hint_that_is_followed_leaves_nothing_and_breaks_nothing(
    place: Place, before_and_after: tuple[Image, Image], checked: tuple[list[int], list[int]]
) -> None:
    before, after = before_and_after
    told = about(place, before.document.hints)

    assert [one.finding for one in told] == [f"{place.kind}: /{place.path}"]
    assert MOUNTS.search(told[0].change) or DELETES.search(told[0].change), told[0].change
    assert [one for one in after.document.caches if one.path == place.path] == []
    assert place.number not in checked[0], "the check must pass before"
    assert place.number not in checked[1], told[0].change
