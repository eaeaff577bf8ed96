"""What tables and figures call each variant: all that varies between them, and nothing else.

What is the same in every row is said once (`constant`); no two variants share a label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from runner.model.record import Record
from runner.model.variant import in_order, variant_name

Choices = Mapping[str, str]


@dataclass(frozen=True)
class Labels:
    """Labels and what they leave out."""

    texts: dict[Hashable, str]
    """`variant_key` → label."""
    chains: dict[Hashable, str]
    """`variant_key` of a step → what its path was swept over; empty for a path by itself."""
    constant: dict[str, str]
    """Factor (or other choice) → its value, for those that are the same in every row."""


def variant_key(record: Record) -> Hashable:
    """What a row of its own stands for; the trials of one variant share it."""
    return (record.experiment, record.name, record.variant_id)


def labels(records: Iterable[Record]) -> Labels:
    """Label every variant of the records."""
    first: dict[Hashable, Record] = {}
    for record in records:
        first.setdefault(variant_key(record), record)
    choices = {key: _choices(record) for key, record in first.items()}
    chosen_by_name = [key for key, record in first.items() if _named_by_choice(record)]
    varying = _varying([choices[key] for key in chosen_by_name])
    chains = _chains(first)
    texts = {key: _label(record, chains.get(key, {})) for key, record in first.items()}
    for key in chosen_by_name:
        parts = {name: value for name, value in choices[key].items() if name in varying}
        texts[key] = variant_name(parts) if parts else first[key].name
    told = {key: told_apart(chain) for key, chain in chains.items()}
    edited = {name for record in first.values() for name in record.changed} - {
        name for record in first.values() for name in record.levels
    }
    return Labels(_unique(texts, first), told, _constant(list(choices.values()), edited))


def without_paths(records: Iterable[Record]) -> list[Record]:
    """The records with only as much of absolute paths in what was chosen, and in their names, as
    tells them apart: where a project lies on one machine says nothing on another."""
    held = list(records)
    paths: dict[str, set[str]] = {}
    for record in held:
        for key, value in record.changed.items():
            if _absolute(value):
                paths.setdefault(key, set()).add(value)
    short = {key: _shortest_ends(values) for key, values in paths.items()}
    return [_shortened(record, short) for record in held]


def _shortened(record: Record, short: Mapping[str, Mapping[str, str]]) -> Record:
    changed = {k: short.get(k, {}).get(value, value) for k, value in record.changed.items()}
    if changed == record.changed:
        return record
    name = variant_name(changed) if record.name == variant_name(record.changed) else record.name
    return replace(record, changed=changed, name=name)


def _shortest_ends(paths: Set[str]) -> dict[str, str]:
    """Absolute path → its last parts, as few as no other of them ends in."""
    parts = {path: found.parts[1:] for path in paths if (found := _absolute(path))}
    most = max(map(len, parts.values()), default=1)
    for count in range(1, most + 1):
        ends = {path: "/".join(found[-count:]) or path for path, found in parts.items()}
        if len(set(ends.values())) == len(ends):
            return ends
    return {path: path for path in paths}


def _absolute(value: str) -> PurePath | None:
    """The absolute path that a value is, of either kind of system; None for any other value."""
    bare = value.strip("'\"")
    flavours = (PurePosixPath(bare), PureWindowsPath(bare))
    return next((path for path in flavours if path.is_absolute()), None)


def _named_by_choice(record: Record) -> bool:
    """Whether nothing but the choice of levels gave the variant its name."""
    if record.step is not None:
        return False
    told = {k: v for k, v in _choices(record).items() if f"{k}={v}" in record.name}
    return variant_name(told) == record.name


def _choices(record: Record) -> dict[str, str]:
    """Everything that may differ; of a step, what it changes is no choice but its own doing."""
    chosen = {**record.levels, "builder": record.provenance.builder}
    return chosen if record.step is not None else {**chosen, **record.changed}


def _varying(choices: Sequence[Choices]) -> set[str]:
    names = {name for chosen in choices for name in chosen}
    return {name for name in names if len({chosen.get(name) for chosen in choices}) > 1}


def _constant(choices: Sequence[Choices], edited: Set[str]) -> dict[str, str]:
    """Of variants without levels (a Dockerfile that somebody brought) only what they have counts:
    they differ from the others in themselves. What was `edited` into some of them is constant only
    where all have it. The builder is told with the engine."""
    names = {name for chosen in choices for name in chosen} - {"builder"}
    found = {}
    for name in names:
        values = {chosen[name] for chosen in choices if name in chosen}
        everywhere = name not in edited or all(name in chosen for chosen in choices)
        if len(values) == 1 and everywhere:
            found[name] = values.pop()
    return dict(in_order(found))


def _chains(first: Mapping[Hashable, Record]) -> dict[Hashable, dict[str, str]]:
    """Steps at the same position of one path differ in what the path was swept over."""
    places: dict[Hashable, list[Hashable]] = {}
    for key, record in first.items():
        if record.step is not None:
            places.setdefault((record.experiment, record.step), []).append(key)
    chosen = {
        key: {**_choices(first[key]), **first[key].changed}
        for keys in places.values()
        for key in keys
    }
    swept = set().union(*(_varying([chosen[key] for key in keys]) for keys in places.values()))
    return {
        key: {name: value for name, value in choices.items() if name in swept}
        for key, choices in chosen.items()
    }


def told_apart(chosen: Choices) -> str:
    """`installer=uv, builder=classic`"""
    return ", ".join(f"{name}={value}" for name, value in in_order(chosen))


def _label(record: Record, chain: Choices) -> str:
    """`alpine, installer=uv`, also of a step that is called `alpine installer=uv`."""
    if not chain:
        return record.name
    varied = {key: value for key, value in record.changed.items() if key in chain}
    bare = record.name.removesuffix(f" {variant_name(varied)}") if varied else record.name
    return f"{bare}, {told_apart(chain)}"


def _unique(texts: dict[Hashable, str], first: Mapping[Hashable, Record]) -> dict[Hashable, str]:
    """Labels that are still the same get what else tells the variants apart."""
    for further in (_experiment, _digits, _base_digits):
        counts = Counter(texts.values())
        if max(counts.values(), default=0) <= 1:
            return texts
        texts = {
            key: text if counts[text] == 1 else f"{text} ({further(first[key])})"
            for key, text in texts.items()
        }
    return texts


def _experiment(record: Record) -> str:
    return record.experiment


def _digits(record: Record) -> str:
    return record.variant_id


def _base_digits(record: Record) -> str:
    return record.base.digest[-12:]
