"""What docker-bake.hcl and docker-bake.json say of builds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.compare.own_dockerfiles import own_dockerfiles
from runner.detect.bake import builds_of

HCL = """\
variable "VERSION" { default = "3.12" }
group "default" { targets = ["app", "images"] }
group "images" { targets = ["proxy"] }
target "base" {
  args = { PYTHON = VERSION, TAG = "py-${VERSION}" }
}
target "app" {
  inherits   = ["base"]
  context    = "./web"
  dockerfile = "docker/Dockerfile.prod"
  target     = "run" # the last one
  tags       = ["shop:${VERSION}"]
  args       = { TAG = upper("a"), "WORKERS" = 3 }
}
target "proxy" { context = "proxy" }
target "tests" { target = "tests" }
"""
APP = {
    "context": "./web",
    "dockerfile": "docker/Dockerfile.prod",
    "target": "run",
    "args": {"PYTHON": "3.12", "TAG": "py-3.12", "WORKERS": "3"},
}


def builds(text: str, path: str = "docker-bake.hcl") -> dict[str, Any]:
    found = builds_of(path, text)["services"]
    return {name: service["build"] for name, service in found.items()}


def test_the_targets_of_the_default_group_with_what_they_inherit() -> None:
    assert builds(HCL) == {"app": APP, "proxy": {"context": "proxy"}}


def test_the_same_in_json() -> None:
    document = {
        "variable": {"VERSION": {"default": "3.12"}},
        "group": {"default": {"targets": ["app"]}},
        "target": {
            "base": {"args": {"PYTHON": "${VERSION}", "TAG": "py-${VERSION}"}},
            "app": {**APP, "inherits": ["base"], "args": {"TAG": "${upper(x)}", "WORKERS": "3"}},
        },
    }
    assert builds(json.dumps(document), "docker-bake.json") == {"app": APP}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('target "default" {}\ntarget "b" {}', {"default"}),
        ('target "a" {}\ntarget "b" {}', {"a", "b"}),
        ('target "a" { matrix = { x = ["1"] } }\ntarget "b" {}', {"b"}),
        ('target "a" { contexts = { x = "target:b" } }', set()),
        ('target "a" { inherits = ["b"] }\ntarget "b" { inherits = ["a"] }', {"a", "b"}),
        ('group "default" { targets = ["default"] }', set()),
        ("not a bake file {", set()),
        ("x = " + "[" * 5_000, set()),
        ("", set()),
    ],
)
def test_which_targets_are_built(text: str, names: set[str]) -> None:
    assert set(builds(text)) == names


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", '{"target": 3}', '{"target": {"a": 1}}'])
def test_json_of_another_shape_says_nothing(text: str) -> None:
    assert builds(text, "docker-bake.json") in ({}, {"a": {"context": "."}})


def test_a_value_is_never_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "canary")
    text = 'variable "SECRET" {}\ntarget "a" { args = { A = SECRET, B = "${SECRET}", C = "c" } }'
    assert builds(text) == {"a": {"args": {"C": "c"}}}
    assert sys.getrecursionlimit() < 5_000


def test_a_dockerfile_is_built_as_its_bake_file_says(tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text(HCL)
    (tmp_path / "web/docker").mkdir(parents=True)
    (tmp_path / "web/docker/Dockerfile.prod").write_text("FROM a AS run\nFROM b\n")
    (found,) = own_dockerfiles(tmp_path, ())
    assert (found.context, found.target) == ("web", "run")
    assert found.args == APP["args"]
    assert found.seen == "target app in docker-bake.hcl"
