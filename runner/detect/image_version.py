"""Which release of a language the Dockerfiles of a project name, where the project is not built
from them: they copy no sources, or are for another service."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.detect.names import FOR_DEVELOPERS, is_dockerfile


def version_in_dockerfiles(texts: Mapping[str, str], image: str) -> tuple[str, str]:
    """`18` and `FROM node:18 in Dockerfile`, of the first that names a release of this image, those
    near to the root first; two empty texts for none."""
    wanted = re.compile(
        rf"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)?"
        rf"((?:docker\.io/)?(?:library/)?{re.escape(image)}:(\d+(?:\.\d+)?)(?![\d])\S*)",
        re.IGNORECASE | re.MULTILINE,
    )
    dockerfiles = [path for path in texts if is_dockerfile(path)]
    for path in sorted(
        dockerfiles, key=lambda x: (bool(FOR_DEVELOPERS.search(x)), x.count("/"), x)
    ):
        if match := wanted.search(texts[path]):
            return match[2], f"FROM {match[1]} in {path}"
    return "", ""
