"""Likely causes of failures that lie in what npm, yarn and Go's tools install, and in the Node that
runs it."""

from __future__ import annotations

import re

_EXISTS = re.compile(
    r"EEXIST: file already exists, (?:symlink|link|copyfile|open|mkdir) [^\n]*'(/[^'\n]+)'"
    r"|npm (?:ERR!|error) (?:path|File exists:) (/\S+)"
)
_ENGINE = re.compile(
    r"Not compatible with your version of node/npm: (\S+)(?:.|\n)*?Required:\s+(\{[^\n]*\})"
    r"(?:.|\n)*?\"node\":\"v?([\d.]+)\"\}"
)
OTHER_LOCK = re.compile(r"((?:Missing: \S+ from|Invalid: \S+) lock file\b)")
_NO_COMPILER = re.compile(r"gyp ERR! (?:find Python|stack Error: not found: make)")
_NODE = re.compile(r"\"node\":\"([^\"]+)\"")
_YARN_ENGINE = re.compile(
    r"The engine \"node\" is incompatible with this module\. Expected version \"([^\"]+)\"\."
    r" Got \"v?([\d.]+)\""
)
_NOT_IN_NPM = re.compile(r"Couldn't find package \"([^\"\s]+)\" on the \"npm\" registry")
_NOT_THERE = re.compile(
    r"ERR_PNPM_FETCH_404[^\n]*?/([\w.-]+)\.tgz: Not Found"
    r"|/([\w.-]+)\.tgz: Request failed \\?\"404"
    r"|E?404[^\n]* GET \S*?/([\w.-]+)\.tgz"
    r"|No matching version found for ((?:@[\w.-]+/)?[\w.-]+@[^\s.]\S*?)\.?(?:\s|$)"
    r"|Couldn't find any versions for \"([^\"]+)\" that matches"
)
_NO_CLIENT = re.compile(
    r"@prisma/client[\"']* has no exported member|@prisma/client did not initialize yet"
)
_BY_GIT = re.compile(
    r"(?:ls-remote|clone)\b[^\n]*?\b(?:ssh|https?|git)://(?:[^@/\s]*@)?([\w.-]+\.[a-z]{2,})[/:](\S+)"
    r"(?:.|\n)*?(?:Could not resolve host|unable to access|Could not read from remote)"
)
_JS_RAISED = re.compile(r"(?:TypeError|ReferenceError|SyntaxError|Error): [^\n]*")
_JS_FRAME = re.compile(r"^\s*at [^\n]*?(?!node:)(/[^\s():]+):\d+(?::\d+)?\)?$", re.MULTILINE)
_IN_MODULES = re.compile(r".*/node_modules/((?:@[^/]+/)?[^/]+)/")
_OF_COREPACK = re.compile(r"Cannot find module '\S*/corepack/v1/(pnpm|yarn)/(\d[\w.-]*)/")
_OF_AN_EARLIER_NODE = re.compile(r"ERR_OSSL_EVP_UNSUPPORTED|primordials is not defined")


def npm_cause(text: str) -> str:
    """A file that npm does not overwrite, a lock of another npm, a module that is compiled where no
    compiler is, a package for another version of Node; else empty."""
    if match := _EXISTS.search(text) if "EEXIST" in text else None:
        path = match[1] or match[2]
        return (
            f"its base image has {path} already, and npm does not overwrite it: leave out what"
            f" installs {path.rpartition('/')[2]}, or install it with --force"
        )
    if match := OTHER_LOCK.search(text):
        return (
            f"package-lock.json does not fit to package.json for this npm ({match[1]}): write it"
            " anew with `npm install`, or where another version of npm wrote it, install that one"
            " before (`RUN npm install --global npm@11`)"
        )
    if _NO_COMPILER.search(text):
        return (
            "a module of Node is compiled, as what was compiled before could not be downloaded, and"
            " its base has no Python or no compiler: install python3, make and g++ before, in that"
            " stage"
        )
    wanted = has = package = ""
    if match := _ENGINE.search(text):
        package, has = match[1], match[3]
        wanted = node[1] if (node := _NODE.search(match[2])) else ""
    elif match := _YARN_ENGINE.search(text):
        package, wanted, has = "a package", match[1], match[2]
    if not wanted:
        return ""
    return (
        f"{package} asks for Node {wanted}, and its base has {has}: pin an earlier version of it,"
        " or name another base (--base IMAGE=OTHER)"
    )


