"""The packages that a project had on the day of its last commit, where it does not work with those
of today: what they were is seen in an image that is built with the index of that day, and goes into
the requirements files of the copy that is compared, and into the commands of its Dockerfile that
name packages."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.patch import patch_text
from runner.compare.pins import installed, is_locked, pinned, pinned_dockerfile, requirements_files
from runner.detect.listing import Listing
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.edits.python_tools import TOOLS
from runner.dockerfile.package_index import with_index, without_entrypoint
from runner.dockerfile.pip_names import named_packages
from runner.image.live_files import LiveFiles
from runner.model.project import Check, GeneratedPart, PartKind, Project, Proof
from runner.model.record import Record
from runner.network.past_index import NoPastError, PastIndex
from runner.sweep.config import Config

DIFF = "packages.diff"
PROBE = "packages-as-of"
"""Behind the name of the Dockerfile that is built to see which packages a day had."""
Build = Callable[[OwnDockerfile, Config], Record]
"""Builds and measures a Dockerfile."""
FilesOf = Callable[[Sequence[str]], LiveFiles | None]
"""What is live in an image of these layers, where that is known."""


@dataclass(frozen=True)
class PastPackages:
    """Requirements files with the versions of a day."""

    day: date
    cause: str
    """Why those of today are not installed; empty where the day was asked for."""
    changed: Mapping[str, tuple[str, str]]
    """Path in the project → its text, and that with the versions in it."""
    dockerfile: str = ""
    """The name of the Dockerfile whose commands name the versions; empty for none."""
    text: str = ""
    """Of that Dockerfile, with the versions in it."""
    said: str = ""
    """What is to be known where its base is another, and no package."""

    @classmethod
    def of_dockerfile(
        cls, own: OwnDockerfile, day: date, cause: str, text: str, said: str
    ) -> PastPackages:
        """Of a Dockerfile that names them in another `text`; a plain one is no file to change."""
        changed = {} if own.plain else {own.name: (own.written or own.dockerfile.text, text)}
        return cls(day, cause, changed, own.name, text, said)

    @property
    def parts(self) -> list[GeneratedPart]:
        """The files, for the copy of the project that is built."""
        return [
            GeneratedPart(PartKind.text, path, lines=after.removesuffix("\n").split("\n"))
            for path, (_, after) in self.changed.items()
        ]

    @property
    def patch(self) -> str:
        """What changes, for `patch -p0` in the project's directory."""
        return "".join(patch_text(path, *texts) for path, texts in self.changed.items())

    def applied(self, own: Sequence[OwnDockerfile]) -> list[OwnDockerfile]:
        """The Dockerfiles of the project with these versions in what their commands name."""
        if not self.dockerfile:
            return list(own)
        return [
            replace(item, dockerfile=replace(item.dockerfile, text=self.text), written="")
            if item.name == self.dockerfile
            else item
            for item in own
        ]

    @property
    def line(self) -> str:
        """What a reader of the recommendation must know of it."""
        if self.said:
            return self.said
        today = f"; with those of today {self.cause}" if self.cause else ""
        where = "which the recommended Dockerfile names"
        if self.changed:
            where = f"which {DIFF} writes down (`patch -p0` in the project's directory)"
        return (
            f"{', '.join(self.changed) or 'packages'}: all was measured with the versions that the"
            f" package index had on {self.day}, {where}; they lack what was mended since{today}"
        )


def past_packages(
    own: OwnDockerfile,
    day: date,
    cause: str,
    listing: Listing,
    config: Config,
    build: Build,
    files_of: FilesOf,
) -> PastPackages | str:
    """What the requirements files of a Dockerfile come to with the packages of a day, or why that
    cannot be known."""
    try:
        document = Document(own.dockerfile.text, own.target)
        named = named_packages(document)
        service = listing.below(own.context)
        needed = own.dockerfile.needed
        found = requirements_files(document, needed, service.paths, service.texts)
    except DockerfileError as error:
        return str(error)
    texts = {path: service.texts[path] for path in found if path in service.texts}
    if not texts and named <= TOOLS:
        return (
            f"{own.name} installs no requirements file and no package by its name; `uv pip compile"
            f" --exclude-newer {day} pyproject.toml` prints those of a project, for `pip install"
            " -c`"
        )
    if any(map(is_locked, texts.values())):
        return f"{', '.join(texts)} names hashes, as a lock does"
    try:
        with PastIndex(day) as index:
            versions = _versions(
                own, with_index(document, index.url), index, config, build, files_of
            )
    except NoPastError as error:
        return str(error)
    if isinstance(versions, str):
        return versions
    why = f"what these need, as the package index had it on {day}"
    changed = {
        posixpath.normpath(posixpath.join(own.context, path)): (texts[path], text)
        for path, text in pinned(texts, versions, why, named).items()
    }
    text = pinned_dockerfile(document, versions, not texts)
    if text == document.text and not changed:
        return f"{', '.join(texts) or own.name} names every version already"
    if text == document.text:
        return PastPackages(day, cause, changed)
    if not own.plain:
        changed[own.name] = (own.written or document.text, text)
    return PastPackages(day, cause, changed, own.name, text)


def _versions(
    own: OwnDockerfile,
    told: Document,
    index: PastIndex,
    config: Config,
    build: Build,
    files_of: FilesOf,
) -> dict[str, str] | str:
    """The packages that the image has of a Dockerfile that is `told` an index, as far as they came
    from it."""
    text = without_entrypoint(told).text  # a script of its own may wait for a database
    probe = replace(own, name=f"{own.name}+{PROBE}", dockerfile=replace(own.dockerfile, text=text))
    record = build(probe, _only_built(config))
    if record.failure is not None or record.sizes is None:
        said = record.failure.message if record.failure is not None else "it has no size"
        return f"it does not build with the packages of {index.day} either ({said})"
    files = files_of([layer.diff_id for layer in record.sizes.layers])
    if files is None:
        return "what its image holds is not known"
    of_base = sum(layer.is_base for layer in record.sizes.layers)
    found = installed(file.path for file in files if file.layer >= of_base)
    of_day = {name: version for name, version in found.items() if index.has(name, version)}
    tools = TOOLS & named_packages(told)  # those of the base may be newer than the day, and stay
    whole = installed(file.path for file in files)
    return of_day | {name: version for name, version in whole.items() if name in tools}


def _only_built(config: Config) -> Config:
    """The same, less all that is not needed to see what is installed."""
    check = Check(proof=Proof.exit_code, command=["true"])
    return replace(
        config,
        project=replace(config.project, check=check),
        scenarios=["cold"],
        run=replace(config.run, floor=False, trials=1, fresh=False),
    )


def with_past(project: Project, past: PastPackages) -> Project:
    """The project whose copy has these requirements files."""
    aside = [part for part in project.parts if part.path not in past.changed]
    return replace(project, parts=[*aside, *past.parts])
