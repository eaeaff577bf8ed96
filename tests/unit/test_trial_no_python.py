"""A Python that uv wants to download is no package of an index; its words were taken down where
its host could not be resolved."""

from __future__ import annotations

import pytest

from runner.analysis.causes import lies_in_packages, likely_cause
from runner.model.engine import BuildFailure, BuildResult
from runner.trial.failures import build_ended
from runner.trial.hidden_errors import hidden_failure
from runner.trial.index_errors import unreached

URL = (
    "https://github.com/astral-sh/python-build-standalone/releases/download/20250115/"
    "cpython-3.13.1%2B20250115-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
)
WHY = f"""\
  cause: Failed to download `{URL}`
  cause: error sending request for url ({URL})
  cause: client error (Connect)
  cause: dns error
  cause: error resolving DNS
  cause: failed to lookup address information: Name or service not known"""
SYNC = f"error: Request failed after 3 retries in 8.6s\n{WHY}"
INSTALL = (
    "error: Failed to install cpython-3.13.1-linux-x86_64-gnu\n"
    f"  cause: Request failed after 3 retries in 10.2s\n{WHY}"
)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("RUN uv sync --frozen", SYNC),
        ("RUN uv python install 3.13.1", INSTALL),
        ("RUN uv pip install -r requirements.txt", SYNC),
    ],
)
def test_a_python_that_cannot_be_downloaded_is_named(step: str, said: str) -> None:
    log = tuple(said.splitlines())
    end = build_ended(BuildResult("", 1.0, failure=BuildFailure(step, "failed", 2, log_tail=log)))
    assert end.failure.message == (
        "exit code 2: the Python that is asked for (cpython-3.13.1) is not in the image, and the"
        " host that uv downloads it from does not answer (Name or service not known)"
    )
    assert likely_cause(end.failure).startswith(
        "the project asks for Python 3.13.1 (.python-version, requires-python or the command"
        " itself), which is not in the image, and uv downloads none here: name a base that has it"
    )
    assert not lies_in_packages(end.failure)
    assert unreached(step, log) == ""


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("error: No interpreter found for Python >=3.13 in managed installations or search path",
         ">=3.13"),
        ("error: No interpreter found for Python 3.9 in search path", "3.9"),
        ("error: The requested interpreter resolved to Python 3.11.2, which is incompatible with"
         " the project's Python requirement: `>=3.13` (from `project.requires-python`)", ">=3.13"),
    ],
)  # fmt: skip
def test_one_that_is_not_looked_for_on_the_network(line: str, wanted: str) -> None:
    end = build_ended(
        BuildResult("", 1.0, failure=BuildFailure("RUN uv sync", "failed", 2, log_tail=(line,)))
    )
    assert likely_cause(end.failure).startswith(f"the project asks for Python {wanted} (")


def test_an_index_that_does_not_answer_is_still_one() -> None:
    other = SYNC.replace(URL, "https://index.example/simple/flask/")
    assert unreached("RUN uv sync", other.splitlines()) == "Name or service not known"


def test_in_a_step_that_goes_on_it_is_named_as_well() -> None:
    found = hidden_failure(["--- [2/3] RUN uv sync; rm -rf /tmp/x", *SYNC.splitlines()])
    assert found is not None
    assert found.program == "uv"
    assert "the Python that is asked for (cpython-3.13.1)" in found.message
