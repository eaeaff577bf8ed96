"""deps=production where an image copies the packages of the stage that builds."""

from __future__ import annotations

import pytest

from runner.dockerfile.facts import Manifest
from tests.unit.edited_texts import PACKAGES, edited, refused

BUILDS = "COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
IMAGE = (
    "FROM node:22-slim\nENV NODE_ENV=production\nWORKDIR /srv\n"
    "COPY --from=builder --chown=node /app/node_modules ./node_modules\n"
    "COPY --from=builder /app/dist ./dist\nCMD node dist\n"
)
TEXT = f"FROM node:22 AS builder\nWORKDIR /app\n{BUILDS}\n{IMAGE}"


def test_those_of_production_are_set_aside_and_copied() -> None:
    assert edited(TEXT, "deps=production", manifests=(PACKAGES,)) == TEXT.replace(
        "RUN npm ci\n",
        "RUN npm ci \\\n    && mkdir -p /app/node_modules \\\n    && cp -a /app /production \\\n"
        "    && npm prune --prefix /production --omit=dev\n",
    ).replace("/app/node_modules ./", "/production/node_modules ./")


def test_a_stage_is_known_by_its_number_too() -> None:
    text = TEXT.replace(" AS builder", "").replace("--from=builder", "--from=0")
    found = edited(text, "deps=production", manifests=(PACKAGES,))
    assert "COPY --from=0 --chown=node /production/node_modules ./node_modules" in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/app/node_modules ./node_modules", "/app ./"),
        ("/app/node_modules ./node_modules", "/app/node_modules /app/package.json ./"),
        ("FROM node:22-slim", "FROM builder"),
        ("COPY package*.json ./\nRUN npm ci\nCOPY . .", "COPY . .\nRUN npm ci"),
        ("RUN npm ci", "USER node\nRUN npm ci"),
        ("COPY package*", "COPY tools package*"),
    ],
)
def test_not_where_the_image_takes_more_or_something_else_may_be_in_them(
    before: str, after: str
) -> None:
    text = TEXT.replace(before, after)
    said = refused(text, "deps=production", manifests=(PACKAGES,))
    assert "runs npm run build" in said


def test_not_where_a_script_of_the_project_may_write_into_them() -> None:
    other = Manifest(PACKAGES.files, "npm", written_later=True)
    assert refused(TEXT, "deps=production", manifests=(other,))


def test_an_environment_for_production_counts_where_it_is_installed() -> None:
    early = TEXT.replace("WORKDIR /app\n", "ENV NODE_ENV=production\nWORKDIR /app\n")
    assert "NODE_ENV" in refused(early, "deps=production", manifests=(PACKAGES,))
