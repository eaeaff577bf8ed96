"""Dockerfiles that nobody has written: no edit takes long for one, however much is in it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from runner.cli.main import main

HEAD = "FROM python:3.11\nWORKDIR /a\n"
BYTES = 100_000
MOST_S = 20.0
"""Of a processor; the largest that people write take a tenth of a second."""
LEVELS = ("installer=uv", "cache=mount", "layers=merged", "deps=production", "copies=mounted")
"""The edits that look at most."""

TEXTS = {
    "stages": "FROM python:3.11 AS s0\n"
    + "".join(
        f"FROM s{n} AS s{n + 1}\nRUN pip install x\nCOPY --from=s{n} / /\n"
        for n in range(BYTES // 55)
    ),
    "instructions": HEAD + "RUN apt-get update && apt-get install -y x && pip install y\n" * 1_700,
    "a chain": f"{HEAD}RUN {'pip install x && ' * (BYTES // 17)}b\n",
    "a here-document": HEAD + "RUN <<EOF\n" + "pip install x\n" * (BYTES // 14) + "EOF\n",
    "a pipe": f"{HEAD}RUN {'a | ' * (BYTES // 4)}b\n",
    "open braces": f"{HEAD}RUN {'${a' * (BYTES // 3)}\n",
    "just below the limits": HEAD + "RUN pip install x && npm ci\n" * 495,
    "wheels": f"{HEAD}COPY wheels /w\n"
    + "COPY w/dist/*.whl /tmp/\nRUN pip install /tmp/*.whl && pip install /w/*\n" * 245,
    "wheels of many names": HEAD
    + "".join(f"COPY {n}.whl {n}x.whl /tmp/\n" for n in range(245))
    + "RUN pip install /tmp/*.whl && rm -rf /w /var/tmp/*\n" * 245,
    "one just below the limit": f"{HEAD}RUN {'pip install x && ' * 495}b\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_dockerfile_takes_long(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    begun_s = time.process_time()
    for level in LEVELS:
        assert main(["edit", str(path), level, "--diff"]) in (0, 2)
        said = capsys.readouterr().err
        assert "unexpected" not in said
        assert said.count("\n") <= 3
    assert time.process_time() - begun_s < MOST_S


@pytest.mark.parametrize(
    ("text", "says"),
    [("FROM a\n" * 101, "more than 100 stages"), ("RUN x\n" * 501, "more than 500 instructions")],
)
def test_too_much_is_named(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    assert main(["edit", str(tmp_path / "Dockerfile"), "cache=purge"]) == 2
    said = capsys.readouterr().err
    assert "Dockerfile" in said
    assert says in said
    assert said.count("\n") == 1
