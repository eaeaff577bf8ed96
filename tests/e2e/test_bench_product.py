"""`-m`: a product of levels, of which some contradict each other."""

from __future__ import annotations

from dataclasses import replace

from tests.e2e.commands import UNWATCHED, CommandLine
from tests.engine.registry import running_registry


def test_a_product_is_measured_less_what_contradicts_itself(here: CommandLine) -> None:
    sweep = ("cache=keep,flags", "prune=none,trimmed", "experiment.name=product", "-m")
    done = here.bench(*sweep)
    results = here.results("product")
    results.assert_whole(2)
    assert [row["cache"] for row in results.rows] == ["flags", "keep"]
    assert {row["status"] for row in results.rows} == {"ok"}
    skipped = [line for line in done.err.splitlines() if line.startswith("skipped ")]
    assert len(skipped) == 2
    assert all("prune=trimmed contradicts stages=single" in line for line in skipped)
    assert (results.paths.figures / "sizes.svg").is_file()
    hydra = results.paths.root / "hydra"
    assert (hydra / "multirun.yaml").is_file()
    jobs = sorted(path.parent for path in hydra.rglob(".hydra"))
    assert [job.relative_to(hydra).parts[1] for job in jobs] == ["000", "000"]
    assert "cache=" in (jobs[0] / ".hydra" / "overrides.yaml").read_text()

    again = here.bench(*sweep, "run.results=results/product")
    assert again.err.count("2 of 2 measured on this engine before") == 1
    results.assert_whole(2)


def test_another_image_under_a_levels_name_is_a_failed_base(
    here: CommandLine,
) -> None:
    """The stand-in stands for the image of its level; it is not that of another reference."""
    with running_registry(here.folder / "registry") as registry:
        gone = f"{registry.address}/nosuch/img:1"
    asked = ("base=alpine", "deps=trimmed", UNWATCHED, "experiment.name=other")
    done = replace(here, usual=asked).bench(
        f"base.image=python:3.11-alpine,'{gone}'", "-m", expect=1
    )
    results = here.results("other")
    results.assert_whole(2)
    assert {row["status"] for row in results.rows} == {"ok", "base_failed"}
    assert f"no registry answers for {gone}" in done.err
    assert "the stand-in alpine stands for python:3.11-alpine, not for" in done.err

    alone = replace(here, usual=asked).bench(f"base.image='{gone}'", expect=2)
    assert "the stand-in alpine stands for python:3.11-alpine" in alone.error
