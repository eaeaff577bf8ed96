"""What single edits do, on Dockerfiles that people write, and why they leave one alone."""

from __future__ import annotations

import pytest

from runner.detect.listing import Listing
from runner.dockerfile.facts import COMPOSE, BaseConfig, Manifest
from runner.ecosystems.all import facts_of
from runner.ecosystems.scripts import programs_of_scripts
from tests.unit.edited_texts import PACKAGES, REQUIREMENTS, edited, refused


class TestMerging:
    def test_a_change_of_directory_stays_with_its_own_part(self) -> None:
        text = "FROM a\nRUN cd /x && make\nRUN ls\n"
        assert edited(text, "layers=merged") == "FROM a\nRUN (cd /x && make) \\\n    && ls\n"

    def test_an_alternative_binds_as_before(self) -> None:
        text = "FROM a\nRUN a\nRUN b || c\n"
        assert edited(text, "layers=merged") == "FROM a\nRUN a \\\n    && (b || c)\n"

    def test_what_relies_on_errexit_can_only_be_last(self) -> None:
        text = "FROM a\nRUN set -e; a; b\nRUN c\n"
        assert "follow each other" in refused(text, "layers=merged")
        assert edited("FROM a\nRUN c\nRUN set -e; a; b\n", "layers=merged").count("RUN") == 1

    def test_comments_between_are_kept(self) -> None:
        text = "FROM a\nRUN a\n# why\nRUN b\n"
        assert edited(text, "layers=merged") == "FROM a\nRUN a \\\n    # why\n    && b\n"

    def test_mounts_of_one_are_not_given_to_the_other(self) -> None:
        text = "FROM a\nRUN --mount=type=cache,target=/x a\nRUN b\n"
        assert "follow each other" in refused(text, "layers=merged")


class TestOrder:
    def test_manifest_first_sources_behind_the_install(self) -> None:
        text = (
            "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
            'CMD ["python", "app.py"]\n'
        )
        assert edited(text, "order=deps_first", manifests=(REQUIREMENTS,)) == (
            "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt ./\n"
            'RUN pip install -r requirements.txt\nCOPY . .\nCMD ["python", "app.py"]\n'
        )

    def test_node_and_system_packages_between(self) -> None:
        text = (
            "FROM node:20\nWORKDIR /a\nCOPY --chown=node . /a\nRUN apt-get update\n"
            "RUN npm ci\nRUN npm run build\n"
        )
        assert edited(text, "order=deps_first", manifests=(PACKAGES,)) == (
            "FROM node:20\nWORKDIR /a\n"
            "COPY --chown=node package.json package-lock.json ./\nRUN apt-get update\nRUN npm ci\n"
            "COPY --chown=node . /a\nRUN npm run build\n"
        )

    @pytest.mark.parametrize(
        ("run", "said"),
        [
            ("pip install .", "line 3 installs from the sources"),
            ("pip install -r requirements.txt; python setup.py build", "runs python"),
            ("make", "line 3 runs make, which may need the sources"),
            ("pip install -r other.txt", "line 3 installs from the sources"),
        ],
    )
    def test_what_may_need_the_sources_stays(self, run: str, said: str) -> None:
        text = f"FROM python:3.12\nCOPY . /app\nRUN {run}\n"
        assert said in refused(text, "order=deps_first", manifests=(REQUIREMENTS,))

    def test_a_manifest_that_names_the_project_itself_stays(self) -> None:
        manifest = Manifest(("requirements.txt",), "pip", False, "requirements.txt names `-e .`")
        text = "FROM python:3.12\nCOPY . /\nRUN pip install -r requirements.txt\n"
        assert "names `-e .`" in refused(text, "order=deps_first", manifests=(manifest,))


