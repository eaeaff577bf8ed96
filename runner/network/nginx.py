"""The configuration of nginx as a caching proxy: text from plain data, no I/O.

Three servers on loopback: the index of Python packages (its pages changed to link to the proxy's
own files), the npm registry, and a forward proxy for apt's plain HTTP. Each answers with the cache
headers that the public servers send, so that installers keep what they keep for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner.network.upstreams import Upstreams

HEALTH = "/-/dockbench"
PAGES_KEPT = "max-age=600, public"
"""What the public index says of its pages."""
FILES_KEPT = "max-age=365000000, immutable, public"
"""What it says of files, which never change."""
PACKUMENTS_KEPT = "public, max-age=300"
TARBALLS_KEPT = "public, immutable, max-age=31557600"
_MAX_CACHE = "20g"
_PAGES_VALID = "10m"


@dataclass(frozen=True)
class Ports:
    """Where the servers listen, all on 127.0.0.1."""

    index: int
    npm: int
    apt: int


@dataclass(frozen=True)
class Settings:
    """All that the configuration is made of."""

    directory: Path
    """State of the server: pid file, log, temporary files, and the cache below `cache/`."""
    ports: Ports
    upstreams: Upstreams
    certificates: Path
    """The bundle of certificate authorities that this machine trusts."""
    name_servers: tuple[str, ...] = ()
    user: str = ""
    """Whom workers run as; empty for the user who starts it."""


def configuration(settings: Settings) -> str:
    """The text of nginx.conf."""
    user = [f"user {settings.user};"] if settings.user else []
    servers = [_index_server(settings)]
    if settings.upstreams.npm:
        servers.append(_npm_server(settings))
    if settings.name_servers:
        servers.append(_apt_server(settings))
    return "\n".join([*user, _main(settings), _http(settings, "\n".join(servers)), ""])


def _main(settings: Settings) -> str:
    directory = settings.directory
    return f"""\
daemon on;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 512; }}"""


def _http(settings: Settings, servers: str) -> str:
    directory = settings.directory
    temporary = "\n".join(
        f"  {kind}_temp_path {directory}/tmp/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    zones = "\n".join(
        f"  proxy_cache_path {directory}/cache/{name} levels=1:2 keys_zone={name}:16m"
        f" max_size={_MAX_CACHE} inactive=60d use_temp_path=off;"
        for name in ("pages", "files")
    )
    return f"""\
http {{
  access_log off;
  server_tokens off;
{temporary}
{zones}
  proxy_http_version 1.1;
  proxy_ssl_server_name on;
  proxy_ssl_verify on;
  proxy_ssl_verify_depth 4;
  proxy_ssl_trusted_certificate {settings.certificates};
  proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
  proxy_hide_header Cache-Control;
  proxy_hide_header Set-Cookie;
  proxy_cache_lock on;
  proxy_cache_lock_timeout 120s;
  proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;
  proxy_cache_valid any 0s;
  proxy_connect_timeout 20s;
  proxy_read_timeout 120s;
  proxy_max_temp_file_size 0;
{servers}
}}"""


def _index_server(settings: Settings) -> str:
    index, files, port = settings.upstreams.index, settings.upstreams.files, settings.ports.index
    own = f"http://127.0.0.1:{port}"
    types = " ".join(f"application/vnd.pypi.simple.v1+{kind}" for kind in ("json", "html"))
    return f"""\
  server {{
    listen 127.0.0.1:{port};
    location = {HEALTH} {{ return 204; }}
    location /files/ {{
      proxy_pass {files}/;
{_forward(files)}
{_kept("files", "$uri", "365d", FILES_KEPT)}
    }}
    location {urlsplit(index).path}/ {{
      proxy_pass {index}/;
{_forward(index)}
      proxy_set_header Accept-Encoding "";
{_kept("pages", "$uri $http_accept", _PAGES_VALID, PAGES_KEPT)}
      sub_filter_types {types};
      sub_filter_last_modified on;
      sub_filter_once off;
      sub_filter '{files}/' '{own}/files/';
    }}
  }}"""


def _npm_server(settings: Settings) -> str:
    npm, port = settings.upstreams.npm, settings.ports.npm
    own = f"http://127.0.0.1:{port}"
    return f"""\
  server {{
    listen 127.0.0.1:{port};
    location = {HEALTH} {{ return 204; }}
    location ~ \\.tgz$ {{
      proxy_pass {npm};
{_forward(npm)}
{_kept("files", "npm $uri", "365d", TARBALLS_KEPT)}
    }}
    location / {{
      proxy_pass {npm};
{_forward(npm)}
      proxy_set_header Accept-Encoding "";
{_kept("pages", "npm $uri $http_accept", _PAGES_VALID, PACKUMENTS_KEPT)}
      sub_filter_types application/json application/vnd.npm.install-v1+json;
      sub_filter_last_modified on;
      sub_filter_once off;
      sub_filter '{npm}/' '{own}/';
    }}
  }}"""


def _apt_server(settings: Settings) -> str:
    """A forward proxy for GET and HEAD: what apt sends when it is told of a proxy."""
    resolvers = " ".join(settings.name_servers)
    return f"""\
  server {{
    listen 127.0.0.1:{settings.ports.apt};
    resolver {resolvers};
    location = {HEALTH} {{ return 204; }}
    location ~ /pool/ {{
{_passed_on()}
{_kept("files", "apt $http_host$uri", "365d", "")}
    }}
    location / {{
{_passed_on()}
{_kept("pages", "apt $http_host$uri", _PAGES_VALID, "")}
    }}
  }}"""


def _passed_on() -> str:
    return """\
      limit_except GET HEAD { deny all; }
      if ($http_host = "") { return 400; }
      if ($http_host ~* "^(127\\.|localhost|\\[)") { return 403; }
      proxy_pass http://$http_host$request_uri;
      proxy_set_header Host $http_host;"""


def _forward(upstream: str) -> str:
    host = urlsplit(upstream).netloc
    return f"""\
      proxy_set_header Host {host};
      proxy_ssl_name {urlsplit(upstream).hostname};"""


def _kept(zone: str, key: str, valid: str, said: str) -> str:
    """How long answers are kept here, and what installers are told about them."""
    header = f'\n      add_header Cache-Control "{said}";' if said else ""
    return f"""\
      proxy_cache {zone};
      proxy_cache_key "{key}";
      proxy_cache_valid 200 {valid};
      proxy_cache_valid 404 1m;{header}
      add_header X-Dockbench-Cache $upstream_cache_status;"""
