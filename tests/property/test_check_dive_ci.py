"""`.dive-ci`: dive's rules, its defaults, what it calls disabled; unknown keys by name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from runner.analysis.budget import Outcome
from runner.analysis.dive_ci import dive_ci_rules
from runner.image.anatomy import anatomy
from runner.image.read import read_image
from runner.model.anatomy import DiveNumbers
from runner.model.errors import ConfigError, ImageError
from tests.unit.anatomies import MB, document
from tests.unit.images import file, image, layer, whiteout
from tests.unit.real_dive import DIVE
from tests.unit.saved import save

COMMENTED = """\
rules:
  # If the efficiency is measured below X%, mark as failed.
  lowestEfficiency: 0.95
  highestWastedBytes: 20MB
  highestUserWastedPercent: 0.20
"""


def judged(text: str, numbers: DiveNumbers) -> dict[str, Outcome]:
    """What each rule says of an image with these numbers."""
    image = replace(document(), dive=numbers)
    return {rule.key: rule.evaluate(image) for rule in dive_ci_rules(text, ".dive-ci")}


def verdicts(text: str, numbers: DiveNumbers) -> list[str]:
    return [outcome.verdict.value for outcome in judged(text, numbers).values()]


def test_the_file_that_dive_shows() -> None:
    at_the_limit = DiveNumbers(0.95, 20 * MB, 0.2)
    assert verdicts(COMMENTED, at_the_limit) == ["passed", "passed", "passed"]
    beyond = DiveNumbers(0.9499, 20 * MB + 1, 0.2001)
    assert verdicts(COMMENTED, beyond) == ["failed", "failed", "failed"]


def test_keys_that_are_not_there_have_the_defaults_of_dive() -> None:
    for text in ("", "rules:", "rules: {}", "# nothing\n"):
        assert verdicts(text, DiveNumbers(0.9, 10**12, 0.1)) == ["passed", "disabled", "passed"]
        assert verdicts(text, DiveNumbers(0.89, 0, 0.11)) == ["failed", "disabled", "failed"]


@pytest.mark.parametrize("off", ["disabled", "Disabled", "off", "false", "'false'", '""', ""])
def test_a_rule_that_is_switched_off(off: str) -> None:
    text = f"rules:\n  lowestEfficiency: {off}\n  highestUserWastedPercent: {off}\n"
    assert verdicts(text, DiveNumbers(0.0, 10**12, 1.0)) == ["disabled"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        COMMENTED,
        "rules:\n  lowestEfficiency: 0.3\n  highestWastedBytes: 40kB\n",
        "rules:\n  lowestEfficiency: 0.7\n  highestWastedBytes: 39.9 KB\n",
        "rules:\n  highestUserWastedPercent: 1\n  highestWastedBytes: 39KiB\n",
        "rules:\n  highestUserWastedPercent: 0.8\n  highestWastedBytes: 40KiB\n",
        "rules:\n  lowestEfficiency: disabled\n  highestUserWastedPercent: 'disabled'\n",
    ],
)
@pytest.mark.parametrize("own_bytes", [0, 45_000, 90_000])
def test_the_real_dive_judges_alike(text: str, own_bytes: int, tmp_path: Path) -> None:
    content = image(
        layer(file("app/main.py", 20_000), file("cache", 40_000)),
        layer(whiteout("cache"), file("own", own_bytes)),
    )
    archive = save(content, tmp_path / "app.tar")
    (tmp_path / "rules.yaml").write_text(text)
    done = subprocess.run(
        [DIVE, "--ci", "--ci-config", "rules.yaml", "--source", "docker-archive", archive],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    words = {"PASS": "passed", "FAIL": "failed", "SKIP": "disabled"}
    said = re.findall(r"(PASS|FAIL|SKIP)\S*: (\w+)", done.stdout)
    found = anatomy(read_image(str(archive)), with_dive=True)
    ours = {rule.key: rule.evaluate(found).verdict.value for rule in dive_ci_rules(text, "file")}
    assert ours == {key: words[word] for word, key in said}


def test_unknown_keys_are_refused_by_name() -> None:
    with pytest.raises(ConfigError) as caught:
        dive_ci_rules("rules:\n  lowestEficiency: 0.9\n  maxLayers: 3\n", "ci/.dive-ci")
    assert "ci/.dive-ci" in str(caught.value)
    assert "'lowestEficiency', 'maxLayers'" in str(caught.value)
    assert "highestUserWastedPercent" in str(caught.value)
    with pytest.raises(ConfigError, match="'rulez'"):
        dive_ci_rules("rulez:\n  lowestEfficiency: 0.9\n", ".dive-ci")


def test_every_bad_value_is_told_at_once() -> None:
    text = COMMENTED.replace("0.95", "95").replace("20MB", "lots").replace("0.20", "[1]")
    with pytest.raises(ConfigError) as caught:
        dive_ci_rules(text, ".dive-ci")
    for part in ("lowestEfficiency '95'", "highestWastedBytes 'lots'", "highestUserWastedPercent"):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["rules: [", "- a\n- b", "rules: 3", "a: b: c", "rules:\n\t- x"])
def test_what_is_no_such_file_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^\.dive-ci"):
        dive_ci_rules(text, ".dive-ci")


def test_without_the_numbers_of_dive_nothing_was_measured() -> None:
    (rule, *_) = dive_ci_rules(COMMENTED, ".dive-ci")
    with pytest.raises(ImageError):
        rule.evaluate(replace(document(), dive=None))
