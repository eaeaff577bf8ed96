"""Why a step came to nothing: from what its record says, else from what did not change."""

from __future__ import annotations

from runner.model.record import Record

NOTHING_BYTES = 1_000
"""A size that moves by less than this has not moved: names and dates in archives take as much."""

_WHY = {
    "cache": "the installers had left no cache to remove",
    "order": "the order decides what is built again, not what the image holds",
    "mirror": "the packages are the same, wherever they come from",
    "builder": "both builders leave the same files",
    "context": "what is sent or left out by it is not copied into the image",
    "bytecode": "there is as much bytecode as before",
}
"""What follows of a factor, if the size is what it was and every other change says why too."""


def no_effect(before: Record, after: Record) -> str:
    """The reason in one line; empty if the step changed the image's size.

    `before` is the last step of the same path that passed.
    """
    if before.sizes is None or after.sizes is None:
        return ""
    if abs(before.sizes.unpacked_bytes - after.sizes.unpacked_bytes) >= NOTHING_BYTES:
        return ""
    said = [_reason(note) for note in after.notes if _names_a_change(note, after)]
    if said:
        return "no effect: " + "; ".join(dict.fromkeys(said))
    if after.dockerfile_digest == before.dockerfile_digest:
        return f"no effect: the Dockerfile is that of {before.name}"
    whys = [_why(factor, before, after) for factor in after.changed]
    if whys and all(whys):
        return "no effect: " + "; ".join(dict.fromkeys(whys))
    if "layers" in after.changed and (why := _why("layers", before, after)):
        return f"no effect: {why}"
    return f"no effect: the image holds as many bytes as that of {before.name}"


def _why(factor: str, before: Record, after: Record) -> str:
    """What follows of one changed factor; empty where that is not known."""
    if factor == "layers" and _hide_alike(before, after):
        return "what layers hide of each other is as much as before"
    return _WHY.get(factor, "")


def _hide_alike(before: Record, after: Record) -> bool:
    """Whether as much lies hidden below later layers as before: nothing else can be merged away."""
    hidden = [record.sizes.wasted_bytes for record in (before, after) if record.sizes is not None]
    known = [wasted_bytes for wasted_bytes in hidden if wasted_bytes is not None]
    return len(known) == 2 and abs(known[0] - known[1]) < NOTHING_BYTES


def _names_a_change(note: str, record: Record) -> bool:
    return any(f"{factor}={level}" in note for factor, level in record.changed.items())


def _reason(note: str) -> str:
    """`this base has no package manager` of `toolchain=kept has no effect: this base …`."""
    told = " ".join(note.split())
    return told.partition(": ")[2] or told
