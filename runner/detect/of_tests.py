"""Which Dockerfiles run the tests of a project, and serve nothing."""

from __future__ import annotations

import re

from runner.detect.dockerfile import Dockerfile

_NAME = re.compile(
    r"(?:^|[./_-])(?:tests?|testing|e2e|playwright|cypress|selenium|storybook|lint|linter)"
    r"(?:[./_-]|$)",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"(?:^|/)(?:playwright|cypress|selenium|devcontainers)(?=[/:@-]|$)|(?:^|/)gitpod/"
)
_RUN = re.compile(
    r"(?:^|[\s/])(?:pytest|tox|nox|jest|vitest|playwright test|cypress (?:run|open)|newman run"
    r"|(?:npm|yarn|pnpm|bun)(?: run)? (?:test|e2e|lint)[\w:-]*|(?:go|cargo|deno|manage\.py) test)"
    r"(?=\s|$)"
)


def runs_tests(path: str, dockerfile: Dockerfile) -> bool:
    """Whether a Dockerfile is for tests: by its name, by the image that it is built on, or by what
    it starts."""
    return bool(
        _NAME.search(path)
        or _IMAGE.search(dockerfile.base)
        or _RUN.search(" ".join(dockerfile.command))
    )
