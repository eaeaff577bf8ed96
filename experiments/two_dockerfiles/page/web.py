"""The web process: GET /health, and GET / with a table of the planets."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tabulate import tabulate

PLANETS = (("Mercury", 0.39), ("Venus", 0.72), ("Earth", 1.0), ("Mars", 1.52))


class Handler(BaseHTTPRequestHandler):
    """Answers in plain text."""

    def do_GET(self) -> None:
        """One of two pages."""
        pages = {"/health": "ok", "/": tabulate(PLANETS, headers=("planet", "distance (AU)"))}
        text = pages.get(self.path)
        body = (text or "nothing here").encode()
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
