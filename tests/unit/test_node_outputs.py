"""stages=multi of a framework's server: what it needs is what its configuration says."""

from __future__ import annotations

import json
import time

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits import stages
from runner.dockerfile.spans import NotApplicable, replaced
from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.node_outputs import built_outputs
from runner.ecosystems.port import Plain
from tests.unit.test_ecosystems import Files

HEAD = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
KIT = {"@sveltejs/kit": "2", "@sveltejs/adapter-node": "5"}
KIT_CONFIG = (
    "import adapter from '@sveltejs/adapter-node';\nexport default {{kit: {{adapter: {}}}}};"
)
REMIX = {"@remix-run/serve": "2"}
ROUTER = {"@react-router/serve": "7"}
VITE_REMIX = "import { vitePlugin as remix } from '@remix-run/dev';\nremix({%s})\n"


def project(packages: dict[str, str], start: str = "", **files: str) -> Files:
    scripts = {"build": "x", **({"start": start} if start else {})}
    package = json.dumps({"scripts": scripts, "dependencies": packages})
    named = {path.replace("__", "."): text for path, text in files.items()}
    return Files({"package.json": package, "package-lock.json": "{}", **named})


def last_stage(tree: Files, start: str, head: str = HEAD) -> tuple[str, list[str]]:
    """The build stage after the edit, and what the final stage copies of it."""
    text = f"{head}CMD {start}\n"
    found = stages.edit(Document(text), facts_of(tree))
    assert not isinstance(found, NotApplicable), found.reason
    first, _, last = replaced(text, found).rpartition("\nFROM ")
    lines = [line for line in last.splitlines() if line.startswith("COPY")]
    return first, [line.split()[-1] for line in lines]


NODE_BUILD = '["node", "build"]'
PACKAGES = ["/app/node_modules", "/app/package.json"]


@pytest.mark.parametrize(
    ("tree", "start", "copied"),
    [
        (project(KIT), NODE_BUILD, [*PACKAGES, "/app/build"]),
        (
            project(KIT, svelte__config__js=KIT_CONFIG.format("adapter({ out: 'dist/app' })")),
            '["node", "dist/app/index.js"]',
            [*PACKAGES, "/app/dist/app"],
        ),
        (project(KIT, "node build"), '["npm", "start"]', [*PACKAGES, "/app/build"]),
        (
            project(KIT, "PORT=3000 node -r dotenv/config build"),
            '["npm", "run", "start"]',
            [*PACKAGES, "/app/build"],
        ),
        (
            project(ROUTER, "react-router-serve ./build/server/index.js"),
            '["npm", "start"]',
            [*PACKAGES, "/app/build"],
        ),
        (
            project(
                ROUTER,
                "react-router-serve ./out/server/index.js",
                **{
                    "react-router.config.ts": 'export default { buildDirectory: "out" }',
                    "public/favicon.ico": "",
                },
            ),
            '["npm", "start"]',
            [*PACKAGES, "/app/out", "/app/public"],
        ),
        (
            project(
                REMIX,
                "cross-env NODE_ENV=production remix-serve ./build/server/index.js",
                vite__config__ts=VITE_REMIX % "",
            ),
            '["npm", "start"]',
            [*PACKAGES, "/app/build"],
        ),
        (
            project(REMIX, "remix-serve build", remix__config__js="module.exports = {};"),
            '["npm", "start"]',
            [*PACKAGES, "/app/build", "/app/public"],
        ),
        (
            project({"@astrojs/node": "9"}, astro__config__mjs="outDir: './site'"),
            '["node", "site/server/entry.mjs"]',
            [*PACKAGES, "/app/site"],
        ),
        (project({"nuxt": "4"}), '["node", ".output/server/index.mjs"]', ["/app/.output"]),
        (
            project({"nuxt": "4"}, "node .output/server/index.mjs"),
            '["npm", "start"]',
            ["/app/package.json", "/app/.output"],
        ),
        (
            project({"nuxt": "4"}, nuxt__config__ts="nitro: { output: { dir: 'server' } }"),
            '["node", "server/server/index.mjs"]',
            ["/app/server"],
        ),
        (
            project({"next": "16"}, next__config__mjs="output: 'standalone', distDir: 'out'"),
            '["node", "out/standalone/server.js"]',
            ["/app/out/standalone"],
        ),
        (project({}), '["node", ".output/server/index.mjs"]', ["/app/.output"]),
    ],
)
def test_what_the_configuration_says_is_copied(tree: Files, start: str, copied: list[str]) -> None:
    first, found = last_stage(tree, start)
    assert found == copied
    assert ("npm prune" in first) == ("/app/node_modules" in copied)
    assert ("mkdir -p node_modules" in first) == ("/app/node_modules" in copied)


