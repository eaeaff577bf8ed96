"""What edits do to the plain Dockerfiles of locks, and to those that people write for them."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.port import Plain
from tests.unit.test_ecosystems import Files

LOCKED = {
    "uv": {"pyproject.toml": "[project]\n", "uv.lock": ""},
    "uv package": {"pyproject.toml": "[project]\n[build-system]\n", "uv.lock": ""},
    "poetry": {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": ""},
    "pdm": {"pyproject.toml": "[project]\n", "pdm.lock": ""},
    "pipenv": {"Pipfile": "", "Pipfile.lock": ""},
}
POETRY = "FROM python:3.12\nWORKDIR /app\nCOPY . .\n"
PIPENV = f"{POETRY}RUN pip install pipenv\n"
MADE = "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH\nRUN python -m venv /opt/venv"


def plain(tool: str) -> str:
    found = plain_of(Files({**LOCKED[tool], "main.py": ""}))
    assert isinstance(found, Plain)
    return found.dockerfile


def edited(tool: str, text: str, **levels: str) -> str:
    """The text behind the edits, which change nothing the second time."""
    facts = facts_of(Files(LOCKED[tool]), mount_ids=False)
    once = apply(Document(text), levels, facts)
    assert not [item.reason for item in once.applied if item.reason]
    again = apply(once.document, levels, facts)
    assert again.document.text == once.document.text
    return once.document.text


def refused(tool: str, text: str, **levels: str) -> str:
    (applied,) = apply(Document(text), levels, facts_of(Files(LOCKED[tool]))).applied
    return applied.reason


class TestOrder:
    @pytest.mark.parametrize(
        ("tool", "lines"),
        [
            (
                "uv",
                "COPY pyproject.toml uv.lock ./\nRUN pip install uv\n"
                "RUN uv sync --locked --no-dev --compile-bytecode\nCOPY . .\n",
            ),
            (
                "uv package",
                "COPY pyproject.toml uv.lock ./\nRUN pip install uv\n"
                "RUN uv sync --locked --no-dev --compile-bytecode --no-install-project\nCOPY . .\n"
                "RUN uv sync --locked --no-dev --compile-bytecode\n",
            ),
            (
                "poetry",
                "COPY pyproject.toml poetry.lock ./\nRUN pip install poetry poetry-plugin-export\n"
                "RUN poetry export --only main --output /tmp/requirements.txt"
                " && pip install -r /tmp/requirements.txt\nCOPY . .\n",
            ),
            (
                "pdm",
                "COPY pyproject.toml pdm.lock ./\nRUN pip install pdm 'hishel<2'\n"
                "RUN pdm install --check --prod --no-editable --no-self\nCOPY . .\n"
                "RUN pdm install --check --prod --no-editable\n",
            ),
            (
                "pipenv",
                "COPY Pipfile Pipfile.lock ./\nRUN pip install pipenv\n"
                "RUN pipenv install --system --deploy\nCOPY . .\n",
            ),
        ],
    )
    def test_the_lock_comes_before_the_sources(self, tool: str, lines: str) -> None:
        assert lines in edited(tool, plain(tool), order="deps_first")

    @pytest.mark.parametrize(
        ("runs", "after"),
        [
            (
                "RUN pip install poetry && poetry install --only main\n",
                "RUN pip install poetry && poetry install --only main --no-root\nCOPY . .\n"
                "RUN pip install poetry && poetry install --only main\n",
            ),
            (
                "RUN pip install --upgrade pip poetry==2.1.0\n"
                "RUN poetry config virtualenvs.create false\nRUN poetry install\n",
                "RUN poetry install --no-root\nCOPY . .\nRUN poetry install\n",
            ),
            (
                "RUN poetry export -o requirements.txt\nRUN pip install -r requirements.txt\n",
                "RUN pip install -r requirements.txt\nCOPY . .\n",
            ),
        ],
    )
    def test_dockerfiles_that_people_write(self, runs: str, after: str) -> None:
        assert edited("poetry", POETRY + runs, order="deps_first").endswith(after)

    @pytest.mark.parametrize(
        ("runs", "reason"),
        [
            ("RUN ./tools.sh\nRUN poetry install\n", "line 4 runs tools.sh"),
            (
                "RUN pip install poetry mypackage\nRUN pip install -r x.txt\n",
                "line 5 installs from",
            ),
        ],
    )
    def test_what_may_need_the_sources_stays(self, runs: str, reason: str) -> None:
        assert reason in refused("poetry", POETRY + runs, order="deps_first")


class TestStages:
    def test_an_environment_in_the_working_directory_comes_along(self) -> None:
        text = edited("pdm", plain("pdm"), stages="multi")
        assert text.startswith("FROM python:3.11 AS build\n")
        assert text.endswith(
            "\nFROM python:3.11-slim\nWORKDIR /app\nENV PATH=/app/.venv/bin:$PATH\nEXPOSE 8000\n"
            'COPY --from=build /app /app\nCMD ["python", "main.py"]\n'
        )
        assert "venv /opt/venv" not in text

    @pytest.mark.parametrize(
        ("start", "after"),
        [
            ('CMD ["uv", "run", "fastapi", "run"]', 'CMD ["fastapi", "run"]'),
            ('CMD [ "uv","run", "--no-sync", "a" ]', 'CMD [ "a" ]'),
            ("CMD uv run --frozen python -m a", "CMD python -m a"),
            ('ENTRYPOINT ["uv", "run", "a"]\nCMD ["b"]', 'ENTRYPOINT ["a"]\nCMD ["b"]'),
        ],
    )
    def test_what_uv_starts_is_started_without_it(self, start: str, after: str) -> None:
        head = "FROM python:3.12-slim\nWORKDIR /app\nRUN pip install uv\nCOPY . .\n"
        text = edited("uv", f"{head}RUN uv sync --no-dev\n{start}\n", stages="multi")
        assert text.endswith(f"\nENV PATH=/opt/venv/bin:$PATH\n{after}\n")

    @pytest.mark.parametrize(
        "start",
        [
            'ENTRYPOINT ["uv", "run"]\nCMD ["a"]',
            'CMD ["uv", "run", "--with", "x", "a"]',
            'CMD ["sh", "-c", "alembic upgrade head && uv run a"]',
        ],
    )
    def test_what_uv_does_beside_that_is_refused(self, start: str) -> None:
        head = "FROM python:3.12-slim\nWORKDIR /app\nRUN pip install uv\nCOPY . .\n"
        text = f"{head}RUN uv sync --no-dev\n{start}\n"
        assert "it starts with uv, which a RUN installs" in refused("uv", text, stages="multi")

    def test_that_of_uv_is_made_elsewhere(self) -> None:
        text = edited("uv", plain("uv"), stages="multi")
        assert text.endswith(
            "\nFROM python:3.11-slim\nENV UV_PROJECT_ENVIRONMENT=/opt/venv\nWORKDIR /app\n"
            "ENV PATH=/opt/venv/bin:$PATH\nEXPOSE 8000\nCOPY --from=build /opt/venv /opt/venv\n"
            'COPY --from=build /app /app\nCMD ["python", "main.py"]\n'
        )

    def test_the_tool_stays_outside_of_the_environment_that_is_copied(self) -> None:
        text = edited("poetry", plain("poetry"), stages="multi")
        assert (
            "RUN pip install poetry poetry-plugin-export\n"
            "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH\n"
            "RUN poetry export --only main --output /tmp/requirements.txt"
            " && python -m venv --without-pip /opt/venv \\\n"
            "    && pip --python=/opt/venv/bin/python install -r" in text
        )
        assert "\nCOPY --from=build /opt/venv /opt/venv\n" in text

    def test_a_tool_that_the_same_run_installs_does_so_as_well(self) -> None:
        text = POETRY + "RUN pip install pipenv && pipenv install --system\nCMD x\n"
        both = "RUN pip install pipenv && python -m venv /opt/venv \\\n    && pipenv install"
        assert both in edited("pipenv", text, stages="multi")

    @pytest.mark.parametrize(
        ("command", "after"),
        [
            ("pipenv install --system --deploy", "pipenv install --deploy"),
            ("pipenv sync --system", "pipenv sync"),
            (
                "pipenv install \\\n    --system \\\n    --deploy",
                "pipenv install \\\n    --deploy",
            ),
        ],
    )
    def test_pipenv_installs_into_the_environment_and_not_beside_itself(
        self, command: str, after: str
    ) -> None:
        """As the Pipenv of 2022 does when it is told --system."""
        text = edited("pipenv", f"{PIPENV}RUN {command}\nCMD x\n", stages="multi")
        assert f"{MADE} \\\n    && {after}\n" in text
        assert text.endswith("COPY --from=build /app /app\nCMD x\n")

    def test_nothing_is_told_where_it_takes_no_notice_of_the_environment(self) -> None:
        text = f"{PIPENV}ENV PIPENV_IGNORE_VIRTUALENVS=1\nRUN pipenv install --system\nCMD x\n"
        assert "pipenv install --system\n" in edited("pipenv", text, stages="multi")

    def test_pipenv_hears_of_the_environment_once_it_is_there(self) -> None:
        text = (
            f"{POETRY}RUN pip install pipenv && pipenv lock -r > a.txt && pip install -r a.txt\n"
            "RUN python make.py\nCMD x\n"
        )
        lines = edited("pipenv", text, stages="multi").partition("\n\n")[0]
        assert lines == (
            f"{POETRY.replace('3.12', '3.12 AS build')}"
            "RUN pip install pipenv && pipenv lock -r > a.txt"
            " && python -m venv --without-pip /opt/venv \\\n"
            "    && export VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH \\\n"
            "    && pip --python=/opt/venv/bin/python install -r a.txt\n"
            "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH\nRUN python make.py"
        )

    def test_the_environment_has_a_pip_where_pipenv_runs_in_it(self) -> None:
        text = (
            f"{POETRY}RUN pip install -r b.txt\n"
            "RUN pipenv lock -r > a.txt && pip install -r a.txt\nCMD x\n"
        )
        assert "RUN python -m venv /opt/venv \\\n" in edited("pipenv", text, stages="multi")
        text = f"{POETRY}RUN pipenv lock -r > a.txt; pip install -r a.txt\nCMD x\n"
        assert "RUN python -m venv /opt/venv\n" in edited("pipenv", text, stages="multi")

    def test_package_managers_installed_globally_are_left_behind(self) -> None:
        text = (
            "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm install --global pnpm@10\n"
            "RUN pnpm install --frozen-lockfile\nRUN pnpm run build\nCMD x\n"
        )
        split = edited("uv", text, stages="multi")
        assert " && CI=true pnpm prune --prod --ignore-scripts\n" in split
        assert split.endswith("FROM node:22-slim\nWORKDIR /a\nCOPY --from=build /a /a\nCMD x\n")

    @pytest.mark.parametrize(
        ("run", "reason"),
        [
            ("pipenv install", "an environment of its own"),
            ("uv pip install --system -r a.txt", "whatever environment there is"),
            ("uv sync && pip install flask", "two environments"),
        ],
    )
    def test_what_would_be_left_behind_is_refused(self, run: str, reason: str) -> None:
        assert reason in refused("uv", f"{POETRY}RUN {run}\nCMD x\n", stages="multi")


@pytest.mark.parametrize("tool", LOCKED)
@pytest.mark.parametrize(
    "levels",
    [
        {"cache": "purge"},
        {"cache": "mount"},
        {"layers": "merged"},
        {"base": "slim"},
        {"base": "alpine", "order": "deps_first", "stages": "multi"},
        {"stages": "multi", "cache": "mount"},
        {"order": "deps_first", "cache": "purge"},
    ],
)
def test_edits_apply_to_the_plain_dockerfile(tool: str, levels: dict[str, str]) -> None:
    edited(tool, plain(tool), **levels)


def test_the_sources_of_what_uv_does_not_install_go_to_the_final_stage_alone() -> None:
    build, _, final = edited("uv", plain("uv"), order="deps_first", stages="multi").partition(
        "\n\nFROM "
    )
    assert "COPY . ." not in build
    assert "COPY --from=build /opt/venv /opt/venv\nCOPY . .\n" in final
    package = edited("uv package", plain("uv package"), order="deps_first", stages="multi")
    assert "COPY --from=build /app /app\n" in package
