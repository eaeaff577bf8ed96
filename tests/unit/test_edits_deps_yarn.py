"""deps=production for yarn 2 and later, which removes what is for development once all is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.dockerfile.facts import Manifest
from runner.dockerfile.new_yarn import NewYarn
from tests.unit.edited_texts import edited, refused

FILES = Manifest(("package.json", "yarn.lock"), "yarn")
MODULES = NewYarn(linker="node-modules", focuses=True)
FOCUS = "yarn workspaces focus --all --production"
HEAD = (
    "FROM node:22\nWORKDIR /app\nRUN corepack enable\nCOPY package.json yarn.lock .yarnrc.yml ./\n"
)
START = 'COPY . .\nCMD ["node", "a.js"]\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("yarn install --immutable", f"yarn install --immutable \\\n    && {FOCUS}"),
        ("yarn", f"yarn \\\n    && {FOCUS}"),
        ("yarn && yarn cache clean", f"yarn \\\n    && {FOCUS} && yarn cache clean"),
        ("set -eux; yarn install", f"set -eux; yarn install; \\\n    {FOCUS}"),
    ],
)
def test_it_is_removed_behind_the_install(before: str, after: str) -> None:
    text = f"{HEAD}RUN {{}}\n{START}"
    found = edited(text.format(before), "deps=production", yarn=MODULES, manifests=(FILES,))
    assert found == text.format(after)


def test_an_environment_for_production_leaves_nothing_out() -> None:
    """As it does with yarn 1 and npm."""
    text = f"{HEAD}ENV NODE_ENV=production\nRUN yarn install\n{START}"
    assert FOCUS in edited(text, "deps=production", yarn=MODULES)


def test_the_dockerfile_may_say_the_linker() -> None:
    text = f"{HEAD}ENV YARN_NODE_LINKER=node-modules\nRUN yarn install\n{START}"
    assert FOCUS in edited(text, "deps=production", yarn=NewYarn(focuses=True))


def test_those_of_production_are_set_aside_where_a_stage_builds_with_the_others() -> None:
    text = (
        f"{HEAD.replace('22', '22 AS build')}RUN yarn install --immutable\n"
        "COPY . .\nRUN yarn build\n"
        "FROM node:22-slim\nCOPY --from=build /app/node_modules /app/node_modules\n"
    )
    found = edited(text, "deps=production", yarn=MODULES, manifests=(FILES,))
    assert "&& yarn --cwd /production workspaces focus --all --production\nCOPY . .\n" in found
    assert "COPY --from=build /production/node_modules /app/node_modules\n" in found


@pytest.mark.parametrize(
    ("yarn", "said"),
    [
        (NewYarn(focuses=True), "nodeLinker pnp does"),
        (replace(MODULES, focuses=False), "by the plugin workspace-tools"),
        (replace(MODULES, hook="postinstall"), "yarn runs postinstall of package.json"),
        (replace(MODULES, is_named=False), "which yarn installs is not said"),
    ],
)
def test_where_it_stays(yarn: NewYarn, said: str) -> None:
    text = f"{HEAD}RUN yarn install\n{START}"
    assert said in refused(text, "deps=production", yarn=yarn, manifests=(FILES,))


def test_not_where_nothing_can_stand_behind_the_install() -> None:
    text = f"{HEAD}RUN cd a; yarn; cd ../b; yarn\n{START}"
    assert "nothing can stand behind the install of line 5" in refused(
        text, "deps=production", yarn=MODULES
    )


def test_yarn_1_by_corepack_has_its_option() -> None:
    text = f"FROM node:22\nRUN corepack enable\nRUN yarn install\n{START}"
    assert "RUN yarn install --production\n" in edited(text, "deps=production", manifests=(FILES,))


def test_a_build_stage_sets_aside_what_is_left() -> None:
    """Packages in a layer of their own, as without it."""
    text = f"{HEAD}RUN yarn install --immutable\n{START}"
    levels = ("deps=production", "stages=multi")
    found = edited(text, *levels, yarn=MODULES, manifests=(FILES,))
    assert (
        f"RUN yarn install --immutable \\\n    && {FOCUS} \\\n"
        "    && mkdir -p /app/node_modules /production \\\n"
        "    && mv /app/node_modules /production/ \\\n    && rm -rf /app/.yarn/cache\n"
    ) in found
    assert "COPY --from=build /production/node_modules /app/node_modules\n" in found
    assert found.count("focus") == 1
