"""Hints that are followed: the image is smaller by what they said, and its check still passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.engine.port import Engine
from runner.engine.sdk_images import SdkImages
from runner.image.anatomy import anatomy
from runner.image.contents import keep_for_contents
from runner.image.readers import read_image
from runner.model import labels
from runner.model.anatomy import AnatomyDocument
from tests.engine.bases import provided
from tests.engine.contexts import build_context, write_context

FILL = "head -c 60000 /dev/urandom >"
STEPS = {
    "nginx": "apt-get update && apt-get install -y --no-install-recommends nginx-light git make",
    "left": (
        "mkdir -p /var/cache/nginx/proxy /tmp/.ICE-unix /root/.cache/tool/x"
        f" && chmod 1777 /tmp/.ICE-unix && {FILL} /var/log/nginx/access.log"
        f" && {FILL} /var/cache/nginx/proxy/a && {FILL} /tmp/left && {FILL} /root/.cache/tool/x/a"
    ),
    "cloned": f"git init -q /opt/app && cd /opt/app && {FILL} .git/objects/pack/a && echo 1 > app",
    "pip": "pip install --no-cache-dir flask==3.1.0",
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


@dataclass(frozen=True)
class Image:
    """One of the images, before or after its hints were followed."""

    reference: str
    document: AnatomyDocument
    directories: list[str]


def dockerfile(more: dict[str, list[str]], environment: str = "") -> str:
    """The steps, each with further commands at the end of its RUN."""
    lines = ["ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", environment]
    lines += [
        f"RUN {' && '.join([step, *(f'({one})' for one in more.get(name, ()))])}"
        for name, step in STEPS.items()
    ]
    return "\n".join(lines) + "\nCMD nginx\n"


def commands_in(document: AnatomyDocument) -> dict[str, list[str]]:
    """The commands that hints name, by the step whose RUN is to end with them."""
    found: dict[str, list[str]] = {}
    for hint in document.hints:
        step = next((name for name, text in STEPS.items() if text in hint.instruction), None)
        if step is not None:
            said = [one for pattern in COMMANDS for one in re.findall(pattern, hint.change)]
            found.setdefault(step, []).extend(said)
    return found


def run(engine: Engine, reference: str, script: str) -> str:
    """What a script prints in a container of an image; it must end well."""
    output: bytes = engine.client.containers.run(
        reference,
        ["/bin/sh", "-c", script],
        network_mode="none",
        labels={labels.OWNER: "test"},
        remove=True,
    )
    return output.decode()


def built(engine: Engine, tmp_path: Path, name: str, text: str) -> Image:
    reference = f"dockbench/test:hints-{name}"
    base = provided(engine, "slim")
    context = write_context(tmp_path / f"{name}.tar", text)
    build_context(engine, context, reference, base=base.reference)
    images = SdkImages(engine)
    content = read_image(reference, keep=keep_for_contents, connect=lambda: images)
    document = anatomy(content, base.diff_ids)
    return Image(reference, document, run(engine, reference, DIRECTORIES).splitlines())


@pytest.fixture(scope="module")
def before_and_after(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Image, Image]]:
    folder = tmp_path_factory.mktemp("hints")
    before = built(engine, folder, "before", dockerfile({}))
    again = "ENV PYTHONDONTWRITEBYTECODE=1" if "PYTHONDONTWRITEBYTECODE" in said(before) else ""
    after = built(engine, folder, "after", dockerfile(commands_in(before.document), again))
    yield before, after
    for image in (before, after):
        engine.client.images.remove(image.reference)


def said(image: Image) -> str:
    return "\n".join(f"{hint.finding} → {hint.change}" for hint in image.document.hints)


def test_each_kind_of_command_is_among_the_hints(before_and_after: tuple[Image, Image]) -> None:
    before, _ = before_and_after
    for finding in (
        "logs",
        "temporary",
        "apt lists",
        "version control",
        "cache: /root/.cache/tool",
    ):
        assert finding in said(before), said(before)
    assert "cache: /var/cache/nginx" in said(before)


def test_the_images_own_check_passes_after_all_hints_were_followed(
    engine: Engine, before_and_after: tuple[Image, Image]
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
    named = commands_in(before.document)
    promised = sum(
        hint.bytes
        for hint in before.document.hints
        if any(re.search(pattern, hint.change) for pattern in COMMANDS)
    )
    saved = before.document.image.stored_bytes - after.document.image.stored_bytes

    assert sum(map(len, named.values())) >= 6
    assert saved > 0.9 * promised
