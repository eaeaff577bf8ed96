"""The sample project, really installed in shapes that the progression does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model.record import Record, Status
from tests.e2e.commands import CONFIGS, CommandLine
from tests.engine.contexts import file_of_image

NAMES = ["mounted", "purged", "too_late"]


@pytest.fixture(scope="module")
def built(
    engine: DockerEngine, usual: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Record]]:
    """Step → record; the images are kept for the tests here."""
    here = CommandLine(tmp_path_factory.mktemp("shapes"))
    packages = "project.system_packages.apt=[libpq5]"
    here.run(
        *("bench", "--config-dir", str(CONFIGS), "experiment=covering", *usual, packages),
        "run.keep_images=true",
    )
    records = here.results("covering").records
    yield {record.name: record for record in records}
    for record in records:
        engine.client.images.remove(tag_of(record), force=True)


def tag_of(record: Record) -> str:
    return f"dockbench/variant:{record.variant_id}"


def test_every_shape_gives_the_same_answer(built: dict[str, Record]) -> None:
    assert {name: record.status for name, record in built.items()} == dict.fromkeys(
        NAMES, Status.ok
    )
    answers = {record.check.answer_digest for record in built.values() if record.check is not None}
    assert len(answers) == 1


def test_one_layer_holds_what_uv_and_apt_installed(built: dict[str, Record]) -> None:
    sizes = built["mounted"].sizes
    assert sizes is not None
    assert sum(layer.unpacked_bytes > 0 for layer in sizes.layers) == 1, "WORKDIR has an empty one"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mounted", {"libpq5"}),
        ("purged", {"libpq5"}),
        ("too_late", {"libpq5", "libpq-dev"}),
    ],
)
def test_a_toolchain_goes_without_what_the_service_needs(
    engine: DockerEngine, built: dict[str, Record], name: str, expected: set[str]
) -> None:
    status = file_of_image(engine, tag_of(built[name]), "/var/lib/dpkg/status").decode()
    installed = set(re.findall(r"^Package: (\S+)\nStatus: install ok installed", status, re.M))
    assert {package for package in installed if package.startswith("libpq")} == expected


def test_caches_that_are_removed_too_late_are_waste(built: dict[str, Record]) -> None:
    late, purged = built["too_late"].sizes, built["purged"].sizes
    assert late is not None
    assert purged is not None
    assert late.wasted_bytes is None or late.wasted_bytes > (purged.wasted_bytes or 0) + 10_000_000
