"""Frameworks of Node whose build makes a server or a site: what is started, what is handed out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits import stages
from runner.dockerfile.spans import NotApplicable, replaced
from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.node_scripts import node_scripts
from runner.ecosystems.port import Lacking, Plain
from tests.unit.test_ecosystems import Files

KIT = {"@sveltejs/kit": "2", "vite": "7"}
APPLICATION = "@angular/build:application"


def found_of(
    scripts: dict[str, str],
    dependencies: dict[str, str] | None = None,
    development: dict[str, str] | None = None,
    files: dict[str, str] | None = None,
    **others: Any,
) -> Plain | Lacking | None:
    """What is found for a package.json with these keys."""
    package = {
        "scripts": scripts,
        "dependencies": dependencies or {},
        "devDependencies": development or {},
        **others,
    }
    return plain_of(Files({"package.json": json.dumps(package), **(files or {})}))


@pytest.mark.parametrize(
    ("script", "dependencies", "development", "command"),
    [
        ("nuxt build", {"nuxt": "4"}, {}, ["node", ".output/server/index.mjs"]),
        (
            "astro build",
            {"astro": "5", "@astrojs/node": "9"},
            {},
            ["node", "dist/server/entry.mjs"],
        ),
        ("vite build", {}, {**KIT, "@sveltejs/adapter-node": "5"}, ["node", "build"]),
    ],
)
def test_the_server_that_a_framework_builds_is_started(
    script: str, dependencies: dict[str, str], development: dict[str, str], command: list[str]
) -> None:
    found = found_of({"build": script, "preview": "x"}, dependencies, development)
    assert isinstance(found, Plain)
    assert f"CMD {json.dumps(command)}\n" in found.dockerfile
    assert "RUN npm run build\n" in found.dockerfile
    assert ("ENV HOST=0.0.0.0\n" in found.dockerfile) == ("astro" in script)


def test_a_start_script_comes_before_what_a_framework_usually_builds() -> None:
    found = found_of({"build": "nuxt build", "start": "node server.mjs"}, {"nuxt": "4"})
    assert isinstance(found, Plain)
    assert 'CMD ["npm", "start"]\n' in found.dockerfile


def test_a_main_that_the_build_writes_is_started() -> None:
    found = found_of({"build": "tsc"}, {"express": "5"}, main="./dist/server.js")
    assert isinstance(found, Plain)
    assert 'CMD ["node", "dist/server.js"]\n' in found.dockerfile
    assert isinstance(found_of({}, {"express": "5"}, main="./dist/server.js"), Lacking)


@pytest.mark.parametrize(
    ("scripts", "development", "files", "out"),
    [
        (
            {"start": "docusaurus start", "build": "docusaurus build"},
            {"@docusaurus/core": "3"},
            {},
            "build",
        ),
        (
            {"start": "eleventy --serve", "build": "eleventy"},
            {"@11ty/eleventy": "3"},
            {},
            "_site",
        ),
        (
            {"build": "eleventy --output=public"},
            {"@11ty/eleventy": "3"},
            {},
            "public",
        ),
        (
            {"docs:build": "vitepress build docs"},
            {"vitepress": "1"},
            {},
            "docs/.vitepress/dist",
        ),
        ({"build": "vitepress build"}, {"vitepress": "1"}, {}, ".vitepress/dist"),
        ({"build": "vite build"}, {**KIT, "@sveltejs/adapter-static": "3"}, {}, "build"),
        (
            {"start": "ng serve", "build": "ng build"},
            {},
            {"angular.json": {"builder": APPLICATION, "options": {}}},
            "dist/shop/browser",
        ),
        (
            {"start": "ng serve", "build": "ng build"},
            {},
            {
                "angular.json": {
                    "builder": "@angular-devkit/build-angular:browser",
                    "options": {"outputPath": "dist/old"},
                }
            },
            "dist/old",
        ),
        (
            {"build": "ng build"},
            {},
            {
                "angular.json": {
                    "builder": APPLICATION,
                    "options": {"outputPath": {"base": "out", "browser": ""}},
                }
            },
            "out",
        ),
    ],
)
def test_a_site_is_handed_out_from_where_it_is_built(
    scripts: dict[str, str], development: dict[str, str], files: dict[str, Any], out: str
) -> None:
    texts = {
        name: json.dumps({"projects": {"shop": {"architect": {"build": build}}}})
        for name, build in files.items()
    }
    found = found_of(scripts, {}, development, texts)
    assert isinstance(found, Plain)
    assert f"COPY --from=build /app/{out} /usr/share/nginx/html\n" in found.dockerfile
    (name,) = (x for x in scripts if "build" in x)
    assert f"RUN npm run {name}\n" in found.dockerfile


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"projects": {}}',
        '{"projects": {"x": {"architect": {"build": {"builder": "b", "options": {"ssr": true}}}}}}',
        '{"projects": {"x": {"architect": {"build": {"builder": "b", "options":'
        ' {"outputPath": "../x"}}}}}}',
    ],
)
def test_where_angular_builds_to_is_not_guessed(text: str) -> None:
    scripts = {"start": "ng serve", "build": "ng build"}
    found = found_of(scripts, files={"angular.json": text})
    assert isinstance(found, Plain)
    assert "nginx" not in found.dockerfile


def test_an_adapter_that_builds_no_server_is_said() -> None:
    found = found_of({"build": "vite build"}, {}, {**KIT, "@sveltejs/adapter-auto": "6"})
    assert isinstance(found, Lacking)
    assert "add @sveltejs/adapter-node" in found.why


NEXT = {"next": "16", "react": "19"}
STANDALONE = "const config = {\n  output: 'standalone',\n};\nexport default config;\n"


def test_a_standalone_server_of_next_has_its_static_files_beside_it() -> None:
    scripts = {"build": "next build", "start": "next start"}
    files = {"next.config.mjs": STANDALONE, "public/logo.svg": ""}
    found = found_of(scripts, NEXT, files=files)
    assert isinstance(found, Plain)
    assert 'CMD ["node", ".next/standalone/server.js"]\n' in found.dockerfile
    assert (
        "RUN npm run build && cp -r .next/static .next/standalone/.next/"
        " && cp -r public .next/standalone/\n"
    ) in found.dockerfile
    assert "ENV HOSTNAME=0.0.0.0\n" in found.dockerfile


@pytest.mark.parametrize(
    ("start", "config"),
    [("next start", "// output: 'standalone'\n"), ("node server.js", STANDALONE)],
)
def test_another_next_is_started_as_it_says(start: str, config: str) -> None:
    scripts = {"build": "next build", "start": start}
    found = found_of(scripts, NEXT, files={"next.config.ts": config})
    assert isinstance(found, Plain)
    assert 'CMD ["npm", "start"]\n' in found.dockerfile
    assert "standalone" not in found.dockerfile
    hinted = any(line.startswith("Next without output") for line in found.evidence)
    assert hinted == (config is not STANDALONE)


@pytest.mark.parametrize(
    ("start", "dependencies", "words"),
    [
        ("next start", NEXT, ("node_modules/next/dist/bin/next", "start")),
        ("next start -p 3001", NEXT, ("node_modules/next/dist/bin/next", "start", "-p", "3001")),
        ("next start -p $PORT", NEXT, None),
        ("next start", {}, None),
        ("next dev", NEXT, None),
        (
            "remix-serve ./build/index.js",
            {"@remix-run/serve": "2"},
            ("node_modules/@remix-run/serve/dist/cli.js", "./build/index.js"),
        ),
    ],
)
def test_a_server_of_a_framework_is_a_file_that_node_starts(
    start: str, dependencies: dict[str, str], words: tuple[str, ...] | None
) -> None:
    package = {"scripts": {"start": start}, "dependencies": dependencies}
    scripts = node_scripts(Files({"package.json": json.dumps(package)}))
    assert scripts.get("start") == words


def test_of_a_server_that_holds_all_that_it_imports_nothing_else_is_copied() -> None:
    package = json.dumps({"scripts": {"build": "nuxt build"}, "dependencies": {"nuxt": "4"}})
    tree = Files({"package.json": package, "package-lock.json": "{}"})
    found = plain_of(tree)
    assert isinstance(found, Plain)
    edited = stages.edit(Document(found.dockerfile), facts_of(tree))
    assert not isinstance(edited, NotApplicable)
    text = replaced(found.dockerfile, edited)
    _, _, last = text.rpartition("\nFROM ")
    assert "COPY --from=build /app/.output /app/.output\n" in last
    assert last.count("COPY") == 1
    assert "prune" not in text
