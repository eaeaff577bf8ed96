"""A service that imports itself by the name of its directory keeps that directory."""

from __future__ import annotations

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.own_package import with_own_package
from runner.detect.dockerfile import Dockerfile
from runner.model.record import Failure

TEXT = """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["gunicorn", "app:app"]
"""


def own(text: str = TEXT, context: str = "code/src", plain: bool = True) -> OwnDockerfile:
    return OwnDockerfile("plain", Dockerfile(text), "", context=context, plain=plain)


def failed(module: str) -> dict[str, Failure]:
    line = f"ModuleNotFoundError: No module named '{module}'"
    return {"plain": Failure("check: start", "the container exited with 1", 1, (line,))}


@pytest.mark.parametrize("module", ["src", "src.config"])
def test_the_directory_keeps_its_name(module: str) -> None:
    (found,), said = with_own_package([own()], failed(module))
    assert found.dockerfile.text == TEXT.replace(
        "WORKDIR /app\n", "WORKDIR /app/src\nENV PYTHONPATH=/app\n"
    )
    assert found.mends == tuple(said)
    assert said == [
        "code/src is copied to /app/src, and PYTHONPATH is /app: its sources import themselves as"
        " src"
    ]


def test_an_environment_of_its_own_moves_with_it() -> None:
    text = TEXT.replace("CMD", "ENV PATH=/app/.venv/bin:$PATH\nCMD")
    (found,), _ = with_own_package([own(text)], failed("src"))
    assert "ENV PATH=/app/src/.venv/bin:$PATH\n" in found.dockerfile.text


@pytest.mark.parametrize(
    ("item", "module"),
    [
        (own(), "other"),
        (own(plain=False), "src"),
        (own(context="."), "src"),
        (own(context="my-src"), "my-src"),
        (own(TEXT + "ENV PYTHONPATH=/x\n"), "src"),
        (own(TEXT + "WORKDIR /app\n"), "src"),
    ],
)
def test_nothing_else_is_changed(item: OwnDockerfile, module: str) -> None:
    assert with_own_package([item], failed(module)) == ([item], [])
