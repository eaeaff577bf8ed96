"""The service of a compose file that runs an image of the project's own, built and pushed
elsewhere: no compose file says how it is built, and it is called like the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.compare.compose_service import services_of
from runner.model.service_kinds import service_port


@dataclass(frozen=True)
class PushedService:
    """One service, and the compose file that has it."""

    file: str
    name: str
    said: Mapping[str, Any]


def pushed_service(compose: Mapping[str, Mapping[str, Any]], project: str) -> PushedService | None:
    """The only service that does; None where a service is built, and where there are several.

    `project` is the name of the project's directory, which a clone has from its repository.
    """
    found = list(_services(compose))
    if any("build" in item.said for item in found):
        return None
    runs = [item for item in found if _is_of(str(item.said.get("image", "")), project)]
    return runs[0] if len({item.name for item in runs}) == 1 else None


def _services(compose: Mapping[str, Mapping[str, Any]]) -> Iterator[PushedService]:
    for file, document in compose.items():
        for name, said in services_of(document):
            if isinstance(said, dict):
                yield PushedService(file, name, said)


def _is_of(image: str, project: str) -> bool:
    """Whether an image in somebody's namespace has the name of the project."""
    namespace, slash, name = image.rpartition("/")
    last = re.split(r"[:@]", name)[0].lower()
    whole = project.lower()
    same = whole == last or bool(re.search(rf"[^a-z0-9]{re.escape(last)}$", whole))
    return bool(slash and last) and namespace != last and same and not service_port(image)
