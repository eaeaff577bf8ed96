"""The configuration of an image as instructions: what a stage on nothing has to say again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runner.dockerfile.facts import BaseConfig

_PLAIN = re.compile(r"[^\x00-\x1f$\\`\"']+")


def env_line(name: str, value: str, escape: str) -> str:
    """ENV with a value in which no variable is expanded."""
    special = re.escape(escape)
    quoted = re.sub(rf'(["$]|{special})', lambda found: f"{escape}{found[0]}", value)
    return f'ENV {name}="{quoted}"'


def config_lines(config: BaseConfig, escape: str) -> Iterator[str]:
    """Everything but labels and the health check."""
    for name, value in config.environment.items():
        yield env_line(name, value, escape)
    if config.workdir:
        yield f"WORKDIR {config.workdir}"
    if config.ports:
        yield f"EXPOSE {' '.join(config.ports)}"
    if config.volumes:
        yield f"VOLUME {json.dumps(list(config.volumes))}"
    if config.stop_signal:
        yield f"STOPSIGNAL {config.stop_signal}"
    if config.user:
        yield f"USER {config.user}"
    if config.entrypoint:
        yield f"ENTRYPOINT {json.dumps(list(config.entrypoint))}"
    if config.command:
        yield f"CMD {json.dumps(list(config.command))}"


def unwritable(config: BaseConfig) -> str:
    """What of a configuration cannot stand in a Dockerfile; empty for nothing."""
    for name, value in config.environment.items():
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", name) or re.search(r"[\x00-\x1f]", value):
            return f"the variable {name!r}"
    values = [config.workdir, config.user, config.stop_signal, *config.ports, *config.volumes]
    return next((repr(x) for x in values if x and not _PLAIN.fullmatch(x)), "")
