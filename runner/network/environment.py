"""How a build is told of the proxy without its Dockerfile being changed.

Installers read environment variables: an image with nothing but `ENV` lines on top of the base (no
layer, the same diff_ids) is given to the build in the base's place. apt reads `http_proxy`, one of
Docker's predefined build arguments, which end in no layer, no history and no cache key.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from runner.engine.bases.images import BASE, find_image
from runner.engine.builders.buildkit import BuildKit
from runner.engine.port import Engine
from runner.model import labels
from runner.model.engine import BaseImage, BuildRequest
from runner.model.errors import BaseError
from runner.network.proxy import Endpoints

_BUILD_TIMEOUT_S = 120.0
UV_INDEX = "UV_DEFAULT_INDEX"
_NOT_PROXIED = "127.0.0.1,localhost,::1"


def installers_environment(endpoints: Endpoints) -> dict[str, str]:
    """What installers of Python and Node packages read in place of their default index."""
    index = endpoints.index
    values = {
        "PIP_INDEX_URL": index,
        "PIP_TRUSTED_HOST": urlsplit(index).netloc,  # without it pip keeps nothing of plain HTTP
        UV_INDEX: index,
        "PDM_PYPI_URL": index,
        "PIPENV_PYPI_MIRROR": index,
        "POETRY_PYPI_MIRROR_URL": index,  # read by a plugin that installer=poetry installs
    }
    if endpoints.npm:
        values |= {
            "npm_config_registry": f"{endpoints.npm}/",
            "YARN_REGISTRY": f"{endpoints.npm}/",
            "YARN_NPM_REGISTRY_SERVER": endpoints.npm,
            "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
        }
    return values


def proxy_arguments(endpoints: Endpoints) -> dict[str, str]:
    """Predefined build arguments that send plain HTTP, apt's above all, through the proxy."""
    if not endpoints.apt:
        return {}
    return {
        "http_proxy": endpoints.apt,
        "HTTP_PROXY": endpoints.apt,
        "no_proxy": _NOT_PROXIED,
        "NO_PROXY": _NOT_PROXIED,
    }


def without_uv(values: Mapping[str, str]) -> dict[str, str]:
    """The same for a build by `uv sync`: a lock names its index, and with another one set uv takes
    the lock for out of date."""
    return {name: value for name, value in values.items() if name != UV_INDEX}


def with_environment(base: BaseImage, values: Mapping[str, str], engine: Engine) -> BaseImage:
    """The same base, its reference an image that has these variables too; made if need be.

    Raises `BaseError` if the engine cannot make it.
    """
    tag = f"{labels.REPOSITORY}/network:{_digest(base, values)}"
    if find_image(engine, tag) is None:
        request = BuildRequest(
            context=_OneFile(environment_dockerfile(base.reference, values)),
            tag=tag,
            labels={labels.OWNER: BASE},
            timeout_s=_BUILD_TIMEOUT_S,
        )
        result = BuildKit(engine).build(request)
        if result.failure is not None:
            raise BaseError(
                f"{base.reference} with the proxy's variables: {result.failure.message}"
            )
    return replace(base, reference=tag)


def environment_dockerfile(reference: str, values: Mapping[str, str]) -> str:
    """A Dockerfile of nothing but ENV lines."""
    lines = [f"ENV {name}={json.dumps(value)}" for name, value in sorted(values.items())]
    return "\n".join([f"FROM {reference}", *lines, ""])


def _digest(base: BaseImage, values: Mapping[str, str]) -> str:
    text = json.dumps([base.image_id, sorted(values.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _OneFile:
    """A build context that holds a Dockerfile and nothing else."""

    dockerfile: str

    def blocks(self) -> Generator[bytes]:
        """The tarball."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo("Dockerfile")
            content = self.dockerfile.encode()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        yield packed.getvalue()
