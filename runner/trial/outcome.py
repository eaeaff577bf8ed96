"""What a trial came to, in the few words of a progress line."""

from __future__ import annotations

from runner.model.amounts import size
from runner.model.record import Status
from runner.trial.findings import Found
from runner.trial.plan import Reference


def outcome(found: Found, reference: Reference | None = None) -> str:
    """`140.0 MB unpacked, 53.4 MB compressed, 19.9 MB smaller than slim; cold build 8.7 s`, or how
    it failed."""
    if found.sizes is None or found.status is not Status.ok:
        return found.status.value.replace("_", " ")
    unpacked_bytes = found.sizes.unpacked_bytes
    text = f"{size(unpacked_bytes)} unpacked, {size(found.sizes.compressed_bytes)} compressed"
    if reference is not None:
        more_bytes = unpacked_bytes - reference.unpacked_bytes
        text = f"{text}, {difference(more_bytes, reference.name)}"
    built = "".join(f"; cold build {one.duration_s:.1f} s" for one in found.scenarios[:1])
    return text + built


def difference(more_bytes: int, name: str) -> str:
    """`19.9 MB smaller than Dockerfile`, `as large as Dockerfile`."""
    if not more_bytes:
        return f"as large as {name}"
    return f"{size(abs(more_bytes))} {'larger' if more_bytes > 0 else 'smaller'} than {name}"
