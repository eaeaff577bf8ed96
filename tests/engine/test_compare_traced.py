"""prune=traced on Dockerfiles of a project's own: any image whose check can be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.comparison import Comparison
from runner.compare.offers import Compared, Offer
from runner.compare.request import Request
from runner.engine.docker.engine import DockerEngine
from runner.model.record import Record
from runner.sweep.progress import SilentSweep
from tests.engine import needs
from tests.engine.caches import own_cache

CHECK = "port: 8000\ncheck: {health_path: /health}\n"
WITH_SHELL = """\
FROM dockbench/test:tiny
WORKDIR /srv
COPY . .
ENV NOTE='it costs $5, "so they say"'
USER 65534
CMD ["httpd", "-f", "-p", "8000", "-h", "/srv"]
"""
WRITES = """\
FROM dockbench/test:tiny
RUN mkdir -p /var/lib/state
WORKDIR /srv
COPY . .
CMD ["sh", "-c", "mkdir /var/lib/state/body && exec httpd -f -p 8000 -h /srv"]
"""
"""As nginx does: a directory that nothing opens, and that is written into."""
WITHOUT_SHELL = """\
FROM dockbench/test:tiny AS build
RUN mkdir /out && cp /bin/busybox /out/httpd && cp /bin/busybox /out/unused
COPY health /out/health
FROM scratch
COPY --from=build /out /
CMD ["/httpd", "-f", "-p", "8000", "-h", "/"]
"""
PROGRAM = """\
FROM dockbench/test:tiny
WORKDIR /srv
COPY . .
CMD ["sh", "-c", "sleep 1; cat health"]
"""
PRINTS = "check: {proof: exit_code, answer_text: well}\n"
"""No port: it is no service."""


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("dockerfile", "check"),
    [(WITH_SHELL, CHECK), (WITHOUT_SHELL, CHECK), (WRITES, CHECK), (PROGRAM, PRINTS)],
    ids=["shell", "none", "writes", "program"],
)
def test_exactly_what_the_check_opens_passes_it_and_is_not_recommended(
    engine: DockerEngine, dockerfile: str, check: str, tmp_path: Path
) -> None:
    needs.watched(engine)
    project = tmp_path / "shop"
    project.mkdir()
    files = {"Dockerfile": dockerfile, "dockbench.yaml": check, "health": "well\n"}
    for name, text in {**files, "unused.txt": "x" * 200_000}.items():
        (project / name).write_text(text)
    compared = comparison(project, tmp_path)
    record, offer = found(compared, "Dockerfile+traced")
    source, _ = found(compared, "Dockerfile")

    assert record.status.value == "ok", record.failure
    assert unpacked_bytes(record) < unpacked_bytes(source) - 150_000
    assert record.changed["prune"] == "traced"
    assert (record.ships, offer.shippable) == (False, False)
    listed = offer.files["traced.dockbench"].splitlines()
    assert [line for line in listed if line.endswith("/health")]
    assert not [line for line in listed if "unused" in line]
    again = comparison(project, tmp_path)
    assert found(again, "Dockerfile+traced")[0] == record, "it is not measured twice"


def comparison(project: Path, folder: Path) -> Compared:
    """A comparison from start to end, with a cache of its own."""
    cache = folder / "cache"
    shared = own_cache(cache, "work") if not cache.exists() else own_cache(folder / "other", "work")
    asked = Request(project, results=str(folder / "results"))
    running = Comparison(asked, SilentSweep(), shared)
    try:
        return running.run()
    finally:
        running.close()


def found(compared: Compared, name: str) -> tuple[Record, Offer]:
    """The record and the offer of one alternative."""
    offer = next(item for item in compared.offers if item.name == name)
    record = next(item for item in compared.records if item.variant_id == offer.variant_id)
    return record, offer


def unpacked_bytes(record: Record) -> int:
    """The size of an image that passed."""
    assert record.sizes is not None
    return record.sizes.unpacked_bytes
