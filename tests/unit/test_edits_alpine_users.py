"""base=alpine makes the users that Debian's programs make with those of busybox."""

from __future__ import annotations

import pytest

from tests.unit.edited_texts import edited, refused


@pytest.mark.parametrize(
    ("debian", "alpine"),
    [
        ("useradd -m appuser", "adduser -D appuser"),
        ("useradd app", "adduser -D -H app"),
        ("useradd -r app", "addgroup -S app && adduser -D -S -H -G app app"),
        ("groupadd -r app && useradd -r -g app app",
         "addgroup -S app && adduser -D -S -G app -H app"),
        ("groupadd --gid 1000 app && useradd --uid 1000 --gid app --shell /bin/bash -m app",
         "addgroup -g 1000 app && adduser -D -u 1000 -G app -s /bin/bash app"),
        ("useradd -ms /bin/sh -d /srv app", "adduser -D -s /bin/sh -h /srv app"),
        ('adduser --disabled-password --gecos "" app', 'adduser -D -g "" app'),
        ("adduser -u 5678 --disabled-password --gecos '' app && chown -R app /app",
         "adduser -D -u 5678 -g '' app && chown -R app /app"),
        ("adduser --system --group app", "addgroup -S app && adduser -D -S -H -G app app"),
        ("addgroup --system django && adduser --system --ingroup django django",
         "addgroup -S django && adduser -D -S -G django -H django"),
        ("addgroup --system --gid 1001 nodejs; adduser --system --uid 1001 nextjs",
         "addgroup -S -g 1001 nodejs; adduser -D -S -u 1001 -H nextjs"),
        ("usermod -aG www app && adduser app staff", "addgroup app www && addgroup app staff"),
        ("useradd --uid=${ID} app", "adduser -D -u ${ID} -H app"),
    ],
)  # fmt: skip
def test_each_way(debian: str, alpine: str) -> None:
    text = f"FROM python:3.12\nRUN {debian}\nCMD x\n"
    assert edited(text, "base=alpine") == f"FROM python:3.12-alpine\nRUN {alpine}\nCMD x\n"


@pytest.mark.parametrize(
    "command",
    [
        "useradd -G sudo app",
        "useradd -g 1000 app",
        "useradd -p x app",
        "adduser --firstuid 7 app",
        "usermod -l a b",
        "true || useradd -r app",
        "groupadd -f app",
    ],
)
def test_what_busybox_does_otherwise_is_refused(command: str) -> None:
    said = refused(f"FROM python:3.12\nRUN {command}\nCMD x\n", "base=alpine")
    assert "as Debian has it" in said
