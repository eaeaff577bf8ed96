"""stages=multi for yarn 2 and later, and what a final stage starts without a package manager."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import Manifest
from runner.dockerfile.new_yarn import NewYarn
from runner.ecosystems.all import facts_of
from runner.ecosystems.node_scripts import node_scripts
from runner.ecosystems.node_yarn import new_yarn
from tests.unit.edited_texts import edited, refused
from tests.unit.test_ecosystems import Files

YARN = Manifest(("package.json", "yarn.lock"), "yarn")
HEAD = "FROM node:22\nWORKDIR /app\nRUN corepack enable\nCOPY . .\n"
ALL = f"{HEAD}RUN yarn install --immutable\nRUN yarn build\n"
NODE = 'CMD ["node", "dist/index.js"]\n'
FOCUS = "yarn workspaces focus --all --production"
MODULES = NewYarn(linker="node-modules", focuses=True)
PLUG = NewYarn(focuses=True)
LAST = "\nFROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app /app\n"


def multi(text: str, yarn: NewYarn | None, **facts: object) -> str:
    return edited(text, "stages=multi", yarn=yarn, manifests=(YARN,), **facts)


def test_packages_in_node_modules() -> None:
    assert multi(f"{ALL}{NODE}", MODULES) == (
        f"{ALL[:-1]} \\\n    && {FOCUS} \\\n    && rm -rf .yarn/cache\n{LAST}{NODE}"
    ).replace("FROM node:22\n", "FROM node:22 AS build\n")


def test_they_are_a_layer_of_their_own_where_manifests_are_copied_before() -> None:
    before = (
        "FROM node:22\nWORKDIR /app\nRUN corepack enable\n"
        "COPY package.json yarn.lock .yarnrc.yml ./\nCOPY .yarn ./.yarn\n"
        "RUN yarn install --immutable\nCOPY . .\nRUN yarn build\n"
    )
    text = multi(f"{before}{NODE}", MODULES)
    assert "cp -a /app /production" in text
    assert "&& yarn --cwd /production workspaces focus --all --production\n" in text
    assert (
        "yarn build \\\n    && rm -rf /app/.yarn/cache \\\n    && mkdir -p /built/service" in text
    )
    assert "COPY --from=build /built/service /app\n" in text
    assert "COPY --from=packages /production/node_modules /app/node_modules\n" in text


def test_plug_n_play_keeps_its_archives_in_the_working_directory() -> None:
    text = multi(f"{ALL}{NODE}", PLUG)
    assert "ENV YARN_ENABLE_GLOBAL_CACHE=false\nRUN yarn install --immutable\n" in text
    assert f"&& {FOCUS} \\\n    && for file in .yarn/cache/*.zip; do" in text
    assert text.endswith(LAST + NODE)
    local = multi(f"{ALL}{NODE}", NewYarn(global_cache=False, focuses=True))
    assert "YARN_ENABLE_GLOBAL_CACHE" not in local


@pytest.mark.parametrize(
    "yarn",
    [
        NewYarn(linker="node-modules"),
        NewYarn(linker="node-modules", focuses=True, hook="postinstall"),
        NewYarn(global_cache=False),
    ],
)
def test_packages_for_development_stay_where_yarn_cannot_leave_them_out(yarn: NewYarn) -> None:
    text = multi(f"{ALL}{NODE}", yarn)
    assert "focus" not in text
    assert text.endswith(LAST + NODE)
    assert "*.zip" not in text, "they are named by .pnp.cjs all"


@pytest.mark.parametrize(
    ("text", "yarn", "said"),
    [
        (f"{ALL}{NODE}", NewYarn(is_named=False), "which yarn installs is not said"),
        (f"{ALL}{NODE}", NewYarn(moves="cacheFolder"), "cacheFolder puts packages of yarn where"),
        (
            f"{HEAD}ENV YARN_CACHE_FOLDER=/c\nRUN yarn install\n{NODE}",
            PLUG,
            "YARN_CACHE_FOLDER puts packages of yarn where",
        ),
        (
            f"{HEAD}RUN --mount=type=cache,target=/app/.yarn/cache yarn install\n{NODE}",
            PLUG,
            ".yarn/cache is a cache mount, and Plug'n'Play loads packages from it",
        ),
        (
            f"{HEAD}ENV YARN_ENABLE_GLOBAL_CACHE=true\nRUN yarn install\n{NODE}",
            PLUG,
            "YARN_ENABLE_GLOBAL_CACHE keeps packages outside",
        ),
        (
            f'{ALL}CMD ["yarn", "start"]\n',
            MODULES,
            'line 7 starts yarn, which is not in the final stage\'s base: name what it starts'
            ' (CMD ["node", FILE])',
        ),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, yarn: NewYarn, said: str) -> None:
    assert said in refused(text, "stages=multi", yarn=yarn, manifests=(YARN,))


def test_the_dockerfile_may_say_which_yarn_it_is() -> None:
    said = ALL.replace("corepack enable", "corepack enable && corepack prepare yarn@4 --activate")
    unnamed = replace(MODULES, is_named=False)
    assert FOCUS in multi(f"{said}{NODE}", unnamed)


def test_the_dockerfile_may_say_the_linker() -> None:
    text = f"{HEAD}ENV YARN_NODE_LINKER=node-modules\nRUN yarn install\n{NODE}"
    assert "GLOBAL_CACHE" not in multi(text, PLUG)


@pytest.mark.parametrize(
    ("yarn", "started", "words"),
    [
        (MODULES, '["yarn", "start"]', ["node", "dist/index.js"]),
        (MODULES, "yarn run start", ["node", "dist/index.js"]),
        (MODULES, '["yarn", "node", "dist/a.js", "--port=1"]', ["node", "dist/a.js", "--port=1"]),
        (PLUG, '["yarn", "node", "a.js"]', ["node", "--require", "./.pnp.cjs", "a.js"]),
    ],
)
def test_node_is_started_in_place_of_a_yarn_that_is_not_there(
    yarn: NewYarn, started: str, words: list[str]
) -> None:
    scripts = {"start": ("dist/index.js",)}
    text = multi(f"{ALL}# starts it\nCMD {started}\n", yarn, node_scripts=scripts)
    assert text.endswith(f"\n# starts it\nCMD {json.dumps(words)}\n")


def test_a_yarn_that_the_project_brings_is_started_as_before() -> None:
    own = NewYarn(linker="node-modules", focuses=True, has_release=True)
    assert multi(f'{ALL}CMD ["yarn", "start"]\n', own).endswith('CMD ["yarn", "start"]\n')


def test_the_same_of_pnpm() -> None:
    text = (
        'FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm i -g pnpm@9\nRUN pnpm i\nCMD ["pnpm", "{}"]\n'
    )
    scripts = {"start": ("server.js",)}
    done = edited(text.format("start"), "stages=multi", node_scripts=scripts)
    assert done.endswith('CMD ["node", "server.js"]\n')
    assert "line 6 starts pnpm, which is not in the final stage's base" in refused(
        text.format("other"), "stages=multi", node_scripts=scripts
    )


def project(settings: str, lock: str, /, **package: object) -> Files:
    found = {"package.json": json.dumps(package), "yarn.lock": lock}
    return Files({**found, ".yarnrc.yml": settings})


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (project("", "", packageManager="yarn@4.5.3"), NewYarn(focuses=True)),
        (project("nodeLinker: node-modules\n", "", packageManager="yarn@3.8.7+sha224.a"),
         NewYarn("node-modules", global_cache=False)),
        (project("yarnPath: .yarn/releases/yarn-4.9.1.cjs\nenableGlobalCache: false\n", ""),
         NewYarn(global_cache=False, focuses=True, has_release=True)),
        (project("plugins:\n  - path: .yarn/plugins/@yarnpkg/plugin-workspace-tools.cjs\n"
                 "cacheFolder: ./c\n", "", packageManager="yarn@3.1.0"),
         NewYarn(global_cache=False, focuses=True, moves="cacheFolder")),
        (project("", "# yarn\n\n__metadata:\n  version: 8\n", type="module",
                 scripts={"postinstall": "x"}),
         NewYarn(focuses=True, is_named=False, hook="postinstall", is_module=True)),
        (project("nodeLinker: [\n", "", packageManager="yarn@4.0.0"), None),
        (project("- a\n", "", packageManager="yarn@4.0.0"), None),
        (Files({"package.json": '{"packageManager": "yarn@1.22.22"}', "yarn.lock": ""}), None),
        (Files({"package.json": "{}", "package-lock.json": ""}), None),
    ],
)  # fmt: skip
def test_the_settings_of_a_yarn(tree: Files, found: NewYarn | None) -> None:
    read = new_yarn(tree)
    assert facts_of(tree).yarn == read
    assert (read and replace(read, files=())) == found


def test_yarn_1_by_corepack_is_split_as_any() -> None:
    text = edited(f"{ALL}{NODE}", "stages=multi", manifests=(YARN,))
    assert "yarn install --production" in text


def test_scripts_that_node_starts_with_plug_n_play() -> None:
    scripts = {"start": "node a.js", "serve": "next start"}
    given: dict[str, object] = {"scripts": scripts, "dependencies": {"next": "16"}}
    plug = project("", "", packageManager="yarn@4.5.3", **given)
    assert node_scripts(plug) == {"start": ("--require", "./.pnp.cjs", "a.js")}
    assert node_scripts(project("", "", packageManager="yarn@4.5.3", type="module", **given)) == {}
    modules = node_scripts(
        project("nodeLinker: node-modules\n", "", packageManager="yarn@4.5.3", **given)
    )
    assert modules["serve"][0] == "node_modules/next/dist/bin/next"


SETTINGS = (
    "yarnPath: .yarn/releases/yarn-4.9.1.cjs\nplugins:\n  - path: .yarn/plugins/a.cjs\n"
    "  - ../elsewhere.cjs\n"
)


def test_what_a_yarn_reads_is_copied_before_it_installs() -> None:
    tree = project(SETTINGS + "nodeLinker: node-modules\n", "", name="a")
    facts = facts_of(tree)
    result = apply(Document(f"{ALL}{NODE}"), {"order": "deps_first"}, facts).document.text
    assert (
        "COPY package.json yarn.lock .yarnrc.yml ./\n"
        "COPY .yarn/releases/yarn-4.9.1.cjs .yarn/releases/\n"
        "COPY .yarn/plugins/a.cjs .yarn/plugins/\nRUN yarn install --immutable\nCOPY . .\n"
    ) in result
    split = apply(Document(result), {"stages": "multi"}, facts).document.text
    assert "COPY --from=packages /production/node_modules /app/node_modules\n" in split


def test_patches_are_files_of_the_project() -> None:
    tree = project("", "", dependencies={"a": "patch:a@npm%3A1#./.yarn/patches/a.patch"})
    (manifest,) = facts_of(tree).manifests
    assert not manifest.self_contained


@pytest.mark.parametrize(
    ("linker", "level", "said"),
    [
        ("pnp", "cache=purge", "leaves a cache"),
        ("pnp", "user=nobody", "loads packages from the home of root"),
        ("node-modules", "cache=purge", ""),
        ("node-modules", "user=nobody", ""),
    ],
)
def test_what_plug_n_play_runs_from_is_no_cache(linker: str, level: str, said: str) -> None:
    tree = project(f"nodeLinker: {linker}\n", "", packageManager="yarn@4.5.3")
    (applied,) = apply(Document(f"{ALL}{NODE}"), dict([level.split("=")]), facts_of(tree)).applied
    assert said in applied.reason
    assert bool(applied.reason) == bool(said)


def test_another_user_starts_no_manager_that_corepack_took() -> None:
    started = f'{ALL}CMD ["yarn", "start"]\n'
    assert refused(started, "user=nobody") == (
        "corepack keeps yarn in the home of root, who took it"
    )
    brings = NewYarn(linker="node-modules", has_release=True)
    assert "USER 65532" in edited(started, "user=nobody", yarn=brings)
    assert "USER 65532" in edited(f"{ALL}{NODE}", "user=nobody")
