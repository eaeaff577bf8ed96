"""The service as its callers see it."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from famous_ner.app import MAX_REQUEST_BYTES, create_app
from famous_ner.counting import count_plain


def test_health(client: FlaskClient) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ok"}


def test_entities(client: FlaskClient) -> None:
    response = client.post("/entities", json={"text": "Plato taught Aristotle. So: Plato."})
    assert response.status_code == 200
    assert response.get_json() == {
        "entities": [
            {"name": "Plato", "start": 0, "end": 5, "text": "Plato"},
            {"name": "Aristotle", "start": 13, "end": 22, "text": "Aristotle"},
            {"name": "Plato", "start": 28, "end": 33, "text": "Plato"},
        ],
        "counts": [{"name": "Plato", "count": 2}, {"name": "Aristotle", "count": 1}],
    }


def test_nobody(client: FlaskClient) -> None:
    answer = client.post("/entities", json={"text": "Nobody of note."}).get_json()
    assert answer == {"entities": [], "counts": []}


def test_answer_is_utf8_as_it_is_written(client: FlaskClient) -> None:
    response = client.post("/entities", json={"text": "Brontë? Charlotte Brontë!"})
    assert response.content_type == "application/json; charset=utf-8"
    assert "Charlotte Brontë" in response.get_data(as_text=True)


def test_same_bytes_for_the_same_text(client: FlaskClient) -> None:
    text = {"text": "Kahlo, Rivera (Diego Rivera), Frida Kahlo, Gödel, Escher, Bach"}
    plain = create_app(count_plain).test_client().post("/entities", json=text)
    assert client.post("/entities", json=text).data == plain.data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'"Plato"',
        b"{}",
        b'{"text": 1}',
        b'{"text": null}',
        b'{"text": "\\ud83d"}',
        b"[" * 100_000,
    ],
    ids=[
        "empty",
        "half",
        "not-utf8",
        "list",
        "string",
        "no-text",
        "number",
        "null",
        "surrogate",
        "deep",
    ],
)
def test_bad_body(client: FlaskClient, body: bytes) -> None:
    response = client.post("/entities", data=body, content_type="application/json")
    assert response.status_code == 400
    assert set(response.get_json()) == {"error"}


def test_wrong_type(client: FlaskClient) -> None:
    response = client.post("/entities", data="Plato")
    assert response.status_code == 415
    assert "application/json" in response.get_json()["error"]


def test_too_long(client: FlaskClient) -> None:
    body = json.dumps({"text": "x" * MAX_REQUEST_BYTES})
    response = client.post("/entities", data=body, content_type="application/json")
    assert response.status_code == 413
    assert response.is_json


def test_wrong_method(client: FlaskClient) -> None:
    response = client.get("/entities")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert response.is_json


def test_unknown_path(client: FlaskClient) -> None:
    response = client.get("/people")
    assert response.status_code == 404
    assert response.is_json
