"""No value of a configuration can become an instruction, a flag or a command of its own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.engine import BuilderName
from runner.model.errors import ConfigError
from runner.model.levels import Levels
from runner.model.project import Project
from runner.recipe import quoting
from runner.recipe.quoting import Grammar
from runner.recipe.render import render
from tests.unit.dockerfiles import parse
from tests.unit.levels_from_yaml import load_levels, load_project

Setter = Callable[[Levels, Project, str], None]


@dataclass(frozen=True)
class Field:
    """One field of the configuration that reaches a Dockerfile or a .dockerignore."""

    name: str
    harmless: str
    put: Setter
    levels: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    """Whether the empty text means that there is none."""


def _of_level(factor: str, key: str, *, as_list: bool = False) -> Setter:
    def put(levels: Levels, _: Project, value: str) -> None:
        setattr(getattr(levels, factor), key, [value] if as_list else value)

    return put


def _of_project(key: str, *, as_list: bool = False) -> Setter:
    def put(_: Levels, project: Project, value: str) -> None:
        setattr(project, key, [value] if as_list else value)

    return put


def _requirements(_: Levels, project: Project, value: str) -> None:
    project.dependencies["locked"].requirements = value


def _groups(_: Levels, project: Project, value: str) -> None:
    project.dependencies["locked"].poetry_groups = [value]


def _system_packages(manager: str) -> Setter:
    def put(_: Levels, project: Project, value: str) -> None:
        setattr(project.system_packages, manager, ["libpq", value])

    return put


def _argument(_: Levels, project: Project, value: str) -> None:
    project.command = ["gunicorn", value]


def _files(_: Levels, project: Project, value: str) -> None:
    project.dependencies["locked"].files = [value]


def _variable(_: Levels, project: Project, value: str) -> None:
    project.environment = {value: "x"}


def _variable_value(_: Levels, project: Project, value: str) -> None:
    project.environment = {"APP_MODE": value}


KEPT, UV, OWN_ROOT = ("toolchain", "kept"), ("installer", "uv"), ("prune", "minimal")
MULTI, REPO, SQUASHED = ("stages", "multi"), ("context", "repo"), ("layers", "squashed")
FIELDS = [
    Field("base.image", "python:3.11", _of_level("base", "image")),
    Field("base.level", "mine", _of_level("base", "level")),
    Field("base.about", "a base", _of_level("base", "about")),
    Field("installer.requirement", "uv==0.9.2", _of_level("installer", "requirement"), (UV,), True),
    Field("installer.plugin", "keyring==25.6.0", _of_level("installer", "plugin"), (UV,), True),
    Field("context.ignore", "tests", _of_level("context", "ignore", as_list=True)),
    Field("toolchain.apt", "gcc", _of_level("toolchain", "apt", as_list=True), (KEPT,)),
    Field(
        "toolchain.apk",
        "gcc",
        _of_level("toolchain", "apk", as_list=True),
        (("base", "alpine"), ("toolchain", "purged")),
    ),
    Field("prune.stdlib", "idlelib", _of_level("prune", "stdlib", as_list=True), (MULTI, OWN_ROOT)),
    Field(
        "prune.patterns", "tests", _of_level("prune", "patterns", as_list=True), (MULTI, OWN_ROOT)
    ),
    Field(
        "mirror.index_url",
        "https://mirror.example/x",
        _of_level("mirror", "index_url"),
        (UV,),
        True,
    ),
    Field(
        "mirror.apt_url", "https://mirror.example", _of_level("mirror", "apt_url"), (KEPT,), True
    ),
    Field(
        "mirror.apk_url",
        "https://mirror.example",
        _of_level("mirror", "apk_url"),
        (("base", "alpine"), KEPT),
        True,
    ),
    Field("project.backend", "backend", _of_project("backend"), (REPO,)),
    Field("project.backend, one layer", "backend", _of_project("backend"), (REPO, SQUASHED)),
    Field("project.package", "famous_ner", _of_project("package"), (MULTI, OWN_ROOT)),
    Field(
        "project.dependency_files",
        "poetry.lock",
        _of_project("dependency_files", as_list=True),
        (("installer", "poetry"),),
    ),
    Field(
        "project.ignore", "tests", _of_project("ignore", as_list=True), (("context", "ignored"),)
    ),
    Field("project.command", "app:app", _argument),
    Field("project.command, one layer", "app:app", _argument, (SQUASHED,)),
    Field("project.system_packages.apt", "tzdata", _system_packages("apt")),
    Field(
        "project.system_packages.apt, one layer of several stages",
        "tzdata",
        _system_packages("apt"),
        (MULTI, SQUASHED),
    ),
    Field(
        "project.system_packages.apk",
        "tzdata",
        _system_packages("apk"),
        (("base", "alpine"), ("toolchain", "purged")),
    ),
    Field("project.requirements", "requirements.txt", _requirements),
    Field("project.files", "base.txt", _files),
    Field("project.environment, name", "APP_MODE", _variable),
    Field("project.environment", "production", _variable_value),
    Field("project.environment, one layer", "production", _variable_value, (SQUASHED,)),
    Field("project.poetry_groups", "dev", _groups, (("installer", "poetry"),)),
]

NASTY = [
    "\nRUN rm -rf /",
    "x\nUSER 0",
    "x\r\nUSER 0",
    "x \\",
    "\\\nRUN true",
    "$(touch /pwned)",
    "`touch /pwned`",
    "${BASE_IMAGE}",
    "$PATH",
    "'; touch /pwned; '",
    '"; touch /pwned; "',
    "a && touch /pwned",
    "a | sh",
    "a > /etc/passwd",
    "a # comment",
    "--from=build",
    "--mount=type=secret,id=x",
    "-rf",
    "../../etc/passwd",
    "/etc/passwd",
    "*",
    "~root",
    "a\tb",
    "a\x00b",
    "a\x0bRUN b",
    "a\u2028RUN b",
    "a\x85RUN b",
    "\ud800",
    "<<EOF\nRUN\nEOF",
    "https://user:secret@mirror.example/simple",
    "",
    " ",
    "!",
    "é",
]
"""What people have put into configuration files, by mistake or not."""

TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=30),
    st.text(alphabet="ab .:/-_=@$`'\"\\\n\r\t;&|<>(){}[]*?!#~%^,+\u2028\x00", max_size=20),
    st.builds("{}{}{}".format, st.text(max_size=5), st.sampled_from(NASTY), st.text(max_size=5)),
)
EACH_FIELD = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


def dockerfile_with(field: Field, value: str) -> str:
    """The Dockerfile when this field has this value; raises `ConfigError` if that is refused."""
    levels, project = load_levels(**dict(field.levels)), load_project()
    field.put(levels, project, value)
    manager = "apk" if levels.base.family.value == "alpine" else "apt"
    recipe = render(levels, project, BuilderName.buildkit, manager)
    lines = [*levels.context.ignore, *project.ignore] if levels.context.ignore else []
    assert recipe.dockerignore.splitlines() == lines
    return recipe.dockerfile


def shape(text: str) -> list[tuple[object, ...]]:
    """What a value must not change: instructions, their flags, the programs that RUN starts."""
    found: list[tuple[object, ...]] = []
    for item in parse(text):
        programs = re.split(r"&&|\|\||;", item.text) if item.kind == "RUN" else []
        operators = [
            word
            for word in shlex.split(item.text, posix=True)
            if word in {"&&", "||", "|", ";", "&", ">", "<", "2>"}
        ]
        flags = len(item.flags)
        words = len(item.words) if item.kind in {"FROM", "USER", "EXPOSE", "WORKDIR"} else 0
        found.append((item.kind, flags, item.heredocs, words, len(programs), tuple(operators)))
    return found


SHAPES = {field.name: shape(dockerfile_with(field, field.harmless)) for field in FIELDS}


def stays_a_value(field: Field, value: str) -> bool:
    """Whether this value is refused in one line, or leaves everything else as it was."""
    if not value and field.optional:
        return True
    try:
        text = dockerfile_with(field, value)
    except ConfigError as error:
        return "\n" not in str(error)
    return shape(text) == SHAPES[field.name]


@EACH_FIELD
@settings(max_examples=40, deadline=None)
@given(value=TEXT)
def test_a_value_is_refused_or_stays_a_value(field: Field, value: str) -> None:
    assert stays_a_value(field, value)


@EACH_FIELD
def test_known_attacks_are_refused_or_stay_values(field: Field) -> None:
    assert [value for value in NASTY if not stays_a_value(field, value)] == []


SHELL_WORDS = [
    quoting.PINNED,
    quoting.DISTRIBUTION,
    quoting.SYSTEM_PACKAGE,
    quoting.STDLIB_PATH,
]


@pytest.mark.parametrize("grammar", SHELL_WORDS, ids=lambda grammar: grammar.valid)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_the_shell_is_given_unquoted_is_one_plain_word(
    grammar: Grammar, data: st.DataObject
) -> None:
    value = data.draw(st.from_regex(grammar.pattern, fullmatch=True))

    assert shlex.split(value) == [value]
    assert value[0] not in "-~"
    assert not set(value) & set("$`\\'\"|&;<>(){}[]!#?\n\r\t ")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (
            "installer.requirement",
            "uv",
            "installer/uv.yaml, or an override: requirement: 'uv' is not valid",
        ),
        ("base.image", "python", "an image reference with a tag or a digest"),
        (
            "toolchain.apt",
            "gcc; rm",
            "toolchain/kept.yaml, or an override: apt[0]: 'gcc; rm' is not valid",
        ),
        (
            "project.backend",
            "../other",
            "project/famous_ner.yaml, or an override: backend: '../other'",
        ),
        (
            "mirror.index_url",
            "ftp://x",
            "mirror/official.yaml, or an override: index_url: 'ftp://x'",
        ),
    ],
)
def test_a_refusal_names_file_key_value_and_what_is_valid(
    field: str, value: str, told: str
) -> None:
    chosen = next(item for item in FIELDS if item.name == field)

    with pytest.raises(ConfigError) as caught:
        dockerfile_with(chosen, value)
    assert told in str(caught.value)
    assert "must be" in str(caught.value)


def test_a_mirrors_credentials_are_refused_and_not_repeated() -> None:
    field = next(item for item in FIELDS if item.name == "mirror.index_url")

    with pytest.raises(ConfigError) as caught:
        dockerfile_with(field, "https://user:secret@mirror.example/simple")
    assert "without credentials" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    project = load_project()
    project.port = port

    with pytest.raises(
        ConfigError, match=r"famous_ner.yaml, or an override: port: .* from 1 to 65535"
    ):
        render(load_levels(), project, BuilderName.buildkit, "apt")


def test_an_empty_command_is_refused() -> None:
    project = load_project()
    project.command = []

    with pytest.raises(ConfigError, match=r"command: \[\] is not valid"):
        render(load_levels(), project, BuilderName.buildkit, "apt")
