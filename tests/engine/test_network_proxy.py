"""The caching proxy, a real nginx: before a server of these tests, and before the real index."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runner.engine.bases.images import describe_base
from runner.engine.docker.engine import DockerEngine
from runner.model.levels import Provider
from runner.model.paths import CachePaths
from runner.network.environment import installers_environment, proxy_arguments, with_environment
from runner.network.nginx import FILES_KEPT, PAGES_KEPT
from runner.network.proxy import CachingProxy, Endpoints, ProxyError
from runner.network.upstreams import UnreachableError, Upstreams
from runner.sweep.network import Proxied
from tests.engine.processes import kill
from tests.property.played_sweep import Heard

FILE = b"a wheel"


@dataclass
class Index:
    """A server with one page of links, one file, and whatever else is asked of it."""

    server: ThreadingHTTPServer
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def upstreams(self) -> Upstreams:
        return Upstreams(index=f"{self.url}/simple", files=self.url)


@pytest.fixture
def index() -> Iterator[Index]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            page = f'<a href="{found.url}/packages/x.whl#sha256=0">x</a>'.encode()
            answers = {
                "/simple/x/": (200, "text/html", page),
                "/packages/x.whl": (200, "application/octet-stream", FILE),
                "/simple/broken/": (500, "text/plain", b"out of order"),
            }
            status, kind, body = answers.get(self.path, (404, "text/plain", b"not here"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Index(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dockbench-") as name:
        yield Path(name) / "network"


@pytest.fixture
def proxy(index: Index, directory: Path) -> Iterator[CachingProxy]:
    found = CachingProxy(directory, lambda: index.upstreams)
    yield found
    found.stop()


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def linked(endpoints: Endpoints) -> str:
    """The address of the file that the proxy's page links to."""
    page = get(f"{endpoints.index}/x/")[2].decode()
    return page.partition('href="')[2].partition("#")[0]


def test_pages_link_to_the_proxys_own_files_and_carry_the_public_indexs_headers(
    proxy: CachingProxy,
) -> None:
    endpoints = proxy.start()

    _, page_headers, _ = get(f"{endpoints.index}/x/")
    file_url = linked(endpoints)
    _, file_headers, content = get(file_url)

    assert file_url.startswith(endpoints.index.removesuffix("/simple") + "/files/")
    assert content == FILE
    assert page_headers["Cache-Control"] == PAGES_KEPT
    assert file_headers["Cache-Control"] == FILES_KEPT


def test_what_was_asked_once_is_served_without_the_index(proxy: CachingProxy, index: Index) -> None:
    endpoints = proxy.start()
    get(linked(endpoints))
    index.server.shutdown()
    index.server.server_close()

    status, _, content = get(linked(endpoints))

    assert (status, content) == (200, FILE)
    assert index.asked == ["/simple/x/", "/packages/x.whl"]


@pytest.mark.parametrize(("page", "status"), [("missing", 404), ("broken", 500)])
def test_what_the_index_refuses_is_passed_on(
    proxy: CachingProxy, index: Index, page: str, status: int
) -> None:
    endpoints = proxy.start()

    assert get(f"{endpoints.index}/{page}/")[0] == status
    assert index.asked == [f"/simple/{page}/"]


def test_a_failure_of_the_index_is_not_kept(proxy: CachingProxy, index: Index) -> None:
    endpoints = proxy.start()
    get(f"{endpoints.index}/broken/")
    get(f"{endpoints.index}/broken/")

    assert index.asked == ["/simple/broken/"] * 2


def test_a_running_proxy_is_used_again(proxy: CachingProxy, index: Index, directory: Path) -> None:
    first = proxy.start()

    assert CachingProxy(directory, lambda: index.upstreams).start() == first


def test_a_proxy_that_was_killed_starts_again_on_its_ports(proxy: CachingProxy) -> None:
    first, pid = proxy.start(), proxy.running_pid()
    assert pid is not None
    kill(pid)

    assert proxy.start() == first
    assert proxy.running_pid() != pid


