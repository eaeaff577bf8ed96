"""user=nobody: the service runs without root's rights, under a numeric id."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.edits.traced import LIST
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.dockerfile.starting import programs_run

USER_ID = "65532"
"""The id that distroless images call nonroot; no distribution gives it to anybody."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """`USER` above the first CMD or ENTRYPOINT of the final stage, or behind its last RUN where
    that stands below.

    Refused where the image has a user already, and where a port below 1024 is exposed.
    """
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    if LIST in document.text:
        return NotApplicable("it holds only what its check opened, as the user that it had")
    final = [item for item in document.instructions if document.in_image(item)]
    users = [document.value(item) for item in final if item.keyword == "USER"]
    if users and users[-1].partition(":")[0] not in ("root", "0"):
        return NotApplicable(f"it runs as the user {users[-1]} already")
    if not users and facts.base and facts.base.user not in ("", "root", "0"):
        return NotApplicable(f"its base runs as the user {facts.base.user} already")
    ports = [word for x in final if x.keyword == "EXPOSE" for word in document.value(x).split()]
    low = [port for port in ports if port.partition("/")[0].isdigit() and _is_low(port)]
    if low:
        return NotApplicable(f"only root may listen on port {low[0]} everywhere")
    yarn = facts.yarn
    if yarn and yarn.loads_from_home and "YARN_ENABLE_GLOBAL_CACHE" not in document.text:
        return NotApplicable("Plug'n'Play loads packages from the home of root, who installed them")
    if manager := _of_corepack(document, facts):
        return NotApplicable(f"corepack keeps {manager} in the home of root, who took it")
    starts = [item for item in final if item.keyword in ("CMD", "ENTRYPOINT")]
    if not starts or starts[-1].stage != document.final:
        return NotApplicable("its final stage starts no command")
    first = next(item for item in starts if item.stage == document.final)
    runs = [x for x in final if x.keyword == "RUN" and x.start > first.start]
    if runs and runs[-1].stage == document.final:
        return [Replacement(runs[-1].end, runs[-1].end, f"{document.newline}USER {USER_ID}")]
    return [Replacement(first.start, first.start, f"USER {USER_ID}{document.newline}")]


def _of_corepack(document: Document, facts: Facts) -> str:
    """The package manager that starts the service and that corepack has put into a home; empty for
    none."""
    if "corepack" not in document.text or "COREPACK_HOME" in document.text:
        return ""
    brings = facts.yarn is not None and facts.yarn.has_release
    managers = ("pnpm",) if brings else ("pnpm", "yarn")
    running = programs_run(document, facts.scripts)
    return next((name for name in managers if name in running), "")


def _is_low(port: str) -> bool:
    return int(port.partition("/")[0]) < 1024
