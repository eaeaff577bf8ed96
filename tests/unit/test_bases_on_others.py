"""Stand-ins that are built on other stand-ins: which references they stand for, and from what they
are made."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from runner.engine.standins import compiled_python_recipe
from runner.engine.standins.machine import Machine
from runner.engine.standins.on_others import plain_name, recipe_of, targets
from runner.engine.standins.recipe import SUITE
from runner.engine.standins.references import standin_for

MACHINE = Machine(architecture="x86_64")


@pytest.mark.parametrize(
    ("reference", "standin"),
    [
        ("python:3.13", "python3.13"),
        ("docker.io/library/python:3.13.2-slim-bookworm", "python3.13-slim"),
        ("python:3.13-alpine3.22", "python3.13-alpine"),
        ("python:3.13-alpine-bookworm", ""),
        ("httpd:2.4.62", "httpd"),
        ("httpd:2-bookworm", "httpd"),
        ("httpd:2.2", ""),
        ("python:3.12-slim", "python3.12-slim"),
        ("python:3.8.0-slim", "python3.8-slim"),
        ("python:3.7-slim", ""),
        ("python:3.9.20-slim-bookworm", "python3.9-slim"),
        ("rabbitmq:3.13-management-alpine", "rabbitmq"),
        ("debian:bookworm-slim", "debian-slim"),
        ("debian:12.5-slim", "debian-slim"),
        ("debian:bookworm-20240110-slim", "debian-slim"),
        ("debian:bookworm", ""),
        ("debian:trixie-slim", ""),
        ("alpine", "alpine-linux"),
        ("alpine:3.20.1", "alpine-linux"),
        ("alpine:3.9", ""),
        *((x, "busybox") for x in ("busybox", "busybox:1.36.1-musl", "busybox:stable")),
        ("busybox:glibc", ""),
        ("gcr.io/distroless/static-debian12", "distroless-static"),
        ("gcr.io/distroless/base-debian12:nonroot", "distroless-base-nonroot"),
        ("gcr.io/distroless/static:nonroot", "distroless-static-nonroot"),
        ("gcr.io/distroless/static-debian12:debug", ""),
        ("gcr.io/distroless/base", ""),
        ("distroless/static-debian12", ""),
        ("ghcr.io/astral-sh/uv:latest", "uv"),
        ("ghcr.io/astral-sh/uv:0.4.0", ""),
        ("ghcr.io/astral-sh/uv:python3.13-bookworm-slim", "uv-python3.13-slim"),
        ("ghcr.io/astral-sh/uv:python3.12-alpine", "uv-python3.12-alpine"),
        ("ghcr.io/astral-sh/uv:latest-python3.11-alpine3.22", "uv-python3.11-alpine"),
        ("ghcr.io/astral-sh/uv:latest-python3.11-bookworm", "uv-python3.11"),
        ("company/uv:latest", ""),
        ("nginx:1.22.1", "nginx"),
        ("nginx:1.22-alpine", ""),
        ("nginx:1.22.1-alpine3.17-slim", "nginx-alpine"),
        ("nginx", ""),
        ("gcr.io/distroless/python3-debian12:latest", "distroless-python"),
        ("gcr.io/distroless/nodejs22-debian12:nonroot", "distroless-node22-nonroot"),
        ("gcr.io/distroless/nodejs18-debian12", "distroless-node18"),
        ("gcr.io/distroless/nodejs12-debian12", ""),
        ("node:18.17.1-bullseye-slim", "node18-slim"),
        ("node:14-buster", "node14"),
        ("node:16", "node16"),
        ("node:16-alpine", ""),
        ("node:8", ""),
        ("oven/bun", "bun"),
        ("oven/bun:1-slim", "bun-slim"),
        ("oven/bun:alpine", "bun-alpine"),
        ("oven/bun:1.4.5-debian", "bun"),
        ("oven/bun:1.2", ""),
        ("oven/bun:1-distroless", ""),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.11", "fastapi"),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.9", ""),
        ("nginxinc/nginx-unprivileged:1.22.1", "nginx-unprivileged"),
        ("nginxinc/nginx-unprivileged:1.25", ""),
    ],
)
def test_each_stands_for_what_it_was_made_for(reference: str, standin: str) -> None:
    assert standin_for(reference) == standin


@pytest.mark.parametrize("target", targets())
def test_each_has_a_stage_a_plain_name_and_a_recipe_of_its_own_files(target: str) -> None:
    recipe = recipe_of(target, MACHINE, SUITE)
    assert recipe is not None
    text = (recipe.directory / recipe.dockerfile).read_text()
    stages = re.findall(r"(?m)^FROM \S+ AS (\S+)$", text)
    assert recipe.stage in stages
    assert standin_for(plain_name(target)) == target
    assert all(path.is_relative_to(recipe.directory) for path in recipe.files)
    others = recipe_of(target, Machine(architecture="aarch64"), SUITE)
    assert others is not None
    assert others.digest != recipe.digest


def test_images_of_uv_with_python_change_with_that_python(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: digest(name) for name in ("uv", "uv-python3.11", "uv-python3.13")}
    newer = replace(compiled_python_recipe.VERSIONS["3.13"], version="3.13.9")
    monkeypatch.setitem(cast(dict[str, Any], compiled_python_recipe.VERSIONS), "3.13", newer)
    after = {name: digest(name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"uv-python3.13"}


def digest(target: str) -> str:
    recipe = recipe_of(target, MACHINE, SUITE)
    assert recipe is not None
    return recipe.digest
