"""The web service: `POST /entities` and `GET /health`.

gunicorn --bind 0.0.0.0:8000 famous_ner.app:app
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from famous_ner.counting import Count, best_count
from famous_ner.finder import Finder
from famous_ner.gazetteer import famous_people

MAX_REQUEST_BYTES = 1_000_000

log = logging.getLogger(__name__)


def create_app(count: Count | None = None) -> Flask:
    """The service; `count` overrides the way of counting that fits what is installed."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    finder = Finder(famous_people())
    count = count or best_count()
    log.info("counting with %s", count.__name__)

    @app.get("/health")
    def health() -> Response:
        return _answer({"status": "ok"})

    @app.post("/entities")
    def entities() -> Response:
        found = finder.find(_text_of_request())
        counts = count(entity.name for entity in found)
        return _answer(
            {
                "entities": [asdict(entity) for entity in found],
                "counts": [{"name": name, "count": number} for name, number in counts],
            }
        )

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        response = _answer({"error": error.description}, status=error.code or 500)
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    return app


def _text_of_request() -> str:
    """The text to search; raises the HTTP error that tells the caller what is wrong."""
    if not request.is_json:
        raise UnsupportedMediaType("send the text as application/json")
    try:
        body = json.loads(request.get_data().decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON in UTF-8") from None
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise BadRequest('send an object with a string: {"text": "…"}')
    text: str = body["text"]
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadRequest("the text has half a surrogate pair in it")
    return text


def _answer(payload: dict[str, Any], status: int = 200) -> Response:
    """The payload as JSON: the same bytes for the same payload, whatever the version of Flask."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(body.encode(), status=status, content_type="application/json; charset=utf-8")


logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
app = create_app()
