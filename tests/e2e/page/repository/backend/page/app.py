"""Answers `GET /health` and `POST /sum`; the first argument is a trouble to make instead."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer


class Page(BaseHTTPRequestHandler):
    """Adds up numbers."""

    def do_GET(self) -> None:
        """Say that the service is there."""
        self.answer({"status": "ok"})

    def do_POST(self) -> None:
        """The sum of the numbers in the request."""
        numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["numbers"]
        self.answer({"sum": sum(numbers), "count": len(numbers)})

    def answer(self, value: object) -> None:
        """Send a JSON document."""
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingTCPServer):
    """An `HTTPServer` would ask DNS for its own name before it listens. Alpine waits seconds for an
    answer where no name server can be reached, and a slow start is repeated."""

    allow_reuse_address = True
    daemon_threads = True


def main(trouble: str = "") -> None:
    """Serve, unless there is trouble to be made: `sleep`, `hang` or `die`."""
    print(f"starting {trouble}".rstrip(), flush=True)
    if trouble == "die":
        raise SystemExit("no configuration, no service")
    if trouble in ("sleep", "hang"):
        time.sleep(600)
    Server(("0.0.0.0", 8000), Page).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
