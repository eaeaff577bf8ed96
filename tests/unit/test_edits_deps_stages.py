"""deps=production where stages share the packages of one that installs, by COPY or by FROM."""

from __future__ import annotations

import pytest

from runner.dockerfile.node_commands import ForDevelopment
from tests.unit.edited_texts import PACKAGES, edited, refused

BASE = "FROM node:22 AS base\nWORKDIR /app\n\n"
DEPS = "FROM base AS deps\nCOPY package*.json ./\nRUN npm ci\n\n"
COPIES = "FROM base AS builder\nCOPY --from=deps /app/node_modules ./node_modules\n"
BUILDS = "COPY . .\nRUN npm run build\n\n"
BUILDER = f"FROM deps AS builder\n{BUILDS}"
MIDDLE = "FROM deps AS middle\nFROM middle AS builder\n"
TAKES = (
    "FROM base AS runner\nCOPY --from=builder /app/dist ./dist\n"
    "COPY --from=builder /app/node_modules ./node_modules\nCMD node dist\n"
)
ON_DEPS = "FROM deps AS runner\nCOPY --from=builder /app/dist ./dist\nCMD node dist\n"
ASIDE = (
    "RUN npm ci \\\n    && mkdir -p /app/node_modules \\\n    && cp -a /app /production \\\n"
    "    && npm prune --prefix /production --omit=dev\n"
)
NODEMON = ForDevelopment(frozenset(("nodemon",)), {"nodemon": "nodemon"}, {"dev": "nodemon"})


def production(text: str, **facts: object) -> str:
    return edited(text, "deps=production", manifests=(PACKAGES,), **facts)


def test_a_stage_that_copies_the_packages_may_build_with_them() -> None:
    text = f"{BASE}{DEPS}{COPIES}{BUILDS}{TAKES}"
    assert production(text) == text.replace("RUN npm ci\n", ASIDE).replace(
        "--from=builder /app/node_modules", "--from=deps /production/node_modules"
    )


def test_so_may_one_that_is_built_on_it() -> None:
    text = f"{BASE}{DEPS}{BUILDER}{TAKES}"
    assert production(text) == text.replace("RUN npm ci\n", ASIDE).replace(
        "builder /app/node_modules", "builder /production/node_modules"
    )


def test_an_image_on_the_stage_that_installs_is_built_on_a_copy_of_it() -> None:
    copy = DEPS.replace("AS deps", "AS production").replace("npm ci", "npm ci --omit=dev")
    assert production(f"{BASE}{DEPS}{BUILDER}{ON_DEPS}") == (
        f"{BASE}{DEPS}{BUILDER}{copy}{ON_DEPS.replace('FROM deps', 'FROM production')}"
    )


def test_the_copy_has_a_name_of_its_own() -> None:
    other = "FROM deps AS production\nRUN npm test\n"
    text = production(f"{BASE}{DEPS}{other}{ON_DEPS.replace('builder', 'production')}")
    assert "FROM base AS production-2\nCOPY package*.json ./\nRUN npm ci --omit=dev\n" in text
    assert "FROM production-2 AS runner\n" in text


def test_a_stage_for_developers_keeps_what_it_starts() -> None:
    stage = "FROM deps AS dev\nCMD npm run dev\n\n"
    text = f"{BASE}{DEPS}{stage}FROM deps AS runner\nCOPY . .\nCMD node dist\n"
    assert stage in production(text, for_development=NODEMON)
    assert "FROM production AS runner" in production(text, for_development=NODEMON)
    assert "FROM deps AS runner" in production(text), "where nothing is known to be needed"


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}{DEPS}{BUILDER}{ON_DEPS}RUN npm run build\n",
        f"{BASE}{DEPS}RUN npm ci\n{BUILDER}{ON_DEPS}",
        f"{BASE}{DEPS}{MIDDLE}{BUILDS}{ON_DEPS.replace('deps', 'middle')}",
        f"{BASE}{DEPS}{BUILDER}{ON_DEPS.replace('--from=builder', '--from=2')}",
    ],
    ids=["builds itself", "installs more", "on what needs them", "numbers of stages"],
)
def test_no_copy_of_the_stage(text: str) -> None:
    assert "may need them" in refused(text, "deps=production", manifests=(PACKAGES,))


def test_nothing_of_the_image_to_tell_where_it_takes_no_packages() -> None:
    text = f"{BASE}{DEPS}{COPIES}{BUILDS}FROM base\nCOPY --from=builder /app/dist ./dist\n"
    assert "line 11 runs npm run build, which may need them" in refused(
        text, "deps=production", manifests=(PACKAGES,)
    )


@pytest.mark.parametrize("more", ["RUN npm i foo\n", "RUN npm install --no-save foo\n"])
def test_not_where_more_is_installed_there(more: str) -> None:
    text = f"{BASE}{DEPS}{COPIES}{more}{BUILDS}{TAKES}"
    assert refused(text, "deps=production", manifests=(PACKAGES,))


@pytest.mark.parametrize("more", ["RUN npm i -g pm2\n", "RUN npm --prefix site ci\n"])
def test_what_is_installed_elsewhere_changes_nothing(more: str) -> None:
    text = f"{BASE}{DEPS}{COPIES}{more}{BUILDS}{TAKES}"
    assert "COPY --from=deps /production/node_modules" in production(text)


def test_a_stage_that_removes_them_is_left_alone() -> None:
    pruned = "FROM deps AS pruned\nRUN npm prune --production\n"
    taken = TAKES.replace("builder /app/node", "pruned /app/node")
    said = refused(f"{BASE}{DEPS}{pruned}{COPIES}{BUILDS}{taken}", "deps=production")
    assert "no RUN installs development dependencies" in said


def test_an_image_that_runs_what_is_for_development_keeps_it() -> None:
    taken = TAKES.replace("CMD", "RUN npx nodemon --version\nCMD")
    said = refused(
        f"{BASE}{DEPS}{COPIES}{BUILDS}{taken}",
        "deps=production",
        manifests=(PACKAGES,),
        for_development=NODEMON,
    )
    assert "line 11 runs npm run build" in said


def test_packages_in_a_mount_are_packages_too() -> None:
    text = (
        f"{BASE}{DEPS}FROM base AS builder\n"
        "RUN --mount=from=deps,source=/app/node_modules,target=/app/node_modules npm run build\n"
        "FROM base\nCOPY --from=builder /app/dist ./dist\n"
    )
    assert "line 9 runs npm run build" in refused(text, "deps=production", manifests=(PACKAGES,))