class TestBase:
    @pytest.mark.parametrize(
        ("before", "level", "after"),
        [
            ("python:3.12", "slim", "python:3.12-slim"),
            ("python:3.12-bookworm", "slim", "python:3.12-slim-bookworm"),
            ("node:20-bookworm", "slim", "node:20-bookworm-slim"),
            ("python", "alpine", "python:alpine"),
            ("python:3.12-slim", "full", "python:3.12"),
            ("docker.io/library/node:20-slim", "alpine", "docker.io/library/node:20-alpine"),
            ("golang:1.22", "alpine", "golang:1.22-alpine"),
            ("python:${V}", "slim", "python:${V}-slim"),
        ],
    )
    def test_the_same_version_in_another_variant(self, before: str, level: str, after: str) -> None:
        assert edited(f"FROM {before} AS x\n", f"base={level}") == f"FROM {after} AS x\n"

    def test_only_the_stage_that_reaches_the_image(self) -> None:
        text = "FROM python:3.12 AS b\nFROM python:3.12\nCOPY --from=b /x /x\n"
        assert edited(text, "base=slim") == text.replace(
            "FROM python:3.12\n", "FROM python:3.12-slim\n"
        )

    @pytest.mark.parametrize(
        ("text", "level", "said"),
        [
            ("FROM debian:12\n", "slim", "not an official image with variants"),
            ("FROM golang:1.22\n", "slim", "has no variant slim"),
            ("FROM node:alpine\n", "full", "node:alpine names no version"),
            ("FROM python:3.12-slim\n", "slim", "is slim already"),
            ("FROM python:3\nRUN apt-get install x\n", "alpine", "installs x with apt, of which"),
            ("FROM python:3\nRUN apt-get purge git\n", "alpine", "runs apt-get purge"),
            ("FROM python:3\nRUN apt-get install libpq5=15\n", "alpine", "libpq5=15 with apt"),
            ("FROM python:3\nRUN apt-get update; apt-get install git\n", "alpine", "a chain"),
            ("FROM python:3-alpine\nRUN apk add git\n", "slim", "installs packages with apk"),
            ("FROM python:3\nRUN useradd -G a x\n", "alpine", "uses useradd as Debian has it"),
        ],
    )
    def test_what_the_other_base_lacks_is_the_reason(
        self, text: str, level: str, said: str
    ) -> None:
        assert said in refused(text, f"base={level}")

    @pytest.mark.parametrize(
        ("run", "after"),
        [
            ("RUN apt-get update\nRUN apt-get install -y git\n", "RUN apk add --no-cache git\n"),
            (
                "RUN apt-get update && apt-get -y install netcat libgl1\n",
                "RUN apk add --no-cache netcat-openbsd mesa-gl\n",
            ),
            (
                "RUN apt-get update && apt-get install -y --no-install-recommends \\\n"
                "    gcc \\\n    # for the database\n    libpq-dev \\\n"
                " && rm -rf /var/lib/apt/lists/*\n",
                "RUN apk add --no-cache \\\n"
                "    gcc musl-dev \\\n    # for the database\n    libpq-dev\n",
            ),
            (
                "RUN mkdir /x && apt-get update && apt-get -y install zlib1g-dev && make"
                " && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*\n",
                "RUN mkdir /x && apk add --no-cache zlib-dev && make\n",
            ),
        ],
    )
    def test_packages_of_debian_on_alpine(self, run: str, after: str) -> None:
        text = f"FROM python:3\n{run}CMD x\n"
        assert edited(text, "base=alpine") == f"FROM python:3-alpine\n{after}CMD x\n"

    def test_what_is_compiled_for_the_image_changes_its_libraries_with_it(self) -> None:
        text = (
            "FROM python:3.11 AS deps\nRUN apt-get update && apt-get install -y gcc\n"
            "FROM deps AS build\nRUN pip install --target /p numpy\n"
            "FROM node:20 AS page\nRUN apt-get install -y unheard-of && npm run build\n"
            "FROM python:3.11-slim\nCOPY --from=build /p /p\nCOPY --from=page /dist /dist\n"
        )
        assert edited(text, "base=alpine") == (
            "FROM python:3.11-alpine AS deps\nRUN apk add --no-cache gcc musl-dev\n"
            "FROM deps AS build\nRUN pip install --target /p numpy\n"
            "FROM node:20 AS page\nRUN apt-get install -y unheard-of && npm run build\n"
            "FROM python:3.11-alpine\nCOPY --from=build /p /p\nCOPY --from=page /dist /dist\n"
        )
        assert "FROM python:3.11 AS deps" in edited(text, "base=full"), "the same distribution"

    def test_stages_that_are_named_by_number_and_through_others_count(self) -> None:
        text = (
            "FROM node:20 AS a\nRUN npm ci\nFROM node:20-slim\nCOPY --from=a /n /n\n"
            "FROM node:20-slim\nCOPY --from=1 /n /n\n"
        )
        assert edited(text, "base=alpine").count("node:20-alpine") == 3

    @pytest.mark.parametrize(
        ("build", "said"),
        [
            ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "is built on ghcr.io/astral-sh/uv"),
            ("python:3.12 AS x\nRUN apt-get install -y unheard-of", "unheard-of"),
        ],
    )
    def test_what_is_compiled_elsewhere_keeps_the_distribution(self, build: str, said: str) -> None:
        text = f"FROM {build}\nFROM python:3.12-slim\nCOPY --from=0 /venv /venv\n"
        assert said in refused(text, "base=alpine")
        assert "python:3.12\n" in edited(text, "base=full").replace("3.12 AS x", "")

    def test_a_program_of_another_image_is_copied_as_before(self) -> None:
        text = "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n"
        assert edited(text, "base=alpine") == text.replace("3.12-slim", "3.12-alpine")

    @pytest.mark.parametrize(
        "start",
        [
            "HEALTHCHECK --interval=9s \\\n  CMD curl -f localhost || exit 1\n",
            'HEALTHCHECK CMD ["/usr/bin/curl", "-f", "localhost"]\n',
            'CMD ["sh", "-c", "curl -f localhost; exec node ."]\n',
        ],
    )
    def test_what_a_container_runs_and_the_variant_lacks_is_installed(self, start: str) -> None:
        text = f"FROM node:20 AS run\nUSER node\n{start}"
        keyword = start.split()[0]
        for level, rule, install in (
            ("slim", "DL3008", "apt-get update && apt-get install -y --no-install-recommends curl"),
            ("alpine", "DL3018", "apk add --no-cache curl"),
        ):
            head, said, pragma, run, *rest = edited(text, f"base={level}").splitlines(True)
            assert head == f"FROM node:20-{level} AS run\n"
            assert said == f"# {keyword}: curl is part of node:20\n"
            assert pragma == f"# hadolint ignore={rule}\n"
            assert run.startswith(f"RUN {install}")
            assert "".join(rest) == f"USER node\n{start}"

    def test_nor_does_a_variant_lack_what_a_script_runs(self) -> None:
        tree = Listing(("boot.sh",), {"bin/boot.sh": "#!/usr/bin/env bash\ngit pull\nexec node ."})
        scripts = programs_of_scripts(tree)
        for start in (
            'ENTRYPOINT ["./boot.sh"]\n',
            "CMD exec bin/boot.sh\n",
            'COPY --chmod=755 bin/boot.sh /boot\nENTRYPOINT ["/boot"]\n',
        ):
            text = f"FROM node:20\nCOPY . .\n{start}"
            assert "apk add --no-cache bash git\n" in edited(text, "base=alpine", scripts=scripts)
            assert "recommends git &&" in edited(text, "base=slim", scripts=scripts)
            slim = text.replace("20", "20-slim")
            assert "no-cache bash\n" in edited(slim, "base=alpine", scripts=scripts)

    def test_nor_what_the_sources_start(self) -> None:
        text = 'FROM python:3.11\nCOPY . .\nCMD ["python", "app.py"]\n'
        started = {"git": "app.py", "ffmpeg": "app.py"}
        for level, install in (("slim", "recommends git &&"), ("alpine", "add --no-cache git\n")):
            found = edited(text, f"base={level}", started=started)
            assert "# sources: git is part of python:3.11\n" in found
            assert install in found

    def test_nor_what_a_compose_file_starts(self) -> None:
        text = "FROM python:3.11-slim\nCOPY . .\n"
        found = edited(text, "base=alpine", started={"bash": COMPOSE, "python": COMPOSE})
        assert "# compose: bash is part of python:3.11-slim\n" in found
        assert "apk add --no-cache bash\n" in found

    @pytest.mark.parametrize("language", ["node", "python"])
    def test_neither_does_the_smaller_last_stage_of_several_lack_it(self, language: str) -> None:
        install = "npm ci" if language == "node" else "pip install -r requirements.txt"
        text = (
            f"FROM {language}:3.20\nWORKDIR /app\nRUN apt-get update && apt-get install -y git\n"
            f"COPY . .\nRUN {install}\nHEALTHCHECK CMD curl localhost\nCMD git fetch; {language} ."
        )
        final = edited(text, "stages=multi").rpartition("FROM ")[2]
        assert final.startswith(
            f"{language}:3.20-slim\n# HEALTHCHECK: curl is part of {language}:3.20\n"
            "# hadolint ignore=DL3008\nRUN apt-get update \\\n"
            "    && apt-get install -y --no-install-recommends curl git \\\n"
        )
        assert "install -y --no-install-recommends curl" in final
        assert final.index("git") < final.index("HEALTHCHECK CMD"), "installed before, so kept"

    @pytest.mark.parametrize(
        "text",
        [
            "FROM node:20\nHEALTHCHECK CMD curl x\nHEALTHCHECK CMD node x\n",
            "FROM node:20\nRUN apt-get install -y curl\nHEALTHCHECK CMD curl x\n",
            "FROM node:20-alpine\nHEALTHCHECK CMD curl x\n",
            "FROM node:20\nRUN curl x\nCMD node curl\n",
        ],
    )
    def test_what_none_runs_or_a_step_installs_is_not(self, text: str) -> None:
        assert "recommends curl" not in edited(text, "base=slim")


