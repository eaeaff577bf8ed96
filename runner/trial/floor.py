"""The floor: the files that a container opens while its check runs.

The check is run again, in a container of its own that is watched: the timed one is left alone.
"""

from __future__ import annotations

import os
from dataclasses import replace

from runner.engine.linux.file_access import NotWatchedError, OpenedFiles, Watch, cannot_watch
from runner.engine.port import Engine
from runner.model.errors import EngineError, EngineLostError
from runner.model.record import FloorRecord
from runner.trial.check import run_check, started
from runner.trial.check_plan import CheckPlan
from runner.trial.failures import TrialEnded

PURPOSE = "floor"
"""What the watched container is for, in its label."""


def floor_of(
    engine: Engine, image_id: str, check: CheckPlan, variant_id: str
) -> tuple[FloorRecord | None, str]:
    """The floor of an image that passes its check, or None and why it is not known.

    Raises `EngineLostError` when the engine is gone; nothing else makes a trial fail.
    """
    reason = cannot_watch(engine)
    if reason:
        return None, reason
    try:
        opened = watched_check(engine, image_id, check, variant_id)
    except NotWatchedError as error:
        return None, str(error)
    except TrialEnded as end:
        return None, f"the check failed when it was run again: {end.failure.message}"
    except EngineLostError:
        raise
    except EngineError as error:
        return None, str(error)
    files = {printable(path): opened.tree[path].bytes for path in sorted(opened.files)}
    return FloorRecord(bytes=opened.bytes, files=files), ""


def watched_check(
    engine: Engine, image_id: str, check: CheckPlan, variant_id: str = ""
) -> OpenedFiles:
    """Run the check in a container that is watched; returns what it opened up to the answer, and
    with its directories those that it wrote into.

    Raises `NotWatchedError`, and what `run_container` and `run_check` raise. The container is
    removed in any case.
    """
    watch = Watch(engine)
    try:
        with started(
            engine,
            image_id,
            check,
            purpose=PURPOSE,
            variant=variant_id,
            before_start=watch.attach,
        ) as container:
            try:
                run_check(container, check, container.started_s)
                found = watch.opened()
                written = {path for path in container.container.changed() if path in found.tree}
                folders = {path for path in written if found.tree[path].is_folder}
                return replace(found, folders=found.folders | folders)
            finally:
                watch.close()
    finally:
        watch.close()


def printable(path: str) -> str:
    """A path as text, bytes that are not UTF-8 as `\\xff`."""
    return os.fsencode(path).decode(errors="backslashreplace")
