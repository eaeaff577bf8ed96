"""Frameworks of Python that start themselves: the command, the port, and what makes them listen for
everybody, of projects that say none of it."""

from __future__ import annotations

import json
import time

import pytest

from runner.ecosystems.all import plain_of
from runner.ecosystems.node_frameworks import standalone_next
from runner.ecosystems.port import Plain
from runner.ecosystems.python_frameworks import framework_start
from tests.unit.test_ecosystems import Files

DASH = "from dash import Dash, html\napp = Dash(__name__)\nserver = app.server\napp.run()\n"
FALCON = "import falcon\napi = falcon.App()\n"


@pytest.mark.parametrize(
    ("requires", "path", "text", "command", "port"),
    [
        (
            "streamlit\n",
            "dashboard.py",
            "import streamlit as st\nst.title('x')\n",
            "streamlit run dashboard.py --server.address=0.0.0.0 --server.port=8501",
            8501,
        ),
        (
            "chainlit\n",
            "app.py",
            "import chainlit as cl\n",
            "chainlit run app.py --host 0.0.0.0 --port 8000",
            8000,
        ),
        ("gradio\n", "app.py", "import gradio as gr\nd.launch()\n", "python app.py", 7860),
        (
            "gradio\n",
            "ui.py",
            "import gradio\nx.launch(server_port=8080)\n",
            "python ui.py",
            8080,
        ),
        ("dash\ngunicorn\n", "app.py", DASH, "gunicorn --bind 0.0.0.0:8050 app:server", 8050),
        ("dash\n", "app.py", DASH.replace("run()", "run(port=8051)"), "python app.py", 8051),
        (
            "falcon\ngunicorn\n",
            "web.py",
            FALCON,
            "gunicorn --bind 0.0.0.0:8000 web:api",
            8000,
        ),
        (
            "falcon\nuvicorn\n",
            "web.py",
            FALCON.replace("falcon.App", "falcon.asgi.App"),
            "uvicorn --host 0.0.0.0 --port 8000 web:api",
            8000,
        ),
        ("nicegui\n", "main.py", "from nicegui import ui\nui.run()\n", "python main.py", 8080),
        (
            "robyn\n",
            "app.py",
            "from robyn import Robyn\napp = Robyn(__file__)\n",
            "python app.py",
            8080,
        ),
        (
            "aiohttp\n",
            "main.py",
            "from aiohttp import web\nweb.run_app(app)\n",
            "python main.py",
            8080,
        ),
        (
            "tornado\n",
            "server.py",
            "import asyncio, tornado.web\napp.listen(8881)\n",
            "python server.py",
            8881,
        ),
        (
            "tornado\n",
            "server.py",
            'from tornado.options import define\ndefine("port", default=8882)\napp.listen(x)\n',
            "python server.py",
            8882,
        ),
        (
            "bottle\n",
            "hello.py",
            "from bottle import run\nrun(host='0.0.0.0', port=8083)\n",
            "python hello.py",
            8083,
        ),
        (
            "litestar[standard]\n",
            "app.py",
            "app = Litestar([index])\n",
            "uvicorn --host 0.0.0.0 --port 8000 app:app",
            8000,
        ),
        (
            "sanic\n",
            "app.py",
            "app = Sanic('x')\n",
            "sanic app:app --host=0.0.0.0 --port=8000",
            8000,
        ),
        (
            "quart\n",
            "app.py",
            "app = Quart(__name__)\n",
            "hypercorn --bind 0.0.0.0:8000 app:app",
            8000,
        ),
    ],
)
def test_a_framework_says_how_it_is_started(
    requires: str, path: str, text: str, command: str, port: int
) -> None:
    found = plain_of(Files({"requirements.txt": requires, path: text}))
    assert isinstance(found, Plain)
    assert f"CMD {json.dumps(command.split())}\n" in found.dockerfile
    assert found.port == port
    assert f"EXPOSE {port}\n" in found.dockerfile


