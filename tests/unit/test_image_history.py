"""Layers are told by the instruction that wrote them, whatever builder wrote the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.oci.history import (
    UNKNOWN,
    UNKNOWN_FEWER,
    UNKNOWN_NONE,
    guessed_history,
    instruction,
    layer_instructions,
    stored_history,
)


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        ('/bin/sh -c #(nop)  CMD ["python3"]', 'CMD ["python3"]'),
        ("/bin/sh -c #(nop) COPY dir:0a1b in /app ", "COPY dir:0a1b in /app"),
        ("/bin/sh -c pip install flask", "RUN pip install flask"),
        ("RUN /bin/sh -c pip install flask # buildkit", "RUN pip install flask"),
        ("COPY . /app # buildkit", "COPY . /app"),
        ("RUN |1 BASE_IMAGE=x:y /bin/sh -c make # buildkit", "RUN make"),
        ("|2 A=a B=b c d /bin/sh -c make", "RUN make"),
        ("RUN /bin/bash -o pipefail -c make", "RUN /bin/bash -o pipefail -c make"),
        ("RUN /bin/sh -ec make # buildkit", "RUN /bin/sh -ec make"),
        ("RUN /bin/sh -e -c make # buildkit", "RUN make"),
        ("RUN /bin/busybox --install # buildkit", "RUN /bin/busybox --install"),
        ("RUN /bin/sh -c set -eux;\n\t\tapt-get update # buildkit", "RUN set -eux; apt-get update"),
        ("CMD [\"sh\"]", "CMD [\"sh\"]"),
        ("", ""),
    ],
)  # fmt: skip
def test_wrappers_of_builders_are_taken_off(created_by: str, expected: str) -> None:
    assert instruction(created_by) == expected


def test_an_imported_layer_is_named_by_its_comment() -> None:
    assert instruction("", "Imported from -") == "Imported from -"


def test_secrets_in_arguments_and_addresses_are_left_out() -> None:
    text = "RUN |1 TOKEN=s3cret /bin/sh -c pip install -i https://me:s3cret@index/simple x"
    assert "s3cret" not in instruction(text)
    assert instruction(text) == "RUN pip install -i https://***@index/simple x"


def entry(created_by: str, empty: bool = False, size: int = 0) -> dict[str, Any]:
    """One entry of a history, in both spellings."""
    own: dict[str, Any] = {"created_by": created_by, "CreatedBy": created_by, "Size": size}
    return own | ({"empty_layer": True} if empty else {})


HISTORY = [
    entry("ADD rootfs.tar / # buildkit", size=100),
    entry('CMD ["bash"]', empty=True),
    entry("ENV A=1", empty=True),
    entry("WORKDIR /app"),
    entry("RUN /bin/sh -c true # buildkit"),
    entry("COPY . . # buildkit", size=10),
    entry("USER app", empty=True),
]
LAYERS = ["ADD rootfs.tar /", "WORKDIR /app", "RUN true", "COPY . ."]


def test_entries_without_a_layer_are_skipped() -> None:
    assert layer_instructions(HISTORY, 4) == LAYERS


def test_a_history_without_entries_names_nothing() -> None:
    assert layer_instructions([], 2) == ["", ""]
    marked = [entry("RUN a", empty=True), entry("RUN b", empty=True)]
    assert layer_instructions(marked, 2) == [UNKNOWN_NONE] * 2


def test_of_a_history_with_too_few_entries_nothing_is_guessed() -> None:
    """A build on a base without a history: its one entry is that of the last layer."""
    assert layer_instructions(HISTORY[:1], 3) == [UNKNOWN_FEWER] * 3


def test_of_a_history_with_too_many_entries_nothing_is_guessed() -> None:
    """Which entry wrote which layer cannot be known: the right name or none."""
    assert layer_instructions(HISTORY, 2) == [UNKNOWN, UNKNOWN]


def test_what_buildah_adds_is_no_part_of_an_instruction() -> None:
    said = "/bin/sh -c #(nop) COPY file:9bd7 in /app/ |force-mtime=10"
    assert instruction(said) == "COPY file:9bd7 in /app/"
    said = '/bin/sh -c echo "|force-mtime=1" |unsetLabel=true|force-mtime=10'
    assert instruction(said) == 'RUN echo "|force-mtime=1"', "what a command says stays"
    assert instruction("/bin/sh -c make|unsetLabel=true|force-mtime=10") == "RUN make"
    assert instruction("RUN make |tee log") == "RUN make |tee log"


def test_the_engines_listing_is_understood_without_flags() -> None:
    assert layer_instructions(guessed_history(HISTORY[::-1], 4), 4) == LAYERS


def test_a_workdir_that_made_no_layer_is_the_first_to_go() -> None:
    found = layer_instructions(guessed_history(HISTORY[::-1], 3), 3)
    assert found == ["ADD rootfs.tar /", "RUN true", "COPY . ."]


def test_the_stored_configuration_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "overlay2" / "abc" / "diff"
    folder.mkdir(parents=True)
    content = tmp_path / "image" / "overlay2" / "imagedb" / "content" / "sha256"
    content.mkdir(parents=True)
    (content / ("f" * 64)).write_text(json.dumps({"history": HISTORY}))
    assert stored_history(folder, "sha256:" + "f" * 64) == HISTORY
    assert stored_history(folder, "sha256:" + "e" * 64) is None


def test_a_history_for_no_layers() -> None:
    assert layer_instructions([{"created_by": "RUN a"}, {"created_by": "RUN b"}], 0) == []
    assert layer_instructions([{"created_by": "RUN a"}, {"created_by": "RUN b"}], 1) == [UNKNOWN]


def test_a_secret_that_the_cut_would_split_is_left_out_with_its_word() -> None:
    """White space is taken out after a long text was cut, so the cut may come before its end."""
    token = "ghp_" + "a1" * 18
    before = "RUN x" + " " * ((1 << 18) - len("RUN x") - 10)
    assert instruction(f"{before}{token} tail") == "RUN x"
