"""What a Dockerfile for Alpine runs, said for Debian."""

from __future__ import annotations

import re

import pytest

from runner.dockerfile import alpine_packages
from runner.dockerfile.alpine_on_debian import on_debian
from runner.dockerfile.document import Document
from runner.dockerfile.spans import NotApplicable

IMAGES = ("node:22-alpine",)
INSTALL = "(apt-get update && apt-get install --yes --no-install-recommends {} && rm -rf {}{})"


def installed(*names: str, then: str = "") -> str:
    return INSTALL.format(" ".join(names), "/var/lib/apt/lists/*", then)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("apk add --no-cache curl git", installed("curl", "git")),
        ("apk --no-cache add openssl=3.1-r0", installed("openssl")),
        ("apk update && apk add build-base", f"true && {installed('build-essential')}"),
        ("apk add libc6-compat", "true"),
        ("apk add su-exec", installed("gosu", then=" && ln -sf /usr/sbin/gosu /sbin/su-exec")),
        ("apk add sed icu-libs icu-data-en", installed("sed", "libicu72")),
        ("apk add alpine-sdk", installed("build-essential", "git")),
        ("apk add tini", installed("tini", then=" && ln -sf /usr/bin/tini /sbin/tini")),
        (
            "apk add nginx",
            installed(
                "nginx",
                then=" && mkdir -p /run/nginx"
                " && { id nginx >/dev/null 2>&1 || useradd --system nginx; }",
            ),
        ),
        (
            "apk add --virtual .build gcc musl-dev && make && apk del .build",
            f"{installed('gcc', 'libc6-dev')} && make &&"
            " (apt-mark auto gcc libc6-dev > /dev/null && apt-get autoremove --purge --yes)",
        ),
        ("apk add -t .x make || apk del .x", f"{installed('make')} ||"
         " (apt-mark auto make > /dev/null && apt-get autoremove --purge --yes)"),
        ("addgroup -S app && adduser -S app -G app",
         "groupadd --system app && useradd --system --gid app --create-home app"),
        ("adduser radicale --home /var/lib/radicale --system -G radicale",
         "useradd --home-dir /var/lib/radicale --system --gid radicale --create-home radicale"),
        ("adduser -SDH -u 1001 app",
         "useradd --system --no-create-home --uid 1001 --gid nogroup app"),
        ("adduser -D app", "useradd --create-home app"),
        ("addgroup --gid=1001 --system nodejs", "groupadd --gid 1001 --system nodejs"),
        ("adduser -D -S -u ${ID} app www",
         "useradd --system --uid ${ID} --gid www --create-home app"),
        ("apk add libressl dpkg-dev openrc", installed("openssl", "dpkg-dev", "openrc")),
        ("apk add postgresql16-client postgresql16-dev",
         installed("postgresql-client", "libpq-dev")),
        ("apk add py3-pillow protobuf-dev",
         installed("python3-pil", "libprotobuf-dev", "protobuf-compiler")),
        ("apk add lighttpd tzdata", installed("lighttpd", "tzdata")),
        ("addgroup app www", "usermod --append --groups www app"),
        ("npm ci", "npm ci"),
    ],
)  # fmt: skip
def test_each_command_is_that_of_debian(line: str, said: str) -> None:
    found = on_debian(Document(f"FROM node:22-alpine\nRUN {line}\nCMD x\n"), IMAGES)
    assert isinstance(found, Document)
    assert found.text == f"FROM node:22-alpine\nRUN {said}\nCMD x\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("apk add php83", "line 2 installs php83 with apk, of which Debian's"),
        ("apk fetch curl", "line 2 runs apk fetch"),
        ("apk add -X http://x/edge curl", "line 2 installs with apk from another repository"),
        ("apk add curl && if", "line 2 cannot be read as shell"),
        ("adduser -k /skel app", "line 2 gives users or groups the option -k"),
        ("adduser a b c", "line 2 makes users in a way of busybox alone"),
    ],
)
def test_what_has_no_counterpart_is_refused(line: str, reason: str) -> None:
    found = on_debian(Document(f"FROM node:22-alpine\nRUN {line}\n"), IMAGES)
    assert isinstance(found, NotApplicable)
    assert found.reason.startswith(reason)


def test_stages_on_other_images_stay_as_they_are() -> None:
    text = "FROM node:22-alpine AS a\nRUN apk add git\nFROM alpine:3.20\nRUN apk add su-exec\n"
    found = on_debian(Document(text), IMAGES)
    assert isinstance(found, Document)
    assert found.text == text.replace("apk add git", installed("git"))


def test_programs_of_busybox_that_are_run_are_installed() -> None:
    text = (
        "FROM node:22-alpine AS a\nRUN apk add git\nRUN unzip x.zip && echo wget-less\n"
        "FROM a\nHEALTHCHECK CMD wget -q -O - http://localhost/ || exit 1\nCOPY nc /\n"
        'FROM nginx\nCMD ["vi"]\n'
    )
    found = on_debian(Document(text), IMAGES)
    assert isinstance(found, Document)
    more = f"RUN {installed('unzip', 'wget')[1:-1]}"
    expected = text.replace("AS a\n", f"AS a\n{more}\n").replace("apk add git", installed("git"))
    assert found.text == expected


def test_so_are_those_that_its_scripts_run() -> None:
    text = 'FROM node:22-alpine\nCOPY . .\nENTRYPOINT ["./boot.sh"]\n'
    script = "#!/bin/sh\nwhile ! nc -z db 5432; do sleep 1; done\nexec node .\n"
    found = on_debian(Document(text), IMAGES, [script])
    assert isinstance(found, Document)
    more = f"RUN {installed('netcat-openbsd')[1:-1]} && ln -sf bash /bin/sh\n"
    assert found.text == text.replace("COPY", f"{more}COPY", 1)


@pytest.mark.parametrize(
    "line",
    [
        'ENTRYPOINT ["./boot.sh"]',
        'CMD ["/docker-entrypoint"]',
        "RUN . x && [[ -n $A ]]",
        "RUN source venv/bin/activate && x",
    ],
)
def test_a_script_finds_a_shell_that_knows_what_that_of_busybox_does(line: str) -> None:
    text = f"FROM node:22-alpine\n{line}\n"
    found = on_debian(Document(text), IMAGES)
    assert isinstance(found, Document)
    assert found.text == f"FROM node:22-alpine\nRUN ln -sf bash /bin/sh\n{line}\n"


def test_each_package_of_the_table_stands_there_once_and_in_the_order_of_its_names() -> None:
    """The table has no line that hides another one."""
    names = re.findall(r"(?m)^([^#:\n]+):", alpine_packages._TABLE)
    assert len(names) > 300
    assert names == sorted(set(names))


def test_the_lists_of_apk_are_there_for_what_appends_to_them() -> None:
    line = "RUN echo http://a.example/edge >>/etc/apk/repositories\n"
    found = on_debian(Document(f"FROM node:22-alpine\n{line}"), IMAGES)
    assert isinstance(found, Document)
    made = "RUN mkdir -p /etc/apk && touch /etc/apk/repositories\n"
    assert found.text == f"FROM node:22-alpine\n{made}{line}"
