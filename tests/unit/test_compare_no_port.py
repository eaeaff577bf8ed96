"""What is looked at of a project whose Dockerfile names no port, and of which no source does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.compare.no_port import instead_of_port
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.model.errors import ProjectError
from runner.model.project import Proof

CLICK = {"tool.py": "import click\n"}
FLAGS = {"go.mod": "module x\n", "main.go": "package main\nfunc main() { flag.Parse() }\n"}


def found(text: str, texts: Mapping[str, str]) -> dict[str, object] | None:
    """The keys of the check."""
    instead = instead_of_port(Dockerfile(f"FROM x\n{text}"), Listing(tuple(texts), texts))
    return None if instead is None else dict(instead.check)


@pytest.mark.parametrize(
    ("text", "texts", "command"),
    [
        ('ENTRYPOINT ["tool"]\nCMD ["-n", "3"]\n', FLAGS, ["--help"]),
        ('ENTRYPOINT ["python", "tool.py"]\n', CLICK, ["--help"]),
        ('ENTRYPOINT ["python", "-u", "tool.py"]\n', CLICK, ["--help"]),
        ('CMD ["python", "tool.py", "run"]\n', CLICK, ["python", "tool.py", "--help"]),
        ('CMD ["/tool", "run"]\n', FLAGS, ["/tool", "--help"]),
        ('ENTRYPOINT ["tool", "run"]\n', FLAGS, None),
        ('ENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["tool"]\n', FLAGS, None),
        ("ENTRYPOINT tool --now\n", FLAGS, None),
        ('CMD ["bash"]\n', FLAGS, None),
        ('ENTRYPOINT ["python", "bot.py"]\n', {"bot.py": "client.run(token)\n"}, None),
        (
            'CMD ["python", "tool.py"]\n',
            CLICK | {"web.py": "import flask\nimport celery\n"},
            ["python", "tool.py", "--help"],
        ),
        ("", FLAGS, None),
    ],
)
def test_a_program_for_the_command_line_has_to_explain_itself(
    text: str, texts: Mapping[str, str], command: list[str] | None
) -> None:
    check = found(text, texts)
    assert check == (command and {"proof": "exit_code", "command": command})


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("CMD python3 /bot.py\n", {"bot.py": "from aiogram import Bot\n"}),
        ('CMD ["python", "bot.py"]\n', CLICK | {"bot.py": "import discord\n"}),
        (
            'ENTRYPOINT ["/app/venv/bin/celery", "-A", "shop", "worker"]\n',
            {"a.py": "import django"},
        ),
        ('CMD ["node", "."]\n', {"index.js": "const { Client } = require('discord.js')\n"}),
    ],
)
def test_a_bot_or_a_worker_has_to_go_on(text: str, texts: Mapping[str, str]) -> None:
    assert found(text, texts) == {"proof": "runs"}
    assert found(f"HEALTHCHECK CMD true\n{text}", texts) == {"proof": "healthcheck"}


@pytest.mark.parametrize(("value", "is_asked"), [("CMD test -f /up", True), ("NONE", False)])
def test_a_healthcheck_is_asked(value: str, is_asked: bool) -> None:
    check = found(f'HEALTHCHECK {value}\nCMD ["worker"]\n', {})
    assert check == ({"proof": "healthcheck"} if is_asked else None)


def make(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    (folder / "Dockerfile").write_text(files["Dockerfile"])
    return folder


def test_a_tool_of_go_is_not_taken_for_a_service_on_a_usual_port(tmp_path: Path) -> None:
    text = 'FROM golang:1.22\nCOPY . .\nRUN go build -o /tool .\nENTRYPOINT ["/tool"]\n'
    make(tmp_path, Dockerfile=text, go_mod=FLAGS["go.mod"], main_go=FLAGS["main.go"])
    project = understand(tmp_path, own_dockerfiles(tmp_path, ()))
    assert project.project.check.proof is Proof.exit_code
    assert project.project.check.command == ["--help"]
    assert any("/tool --help ends with 0" in line for line in project.evidence)


@pytest.mark.parametrize("more", ["EXPOSE 8080\n", "ENV PORT=8080\n"])
def test_a_port_that_is_named_is_asked(tmp_path: Path, more: str) -> None:
    text = f'FROM golang:1.22\nCOPY . .\nRUN go build -o /tool .\n{more}ENTRYPOINT ["/tool"]\n'
    make(tmp_path, Dockerfile=text, go_mod=FLAGS["go.mod"], main_go=FLAGS["main.go"])
    project = understand(tmp_path, own_dockerfiles(tmp_path, ()))
    assert project.project.check.proof is Proof.http
    assert project.project.port == 8080


def test_what_is_neither_needs_a_port_to_be_named(tmp_path: Path) -> None:
    make(tmp_path, Dockerfile='FROM python:3.11\nCOPY . .\nCMD ["python", "bot.py"]\n')
    (tmp_path / "bot.py").write_text("client.run(token)\n")
    with pytest.raises(ProjectError, match="write `port: 8000`"):
        understand(tmp_path, own_dockerfiles(tmp_path, ()))