def test_the_packages_are_a_layer_of_their_own_where_they_can_be() -> None:
    head = (
        "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n"
        "RUN npm run build\n"
    )
    first, copied = last_stage(project(KIT), NODE_BUILD, head)
    assert "cp -a /app /production" in first
    assert copied == ["/app/node_modules", "/app/package.json", "/app/build"]


@pytest.mark.parametrize(
    ("tree", "start", "head"),
    [
        (project(KIT), '["node", "server.js"]', HEAD),
        (project(KIT), '["node", "--import", "./instrument.mjs", "build"]', HEAD),
        (project(KIT), '["node", "--import=./instrument.mjs", "build"]', HEAD),
        (project(KIT, "node migrate.js && node build"), '["npm", "start"]', HEAD),
        (project(KIT, svelte__config__js="adapter({ out: process.env.OUT })"), NODE_BUILD, HEAD),
        (
            project(KIT, **{"src/routes/+page.server.ts": "import fs from 'node:fs';"}),
            NODE_BUILD,
            HEAD,
        ),
        (project({**KIT, "@prisma/client": "6"}), NODE_BUILD, HEAD),
        (project(KIT), NODE_BUILD, f"{HEAD}HEALTHCHECK CMD node healthcheck.js\n"),
        (project(KIT), f'{NODE_BUILD}\nENTRYPOINT ["./entry.sh"]', HEAD),
    ],
)
def test_where_another_file_may_be_needed_all_are_copied(
    tree: Files, start: str, head: str
) -> None:
    _, copied = last_stage(tree, start, head)
    assert copied == ["/app"]


def test_a_script_with_another_before_it_starts_more_than_the_server() -> None:
    package = {"dependencies": KIT, "scripts": {"start": "node build", "prestart": "node x.js"}}
    (found,) = built_outputs(Files({"package.json": json.dumps(package)}))
    assert found.scripts == frozenset()


@pytest.mark.parametrize(
    ("packages", "name", "text"),
    [
        ({"nuxt": "4"}, "nuxt.config.ts", "nitro: { preset: 'cloudflare-pages' }"),
        ({"next": "16"}, "next.config.js", "distDir: 'out'"),
        ({"next": "16"}, "next.config.js", "// output: 'standalone'"),
        (KIT, "svelte.config.js", "out: '../elsewhere'"),
    ],
)
def test_no_output_that_is_known(packages: dict[str, str], name: str, text: str) -> None:
    assert built_outputs(project(packages, **{name: text})) == ()


@pytest.mark.parametrize(
    ("packages", "name", "text", "command"),
    [
        (KIT, "svelte.config.js", "adapter({ out: 'dist' })", '["node", "dist"]'),
        (
            {"nuxt": "4"},
            "nuxt.config.ts",
            "nitro: { output: { dir: 'srv' }, preset: 'node-server' }",
            '["node", "srv/server/index.mjs"]',
        ),
        (
            {"next": "16"},
            "next.config.ts",
            "output: 'standalone',\n distDir: 'out',",
            '["node", "out/standalone/server.js"]',
        ),
    ],
)
def test_the_plain_dockerfile_starts_it_there(
    packages: dict[str, str], name: str, text: str, command: str
) -> None:
    found = plain_of(project(packages, **{name: text}))
    assert isinstance(found, Plain)
    assert f"CMD {command}\n" in found.dockerfile
    copies = "&& cp -r out/static out/standalone/out/\n" in found.dockerfile
    assert copies == ("next" in packages)


@pytest.mark.parametrize(
    "line",
    [
        *("/* ", "/**/ ", "out: ", "output: {", "output: { dir ", "// ", "preset: ", "A=b "),
        *("node ", "import fs from ", "distDir:", "a/"),
    ],
)
def test_no_configuration_takes_long(line: str) -> None:
    text = line * (256_000 // len(line))
    names = ("next", "nuxt", "svelte", "vite", "remix")
    files = {f"{name}.config.js": text for name in names} | {"src/a.js": text}
    packages = {"next": "1", "nuxt": "1", "@sveltejs/adapter-node": "1", **REMIX}
    begun = time.process_time()
    built_outputs(project(packages, text, **files))
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize(
    ("config", "directory"),
    [
        ("/* out: 'a' */ out: 'b'", "b"),
        ("// out: 'a'\nout: 'b' // out: 'c'\n", "b"),
        ("files: ['src/**/*.js'], out: 'b', /* more */", "b"),
        ("url: 'https://x', out: 'b'", "b"),
        ("/* out: 'b'", "b"),
    ],
)
def test_a_comment_configures_nothing(config: str, directory: str) -> None:
    (found,) = built_outputs(project(KIT, **{"svelte.config.js": config}))
    assert found.directory == directory
