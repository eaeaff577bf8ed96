"""The labels on everything that dockbench creates on an engine; `dockbench clean` goes by them."""

from __future__ import annotations

OWNER = "io.dockbench"
"""Carried by every image, container and network of ours; its value is what it is for."""

PROCESS = "io.dockbench.process"
"""On containers and networks: which process made them, so that a killed one's can be recognised."""

OF_OTHERS = ("com.docker.compose.", "com.docker.stack.", "com.docker.swarm.", "io.podman.compose.")
"""How labels begin by which other tools know what they made: we put none of them on anything."""

BUILD = "io.dockbench.build"
"""On an image that is to be measured: which process built it."""

STANDIN = "io.dockbench.standin"
"""On a stand-in base image: the level of `base` that it stands in for."""

RECIPE = "io.dockbench.recipe"
"""On a stand-in base image: the digest of the recipe that made it."""

VARIANT = "io.dockbench.variant"
"""On the image and the container of a variant: its variant_id."""

REPOSITORY = "dockbench"
"""Repository part of every tag that we give: dockbench/standin:slim, dockbench/variant:0a1b…"""

STEP_REPOSITORY = f"{REPOSITORY}/classic-step"
"""Repository of the tags on images that lie between the steps of our builds."""


def standin_tag(target: str) -> str:
    """What a stand-in is called on an engine."""
    return f"{REPOSITORY}/standin:{target}"
