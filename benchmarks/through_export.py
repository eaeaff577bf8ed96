"""`dockbench inspect --json -` as someone runs it who may not read the engine's folders.

    .venv/bin/python -m benchmarks.through_export IMAGE

A process of its own for `benchmarks.anatomy_against_dive`, with nothing imported that is not the
command's.
"""

from __future__ import annotations

import sys

from runner.cli.main import command


def unreadable(images: object, inspected: object) -> None:
    """No folder of any image."""


if __name__ == "__main__":
    from runner.engine.docker.socket_images import SocketImages

    SocketImages.layer_folders = unreadable  # type: ignore[assignment, method-assign]
    sys.argv[1:1] = ["inspect", "--json", "-"]
    raise SystemExit(command())
