"""Caches of what installs the packages of Python and JavaScript."""

from __future__ import annotations

from runner.image.contents.cache_kinds.kind import EMPTIED, REMOVED, Advice, CacheKind, mount, ran

INSTALLERS: tuple[CacheKind, ...] = (
    CacheKind(
        "pip",
        ("**/.cache/pip",),
        (
            Advice(
                "pip install --no-cache-dir …, or RUN --mount=type=cache,target={path} pip …",
                when=ran("pip3?", "install"),
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
        (mount("poetry install …"),),
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
        (mount("pipenv sync …"),),
        variables=("PIPENV_CACHE_DIR", "XDG_CACHE_HOME/pipenv"),
    ),
    CacheKind(
        "pdm",
        ("**/.cache/pdm",),
        (mount("pdm sync …"),),
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
            Advice(
                f"micromamba clean --all --yes, or {EMPTIED}, at the end of the same RUN",
                when=r"micromamba",
            ),
            Advice(
                f"mamba clean -afy, or {EMPTIED}, at the end of the same RUN", when=r"\bmamba\b"
            ),
            Advice(f"conda clean -afy, or {EMPTIED}, at the end of the same RUN"),
        ),
        variables=("CONDA_PKGS_DIRS",),
    ),
    CacheKind(
        "npm",
        ("**/.npm/_cacache",),
        (
            Advice(
                "npm cache clean --force in the same RUN, or RUN --mount=type=cache,target={path}"
            ),
        ),
        variables=("npm_config_cache", "NPM_CONFIG_CACHE"),
        used_by=("npx",),
    ),
    CacheKind(
        "npm",
        # `npm cache clean` leaves these.
        ("**/.npm/_logs", "**/.npm/_npx", "**/.npm/_prebuilds"),
        (REMOVED,),
        used_by=("npx",),
    ),
    CacheKind(
        "yarn",
        # Of yarn 2 and later, whose `yarn cache clean` is about the project's own cache.
        ("**/.yarn/berry/cache",),
        (mount("yarn install …"),),
        used_with=".pnp.cjs",
    ),
    CacheKind(
        "yarn",
        ("**/.cache/yarn", "usr/local/share/.cache"),
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
        "corepack",
        ("**/.cache/node",),
        (
            Advice(
                f"{EMPTIED} at the end of the same RUN, if no pnpm or yarn runs in the container"
            ),
        ),
        variables=("COREPACK_HOME",),
        used_by=("pnpm", "pnpx", "yarn", "yarnpkg", "corepack"),
    ),
    CacheKind(
        "bun",
        ("**/.bun/install/cache",),
        (mount("bun install …"),),
        variables=("BUN_INSTALL_CACHE_DIR", "BUN_INSTALL/install/cache"),
        used_by=("bunx",),
    ),
    CacheKind("node build cache", ("**/node_modules/.cache",), (REMOVED,)),
)
