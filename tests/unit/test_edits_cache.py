"""Each package manager under each level of `cache`: the option, the removal, the mount."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runner.ecosystems.installers import INSTALLERS
from tests.unit.edited_texts import edited, refused


@dataclass(frozen=True)
class Known:
    """What the levels make of one command."""

    command: str
    flags: str
    """The command with its option; empty where the program has none."""
    purge: str
    """What stands behind it in the same RUN."""
    mounts: tuple[str, ...]
    mounted: str = ""
    """The command with its mounts, where it is not the same."""
    locked: bool = False


OF_APT = ("/var/lib/apt/lists", "/var/cache/apt")
KNOWN = {
    "pip": Known(
        "pip install x",
        "pip install --no-cache-dir x",
        "rm -rf ~/.cache/pip",
        ("/root/.cache/pip",),
    ),
    "pip as a module": Known(
        "python3 -m pip install x",
        "python3 -m pip install --no-cache-dir x",
        "rm -rf ~/.cache/pip",
        ("/root/.cache/pip",),
    ),
    "uv": Known("uv sync", "uv sync --no-cache", "rm -rf ~/.cache/uv", ("/root/.cache/uv",)),
    "uv pip": Known(
        "uv pip install x",
        "uv pip install --no-cache x",
        "rm -rf ~/.cache/uv",
        ("/root/.cache/uv",),
    ),
    "poetry": Known(
        "poetry install --only main",
        "poetry install --no-cache --only main",
        "rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts",
        ("/root/.cache/pypoetry/cache", "/root/.cache/pypoetry/artifacts"),
    ),
    "pdm": Known("pdm sync --prod", "", "rm -rf ~/.cache/pdm", ("/root/.cache/pdm",)),
    "pipenv": Known(
        "pipenv sync",
        "",
        "rm -rf ~/.cache/pipenv ~/.cache/pip",
        ("/root/.cache/pipenv", "/root/.cache/pip"),
    ),
    "conda": Known("conda install -y x", "", "conda clean --all --yes", ("/opt/conda/pkgs",)),
    "micromamba": Known(
        "micromamba create -f e.yml", "", "micromamba clean --all --yes", ("/opt/conda/pkgs",)
    ),
    "npm": Known("npm ci", "", "rm -rf ~/.npm", ("/root/.npm",)),
    "yarn": Known("yarn install", "", "yarn cache clean", ("/usr/local/share/.cache/yarn",)),
    "pnpm": Known(
        "pnpm install",
        "",
        "rm -rf ~/.local/share/pnpm/store ~/.cache/pnpm",
        ("/root/.local/share/pnpm/store", "/root/.cache/pnpm"),
    ),
    "bun": Known("bun install", "", "rm -rf ~/.bun/install/cache", ("/root/.bun/install/cache",)),
    "go": Known(
        "go build ./...",
        "",
        "rm -rf ~/.cache/go-build /go/pkg/mod",
        ("/root/.cache/go-build", "/go/pkg/mod"),
    ),
    "go modules": Known(
        "go mod download",
        "",
        "rm -rf ~/.cache/go-build /go/pkg/mod",
        ("/root/.cache/go-build", "/go/pkg/mod"),
    ),
    "cargo": Known(
        "cargo build --release",
        "",
        "rm -rf /usr/local/cargo/registry /usr/local/cargo/git/db",
        ("/usr/local/cargo/registry", "/usr/local/cargo/git/db"),
    ),
    "apt": Known(
        "apt-get install -y x",
        "",
        "rm -rf /var/lib/apt/lists/*",
        OF_APT,
        "rm -f /etc/apt/apt.conf.d/docker-clean \\\n    && apt-get install -y x",
        locked=True,
    ),
    "apk": Known(
        "apk add x",
        "apk add --no-cache x",
        "rm -rf /var/cache/apk/*",
        ("/var/cache/apk",),
        "apk add --cache-dir=/var/cache/apk x",
        locked=True,
    ),
    "dnf": Known(
        "dnf install -y x",
        "",
        "dnf clean all",
        ("/var/cache/dnf", "/var/cache/libdnf5"),
        "dnf install --setopt=keepcache=1 -y x",
        locked=True,
    ),
    "yum": Known(
        "yum install -y x",
        "",
        "yum clean all",
        ("/var/cache/yum", "/var/cache/dnf"),
        "yum install --setopt=keepcache=1 -y x",
        locked=True,
    ),
    "microdnf": Known(
        "microdnf install x",
        "",
        "microdnf clean all",
        ("/var/cache/yum", "/var/cache/dnf"),
        "microdnf install --setopt=keepcache=1 x",
        locked=True,
    ),
    "zypper": Known(
        "zypper install -y x", "", "zypper clean --all", ("/var/cache/zypp",), locked=True
    ),
    "pacman": Known(
        "pacman -Sy x",
        "",
        "rm -rf /var/cache/pacman/pkg/*",
        ("/var/cache/pacman/pkg",),
        locked=True,
    ),
}
each = pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)


@each
def test_the_option_that_keeps_no_cache(known: Known) -> None:
    text = f"FROM a\nRUN {known.command}\n"
    if known.flags:
        assert edited(text, "cache=flags") == f"FROM a\nRUN {known.flags}\n"
        assert "leaves a cache" in refused(f"FROM a\nRUN {known.flags}\n", "cache=purge")
    else:
        assert "that a flag prevents" in refused(text, "cache=flags")


@each
def test_the_removal_in_the_same_run(known: Known) -> None:
    text = f"FROM a\nRUN {known.command}\n"
    purged = f"FROM a\nRUN {known.command} \\\n    && {known.purge}\n"
    assert edited(text, "cache=purge") == purged


@each
def test_the_removal_that_comes_too_late(known: Known) -> None:
    found = edited(f"FROM a\nRUN {known.command}\nENV X=y\n", "cache=purge_late")
    assert found.splitlines()[1] == f"RUN {known.command}"
    assert found.splitlines()[3:] == [f"RUN {known.purge}", "ENV X=y"]


@each
def test_the_mounts_that_outlive_a_build(known: Known) -> None:
    sharing = ",sharing=locked" if known.locked else ""
    mounts = "".join(f"--mount=type=cache,target={path}{sharing} \\\n    " for path in known.mounts)
    text = f"FROM a\nRUN {known.command}\n"
    after = f"FROM a\nRUN {mounts}{known.mounted or known.command}\n"
    assert edited(text, "cache=mount", mount_ids=False) == after


@each
def test_a_mount_takes_the_place_of_a_removal(known: Known) -> None:
    text = f"FROM a\nRUN {known.command} && {known.purge}\n"
    assert known.purge not in edited(text, "cache=mount")


def test_every_installer_is_tried() -> None:
    programs = {known.command.split()[0] for known in KNOWN.values()}
    tried = {x.name for x in INSTALLERS for name in programs if name in x.programs.split("|")} | {
        "pip"
    }
    assert tried == {installer.name for installer in INSTALLERS}


def test_apk_with_a_mount_still_has_an_index() -> None:
    """Without its cache it fetches one for each command; with one it must be told to."""
    text = "FROM alpine\nRUN apk add --no-cache x\n"
    assert "apk add --cache-dir=/var/cache/apk --update-cache x" in edited(text, "cache=mount")


def test_what_comes_too_late_stands_apart_from_a_here_document() -> None:
    found = edited("FROM a\nRUN <<EOF\napk add git\nEOF\nCMD x\n", "cache=purge_late")
    assert "\nEOF\n\n# Too late" in found


def test_a_here_document_gets_its_mounts_where_it_removes_no_cache() -> None:
    text = (
        "FROM python:3.12\nRUN <<EOF\n#!/bin/sh\nset -e\napt-get update\napt-get install -y gcc\n"
        "pip install --no-cache-dir x\nEOF\nCMD x\n"
    )
    before, _, script = edited(text, "cache=mount").partition("<<EOF\n")
    assert before.count("\n") == 1
    assert before.count("--mount=type=cache,") == 3
    assert script == (
        "#!/bin/sh\nrm -f /etc/apt/apt.conf.d/docker-clean\nset -e\napt-get update\n"
        "apt-get install -y gcc\npip install x\nEOF\nCMD x\n"
    )
    emptied = text.replace("EOF\nCMD", "rm -rf /root/.cache/pip\nEOF\nCMD")
    assert "removes caches in a here-document" in refused(emptied, "cache=mount")


def test_a_mount_leaves_what_else_an_rm_removes() -> None:
    removal = "rm -rf /var/lib/apt/lists/* /tmp/* /var/cache/apt/archives"
    text = f"FROM debian\nRUN apt-get install -y x && {removal} && date\n"
    assert edited(text, "cache=mount").endswith("install -y x && rm -rf /tmp/* && date\n")


@pytest.mark.parametrize("option", ["--no-cache-dir", "--no-cache"])
def test_pip_knows_its_option_by_the_beginning(option: str) -> None:
    text = f"FROM python:3.12\nRUN pip install {option} x\n"
    assert "keeps a cache that a flag prevents" in refused(text, "cache=flags")
    assert refused(text, "cache=purge")
    assert edited(text, "cache=mount").endswith("    pip install x\n")
