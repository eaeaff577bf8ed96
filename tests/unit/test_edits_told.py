"""Edits that are told more of a project than a Dockerfile says: what is for the build alone, where
the service lies in what is copied, which release of uv, and whether symbols go."""

from __future__ import annotations

import dataclasses
from functools import partial

from runner.dockerfile.document import Document
from runner.dockerfile.edits import (
    bytecode,
    cache_flags,
    installer_uv,
    order,
    stages,
    toolchain,
    traced,
)
from runner.dockerfile.edits.registry import Edit
from runner.dockerfile.facts import BaseConfig, Facts, Manifest, Opened
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.installers import INSTALLERS

FACTS = Facts(INSTALLERS, build_packages=frozenset(("gcc", "libpq-dev")), language="python")
APT = """\
FROM python:3.12-slim
RUN apt-get update \\
    && apt-get install -y libpq5 \\
    && apt-get install -y gcc libpq-dev \\
    && pip install -r r.txt
CMD ["x"]
"""
APK = "FROM python:3.12-alpine\nRUN apk add gcc libpq-dev && pip install -r r.txt\nCMD x\n"


def edited(text: str, edit: Edit, facts: Facts = FACTS) -> str:
    document = Document(text)
    found = edit(document, facts)
    assert not isinstance(found, NotApplicable), found
    again = document.edited(found)
    twice = edit(again, facts)
    assert isinstance(twice, NotApplicable) or again.edited(twice).text == again.text
    return again.text


def test_what_is_for_the_build_alone_goes_with_all_that_it_brought() -> None:
    text = edited(APT, toolchain.edit)
    before = "&& apt-mark showmanual > /tmp/manual \\\n    && apt-get install -y gcc libpq-dev"
    assert before in text
    assert text.index("pip install") < text.index("apt-mark auto '.*'")
    assert "    && apt-get purge -y --auto-remove \\\n    && rm /tmp/manual\n" in text
    apk = edited(APK, toolchain.edit)
    assert "apk add --virtual .build-deps gcc libpq-dev" in apk
    assert "apk del --no-network .build-deps\n" in apk


def test_where_a_command_installs_more_the_names_alone_are_removed() -> None:
    mixed = APT.replace("gcc libpq-dev", "gcc libpq-dev curl")
    text = edited(mixed, toolchain.edit)
    assert "apt-get purge -y --auto-remove gcc libpq-dev\n" in text
    assert "apt-mark" not in text


def test_headers_for_the_build_alone_need_no_library_in_the_last_stage() -> None:
    text = "FROM ${BASE}\nWORKDIR /a\nCOPY . .\nRUN apk add libpq-dev odd-dev libpq\n"
    text += "RUN pip install -r r.txt\nCMD x\n"
    told = dataclasses.replace(FACTS, build_packages=frozenset(("libpq-dev", "odd-dev")))
    assert "RUN apk add --no-cache libpq\n" in edited(text, stages.edit, told)
    assert isinstance(stages.edit(Document(text), FACTS), NotApplicable)


def test_an_image_in_a_variable_is_of_the_language_that_is_told() -> None:
    text = "FROM ${BASE}\nWORKDIR /a\nCOPY . .\nRUN pip install -r r.txt\nCMD x\n"
    assert edited(text, stages.edit).count("FROM ${BASE}") == 2
    unknown = stages.edit(Document(text), Facts(INSTALLERS))
    assert unknown == NotApplicable("${BASE} is an image of no language that is known")


BELOW = """\
FROM python:3.12-slim
WORKDIR /app/backend
COPY . /app
RUN pip install -r requirements.txt
CMD ["x"]
"""


def test_a_manifest_is_found_below_what_is_copied() -> None:
    manifests = (
        Manifest(("requirements.txt",), "pip"),
        Manifest(("backend/requirements.txt",), "pip"),
    )
    told = dataclasses.replace(FACTS, manifests=manifests)
    text = edited(BELOW, order.edit, told)
    assert "COPY backend/requirements.txt ./\nRUN pip" in text
    elsewhere = BELOW.replace("COPY . /app", "COPY . /app/backend")
    assert "COPY requirements.txt ./\nRUN pip" in edited(elsewhere, order.edit, told)


def test_a_manifest_with_a_space_in_its_name_is_copied_in_json_form() -> None:
    told = dataclasses.replace(FACTS, manifests=(Manifest(("a b/r.txt",), "pip"),))
    text = BELOW.replace("requirements.txt", "'../a b/r.txt'")
    assert 'COPY ["a b/r.txt", "/app/a b/"]\n' in edited(text, order.edit, told)


def test_what_was_copied_above_the_service_is_stored_once() -> None:
    text = edited(BELOW, stages.edit)
    final = text.split("FROM python:3.12-slim\n")[1]
    assert "COPY --from=build /app /app\n" in final
    assert "/app/backend /app/backend" not in final
    assert "COPY . /app" not in final
    first = edited(
        BELOW.replace(
            "COPY . /app\nRUN pip install -r requirements.txt\n",
            "COPY backend/requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . /app\n",
        ),
        stages.edit,
    )
    assert "COPY . /app\n" in first.split("FROM python:3.12-slim\n")[1]


def test_uv_of_the_release_that_is_asked_for() -> None:
    text = edited(BELOW, partial(installer_uv.edit, requirement="uv==0.9.2"))
    assert "pip install --no-cache-dir uv==0.9.2" in text


def test_a_flag_takes_the_place_of_what_it_makes_needless() -> None:
    text = "FROM alpine:3.20\nRUN apk add --update-cache curl\nCMD x\n"
    assert "RUN apk add --no-cache curl\n" in edited(text, cache_flags.edit)


def test_the_last_stage_compiles_nothing_at_each_start_either() -> None:
    text = "FROM python:3.12 AS build\nRUN pip install x\nFROM python:3.12\nCMD x\n"
    assert edited(text, bytecode.edit).count("ENV PYTHONDONTWRITEBYTECODE=1") == 2
    other = text.replace("\nFROM python:3.12\n", "\nFROM nginx\n")
    assert edited(other, bytecode.edit).count("ENV PYTHONDONTWRITEBYTECODE=1") == 1


def test_poetry_is_told_to_compile_no_more() -> None:
    text = "FROM python:3.12\nRUN poetry install --no-root --compile\nCMD x\n"
    assert "poetry install --no-root\n" in edited(text, bytecode.edit)


def test_symbols_go_where_something_was_built() -> None:
    opened = Opened(("/a",), BaseConfig())
    told = dataclasses.replace(FACTS, opened=opened)
    text = edited("FROM a AS build\nRUN x\nFROM b\nCMD x\n", partial(traced.edit, strip=True), told)
    assert "FROM build AS traced\nCOPY --from=whole / /whole\n" in text
    assert "-exec strip --strip-debug '{}' + ; fi" in text
    alone = edited("FROM a\nCMD x\n", partial(traced.edit, strip=True), told)
    assert "FROM whole AS traced\n" in alone
