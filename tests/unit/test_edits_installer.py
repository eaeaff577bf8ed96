"""installer=uv, npm_ci and pnpm: what takes the place of pip and npm, and where these stay."""

from __future__ import annotations

import pytest

from runner.dockerfile.facts import Manifest
from tests.unit.edited_texts import PACKAGES, REQUIREMENTS, edited, refused


class TestUv:
    UV = "uv==0.13.9"

    def test_the_requirements_of_a_plain_dockerfile(self) -> None:
        text = "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\nCMD x\n"
        assert edited(text, "installer=uv") == (
            "FROM python:3.12\nCOPY . .\n"
            f"RUN pip install --no-cache-dir {self.UV} \\\n"
            "    && uv pip install --system --compile-bytecode -r requirements.txt \\\n"
            "    && pip uninstall -y uv\nCMD x\n"
        )

    def test_options_of_pip_that_uv_says_otherwise_or_not_at_all(self) -> None:
        text = (
            "FROM python:3.12\nRUN apt-get update \\\n    # why\n && pip3.12 --no-cache-dir install"
            " \\\n    --no-compile \\\n    --timeout 60 -I"
            " --extra-index-url=https://example.org \\\n    'flask>3'\n"
        )
        assert edited(text, "installer=uv") == (
            "FROM python:3.12\nRUN apt-get update \\\n    # why\n"
            f" && pip3.12 install --no-cache-dir {self.UV} \\\n"
            '    && uv pip --no-cache install --python "$(command -v python3.12)"'
            " --index-strategy unsafe-best-match \\\n"
            "    --reinstall --extra-index-url=https://example.org \\\n    'flask>3' \\\n"
            "    && pip3.12 uninstall -y uv\n"
        )

    def test_a_pip_of_a_virtual_environment_and_tools_that_pip_goes_on_installing(self) -> None:
        text = (
            "FROM python:3.12 AS build\nRUN python -m venv /v && /v/bin/pip install -U pip wheel"
            " && /v/bin/pip install -e . && /v/bin/python -m pip install -c c.txt x\n"
            "FROM python:3.12\nCOPY --from=build /v /v\n"
        )
        found = edited(text, "installer=uv")
        assert "/v/bin/pip install -U pip wheel && /v/bin/pip install --no-cache-dir uv" in found
        assert "/v/bin/uv pip install --python /v/bin/python3 --compile-bytecode -e ." in found
        assert "/v/bin/uv pip install --python /v/bin/python --compile-bytecode -c c.txt x" in found
        assert found.count(" uninstall -y uv") == 1

    def test_a_path_in_quotes_stays_in_quotes(self) -> None:
        text = 'FROM python:3.12\nRUN "${HOME_OF}/v/bin/pip" install x\n'
        found = edited(text, "installer=uv")
        python = '--python "${HOME_OF}/v/bin/python3"'
        assert f'&& "${{HOME_OF}}/v/bin/uv" pip install {python} --compile-bytecode x' in found

    def test_what_debian_asks_for_and_variables(self) -> None:
        text = (
            "FROM debian:12\nENV PIP_NO_CACHE_DIR=1\n"
            "RUN pip install --break-system-packages flask\n"
        )
        found = edited(text, "installer=uv")
        assert "pip install --no-cache-dir --break-system-packages uv" in found
        assert "--compile-bytecode --no-cache --break-system-packages flask" in found
        assert found.endswith("&& pip uninstall -y --break-system-packages uv\n")

    def test_no_cache_is_said_once_however_pip_was_told(self) -> None:
        text = "FROM python:3.12\nENV PIP_NO_CACHE_DIR=1\nRUN pip install --no-cache flask\n"
        found = edited(text, "installer=uv")
        assert "uv pip install --system --compile-bytecode --no-cache flask" in found

    def test_an_environment_that_a_build_stage_makes(self) -> None:
        text = "FROM python:3.12\nWORKDIR /a\nCOPY . .\nRUN pip install -r r.txt\nCMD x\n"
        found = edited(text, "stages=multi", "installer=uv")
        assert (
            "&& uv pip install --python /opt/venv/bin/python --compile-bytecode -r r.txt" in found
        )
        assert "&& pip uninstall -y uv" in found

    def test_other_edits_go_on_with_it(self) -> None:
        text = "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\n"
        levels = ("installer=uv", "bytecode=none", "cache=purge", "order=deps_first")
        found = edited(text, *levels, manifests=(REQUIREMENTS,))
        assert "--compile-bytecode" not in found
        assert "rm -rf ~/.cache/uv\n" in found
        text = "FROM python:3.12\nCOPY . .\nRUN uv pip install -r requirements.txt\n"
        first = edited(text, "order=deps_first", manifests=(REQUIREMENTS,))
        assert first.endswith("RUN uv pip install -r requirements.txt\nCOPY . .\n")

    @pytest.mark.parametrize(
        ("rest", "said"),
        [
            ("RUN uv pip install x\n", "pip installs nothing of the project"),
            ("RUN pip install --upgrade pip poetry==2\n", "pip installs nothing of the project"),
            ("RUN pip install --prefer-binary x\n", "no option like pip's --prefer-binary"),
            ("RUN pip install --user x\n", "no option like pip's --user"),
            ("RUN pip install x || true\n", "line 2 is more than a chain"),
            ("RUN pip install x > /log\n", "line 2 is more than a chain"),
            ("RUN A=b pip install x\n", "line 2 is more than a chain"),
            ("ENV PIP_INDEX_URL=x\nRUN pip install x\n", "configured by PIP_INDEX_URL"),
            ("USER app\nRUN pip install x\n", "as the user app"),
            ("RUN make\n", "no RUN installs with a program"),
        ],
    )
    def test_where_pip_stays(self, rest: str, said: str) -> None:
        assert said in refused(f"FROM python:3.12\n{rest}", "installer=uv")

    def test_packages_of_conda_stay(self) -> None:
        text = "FROM continuumio/miniconda3\nRUN pip install x\n"
        assert "conda" in refused(text, "installer=uv")


