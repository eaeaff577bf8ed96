"""Where the images of a project's own Dockerfile come from, and what is built of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from runner.compare import base_images, user_dockerfile
from runner.compare.base_images import NAMED, NEAREST, in_their_place, is_reference, wanted_base
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.engine.standins.on_others import fetched_from
from runner.engine.standins.references import standin_for
from runner.model.engine import BaseImage, BuilderName
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.project import Project
from runner.model.record import Status
from runner.model.variant import Recipe
from runner.sweep.config import Config
from runner.sweep.prepare import ReadyVariant
from runner.sweep.rejections import no_source
from runner.sweep.session import Session

SLIM = Base(level="slim", about="", image="python:3.11-slim", standin="slim")
Make = Callable[..., ReadyVariant]


@dataclass
class Info:
    """What an engine says of itself."""

    version: str


@dataclass
class FakeSession:
    """Provides every image, and remembers what it was asked for."""

    engine: object = None
    info: Info = field(default_factory=lambda: Info("20.10.24"))
    asked: list[Base] = field(default_factory=list)

    def base(self, base: Base) -> BaseImage:
        self.asked.append(base)
        provider = base.provider if base.provider is not Provider.auto else Provider.standin
        standin = provider is Provider.standin
        reference = f"dockbench/standin:{base.standin}" if standin else base.image
        return BaseImage(reference, "sha256:1", f"digest of {base.image}", provider, (), "")

    def context_digest(self, _: Project, recipe: Recipe, __: BuilderName) -> str:
        return recipe.dockerignore


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, session: FakeSession, tmp_path: Path) -> Make:
    """Makes the variant of a Dockerfile; images can be on the engine or pulled before, and no
    registry answers unless it is said."""

    def variant(
        text: str,
        local: tuple[str, ...] = (),
        pulled: tuple[str, ...] = (),
        registry: bool = False,
        bases: Sequence[Base] = (SLIM,),
    ) -> ReadyVariant:
        def find(_: Any, reference: str) -> object:
            return reference if reference in (*local, *pulled) else None

        silent = "" if registry else "no registry answers"
        for module in (base_images, user_dockerfile):
            monkeypatch.setattr(module, "find_image", find)
            monkeypatch.setattr(module, "registry_answers", lambda *_: silent)
        monkeypatch.setattr(base_images, "can_be_made", on_a_mirror)
        monkeypatch.setattr(
            base_images, "pinned_reference", lambda _, name: name if name in pulled else ""
        )
        (tmp_path / "repository").mkdir(exist_ok=True)
        config = Config(project=Project(name="shop", folder=str(tmp_path)))
        read = OwnDockerfile("Dockerfile", Dockerfile(text), "notes\n")
        return user_dockerfile.own_variant(read, config, cast(Session, session), bases)

    return variant


def test_a_stand_in_takes_the_official_images_place_in_a_copy_and_a_note_says_so(
    make: Make, session: FakeSession
) -> None:
    item = make("# syntax=docker/dockerfile:1\nFROM python:3.11-slim AS a\nCOPY x /\n")
    recipe = item.variant.recipe
    assert recipe.dockerfile == "#\nFROM dockbench/standin:slim AS a\nCOPY x /\n"
    assert len(recipe.notes) == 2
    assert session.asked == [SLIM], "the same image as that of the level"
    assert (recipe.dockerignore, recipe.default_base, recipe.context) == ("notes\n", "", ".")
    assert item.end is None


def test_packages_of_another_release_have_the_stand_ins_names_in_the_copy(make: Make) -> None:
    text = "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y netcat\n"
    recipe = make(text).variant.recipe
    assert recipe.dockerfile.endswith("apt-get install -y netcat-traditional\n")
    assert "the package netcat is netcat-traditional in the copy" in recipe.notes[-1]
    official = make(text, local=("python:3.11-slim",)).variant.recipe
    assert official.dockerfile == text, "the image itself has the names that its author knows"


def test_a_stand_in_for_alpine_will_do_where_nothing_needs_its_package_manager(make: Make) -> None:
    assert make("FROM python:3.11-alpine\nRUN apk add x || true\nRUN echo apk\n").end is None
    assert make("FROM python:3.11-alpine AS a\nFROM python:3.11-slim\nRUN apk x\n").end is None
    official = make("FROM python:3.11-alpine\nRUN apk add gcc\n", local=("python:3.11-alpine",))
    assert official.end is None


def test_where_apk_is_needed_debian_is_named_and_its_programs_are_built_with(make: Make) -> None:
    text = "FROM python:3.9-alpine AS b\nRUN apk add curl\nFROM b\nRUN adduser -D app\n"
    said = make(text).end
    assert said is not None
    step = "--base python:3.9-alpine=python:3.9-slim"
    assert f"or build on Debian with apt-get in apk's place: {step}" in said.failure.message
    named = Base(level="python:3.9-alpine", about=NAMED, image="python:3.11-slim", standin="slim")
    item = make(text, bases=[named])
    assert item.end is None
    assert "apt-get install --yes --no-install-recommends curl" in item.variant.recipe.dockerfile
    assert "useradd --create-home app" in item.variant.recipe.dockerfile
    assert any("apk is apt-get" in note for note in item.variant.recipe.notes)


def test_where_debian_has_no_counterpart_of_a_package_it_is_not_named(make: Make) -> None:
    end = make("FROM python:3.9-alpine\nRUN apk add php83\n").end
    assert end is not None
    assert end.failure.message.endswith(
        "or run where a registry answers (Debian will not do: line 2 installs php83 with apk, of"
        " which Debian's counterpart is not known)"
    )


def test_with_a_registry_it_is_built_to_the_letter(make: Make, session: FakeSession) -> None:
    text = "# syntax=docker/dockerfile:1\nFROM example.org/base:2\n"
    item = make(text, registry=True)
    assert item.variant.recipe.dockerfile == text
    assert item.variant.recipe.notes == ()
    assert [base.provider for base in session.asked] == [Provider.registry]


def test_an_image_that_the_engine_has_is_taken_as_any_build_would(
    make: Make, session: FakeSession
) -> None:
    item = make("FROM company/base\n", local=("company/base",))
    assert item.variant.recipe.dockerfile == "FROM company/base\n"
    assert (item.base.provider, item.base.digest) == (Provider.engine, "digest of company/base")
    make("FROM python:3.11-slim\n", local=("python:3.11-slim",))
    assert session.asked[-1].provider is Provider.engine


def test_an_image_that_was_pulled_before_needs_no_registry(
    make: Make, session: FakeSession
) -> None:
    item = make("FROM company/base:1\n", pulled=("company/base:1",))
    assert item.end is None
    assert session.asked[-1].provider is Provider.auto


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("FROM company/base:1\n", Status.base_failed, "no registry answers: load company/base:1"),
        ("FROM python:3.7-slim\n", Status.base_failed, "--base python:3.7-slim=python:3.8-slim"),
        (
            "ARG V=3.8-alpine\nFROM python:$V AS a\nFROM a\nRUN set -e && apk add gcc\n",
            Status.base_failed,
            "no registry answers for python:3.8-alpine, and its line 4 runs apk",
        ),
        ("FROM python:3.11-alpine\nRUN apk add gcc\n", Status.base_failed, "line 2 runs apk"),
        ("RUN nothing\n", Status.build_failed, "it is built on no image"),
        ("FROM scratch\nCOPY x /\n", Status.build_failed, "it is built on no image"),
    ],
)
def test_what_cannot_be_built_is_a_row_with_the_reason(
    make: Make, text: str, status: Status, said: str
) -> None:
    end = make(text).end
    assert end is not None
    assert end.status is status
    assert said in end.failure.message


def test_all_images_that_cannot_be_had_are_said_before_any_other_is_made(
    make: Make, session: FakeSession
) -> None:
    item = make(
        "FROM python:3.11-slim AS a\nFROM company/base:1 AS b\nFROM other/base:2\n"
        "COPY --from=a /x /x\nCOPY --from=b /y /y\n"
    )
    assert item.end is not None
    assert "load company/base:1 on" in item.end.failure.message
    assert "load other/base:2 on" in item.end.failure.message
    assert session.asked == []
    assert item.base.reference == "other/base:2"


def test_a_stand_in_for_alpine_has_what_makes_users(make: Make) -> None:
    text = "FROM python:3.11-alpine\nRUN addgroup -S a && adduser -S -G a a\n"
    assert make(text).end is None


def test_a_stage_that_nothing_needs_needs_no_image(make: Make) -> None:
    text = "FROM company/base:1 AS a\nFROM python:3.11-slim\n"
    assert make(text).end is None


def test_an_image_that_cannot_be_provided_is_a_row_too(
    make: Make, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Base) -> BaseImage:
        raise BaseError("the registry asks for a login")

    monkeypatch.setattr(session, "base", refuse)
    end = make("FROM python:3.11-slim\n").end
    assert end is not None
    assert end.failure.step == "FROM python:3.11-slim"
    assert end.failure.message == "the registry asks for a login"


def test_without_any_of_its_own_dockerfiles_there_is_nothing_to_start_from(make: Make) -> None:
    lost = make("FROM company/base:1\n")
    error = no_source([lost, make("FROM company/other:1\n")])
    assert "load company/base:1" in str(error)
    assert "load company/other:1" in str(error)
    assert no_source([lost, make("FROM python:3.11-slim\n")]) is None
    assert no_source([]) is None


def test_an_image_that_was_named_says_it_for_its_other_kinds(
    make: Make, session: FakeSession
) -> None:
    named = Base(
        level="python:3.9-slim",
        about=NAMED,
        image="python:3.11-slim",
        standin="slim",
    )
    item = make("FROM python:3.9-alpine\n", bases=[named])
    assert item.end is None
    assert session.asked[-1].image == "python:3.11-alpine"
    assert "FROM python:3.9-alpine is dockbench/standin:" in item.variant.recipe.notes[0]


def test_a_pipfile_of_another_python_is_installed_where_the_nearest_image_is_taken(
    make: Make,
) -> None:
    install = "RUN pip install pipenv && pipenv install --system --deploy\n"
    named = Base(level="python:3.7", about=NAMED, image="python:3.11", standin="full")
    recipe = make(f"FROM python:3.7\n{install}", bases=[named]).variant.recipe
    assert "pipenv verify; } && pipenv sync --system" in recipe.dockerfile
    assert any("`pipenv install --deploy` is" in note for note in recipe.notes)
    same = make(f"FROM python:3.11\n{install}").variant.recipe
    assert install in same.dockerfile, "the Python that it asks for is there"


def test_on_stand_ins_an_installer_that_cannot_be_fetched_is_pip(make: Make) -> None:
    install = "RUN curl -sSL https://install.python-poetry.org | python3 -\n"
    recipe = make(f"FROM python:3.11\n{install}").variant.recipe
    assert "RUN if curl -fsSL" in recipe.dockerfile
    assert any("an installer that is fetched" in note for note in recipe.notes)
    pulled = make(f"FROM python:3.11\n{install}", local=("python:3.11",)).variant.recipe
    assert install in pulled.dockerfile


def test_what_an_old_engine_cannot_read_is_written_in_another_way(
    make: Make, session: FakeSession
) -> None:
    text = "FROM python:3.11-slim\nHEALTHCHECK --start-interval=1s CMD true\n"
    recipe = make(text, local=("python:3.11-slim",)).variant.recipe
    assert recipe.dockerfile == "FROM python:3.11-slim\nHEALTHCHECK CMD true\n"
    assert recipe.notes == (
        "flags that this engine does not know are left out of the copy that is built",
    )
    session.info = Info("28.1.0")
    assert make(text, local=("python:3.11-slim",)).variant.recipe.dockerfile == text


def on_a_mirror(reference: str, engine: object) -> bool:  # noqa: ARG001
    """What can be made where Ubuntu's archive is not reached."""
    return not fetched_from(standin_for(reference))


