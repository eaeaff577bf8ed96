"""`-m`: a product of levels, of which some contradict each other."""

from __future__ import annotations

from tests.e2e.commands import CommandLine


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
    assert not list(results.paths.root.rglob("multirun.yaml"))

    again = here.bench(*sweep, "run.results=results/product")
    assert again.err.count("2 of 2 measured on this engine before") == 1
    results.assert_whole(2)