class TestToolchain:
    def test_a_compiler_leaves_the_run_that_used_it(self) -> None:
        text = "FROM debian\nRUN apt-get update && apt-get install -y gcc && pip install x\n"
        assert edited(text, "toolchain=purged") == (
            "FROM debian\nRUN apt-get update && apt-get install -y gcc && pip install x \\\n"
            "    && apt-get purge -y --auto-remove gcc\n"
        )

    def test_it_stays_where_a_later_run_may_use_it(self) -> None:
        text = "FROM debian\nRUN apt-get install -y gcc && pip install x\nRUN pip install y\n"
        assert "a later RUN uses" in refused(text, "toolchain=purged")

    def test_merged_first_both_work_together(self) -> None:
        text = "FROM debian\nRUN apt-get install -y gcc\nRUN pip install x\n"
        assert edited(text, "layers=merged", "toolchain=purged") == (
            "FROM debian\nRUN apt-get install -y gcc \\\n    && pip install x \\\n"
            "    && apt-get purge -y --auto-remove gcc\n"
        )


class TestMounts:
    def test_flags_and_removals_that_defeat_a_mount_go(self) -> None:
        text = (
            "FROM python:3.12\nRUN pip install --no-cache-dir x && rm -rf /root/.cache/pip\n"
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"
        )
        found = edited(text, "cache=mount", mount_ids=False)
        assert "--no-cache-dir" not in found
        assert "rm -rf" not in found
        assert "--mount=type=cache,target=/root/.cache/pip" in found
        assert "rm -f /etc/apt/apt.conf.d/docker-clean" in found

    def test_another_users_home_is_not_guessed(self) -> None:
        text = "FROM python:3.12\nUSER app\nRUN pip install x\n"
        assert "installs as the user app" in refused(text, "cache=mount")


class TestUser:
    def test_a_numeric_user_stands_above_the_command(self) -> None:
        assert edited('FROM a\nCMD ["x"]\n', "user=nobody") == 'FROM a\nUSER 65532\nCMD ["x"]\n'
        above = "FROM a\nCMD x\nCOPY . .\nRUN y\nENV Z=1\n"
        assert edited(above, "user=nobody") == above.replace("RUN y\n", "RUN y\nUSER 65532\n")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("FROM a\nUSER app\nCMD x\n", "runs as the user app already"),
            ("FROM a\nEXPOSE 80\nCMD x\n", "port 80"),
            ("FROM a\nRUN x\n", "starts no command"),
        ],
    )
    def test_it_is_left_to_the_owner(self, text: str, said: str) -> None:
        assert said in refused(text, "user=nobody")


