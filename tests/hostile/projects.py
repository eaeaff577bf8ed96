"""Projects that mean harm, made in a folder by one function each: what `compare` may be shown.

`CASES` has them all by name. Each gets the folder to fill and the canaries that it goes for.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

APP = "from flask import Flask\napp = Flask(__name__)\n"
SERVED = "flask\ngunicorn\n"
TOKEN = "canary-token-4711"
TOKEN_NAME = "CANARY_TOKEN"
SECRET = "canary-secret-0815"


@dataclass(frozen=True)
class Canaries:
    """What a project must not reach."""

    outside: Path
    """A folder with `secret`, beside the project."""
    marker: Path
    """A file that is there if something of the project was executed."""

    @property
    def secret(self) -> Path:
        """A file outside of the project, with a secret in it."""
        return self.outside / "secret"


Fill = Callable[[Path, Canaries], None]
CASES: dict[str, Fill] = {}


def case(fill: Fill) -> Fill:
    """Add a project to the cases."""
    CASES[fill.__name__] = fill
    return fill


def files(**texts: str | bytes) -> Fill:
    """A project of these files beside the usual ones; `__` is a slash and `_DOT_` a dot."""

    def fill(root: Path, canaries: Canaries) -> None:
        for name, text in texts.items():
            path = root / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = text if isinstance(text, bytes) else _filled(text, canaries).encode()
            path.write_bytes(content)

    return fill


def _filled(text: str, canaries: Canaries) -> str:
    return (
        text.replace("@OUTSIDE@", str(canaries.outside))
        .replace("@MARKER@", str(canaries.marker))
        .replace("@TOKEN@", f"${{oc.env:{TOKEN_NAME}}}")
    )


def described(text: str) -> Fill:
    """A project with this dockbench.yaml."""
    return files(dockbench_DOT_yaml=text)


def own(text: str) -> Fill:
    """A project with this Dockerfile."""
    return files(Dockerfile=text)


def linked(name: str, target: str) -> Fill:
    """A project in which a file is a link to something outside."""

    def fill(root: Path, canaries: Canaries) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(_filled(target, canaries))

    return fill


def piped(name: str) -> Fill:
    """A project in which a file is a pipe that nobody writes to."""

    def fill(root: Path, _: Canaries) -> None:
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)

    return fill


# ---- links that lead out ----

SECRET_FILE = "@OUTSIDE@/secret"
for _name in (
    "Procfile",
    "requirements.txt",
    "app.py",
    "Dockerfile",
    ".dockerignore",
    "Dockerfile.dockerignore",
    "dockbench.yaml",
    "pyproject.toml",
    ".python-version",
    "static/logo.svg",
):
    CASES[f"link_{_name}"] = linked(_name, SECRET_FILE)
    CASES[f"relative_link_{_name}"] = linked(_name, f"{'../' * 20}@OUTSIDE@/secret")
CASES["link_to_folder"] = linked("src", "@OUTSIDE@")
CASES["link_to_environment"] = linked("Procfile", "/proc/self/environ")
CASES["link_to_endless_device"] = linked("requirements.txt", "/dev/zero")
CASES["link_to_itself"] = linked("app.py", "app.py")
CASES["link_to_terminal"] = linked("Procfile", "/dev/tty")


@case
def link_over_a_link(root: Path, canaries: Canaries) -> None:
    (root / "inner").symlink_to(canaries.outside)
    (root / "Procfile").symlink_to("inner/secret")


@case
def answer_file_by_a_link(root: Path, canaries: Canaries) -> None:
    (root / "check").mkdir()
    (root / "check" / "a.json").symlink_to(canaries.secret)
    described("check: {answer_file: check/a.json}\n")(root, canaries)


@case
def repository_by_a_link(root: Path, canaries: Canaries) -> None:
    (root / "inner").symlink_to(canaries.outside)
    described("repository: inner\n")(root, canaries)


# ---- a description that names what lies elsewhere ----

for _number, _text in enumerate(
    (
        "folder: @OUTSIDE@\n",
        "folder: ..\n",
        "folder: .\n",
        "repository: @OUTSIDE@\n",
        "repository: ../outside\n",
        "check: {request_file: ../outside/secret}\n",
        "check: {request_file: @OUTSIDE@/secret}\n",
        "check: {answer_file: check/../../outside/secret}\n",
        "backend: ../outside\n",
        "backend: /\n",
        "package: ../../outside\n",
        "dependency_files: [../outside/secret]\n",
        "dependencies: {x: {requirements: ../outside/secret}}\n",
        "dependencies: {x: {requirements: requirements.txt, files: [@OUTSIDE@/secret]}}\n",
        "parts: [{kind: text, path: ../outside/written, lines: [x]}]\n",
        "parts: [{kind: text, path: @OUTSIDE@/written, lines: [x]}]\n",
        "name: ../../outside\n",
        "name: ..\n",
        "name: /etc\n",
        f"repository: {'x' * 5000}\n",
        f"backend: a/{'x' * 256}\n",
        'name: "a\\nb"\n',
    )
):
    CASES[f"elsewhere_{_number}"] = described(_text)

# ---- text that a parser would fill in ----

CASES["interpolated_procfile"] = files(Procfile="web: gunicorn app:app @TOKEN@\n")
CASES["interpolated_python"] = files(_DOT_python_version="@TOKEN@\n")
CASES["interpolated_ignore"] = files(_DOT_dockerignore="@TOKEN@\n!@TOKEN@\n")
CASES["interpolated_own"] = own(
    'FROM python:3.11\nENV A=@TOKEN@\nEXPOSE 80\nCMD ["x", "@TOKEN@"]\n'
)
for _number, _text in enumerate(
    (
        "command: [gunicorn, '@TOKEN@']\n",
        "environment: {MODE: '@TOKEN@'}\n",
        "about: '@TOKEN@'\n",
        "name: '@TOKEN@'\n",
        "check: {health_path: '/@TOKEN@'}\n",
        "port: '@TOKEN@'\n",
        "ignore: ['@TOKEN@']\n",
        "command: [gunicorn, '${', 'x:y']\n",
        "command: ['${project.name}', '${now:%Y}', '${oc.decode:1}', '???']\n",
        "about: '${oc.create:{a: @TOKEN@}}'\n",
        "system_packages: {apt: ['@TOKEN@']}\n",
        "parts: [{kind: text, path: x.txt, lines: ['@TOKEN@']}]\n",
    )
):
    CASES[f"interpolated_{_number}"] = described(_text)


@case
def interpolated_dependency(root: Path, canaries: Canaries) -> None:
    (root / "requirements.txt").unlink()
    text = '[project]\nname = "@TOKEN@"\ndependencies = ["flask", "gunicorn", "x @ @TOKEN@"]\n'
    files(pyproject_DOT_toml=text)(root, canaries)


# ---- text that something could execute ----

WRITE = "import pathlib; pathlib.Path('@MARKER@').write_text('run')\n"
for _name in (
    "setup.py",
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "pip.py",
    "yaml.py",
    "manage.py",
    "gunicorn.conf.py",
    "hydra_plugins/evil/__init__.py",
):
    CASES[f"module_{_name}"] = files(**{_name.replace("/", "__").replace(".", "_DOT_"): WRITE})
CASES["shell_in_procfile"] = files(Procfile="web: gunicorn app:app $(touch @MARKER@)\n")
CASES["backquotes_in_procfile"] = files(Procfile="web: `touch @MARKER@`; gunicorn app:app\n")
CASES["shell_in_cmd"] = own("FROM a\nEXPOSE 80\nCMD `touch @MARKER@` && $(touch @MARKER@)\n")
CASES["shell_in_description"] = described("command: ['$(touch @MARKER@)', '`touch @MARKER@`']\n")
CASES["python_in_yaml"] = described("port: !!python/object/apply:os.system ['touch @MARKER@']\n")
CASES["object_in_yaml"] = described("about: !!python/name:os.system ''\n")
CASES["target_in_yaml"] = described("_target_: os.system\ncommand: [x]\n")
CASES["hydra_in_yaml"] = described("hydra: {callbacks: {x: {_target_: os.system}}}\n")
CASES["pip_configuration"] = files(
    pip_DOT_conf="[global]\nindex-url = http://127.0.0.1:9/\n", requirements_DOT_txt=SERVED
)
CASES["attributes_of_git"] = files(
    _DOT_gitattributes="* filter=x\n",
    _DOT_git__config="[core]\n\tfsmonitor = touch @MARKER@\n"
    '[filter "x"]\n\tclean = touch @MARKER@\n',
    _DOT_git__hooks__post_checkout="#!/bin/sh\ntouch @MARKER@\n",
)
CASES["readme_in_pyproject"] = files(
    pyproject_DOT_toml='[build-system]\nrequires = []\nbuild-backend = "evil"\n'
    'backend-path = ["."]\n[project]\nname = "x"\nversion = "1"\n'
    'readme = {file = "@OUTSIDE@/secret", content-type = "text/plain"}\n',
    evil_DOT_py=WRITE,
)
for _number, _text in enumerate(
    (
        "-r ../outside/secret\nflask\ngunicorn\n",
        "-r @OUTSIDE@/secret\nflask\ngunicorn\n",
        "-c ../../../../etc/passwd\ngunicorn\nflask\n",
        "-e ../outside\n-e file:///etc\ngunicorn\nflask\n",
        "x @ file://@OUTSIDE@/secret\ngunicorn\nflask\n",
        "-r requirements.txt\n-r ./requirements.txt\ngunicorn\nflask\n",
        "--find-links @OUTSIDE@\n--index-url file://@OUTSIDE@\ngunicorn\nflask\n",
    )
):
    CASES[f"requirements_{_number}"] = files(requirements_DOT_txt=_text)


@case
def requirements_in_a_circle(root: Path, _: Canaries) -> None:
    for number in range(200):
        lines = "".join(f"-r requirements-{other}.txt\n" for other in range(200))
        (root / f"requirements-{number}.txt").write_text(lines)
    (root / "requirements.txt").write_text("-r requirements-0.txt\nflask\ngunicorn\n")


# ---- an instruction in a value ----

for _number, _text in enumerate(
    (
        'command: [gunicorn, "x\\nRUN touch @MARKER@"]\n',
        'environment: {MODE: "x\\nRUN touch @MARKER@"}\n',
        'environment: {"A\\nRUN x": y}\n',
        'package: "x\\nRUN touch @MARKER@"\n',
        'backend: "x\\nRUN touch @MARKER@"\n',
        'ignore: ["x\\n!secret"]\n',
        'system_packages: {apt: ["x; touch @MARKER@"]}\n',
        'check: {health_path: "/x\\r\\nHost: evil"}\n',
        'check: {request_path: "/x HTTP/1.1\\r\\n\\r\\nGET /y"}\n',
        'check: {request_method: "GET / HTTP/1.1\\r\\nX: y\\r\\n\\r\\nPOST"}\n',
        'dependencies: {"x\\ny": {requirements: requirements.txt}}\n',
        "port: 99999999999999999999\n",
        "port: -1\n",
        "port: .inf\n",
        "check: {timeout_s: .nan}\n",
        "port: [1]\n",
        "command: {a: b}\n",
        "check: [1]\n",
        "parts: x\n",
        "parts: [{kind: weights, path: w, size_bytes: -5}]\n",
        "parts: [{kind: weights, path: w, size_bytes: 60000000000000}]\n",
        "parts: [{kind: node_modules, path: w, files: 900000000}]\n",
        "parts: [{kind: nothing, path: w}]\n",
        "1: 2\n",
        "null: 2\n",
        "- a\n",
    )
):
    CASES[f"value_{_number}"] = described(_text)


@case
def names_that_are_instructions(root: Path, _: Canaries) -> None:
    for name in ("a\nRUN touch x", "$(touch x).py", "`touch x`.py", "\x1b[31m.py", "\u202eyp.exe"):
        (root / name).write_text(APP)
    (root / "requirements.txt").unlink()
    for name in ("requirements-\x1b]0;x\x07.txt", "requirements-\n-r x.txt"):
        (root / name).write_text(SERVED)


@case
def names_that_are_no_text(root: Path, _: Canaries) -> None:
    (root / os.fsdecode(b"\xff\xfe.py")).write_text(APP)


# ---- files that never end, or never begin ----

for _name in (
    "app.py",
    "requirements.txt",
    "dockbench.yaml",
    "Dockerfile",
    ".dockerignore",
    "Dockerfile.dockerignore",
    "Procfile",
    "pyproject.toml",
    ".python-version",
):
    CASES[f"pipe_{_name}"] = piped(_name)


@case
def socket_in_the_project(root: Path, _: Canaries) -> None:
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(root)  # the name of a socket is short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("x.py")
    finally:
        os.fchdir(here)
        os.close(here)


@case
def sparse_files(root: Path, _: Canaries) -> None:
    for name in ("app.py", "dockbench.yaml", "Dockerfile", "Procfile", "requirements.txt"):
        with (root / name).open("ab") as file:
            file.truncate(1 << 43 if name == "app.py" else 4 << 30)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{one}: &{one} [{','.join([f'*{before}'] * 9)}]\n"
    for before, one in zip("abcdefghijk", "bcdefghijkl", strict=True)
)
CASES["aliases"] = described(BOMB)
CASES["aliases_merged"] = described(
    "a: &a {k: v}\n" + "".join(f"b{n}: &b{n} {{<<: [*a, *a]}}\n" for n in range(2000))
)
CASES["alias_of_itself"] = described("parts: &a [*a]\ncommand: &b {x: *b}\n")
CASES["deep_lists"] = described("command: " + "[" * 20_000)
CASES["deep_maps"] = described("{a: " * 20_000)
CASES["deep_blocks"] = described("- " * 20_000)
CASES["long_number"] = described("port: " + "9" * 100_000)
CASES["number_of_base_60"] = described("port: 1" + ":1" * 60_000)
CASES["nul_in_yaml"] = described("about: \0\n")
CASES["no_utf8_in_yaml"] = files(dockbench_DOT_yaml=b"about: \xff\xfe\n")
CASES["deep_toml"] = files(pyproject_DOT_toml="a = " + "[" * 100_000)
CASES["dotted_toml"] = files(pyproject_DOT_toml="a." * 100_000 + "a = 1\n")
CASES["long_number_in_toml"] = files(pyproject_DOT_toml="a = " + "9" * 200_000)
CASES["toml_of_other_types"] = files(pyproject_DOT_toml="project = 1\n")
CASES["lists_in_toml"] = files(pyproject_DOT_toml="[project]\nrequires-python = [1]\n")
CASES["doubling_variables"] = own(
    "FROM a\nENV A0=xxxxxxxxxx\n"
    + "".join(f"ENV A{n + 1}=$A{n}$A{n}\n" for n in range(60))
    + "WORKDIR $A60\nEXPOSE $A60\nCMD run $A60\n"
)
CASES["many_variables"] = own("FROM a\nENV " + " ".join(f"A{n}=$A" for n in range(25_000)) + "\n")
CASES["many_mounts"] = own("FROM a\nRUN " + "--mount=" * 30_000 + "\n")
CASES["many_options"] = own("FROM a\nRUN apt " + "-apt " * 50_000 + "\n")
CASES["many_flags_of_from"] = own("FROM " + "--a " * 60_000 + "\n")
CASES["deep_command"] = own("FROM a\nEXPOSE 80\nCMD " + "[" * 200_000 + "\n")
CASES["endless_port"] = own("FROM a\nEXPOSE " + "9" * 100_000 + "\nCMD x\n")
CASES["open_quotes"] = own("FROM a\nENV A='x\nEXPOSE 80\nCMD it's \"\n")
CASES["open_heredoc"] = own("FROM a\nRUN <<EOF <<EOF <<EOF\n" + "x\n" * 50_000)
CASES["long_dockerfile"] = own("FROM a\n" + "RUN x\n" * 200_000)
CASES["blank_lines"] = files(requirements_DOT_txt="\n" * 250_000, Procfile="web:" + "\n" * 250_000)
CASES["blanks"] = files(requirements_DOT_txt=" " * 250_000 + "x", app_DOT_py="a" + "\n" * 250_000)
CASES["long_words"] = files(app_DOT_py="port" * 60_000, Procfile="web: " + "a." * 120_000 + "\n")
CASES["long_env"] = own("FROM a\nENV A=" + "x" * 240_000 + "\n")
CASES["many_parentheses"] = files(app_DOT_py="(" * 250_000, web_DOT_py="('" * 120_000)
CASES["one_long_word"] = files(app_DOT_py="a" * 250_000, web_DOT_py="a." * 125_000)
CASES["blanks_after_from"] = files(app_DOT_py="from" + " " * 250_000 + "!")
CASES["blanks_after_import"] = files(app_DOT_py="import a" + " " * 250_000 + "!")
CASES["open_lists_of_names"] = files(app_DOT_py="from a import (" * 16_000)
CASES["many_names"] = files(app_DOT_py="import " + "a, " * 80_000 + "!", web_DOT_py="-m " * 80_000)
CASES["open_quotes_in_procfile"] = files(Procfile="web: gunicorn 'app:app\n")
CASES["escapes_in_python_version"] = files(_DOT_python_version="\x1b[31m3.12\x1b]0;x\x07\n")
CASES["long_python_version"] = files(_DOT_python_version="3." + "9" * 100_000)
CASES["codec_that_is_slow"] = files(
    requirements_DOT_txt=b"# coding: punycode\n" + b"a" * 200_000 + b"-b" * 20_000
)
CASES["codec_that_is_none"] = files(requirements_DOT_txt=b"# coding: zlib\nflask\ngunicorn\n")


@case
def deep_folders(root: Path, _: Canaries) -> None:
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(root)
        for _number in range(1500):
            Path("a").mkdir()
            os.chdir("a")
    finally:
        os.fchdir(here)
        os.close(here)


@case
def many_links(root: Path, _: Canaries) -> None:
    for number in range(3000):
        (root / f"x{number}.py").symlink_to(f"x{number + 1}.py")
