"""stages=multi of a stage that others stand beside gives the same service without its compilers."""

from __future__ import annotations

from pathlib import Path

from runner.engine.docker.engine import DockerEngine
from tests.engine.contexts import printed_of
from tests.engine.test_bases_languages import provided
from tests.unit.edited_texts import REQUIREMENTS, edited

TEXT = """\
FROM python:3.11-slim AS base
ENV GREETING=hello
WORKDIR /app

FROM base AS development
RUN pip install pytest
CMD ["pytest"]

FROM base AS production
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY main.py .
CMD ["python", "main.py"]
"""
MAIN = b"""\
import os, sys
import pkg_resources, six
print(os.environ["GREETING"], six.__version__, sys.prefix, os.getcwd())
print(os.path.exists("/left-behind"), os.path.exists("/opt/venv/bin/pip"))
"""


def test_the_stage_that_is_built_keeps_what_it_is_built_on(
    engine: DockerEngine, tmp_path: Path
) -> None:
    slim = provided(engine, "python:3.11-slim", "slim")
    after = edited(TEXT, "stages=multi", manifests=(REQUIREMENTS,))
    assert "\nFROM base AS build\n" in after
    assert "\nFROM python:3.11-slim AS production\n" in after
    after = after.replace("AS build\n", "AS build\nRUN touch /left-behind\n")
    files = {"requirements.txt": b"six==1.16.0\n", "main.py": MAIN}
    printed = printed_of(engine, tmp_path, after.replace("python:3.11-slim", slim), files)

    assert printed == ["hello 1.16.0 /opt/venv /app", "False False"]


def test_files_belong_to_whom_they_were_given(engine: DockerEngine, tmp_path: Path) -> None:
    slim = provided(engine, "python:3.11-slim", "slim")
    text = (
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
        'RUN pip install -r requirements.txt\nCOPY . .\nRUN python -c \'open("made", "w")\'\n'
        "RUN useradd app && mkdir logs && chown -R app:app /app\nUSER app\nCMD ls -l -d . *\n"
    )
    after = edited(text, "stages=multi", manifests=(REQUIREMENTS,))
    files = {"requirements.txt": b"six==1.16.0\n", "main.py": MAIN}
    owners: list[dict[str, list[str]]] = []
    for built in (text, after):
        folder = tmp_path / str(len(owners))
        folder.mkdir()
        printed = printed_of(engine, folder, built.replace("python:3.11-slim", slim), files)
        lines = [line.split() for line in printed]
        owners.append({words[-1]: words[2:4] for words in lines})
    assert owners[0] == owners[1]
    assert owners[1]["made"] == owners[1]["logs"] == owners[1]["."] == ["app", "app"]
