"""Stand-ins that are built on those for Debian, buildpack-deps and Alpine: other Pythons, Node, Bun
and Go, web servers, images of which only a few files are wanted, and some of third parties."""

from __future__ import annotations

from runner.engine.standins.bun_recipe import PLAIN_BUN, bun_recipe, bun_standin
from runner.engine.standins.compiled_python_recipe import (
    compiled_python_recipe,
    compiled_python_standin,
    compiled_python_targets,
    plain_python,
    sources_path,
)
from runner.engine.standins.language_recipe import (
    language_recipe,
    language_standin,
    language_targets,
    plain_reference,
)
from runner.engine.standins.machine import Machine
from runner.engine.standins.mongo_recipe import MONGO, PLAIN_MONGO, mongo_recipe, mongo_standin
from runner.engine.standins.npm_node_recipe import (
    npm_node_recipe,
    npm_node_standin,
    npm_node_targets,
    plain_npm_node,
)
from runner.engine.standins.recipe import Recipe
from runner.engine.standins.small_recipe import (
    PLAIN_SMALL,
    SMALL,
    small_recipe,
    small_standin,
    small_targets,
)
from runner.engine.standins.third_party_recipe import (
    PLAIN_THIRD_PARTY,
    third_party_recipe,
    third_party_standin,
    third_party_targets,
)
from runner.engine.standins.web_server_recipe import (
    WEB_SERVERS,
    web_server_recipe,
    web_server_standin,
)


def targets() -> tuple[str, ...]:
    """The names of all of them."""
    programs = (*compiled_python_targets(), *language_targets(), *npm_node_targets(), *PLAIN_BUN)
    return (*programs, *small_targets(), *WEB_SERVERS, MONGO, *third_party_targets())


def standin_of(reference: str) -> str:
    """The one that stands for a reference without the default registry; empty for none."""
    found = compiled_python_standin(reference) or language_standin(reference)
    found = found or npm_node_standin(reference) or bun_standin(reference)
    found = found or small_standin(reference) or web_server_standin(reference)
    return found or mongo_standin(reference) or third_party_standin(reference)


def plain_name(target: str) -> str:
    """The shortest reference that one stands for."""
    if target in compiled_python_targets():
        return plain_python(target)
    if target in npm_node_targets():
        return plain_npm_node(target)
    if target in WEB_SERVERS:
        return WEB_SERVERS[target].plain
    if target == MONGO:
        return PLAIN_MONGO
    plain = PLAIN_SMALL.get(target) or PLAIN_THIRD_PARTY.get(target) or PLAIN_BUN.get(target)
    return plain or plain_reference(target)


def fetched_from(target: str) -> str:
    """What one is made from that is on no mirror which this machine is known to use; empty for
    nothing."""
    return sources_path(SMALL[target].below if target in SMALL else target)


def recipe_of(target: str, machine: Machine, suite: str) -> Recipe | None:
    """What one is made from; None for a name that is none of theirs."""
    found = compiled_python_recipe(target, machine, suite) or small_recipe(target, machine, suite)
    node = npm_node_recipe(target, machine, suite) or bun_recipe(target, machine, suite)
    other = language_recipe(target, machine, suite) or web_server_recipe(target, machine, suite)
    service = mongo_recipe(target, machine, suite)
    return found or node or other or service or third_party_recipe(target, machine, suite)
