"""The SDK's connections, which read an answer with patience for all of it: to a Unix socket, over
TCP and over TLS."""

from __future__ import annotations

from functools import partial
from typing import Any

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from runner.engine.docker.patient_response import PatientResponse


class _Patient(HTTPConnection):
    def request(self, method: str, url: str, *arguments: Any, **settings: Any) -> None:
        self.response_class: Any = partial(PatientResponse, url)
        super().request(method, url, *arguments, **settings)


class _UnixConnection(_Patient, UnixHTTPConnection):
    pass


class _TlsConnection(_Patient, HTTPSConnection):
    pass


class _UnixPool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        limit: Any = self.timeout
        return _UnixConnection(self.base_url, self.socket_path, limit)


class _TcpPool(HTTPConnectionPool):
    ConnectionCls = _Patient


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class PatientUnixAdapter(UnixHTTPAdapter):
    """As the SDK's own, with these connections."""

    def get_connection(self, url: Any, *_: Any) -> _UnixPool:
        """The pool of connections, of which there is one."""
        with self.pools.lock:
            pool = self.pools.get(url)
            if pool is None:
                pool = _UnixPool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
                self.pools[url] = pool
        return pool


class PatientTcpAdapter(HTTPAdapter):
    """As that of requests, with these connections, through a proxy as well."""

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        """With pools of these connections."""
        super().init_poolmanager(*arguments, **settings)
        _have_patience(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        """The same to a proxy."""
        manager = super().proxy_manager_for(proxy, **settings)
        _have_patience(manager)
        return manager


def _have_patience(manager: Any) -> None:
    if manager.pool_classes_by_scheme["http"] is HTTPConnectionPool:
        manager.pool_classes_by_scheme = {"http": _TcpPool, "https": _TlsPool}