def npm_index_cause(text: str) -> str:
    """What the package index, or another host that packages come from, does not have here."""
    if match := _NOT_IN_NPM.search(text):
        return (
            f"the index has no {match[1]}, which a package that is installed in today's version"
            " asks for: pin an earlier one in the command that installs it (yarn global add pnpm@9)"
        )
    if match := _NOT_THERE.search(text):
        wanted = next(filter(None, match.groups()))
        return (
            f"the package index that answers here has no {wanted}, which the lock or package.json"
            " asks for: build where one answers that has it, or name another version"
        )
    if match := _BY_GIT.search(text):
        return (
            f"a dependency is fetched by git from {match[1]} ({match[2]}), which does not answer:"
            " name a version of it that the package index has, or build where that host answers"
        )
    if "Exit handler never called!" in text:
        return (
            "npm gave up, as it does where a host does not answer from which its lock takes files:"
            " look at `resolved` in package-lock.json, and where that is no public one, write the"
            " lock anew or build with `npm ci --replace-registry-host=always`"
        )
    return ""


def prisma_cause(text: str) -> str:
    """A client that Prisma writes into the installed packages, and has not written."""
    if not _NO_CLIENT.search(text):
        return ""
    return (
        "Prisma's client is not generated there: copy the directory of its schema before packages"
        " are installed, or have `npx prisma generate` run before what needs it"
    )


def compiler_cause(text: str) -> str:
    """What the compiler of TypeScript refuses."""
    match = re.search(r"\berror (TS\d+): ([^\n]{0,100})", text)
    if match is None:
        return ""
    return (
        f"TypeScript refuses the sources or the types that were installed ({match[1]}: {match[2]}):"
        " where no lock says their versions, pin those with which it worked (`ARG"
        " npm_config_before=YYYY-MM-DD` behind FROM has npm take those of a day)"
    )


def peers_cause(text: str) -> str:
    """Packages that ask for versions of others which the project does not install."""
    if "ERESOLVE" not in text:
        return ""
    return (
        "npm 7 and later end where packages ask for versions of others that are not installed"
        " (ERESOLVE): install with --legacy-peer-deps as npm 6 did, or bring a package-lock.json"
    )


def corepack_cause(text: str) -> str:
    """A package manager of today that corepack fetched, and that the image's Node cannot start."""
    match = _OF_COREPACK.search(text)
    if match is None:
        return ""
    return (
        f"corepack takes the {match[1]} of today, {match[2]}, where no packageManager in"
        " package.json names one, and its Node cannot start that: name one there, or behind"
        f" `corepack enable` (corepack prepare {match[1]}@9 --activate)"
    )


def node_cause(text: str) -> str:
    """A package of Node that was written for an earlier version of it: the last exception was
    raised in the package, by what Node itself no longer has."""
    raised = next(reversed(list(_JS_RAISED.finditer(text))), None)
    if raised is None or not (
        "is not a function" in raised[0]
        or "is not defined" in raised[0]
        or _OF_AN_EARLIER_NODE.search(text)
    ):
        return ""
    frame = _JS_FRAME.search(text, raised.end())
    package = _IN_MODULES.match(frame[1]) if frame else None
    if package is None:
        return ""
    return (
        f"{package[1]} in node_modules fails on this Node ({raised[0][:120]}): name a base with the"
        " Node that it was written for (--base IMAGE=OTHER), or install a later version of it"
    )
