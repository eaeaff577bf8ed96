"""Which network the builds of a sweep get, and the proxy started for it where that can be."""

from __future__ import annotations

import re

from runner.engine.port import Engine
from runner.model.engine import BaseImage
from runner.model.network import Network, NetworkMode
from runner.model.paths import CachePaths
from runner.model.progress import Progress
from runner.network.environment import (
    installers_environment,
    proxy_arguments,
    with_environment,
    without_uv,
)
from runner.network.proxy import CachingProxy, Endpoints, ProxyError
from runner.sweep.warmed import Warmed

COLD = ("cold",)
POETRY_GOES_DIRECT = (
    "Poetry asks the public index itself: without its plugin pypi-mirror it knows no other"
)
UV_GOES_DIRECT = "uv asks the index that uv.lock names: with another one it refuses the lock"
_GO_DIRECT = {
    UV_GOES_DIRECT: re.compile(r"\buv\s+(?:sync|run|lock|export)\b"),
    POETRY_GOES_DIRECT: re.compile(
        r"\A(?!.*poetry-plugin-pypi-mirror).*\bpoetry\s+(?:install|sync)\b", re.DOTALL
    ),
}
"""Why an installer goes past the proxy, and the command that says that it is used."""


def is_cached(mode: NetworkMode, trials: int, scenarios: tuple[str, ...]) -> bool:
    """Whether builds are to go through the proxy: where times are compared, if nothing is said."""
    if mode is NetworkMode.auto:
        return trials > 1 or scenarios != COLD
    return mode is NetworkMode.cached


class Proxied:
    """The proxy of one process: started again where it died, and where there can be none, the
    reason remembered."""

    def __init__(self, engine: Engine, cache: CachePaths, progress: Progress) -> None:
        self.warmed = Warmed.of(cache)
        self._engine = engine
        self._progress = progress
        self._proxy = CachingProxy(cache.network)
        self._found: Endpoints | str | None = None

    def network(self, base: BaseImage, dockerfile: str = "") -> Network:
        """The network of builds of a Dockerfile on a base, with the proxy, or direct with the
        reason; also why one of its installers goes direct."""
        found = self._endpoints()
        if isinstance(found, str):
            return Network(reason=found)
        values = installers_environment(found)
        reasons = [reason for reason, how in _GO_DIRECT.items() if how.search(dockerfile)]
        if UV_GOES_DIRECT in reasons:
            values = without_uv(values)
        told = with_environment(base, values, self._engine)
        return Network("cached", "; ".join(reasons), told.reference, proxy_arguments(found))

    def died(self) -> bool:
        """Whether a proxy that was started answers no more."""
        return isinstance(self._found, Endpoints) and self._proxy.endpoints() != self._found

    def _endpoints(self) -> Endpoints | str:
        if self.died():
            self._progress.note("network: the caching proxy had died, and is started again")
            self._found = None
        if self._found is None:
            self._found = self._started()
        return self._found

    def _started(self) -> Endpoints | str:
        if self._engine.info().kind != "embedded":
            return "builds of this engine cannot reach this machine's loopback"
        try:
            found = self._proxy.start(self._progress)
        except ProxyError as error:
            self._progress.note(f"network: direct ({error})")
            return str(error)
        self._progress.note(f"network: cached, through {found.index}")
        return found
