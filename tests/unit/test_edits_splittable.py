"""stages=multi of a Dockerfile whose last stage is built on others of it."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import COMPOSE, Facts
from runner.ecosystems.installers import INSTALLERS
from tests.unit.edited_texts import PACKAGES, REQUIREMENTS, edited, refused

_BASE = "FROM python:3.12 AS base\nENV A=1\nWORKDIR /app\n"
_DEVELOPMENT = "FROM base AS development\nRUN pip install pytest\nCMD pytest\n\n"
_PRODUCTION = (
    "FROM base AS production\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    "COPY . .\nEXPOSE 80\nCMD serve\n"
)
_SPLIT = """FROM base AS build
COPY requirements.txt .
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN python -m venv --without-pip /opt/venv \\
    && pip --python=/opt/venv/bin/python install -r requirements.txt

FROM python:3.12-slim AS production
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
ENV A=1
WORKDIR /app
EXPOSE 80
COPY --from=build /opt/venv /opt/venv
COPY . .
CMD serve
"""


@pytest.mark.parametrize("others", ["", _DEVELOPMENT], ids=["alone", "beside_another"])
def test_the_last_stage_keeps_its_name_and_other_stages_stay(others: str) -> None:
    text = f"{_BASE}\n{others}{_PRODUCTION}"
    assert edited(text, "stages=multi", manifests=(REQUIREMENTS,)) == f"{_BASE}\n{others}{_SPLIT}"


def test_a_target_is_the_stage_that_serves() -> None:
    text = "FROM python:3 AS App\nWORKDIR /app\nRUN pip install x\nCOPY . .\nCMD serve\n"
    result = apply(Document(text, "app"), {"stages": "multi"}, Facts(INSTALLERS))
    assert [stage.name for stage in result.document.stages] == ["build", "app"]
    assert result.document.final == 1


def test_one_that_a_compose_file_starts_is_split_too() -> None:
    text = "FROM python:3\nWORKDIR /app\nRUN pip install x\nCOPY . .\n"
    (refused,) = apply(Document(text), {"stages": "multi"}, Facts(INSTALLERS)).applied
    assert refused.reason == "it starts no command of its own"
    composed = Facts(INSTALLERS, started={"uvicorn": COMPOSE})
    result = apply(Document(text), {"stages": "multi"}, composed)
    assert [item.reason for item in result.applied] == [""]
    assert result.document.text.endswith("COPY --from=build /opt/venv /opt/venv\nCOPY . .\n")


def test_what_is_installed_below_is_split_too_where_nothing_else_is_built_on_it() -> None:
    text = (
        "FROM node:20 AS base\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n\n"
        "FROM base AS production\nCOPY . .\nRUN npm run build\nCMD node dist/main.js\n"
    )
    result = edited(text, "stages=multi", manifests=(PACKAGES,))
    assert "FROM base AS build\nCOPY . .\n" in result
    assert "FROM node:20-slim AS production\nWORKDIR /app\n" in result


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{_BASE}RUN pip install x\n{_DEVELOPMENT}{_PRODUCTION}",
            "other stages are built on what it installs, too",
        ),
        (f"{_BASE}CMD x\n{_PRODUCTION}", "it starts its command in a stage that others"),
        (_BASE + _PRODUCTION.replace("COPY . .", "COPY --from=base /a /b"), "several stages"),
        (_BASE + _PRODUCTION.replace("COPY . .", "COPY --from=0 /a /b"), "several stages"),
        (
            _BASE + _PRODUCTION.replace("pip", "--mount=type=bind,from=base,target=/b pip"),
            "several stages",
        ),
        (_BASE.replace("base", "build") + _PRODUCTION.replace("base", "build"), "several stages"),
    ],
)
def test_why_it_is_not_split(text: str, said: str) -> None:
    assert said in refused(text, "stages=multi", manifests=(REQUIREMENTS,))


def test_a_target_between_others_is_split_where_it_stands() -> None:
    document = Document(f"{_BASE}\n{_PRODUCTION}\n# for tests\n{_DEVELOPMENT}", "production")
    result = apply(document, {"stages": "multi"}, Facts(INSTALLERS, manifests=(REQUIREMENTS,)))
    assert result.document.text == f"{_BASE}\n{_SPLIT}\n# for tests\n{_DEVELOPMENT}"
    again = apply(result.document, {"stages": "multi"}, Facts(INSTALLERS))
    assert again.document.text == result.document.text


@pytest.mark.parametrize(
    "other",
    [
        "FROM production AS test\n",
        "FROM Production\nRUN x\n",
        "FROM base\nCOPY --from=production /app /app\n",
        "FROM base\nCOPY --from=1 /app /app\n",
    ],
)
def test_what_others_take_is_not_split(other: str) -> None:
    document = Document(f"{_BASE}{_PRODUCTION}{other}", "production")
    (applied,) = apply(document, {"stages": "multi"}, Facts(INSTALLERS)).applied
    assert applied.reason == "another stage takes what is built, or is built on it"


def test_a_stage_behind_it_that_is_named_by_its_number_would_have_another_one() -> None:
    tools = "FROM alpine AS tools\nFROM base\nCOPY --from=2 /bin/x /x\n"
    document = Document(f"{_BASE}{_PRODUCTION}{tools}", "production")
    (applied,) = apply(document, {"stages": "multi"}, Facts(INSTALLERS)).applied
    assert applied.reason == "a stage behind it is named by its number"


def test_a_number_of_any_length_names_no_stage() -> None:
    tools = f"FROM alpine AS tools\nFROM base\nCOPY --from={'9' * 5000} /bin/x /x\n"
    document = Document(f"{_BASE}{_PRODUCTION}{tools}", "production")
    (applied,) = apply(document, {"stages": "multi"}, Facts(INSTALLERS)).applied
    assert applied.reason == "a stage behind it is named by its number"
