"""stages=multi: sources that nothing is made of are copied by the final stage itself."""

from __future__ import annotations

import pytest

from runner.dockerfile.facts import Manifest
from tests.unit.edited_texts import edited, refused

HEAD = "FROM python:3.12\nWORKDIR /app\n"
PIP = "RUN pip install -r requirements.txt\n"
REST = "CMD python app.py\n"


def stages(text: str) -> tuple[str, str]:
    """The build stage and what follows its environment in the final one."""
    build, _, final = edited(text, "stages=multi").partition("\n\nFROM ")
    return build, final.partition("COPY --from=build /opt/venv /opt/venv\n")[2]


def test_a_source_that_was_edited_leaves_the_build_stage_cached() -> None:
    build, final = stages(f"{HEAD}COPY requirements.txt .\n{PIP}# The shop.\nCOPY . .\n{REST}")
    assert build.endswith("install -r requirements.txt")
    assert final == f"# The shop.\nCOPY . .\n{REST}"


@pytest.mark.parametrize(
    "copy",
    [
        "COPY lists/all.txt lists/",
        "COPY ./lists/all.txt lists/all.txt",
        "COPY a.txt b*.toml ./",
        'COPY ["a.txt", "/app/"]',
    ],
)
def test_manifests_that_lie_where_all_of_the_context_does_are_not_copied_twice(copy: str) -> None:
    _, final = stages(f"{HEAD}{copy}\n{PIP}COPY . .\n{REST}")
    assert final == f"COPY . .\n{REST}"


@pytest.mark.parametrize(
    ("copies", "late"),
    [
        ("COPY deploy/pinned.txt requirements.txt", "COPY . ."),
        ("COPY requirements.txt .", "COPY app app"),
        ("COPY lists .", "COPY . ."),
        ("COPY lists/all.txt .", "COPY . ."),
        ("COPY a.txt lists/", "COPY . ."),
    ],
)
def test_what_was_copied_before_comes_along_where_it_may_lie_elsewhere(
    copies: str, late: str
) -> None:
    _, final = stages(f"{HEAD}{copies}\n{PIP}{late}\n{REST}")
    assert final == f"{copies}\n{late}\n{REST}"


def test_users_and_permissions_follow_what_they_are_for() -> None:
    build, final = stages(
        f"{HEAD}COPY requirements.txt ./\n{PIP}RUN useradd me\nCOPY --chown=me . /app/\n"
        f"ENV LEVEL=1\nRUN chmod +x start.sh && chown -R me /app\nUSER me\n{REST}"
    )
    assert build.endswith("install -r requirements.txt")
    assert final == (
        "COPY --chown=me . /app/\nRUN chmod +x start.sh && chown -R me /app\nUSER me\n" + REST
    )


@pytest.mark.parametrize(
    "install",
    [
        "pip install poetry && poetry install --no-root",
        "pipenv install --system --deploy",
        "apt-get update && apt-get install -y gcc && pip install x && rm -rf /var/lib/apt/lists/*",
    ],
)
def test_nor_does_what_other_installers_leave_keep_the_sources_in_the_build_stage(
    install: str,
) -> None:
    _, final = stages(f"{HEAD}COPY *.toml ./\nRUN {install}\nCOPY . .\n{REST}")
    assert final.endswith(f"COPY . .\n{REST}")


def test_labels_stand_in_the_final_stage_alone() -> None:
    text = f"{HEAD}LABEL a=b\nCOPY . .\n{PIP}RUN python make.py\n{REST}"
    build, _, final = edited(text, "stages=multi").partition("\n\nFROM ")
    assert "LABEL" not in build
    assert final.count("LABEL a=b\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}COPY requirements.txt .\n{PIP}COPY . .\nRUN python manage.py collectstatic\n",
        f"{HEAD}COPY . .\n{PIP}",
        f"{HEAD}COPY requirements.txt .\n{PIP}ADD . .\n",
        f"{HEAD}COPY setup.py .\nRUN pip install -e .\nCOPY . .\n",
        f"{HEAD}ARG FROM_DIR=.\nCOPY requirements.txt .\n{PIP}COPY $FROM_DIR .\n",
        f"{HEAD}COPY requirements.txt .\n{PIP}WORKDIR /app/src\nCOPY . .\n",
        f"{HEAD}COPY requirements.txt .\nRUN pip install -r requirements.txt && ./make.sh\n"
        "COPY . .\n",
    ],
)
def test_not_where_something_is_made_of_them(text: str) -> None:
    assert "COPY --from=build /app /app\n" in edited(f"{text}{REST}", "stages=multi")


