"""base=alpine makes the same users, judged by Debian's own programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from tests.engine.contexts import printed_of
from tests.engine.test_bases_languages import provided
from tests.unit.edited_texts import edited

ASKS = "id -un; id -gn; id -u; ls -d $HOME; touch $HOME/x && echo written"


@pytest.mark.parametrize(
    "made",
    [
        "useradd -m -u 1234 app",
        "groupadd -g 1300 app && useradd -u 1301 -g app -s /bin/sh -m app",
        "adduser --disabled-password --gecos '' --uid 1400 app",
        "addgroup --system app && adduser --system --ingroup app --uid 150 --home /srv/app app",
    ],
)
def test_the_user_is_the_same(engine: DockerEngine, tmp_path: Path, made: str) -> None:
    text = f"FROM python:3.11-slim\nRUN {made}\nUSER app\nCMD {ASKS}\n"
    said = []
    for number, (image, name, one) in enumerate(
        (
            ("python:3.11-slim", "slim", text),
            ("python:3.11-alpine", "alpine", edited(text, "base=alpine")),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        said.append(printed_of(engine, folder, one.replace(image, provided(engine, image, name))))
    assert said[0] == said[1]
    assert said[1][0] == "app"
    assert said[1][-1] == "written"
