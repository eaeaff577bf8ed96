"""Manifests that cannot be read are told with their line, unknown languages by their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.detect.manifests import broken, other_language
from runner.ecosystems.all import plain_of
from runner.ecosystems.port import Plain
from runner.model.errors import ProjectError
from tests.unit.test_ecosystems import Files


def said(name: str, text: str) -> list[str]:
    return broken([name], {name: text})


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "package.json",
            '{\n "name": "x"\n "y": 1}',
            "line 3, column 2: not JSON: Expecting",
        ),
        ("package.json", "[]", "line 1: not a JSON object"),
        ("web/package.json", "{", "line 1, column 2: not JSON: "),
        ("pyproject.toml", '[project]\nname = "x\n', "line 2, column 10: not TOML: Illegal char"),
        ("pyproject.toml", "a = 1\na = 2\n", "line 2, column 6: not TOML: "),
        ("go.mod", "modul x\n", "line 1: not a go.mod: it has no `module PATH` line"),
        ("compose.yaml", "services:\n  a: [\n", "line 3: not YAML: "),
    ],
)
def test_what_is_broken_is_told_with_its_line(name: str, text: str, line: str) -> None:
    (found,) = said(name, text)
    assert found.startswith(f"{name}, {line}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", "{}"),
        ("pyproject.toml", ""),
        ("go.mod", "// shop\nmodule example.com/x\n\ngo 1.22\n"),
        ("compose.yaml", "services: {}\n"),
        ("node_modules/a/package.json", "{"),
        ("notes.json", "{"),
    ],
)
def test_what_can_be_read_or_is_none_of_the_projects_is_not_told(name: str, text: str) -> None:
    assert said(name, text) == []


def test_a_language_without_a_dockerfile_of_ours_is_named_by_its_file() -> None:
    assert other_language(["app.rb", "Gemfile"]) == "Gemfile: Ruby"
    assert other_language(["src/shop.csproj", "README.md"]) == "src/shop.csproj: .NET"
    assert other_language(["a/b/pom.xml"]) == ""


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"package.json": "{"}, "package.json, line 1, column 2: not JSON: .*: correct it$"),
        ({"go.mod": "x", "main.go": "package main"}, "go.mod, line 1: not a go.mod"),
        ({"Gemfile": "x"}, r"no Dockerfile, .* or go.mod was found \(Gemfile: Ruby, .*EXPOSE"),
        ({"composer.json": "x", "vendor/a/conf.py": "x"}, r"\(composer.json: PHP, .*EXPOSE"),
        ({"README.md": "x"}, "no Dockerfile, requirements.txt, .*: write a Dockerfile"),
        ({"app.py": "x = 1"}, "no requirements.txt and no pyproject.toml: write `dependencies"),
    ],
)
def test_a_project_that_is_not_understood_is_one_line(
    files: dict[str, str], line: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ProjectError, match=line) as error:
        understand(tmp_path, own_dockerfiles(tmp_path, ()))
    assert "\n" not in str(error.value)


def test_beside_a_dockerfile_what_is_broken_is_evidence(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM node:22\nEXPOSE 80\nCMD ["node", "x.js"]\n')
    (tmp_path / "package.json").write_text("{")
    evidence = understand(tmp_path, own_dockerfiles(tmp_path, ())).evidence
    assert evidence[0].startswith("package.json, line 1, column 2: not JSON")
    assert evidence[0].endswith(": not read")


def test_for_node_and_go_the_key_or_the_line_is_named() -> None:
    package = '{"scripts": {"start": "node server.js"}, "engines": {"node": ">=20"}}'
    server = 'const http = require("http")\nhttp.createServer(f).listen(4000)\n'
    node = plain_of(Files({"package.json": package, "server.js": server}))
    assert isinstance(node, Plain)
    assert "start npm start: scripts.start in package.json (node server.js)" in node.evidence
    assert "Node 22: engines.node in package.json (>=20)" in node.evidence
    assert "port 4000: server.js, line 2" in node.evidence
    main = 'package main\nfunc main() {\n http.ListenAndServe(":9090", nil) }\n'
    go = plain_of(Files({"go.mod": "module x\n\ngo 1.21\n", "main.go": main}))
    assert isinstance(go, Plain)
    assert "port 9090: main.go, line 3" in go.evidence
    assert "Go 1.21: go in go.mod" in go.evidence
