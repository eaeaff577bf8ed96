"""What a folder tells of the project in it, and what is said where it does not."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest

from runner.detect import listing as listing_module
from runner.detect.detection import Detected
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing, read_listing
from runner.detect.project import detect
from runner.model.errors import ProjectError

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n\n@app.get('/healthz')\ndef h(): ...\n"
FASTAPI = "app: FastAPI = FastAPI(title='x')\n"
SERVED = "gunicorn==23.0\nflask\n"


def found(files: dict[str, str], given: dict[str, Any] | None = None, own: str = "") -> Detected:
    """What is detected in a folder of these files."""
    listing = Listing(tuple(sorted(files)), files)
    return detect(listing, given or {}, Dockerfile(own) if own else None)


def missing(detected: Detected) -> str:
    """Everything that was not found, on one line."""
    return "; ".join(f"{item.why}: {item.line}" for item in detected.missing)


def test_a_flask_service_with_gunicorn_needs_no_description() -> None:
    detected = found({"app.py": FLASK, "requirements.txt": SERVED})
    assert detected.missing == ()
    assert detected.values["dependencies"] == {"found": {"requirements": "requirements.txt"}}
    assert detected.values["command"] == ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
    assert detected.values["port"] == 8000
    assert detected.values["check"] == {"health_path": "/healthz"}
    assert (detected.values["backend"], detected.values["package"]) == (".", ".")
    assert "port 8000: the command" in detected.evidence
    assert "health GET /healthz: in app.py" in detected.evidence


def test_a_fastapi_service_in_a_source_folder_is_found_by_its_package() -> None:
    detected = found({"src/shop/web.py": FASTAPI, "requirements.txt": "uvicorn[standard]>=0.30\n"})
    assert detected.values["command"][-1] == "shop.web:app"
    assert detected.values["environment"] == {"PYTHONPATH": "src"}
    assert detected.values["check"] == {"health_path": "/", "healthy_below": 500}


def test_the_dockerfile_says_command_port_environment_and_python() -> None:
    own = (
        "FROM python:3.12-slim\nENV MODE=live PATH=/x:$PATH HOME_DIR=/srv\nEXPOSE 5000\n"
        'CMD ["python", "main.py"]\n'
    )
    files = {"main.py": "", "requirements.txt": ""}
    detected = found(files, own=own)
    assert detected.values["command"] == ["python", "main.py"]
    assert detected.values["port"] == 5000
    assert detected.values["environment"] == {"MODE": "live"}
    assert detected.python == "3.12"
    assert "port 5000: EXPOSE in Dockerfile" in detected.evidence


def test_a_dockerfiles_own_paths_become_relative_ones_or_are_left_out() -> None:
    own = (
        "FROM python:3.11\nWORKDIR /code\nENV PYTHONPATH=/code/lib DATA=/data CONF=/code/gone\n"
        "WORKDIR ../code\nCMD gunicorn web:app\n"
    )
    detected = found({"lib/web.py": "", "requirements.txt": ""}, own=own)
    assert detected.values["environment"] == {"PYTHONPATH": "lib"}


@pytest.mark.parametrize("command", ["gunicorn web.main:app", "python -m web.main"])
def test_a_module_in_the_source_folder_alone_is_found_by_python(command: str) -> None:
    own = f"FROM python:3.11\nEXPOSE 80\nCMD {command}\n"
    files = {"src/web/main.py": "", "requirements.txt": ""}
    assert found(files, own=own).values["environment"] == {"PYTHONPATH": "src"}
    assert "environment" not in found({**files, "web/main.py": ""}, own=own).values


def test_packages_of_the_distribution_are_told_and_not_taken_over() -> None:
    own = (
        "FROM python:3.11\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n"
        "  libpq5 gcc=4:12 && rm -rf /var/lib/apt/lists/*\nEXPOSE 80\nCMD python app.py\n"
    )
    files = {"app.py": "", "requirements.txt": ""}
    detected = found(files, own=own)
    (line,) = [line for line in detected.evidence if line.startswith("system packages")]
    assert "Dockerfile installs libpq5, gcc=4:12; name in dockbench.yaml" in line
    assert "system_packages" not in detected.values
    given = found(files, {"system_packages": {"apt": ["libpq5"]}}, own)
    assert not [line for line in given.evidence if "installs" in line]


def test_a_procfile_says_the_command() -> None:
    files = {"Procfile": "worker: x\nweb: gunicorn -b :$PORT app:app\n", "requirements.txt": SERVED}
    detected = found(files)
    assert detected.values["command"] == ["gunicorn", "-b", ":8000", "app:app"]
    assert detected.values["port"] == 8000


def test_where_a_procfile_is_run_port_is_set() -> None:
    files = {"Procfile": "web: gunicorn --reload shop.wsgi --log-file -\n",
             "shop/wsgi.py": FLASK, "requirements.txt": SERVED}  # fmt: skip
    detected = found(files)
    assert detected.missing == ()
    assert detected.values["environment"] == {"PORT": "8000"}
    assert detected.values["port"] == 8000
    assert "environment PORT=8000: a Procfile is run with it" in detected.evidence
    given = found(files, {"port": 7000})
    assert given.values["environment"] == {"PORT": "7000"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gunicorn -b :${PORT:-5000} app:app", ["gunicorn", "-b", ":8000", "app:app"]),
        ("cd src && gunicorn app:app", ["/bin/sh", "-c", "cd src && gunicorn app:app"]),
        ("MODE=live gunicorn app:app", ["/bin/sh", "-c", "MODE=live gunicorn app:app"]),
        ("gunicorn 'app:app", ["/bin/sh", "-c", "gunicorn 'app:app"]),
        ("gunicorn $WORKERS app:app", ["/bin/sh", "-c", "gunicorn $WORKERS app:app"]),
        ("gunicorn $PORTAL app:app", ["/bin/sh", "-c", "gunicorn $PORTAL app:app"]),
    ],
)
def test_a_line_of_a_procfile_goes_to_a_shell_where_it_needs_one(
    line: str, words: list[str]
) -> None:
    files = {"Procfile": f"web:\t{line}\n", "requirements.txt": SERVED}
    assert found(files).values["command"] == words


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("flask\n".encode("utf-8-sig"), "flask\n"),
        (codecs.BOM_UTF16_LE + "flask\n".encode("utf-16-le"), "flask\n"),
        (codecs.BOM_UTF16_BE + "flask\n".encode("utf-16-be"), "flask\n"),
        (codecs.BOM_UTF32_LE + "flask\n".encode("utf-32-le"), "flask\n"),
        (codecs.BOM_UTF32_BE + "flask\n".encode("utf-32-be"), "flask\n"),
        ("# -*- coding: latin-1 -*-\n# ä\nflask\n".encode("latin-1"), None),
        ("# x\n# coding=cp1252\n# €\nflask\n".encode("cp1252"), None),
        ("# ü\nflask\n".encode(), None),
        (b"# coding: rot13\nflask\n", "# coding: rot13\nflask\n"),
    ],
)
def test_requirements_are_read_in_the_encodings_that_pip_reads(
    content: bytes, text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(content)
    read = read_listing(tmp_path).texts["requirements.txt"]
    assert read == text if text else read.splitlines()[-1] == "flask" and "\ufffd" not in read


def test_files_that_requirements_name_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    texts = {
        "requirements.txt": "-r deps/main.txt\n  -c versions.pip\n-r /etc/passwd\n-r ../out.txt\n",
        "deps/main.txt": "--requirement=base.in\ngunicorn\n",
        "deps/base.in": "flask\n-r main.txt\n",
        "versions.pip": "flask==3.0.0\n",
        "app.py": FLASK,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    detected = detect(read_listing(tmp_path), {}, None)
    assert detected.values["dependencies"]["found"]["files"] == [
        "deps/base.in",
        "deps/main.txt",
        "versions.pip",
    ]
    assert detected.values["command"] == ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]


@pytest.mark.parametrize(
    ("command", "source", "port"),
    [
        (["python", "main.py"], "server = HTTPServer(('0.0.0.0', 9001), Handler)", 9001),
        (["python", "-m", "main"], "app.run(host='0.0.0.0', port=9002)", 9002),
        (["gunicorn", "main:app"], "", 8000),
        (["uvicorn", "main:app", "--port=9003"], "port = 1234", 9003),
        (["flask", "run", "--host=0.0.0.0"], "", 5000),
        (["python", "manage.py", "runserver", "0.0.0.0:9004"], "", 9004),
    ],
)
def test_the_port_is_that_of_the_command_or_its_source(
    command: list[str], source: str, port: int
) -> None:
    detected = found({"main.py": source, "requirements.txt": ""}, {"command": command})
    assert detected.values["port"] == port


@pytest.mark.parametrize(
    ("command", "bind", "port"),
    [
        ("gunicorn --config gunicorn-cfg.py run:app", "'0.0.0.0:5005'", 5005),
        ("gunicorn --config=/app/gunicorn-cfg.py run:app", "['0.0.0.0:5005']", 5005),
        ("gunicorn -c gunicorn-cfg.py run:app", "':5005'", 5005),
        ("gunicorn -cgunicorn-cfg.py run:app", "[\n  '127.0.0.1:5005',\n]", 5005),
        ("/usr/local/bin/gunicorn run:app -c 'file:gunicorn-cfg.py'", "'[::]:5005'", 5005),
        ("python -m gunicorn -c python:gunicorn-cfg run:app", "'0.0.0.0:5005'", 5005),
        ("gunicorn -c gunicorn-cfg.py run:app", "os.getenv('BIND', '0.0.0.0:5005')", 5005),
        ("gunicorn -c gunicorn-cfg.py run:app", "f\"0:{os.getenv('PORT', 5005)}\"", 5005),
        ("gunicorn -c gunicorn-cfg.py run:app", "'unix:/run/x.sock'", 8000),
        ("gunicorn -c gunicorn-cfg.py --bind :5007 run:app", "'0.0.0.0:5005'", 5007),
        ("gunicorn run:app", "'0.0.0.0:5005'", 8000),
        ("./gunicorn.sh; echo gunicorns -c gunicorn-cfg.py", "'0.0.0.0:5005'", None),
    ],
)
def test_gunicorn_listens_where_its_configuration_binds(
    command: str, bind: str, port: int | None
) -> None:
    files = {"gunicorn-cfg.py": f"import os\nbind = {bind}\n", "requirements.txt": ""}
    detected = found(files, own=f"FROM python:3.11\nCMD {command}\n")
    assert detected.values.get("port") == port


def test_a_bind_comes_before_expose_unless_it_is_an_expression() -> None:
    own = "FROM python:3.11\nEXPOSE 5000\nCMD gunicorn run:app\n"
    for bind, port in (("':5005'", 5005), ("os.getenv('BIND', ':5005')", 5000)):
        files = {"gunicorn.conf.py": f"bind = {bind}\n", "requirements.txt": ""}
        assert found(files, own=own).values["port"] == port
    script = {"start.sh": "#!/bin/sh\nexec gunicorn -c deploy/web.py app:app\n"}
    files = {**script, "deploy/web.py": "bind = '0:5005'\n", "requirements.txt": ""}
    started = found(files, own='FROM python:3.11\nCMD ["/app/start.sh"]\n')
    assert "port 5005: bind in deploy/web.py" in started.evidence


@pytest.mark.parametrize(
    ("script", "port", "seen"),
    [
        ("exec gunicorn --bind 0.0.0.0:9005 app.wsgi", 9005, "in docker/entry.sh"),
        ("python manage.py runserver 0.0.0.0:9006", 9006, "in docker/entry.sh"),
        ("uvicorn main:app", 8000, "where uvicorn listens if it is told nothing"),
    ],
)
def test_the_port_may_be_in_the_script_that_is_started(script: str, port: int, seen: str) -> None:
    files = {"docker/entry.sh": f"#!/bin/sh\n{script}\n", "requirements.txt": ""}
    detected = found(files, own='FROM python:3.11\nENTRYPOINT ["sh", "/app/entry.sh"]\n')
    assert detected.values["port"] == port
    assert f"port {port}: {seen}" in detected.evidence


def test_dependencies_of_pyproject_become_a_requirements_file_of_ours() -> None:
    files = {"pyproject.toml": '[project]\ndependencies = ["flask>=3", "gunicorn"]\n',
             "app.py": FLASK}  # fmt: skip
    detected = found(files)
    assert detected.missing == ()
    (part,) = detected.values["parts"]
    assert part["lines"] == ["flask>=3", "gunicorn"]
    assert detected.values["dependencies"]["found"] == {"requirements": part["path"]}


def test_files_that_requirements_name_come_along() -> None:
    files = {
        "requirements/prod.txt": "-r base.txt\n",
        "requirements/base.txt": "-c ../limits.txt\nflask\ngunicorn",
        "limits.txt": "",
        "app.py": FLASK,
    }
    detected = found(files)
    assert detected.values["dependencies"]["found"] == {
        "requirements": "requirements/prod.txt",
        "files": ["limits.txt", "requirements/base.txt"],
    }
    assert detected.values["command"][0] == "gunicorn"


def test_the_only_folder_with_requirements_is_the_backend() -> None:
    files = {"backend/requirements.txt": SERVED, "backend/app.py": FLASK, "web/index.html": ""}
    detected = found(files)
    assert detected.values["backend"] == "backend"
    assert detected.values["command"][-1] == "app:app"


def test_the_projects_dockerignore_and_what_only_dockbench_reads_are_left_out() -> None:
    files = {"app.py": FLASK, "requirements.txt": SERVED, ".dockerignore": "# x\n\nnotes\n"}
    detected = found(files, {"check": {"answer_file": "answer.json"}})
    assert detected.values["ignore"] == ["notes", "dockbench.yaml", "answer.json"]


def test_what_a_source_needs_is_sent_whatever_its_folder_is_called() -> None:
    files = {
        "shop/app.py": FLASK + "from shop import docs\nfrom .tests.data import rows\n",
        "shop/docs/__init__.py": "",
        "shop/tests/data.py": "",
        "other/docs/x.py": "",
        "pages/hello.md": "",
        "requirements.txt": SERVED,
        ".dockerignore": "notes\n",
    }
    detected = found(files)
    assert detected.values["ignore"] == [
        "!shop/docs", "!shop/tests", "notes", "dockbench.yaml"
    ]  # fmt: skip
    assert "sent all the same shop/docs: shop/app.py needs it" in detected.evidence
    reads = found({**files, "shop/app.py": FLASK + "names = glob('pages/*.md')\n"})
    assert reads.values["ignore"][0] == "!pages/hello.md"


def test_what_is_given_is_not_looked_for() -> None:
    given = {"port": 7000, "command": ["python", "x.py"], "check": {"health_path": "/up"}}
    detected = found({"requirements.txt": SERVED, "app.py": FLASK}, given)
    assert {key: detected.values[key] for key in given} == given
    assert not [line for line in detected.evidence if "app.py" in line]
    assert "port: dockbench.yaml" in detected.evidence


@pytest.mark.parametrize(
    ("files", "given", "said"),
    [
        ({"README.md": ""}, {}, "no requirements.txt and no pyproject.toml: dependencies:"),
        (
            {"uv.lock": "", "pyproject.toml": "[project]\ndependencies = []\n", "app.py": FLASK},
            {},
            "uv.lock is not for pip",
        ),
        (
            {"poetry.lock": "", "pyproject.toml": "", "app.py": FLASK},
            {},
            "poetry.lock is not for pip",
        ),
        ({"requirements.txt": "-e .\n", "app.py": FLASK}, {}, "installs the project itself"),
        ({"requirements.txt": ""}, {}, "no Flask or FastAPI application: command: [gunicorn"),
        (
            {"requirements.txt": "flask\n", "app.py": FLASK},
            {},
            "Flask(…) in app.py is there, but the requirements name no gunicorn: command: [gunicorn"
            ', --bind, "0.0.0.0:8000", "app:app"]',
        ),
        (
            {"requirements.txt": SERVED, "a.py": FLASK, "b.py": FLASK},
            {},
            "which of the applications a:app, b:app to start",
        ),
        ({"a/requirements.txt": "", "b/requirements.txt": ""}, {}, "which of a, b to package"),
        ({"requirements.txt": ""}, {"command": ["serve"]}, "no port in the command: port: 8000"),
    ],
)
def test_what_cannot_be_found_is_said_with_the_line_to_write(
    files: dict[str, str], given: dict[str, Any], said: str
) -> None:
    assert said in missing(found(files, given))


def test_a_lock_beside_the_requirements_is_said_not_to_be_read() -> None:
    files = {"requirements.txt": SERVED, "poetry.lock": "", "app.py": FLASK}
    assert "poetry.lock is there, too, and is not read by the ladder" in found(files).evidence


def test_a_script_that_lies_elsewhere_than_the_dockerfile_says_is_told() -> None:
    own = 'FROM python:3.11\nCMD ["python", "main.py"]\nEXPOSE 80\n'
    files = {"requirements.txt": "", "service/main.py": ""}
    assert "command: [python, service/main.py]" in missing(found(files, own=own))


@pytest.mark.parametrize(
    ("files", "python"),
    [
        ({".python-version": "3.13.1\n"}, "3.13"),
        ({"pyproject.toml": "[project]\nrequires-python = '>=3.12'\n"}, "3.12"),
        ({"pyproject.toml": "[project]\nrequires-python = '>=3.9,<4'\n"}, "3.11"),
        ({"pyproject.toml": "this is no TOML"}, ""),
    ],
)
def test_the_version_of_python(files: dict[str, str], python: str) -> None:
    assert found({**files, "requirements.txt": ""}).python == python


def test_a_folder_is_listed_without_what_is_installed_or_hidden_in_it(tmp_path: Path) -> None:
    texts = ("app.py", "requirements.txt", ".venv/x.py", "mine/lib/y.py", "node_modules/z.py")
    for name in texts:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "mine" / "pyvenv.cfg").touch()
    (tmp_path / "photo.jpg").write_bytes(b"\xff")
    listing = read_listing(tmp_path)
    assert listing.paths == ("app.py", "photo.jpg", "requirements.txt")
    assert dict(listing.texts) == {"app.py": "app.py", "requirements.txt": "requirements.txt"}


def test_of_a_long_lock_the_beginning_is_read_and_no_link_or_pipe(tmp_path: Path) -> None:
    lock = tmp_path / "pnpm-lock.yaml"
    lock.write_text("lockfileVersion: '6.0'\n" + "x" * 3_000_000)
    read = read_listing(tmp_path).texts["pnpm-lock.yaml"]
    assert read.startswith("lockfileVersion: '6.0'\n")
    assert len(read) == 1024
    lock.rename(tmp_path / "other")
    lock.symlink_to("other")
    assert "pnpm-lock.yaml" not in read_listing(tmp_path).texts


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is no such directory"):
        read_listing(tmp_path / "nowhere")


def test_links_in_a_circle_hide_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "long").symlink_to("x" * 300)
    assert read_listing(tmp_path).paths == ("requirements.txt",)


def test_of_very_many_sources_those_near_to_the_root_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, "_MOST_SOURCES", 2)
    for name in ("a/b/c.py", "z.py", "y.py", "a/b/package.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    listing = read_listing(tmp_path)
    assert listing.paths == ("a/b/c.py", "a/b/package.json", "y.py", "z.py")
    assert set(listing.texts) == {"a/b/package.json", "y.py", "z.py"}


def test_the_health_path_of_another_service_of_the_repository_is_not_asked() -> None:
    files = {
        "app.py": FLASK.replace("/healthz", "/shop"),
        "requirements.txt": SERVED,
        "backup/Dockerfile": "FROM python:3.12\n",
        "backup/requirements.txt": SERVED,
        "backup/app.py": FLASK,
    }
    assert found(files).values["check"]["health_path"] == "/"
    del files["backup/requirements.txt"]
    assert found(files).values["check"]["health_path"] == "/healthz"


def test_a_debugger_that_a_script_may_start_is_not_the_service() -> None:
    script = (
        "if [ $DEBUG ]; then python -m debugpy --listen 0.0.0.0:5678 -m uvicorn a:b --port 8000\n"
        "else uvicorn a:b --port 8100\nfi\n"
    )
    own = 'FROM python:3.12\nCMD ["./start.sh"]\n'
    files = {"start.sh": script, "requirements.txt": SERVED, "a.py": ""}
    assert found(files, own=own).values["port"] == 8000


def test_files_of_variables_in_hidden_directories_are_read_if_compose_names_them(
    tmp_path: Path,
) -> None:
    for place in (".envs/.local", ".env", ".other", "sub"):
        (tmp_path / place).mkdir(parents=True)
    for name in (".envs/.local/.django", ".env/.prod-sample", ".other/x", ".envs/unnamed"):
        (tmp_path / name).write_text("A=1\n")
    (tmp_path / ".env" / "link").symlink_to("/etc/hostname")
    (tmp_path / "compose.yml").write_text(
        "services:\n  web:\n    env_file:\n      - ./.envs/.local/.django\n      - .other/x\n"
        "      - .env/link\n      - ../.env/out\n"
    )
    (tmp_path / "sub" / "compose.yml").write_text("services: {a: {env_file: ../.env/.prod-sample}}")
    read = read_listing(tmp_path)
    named = {path for path in read.texts if "env" in path}
    assert named == {".envs/.local/.django", ".env/.prod-sample"}
    assert not named & {*read.paths}, "nothing else of these directories is looked at"
