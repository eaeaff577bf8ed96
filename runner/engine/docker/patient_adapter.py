"""The SDK's connections to a Unix socket, whose sockets limit an answer as a whole."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool

from runner.engine.defaults import PULL_TIMEOUT_S
from runner.engine.docker.patience import PatientSocket, patience_for, patience_for_error


class _Connection(UnixHTTPConnection):
    _asked = ""

    def connect(self) -> None:
        self.sock = PatientSocket.connected(self.unix_socket, self.timeout)

    def request(self, method: str, url: str, *arguments: Any, **settings: Any) -> None:
        self._asked = url
        super().request(method, url, *arguments, **settings)

    def getresponse(self) -> Any:
        limit_s = PULL_TIMEOUT_S if self.timeout is None else self.timeout
        connected = self.sock
        if isinstance(connected, PatientSocket):
            connected.patience = patience_for(self._asked, limit_s)
        response = super().getresponse()
        if isinstance(connected, PatientSocket) and response.status >= HTTPStatus.BAD_REQUEST:
            connected.patience = patience_for_error(limit_s)
        return response


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        limit: Any = self.timeout
        return _Connection(self.base_url, self.socket_path, limit)


class PatientAdapter(UnixHTTPAdapter):
    """As the SDK's own, with these connections."""

    def get_connection(self, url: Any, *_: Any) -> _Pool:
        """The pool of connections, of which there is one."""
        with self.pools.lock:
            pool = self.pools.get(url)
            if pool is None:
                pool = _Pool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
                self.pools[url] = pool
        return pool