def test_a_proxy_that_dies_during_a_sweep_is_started_again(
    engine: DockerEngine,
    tiny: str,
    index: Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if engine.info().kind != "embedded":
        pytest.skip("builds of this engine do not reach the proxy")
    own = partial(CachingProxy, find=lambda: index.upstreams)
    monkeypatch.setattr("runner.sweep.network.CachingProxy", own)
    cache, said = CachePaths(tmp_path / "cache"), Heard()
    proxied, base = Proxied(engine, cache, said), describe_base(engine, tiny, Provider.engine, "")
    first, proxy = proxied.network(base), CachingProxy(cache.network)
    assert first.mode == "cached"
    assert not proxied.died()
    pid = proxy.running_pid()
    assert pid is not None
    kill(pid)
    assert proxied.died()
    assert proxied.network(base) == first
    assert not proxied.died()
    assert "network: the caching proxy had died, and is started again" in said.notes
    proxy.stop()


def test_a_port_that_is_taken_is_given_up_for_another(
    proxy: CachingProxy, index: Index, directory: Path
) -> None:
    proxy.start()
    proxy.stop()
    state = json.loads((directory / "state.json").read_text())
    state["ports"]["index"] = index.server.server_port
    (directory / "state.json").write_text(json.dumps(state))

    endpoints = proxy.start()

    assert get(linked(endpoints))[2] == FILE
    assert f":{index.server.server_port}/" not in endpoints.index


def test_a_stopped_proxy_answers_no_more(proxy: CachingProxy) -> None:
    endpoints = proxy.start()

    assert proxy.stop()
    assert not proxy.stop()
    with pytest.raises(OSError, match="refused"):
        get(endpoints.index)


def test_an_index_that_does_not_answer_is_the_reason_to_go_direct(directory: Path) -> None:
    def unreachable() -> Upstreams:
        raise UnreachableError("the package index does not answer: no such host")

    with pytest.raises(ProxyError, match="no such host"):
        CachingProxy(directory, unreachable).start()


def test_apts_requests_go_through_and_loopback_is_not_served(
    proxy: CachingProxy, index: Index
) -> None:
    endpoints = proxy.start()
    assert endpoints.apt, "this machine has no name server"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": endpoints.apt}))

    with pytest.raises(urllib.error.HTTPError, match="403"):
        opener.open(f"{index.url}/packages/x.whl", timeout=30)
    assert index.asked == []


def test_pip_keeps_a_cache_as_with_the_public_index(directory: Path, tmp_path: Path) -> None:
    """Through the proxy, before the real index: what `cache=keep` costs is what pip keeps."""
    proxy = CachingProxy(directory)
    try:
        environment = installers_environment(proxy.start())
        command = [sys.executable, "-I", "-m", "pip", "--isolated", "download", "--quiet"]
        options = [f"--index-url={environment['PIP_INDEX_URL']}", "--no-deps", "six"]
        trusted = f"--trusted-host={environment['PIP_TRUSTED_HOST']}"
        cache, target = tmp_path / "cache", tmp_path / "files"
        places = [f"--cache-dir={cache}", f"--dest={target}"]
        subprocess.run([*command, *places, trusted, *options], check=True, cwd=tmp_path)
    finally:
        proxy.stop()

    (wheel,) = target.iterdir()
    kept = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    assert kept > wheel.stat().st_size


def test_a_base_with_the_variables_has_no_layer_of_its_own(engine: DockerEngine, tiny: str) -> None:
    base = describe_base(engine, tiny, Provider.engine, "")
    values = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "ODD": 'a "b" $c \\d'}

    told = with_environment(base, values, engine)

    image = engine.client.images.get(told.reference)
    assert tuple(image.attrs["RootFS"]["Layers"]) == base.diff_ids == told.diff_ids
    assert f"PIP_INDEX_URL={values['PIP_INDEX_URL']}" in image.attrs["Config"]["Env"]
    assert told.image_id == base.image_id
    assert with_environment(base, values, engine) == told


def test_apt_is_told_by_predefined_build_arguments() -> None:
    endpoints = Endpoints(index="http://127.0.0.1:1/simple", apt="http://127.0.0.1:2")

    assert proxy_arguments(endpoints)["http_proxy"] == "http://127.0.0.1:2"
    assert "127.0.0.1" in proxy_arguments(endpoints)["no_proxy"]
    assert proxy_arguments(Endpoints(index=endpoints.index)) == {}