class TestNpmCi:
    @pytest.mark.parametrize(
        "copy",
        [
            "WORKDIR /app\nCOPY . .\n",
            "WORKDIR /app\nCOPY package*.json ./\n",
            'WORKDIR /app\nCOPY ["package.json", "package-lock.json", "/app"]\n',
            "WORKDIR /srv\nWORKDIR ../app\nADD package-lock.json /app/\n",
        ],
    )
    def test_the_verb_where_the_lock_is_there(self, copy: str) -> None:
        text = f"FROM node:22\n{copy}RUN apt-get update && npm  install --omit=dev\n"
        found = edited(text, "installer=npm_ci", manifests=(PACKAGES,))
        assert found == text.replace("npm  install", "npm  ci")

    def test_the_stage_that_it_is_built_on_counts(self) -> None:
        text = "FROM node:22 AS a\nWORKDIR /x\nCOPY package*.json .\nFROM a\nRUN npm i\n"
        assert edited(text, "installer=npm_ci", manifests=(PACKAGES,)).endswith("RUN npm ci\n")

    def test_a_manifest_below_the_root(self) -> None:
        below = Manifest(("web/package.json", "web/package-lock.json"), "npm")
        text = "FROM node:22\nWORKDIR /app/web\nCOPY . /app\nRUN npm install\n"
        assert "RUN npm ci" in edited(text, "installer=npm_ci", manifests=(below,))
        text = "FROM node:22\nWORKDIR /app\nCOPY web .\nRUN npm install\n"
        assert "RUN npm ci" in edited(text, "installer=npm_ci", manifests=(below,))
        text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
        assert "to /app" in refused(text, "installer=npm_ci", manifests=(below,))

    @pytest.mark.parametrize(
        ("run", "said"),
        [
            ("npm ci", "npm ci already"),
            ("npm install express", "no RUN runs npm install"),
            ("npm install -g pm2", "no RUN runs npm install"),
            ("npm install --no-package-lock", "without a lock"),
            ("cd web && npm install", "changes the directory"),
        ],
    )
    def test_what_stays(self, run: str, said: str) -> None:
        text = f"FROM node:22\nWORKDIR /a\nCOPY . .\nRUN {run}\n"
        assert said in refused(text, "installer=npm_ci", manifests=(PACKAGES,))

    def test_a_lock_that_is_not_copied(self) -> None:
        text = "FROM node:22\nWORKDIR /a\nCOPY package.json .\nRUN npm install\nCOPY . .\n"
        said = refused(text, "installer=npm_ci", manifests=(PACKAGES,))
        assert said == "line 4: no COPY above it brings package-lock.json to /a"
        assert "no package-lock.json" in refused(text, "installer=npm_ci")


