"""Every known installer, with the caches that it fills and the options that prevent them."""

from __future__ import annotations

from runner.dockerfile.facts import CacheDirectory, Installer

PYTHON = (
    Installer(
        name="pip",
        programs=r"pip[\d.]*",
        verbs=(("install",), ("wheel",), ("download",)),
        no_cache_flag="--no-cache-dir",
        no_cache_spellings=("--no-cache",),
        no_cache_variable="PIP_NO_CACHE_DIR",
        caches=(CacheDirectory("~/.cache/pip"),),
        defeats_mounts=("--no-cache-dir", "--no-cache"),
        ecosystem="python",
    ),
    Installer(
        name="uv",
        programs="uv",
        verbs=(("pip", "install"), ("pip", "sync"), ("sync",), ("add",), ("tool", "install")),
        no_cache_flag="--no-cache",
        no_cache_variable="UV_NO_CACHE",
        caches=(CacheDirectory("~/.cache/uv"),),
        defeats_mounts=("--no-cache", "-n"),
        ecosystem="python",
    ),
    Installer(
        name="poetry",
        programs="poetry",
        verbs=(("install",), ("sync",), ("add",), ("update",)),
        no_cache_flag="--no-cache",
        # Beside these two lie its virtual environments.
        caches=(
            CacheDirectory("~/.cache/pypoetry/cache"),
            CacheDirectory("~/.cache/pypoetry/artifacts"),
        ),
        defeats_mounts=("--no-cache",),
        ecosystem="python",
    ),
    Installer(
        name="pdm",
        programs="pdm",
        verbs=(("install",), ("sync",), ("add",)),
        caches=(CacheDirectory("~/.cache/pdm"),),
        ecosystem="python",
    ),
    Installer(
        name="pipenv",
        programs="pipenv",
        verbs=(("install",), ("sync",)),
        caches=(CacheDirectory("~/.cache/pipenv"), CacheDirectory("~/.cache/pip")),
        ecosystem="python",
    ),
    Installer(
        name="conda",
        programs="conda|mamba|micromamba",
        verbs=(("install",), ("create",), ("update",), ("env", "create"), ("env", "update")),
        clean="{program} clean --all --yes",
        caches=(CacheDirectory("/opt/conda/pkgs"),),
        ecosystem="python",
    ),
)

NODE = (
    Installer(
        name="npm",
        programs="npm",
        verbs=(("ci",), ("install",), ("i",), ("clean-install",)),
        caches=(CacheDirectory("~/.npm"),),
        ecosystem="node",
    ),
    Installer(
        name="yarn",
        programs="yarn|yarnpkg",
        verbs=(("install",), ("add",), ("global", "add"), ("workspaces", "focus"), ()),
        clean="yarn cache clean",
        caches=(CacheDirectory("/usr/local/share/.cache/yarn"),),
        ecosystem="node",
    ),
    Installer(
        name="pnpm",
        programs="pnpm",
        verbs=(("install",), ("i",), ("add",), ("fetch",), ("deploy",)),
        caches=(CacheDirectory("~/.local/share/pnpm/store"), CacheDirectory("~/.cache/pnpm")),
        ecosystem="node",
    ),
    Installer(
        name="bun",
        programs="bun",
        verbs=(("install",), ("i",), ("add",)),
        caches=(CacheDirectory("~/.bun/install/cache"),),
        ecosystem="node",
    ),
)

GO = (
    Installer(
        name="go",
        programs="go",
        verbs=(
            *(("build",), ("install",), ("mod", "download"), ("mod", "vendor"), ("get",)),
            *(("test",), ("vet",)),
        ),
        caches=(CacheDirectory("~/.cache/go-build"), CacheDirectory("/go/pkg/mod")),
        ecosystem="go",
    ),
)

RUST = (
    Installer(
        name="cargo",
        programs="cargo",
        verbs=(("build",), ("install",), ("fetch",), ("test",), ("check",), ("chef", "cook")),
        caches=(
            CacheDirectory("/usr/local/cargo/registry"),
            CacheDirectory("/usr/local/cargo/git/db"),
        ),
        ecosystem="rust",
    ),
)

_OF_RPM = (("install",), ("update",), ("upgrade",), ("groupinstall",), ("reinstall",))

SYSTEM = (
    Installer(
        name="apt",
        programs="apt-get|apt|aptitude",
        fetches_lists=True,
        verbs=(("update",), ("install",), ("upgrade",), ("dist-upgrade",)),
        caches=(
            CacheDirectory("/var/lib/apt/lists", contents_only=True, locked=True),
            CacheDirectory("/var/cache/apt", contents_only=True, locked=True, purged=False),
        ),
    ),
    Installer(
        name="apk",
        programs="apk",
        verbs=(("add",), ("update",), ("upgrade",)),
        no_cache_flag="--no-cache",
        caches=(CacheDirectory("/var/cache/apk", contents_only=True, locked=True),),
        defeats_mounts=("--no-cache",),
        # Without either there is no index to look packages up in.
        instead="--update-cache",
        fills_mount="--cache-dir=/var/cache/apk",
    ),
    Installer(
        name="dnf",
        programs="dnf|dnf5",
        verbs=_OF_RPM,
        clean="{program} clean all",
        caches=(
            CacheDirectory("/var/cache/dnf", locked=True),
            CacheDirectory("/var/cache/libdnf5", locked=True),
        ),
        fills_mount="--setopt=keepcache=1",
    ),
    Installer(
        name="yum",
        programs="yum|microdnf",
        verbs=_OF_RPM,
        clean="{program} clean all",
        caches=(
            CacheDirectory("/var/cache/yum", locked=True),
            CacheDirectory("/var/cache/dnf", locked=True),
        ),
        fills_mount="--setopt=keepcache=1",
    ),
    Installer(
        name="zypper",
        programs="zypper",
        verbs=(("install",), ("in",), ("update",)),
        clean="zypper clean --all",
        caches=(CacheDirectory("/var/cache/zypp", locked=True),),
    ),
    Installer(
        name="pacman",
        programs="pacman",
        verbs=(("-S",), ("-Sy",), ("-Syu",)),
        caches=(CacheDirectory("/var/cache/pacman/pkg", contents_only=True, locked=True),),
    ),
)

INSTALLERS: tuple[Installer, ...] = (*PYTHON, *NODE, *GO, *RUST, *SYSTEM)