class TestSquash:
    def test_the_configuration_is_carried_over(self) -> None:
        base = BaseConfig({"PATH": "/usr/bin", "V": 'a "b"'}, command=("sh",), user="app")
        text = 'FROM a\nENV A=1\nWORKDIR /x\nRUN y\nENTRYPOINT ["z"]\n'
        assert edited(text, "squash=one_layer", base=base) == (
            'FROM a AS whole\nENV A=1\nWORKDIR /x\nRUN y\nENTRYPOINT ["z"]\n\n'
            'FROM scratch\nCOPY --from=whole / /\nENV PATH="/usr/bin"\nENV V="a \\"b\\""\n'
            'USER app\nENV A=1\nWORKDIR /x\nENTRYPOINT ["z"]\n'
        )

    def test_an_unknown_base_is_not_guessed(self) -> None:
        assert "is not known without an engine" in refused("FROM a\nRUN x\n", "squash=one_layer")


class TestPurging:
    def test_only_what_the_image_keeps(self) -> None:
        text = "FROM python:3.12 AS b\nRUN pip install x\nFROM python:3.12\nCOPY --from=b /x /x\n"
        assert "in the stages of the image" in refused(text, "cache=purge")

    def test_the_style_of_the_file(self) -> None:
        text = "FROM a\nRUN set -eux; \\\n\tapt-get update; \\\n\tapt-get install -y x\n"
        assert edited(text, "cache=purge").endswith("-y x; \\\n\trm -rf /var/lib/apt/lists/*\n")

    def test_too_late_is_a_layer_of_its_own(self) -> None:
        text = "FROM a\nRUN pip install x\nCMD y\n"
        assert edited(text, "cache=purge_late").splitlines()[-2:] == [
            "RUN rm -rf ~/.cache/pip",
            "CMD y",
        ]


class TestOrderOfSeveralFiles:
    BOTH = tuple(Manifest((name,), "pip") for name in ("requirements.txt", "requirements-dev.txt"))

    @pytest.mark.parametrize(
        "run",
        [
            "pip install -r requirements-dev.txt -r requirements.txt",
            "pip install -r requirements-dev.txt && pip install -r requirements.txt",
            "if [ $DEV ]; then pip install -r requirements-dev.txt;"
            " else pip install -r requirements.txt; fi",
        ],
    )
    def test_all_that_one_run_may_read_is_copied(self, run: str) -> None:
        text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD x\n"
        assert (
            edited(text, "order=deps_first", manifests=self.BOTH)
            == "FROM python:3.12\nWORKDIR /app\nCOPY requirements-dev.txt requirements.txt ./\n"
            f"RUN {run}\nCOPY . .\nCMD x\n"
        )

    def test_files_of_pip_are_known_by_their_usual_names(self) -> None:
        names = ("constraints.txt", "dev-requirements.txt", "requirements/dev.txt")
        tree = Listing((*names, "requirements.in", "notes.txt"))
        assert [x.files for x in facts_of(tree).manifests] == [(name,) for name in names]

    @pytest.mark.parametrize(
        "options",
        [
            "-r dev-requirements.txt",
            "-r requirements.txt -r other.txt",
            "-r requirements.txt -c constraints.txt",
        ],
    )
    def test_a_file_that_is_not_known_keeps_the_sources_where_they_are(self, options: str) -> None:
        text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install {options}\nCMD x\n"
        assert "installs from the sources" in refused(text, "order=deps_first", manifests=self.BOTH)


class TestOrderWithinOneRun:
    MANIFESTS = (REQUIREMENTS, PACKAGES)

    @pytest.mark.parametrize(
        ("run", "first", "rest", "files"),
        [
            ("npm ci && npm run build", "npm ci", "npm run build", "package"),
            ("ls -la && npm ci && npm run a && npm run b", "ls -la && npm ci",
             "npm run a && npm run b", "package"),
            ("pip install -r requirements.txt \\\n    && python manage.py collectstatic",
             "pip install -r requirements.txt", "python manage.py collectstatic", "pip"),
        ],
    )  # fmt: skip
    def test_what_installs_is_run_before_the_sources_are_copied(
        self, run: str, first: str, rest: str, files: str
    ) -> None:
        names = "package.json package-lock.json" if files == "package" else "requirements.txt"
        text = f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD y\n"
        assert (
            edited(text, "order=deps_first", manifests=self.MANIFESTS)
            == f"FROM x\nWORKDIR /app\nCOPY {names} ./\nRUN {first}\nCOPY . .\nRUN {rest}\nCMD y\n"
        )

    @pytest.mark.parametrize(
        "run",
        [
            "npm run before && npm ci",
            "npm ci; npm run build",
            "export A=1 && npm ci && npm run build",
            "cd web && npm ci && npm run build",
            "npm ci && npm run build || true",
            "--mount=type=cache,target=/x npm ci && npm run build",
        ],
    )
    def test_what_cannot_be_run_apart_stays_one(self, run: str) -> None:
        text = f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD y\n"
        assert "may need the sources" in refused(text, "order=deps_first", manifests=self.MANIFESTS)


