"""What else is left over: downloads, logs, temporary files, version control, bytecode."""

from __future__ import annotations

from runner.image.contents.cache_kinds.kind import EMPTIED, REMOVED, Advice, CacheKind, mount, ran

_MODELS = "keep what the service loads when it runs; what only the build needs: "
_LOOSE = Advice(
    "find {path} -maxdepth 1 -type f -delete at the end of the same RUN, if nothing reads them when"
    " the service runs"
)

OTHERS: tuple[CacheKind, ...] = (
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
        (mount("make …"),),
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
    CacheKind("logs", ("var/log",), (REMOVED,)),
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
                when=ran("pip3?", "install"),
            ),
            Advice(
                "find /usr -name __pycache__ -prune -exec rm -rf {} + at the end of the same RUN"
                " (the packages' scripts compile whatever the environment says)",
                when=ran("apt(?:-get)?", "install"),
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
        ("**/.cache/*", "**/.*/cache"),
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
        (REMOVED,),
        # debconf keeps its database there, pacman its packages one directory below.
        not_here=("debconf", "pacman"),
    ),
    CacheKind("cache", ("**/.cache", "var/cache"), (_LOOSE,), loose=True),
)
