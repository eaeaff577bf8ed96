"""The table of left-over caches: where each lies, and which line of a Dockerfile avoids it.

A kind is added by adding a row. `**/` at the front of a folder means anywhere; a `*` stands for
part of a name. A folder that is named by an environment variable of the image counts as well.
"""

from __future__ import annotations

from msgspec import Struct


class Advice(Struct, frozen=True):
    """A line that avoids the cache, for instructions in which `when` (a regular expression) is."""

    text: str
    """`{path}` stands for the folder that was found, from the root."""
    when: str = ""


class CacheKind(Struct, frozen=True):
    """What one tool leaves behind."""

    kind: str
    folders: tuple[str, ...]
    advice: tuple[Advice, ...]
    """The first whose `when` fits the instruction; the last has none."""
    copied: str = "leave it out of what is copied (.dockerignore)"
    """The advice where it came with the build context."""
    variables: tuple[str, ...] = ()
    """Environment variables that move the cache, some with what lies below their folder."""
    grouped: bool = False
    """Many small folders: told by the folder of packages or the top directory around them."""


def _mount(tool: str) -> Advice:
    return Advice(f"RUN --mount=type=cache,target={{path}} {tool}")


def _ran(tool: str, command: str) -> str:
    """An instruction in which a command of a tool ran. Only the first time that the tool is named
    is looked at, or the time would grow with the square of how often it is."""
    return rf"^(?>.*?\b{tool}\b).*\b{command}\b"


_REMOVED = Advice("rm -rf {path}/* at the end of the same RUN")

