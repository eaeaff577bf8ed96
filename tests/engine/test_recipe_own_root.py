"""An interpreter in a root of its own still has what no check asks for: a declared package of the
distribution, a library and a program that the sources name, the time zones."""

from __future__ import annotations

import json
from pathlib import Path

from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.project import DependencySet, Project, SystemPackages
from runner.recipe.packing import pack_context
from runner.recipe.render import render
from tests.engine.bases import provided
from tests.unit.levels_from_yaml import load_levels

SERVICE = """\
import ctypes
import json
import subprocess
import time
from ctypes.util import find_library


def said(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.decode()


print(json.dumps({
    "zone": time.strftime("%z", time.localtime(0)),
    "found": find_library("magic"),
    "loaded": ctypes.CDLL("libmagic.so.1").magic_version() > 500,
    "type": said("file", "--brief", "/app/requirements.txt").strip(),
    "tar": subprocess.run(
        [
            "tar",
            "--version",
        ],
        stdout=subprocess.PIPE,
    ).stdout.decode().split()[0],
    "script": said("sh", "/app/words.sh").strip(),
}))
"""


def test_what_is_declared_or_named_of_the_distribution_is_there(
    engine: DockerEngine, tmp_path: Path
) -> None:
    base = provided(engine, "slim").reference
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "words.sh").write_text("#!/bin/sh\necho one two | awk '{print $2}' | sed s/t/T/\n")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    project = Project(
        name="small",
        about="a program that starts others",
        folder=str(tmp_path),
        repository=".",
        backend=".",
        package=".",
        dependencies={"locked": DependencySet(requirements="requirements.txt")},
        system_packages=SystemPackages(apt=["file"]),
        environment={"TZ": "Asia/Kolkata"},
        command=["python", "service.py"],
    )
    levels = load_levels(stages="multi", bytecode="none", prune="trimmed")
    recipe = render(levels, project, BuilderName.buildkit, "apt")
    context = pack_context(tmp_path, "", recipe.dockerfile, recipe.files)
    request = BuildRequest(
        context=context,
        dockerfile=context.dockerfile,
        build_args={"BASE_IMAGE": base},
        labels={labels.OWNER: "test"},
    )
    result = builder_for(BuilderName.buildkit, engine).build(request)
    assert result.failure is None, (result.failure, result.log, recipe.dockerfile)
    try:
        printed: bytes = engine.client.containers.run(
            result.image_id, remove=True, network_mode="none", labels={labels.OWNER: "test"}
        )
    finally:
        remove_built(engine, result)

    assert json.loads(printed) == {
        "zone": "+0530",
        "found": "libmagic.so.1",
        "loaded": True,
        "type": "ASCII text",
        "tar": "tar",
        "script": "Two",
    }
