"""Why some levels of `dockbench bench` are no edits of a Dockerfile that somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping

_OWN_ROOT = (
    "a root of its own for the interpreter is made in Dockerfiles alone that dockbench writes"
    " (dockbench bench)"
)
_AS_IT_IS = "an edit improves, and leaves a Dockerfile as it is where none is named"
_USUAL = (
    ("prune", "none"),
    ("order", "sources_first"),
    ("cache", "keep"),
    ("stages", "single"),
    ("bytecode", "write"),
    ("toolchain", "kept"),
    ("toolchain", "none"),
)
_ANY_LEVEL: Mapping[str, str] = {
    "mirror": (
        "a mirror is a setting of the machine that builds: give it to the build"
        " (--build-arg PIP_INDEX_URL=…), not to the Dockerfile"
    ),
    "context": "what is sent is for the .dockerignore (ignore=unneeded) and for --context DIR",
    "deps": "what is installed is for the project's own manifests",
}
_LEVELS: Mapping[tuple[str, str], str] = {
    ("prune", "trimmed"): _OWN_ROOT,
    ("prune", "minimal"): _OWN_ROOT,
    ("base", "derived"): "an image of a third party is a choice of its own",
    ("layers", "squashed"): "it is called squash=one_layer here",
    ("installer", "pip"): _AS_IT_IS,
    ("installer", "poetry"): "a project says itself that it is installed with Poetry",
    **dict.fromkeys(_USUAL, _AS_IT_IS),
}


def why_no_edit(factor: str, level: str) -> str:
    """The reason for a level that a sweep has and a Dockerfile cannot be given; empty for a level
    that there is not."""
    return _LEVELS.get((factor, level)) or _ANY_LEVEL.get(factor, "")
