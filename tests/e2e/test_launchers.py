"""Launchers and sweepers of Hydra's that come with an extra: each in an environment of its own.

The environment has the packages of this one, and what the extra names, installed by pip.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from tests.e2e.commands import PAGE, CommandLine, Done

SITE = "import site; site.addsitedir({!r})\n"
COMMAND = "import sys\nfrom runner.cli.main import command\nsys.exit(command())\n"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with one extra."""

    python: Path

    def bench(self, folder: Path, *overrides: str, expect: int = 0) -> Done:
        """`dockbench bench` of the tests' own project there; notes of processes in `jobs`."""
        callback = "hydra.callbacks.processes"
        notes = (
            f"+{callback}._target_=tests.e2e.processes.NoteProcesses",
            f"+{callback}.directory={folder / 'jobs'}",
        )
        process = subprocess.run(
            [str(self.python), "-c", COMMAND, "bench", *PAGE, *notes, *overrides],
            cwd=folder,
            env={**os.environ, "RAY_AUTH_MODE": "disabled"},
            capture_output=True,
            text=True,
            check=False,
        )
        done = Done(process.returncode, process.stdout, process.stderr)
        assert done.exit_code == expect, done
        return done


def requirements(extra: str) -> list[str]:
    """What an extra of ours installs."""
    wanted = re.compile(rf"(.*?) *; *extra == ['\"]{extra}['\"]$")
    return [found[1] for text in requires("dockbench") or () if (found := wanted.match(text))]


@contextmanager
def environment_of(extra: str, shared: Path) -> Iterator[Environment]:
    """An environment with this extra; made once for all tests of a session."""
    place = shared / f"environment-{extra}"
    with FileLock(shared / f"environment-{extra}.lock"):
        if not (place / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            python = place / "bin" / "python"
            where = "import sysconfig; print(sysconfig.get_path('purelib'))"
            site = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
            parent = SITE.format(sysconfig.get_path("purelib"))
            (Path(site.stdout.strip()) / "parent.pth").write_text(parent)
            wanted = requirements(extra)
            assert wanted
            subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
            (place / "done").touch()
    yield Environment(place / "bin" / "python")


@pytest.fixture
def with_extra(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Environment]:
    """Extra → environment."""
    shared = tmp_path_factory.getbasetemp().parent

    def made(extra: str) -> Environment:
        with environment_of(extra, shared) as found:
            return found

    return made


def jobs(folder: Path) -> list[dict[str, object]]:
    """What each job noted, in the process that it ran in."""
    return [json.loads(path.read_text()) for path in sorted((folder / "jobs").glob("*.json"))]


@pytest.mark.parametrize(
    ("launcher", "extra"),
    [("joblib", "joblib"), ("submitit_local", "submitit"), ("ray", "ray")],
)
def test_jobs_run_in_the_launcher_s_processes_and_records_and_metrics_come_home(
    with_extra: Callable[[str], Environment],
    usual: tuple[str, ...],
    tmp_path: Path,
    launcher: str,
    extra: str,
) -> None:
    asked = (*usual, "-m", f"hydra/launcher={launcher}", "cache=keep,purge", "run.trials=2")
    environment = with_extra(extra)
    done = environment.bench(tmp_path, *asked, "hydra.verbose=[runner.sweep.sweep]")
    noted = jobs(tmp_path)
    assert len(noted) == 4
    main = re.findall(r"this is process (\d+)", done.err)
    assert main
    assert not {int(pid) for pid in main} & {note["pid"] for note in noted}
    records = CommandLine(tmp_path).results("variants")
    assert len(records.records) == 4
    assert sorted((row["cache"], row["trials"]) for row in records.rows) == [
        ("keep", "2"),
        ("purge", "2"),
    ]
    for note in noted:
        returned = note["returned"]
        assert isinstance(returned, dict)
        assert returned["unpacked_bytes"] > 1_000_000
        assert f"'unpacked_bytes': {returned['unpacked_bytes']}" in done.err, "metrics came home"
    again = environment.bench(tmp_path, *asked)
    assert "4 of 4 measured on this engine before" in again.err


def test_optuna_is_steered_by_two_objectives(
    with_extra: Callable[[str], Environment], usual: tuple[str, ...], tmp_path: Path
) -> None:
    with_extra("optuna").bench(
        tmp_path,
        *usual,
        "-m",
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=4",
        "hydra.sweeper.sampler.seed=1",
        "hydra.sweeper.direction=[minimize,minimize]",
        "run.objective=[compressed_bytes,cold_s]",
        "stages=choice(single,multi)",
    )
    noted = jobs(tmp_path)
    assert len(noted) == 4
    results = CommandLine(tmp_path).results("variants")
    found = yaml.safe_load((results.paths.root / "hydra" / "optimization_results.yaml").read_text())
    measured = {
        (float(record.sizes.compressed_bytes), record.scenarios[0].duration_s)
        for record in results.records
        if record.sizes
    }
    assert {tuple(one["values"]) for one in found["solutions"]} <= measured
    assert {tuple(note["returned"]) for note in noted} <= measured  # type: ignore[arg-type]
    assert len(results.records) == len(measured) <= 2, "what has its record is not measured again"
    assert len(results.rows) == len(measured)


def test_one_objective_is_the_size_where_none_is_named(
    with_extra: Callable[[str], Environment], usual: tuple[str, ...], tmp_path: Path
) -> None:
    optuna = ("-m", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=1", "cache=choice(keep)")
    with_extra("optuna").bench(tmp_path, *usual, *optuna)
    (note,) = jobs(tmp_path)
    (record,) = CommandLine(tmp_path).results("variants").records
    assert record.sizes is not None
    assert note["returned"] == float(record.sizes.unpacked_bytes)
