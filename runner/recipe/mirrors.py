"""mirror: where the installers of a Dockerfile fetch packages from. Each stage that installs is
told; the image of one that does not never hears of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from runner.dockerfile.document import Document
from runner.dockerfile.edits.installs import install_runs
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.model.levels import Mirror
from runner.recipe import dockerfile


def edit(document: Document, facts: Facts, mirror: Mirror) -> list[Replacement] | NotApplicable:
    """Variables for pip and uv below FROM, and the sources of apt and apk changed in front of the
    first command of a RUN that installs with them: scheme and host are replaced, paths kept."""
    found = [*_told(document, facts, mirror), *_sources(document, facts, mirror)]
    return found or NotApplicable("no RUN installs with what it has a mirror for")


def _told(document: Document, facts: Facts, mirror: Mirror) -> Iterator[Replacement]:
    runs = list(install_runs(document, facts)) if mirror.index_url else []
    for stage in document.stages:
        names = {x.name for item in runs if item.run.stage == stage.index for x in item.installers}
        if not names & {"pip", "uv"}:
            continue
        (said,) = dockerfile.env(_variables(mirror.index_url.rstrip("/"), uv="uv" in names))
        yield Replacement(stage.head.end, stage.head.end, f"{document.newline}{said.text}")


def _variables(index: str, *, uv: bool) -> Mapping[str, str]:
    values = {"PIP_INDEX_URL": index}
    parts = urlsplit(index)
    if parts.scheme == "http" and parts.hostname:
        values["PIP_TRUSTED_HOST"] = parts.hostname
    return values | ({"UV_INDEX_URL": index} if uv else {})


def _sources(document: Document, facts: Facts, mirror: Mirror) -> Iterator[Replacement]:
    commands = {"apt": _for_apt(mirror.apt_url), "apk": _for_apk(mirror.apk_url)}
    for item in install_runs(document, facts):
        names = [installer.name for installer in item.installers]
        for command in (commands[name] for name in names if commands.get(name)):
            start = item.script.chain[0][0]
            broken = command.replace("\n", f" {document.escape}{document.newline}        ")
            yield Replacement(start, start, f"{broken}{document.and_then}")


def _for_apt(url: str) -> str:
    names = r"\( -name '*.list' -o -name '*.sources' \)"
    return f"find /etc/apt {names}\n-exec {_sed(url)} '{{}}' +" if url else ""


def _for_apk(url: str) -> str:
    return f"{_sed(url)} /etc/apk/repositories" if url else ""


def _sed(url: str) -> str:
    expression = f"s#https?://[^/ ]+#{url.rstrip('/')}#"
    return f"sed -E -i {shlex.quote(expression)}"
