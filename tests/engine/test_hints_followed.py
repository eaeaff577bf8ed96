"""Hints that are followed: the image is smaller by what they said, and its check still passes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.image.anatomy import anatomy
from runner.image.contents import keep_for_contents
from runner.image.read import read_image
from runner.model import labels
from runner.model.anatomy import AnatomyDocument, Hint
from tests.engine.bases import provided
from tests.engine.contexts import build_context, write_context

FILL = "head -c 60000 /dev/urandom >"
STEPS = {
    "nginx": "apt-get update && apt-get install -y --no-install-recommends nginx-light git",
    "compiled": "apt-get install -y --no-install-recommends make"
    " && python -m compileall -q /usr/local/lib/python3.11/email /usr/local/lib/python3.11/json",
    "left": (
        "mkdir -p /var/cache/nginx/proxy /tmp/.ICE-unix /root/.cache/tool/x"
        f" && chmod 1777 /tmp/.ICE-unix && {FILL} /var/log/nginx/access.log"
        f" && {FILL} /var/cache/nginx/proxy/a && {FILL} /tmp/left && {FILL} /root/.cache/tool/x/a"
    ),
    "cloned": f"git init -q /opt/app && cd /opt/app && {FILL} .git/objects/pack/a && echo 1 > app",
    "pip": "pip install flask==3.1.0 && mkdir -p /root/.cache/pip"
    f" && {FILL} /root/.cache/pip/fetched",
}
CHECK = """
set -e
nginx -t
nginx
python - <<END
import urllib.request, flask
page = urllib.request.urlopen("http://127.0.0.1:80/").read()
assert b"nginx" in page.lower(), page
flask.Flask("x")
END
tail -n 1 /var/log/nginx/access.log | grep -q GET
dpkg --audit
apt-cache policy > /dev/null
cat /opt/app/app
mktemp
"""
DIRECTORIES = r"find /var/log /var/cache /tmp /var/lib/nginx -type d -printf '%p %m %u\n' | sort"
COMMANDS = (
    r"find \S+ -type f -delete",
    r"rm -rf /var/lib/apt/lists/\*",
    r"rm -rf /\S+(?= at the end)",
    r"apt-get clean",
    r"find /usr -name __pycache__ -prune -exec rm -rf \{\} \+",
)


OPTIONS = ("--no-cache-dir", "--no-compile")


@dataclass(frozen=True)
class Image:
    """One of the images, before or after its hints were followed."""

    reference: str
    document: AnatomyDocument
    directories: list[str]


def dockerfile(hints: Sequence[Hint] = ()) -> str:
    """The steps, each changed as the hints on it say."""
    lines = ["ARG BASE_IMAGE", "FROM ${BASE_IMAGE}"]
    if any("ENV PYTHONDONTWRITEBYTECODE=1" in hint.change for hint in hints):
        lines.append("ENV PYTHONDONTWRITEBYTECODE=1")
    lists = next((hint.change for hint in hints if "apt/lists" in hint.finding), "")
    for name, step in STEPS.items():
        told = [hint.change for hint in hints if step_of(hint) == name]
        options = [one for one in OPTIONS if any(one in change for change in told)]
        changed = step.replace("pip install", " ".join(["pip install", *options]))
        if "--no-cache-dir" in options:
            changed = changed.partition(" && mkdir")[0]  # what this stands for is not fetched
        if "apt-get update in each later RUN" in lists and changed.startswith("apt-get install"):
            changed = f"apt-get update && {changed} && rm -rf /var/lib/apt/lists/*"
        commands = commands_in(told)
        lines.append(f"RUN {' && '.join([changed, *(f'({one})' for one in commands)])}")
    return "\n".join(lines) + "\nCMD nginx\n"


def step_of(hint: Hint) -> str:
    """The step whose instruction a hint is about."""
    return next((name for name, text in STEPS.items() if text in hint.instruction), "")


def commands_in(changes: Iterable[str]) -> list[str]:
    """The commands that hints name."""
    return [one for text in changes for pattern in COMMANDS for one in re.findall(pattern, text)]


def run(engine: DockerEngine, reference: str, script: str) -> str:
    """What a script prints in a container of an image; it must end well."""
    output: bytes = engine.client.containers.run(
        reference,
        ["/bin/sh", "-c", script],
        network_mode="none",
        labels={labels.OWNER: "test"},
        remove=True,
    )
    return output.decode()


def built(engine: DockerEngine, tmp_path: Path, name: str, text: str) -> Image:
    reference = f"dockbench/test:hints-{name}"
    base = provided(engine, "slim")
    context = write_context(tmp_path / f"{name}.tar", text)
    build_context(engine, context, reference, base=base.reference)
    images = engine.images
    content = read_image(reference, keep=keep_for_contents, connect=lambda: images)
    document = anatomy(content, base.diff_ids)
    return Image(reference, document, run(engine, reference, DIRECTORIES).splitlines())


@pytest.fixture(scope="module")
def before_and_after(
    engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Image, Image]]:
    folder = tmp_path_factory.mktemp("hints")
    before = built(engine, folder, "before", dockerfile())
    after = built(engine, folder, "after", dockerfile(before.document.hints))
    yield before, after
    for image in (before, after):
        engine.client.images.remove(image.reference)


def said(image: Image) -> str:
    return "\n".join(f"{hint.finding} → {hint.change}" for hint in image.document.hints)


def test_each_kind_of_command_is_among_the_hints(before_and_after: tuple[Image, Image]) -> None:
    before, _ = before_and_after
    for finding in (
        "logs: /var/log → find /var/log -type f -delete",
        "temporary files: /tmp",
        "apt lists: /var/lib/apt/lists → rm -rf /var/lib/apt/lists/*",
        "version control: /opt/app/.git",
        "cache: /root/.cache/tool",
        "cache: /var/cache/nginx",
        "pip: /root/.cache/pip → pip install --no-cache-dir",
        "→ pip install --no-compile … and ENV PYTHONDONTWRITEBYTECODE=1",
        "→ find /usr -name __pycache__ -prune",
    ):
        assert finding in said(before), said(before)


def test_the_images_own_check_passes_after_all_hints_were_followed(
    engine: DockerEngine, before_and_after: tuple[Image, Image]
) -> None:
    for image in before_and_after:
        run(engine, image.reference, CHECK)


def test_no_directory_is_lost_and_each_keeps_owner_and_mode(
    before_and_after: tuple[Image, Image],
) -> None:
    before, after = before_and_after
    lists = [line for line in before.directories if "/var/lib/apt" not in line]

    assert [line for line in lists if line not in after.directories] == []


def test_the_image_is_smaller_by_what_the_hints_said(before_and_after: tuple[Image, Image]) -> None:
    before, after = before_and_after
    followed = [
        hint
        for hint in before.document.hints
        if commands_in([hint.change]) or any(option in hint.change for option in OPTIONS)
    ]
    saved = before.document.image.stored_bytes - after.document.image.stored_bytes

    assert len(followed) >= 9
    assert saved > 0.95 * sum(hint.bytes for hint in followed)
    again = {hint.finding for hint in after.document.hints}
    assert not again & {hint.finding for hint in followed}