def test_packages_are_in_a_stage_of_their_own_where_something_is_made_of_the_sources() -> None:
    """What a COPY --from takes of a stage with sources is read again after each edit of one."""
    made = "# The shop.\nCOPY . .\nRUN python manage.py collectstatic\n"
    text = edited(f"{HEAD}COPY requirements.txt .\n{PIP}{made}{REST}", "stages=multi")
    assert text.startswith("FROM python:3.12 AS packages\n")
    assert f"install -r requirements.txt\n\nFROM packages AS build\n{made}\nFROM " in text
    assert text.endswith(
        "COPY --from=packages /opt/venv /opt/venv\nCOPY --from=build /app /app\n" + REST
    )
    named = edited(f"ARG A=1\n{HEAD}ARG A\nCOPY a.txt .\n{PIP}{made}{REST}", "stages=multi")
    assert "packages" not in named, "an argument does not go on to the next stage everywhere"


def test_packages_of_node_and_sources_that_nothing_builds() -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci --omit=dev\nCOPY . .\n"
        "USER node\nCMD node .\n"
    )
    manifest = Manifest(("package.json", "package-lock.json"), "npm")
    build, _, final = edited(text, "stages=multi", manifests=(manifest,)).partition("\n\nFROM ")
    assert "COPY . ." not in build
    assert final.endswith(
        "COPY --from=build /production/node_modules /app/node_modules\n"
        "COPY . .\nUSER node\nCMD node .\n"
    )


@pytest.mark.parametrize(
    ("packages", "installed"),
    [
        ("libcurl4-openssl-dev gcc libc6-dev rustc", "libcurl4"),
        ("libmagic-dev libpq-dev ffmpeg", "libmagic1 libpq5 ffmpeg"),
    ],
)
def test_the_libraries_that_headers_stand_for_are_installed(packages: str, installed: str) -> None:
    text = f"{HEAD}RUN apt-get update && apt-get install -y {packages}\n{PIP}COPY . .\n{REST}"
    found = edited(text, "stages=multi")
    assert f"install -y --no-install-recommends {installed} \\\n" in found
    assert "# hadolint ignore=DL3008\nRUN apt-get update \\\n" in found


def test_packages_that_a_variable_names_are_not_known() -> None:
    text = f"{HEAD}RUN apt-get update && apt-get install -y $DEPS\n{PIP}COPY . .\n{REST}"
    assert refused(text, "stages=multi") == "which packages $DEPS stands for is not known"


def test_what_stood_apart_in_one_stage_is_one_instruction_in_the_next() -> None:
    text = (
        f"{HEAD}COPY requirements.txt .\n{PIP}COPY . .\nRUN chmod +x a.sh\n"
        f"COPY b.sh /b.sh\nRUN mkdir -p /x && chown 1 /x\n{REST}"
    )
    _, final = stages(text)
    assert final == (
        f"COPY . .\nCOPY b.sh /b.sh\nRUN chmod +x a.sh \\\n    && mkdir -p /x && chown 1 /x\n{REST}"
    )


@pytest.mark.parametrize("clean", ["npm cache clean --force", "yarn cache clean"])
def test_a_cache_that_is_emptied_leaves_nothing_behind(clean: str) -> None:
    install = "COPY package.json package-lock.json ./\nRUN npm ci --omit=dev"
    text = f"FROM node:22\nWORKDIR /app\n{install} && {clean}\nCOPY src src\nCMD node src/a.js\n"
    packages = Manifest(("package.json", "package-lock.json"), "npm")
    final = edited(text, "stages=multi", manifests=(packages,)).partition("\n\nFROM ")[2]
    assert final.endswith(
        "COPY package.json package-lock.json ./\nCOPY src src\nCMD node src/a.js\n"
    )
