"""An installer that failed in a step that ended well is what a later failure is told by."""

from __future__ import annotations

import pytest

from runner.analysis.causes import lies_in_packages, likely_cause
from runner.model.engine import BuildFailure, BuildResult
from runner.model.failure import Failure, HiddenFailure, without_credentials
from runner.trial.hidden_errors import hidden_failure, with_hidden

PIP = "[3/5] RUN pip install -r requirements.txt; rm -rf /root/.cache"
NPM = "[3/5] RUN npm ci || true"
NO_MATCH = [
    "Collecting flask==99",
    "ERROR: Could not find a version that satisfies the requirement flask==99 (from versions: 3.1)",
    "ERROR: No matching distribution found for flask==99",
]
LOST = Failure(
    "check: GET /",
    "the container exited with 1",
    1,
    ("No module named 'flask'", "ModuleNotFoundError: No module named 'flask'"),
)


@pytest.mark.parametrize(
    ("step", "lines", "program", "message"),
    [
        (PIP, NO_MATCH, "pip", "ERROR: No matching distribution found for flask==99"),
        (
            PIP,
            [*NO_MATCH, "Successfully installed gunicorn-23.0.0"],
            "pip",
            "ERROR: No matching distribution found for flask==99",
        ),
        (
            "[2/3] RUN ./install.sh",
            ["ERROR: Could not open requirements file: [Errno 2] No such file: 'r.txt'"],
            "pip",
            "ERROR: Could not open requirements file: [Errno 2] No such file: 'r.txt'",
        ),
        (
            NPM,
            ["npm error code E404", "npm error 404 Not Found - GET https://x/@a%2fb",
             "npm error A complete log of this run can be found in: /root/.npm/_logs/x.log"],
            "npm",
            "npm error 404 Not Found - GET https://x/@a%2fb",
        ),
        (
            "[2/3] RUN pnpm install --frozen-lockfile | tail",
            [" ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\""],
            "pnpm",
            "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\"",
        ),
        (
            "[2/3] RUN yarn install; yarn cache clean",
            ["➤ YN0028: │ The lockfile would have been modified", "➤ YN0000: · Failed with errors"],
            "yarn",
            "➤ YN0000: · Failed with errors",
        ),
        (
            "[2/3] RUN apt-get update; apt-get install -y libfoo; rm -rf /var/lib/apt/lists/*",
            ["E: Unable to locate package libfoo"],
            "apt",
            "E: Unable to locate package libfoo",
        ),
        (
            "[2/3] RUN uv sync --frozen; true",
            ["error: Failed to parse `uv.lock`"],
            "uv",
            "error: Failed to parse `uv.lock`",
        ),
    ],
)  # fmt: skip
def test_what_failed_in_a_step_that_went_on(
    step: str, lines: list[str], program: str, message: str
) -> None:
    log = ["--- [1/5] RUN echo", "well", f"--- {step}", *lines, "--- [5/5] COPY . .", "copied"]
    found = hidden_failure(log)
    assert found is not None
    assert (found.step, found.program, found.message) == (step, program, message)


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        ("[2/3] RUN pip install x", ["ERROR: pip's dependency resolver does not currently take"]),
        ("[2/3] RUN pip install x", ["ERROR: Failed building wheel for x", "Running setup.py",
                                     "Successfully installed x-1"]),
        ("[2/3] RUN pip install a || pip install b", [*NO_MATCH, "Successfully installed b-1"]),
        ("[2/3] RUN npm ci || yarn", ["npm error code EUSAGE", "Done in 3.1s."]),
        ("[2/3] RUN make", ["error: nothing of an installer", "ERROR: nor this"]),
        ("[2/3] RUN pip install x", ["WARNING: Retrying", "Successfully installed x-1"]),
    ],
)  # fmt: skip
def test_what_is_no_failure(step: str, lines: list[str]) -> None:
    assert hidden_failure([f"--- {step}", *lines]) is None


def test_the_step_that_ends_the_build_hides_nothing() -> None:
    log = (f"--- {PIP}", *NO_MATCH)
    failed = BuildResult("", 1.0, log=log, failure=BuildFailure(PIP, "exit code 1", 1))
    assert with_hidden(LOST, [failed]).hidden is None
    assert with_hidden(LOST, [BuildResult("sha256:0", 1.0, log=log)]).hidden is not None


def test_a_module_that_is_lacking_is_told_by_the_installer_that_failed() -> None:
    failure = with_hidden(LOST, [BuildResult("sha256:0", 1.0, log=(f"--- {PIP}", *NO_MATCH))])
    assert failure.told == (
        "the container exited with 1; before that pip failed in [3/5] RUN pip install -r"
        " requirements.txt; rm -rf /root/.cache, which went on: ERROR: No matching distribution"
        " found for flask==99"
    )
    cause = likely_cause(failure)
    assert cause.startswith("pip failed in an earlier step, which went on after that (ERROR: No")
    assert "flask is not in the image" not in cause
    assert not lies_in_packages(failure), "no package of an earlier day mends a name that is wrong"


def test_the_installer_s_own_cause_is_named() -> None:
    hidden = HiddenFailure(
        PIP, "pip", "ERROR: Failed to build installable wheels for some pyproject.toml based"
        " projects (psycopg2)", ("Error: pg_config executable not found.",)
    )  # fmt: skip
    failure = Failure("check: start", "", 1, LOST.log_tail, hidden)
    assert "psycopg2 is compiled, as there is no wheel" in likely_cause(failure)


def test_a_lack_of_another_kind_keeps_its_cause() -> None:
    failure = Failure("check: start", "KeyError: 'SECRET_KEY'", 1)
    hidden = HiddenFailure(PIP, "pip", NO_MATCH[-1])
    assert likely_cause(Failure(failure.step, failure.message, 1, (), hidden)) == likely_cause(
        failure
    )


def test_an_index_that_does_not_answer_is_named_there_as_well() -> None:
    retry = "Retry(total=0, connect=None, read=None, redirect=None, status=None)"
    why = "NewConnectionError('<pip>: Failed: [Errno 111] Connection refused')"
    lines = [f"WARNING: Retrying ({retry}) after connection broken by '{why}': /x/", *NO_MATCH]
    found = hidden_failure([f"--- {PIP}", *lines])
    assert found is not None
    assert found.message.startswith("the package index does not answer (Connection refused)")


def test_its_texts_have_no_credentials() -> None:
    log = [
        "--- RUN pip install -i https://me:s3cret@index/ x; true",
        "Looking in indexes: https://me:s3cret@index/",
        "ERROR: No matching distribution found for x",
    ]
    found = hidden_failure(log)
    assert found is not None
    assert "s3cret" not in repr(found)
    edited = HiddenFailure(log[0], "pip", log[1], (log[1],))
    assert "s3cret" not in repr(without_credentials(Failure("", "", hidden=edited)))
