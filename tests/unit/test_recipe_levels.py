"""The level files themselves: complete, named like their files, accepted by their dataclass."""

from __future__ import annotations

import pytest

from runner.model.levels import FACTORS
from tests.unit.levels_from_yaml import level_files, level_names, load_level

PROMISED = {
    "base": ["full", "slim", "alpine", "derived"],
    "deps": ["stale", "locked_dev", "locked", "trimmed"],
    "installer": ["pip", "poetry", "uv"],
    "context": ["repo", "backend", "ignored"],
    "order": ["sources_first", "deps_first"],
    "cache": ["keep", "flags", "purge", "purge_late", "mount"],
    "toolchain": ["none", "kept", "purged"],
    "layers": ["split", "merged", "squashed"],
    "stages": ["single", "multi"],
    "bytecode": ["write", "none"],
    "prune": ["none", "trimmed"],
    "mirror": ["official", "custom"],
}
FILES = [(factor, path) for factor in FACTORS for path in level_files(factor)]


@pytest.mark.parametrize("factor", FACTORS)
def test_every_promised_level_is_there(factor: str) -> None:
    assert set(PROMISED[factor]) <= set(level_names(factor))


@pytest.mark.parametrize(("factor", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_a_level_is_named_like_its_file_and_says_what_it_is_in_one_line(
    factor: str, path: object
) -> None:
    stem = getattr(path, "stem", "")
    level = load_level(factor, stem)

    assert level.level == stem
    assert level.about
    assert "\n" not in level.about
    assert len(level.about) <= 100
    assert all(reason for reason in level.hadolint_exceptions.values())


def test_the_level_of_a_factor_is_decided_by_its_values() -> None:
    """No two levels of a factor say the same, save those of `deps`, which the project explains."""
    for factor in FACTORS:
        if factor == "deps":
            continue
        seen = [
            {
                key: value
                for key, value in vars(load_level(factor, name)).items()
                if key not in {"level", "about", "hadolint_exceptions"}
            }
            for name in level_names(factor)
        ]
        assert all(seen.count(values) == 1 for values in seen), factor
