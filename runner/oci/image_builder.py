"""What both forms of archive end with: layers checked against their digests, with instructions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from runner.model.entries import FingerprintOf, FingerprintsAgain, ImageContent, LayerContent
from runner.model.positions import INDEX, SHIFT, index_of, layer_of, position_of
from runner.oci.archive import Archive
from runner.oci.blobs import StoredLayer
from runner.oci.budget import Budget
from runner.oci.damage import DamagedError, short
from runner.oci.documents import Configuration, RunSettings
from runner.oci.history import layer_instructions
from runner.oci.unpack import Packing


def layers_at(archive: Archive, paths: Sequence[str], budget: Budget) -> list[StoredLayer]:
    """The layers at these paths; one that is named again is read once and counts again, for it is
    stacked again.

    Raises `DamagedError` if one is missing or damaged.
    """
    layers = archive.layers(paths)
    seen: set[int] = set()
    for layer in layers:
        if id(layer) in seen:
            budget.take_again(layer.spent)
        seen.add(id(layer))
    return layers


def check_diff_ids(layers: Sequence[StoredLayer], diff_ids: Sequence[str]) -> None:
    """Raise `DamagedError` where a layer's content is not what the configuration names."""
    for place, (layer, diff_id) in enumerate(zip(layers, diff_ids, strict=True)):
        found = layer.diff_id()
        if found != diff_id:
            raise DamagedError(
                f"layer {place} has the digest {found} where the image's configuration"
                f" says {short(diff_id)}"
            )


def diff_ids_of(configuration: Configuration, layers: int) -> list[str]:
    """The configuration's diff_ids; raises `DamagedError` if they are not one for each layer."""
    diff_ids = configuration.rootfs.diff_ids or []
    if len(diff_ids) != layers:
        raise DamagedError(
            f"the image's configuration names {len(diff_ids)} layers, its manifest {layers}"
        )
    return diff_ids


def layers_of(
    configuration: Configuration, layers: Sequence[StoredLayer], diff_ids: Sequence[str]
) -> list[LayerContent]:
    """The image's layers with the instruction that wrote each."""
    instructions = layer_instructions(configuration.instructions(), len(layers))
    return [
        LayerContent(
            diff_id=diff_id,
            created_by=created_by,
            entries=layer.entries,
            compressed_bytes=None if layer.packing is Packing.plain else layer.size_bytes,
        )
        for layer, diff_id, created_by in zip(layers, diff_ids, instructions, strict=True)
    ]


def passed_by(layers: Sequence[StoredLayer]) -> FingerprintOf | None:
    """What was noted of contents that passed by, for a later look at it; None where none did."""
    looks = [layer.passed_by for layer in layers]

    def fingerprint_of(position: int) -> int:
        look = looks[layer_of(position)]
        return 0 if look is None else look(index_of(position))

    return fingerprint_of if any(looks) else None


def fingerprints_again(layers: Sequence[StoredLayer]) -> FingerprintsAgain | None:
    """A second look at contents of plain layers beside what was noted of others; None where nothing
    can be read again."""
    return partial(_read_again, layers) if any(layer.again for layer in layers) else None


def _read_again(layers: Sequence[StoredLayer], positions: Collection[int]) -> dict[int, int]:
    """What cannot be read any more is left out, for that is not a fault of the image."""
    found: dict[int, int] = {}
    for number, indexes in _by_layer(positions).items():
        layer = layers[number]
        if layer.again is not None:
            with suppress(DamagedError, OSError):
                seen = layer.again(indexes).items()
                found.update((position_of(number, index), one) for index, one in seen)
        elif layer.passed_by is not None:
            found.update((position_of(number, index), layer.passed_by(index)) for index in indexes)
    return found


def _by_layer(positions: Collection[int]) -> dict[int, list[int]]:
    """Positions as indexes of entries by the index of their layer."""
    by_layer: dict[int, list[int]] = {}
    for position in positions:
        by_layer.setdefault(position >> SHIFT, []).append(position & INDEX)
    return by_layer


def image_content(
    settings: RunSettings | None,
    stored: Sequence[StoredLayer],
    *,
    name: str,
    layers: list[LayerContent],
    platform: str,
    reader: str,
    image_id: str = "",
) -> ImageContent:
    """An image of an archive, with what its configuration says of its containers."""
    return ImageContent(
        name=name,
        layers=layers,
        image_id=image_id,
        platform=platform,
        reader=reader,
        user=(settings and settings.user) or "",
        environment=environment_of(settings),
        command=command_of(settings),
        fingerprints_again=fingerprints_again(stored),
        passed_by=passed_by(stored),
    )


def environment_of(settings: RunSettings | None) -> dict[str, str]:
    """The environment of the image's containers."""
    pairs = (line.partition("=") for line in (settings and settings.environment) or [])
    return {name: value for name, _, value in pairs}


def command_of(settings: RunSettings | None) -> tuple[str, ...]:
    """What the image's containers start: the words of ENTRYPOINT, CMD and HEALTHCHECK."""
    if settings is None:
        return ()
    test = (settings.healthcheck and settings.healthcheck.test) or []
    parts = (settings.entrypoint or [], settings.command or [], test[1:])
    return tuple(word for part in parts for word in ([part] if isinstance(part, str) else part))
