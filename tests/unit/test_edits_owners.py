"""stages=multi leaves the files of a service to whom its Dockerfile gives them."""

from __future__ import annotations

import pytest

from tests.unit.edited_texts import PACKAGES, REQUIREMENTS, edited

PYTHON = (
    "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
)
NODE = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\n"


def final_of(text: str) -> list[str]:
    """The lines of the final stage, from the working directory on."""
    after = edited(text, "stages=multi", manifests=(REQUIREMENTS, PACKAGES))
    return after.rpartition("\nWORKDIR /app\n")[2].splitlines()


def test_copy_says_the_owner_that_a_run_said() -> None:
    made = "RUN adduser --disabled-password app && chown -R app:app /app"
    assert final_of(f"{PYTHON}COPY . .\n{made}\nUSER app\nCMD x\n") == [
        made,
        "COPY --from=build /opt/venv /opt/venv",
        "COPY --chown=app:app . .",
        "USER app",
        "CMD x",
    ]


def test_files_that_the_build_makes_are_given_away_too() -> None:
    text = f"{PYTHON}COPY . .\nRUN python manage.py collectstatic\nRUN useradd app\n"
    found = final_of(f"{text}RUN mkdir -p logs && chown -R app .\nUSER app\nCMD x\n")
    assert found[:2] == ["RUN useradd app", "RUN mkdir -p logs && chown -R app ."]
    assert "COPY --from=build --chown=app /app /app" in found


def test_packages_are_given_away_and_nothing_is_copied_twice() -> None:
    text = f"{NODE}COPY . .\nRUN npm run build\nRUN chown -R node:node /app\nUSER node\nCMD x\n"
    after = edited(text, "stages=multi", manifests=(PACKAGES,))
    assert after.count("chown -R") == 1, "it is not run in the build stage"
    assert after.index("RUN chown -R node:node /app\nCOPY") > after.index("FROM node:22-slim")
    assert (
        "COPY --from=packages --chown=node:node /production/node_modules /app/node_modules" in after
    )
    assert "COPY --from=build --chown=node:node /built/service /app\n" in after


@pytest.mark.parametrize(
    "run",
    [
        "RUN useradd app && chown -R app /app && chmod +x /app/x.sh",
        "RUN useradd app && chown -R app: /app",
        "RUN useradd app && chown -R $OWNER /app",
        "RUN useradd app && chown -R app /app /data",
    ],
)
def test_what_copy_cannot_say_stays_behind_the_files(run: str) -> None:
    found = final_of(f"{PYTHON}COPY . .\n{run}\nUSER app\nCMD x\n")
    assert found[-4:] == ["COPY . .", run, "USER app", "CMD x"]


def test_directories_that_were_made_before_are_there_before() -> None:
    made = "RUN mkdir -p /app/bin && chown -R node:node /app"
    text = NODE.replace("WORKDIR", f"{made}\nWORKDIR").replace("COPY", "COPY --chown=node:node")
    found = final_of(f"{text}COPY --chown=node:node . .\nUSER node\nCMD x\n")
    assert found[0] == made


def test_a_user_that_an_install_makes_on_the_way_is_there() -> None:
    text = PYTHON.replace(
        "COPY", "RUN apt-get update && apt-get install -y curl && useradd -r app\nCOPY", 1
    )
    found = final_of(f"{text}COPY . .\nUSER app\nCMD x\n")
    assert found[0] == "RUN useradd -r app"


def test_packages_that_a_user_installs_have_a_layer_of_their_own() -> None:
    text = NODE.replace("COPY", "USER node\nCOPY --chown=node:node")
    after = edited(
        f"{text}COPY --chown=node:node . .\nRUN npm run build\nCMD x\n",
        "stages=multi",
        manifests=(PACKAGES,),
    )
    assert "&& cp -a /app /tmp/production \\\n" in after, "a user cannot write to /"
    given = "--chown=node:node"
    copied = f"COPY --from=packages {given} /tmp/production/node_modules /app/node_modules\n"
    assert f"{copied}COPY --from=build {given} /tmp/built/service /app\nUSER node\n" in after
