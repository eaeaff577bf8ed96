"""`uv run` as what an image starts, which would install packages at each start."""

from __future__ import annotations

from runner.analysis.causes import likely_cause
from runner.compare.uv_at_start import with_no_sync
from runner.model.project import Project
from runner.model.record import Failure

SHOP = Project(name="shop")
LOG = (
    "error: Failed to download `faker==40.36.0`",
    "  cause: client error (Connect)",
    "  cause: failed to lookup address information: Try again",
)
ENDED = Failure("check: start", "the container exited with 2 before it was healthy", 2, LOG)


def test_the_check_has_it_install_nothing_and_says_what_to_write() -> None:
    told, said = with_no_sync(SHOP, [ENDED])
    assert told.check.environment == {"UV_NO_SYNC": "1"}
    assert said == [
        "variable of the check UV_NO_SYNC=1: `uv run` would install faker at each start of the"
        " container, which the build left out: say ENV UV_NO_SYNC=1 in the Dockerfile"
    ]
    assert with_no_sync(told, [ENDED]) == (told, [])


def test_a_build_that_fails_to_download_is_something_else() -> None:
    build = Failure("[2/3] RUN uv sync", "exit code 2", 2, LOG)
    assert with_no_sync(SHOP, [build]) == (SHOP, [])
    assert "UV_NO_SYNC" not in likely_cause(build)


def test_it_is_the_cause_where_an_old_uv_knows_no_such_variable() -> None:
    assert likely_cause(ENDED).startswith("`uv run` installs faker when the container starts,")
