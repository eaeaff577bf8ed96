"""A package index that answers, and not as an index should: what pip makes of it is no reason."""

from __future__ import annotations

import http.server
import io
import random
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model.record import Status
from tests.e2e.commands import CommandLine
from tests.engine import needs

LACKING = 4096
"""How many bytes are promised and do not come where an answer breaks off."""
INDEX = "the package index does not answer"
PACKAGE = "dockbench-e2e-has-no-such-package"
FILE = f"{PACKAGE.replace('-', '_')}-1.tar.gz"


def half_of_a_package() -> bytes:
    """What comes of a source distribution before its answer breaks off."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(f"{PACKAGE}-1/data.bin")
        member.size = 2 * LACKING
        archive.addfile(member, io.BytesIO(random.Random(1).randbytes(member.size)))
    return packed.getvalue()[:LACKING]


FILE_BEGIN = half_of_a_package()
EMPTY = b"<html><body>"
PAGE = f"<html><a href='{FILE}'>{FILE}</a></html>".encode()


@contextmanager
def index(status: int, page: bytes, lacking: int) -> Iterator[str]:
    """An index that answers with this status and page, which breaks off so many bytes before its
    end; files do always."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_file = self.path.endswith(FILE)
            body = FILE_BEGIN if is_file else page
            self.send_response(200 if is_file else status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body) + (LACKING if is_file else lacking)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, PAGE, 0), f"{INDEX} (it answers with status 500): check"),
        ((200, EMPTY, LACKING), f"{INDEX} (its answer breaks off): check"),
        ((200, PAGE, 0), f"{INDEX} (its answer breaks off): check"),
        ((404, PAGE, 0), f"ERROR: No matching distribution found for {PACKAGE}"),
    ],
    ids=["500", "a page that is cut", "a file that is cut", "404"],
)
def test_the_reason_is_the_index_s_and_not_pip_s(
    here: CommandLine, engine: DockerEngine, answer: tuple[int, bytes, int], said: str
) -> None:
    if engine.build_network != "host":
        needs.lacking(engine, "builds do not reach what listens on this machine's loopback")
    with index(*answer) as address:
        done = here.bench("deps=stale", "mirror=custom", f"mirror.index_url={address}", expect=1)
    (record,) = here.results("variants").records
    assert record.status is Status.build_failed
    assert record.failure is not None
    assert said in record.failure.message
    (told, _) = [line for line in done.err.splitlines() if "build failed in " in line]
    assert said in told
    assert ("No matching distribution" in told) == (answer[0] == 404)
