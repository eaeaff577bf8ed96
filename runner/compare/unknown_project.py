"""What is said of a project that cannot be compared as it is: the lines to write, the file to
correct, or that nothing of a known language was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.detection import Detected, Missing
from runner.detect.listing import Listing
from runner.detect.manifests import LOOKED_FOR, broken, other_language
from runner.detect.project import DESCRIPTION
from runner.ecosystems.port import Lacking, Plain
from runner.model.errors import ProjectError
from runner.model.text import printable

_OTHERS_OWN = frozenset(("vendor", "vendors", "third_party", "node_modules", "bower_components"))
"""Directories of what others wrote: what lies there says nothing of the project's language."""


def why_unknown(
    folder: Path,
    listing: Listing,
    detected: Detected,
    own: Sequence[OwnDockerfile],
    plain: Plain | Lacking | None,
) -> ProjectError:
    """The error of a project that has no Dockerfile that can be written, or of whose Dockerfile no
    port is known to ask on."""
    if not own and "dependencies" not in detected.values:
        if template := _template(listing):
            return ProjectError(
                f"{folder}: {printable(template)} is a template that projects are made from: make"
                " one first (cookiecutter, copier), and name its directory"
            )
        if unread := broken(listing.paths, listing.texts):
            return ProjectError(f"{folder}: {printable('; '.join(unread))}: correct it")
        if isinstance(plain, Lacking):
            return ProjectError(f"{folder}: {printable(plain.why)}")
        if not _known(listing):
            return ProjectError(_unknown(folder, listing))
    wanted = [x for x in detected.missing if not own or not x.line.startswith("dependencies")]
    if own and not any(item.line.startswith("port") for item in wanted):
        wanted.append(Missing("no EXPOSE in a Dockerfile", "port: 8000"))
    lacks = "; ".join(f"{item.why}: write `{item.line}`" for item in wanted)
    return ProjectError(
        f"{folder}: {printable(lacks)} into {folder / DESCRIPTION} (docs/compare.md has an example)"
    )


def _template(listing: Listing) -> str:
    """The directory whose name a tool fills in, such as `{{cookiecutter.name}}`; empty for none."""
    found = (path.partition("/")[0] for path in listing.paths if "/" in path)
    return next((name for name in found if "{{" in name), "")


def _known(listing: Listing) -> bool:
    """Whether anything in it is of a language that is known."""
    return any(
        PurePosixPath(path).name in LOOKED_FOR or "requirements" in path or path.endswith(".py")
        for path in listing.paths
        if not _OTHERS_OWN & set(PurePosixPath(path).parts[:-1])
    )


def _unknown(folder: Path, listing: Listing) -> str:
    """What was looked for in a project of which nothing is known, and what to do."""
    language = other_language(listing.paths)
    seen = f" ({printable(language)}, for which no Dockerfile is made here)" if language else ""
    *names, last = LOOKED_FOR
    return (
        f"{folder}: no {', '.join(names)} or {last} was found{seen}: write a Dockerfile with EXPOSE"
        " and CMD, or name one elsewhere (--dockerfile FILE)"
    )