class TestStages:
    def test_python_gets_a_virtual_environment(self) -> None:
        text = (
            "FROM python:3.12-slim\nWORKDIR /app\nRUN useradd app\nCOPY . .\n"
            "RUN apt-get update && apt-get install -y gcc libpq-dev\n"
            "RUN pip install -r requirements.txt\nRUN python manage.py collectstatic\n"
            'COPY start.sh /start.sh\nUSER app\nEXPOSE 8000\nCMD ["/start.sh"]\n'
        )
        assert (
            edited(text, "stages=multi")
            == """\
FROM python:3.12-slim AS build
WORKDIR /app
RUN useradd app
COPY . .
RUN apt-get update && apt-get install -y gcc libpq-dev
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN python -m venv --without-pip /opt/venv \\
    && pip --python=/opt/venv/bin/python install -r requirements.txt
RUN python manage.py collectstatic
COPY start.sh /start.sh

FROM python:3.12-slim
# hadolint ignore=DL3008
RUN apt-get update \\
    && apt-get install -y --no-install-recommends libpq5 \\
    && rm -rf /var/lib/apt/lists/*
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
WORKDIR /app
EXPOSE 8000
RUN useradd app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
COPY start.sh /start.sh
USER app
CMD ["/start.sh"]
"""
        )

    @pytest.mark.parametrize(
        ("base", "run", "is_seen"),
        [
            ("python:3.11", "pip install x", True),
            ("python:3.11-alpine", "pip install -U pip setuptools && pip install x", True),
            ("python:3.11", "pip install wheel && pip install x", False),
            ("python:3.12", "pip install x", False),
            ("python", "pip install x", False),
            ("docker.io/library/python:3.12-slim", "pip install x", False),
            ("someone/python:3.12", "pip install x", True),
        ],
    )
    def test_an_environment_sees_what_the_image_brings(
        self, base: str, run: str, is_seen: bool
    ) -> None:
        text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD x\n"
        assert ("--system-site-packages" in edited(text, "stages=multi")) is is_seen

    @pytest.mark.parametrize(
        ("base", "run", "made"),
        [
            ("python:3.12", "python3 -m pip install x", "--without-pip"),
            ("python:3.12", "pip install -U pip && pip install x", "--without-pip"),
            ("python", "pip3 install x && pip3 install -e .", "--without-pip"),
            ("python:3.6", "pip install x", ""),
            ("python:3.12", "pip install x && pip list", ""),
            ("python:3.12", "pip install x && poetry install", ""),
            ("python:3.12", "pip3.12 install x", ""),
        ],
    )
    def test_the_environment_has_no_pip_where_nothing_needs_one(
        self, base: str, run: str, made: str
    ) -> None:
        text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD x\n"
        found = edited(text, "stages=multi")
        assert ("--without-pip" in found) == bool(made)
        assert ("pip --python=/opt/venv/bin/python install" in found) == bool(made)
        assert "pip --python=/opt/venv/bin/python install -U pip" not in found

    def test_node_leaves_development_dependencies_behind(self) -> None:
        text = (
            "FROM node:22\nWORKDIR /app\nCOPY --chown=node:node . .\nRUN npm ci\n"
            'RUN npm run build\nUSER node\nEXPOSE 3000\nCMD ["npm", "start"]\n'
        )
        assert (
            edited(text, "stages=multi")
            == """\
FROM node:22 AS build
WORKDIR /app
COPY --chown=node:node . .
RUN npm ci
RUN npm run build \\
    && npm prune --omit=dev

FROM node:22-slim
WORKDIR /app
EXPOSE 3000
COPY --from=build --chown=node:node /app /app
USER node
CMD ["npm", "start"]
"""
        )

    UV = (
        "FROM python:3.12\nWORKDIR /app\nRUN pip install uv\nCOPY pyproject.toml uv.lock ./\n"
        "RUN uv sync --locked --no-install-project\nCOPY . .\nRUN uv sync --locked\n"
        "ENV PATH=/app/.venv/bin:$PATH\nCMD uvicorn main:app\n"
    )

    def test_the_environment_of_uv_has_a_layer_of_its_own(self) -> None:
        assert (
            edited(self.UV, "stages=multi")
            == """\
FROM python:3.12 AS build
WORKDIR /app
RUN pip install uv
COPY pyproject.toml uv.lock ./
ENV UV_PROJECT_ENVIRONMENT=/opt/venv
RUN uv sync --locked --no-install-project
COPY . .
RUN uv sync --locked

FROM python:3.12-slim
ENV UV_PROJECT_ENVIRONMENT=/opt/venv
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
CMD uvicorn main:app
"""
        )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("CMD uvicorn", "CMD .venv/bin/uvicorn"),
            ("CMD uvicorn", "ENV UV_LINK_MODE=copy\nCMD uvicorn"),
            ("RUN uv sync --locked\n", "RUN uv sync --locked && .venv/bin/pytest\n"),
            ("/app/.venv/bin", "/app/.venv/bin:/srv/.venv/bin"),
            ("RUN uv sync --locked\n", "RUN pdm sync\n"),
            ("COPY . .", "USER app\nCOPY . ."),
        ],
    )
    def test_it_stays_where_something_else_names_it(self, before: str, after: str) -> None:
        found = edited(self.UV.replace(before, after), "stages=multi")
        assert "COPY --from=build /app /app\n" in found
        assert "/opt/venv" not in found

    @pytest.mark.parametrize(
        ("install", "build", "behind", "at_end", "user"),
        [
            (
                "npm ci",
                "",
                "npm prune --omit=dev \\\n    && mkdir -p /app/node_modules /production"
                " \\\n    && mv /app/node_modules /production/",
                "",
                "",
            ),
            (
                "npm ci --omit=dev",
                "",
                "mkdir -p /app/node_modules /production"
                " \\\n    && mv /app/node_modules /production/",
                "",
                "USER node\n",
            ),
            (
                "npm ci",
                "RUN npm run build",
                "mkdir -p /app/node_modules \\\n    && cp -a /app /production"
                " \\\n    && npm prune --prefix /production --omit=dev",
                "mkdir -p /built/service \\\n    && find /app -mindepth 1 -maxdepth 1"
                " ! -name node_modules -exec cp -a {} /built/service/ \\;",
                "",
            ),
            (
                "npm ci",
                "RUN npm run build && chown node /app",
                "mkdir -p /app/node_modules \\\n    && cp -a /app /production"
                " \\\n    && npm prune --prefix /production --omit=dev",
                "rm -rf /app/node_modules",
                "",
            ),
        ],
    )
    def test_packages_of_node_have_a_layer_of_their_own(
        self, install: str, build: str, behind: str, at_end: str, user: str
    ) -> None:
        manifest = Manifest(("package.json", "package-lock.json"), "npm")
        text = (
            f"FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN {install}\nCOPY . .\n"
            f"{build}{chr(10) if build else ''}{user}CMD node .\n"
        )
        found = edited(text, "stages=multi", manifests=(manifest,))
        second = "\nFROM packages AS build\nCOPY . .\n"
        rest = second if build else "\nFROM node:22-slim\n"
        kept = "/app" if "chown" in build else "/built/service"
        assert f"RUN {install} \\\n    && {behind}\n{rest}" in found
        assert (f"{build} \\\n    && {at_end}\n" in found) == bool(build)
        assert (
            f"COPY --from={'packages' if build else 'build'} /production/node_modules"
            " /app/node_modules\n"
            f"COPY {f'--from=build {kept} /app' if build else '. .'}\n"
        ) in found

    @pytest.mark.parametrize(
        ("before", "after", "manifest"),
        [
            ("", "", Manifest(("package.json",), "npm", written_later=True)),
            ("", "", Manifest(("package.json",), "npm", self_contained=False)),
            ("", "", Manifest(("web/package.json",), "npm")),
            ("COPY package.json", "COPY . /app/\nCOPY package.json", None),
            ("RUN npm ci", "USER node\nRUN npm ci", None),
            ("COPY . .\n", "", None),
            ("RUN npm ci", "RUN cd web && npm ci", None),
            ("RUN npm ci", "RUN npm ci && npm i left-pad", None),
            ("RUN npm run build", "RUN exec npm run build", None),
            ("RUN npm run build", "USER node\nRUN npm run build", None),
        ],
    )
    def test_not_where_something_else_may_write_into_them(
        self, before: str, after: str, manifest: Manifest | None
    ) -> None:
        text = (
            "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n"
            "RUN npm run build\nCMD node .\n"
        )
        usual = Manifest(("package.json",), "npm")
        assert "/production/node_modules" in edited(text, "stages=multi", manifests=(usual,))
        other = text.replace(before, after) if before else text
        found = edited(other, "stages=multi", manifests=(manifest or usual,))
        assert "/production/" not in found

    def test_packages_one_level_above_the_sources_are_kept(self) -> None:
        text = (
            "FROM node:22\nWORKDIR /opt/app\nCOPY package.json ./\nRUN npm ci\n"
            "WORKDIR /opt/app/src\nUSER node\nCOPY . .\nCMD node .\n"
        )
        assert (
            edited(text, "stages=multi")
            == """\
FROM node:22 AS build
WORKDIR /opt/app
COPY package.json ./
RUN npm ci \\
    && npm prune --omit=dev
WORKDIR /opt/app/src
USER node
COPY . .

FROM node:22-slim
WORKDIR /opt/app
WORKDIR /opt/app/src
COPY --from=build /opt/app /opt/app
USER node
CMD node .
"""
        )

    def test_it_is_pruned_where_it_was_installed(self) -> None:
        text = (
            "FROM node:22\nWORKDIR /opt/app\nCOPY . .\nRUN npm ci\n"
            "WORKDIR /opt/app/web\nRUN npm run build\nCMD node .\n"
        )
        found = edited(text, "stages=multi")
        assert "RUN npm run build \\\n    && cd /opt/app && npm prune --omit=dev\n" in found
        assert "COPY --from=build /opt/app /opt/app\n" in found

    def test_comments_go_with_what_they_are_about(self) -> None:
        text = (
            "# A shop.\nFROM python:3.12\nWORKDIR /app\nCOPY . .\n# What it needs.\n"
            "RUN pip install -r requirements.txt\n# Asked every minute.\n# By the platform.\n"
            "HEALTHCHECK --interval=1m CMD python ask.py\nCMD python app.py\n"
        )
        build, _, final = edited(text, "stages=multi").partition("\nFROM python:3.12-slim\n")
        about = "# Asked every minute.\n# By the platform.\nHEALTHCHECK --interval=1m CMD"
        assert build.startswith("# A shop.\n")
        assert "# What it needs.\n" in build
        assert "Asked" not in build
        assert about in final
        assert "#" not in final.replace(about, "")

    def test_go_becomes_a_static_program_on_nothing(self) -> None:
        text = (
            "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/shop ./cmd/shop\n"
            "EXPOSE 8080\nUSER app\nCMD shop -v\n"
        )
        assert (
            edited(text, "stages=multi", runtime_files=("templates",))
            == """\
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /bin/shop ./cmd/shop
RUN mkdir -p /tmp/rootfs/etc /tmp/rootfs/tmp \\
    && chmod 1777 /tmp/rootfs/tmp \\
    && cp /etc/passwd /etc/group /tmp/rootfs/etc/ \\
    && echo 'nonroot:x:65532:65532::/tmp:/bin/false' >> /tmp/rootfs/etc/passwd \\
    && zones="$(go env GOROOT)/lib/time/zoneinfo.zip" \\
    && if [ -e "$zones" ]; then mkdir -p /tmp/rootfs/usr/local/go/lib/time && cp "$zones" \
/tmp/rootfs/usr/local/go/lib/time/zoneinfo.zip; fi

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /tmp/rootfs/ /
ENV GOROOT=/usr/local/go
WORKDIR /src
EXPOSE 8080
COPY --from=build /src/templates /src/templates
COPY --from=build /bin/shop /bin/shop
USER 65532
CMD ["/bin/shop", "-v"]
"""
        )

    @pytest.mark.parametrize(
        ("base", "step", "started", "final"),
        [
            ("golang:1.22", "", "svn", "FROM scratch\n"),
            (
                "golang:1.22",
                "",
                "git",
                "FROM debian:bookworm-slim\n# sources: git is part of golang:1.22\n"
                "# hadolint ignore=DL3008\n"
                "RUN apt-get update && apt-get install -y --no-install-recommends git",
            ),
            (
                "golang:1.22",
                "RUN apt-get update && apt-get install -y ffmpeg unzip\n",
                "ffmpeg",
                "FROM debian:bookworm-slim\n# hadolint ignore=DL3008\nRUN apt-get update"
                " \\\n    && apt-get install -y --no-install-recommends ffmpeg \\\n",
            ),
            (
                "golang:1.22-alpine",
                "RUN apk add ffmpeg\n",
                "ffmpeg",
                "FROM alpine:3.20\n# hadolint ignore=DL3018\nRUN apk add --no-cache ffmpeg\n",
            ),
        ],
    )
    def test_a_go_service_that_starts_programs_gets_them(
        self, base: str, step: str, started: str, final: str
    ) -> None:
        text = (
            f"FROM {base}\nWORKDIR /src\n{step}COPY . .\nRUN go build -o /bin/shop .\n"
            'CMD ["/bin/shop"]\n'
        )
        assert final in edited(text, "stages=multi", started={started: "main.go"})

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("FROM a AS b\nFROM python:3\nCOPY --from=b /x /y\nCMD x\n", "several stages already"),
            ("FROM python:3\nWORKDIR /a\nRUN pip install x\n", "starts no command"),
            ("FROM python:3\nRUN pip install x\nCMD y\n", "no working directory"),
            ("FROM ruby:3\nWORKDIR /a\nRUN bundle\nCMD y\n", "image of no language"),
            (
                "FROM python:3\nWORKDIR /a\nRUN pip install x\nRUN curl x | sh\nCMD y\n",
                "line 4 runs curl, which may write anywhere",
            ),
            (
                "FROM python:3\nWORKDIR /a\nRUN pip install x\nRUN echo > /etc/y\nCMD y\n",
                "line 4 writes or reads /etc/y",
            ),
            (
                "FROM python:3\nWORKDIR /a\nRUN apt-get install -y libfoo-dev\n"
                "RUN pip install x\nCMD y\n",
                "which library of libfoo-dev",
            ),
            (
                "FROM python:3\nWORKDIR /b\nRUN pip install x && python make.py\n"
                "WORKDIR /a\nCMD y\n",
                "line 3 works in /b, which the final stage does not get",
            ),
            (
                "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN corepack enable\n"
                "RUN yarn install --immutable\nCMD y\n",
                "how yarn prunes development dependencies is not known",
            ),
            (
                "FROM node:3\nCOPY . /\nRUN npm ci\nWORKDIR /a\nCMD y\n",
                "line 3 works in /, which the final stage does not get",
            ),
            (
                "FROM golang:1\nWORKDIR /b\nRUN go build -o y .\nWORKDIR /a\nCMD /a/y\n",
                "not the program that it builds",
            ),
            (
                "FROM golang:1\nWORKDIR /a\nRUN go build ./...\nCMD y\n",
                "does not say where the program goes",
            ),
            (
                "FROM golang:1\nWORKDIR /a\nRUN go build -o /b .\nCMD y\n",
                "not the program that it builds",
            ),
        ],
    )
    def test_what_is_not_plain_stays_one_stage(self, text: str, said: str) -> None:
        assert said in refused(text, "stages=multi")


