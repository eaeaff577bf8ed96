"""The sample project's own tests, as its own developers would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

BACKEND = Path(__file__).parents[2] / "experiments/famous_ner/repository/backend"


def test_the_samples_own_tests_pass_for_both_ways() -> None:
    environment = {**os.environ, "PYTHONPATH": str(BACKEND), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests"]
    run = subprocess.run(
        command, cwd=BACKEND, env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "test_entities[count_plain] PASSED" in run.stdout
    assert "test_entities[count_dataframe] PASSED" in run.stdout
    assert re.search(r"=+ \d+ passed in ", run.stdout), "some did not run"