def instead(
    monkeypatch: pytest.MonkeyPatch,
    session: FakeSession,
    *texts: str,
    said: str = "",
    requires: str = "",
) -> list[dict[str, str]]:
    """What would be tried in turn in the place of the images of these Dockerfiles."""
    silent = said or "no registry answers for it: no such host"
    monkeypatch.setattr(base_images, "find_image", lambda _, reference: reference == "python:3.9")
    monkeypatch.setattr(base_images, "registry_answers", lambda *_: silent)
    monkeypatch.setattr(base_images, "can_be_made", on_a_mirror)
    own = [OwnDockerfile("Dockerfile", Dockerfile(text), "") for text in texts]
    named = [Base(level="node:18", about=NAMED, image="company/node", standin="")]
    project = {"pyproject.toml": f"[project]\nrequires-python = '{requires}'\n"} if requires else {}
    listing = Listing(tuple(project), project)
    rounds = in_their_place(own, cast(Session, session), named, listing)
    assert all(base.about == NEAREST for bases in rounds for base in bases)
    return [{base.level: base.image for base in bases} for bases in rounds]


def test_where_no_registry_answers_the_nearest_images_are_tried_in_turn(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    def tried(*texts: str) -> list[dict[str, str]]:
        return instead(monkeypatch, session, *texts)

    assert tried("FROM python:3.12-slim\n") == [
        {"python:3.12-slim": "python:3.11-slim"},
        {"python:3.12-slim": "python:3.13-slim"},
        {"python:3.12-slim": "python:3.11"},
    ], "last with the compilers that packages without a wheel need"
    newer = instead(monkeypatch, session, "FROM python:3.12-slim\n", requires=">=3.12")
    assert newer[0] == {"python:3.12-slim": "python:3.13-slim"}, "3.11 is not allowed"
    assert tried("FROM python:3.11-slim\n") == [], "a stand-in was made for it"
    assert tried("FROM python:3.9\n") == [], "the engine has it"
    assert tried("FROM node:18\n") == [], "--base says what to build on"
    assert tried("FROM company/base:1\n") == [], "nothing is near to it"


@pytest.mark.parametrize(
    "template", ["(Container Registry link)", "<your-image>", "${BASE}", "Python:3.11", "-python"]
)
def test_what_can_name_no_image_is_told_and_never_looked_for(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession, template: str
) -> None:
    def refuse(_: object, reference: str) -> None:
        raise AssertionError(reference)

    monkeypatch.setattr(base_images, "find_image", refuse)
    own = [OwnDockerfile("Dockerfile", Dockerfile(f"FROM {template}\n"), "")]
    assert in_their_place(own, cast(Session, session), [], Listing(())) == []
    with pytest.raises(BaseError, match="names no image"):
        wanted_base(template, cast(Session, session), [])


@pytest.mark.parametrize(
    "name",
    [
        "python",
        "python:3.12-slim",
        "docker.io/library/python:3.12",
        "Registry.example:5000/a/b_c--d.e:V1@sha256:" + "0" * 64,
        "localhost/x",
        "[::1]:5000/x",
        "mcr.microsoft.com/devcontainers/python:0-3.11",
    ],
)
def test_names_of_images_are(name: str) -> None:
    assert is_reference(name)


def test_uv_is_given_a_python_that_the_project_allows(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    text = "FROM python:3.11-slim\nRUN uv sync --frozen\n"
    found = instead(monkeypatch, session, text, requires=">=3.13")
    assert found == [{"python:3.11-slim": "python:3.13-slim"}], "uv would download one"
    assert instead(monkeypatch, session, text, requires=">=3.10") == []
    pip = text.replace("uv sync --frozen", "pip install .")
    assert instead(monkeypatch, session, pip, requires=">=3.13") == [], "pip refuses it anywhere"
    assert instead(monkeypatch, session, text, requires=">=3.13", said="it answers") == []


def test_other_kinds_of_an_image_go_the_same_way_and_apk_needs_debian(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    def tried(*texts: str) -> list[dict[str, str]]:
        return instead(monkeypatch, session, *texts)

    two = "FROM python:3.12 AS a\nFROM python:3.12-slim\nCOPY --from=a /x /x\n"
    first = {"python:3.12": "python:3.11", "python:3.12-slim": "python:3.11-slim"}
    assert tried(two)[0] == first
    slim = {"node:20-alpine": "node:20-slim"}
    assert tried("FROM node:20-alpine\n") == [{}, slim], "where nothing builds on its stand-in"
    apart = "FROM node:20-alpine AS a\nFROM python:3.12-slim\nCOPY --from=a /x /x\n"
    assert tried(apart)[1] == slim | {"python:3.12-slim": "python:3.13-slim"}
    assert [x["node:18-alpine"] for x in tried("FROM node:18-alpine\n")] == [
        "node:20-alpine",
        "node:18-slim",
        "node:22-alpine",
    ]
    old = tried("FROM node:16-alpine\n")
    assert old[0] == {"node:16-alpine": "node:16-slim"}, "Node 20 is four releases away"
    assert tried("FROM node:20-alpine\nRUN apk add curl\n") == [{"node:20-alpine": "node:20-slim"}]
    assert tried("FROM node:20-alpine\nRUN apk add no-such-thing\n") == []
    late = "FROM python:3.12-slim AS a\nFROM python:3.12-alpine\nRUN apk add curl\n"
    late += "COPY --from=a /x /x\n"
    assert tried(late)[0] == dict.fromkeys(
        ("python:3.12-slim", "python:3.12-alpine"), "python:3.11-slim"
    ), "what is installed with apk is not built on the same version without it"
    assert tried("FROM python:3.12-alpine\n")[0] == {"python:3.12-alpine": "python:3.11-alpine"}


def test_an_image_that_its_registry_does_not_have_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    said = "the registry has no python:3.12-slim"
    assert instead(monkeypatch, session, "FROM python:3.12-slim\n", said=said) == []


def test_a_note_says_what_was_built_on_the_nearest_image(make: Make, session: FakeSession) -> None:
    near = Base(level="python:3.12-slim", about=NEAREST, image="python:3.13-slim", standin="x")
    item = make("FROM python:3.12-slim\n", bases=[near])
    assert session.asked[-1].image == "python:3.13-slim"
    assert "no registry answers for it, and it is the nearest" in item.variant.recipe.notes[0]
    named = Base(level="python:3.12-slim", about=NAMED, image="python:3.13-slim", standin="x")
    assert (
        make("FROM python:3.12-slim\n", bases=[named])
        .variant.recipe.notes[0]
        .endswith("as --base says")
    )


def test_a_step_of_the_ladder_that_has_no_stand_in_does_not_hide_the_nearest(
    make: Make, session: FakeSession
) -> None:
    near = Base(level="python:3.12", about=NEAREST, image="python:3.13", standin="python3.13")
    step = Base(level="slim", about="", image="python:3.12-slim", standin="")
    assert make("FROM python:3.12-slim\n", bases=[near, step]).end is None
    assert session.asked[-1].image == "python:3.13-slim"


def test_a_usual_base_on_another_python_has_the_stand_in_of_that(
    make: Make, session: FakeSession
) -> None:
    usual = Base(level="slim", about="the slim base", image="python:3.13-slim", standin="")
    assert make("FROM python:3.13-slim\n", bases=[usual]).end is None
    assert session.asked[-1].standin == "python3.13-slim"
