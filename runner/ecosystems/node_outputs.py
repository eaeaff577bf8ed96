"""Frameworks of Node that build a server: where, by their configuration, and what it needs beside
what was built. A row of the table is all that is known of one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.dockerfile.built_output import NITRO, PLAIN_WORDS, BuiltOutput, starts_node
from runner.ecosystems.busy_packages import names_reader
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of
from runner.ecosystems.port import Tree


@dataclass(frozen=True)
class Framework:
    """One framework whose build makes a server."""

    name: str
    packages: frozenset[str]
    """Of which a project names one."""
    configuration: str
    """A regular expression for the name of its configuration file."""
    directory: str
    """Where it builds to if the configuration does not say it."""
    says: str = ""
    """A regular expression that ends where the configuration names another directory."""
    inside: str = ""
    """Where in that directory the server lies with all that it needs."""
    entry: str = ""
    """The server's file in there; empty for a directory that Node starts itself."""
    serves: str = ""
    """The program of a package that starts the server, in place of Node."""
    self_contained: bool = False
    beside: Sequence[str] = ()
    """Directories that its server hands out files of, where the project has them."""
    makes: Sequence[str] = ()
    """The same of those that the build makes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Without which it listens for its own machine alone."""
    requires: str = ""
    """What the configuration has to hold for there to be such a server."""
    excludes: str = ""
    """What it may not hold."""

    def command_in(self, directory: str) -> tuple[str, ...]:
        """What starts the server that was built to this directory."""
        return ("node", posixpath.join(directory, self.inside, self.entry).rstrip("/"))


def _config(name: str) -> str:
    return rf"{name}\.config\.[cm]?[jt]s"


_NITRO_DIRECTORY = r"\boutput\s*:\s*\{[^{}]*\bdir\s*:"
_OTHER_PRESET = r"\bpreset\s*:(?!\s*[\"']node(?:[-_](?:server|cluster))?[\"'])"
_OUT_OF_ROUTER = r"\bbuildDirectory\s*:"
FRAMEWORKS: Sequence[Framework] = (
    Framework(
        "Next",
        frozenset(("next",)),
        _config("next"),
        ".next",
        r"\bdistDir\s*:",
        inside="standalone",
        entry="server.js",
        self_contained=True,
        environment={"HOSTNAME": "0.0.0.0"},
        requires=r"\boutput\s*:\s*[\"']standalone[\"']",
    ),
    Framework(
        "Astro",
        frozenset(("@astrojs/node",)),
        _config("astro"),
        "dist",
        r"\boutDir\s*:",
        entry="server/entry.mjs",
        environment={"HOST": "0.0.0.0"},
    ),
    Framework(
        "SvelteKit",
        frozenset(("@sveltejs/adapter-node",)),
        _config("svelte"),
        "build",
        r"\bout\s*:",
    ),
    Framework(
        "Nuxt",
        frozenset(("nuxt",)),
        _config("nuxt"),
        NITRO,
        _NITRO_DIRECTORY,
        entry="server/index.mjs",
        self_contained=True,
        excludes=_OTHER_PRESET,
    ),
    Framework(
        "Nitro",
        frozenset(("nitropack", "nitro", "vinxi")),
        rf"{_config('nitro')}|{_config('app')}|{_config('vite')}",
        NITRO,
        _NITRO_DIRECTORY,
        entry="server/index.mjs",
        self_contained=True,
        excludes=_OTHER_PRESET,
    ),
    Framework(
        "React Router",
        frozenset(("@react-router/serve",)),
        _config("react-router"),
        "build",
        _OUT_OF_ROUTER,
        entry="server/index.js",
        serves="react-router-serve",
        beside=("public",),
    ),
    Framework(
        "Remix",
        frozenset(("@remix-run/serve",)),
        _config("vite"),
        "build",
        _OUT_OF_ROUTER,
        entry="server/index.js",
        serves="remix-serve",
        beside=("public",),
        requires="@remix-run/dev",
    ),
    Framework(
        "Remix's own compiler",
        frozenset(("@remix-run/serve",)),
        _config("remix"),
        "build",
        r"\bserverBuildPath\s*:",
        entry="index.js",
        serves="remix-serve",
        makes=("public",),
        requires=r"\S",
        excludes=r"\bassetsBuildDirectory\s*:(?!\s*[\"']public/)",
    ),
)
_BLOCK = re.compile(r"(?<![^\s;{}(),])/\*")
_COMMENT = re.compile(r"(?<![:\"'`\w])//[^\n]*")
_NAMED = re.compile(r"\s*[\"'`]([\w@.-]+(?:/[\w@.-]+)*)/?[\"'`]")
_SET = re.compile(r"(?:(?:npx|exec|cross-env)[ \t]+|[A-Z][A-Z0-9_]*=[\w./:@-]*[ \t]+)*")
"""What of a script stands before its program and only sets variables."""
_SOURCE = re.compile(
    r"(?!.*\.(?:config|test|spec|d)\.)(.*/)?[^/]+\.(?:[cm]?[jt]sx?|svelte|astro|vue)"
)
_ASIDE = re.compile(r"(?:^|/)(?:tests?|__tests__|e2e|cypress|scripts|\.storybook)/")
_READS_FILES = re.compile(
    r"[\"'](?:node:)?(?:fs|path)(?:/promises)?[\"']|\bprocess\.cwd\(|\bimport\.meta\.dirname\b"
    r"|\bmigrationsFolder\b|sqlite|libsql"
)
"""What of a source may read files of the project, besides what was built."""