class TestPoetry:
    """Its virtual environments lie beside its caches, and must stay in the image."""

    TEXT = "FROM python:3.11\nCOPY . .\nRUN poetry install --only main\n"

    def test_a_purge_leaves_them(self) -> None:
        purged = edited(self.TEXT, "cache=purge")
        assert "rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts\n" in purged

    def test_a_mount_does_not_hide_them(self) -> None:
        mounted = edited(self.TEXT, "cache=mount")
        assert "target=/root/.cache/pypoetry/cache" in mounted
        assert "target=/root/.cache/pypoetry " not in mounted


@pytest.mark.parametrize(
    "removal",
    [
        "rm -rf /root/.cache",
        "rm -rf ~/.cache/*",
        "rm -rf $HOME/.cache/pypoetry",
        "rm -r ${HOME}/.cache/pypoetry/cache/",
        "find /root/.cache -type f -delete",
    ],
)
def test_a_removal_of_what_holds_a_cache_goes_where_the_cache_is_mounted(removal: str) -> None:
    """What is mounted below it cannot be removed: the build would fail."""
    text = f"FROM a\nRUN poetry install && {removal}\n"
    assert "rm " not in edited(text, "cache=mount")
    assert "find " not in edited(text, "cache=mount")
    assert "leaves a cache" in refused(text, "cache=purge")


