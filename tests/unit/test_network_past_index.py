"""The package index of a day: what its pages have, asked as installers ask."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from runner.network.past_index import NoPastError, PastIndex, page, page_of_day

DAY = date(2021, 8, 29)


def file(name: str, uploaded: str | None, **more: Any) -> dict[str, Any]:
    when = {} if uploaded is None else {"upload-time": uploaded}
    return {"filename": name, "url": f"https://files.example/{name}", "hashes": {}, **when, **more}


PIP = {"files": [file("pip-1.0-py3-none-any.whl", "2011-01-01T00:00:00Z")]}
SHOP = {
    "files": [
        file(
            "shop-1.0-py3-none-any.whl",
            "2021-08-29T23:59:59.9Z",
            hashes={"sha256": "ab"},
            **{"requires-python": ">=3.7,<4", "core-metadata": {"sha256": "cd"}},
        ),
        file("shop-0.9.tar.gz", "2020-01-01T00:00:00Z", yanked='broken "x"'),
        file("shop-1.1.tar.gz", "2021-08-30T00:00:00Z"),
        file("shop-1.2.tar.gz", None),
        file("shop-1.1rc1.tar.gz", "2021-01-01T00:00:00Z"),
        file("shop-0.10.zip", "2020-01-01T00:00:00Z"),
        file("shop-2.linux.exe", "2020-01-01T00:00:00Z"),
    ]
}


class _Upstream(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/simple/pip/": PIP, "/simple/shop/": SHOP, "/undated/pip/": {"files": [{}]}}
        found = known.get(self.path)
        self.send_response(200 if found else 404)
        self.end_headers()
        if "json" in self.headers["Accept"]:
            self.wfile.write(json.dumps(found).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.cache_clear()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_only_files_of_the_day_and_before_are_in_a_page() -> None:
    text = page_of_day(SHOP, DAY)
    assert text.count("<a ") == 5
    assert (
        '<a href="https://files.example/shop-1.0-py3-none-any.whl#sha256=ab"'
        ' data-requires-python="&gt;=3.7,&lt;4" data-core-metadata="sha256=cd">' in text
    )
    assert 'data-yanked="broken &quot;x&quot;"' in text
    assert page_of_day({"files": "none"}, DAY).count("<a ") == 0
    assert page_of_day([], DAY).count("<a ") == 0


def test_installers_are_answered_as_by_the_index(upstream: str) -> None:
    with PastIndex(DAY, f"{upstream}/simple") as index:
        with urllib.request.urlopen(f"{index.url}shop/") as answer:
            assert answer.headers["Content-Type"].startswith("text/html")
            assert answer.read().decode() == page_of_day(SHOP, DAY)
        for unknown in ("nothing/", "../x/", "shop/extra/"):
            with pytest.raises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(index.url + unknown)
            assert raised.value.code == 404
        assert index.has("shop", "1.0")
        assert index.has("shop", "0.9")
        assert not index.has("shop", "1.1"), "uploaded on the day after"
        assert not index.has("shop", "1")
        assert not index.has("nothing", "1.0")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{index.url}shop/", timeout=2)


def test_an_index_without_dates_or_answers_is_said(upstream: str) -> None:
    with (
        pytest.raises(NoPastError, match="does not say when"),
        PastIndex(DAY, f"{upstream}/undated"),
    ):
        pass
    with pytest.raises(NoPastError, match="does not answer"), PastIndex(DAY, f"{upstream}/none"):
        pass


def test_two_of_them_have_ports_of_their_own(upstream: str) -> None:
    with PastIndex(DAY, f"{upstream}/simple") as one, PastIndex(DAY, f"{upstream}/simple") as two:
        assert one.url != two.url


def test_the_newest_release_of_the_day(upstream: str) -> None:
    """Neither what was uploaded later, nor taken back, nor preliminary, nor for another program."""
    index = f"{upstream}/simple"
    assert PastIndex(DAY, index).newest("shop") == "1.0"
    assert PastIndex(date(2021, 8, 30), index).newest("shop") == "1.1"
    assert PastIndex(date(2021, 8, 28), index).newest("shop") == "0.10"
    assert PastIndex(date(2011, 1, 1), index).newest("shop") == ""
    assert PastIndex(DAY, index).newest("other") == ""
