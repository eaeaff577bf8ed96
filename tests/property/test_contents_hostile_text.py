"""Text that makes patterns slow: what would take minutes if the time grew with the square of the
text must take no time."""

from __future__ import annotations

import time

import pytest

from runner.image.anatomy import anatomy
from runner.model.redact import redacted
from runner.oci.history import instruction
from tests.unit.images import directory, file, image, layer, symlink, whiteout

LONG = 400_000
MOST_S = 2.0
SITE = "usr/lib/python3/site-packages"


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "x ",
        "x://",
        "x@",
        ":/",
        "|1 a ",
        "/bin/sh -c ",
        "/bin/sh -a ",
        "#(nop) ",
        " # buildkit",
    ],
)
def test_instructions_and_credentials_in_them(word: str) -> None:
    text = (word * LONG)[:LONG]
    begun_s = time.process_time()
    for beginning in ("", "RUN |1 ", "/bin/sh -c #(nop) "):
        assert len(instruction(beginning + text)) <= 1 << 16
        redacted(beginning + text)
    assert time.process_time() - begun_s < MOST_S


@pytest.mark.parametrize("word", ["apt ", "pip ", "apk ", "microdnf ", "COPY ", "RUN ", "mamba "])
def test_hints_from_instructions(word: str) -> None:
    """Of a cache, of something deleted and of something written twice."""
    written = instruction("RUN " + (word * LONG)[:LONG])
    content = image(
        layer(
            file("root/.cache/pip/a", 20_000),
            file("var/cache/apt/archives/a", 20_000),
            file("var/cache/apk/a", 20_000),
            file("var/log/a", 20_000),
            file("a", 20_000),
            file("b", 20_000),
            created_by=written,
        ),
        layer(file("a", 30_000), whiteout("b"), created_by=written),
    )
    begun_s = time.process_time()
    assert len(anatomy(content).hints) >= 5
    assert time.process_time() - begun_s < MOST_S


@pytest.mark.parametrize("filling", [" ", "\t", "\r", " \t\r"])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("var/lib/dpkg/status", "Package: libc6\nVersion: 1{}x\nArchitecture: all"),
        (f"{SITE}/a-1.dist-info/METADATA", "Name: a\nVersion: 1{}x\n\nText"),
        (f"{SITE}/a-1.dist-info/RECORD", 'a.py,,\n"b{}",,'),
        ("lib/apk/db/installed", "P:a\nV:1{}x\nF:{}\nR:b"),
        ("app/node_modules/a/package.json", '{{"version": "1{}x"}}'),
        ("opt/conda-meta/a.json", '{{"name": "a", "files": ["{}x"]}}'),
    ],
)
def test_package_databases(path: str, text: str, filling: str) -> None:
    content = text.replace("{}", filling * LONG).replace("{{", "{").replace("}}", "}").encode()
    found = image(
        layer(file(path, content=content), file("var/lib/dpkg/info/libc6.list", content=b"/a\n"))
    )
    begun_s = time.process_time()
    anatomy(found)
    assert time.process_time() - begun_s < MOST_S


@pytest.mark.parametrize("lines", [1, 5_000])
def test_folders_behind_long_chains_of_long_links(lines: int) -> None:
    """Each folder that a package names is looked for anew: with too many of them the last ones
    count as they are written."""
    chain = [symlink(f"l{number}", "d/../" * 800 + f"l{number + 1}") for number in range(38)]
    named = ["l0/first", *(f"l0/{number}/x" for number in range(lines)), "l30/last"]
    content = image(
        layer(
            directory("d"),
            file("d/first", 10_000),
            file("d/last", 20_000),
            *chain,
            symlink("l38", "d"),
            file("var/lib/dpkg/info/p.list", content="".join(f"/{n}\n" for n in named).encode()),
        )
    )
    begun_s = time.process_time()
    assert anatomy(content).unowned_bytes == (0 if lines == 1 else 20_000)
    assert time.process_time() - begun_s < MOST_S
