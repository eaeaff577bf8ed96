"""The table of left-over caches: where each lies, and which line of a Dockerfile avoids it.

A kind is added by adding a row. `**/` at the front of a directory means anywhere; a `*` stands for
part of a name, and `/*` at the end for every directory there. A directory that is named by an
environment variable of the image counts as well.

Advice is followed by people who trust it, so it must not break an image: it deletes files and keeps
directories, whose owners and modes a service may need; and what programs may read when they run
(models, browsers, an interpreter's packages) is not advised to be removed without that condition.
"""

from __future__ import annotations

from runner.image.contents.cache_kind import Advice, CacheKind


def _mount(tool: str) -> Advice:
    return Advice(f"RUN --mount=type=cache,target={{path}} {tool}")


def _ran(tool: str, command: str) -> str:
    """An instruction in which a command of a tool ran. Only the first time that the tool is named
    is looked at, or the time would grow with the square of how often it is."""
    return rf"^(?>.*?\b{tool}\b).*\b{command}\b"


EMPTIED = "find {path} -type f -delete"
"""Deletes files and keeps directories."""
_REMOVED = Advice(f"{EMPTIED} at the end of the same RUN")
_MODELS = "keep what the service loads when it runs; what only the build needs: "

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
        # Beside them lie the virtual environments.
        (
            "**/.cache/pypoetry/cache",
            "**/.cache/pypoetry/artifacts",
            "**/.cache/poetry/cache",
            "**/.cache/poetry/artifacts",
        ),
        (_mount("poetry install …"),),
        variables=(
            "POETRY_CACHE_DIR/cache",
            "POETRY_CACHE_DIR/artifacts",
            "XDG_CACHE_HOME/pypoetry/cache",
            "XDG_CACHE_HOME/pypoetry/artifacts",
        ),
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
        used_by=("uv", "uvx"),
    ),
    CacheKind(
        "pipenv",
        ("**/.cache/pipenv",),
        (_mount("pipenv sync …"),),
        variables=("PIPENV_CACHE_DIR", "XDG_CACHE_HOME/pipenv"),
    ),
    CacheKind(
        "pdm",
        ("**/.cache/pdm",),
        (_mount("pdm sync …"),),
        variables=("PDM_CACHE_DIR", "XDG_CACHE_HOME/pdm"),
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
        used_by=("npx",),
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
        used_with=".pnp.cjs",
    ),
    CacheKind(
        "pnpm",
        ("**/pnpm/store", "**/.pnpm-store", "**/.cache/pnpm"),
        (Advice("RUN --mount=type=cache,target={path} pnpm install …"),),
        variables=("PNPM_HOME/store", "XDG_CACHE_HOME/pnpm"),
    ),
    CacheKind(
        "bun",
        ("**/.bun/install/cache",),
        (_mount("bun install …"),),
        variables=("BUN_INSTALL_CACHE_DIR", "BUN_INSTALL/install/cache"),
        used_by=("bunx",),
    ),
    CacheKind("node build cache", ("**/node_modules/.cache",), (_REMOVED,)),
    CacheKind(
        "apt lists",
        ("var/lib/apt/lists",),
        (Advice("rm -rf /var/lib/apt/lists/* at the end of the same RUN"),),
        needed_later=(_ran("apt(?:-get)?", "install"), _ran("apt(?:-get)?", "update")),
        anew="apt-get update",
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
            _REMOVED,
        ),
    ),
    CacheKind(
        "pacman",
        ("var/cache/pacman/pkg",),
        (_REMOVED,),
    ),
    CacheKind(
        "pacman databases",
        ("var/lib/pacman/sync",),
        (_REMOVED,),
        needed_later=(
            r"^(?>.*?\bpacman\b).* -S(?!\w*y)",
            r"^(?>.*?\bpacman\b).* -S\w*y",
        ),
        anew="pacman -Sy",
    ),
    CacheKind(
        "zypper",
        ("var/cache/zypp",),
        (Advice("zypper clean --all at the end of the same RUN"),),
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
        used_by=("go",),
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
        used_by=("cargo",),
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
    CacheKind(
        "gem",
        ("**/ruby/gems/*/cache", "**/lib/gems/*/cache", "**/.gem/ruby/*/cache"),
        (_REMOVED,),
    ),
    CacheKind(
        "cpan", ("**/.cpan/build", "**/.cpan/sources", "**/.cpanm/work"), (_mount("cpanm …"),)
    ),
    CacheKind("dart", ("**/.pub-cache",), (_mount("dart pub get"),), used_by=("dart", "flutter")),
    CacheKind("ivy", ("**/.ivy2/cache",), (_mount("sbt …"),), used_by=("sbt",)),
    CacheKind("conan", ("**/.conan2/p", "**/.conan/data"), (_mount("conan install …"),)),
    CacheKind(
        "haskell",
        ("**/.cabal/packages", "**/.stack"),
        (_mount("cabal build …"),),
        used_by=("stack", "cabal"),
    ),
    CacheKind("opam", ("**/.opam/download-cache",), (_mount("opam install …"),)),
    CacheKind("rustup", ("**/.rustup/downloads", "**/.rustup/tmp"), (_REMOVED,)),
    CacheKind(
        "caches of checkers",
        ("**/.mypy_cache", "**/.ruff_cache", "**/.pytest_cache", "**/.hypothesis"),
        (_REMOVED,),
    ),
    CacheKind(
        "caches of bundlers",
        ("**/.next/cache", "**/.parcel-cache", "**/.angular/cache", "**/.turbo", "**/.nx/cache"),
        (
            Advice(
                f"RUN --mount=type=cache,target={{path}} …, or {EMPTIED} at the end of the same"
                " RUN, if nothing reads it when the service runs"
            ),
        ),
    ),
    CacheKind("maven", ("**/.m2/repository",), (_mount("mvn …"),), used_by=("mvn", "mvnw", "mvnd")),
    CacheKind(
        "gradle",
        ("**/.gradle/caches",),
        (_mount("gradle …"),),
        variables=("GRADLE_USER_HOME/caches",),
        used_by=("gradle", "gradlew"),
    ),
    CacheKind(
        "nuget",
        (
            "**/.nuget/packages",
            "**/.local/share/NuGet/http-cache",
            "**/.local/share/NuGet/v3-cache",
        ),
        (
            Advice(
                "dotnet publish in another stage, with RUN --mount=type=cache,target={path}, and"
                " COPY --from only what it publishes"
            ),
        ),
        variables=("NUGET_PACKAGES", "NUGET_HTTP_CACHE_PATH"),
        used_by=("dotnet-run", "dotnet-watch"),
    ),
    CacheKind(
        "Hugging Face",
        ("**/.cache/huggingface",),
        (Advice(_MODELS + "RUN --mount=type=cache,target={path} …"),),
        variables=("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"),
    ),
    CacheKind(
        "downloaded models",
        ("**/.cache/torch", "**/.cache/whisper", "**/.cache/clip"),
        (Advice(_MODELS + "RUN --mount=type=cache,target={path} …"),),
        variables=("TORCH_HOME",),
    ),
    CacheKind(
        "downloaded browsers",
        (
            "**/.cache/ms-playwright",
            "**/.cache/puppeteer",
            "**/.cache/Cypress",
            "**/.cache/selenium",
        ),
        (Advice("keep those that the service drives; without any, do not install them"),),
        variables=("PLAYWRIGHT_BROWSERS_PATH", "PUPPETEER_CACHE_DIR", "CYPRESS_CACHE_FOLDER"),
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
                "clone in another stage and COPY --from what is needed, or rm -rf {path} at the end"
                " of the same RUN"
            ),
        ),
        copied="**/.git and **/.hg in .dockerignore",
    ),
    CacheKind("logs", ("var/log",), (_REMOVED,)),
    CacheKind(
        "temporary files",
        ("tmp", "var/tmp"),
        (
            Advice(
                f"RUN --mount=type=tmpfs,target={{path}} …, or {EMPTIED} at the end of the same RUN"
            ),
        ),
        copied="RUN --mount=type=bind,source=FILE,target={path}/FILE … instead of copying it",
        needed_later=(r"(?:^|[\s=\"':(])/(?:var/)?tmp/[\w.$*]", ""),
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
    CacheKind(
        "cache",
        ("**/.cache/*",),
        (
            Advice(
                f"RUN --mount=type=cache,target={{path}} …, or {EMPTIED} at the end of the same"
                " RUN, if nothing reads it when the service runs"
            ),
        ),
        variables=("XDG_CACHE_HOME/*",),
        not_here=("pypoetry", "poetry"),
    ),
    CacheKind(
        "cache",
        ("var/cache/*",),
        (_REMOVED,),
        # debconf keeps its database there, pacman its packages one directory below.
        not_here=("debconf", "pacman"),
    ),
)
