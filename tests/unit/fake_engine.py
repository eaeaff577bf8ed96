"""An engine that answers from canned files: its images can be exported, its folders not be read."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from runner.model.entries import ImageContent
from tests.unit.saved import configuration, save


@dataclass
class FakeEngine:
    """What an engine on a Unix socket has, and what it was asked for."""

    path: Path
    """Of the socket; a short or a relative one."""
    answers: dict[str, bytes] = field(default_factory=dict)
    """Body by path; 404 for everything else."""
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"unix://{self.path}"

    def add(
        self, content: ImageContent, folder: Path, labels: Mapping[str, str] | None = None
    ) -> Path:
        """Take an image over by its name; returns the archive that its export is."""
        archive = save(content, folder / f"{content.name.replace(':', '-')}.tar")
        described = configuration(content)
        inspected = {
            "Id": "sha256:" + "0" * 64,
            "Os": described["os"],
            "Architecture": described["architecture"],
            "Config": {"Labels": labels},
            "RootFS": {"Type": "layers", "Layers": described["rootfs"]["diff_ids"]},
            "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": "/nowhere/overlay2/diff"}},
        }
        self.answers[f"/images/{content.name}/json"] = json.dumps(inspected).encode()
        self.answers[f"/images/{content.name}/get"] = archive.read_bytes()
        return archive


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[Any, tuple[str, int]]:
        return super().get_request()[0], ("unix", 0)

    def handle_error(self, *_: Any) -> None:
        """Whoever asked went away before the answer was sent: nothing to say."""


@contextmanager
def answering(path: Path) -> Iterator[FakeEngine]:
    """An engine on a socket of this path."""
    engine = FakeEngine(path, {"/_ping": b"OK"})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = unquote(self.path)
            engine.asked.append(asked)
            body = engine.answers.get(asked)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None: ...

    with _Server(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield engine
        server.shutdown()