class TestPnpm:
    HEAD = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
    ADD = "npm install --global pnpm@10 \\\n    && "
    IMPORT = (
        "pnpm import \\\n    && pnpm install --frozen-lockfile --config.node-linker=isolated"
        " --config.dangerously-allow-all-builds=true"
    )
    REMOVE = " \\\n    && npm uninstall --global pnpm \\\n    && rm -rf ~/.npm\n"

    @pytest.mark.parametrize("run", ["npm ci", "npm install --no-audit", "npm i -s"])
    def test_a_plain_dockerfile(self, run: str) -> None:
        found = edited(f"{self.HEAD}RUN {run}\n", "installer=pnpm", manifests=(PACKAGES,))
        assert found == f"{self.HEAD}RUN {self.ADD}{self.IMPORT}{self.REMOVE}"

    def test_production_and_scripts(self) -> None:
        text = f"{self.HEAD}RUN npm ci --omit=dev --ignore-scripts && npm run build\n"
        found = edited(text, "installer=pnpm", manifests=(PACKAGES,))
        whole = f"RUN {self.ADD}{self.IMPORT} --prod --ignore-scripts{self.REMOVE}"
        assert found == f"{self.HEAD}{whole.rstrip()} && npm run build\n"

    def test_stages_and_what_is_pruned_in_them(self) -> None:
        text = f"{self.HEAD}RUN npm ci\nRUN npm run build\nEXPOSE 1\nCMD node .\n"
        found = edited(text, "stages=multi", "installer=pnpm", manifests=(PACKAGES,))
        assert f"&& {self.ADD}CI=true pnpm prune --prod{self.REMOVE}" in found
        assert found.count("npm uninstall") == 2

    def test_what_is_mounted_is_not_removed(self) -> None:
        mount = "--mount=type=cache,target=/root/.npm"
        text = f"{self.HEAD}RUN {mount} npm ci\n"
        found = edited(text, "installer=pnpm", manifests=(PACKAGES,))
        assert found.endswith("npm uninstall --global pnpm\n")
        text = f"{self.HEAD}RUN npm ci\n"
        found = edited(text, "installer=pnpm", "cache=mount", manifests=(PACKAGES,))
        assert found.endswith("npm uninstall --global pnpm\n")

    @pytest.mark.parametrize(
        ("run", "said"),
        [
            ("npm ci\nRUN npm install express", "runs npm install, which does not know"),
            ("npm ci\nRUN npm dedupe", "runs npm dedupe"),
            ("npm ci --force", "no option like npm's --force"),
            ("npm ci; npm test", "more than a chain"),
            ("npm run build", "no RUN runs npm ci or npm install"),
        ],
    )
    def test_what_stays_with_npm(self, run: str, said: str) -> None:
        assert said in refused(f"{self.HEAD}RUN {run}\n", "installer=pnpm", manifests=(PACKAGES,))

    def test_workspaces_and_users_stay_with_npm(self) -> None:
        manifest = Manifest(PACKAGES.files, "npm", False, "package.json has workspaces")
        text = f"{self.HEAD}RUN npm ci\n"
        assert "workspaces" in refused(text, "installer=pnpm", manifests=(manifest,))
        text = f"{self.HEAD}USER node\nRUN npm ci\n"
        assert "user node" in refused(text, "installer=pnpm", manifests=(PACKAGES,))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("pip install x \\\n    --no-cache-dir\n", "pip install x\n"),
        ("pip install x \\\n    --no-cache-dir", "pip install x"),
        ("pip install \\\n    --no-cache-dir \\\n    x\n", "pip install \\\n    x\n"),
        ("pip install \\\n    --no-cache-dir x\n", "pip install \\\n    x\n"),
        ("pip install x \\\n    # \\ why\n\n  --no-cache-dir\n", "pip install x\n    # \\ why\n"),
        ("pip install --no-cache-dir x\n", "pip install x\n"),
    ],
)
def test_a_word_goes_with_the_line_that_it_stands_on(text: str, after: str) -> None:
    found = edited(f"FROM a\nRUN {text}CMD y\n".replace("dirCMD y\n", "dir"), "cache=mount")
    assert f"target=/root/.cache/pip \\\n    {after}" in found
    assert found.count("CMD y") == text.endswith("\n")