def test_what_would_listen_for_its_own_machine_alone_is_told_not_to() -> None:
    files = {"requirements.txt": "gradio\n", "app.py": "import gradio\nx.launch()\n"}
    found = plain_of(Files(files))
    assert isinstance(found, Plain)
    assert "ENV GRADIO_SERVER_NAME=0.0.0.0\n" in found.dockerfile


def test_a_health_check_of_the_framework_is_asked() -> None:
    found = plain_of(Files({"requirements.txt": "streamlit", "app.py": "import streamlit"}))
    assert isinstance(found, Plain)
    assert found.health_path == "/_stcore/health"


def test_a_server_of_pythons_own_library_needs_no_dependencies() -> None:
    text = "from http.server import HTTPServer\nHTTPServer(('', 8123), H).serve_forever()\n"
    found = plain_of(Files({"server.py": text}))
    assert isinstance(found, Plain)
    assert found.port == 8123
    assert "RUN" not in found.dockerfile


def test_an_application_comes_before_a_page_of_it() -> None:
    """FastAPI into which Gradio is mounted: its own server."""
    text = "import gradio\napp = FastAPI()\nif __name__ == '__main__':\n    demo.launch()\n"
    found = plain_of(Files({"requirements.txt": "fastapi\ngradio\nuvicorn\n", "app.py": text}))
    assert isinstance(found, Plain)
    assert 'CMD ["uvicorn"' in found.dockerfile


def test_pages_are_not_started_and_a_usual_name_comes_first() -> None:
    page = "import streamlit as st\n"
    texts = {"a.py": page, "streamlit_app.py": page, "pages/app.py": page}
    start = framework_start(texts, "streamlit")
    assert start is not None
    assert start.command[:3] == ["streamlit", "run", "streamlit_app.py"]
    assert framework_start({"pages/app.py": page}, "streamlit") is None


@pytest.mark.parametrize(
    "text", ["import rocket\nrocket.launch()\n", "queue.listen(5)\n", "import streamlit_not as x\n"]
)
def test_a_word_of_the_same_name_is_no_framework(text: str) -> None:
    assert framework_start({"app.py": text}, "") is None


@pytest.mark.parametrize(
    "line",
    [
        "import bottle\n",
        "import " + "bottle " * 4,
        "web.run_app( \n",
        "port = ",
        "x.listen(  \n",
        "a = ",
        "output: ",
        "HTTPServer( ( ",
    ],
)
def test_no_source_takes_long(line: str) -> None:
    """A file as long as one is read, of one line again and again."""
    text = line * (256_000 // len(line))
    files = {"app.py": text, "next.config.js": text, "package.json": "{}"}
    begun = time.process_time()
    framework_start(files, "")
    standalone_next(Files(files), {"dependencies": {"next": "16"}})
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize(
    ("beside", "text", "words"),
    [
        ({}, "from .urls import all\n", "python -m web.app"),
        ({}, "import os\nfrom web.urls import all\n", "python -m web.app"),
        ({}, "import os\n", "python web/app.py"),
        ({"web/__main__.py": "from .app import x\n"}, "from . import urls\n", "python -m web"),
    ],
)
def test_a_script_in_a_package_that_imports_what_is_beside_it_is_run_as_a_module(
    beside: dict[str, str], text: str, words: str
) -> None:
    server = "from http.server import HTTPServer\nHTTPServer(('', 8000), X).serve_forever()\n"
    texts = {"web/__init__.py": "", "web/app.py": text + server, "web/urls.py": "", **beside}
    start = framework_start(texts, "")
    assert start is not None
    assert list(start.command) == words.split()


def test_a_script_alone_is_run_as_a_file_also_in_a_directory() -> None:
    texts = {"web/app.py": "from http.server import HTTPServer\nfrom .x import y\nHTTPServer()\n"}
    start = framework_start(texts, "")
    assert start is not None
    assert list(start.command) == ["python", "web/app.py"]
