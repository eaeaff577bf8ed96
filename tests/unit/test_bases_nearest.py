"""What is suggested where an image cannot be had."""

from __future__ import annotations

import pytest

from runner.engine.standins.nearest import (
    in_another_kind,
    nearest_on_debian,
    nearest_references,
    of_the_same_program,
    releases_apart,
)
from runner.engine.standins.on_others import fetched_from
from runner.engine.standins.references import standin_for


def on_a_mirror(reference: str) -> bool:
    """What can be made where Ubuntu's archive is not reached."""
    return not fetched_from(standin_for(reference))


@pytest.mark.parametrize(
    ("reference", "nearest"),
    [
        ("python:slim", "python:3.13-slim python:3.11-slim"),
        ("docker.io/library/python:3.12.4-slim-bookworm", "python:3.11-slim python:3.13-slim"),
        ("public.ecr.aws/docker/library/python:3.12-slim", "python:3.11-slim python:3.13-slim"),
        ("python:3.8", "python:3.9 python:3.11"),
        ("python:3.9.5-slim-bullseye", "python:3.9-slim"),
        ("python:3.10", "python:3.11 python:3.9"),
        ("python", "python:3.13 python:3.11"),
        ("python:3.13-alpine3.20", "python:3.13-alpine"),
        ("httpd:alpine", "httpd:2.4"),
        ("httpd:2.4-alpine3.20", "httpd:2.4"),
        ("node:18-alpine", "node:20-alpine node:22-alpine"),
        ("node:21-slim@sha256:0123456789abcdef", "node:20-slim node:22-slim"),
        ("node:hydrogen-alpine", "node:20-alpine node:22-alpine"),
        ("node:lts-iron", "node:20"),
        ("node:lts-bookworm-slim", "node:24-slim node:22-slim"),
        ("node:latest", "node:24 node:22"),
        ("node:26.1-slim", "node:26-slim"),
        ("node:lts-alpine", "node:24-alpine node:22-alpine"),
        ("node:99", "node:26 node:24"),
        ("golang:1.20-alpine", "golang:1.21-alpine golang:1.22-alpine"),
        ("golang:1", "golang:1.27 golang:1.26"),
        ("golang:1.22.1-bullseye", "golang:1.22"),
        ("ubuntu:22.04", "debian:bookworm-slim"),
        ("debian:stable", "debian:bookworm-slim"),
        ("alpine:3.9", "alpine:3.20"),
        ("gcr.io/distroless/base:nonroot", "gcr.io/distroless/base-debian12:nonroot"),
        ("ghcr.io/astral-sh/uv:0.5.2", "ghcr.io/astral-sh/uv:latest"),
        (
            "ghcr.io/astral-sh/uv:0.8-python3.12-bookworm-slim",
            "ghcr.io/astral-sh/uv:python3.11-bookworm-slim"
            " ghcr.io/astral-sh/uv:python3.13-bookworm-slim",
        ),
        ("nginx:latest", "nginx:1.22"),
        ("nginx:1.25.3-alpine3.18-slim", "nginx:1.22-alpine-slim"),
        ("traefik:3.1", ""),
        ("oven/bun:1.2.2-alpine", "oven/bun:1.4-alpine"),
        (
            "gcr.io/distroless/nodejs18-debian11:nonroot",
            "gcr.io/distroless/nodejs18-debian12:nonroot",
        ),
        ("node:8", "node:10 node:12"),
        (
            "gcr.io/distroless/nodejs",
            "gcr.io/distroless/nodejs24-debian12 gcr.io/distroless/nodejs22-debian12",
        ),
        ("gcr.io/distroless/python3", "gcr.io/distroless/python3-debian12"),
        (
            "tiangolo/uvicorn-gunicorn-fastapi:python3.8-slim",
            "tiangolo/uvicorn-gunicorn-fastapi:python3.11",
        ),
        (
            "tiangolo/uvicorn-gunicorn-fastapi:latest",
            "tiangolo/uvicorn-gunicorn-fastapi:python3.11",
        ),
        ("nginxinc/nginx-unprivileged:stable-alpine-slim", "nginxinc/nginx-unprivileged:1.22"),
        ("busybox:1.36-musl", "alpine:3.20"),
        ("ghcr.io/x/python:3.12", ""),
        ("Not A Reference", ""),
    ],
)
def test_the_nearest_is_the_same_program_in_the_same_kind_of_image(
    reference: str, nearest: str
) -> None:
    assert nearest_references(reference, on_a_mirror) == nearest.split()
    assert all(map(standin_for, nearest.split()))