def named_packages(package: Mapping[str, Any]) -> frozenset[str]:
    """All packages that a package.json names: frameworks are often among those of development."""
    found = (package.get(key) for key in ("dependencies", "devDependencies"))
    return frozenset(name for item in found if isinstance(item, dict) for name in item)


def built_directory(tree: Tree, framework: Framework) -> str | None:
    """The directory that its configuration says, else the usual one; None where it builds no such
    server, and where the directory is not said in so many words."""
    texts = [
        _without_comments(text)
        for path, text in tree.texts.items()
        if re.fullmatch(framework.configuration, path)
    ]
    if framework.requires and not any(re.search(framework.requires, text) for text in texts):
        return None
    if framework.excludes and any(re.search(framework.excludes, text) for text in texts):
        return None
    for text in texts if framework.says else ():
        if match := re.search(framework.says, text):
            named = _NAMED.match(text, match.end())
            return _inside(named[1]) if named else None
    return framework.directory


def _without_comments(text: str) -> str:
    """A text of JavaScript without its comments; `**/*.js` in a string begins none."""
    kept, at = [], 0
    while begun := _BLOCK.search(text, at):
        end = text.find("*/", begun.end())
        if end < 0:
            break
        kept.append(text[at : begun.start()])
        at = end + 2
    return _COMMENT.sub("", "".join([*kept, text[at:]]))


def _inside(path: str) -> str | None:
    """A directory of the project; that of a file with the ending of a program."""
    found = posixpath.normpath(path)
    found = posixpath.dirname(found) if found.endswith(".js") else found
    return None if found in ("", ".") or found.startswith("..") else found


def built_outputs(tree: Tree) -> tuple[BuiltOutput, ...]:
    """What the builds of a project's frameworks leave that is enough to run their servers, with
    production's packages where that is said."""
    package = package_of(tree)
    return tuple(_outputs(tree, package)) if package else ()


def _outputs(tree: Tree, package: Mapping[str, Any]) -> Iterator[BuiltOutput]:
    named = named_packages(package)
    for framework in FRAMEWORKS:
        if not framework.packages & named or "workspaces" in package:
            continue
        directory = built_directory(tree, framework)
        if directory is None or (not framework.self_contained and _reads_files(tree)):
            continue
        output = BuiltOutput(
            posixpath.normpath(posixpath.join(directory, framework.inside)),
            framework.self_contained,
            (*framework.makes, *(x for x in framework.beside if _has(tree, x))),
        )
        yield replace(output, scripts=frozenset(_scripts(package, framework, output)))


def _has(tree: Tree, directory: str) -> bool:
    return any(path.startswith(f"{directory}/") for path in tree.paths)


def _scripts(
    package: Mapping[str, Any], framework: Framework, output: BuiltOutput
) -> Iterator[str]:
    """The scripts that only start the server of an output, with none before or behind them."""
    scripts = scripts_of(dict(package))
    for name, text in scripts.items():
        around = {f"pre{name}", f"post{name}"} & scripts.keys()
        if not around and _starts(text, framework, output):
            yield name


def _starts(text: str, framework: Framework, output: BuiltOutput) -> bool:
    command = text.strip()
    before = _SET.match(command)
    command = command[before.end() :] if before else command
    if not PLAIN_WORDS.fullmatch(command):
        return False
    program, *operands = command.split()
    if framework.serves and program == framework.serves:
        return bool(operands) and all(map(output.holds, operands))
    return program == "node" and starts_node(operands, output)


def _reads_files(tree: Tree) -> bool:
    """Whether a source, or a package that the project names, may read its files when it runs."""
    if names_reader(tree.texts.get(PACKAGE, "")):
        return True
    return any(
        _READS_FILES.search(text)
        for path, text in tree.texts.items()
        if _SOURCE.fullmatch(path) and not _ASIDE.search(path)
    )
