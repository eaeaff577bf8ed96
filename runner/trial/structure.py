"""A file of container-structure-test as part of a check, through that program.

It starts containers of its own, as the engine starts them by default. So what such a file may say
about them (host directories, privileges) is refused: it may have been found and not named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.engine.child import Failed, find_program, run
from runner.engine.port import Engine
from runner.engine.scratch import scratch_directory
from runner.model.errors import ProjectError, RefusedError
from runner.model.foreign import yaml_document
from runner.model.labels import OWNER
from runner.model.record import Status
from runner.project.inside import read_named
from runner.trial.failures import ended

PROGRAM = "container-structure-test"
KEY = "check.structure_test"
TIMEOUT_S = 300.0
_MOST_BYTES = 256 << 10
_REFUSED = ("containerRunOptions", "licenseTests")
_SECTIONS = (
    *("schemaVersion", "globalEnvVars", "commandTests", "fileExistenceTests"),
    *("fileContentTests", "metadataTest"),
)


@dataclass(frozen=True)
class StructureTest:
    """One such file."""

    name: str
    content: str
    program: Path


def read_structure_test(folder: Path, name: str) -> StructureTest | None:
    """The file of this name; None for no name. Raises `ProjectError` for one that cannot be read,
    says what it may not, or cannot be run here."""
    if not name:
        return None
    try:
        content = read_named(folder, name, _MOST_BYTES)
        document = None if content is None else yaml_document(content.decode())
    except (OSError, ValueError, ProjectError) as error:
        raise ProjectError(f"{KEY}={name}: cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ProjectError(f"{KEY}={name}: it holds no `key: value` lines of at most 256 KiB")
    for key in document:
        if key not in _SECTIONS:
            known = ", ".join(_SECTIONS)
            said = "is refused here" if key in _REFUSED else "is not known"
            raise ProjectError(f"{KEY}={name}: {key!a} {said}; there are {known}")
    program = _program()
    if program is None:
        raise ProjectError(
            f"{KEY}={name} needs the program {PROGRAM}, which is not on PATH: pip install {PROGRAM}"
        )
    return StructureTest(name, json.dumps(document), program)


def _program() -> Path | None:
    """Where this program's own environment has it, else on PATH."""
    here = Path(sys.executable).with_name(PROGRAM)
    return here if here.is_file() else find_program(PROGRAM)


def check_structure(engine: Engine, image: str, test: StructureTest | None) -> None:
    """Run the tests on an image; raises `TrialEnded` for one that fails."""
    if test is None:
        return
    step = f"check: {test.name}"
    with scratch_directory() as folder:
        config = folder / "test.json"
        config.write_text(test.content)
        options = ["--image", image, "--config", str(config), "--output", "json"]
        extra = {"DOCKER_HOST": engine.address}
        try:
            with _containers_removed(engine, image):
                done = run([test.program, "test", *options], timeout_s=TIMEOUT_S, extra=extra)
        except Failed as error:
            raise ended(Status.check_failed, step, f"{PROGRAM}: {error}") from error
    found = _results(done.stdout)
    failures = list(_failures(found))
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise ended(Status.check_failed, step, f"{failures[0]}{more}", failures)
    if not found.get("Total"):
        log = [*done.stdout.splitlines(), *done.stderr.splitlines()]
        raise ended(Status.check_failed, step, f"{PROGRAM} ran no test", log, done.returncode)


@contextmanager
def _containers_removed(engine: Engine, image: str) -> Iterator[None]:
    """Remove what is left of the image's containers that were begun meanwhile, with the images that
    they are of: a program whose time is over, or that is interrupted, leaves its own running. It
    commits the image with another command for each, so they are known by layers and labels."""
    before = {found["Id"] for found in engine.containers.search()}
    try:
        yield
    finally:
        tested = engine.images.find(image)
        begun = [found for found in engine.containers.search() if found["Id"] not in before]
        for found in begun:
            image_id = found.get("ImageID")
            made = engine.images.find(image_id) if image_id else None
            if tested and made and _is_made_from(made, tested):
                with suppress(RefusedError):
                    engine.containers.remove(found["Id"])
                    if made["Id"] != tested["Id"]:
                        engine.images.remove(made["Id"])


def _is_made_from(made: Mapping[str, Any], tested: Mapping[str, Any]) -> bool:
    """Whether an image has all layers and labels, ours among them, of the one that is tested."""
    layers: list[str] = tested["RootFS"]["Layers"]
    return (
        made["RootFS"]["Layers"][: len(layers)] == layers
        and made["Config"].get("Labels") == tested["Config"].get("Labels")
        and OWNER in (tested["Config"].get("Labels") or {})
    )


def _results(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _failures(found: Mapping[str, Any]) -> Iterator[str]:
    for item in found.get("Results") or ():
        if isinstance(item, dict) and not item.get("Pass"):
            errors = "; ".join(str(error) for error in item.get("Errors") or ())
            yield " ".join(f"{item.get('Name')}: {errors}".split())