@pytest.mark.parametrize(
    ("reference", "nearest"),
    [
        ("python:slim", "python:3.14-slim python:3.13-slim"),
        ("docker.io/library/python:3.12.4-slim-bookworm", "python:3.12-slim"),
        ("python:3.8.0", "python:3.8"),
        ("python:3.7-slim", "python:3.8-slim python:3.6-slim"),
        ("python:3.6", "python:3.6"),
        ("python:3.5-slim", "python:3.6-slim python:3.8-slim"),
        ("python:3.10", "python:3.10"),
        ("python:3.14-slim-trixie", "python:3.14-slim"),
        ("python:3.15-slim", "python:3.14-slim python:3.13-slim"),
        (
            "ghcr.io/astral-sh/uv:0.8-python3.12-bookworm-slim",
            "ghcr.io/astral-sh/uv:python3.12-bookworm-slim",
        ),
    ],
)
def test_where_ubuntus_archive_answers_there_are_more_pythons(reference: str, nearest: str) -> None:
    assert nearest_references(reference) == nearest.split()


@pytest.mark.parametrize(
    ("reference", "named", "other"),
    [
        ("python:alpine", {"python:slim": "python:3.11-slim"}, "python:3.11-alpine"),
        ("python:3.12", {"python:3.12-slim": "python:3.11-slim"}, "python:3.11"),
        ("python:3.13", {"python:3.12-slim": "python:3.11-slim"}, ""),
        ("python:alpine", {"python:slim": "company/python:1"}, ""),
        ("node:18-slim", {"node:18": "node:20"}, "node:20-slim"),
        ("node:18-slim", {}, ""),
        ("nginx:stable-alpine-slim", {"nginx:stable": "nginx:1.22"}, "nginx:1.22-alpine-slim"),
        ("nginx:1.27-alpine-slim", {"nginx:stable": "nginx:1.22"}, ""),
    ],
)
def test_what_stands_for_one_kind_says_what_stands_for_another(
    reference: str, named: dict[str, str], other: str
) -> None:
    assert in_another_kind(reference, named) == other


@pytest.mark.parametrize(
    ("reference", "other"),
    [
        ("python:3.9-alpine3.18", "python:3.9-slim"),
        ("python:3.8-alpine", "python:3.9-slim python:3.11-slim"),
        ("docker.io/library/node:18.4-alpine", "node:18-slim"),
        ("node:19-alpine", "node:18-slim node:20-slim"),
        ("node:alpine", "node:24-slim node:22-slim"),
        ("golang:1.22-alpine", "golang:1.22"),
        ("alpine", "debian:bookworm-slim"),
        ("ruby:3.2-alpine", ""),
    ],
)
def test_where_apk_is_needed_the_nearest_is_of_debian(reference: str, other: str) -> None:
    assert nearest_on_debian(reference, on_a_mirror) == other.split()


def test_releases_of_one_program_are_counted() -> None:
    assert releases_apart("node:14-alpine", "node:20-alpine") == 6
    assert releases_apart("python:3.8-alpine", "python:3.11-alpine") == 3
    assert releases_apart("python:alpine", "python:3.11-alpine") == 0


@pytest.mark.parametrize(
    ("reference", "official"),
    [
        ("tiangolo/uwsgi-nginx-flask:python3.9", "python:3.9"),
        ("company/nginx:1-node20-alpine", "node:20-alpine"),
        ("mhart/alpine-node:12", "node:20-alpine"),
        ("bitnami/node:18", "node:18"),
        ("registry.example.org/ubi8/nodejs-22:latest", "node:22"),
        ("registry.example.org/ubi9/python-311:1-77", "python:3.11"),
        ("example.org/devcontainers/python:3.11", "python:3.11"),
        ("circleci/golang:1.22-node", "golang:1.22"),
        ("bitnami/nginx:1.25", "nginx:1.22"),
        ("company/nodered:1", ""),
        ("company/service:1", ""),
    ],
)
def test_the_official_image_of_the_program_that_a_name_tells(reference: str, official: str) -> None:
    assert of_the_same_program(reference) == official