@pytest.mark.parametrize(
    "removal", ["rm -rf /srv/.cache", "rm -rf ~/.cached", "rm -rf /root/.config"]
)
def test_a_removal_of_something_else_stays(removal: str) -> None:
    text = f"FROM a\nRUN poetry install && {removal}\n"
    assert removal in edited(text, "cache=mount")
    assert "rm -rf ~/.cache/pypoetry/cache" in edited(text, "cache=purge")


class TestBytecode:
    def test_pip_and_everything_else_in_its_stage_are_told(self) -> None:
        text = "FROM python:3.11\nRUN pip install -r r.txt && python -m pip install x\n"
        assert edited(text, "bytecode=none") == (
            "FROM python:3.11\nENV PYTHONDONTWRITEBYTECODE=1\n"
            "RUN pip install --no-compile -r r.txt && python -m pip install --no-compile x\n"
        )

    def test_a_variable_that_is_there_or_inherited_is_not_written_again(self) -> None:
        text = (
            "FROM python:3.11 AS base\nENV PYTHONDONTWRITEBYTECODE 1\n"
            "FROM base AS build\nRUN pip install x\nFROM Base\nRUN pip install y\n"
        )
        assert edited(text, "bytecode=none").count("PYTHONDONTWRITEBYTECODE") == 1
        below = "FROM python:3.11 AS base\nRUN pip install x\nFROM base\nRUN pip install y\n"
        assert edited(below, "bytecode=none").count("PYTHONDONTWRITEBYTECODE") == 1

    @pytest.mark.parametrize(
        ("run", "reason"),
        [
            ("pip install --compile x", "--compile"),
            ("uv pip install x", "no RUN installs with pip"),
            ("pip download x", "no RUN installs with pip"),
            ("make", "no RUN installs"),
        ],
    )
    def test_what_it_leaves_alone(self, run: str, reason: str) -> None:
        assert reason in refused(f"FROM python:3.11\nRUN {run}\n", "bytecode=none")

    def test_windows_line_ends_stay(self) -> None:
        text = "FROM python:3.11\r\nRUN pip install x\r\n"
        assert "ENV PYTHONDONTWRITEBYTECODE=1\r\n" in edited(text, "bytecode=none")