CACHE_KINDS: tuple[CacheKind, ...] = (
    CacheKind(
        "pip",
        ("**/.cache/pip",),
        (
            Advice(
                "pip install --no-cache-dir …, or RUN --mount=type=cache,target={path} pip …",
                when=_ran("pip3?", "install"),
            ),
            Advice("ENV PIP_NO_CACHE_DIR=1 before the instruction that runs pip"),
        ),
        variables=("PIP_CACHE_DIR", "XDG_CACHE_HOME/pip"),
    ),
    CacheKind(
        "poetry",
        ("**/.cache/pypoetry", "**/.cache/poetry"),
        (Advice("RUN --mount=type=cache,target={path} poetry install …"),),
        variables=("POETRY_CACHE_DIR", "XDG_CACHE_HOME/pypoetry"),
    ),
    CacheKind(
        "uv",
        ("**/.cache/uv",),
        (
            Advice(
                "uv … --no-cache, or RUN --mount=type=cache,target={path} uv … with"
                " UV_LINK_MODE=copy",
            ),
        ),
        variables=("UV_CACHE_DIR", "XDG_CACHE_HOME/uv"),
    ),
    CacheKind(
        "pipenv",
        ("**/.cache/pipenv",),
        (_mount("pipenv sync …"),),
        variables=("PIPENV_CACHE_DIR", "XDG_CACHE_HOME/pipenv"),
    ),
    CacheKind(
        "conda",
        tuple(
            f"**/{name}/pkgs"
            for name in (
                "*conda",
                "*conda2",
                "*conda3",
                "*mamba",
                "micromamba",
                "miniforge*",
                "mambaforge*",
                ".conda",
            )
        ),
        (
            Advice("micromamba clean --all --yes at the end of the same RUN", when=r"micromamba"),
            Advice("mamba clean -afy at the end of the same RUN", when=r"\bmamba\b"),
            Advice("conda clean -afy at the end of the same RUN"),
        ),
        variables=("CONDA_PKGS_DIRS",),
    ),
    CacheKind(
        "npm",
        ("**/.npm/_cacache", "**/.npm/_logs", "**/.npm/_npx", "**/.npm/_prebuilds"),
        (
            Advice(
                "npm cache clean --force in the same RUN, or RUN --mount=type=cache,target={path}"
            ),
        ),
        variables=("npm_config_cache", "NPM_CONFIG_CACHE"),
    ),
    CacheKind(
        "yarn",
        ("**/.cache/yarn", "usr/local/share/.cache", "**/.yarn/berry/cache"),
        (
            Advice(
                "yarn cache clean in the same RUN, or RUN --mount=type=cache,target={path} yarn …"
            ),
        ),
        variables=("YARN_CACHE_FOLDER", "XDG_CACHE_HOME/yarn"),
    ),
    CacheKind(
        "pnpm",
        ("**/pnpm/store", "**/.pnpm-store", "**/.cache/pnpm"),
        (Advice("RUN --mount=type=cache,target={path} pnpm install …"),),
        variables=("PNPM_HOME/store", "XDG_CACHE_HOME/pnpm"),
    ),
    CacheKind("node build cache", ("**/node_modules/.cache",), (_REMOVED,)),
    CacheKind(
        "apt lists",
        ("var/lib/apt/lists",),
        (Advice("rm -rf /var/lib/apt/lists/* at the end of the same RUN"),),
    ),
    CacheKind(
        "apt archives",
        ("var/cache/apt",),
        (
            Advice(
                "apt-get clean at the end of the same RUN, or RUN --mount=type=cache,target={path}"
            ),
        ),
    ),
    CacheKind(
        "apk",
        ("var/cache/apk", "etc/apk/cache"),
        (
            Advice("apk add --no-cache …", when=_ran("apk", "add")),
            Advice("rm -rf {path}/* in the same RUN"),
        ),
    ),
    CacheKind(
        "dnf",
        ("var/cache/dnf", "var/cache/libdnf5", "var/cache/microdnf"),
        (
            Advice("microdnf clean all at the end of the same RUN", when=r"\bmicrodnf\b"),
            Advice("dnf clean all at the end of the same RUN"),
        ),
    ),
    CacheKind("yum", ("var/cache/yum",), (Advice("yum clean all at the end of the same RUN"),)),
    CacheKind(
        "go",
        ("**/.cache/go-build", "**/go/pkg/mod", "**/go/pkg/sumdb"),
        (
            Advice(
                "RUN --mount=type=cache,target={path} go build …, or build in another stage and"
                " COPY --from only the binary"
            ),
        ),
        variables=(
            "GOCACHE",
            "GOMODCACHE",
            "XDG_CACHE_HOME/go-build",
            "GOPATH/pkg/mod",
            "GOPATH/pkg/sumdb",
        ),
    ),
    CacheKind(
        "cargo",
        (
            "**/.cargo/registry",
            "**/.cargo/git",
            "usr/local/cargo/registry",
            "usr/local/cargo/git",
        ),
        (
            Advice(
                "RUN --mount=type=cache,target={path} cargo build …, or build in another stage and"
                " COPY --from only the binary"
            ),
        ),
        variables=("CARGO_HOME/registry", "CARGO_HOME/git"),
    ),
    CacheKind(
        "composer",
        ("**/.composer/cache", "**/.cache/composer"),
        (_mount("composer …"),),
        variables=("COMPOSER_CACHE_DIR", "COMPOSER_HOME/cache", "XDG_CACHE_HOME/composer"),
    ),
    CacheKind(
        "bundler",
        ("usr/local/bundle/cache", "**/.bundle/cache"),
        (_mount("bundle install"),),
        variables=("GEM_HOME/cache",),
    ),
    CacheKind("maven", ("**/.m2/repository",), (_mount("mvn …"),)),
    CacheKind(
        "gradle",
        ("**/.gradle/caches",),
        (_mount("gradle …"),),
        variables=("GRADLE_USER_HOME/caches",),
    ),
    CacheKind(
        "ccache",
        ("**/.cache/ccache", "**/.ccache"),
        (_mount("make …"),),
        variables=("CCACHE_DIR", "XDG_CACHE_HOME/ccache"),
    ),
    CacheKind(
        "version control",
        ("**/.git", "**/.hg"),
        (
            Advice(
                "clone in another stage and COPY --from what is needed, or rm -rf {path} in the"
                " same RUN"
            ),
        ),
        copied="**/.git and **/.hg in .dockerignore",
    ),
    CacheKind("logs", ("var/log",), (Advice("rm -rf {path}/* at the end of the same RUN"),)),
    CacheKind(
        "temporary files",
        ("tmp", "var/tmp"),
        (Advice("RUN --mount=type=tmpfs,target={path} …, or rm -rf {path}/* in the same RUN"),),
        copied="RUN --mount=type=bind,source=FILE,target={path}/FILE … instead of copying it",
    ),
    CacheKind(
        "__pycache__",
        ("**/__pycache__",),
        (
            Advice(
                "pip install --no-compile … and ENV PYTHONDONTWRITEBYTECODE=1 (modules are then"
                " compiled at every start)",
                when=_ran("pip3?", "install"),
            ),
            Advice(
                "find /usr -name __pycache__ -prune -exec rm -rf {} + at the end of the same RUN"
                " (the packages' scripts compile whatever the environment says)",
                when=_ran("apt(?:-get)?", "install"),
            ),
            Advice(
                "ENV PYTHONDONTWRITEBYTECODE=1 before the first instruction that runs Python"
                " (modules are then compiled at every start)"
            ),
        ),
        copied="**/__pycache__ in .dockerignore",
        grouped=True,
    ),
)
