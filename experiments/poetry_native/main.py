"""A service: GET /health, and GET /crc?of=text with checksums that compiled code works out."""

from __future__ import annotations

import crcmod.predefined
from bottle import Bottle, request
from crcmod import _crcfunext  # the compiled extension: without it crcmod is a hundred times slower
from waitress import serve

KINDS = ("crc-8", "crc-16", "crc-32", "crc-64")
app = Bottle()


@app.get("/health")
def health() -> dict[str, str]:
    """Whether the service answers, and from where its checksums come."""
    return {"status": "ok", "compiled": _crcfunext.__name__}


@app.get("/crc")
def crc() -> dict[str, str]:
    """The checksums of a text."""
    text = request.query.get("of", "").encode()
    return {kind: f"{crcmod.predefined.mkCrcFun(kind)(text):x}" for kind in KINDS}


if __name__ == "__main__":
    serve(app, host="0.0.0.0", port=8000)
