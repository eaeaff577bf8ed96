"""Versions of packages of the distribution that it has no more."""

from __future__ import annotations

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.unpinned_packages import with_newer_packages
from runner.detect.dockerfile import Dockerfile
from runner.model.record import Failure

TEXT = """\
FROM debian:12
# nginx=1.0 as tested
RUN apt-get update && apt-get install -y \\
    nginx=1.0 \\
    curl=7.88 jq
RUN echo nginx=1.0
"""
GONE = Failure(
    "[2/3] RUN apt-get install",
    "exit code 100",
    100,
    ("E: Version '1.0' for 'nginx' was not found", "E: Version '2' for 'other' was not found"),
)


def own(text: str = TEXT) -> OwnDockerfile:
    return OwnDockerfile("Dockerfile", Dockerfile(text), "")


def test_a_version_that_is_gone_is_asked_for_no_more() -> None:
    (found,), said = with_newer_packages([own()], [GONE])
    assert found.dockerfile.text == TEXT.replace("    nginx=1.0", "    nginx")
    assert said == [
        "nginx=1.0: the distribution has no such version any more, so it installs the one that"
        " there is"
    ]
    assert with_newer_packages([found], [GONE]) == ([found], [])


def test_other_failures_and_dockerfiles_that_are_none_stay() -> None:
    other = Failure("x", "y", 1, ("E: Unable to locate package nginx",))
    assert with_newer_packages([own()], [other]) == ([own()], [])
    broken = own("FROM a\nnonsense here\n")
    assert with_newer_packages([broken], [GONE]) == ([broken], [])
