"""Scenarios without an engine: which steps must run, what is edited, whose the cache mounts are."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.dockerfile.document import Document
from runner.model.engine import BuildStep
from runner.model.levels import Deps, Installer, InstallTool, Levels
from runner.model.project import DependencySet, Edits, Project
from runner.model.record import LayerRecord
from runner.recipe.packing import pack_context
from runner.trial.cache_mounts import has_cache_mounts, with_nonce, with_own_ids
from runner.trial.chain import repush_bytes
from runner.trial.edits import Edit, NoEdit, deps_edit, in_context, source_edit
from runner.trial.expected import Fate, expected_steps, violation

STAGED = """\
ARG PYTHON=3.11
FROM python:${PYTHON} AS build
WORKDIR /app
COPY requirements*.txt ./
RUN pip install -r requirements.txt
RUN --mount=type=bind,source=pyproject.toml,target=/pyproject.toml cat /pyproject.toml
FROM build AS test
RUN pytest
FROM python:3.11-slim
COPY --from=build /app /app
COPY --chown=me:me ["src dir", "setup.cfg", "/app/"]
RUN python -m compileall /app
COPY --from=nginx:1 /etc/nginx /nginx
COPY $WHERE /else
ADD https://example.com/file /file
RUN true
CMD ["python"]
"""


def fates(touched: str) -> list[str]:
    return [step.fate.value for step in expected_steps(Document(STAGED), (touched,))]


def test_what_follows_the_copy_of_a_changed_file_runs() -> None:
    cached, runs, either = (fate.value for fate in (Fate.cached, Fate.runs, Fate.either))
    tail = [either, either, either]
    assert fates("src dir/app.py") == [cached] * 4 + [runs] * 6
    assert fates("requirements-dev.txt") == [runs] * 3 + [either] * 7
    assert fates("pyproject.toml") == [cached, cached, runs] + [either] * 7
    assert fates("README.md") == [cached] * 7 + tail


@pytest.mark.parametrize("root", ["/", '"/"', "..", "/x/../"])
def test_the_root_as_working_directory_is_counted_and_has_no_number(root: str) -> None:
    text = f"FROM a AS b\nWORKDIR /app\nCOPY . .\nWORKDIR {root}\nRUN make\nFROM b\nCOPY x y\n"
    steps = [(x.text, x.index, x.steps) for x in expected_steps(Document(text), ())]
    assert steps == [("COPY . .", 3, 5), ("RUN make", 4, 5), ("COPY x y", 1, 1)]


def test_stages_that_are_not_needed_do_not_count() -> None:
    texts = [step.text for step in expected_steps(Document(STAGED), ())]
    assert "RUN pytest" not in texts
    assert len(texts) == 10


def test_steps_are_numbered_as_the_builders_number_them() -> None:
    steps = {step.text: step for step in expected_steps(Document(STAGED), ())}
    install = steps["RUN pip install -r requirements.txt"]
    assert install.key(classic=False) == ("build", 4, 5)
    assert install.key(classic=True) == ("", 5, 17)
    assert steps["COPY --from=build /app /app"].key(classic=False) == ("stage-2", 2, 8)


def report(*cached: bool, first: str = "") -> list[BuildStep]:
    names = [f"[{first}2/3] COPY . .", f"[{first}3/3] RUN make"]
    return [BuildStep(name, cached=flag) for name, flag in zip(names, cached, strict=True)]


@pytest.mark.parametrize("label", ["", "stage-0 ", "app "])
def test_a_build_that_did_not_do_what_it_had_to(label: str) -> None:
    expected = expected_steps(Document("FROM a AS app\nCOPY . .\nRUN make\n"), ("x",))
    assert violation(expected, report(False, False, first=label), classic=False) is None
    problem = violation(expected, report(True, True, first=label), classic=False)
    assert problem == f"[{label}2/3] COPY . . came from the cache, and should have run"
    assert "did not report it" in str(violation(expected, [], classic=False))
    untouched = expected_steps(Document("FROM a AS app\nCOPY . .\nRUN make\n"), ())
    problem = violation(untouched, report(True, False, first=label), classic=False)
    assert problem == f"[{label}3/3] RUN make ran, and should have come from the cache"


def test_the_end_of_a_build_stage_is_spared_where_what_is_copied_is_the_same() -> None:
    text = "FROM a AS b\nCOPY . .\nRUN make\nRUN pack\nFROM scratch\nCOPY --from=b /out /\n"
    expected = expected_steps(Document(text), ("x",))

    def judged(ran: int, *, copied: bool) -> str:
        names = ["[b 2/4] COPY . .", "[b 3/4] RUN make", "[b 4/4] RUN pack"][:ran]
        steps = [BuildStep(name, cached=False) for name in names]
        steps.append(BuildStep("[stage-1 1/1] COPY --from=b /out /", cached=copied))
        return violation(expected, steps, classic=False) or ""

    assert judged(3, copied=False) == judged(3, copied=True) == judged(2, copied=True) == ""
    assert "RUN pack should have run" in judged(2, copied=False)


def test_a_base_with_instructions_of_its_own_is_not_judged() -> None:
    expected = expected_steps(Document("FROM a\nCOPY . .\nRUN make\n"), ("x",))
    steps = [BuildStep(f"[{n}/4] RUN {n}", cached=True) for n in (2, 3, 4)]
    assert violation(expected, steps, classic=False) is None


# ---- what is edited ----


def project(**values: object) -> Project:
    given = {"name": "p", "about": "", "folder": ".", "backend": "backend", "package": "shop"}
    return Project(**{**given, **values})  # type: ignore[arg-type]


LEVELS = Levels(deps=Deps("locked", ""), installer=Installer("pip", ""))


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["backend/shop/zoo.py", "backend/shop/app.py", "manage.py"], "backend/shop/app.py"),
        (["backend/shop/__init__.py", "backend/shop/core.py"], "backend/shop/core.py"),
        (["backend/shop/tests/app.py", "backend/shop/deep/x.py"], "backend/shop/deep/x.py"),
        (["frontend/node_modules/a/index.js", "frontend/index.js"], "frontend/index.js"),
    ],
)
def test_a_source_file_is_found(paths: list[str], found: str) -> None:
    edit = source_edit(project(), ".", paths)
    assert isinstance(edit, Edit)
    assert edit.path == found


def test_what_the_project_says_is_edited_or_nothing_is() -> None:
    told = project(edits=Edits(source="backend/shop/x.html"))
    edit = source_edit(told, "backend", ["shop/x.html"])
    assert isinstance(edit, Edit)
    assert edit.change(b"<p>", "0a") == b"<p>\n<!-- dockbench 0a -->\n"
    for bad in ("../x.py", "/etc/passwd", "frontend/x.py"):
        missing = source_edit(project(edits=Edits(source=bad)), "backend", ["shop/x.py"])
        assert isinstance(missing, NoEdit)
        assert bad in missing.reason
    unknown = source_edit(project(edits=Edits(source="a.bin")), ".", ["a.bin"])
    assert isinstance(unknown, NoEdit)
    assert "edits.source_line" in unknown.reason


@given(st.binary(max_size=200), st.from_regex("[0-9a-f]{16}", fullmatch=True))
def test_an_edit_appends_one_line_and_is_new_each_time(content: bytes, nonce: str) -> None:
    edit = source_edit(project(), ".", ["backend/shop/app.py"])
    assert isinstance(edit, Edit)
    changed = edit.change(content, nonce)
    assert changed.startswith(content)
    assert changed.replace(b"\0", b"").endswith(f"# dockbench {nonce}\n".encode())
    other = edit.change(content, nonce[::-1])
    assert len(other) == len(changed)


def edited(name: str, content: bytes, *beside: str, **values: object) -> tuple[str, bytes]:
    paths = [f"backend/{name}", *(f"backend/{other}" for other in beside)]
    sets = {"locked": DependencySet(requirements=name)} if name.endswith(".txt") else {}
    edit = deps_edit(project(dependencies=sets, **values), LEVELS, ".", paths, lambda _: content)
    assert isinstance(edit, Edit)
    return edit.path, edit.change(content, "0123456789abcdef")


def test_a_package_is_added_to_requirements() -> None:
    _, plain = edited("requirements/locked.txt", b"flask")
    assert plain == b"flask\niniconfig==2.0.0  # dockbench 0123456789abcdef\n"
    _, named = edited("requirements.txt", b"iniconfig==1.0\n")
    assert b"\ntoml==0.10.2" in named
    _, hashed = edited("requirements.txt", b"flask==3 --hash=sha256:00\n")
    assert b"iniconfig==2.0.0 --hash=sha256:b6a85871a79d2e3b" in hashed


def test_requirements_in_utf_16_stay_so() -> None:
    _, changed = edited("requirements.txt", "flask\n".encode("utf-16"))
    assert changed.decode("utf-16").splitlines()[1].startswith("iniconfig==2.0.0")


def test_a_package_is_added_to_a_pyproject_without_a_lock() -> None:
    text = b'[project]\nname = "x"\ndependencies = [\n  "flask",\n]\n'
    path, changed = edited("pyproject.toml", text)
    assert path == "backend/pyproject.toml"
    assert tomllib.loads(changed.decode())["project"]["dependencies"] == [
        "iniconfig==2.0.0",
        "flask",
    ]
    path, changed = edited("pyproject.toml", text, "uv.lock")
    assert path == "backend/uv.lock"
    assert tomllib.loads(changed.decode()) == tomllib.loads(text.decode())


def test_poetry_reads_its_lock() -> None:
    levels = Levels(installer=Installer("poetry", "", tool=InstallTool.poetry))
    made = project(dependency_files=["pyproject.toml", "poetry.lock"])
    edit = deps_edit(made, levels, "backend", ["pyproject.toml", "poetry.lock"], lambda _: b"")
    assert isinstance(edit, Edit)
    assert edit.path == "poetry.lock"


def test_a_package_json_stays_json() -> None:
    _, changed = edited("package.json", b'{"name": "x", "dependencies": {}}')
    assert json.loads(changed) == {
        "dockbench": "0123456789abcdef",
        "name": "x",
        "dependencies": {},
    }


def test_no_dependency_file() -> None:
    missing = deps_edit(project(), LEVELS, ".", ["README.md"], lambda _: b"")
    assert isinstance(missing, NoEdit)
    assert "edits.dependencies" in missing.reason


def test_paths_of_the_context() -> None:
    assert in_context("backend/a.py", ".") == "backend/a.py"
    assert in_context("backend/a.py", "backend") == "a.py"
    assert in_context("frontend/a.py", "backend") == ""


def test_an_edited_context_sends_the_new_content_and_leaves_the_disk_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("old")
    context = pack_context(tmp_path, "", "FROM scratch\n")
    other = context.edited({"a.py": b"new and longer"}, {"nonce": "1"})
    sent = b"".join(other.blocks())
    assert b"new and longer" in sent
    assert b"old" not in sent
    assert (tmp_path / "a.py").read_text() == "old"
    assert other.record().bytes == len("new and longer")
    assert other.content("a.py") == b"new and longer"
    assert b"old" in b"".join(context.blocks())


# ---- cache mounts ----


def test_cache_mounts_get_ids_of_our_own() -> None:
    text = (
        "FROM a\nRUN --mount=type=cache,target=/root/.cache/pip \\\n"
        "    --mount=type=cache,id=apt,sharing=locked,target=/var/cache/apt \\\n"
        "    --mount=type=cache,id=dockbench-uv,target=/uv --mount=type=bind,target=/x \\\n"
        "    echo --mount=type=cache,target=/y\n"
    )
    changed = with_own_ids(Document(text)).text
    assert "type=cache,id=dockbench-root-.cache-pip,target=/root/.cache/pip \\" in changed
    assert "type=cache,id=dockbench-apt,sharing=locked,target=/var/cache/apt" in changed
    assert "type=cache,id=dockbench-uv,target=/uv --mount=type=bind,target=/x" in changed
    assert changed.endswith("echo --mount=type=cache,target=/y\n")
    assert with_own_ids(Document(changed)).text == changed


def test_a_nonce_comes_before_the_first_step_of_each_stage() -> None:
    text, files = with_nonce(Document(STAGED), "0a0b")
    assert text.count("\nCOPY dockbench-nonce /dockbench-nonce\n") == 3
    assert files == {"dockbench-nonce": "0a0b"}
    assert not has_cache_mounts(Document(text))


def layer(name: str, size: int) -> LayerRecord:
    return LayerRecord(name, "", size, size, 1, is_base=False)


def test_what_is_sent_again() -> None:
    before = [layer("a", 100), layer("b", 10)]
    assert repush_bytes(before, before) == 0
    after = [layer("a", 100), layer("c", 7), layer("d", 5), layer("c", 7)]
    assert repush_bytes(before, after) == 12


@pytest.mark.parametrize(
    ("paths", "read", "found"),
    [
        (["app.yaml", "demo_app/main.py"], ["demo_app/main.py"], "demo_app/main.py"),
        ([".github/main.py", "shop/a.py"], [".github/main.py", "shop/a.py"], "shop/a.py"),
        (["main.py", "src/shop/web.py"], ["src/shop/web.py"], "src/shop/web.py"),
        (["main.py", "src/shop/web.py"], [], "main.py"),
        (["lib.swift", "deploy.toml"], ["lib.swift"], "lib.swift"),
    ],
)
def test_a_source_is_a_program_that_the_build_reads(
    paths: list[str], read: list[str], found: str
) -> None:
    edit = source_edit(Project(name="shop"), ".", paths, lambda path: path in read)
    assert isinstance(edit, Edit)
    assert edit.path == found