def test_a_purge_of_a_cache_is_no_use_of_a_compiler() -> None:
    text = "FROM a\nRUN dnf install -y git && apt-get install -y gcc\n"
    purged = edited(text, "cache=purge")
    assert "dnf clean all" in purged
    assert "later RUN uses" in refused(purged, "toolchain=purged")


class TestHeredocs:
    def test_a_purge_is_joined_to_the_last_command_whose_failure_stays_the_runs(self) -> None:
        text = "FROM a\nRUN <<EOF\napt-get update\napt-get install -y curl # why\nEOF\n"
        assert edited(text, "cache=purge") == text.replace(
            "curl", "curl && rm -rf /var/lib/apt/lists/*"
        )

    def test_where_the_shell_stops_at_errors_it_is_a_line_of_its_own(self) -> None:
        text = "FROM a\nRUN <<-'EOT'\n\tset -e\n\tpip install x\n\tEOT\n"
        assert edited(text, "cache=purge") == text.replace(
            "pip install x\n", "pip install x\n\trm -rf ~/.cache/pip\n"
        )

    def test_flags_and_recommended_packages_go_into_its_commands(self) -> None:
        text = "FROM a\nRUN <<EOF\napt-get install -y curl\npip install x\nEOF\n"
        assert "pip install --no-cache-dir x" in edited(text, "cache=flags")
        assert "--no-install-recommends" in edited(text, "recommends=none")

    def test_what_is_not_done_to_one_is_said_of_its_line(self) -> None:
        text = "FROM a\nRUN <<EOF\napt-get install -y x\nrm -rf /var/lib/apt/lists/*\nEOF\n"
        said = "line 2 removes caches in a here-document, which would empty the mount"
        assert refused(text, "cache=mount") == said
        nested = "FROM a\nRUN <<EOF\npip install -r /dev/stdin <<X\nflask\nX\nEOF\n"
        purged = refused(nested, "cache=purge")
        assert purged == "nothing can be put behind the last command of line 2"


class TestPackageLists:
    def test_lists_that_a_later_run_installs_from_stay(self) -> None:
        text = "FROM a\nRUN apt-get update\nRUN apt-get install -y curl\n"
        purged = edited(text, "cache=purge")
        assert purged.splitlines()[1] == "RUN apt-get update"

    def test_lists_that_are_fetched_anew_go(self) -> None:
        text = "FROM a\nRUN apt-get update\nRUN apt-get update && apt-get install -y curl\n"
        assert edited(text, "cache=purge").count("rm -rf /var/lib/apt/lists") == 2

    def test_a_run_that_ends_in_the_background_is_not_said_to_leave_no_cache(self) -> None:
        text = "FROM a\nRUN pip install x; sleep 1 &\n"
        assert "the last command of line 2" in refused(text, "cache=purge")


def test_what_a_comment_tells_a_linter_stays_with_its_instruction() -> None:
    text = (
        "FROM x\n# hadolint ignore=DL3016\nRUN npm i -g a\n# hadolint ignore=DL3059\nRUN b\nRUN c\n"
    )
    assert edited(text, "layers=merged") == (
        "FROM x\n# hadolint ignore=DL3016\nRUN npm i -g a\n# hadolint ignore=DL3059\n"
        "RUN b \\\n    && c\n"
    )
