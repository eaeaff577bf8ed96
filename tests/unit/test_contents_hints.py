"""Hints in full: what is said of each finding, which instruction it names, what would change it."""

from __future__ import annotations

import pytest

from runner.image.anatomy import anatomy
from runner.image.contents.hints import WORTH_A_HINT_BYTES
from runner.model.anatomy import AnatomyDocument, Hint
from runner.model.entries import LayerContent
from tests.property.test_contents_anatomy import document
from tests.unit.images import directory, file, image, layer, link, opaque, symlink, whiteout

BIG = 100_000
WRITE_ONCE = "write them once: put both instructions into one, or the final content first"
DELETE_THERE = "delete them in the RUN that writes them, or build in another stage and COPY --from"


def only(found: AnatomyDocument) -> Hint:
    [hint] = found.hints
    return hint


@pytest.mark.parametrize(
    ("writer", "hider", "change"),
    [
        ("RUN curl -O a", "RUN rm a", DELETE_THERE),
        ("RUN ./x", "RUN ./x", "write only what stays"),
        ("COPY . /", "RUN rm a",
         "leave them out of the build context (.dockerignore), or use RUN --mount=type=bind"),
        ("COPY --from=build /a /a", "RUN rm a", "copy only what is needed from the stage"),
        ("copy --chown=1 --from=build /a /a", "RUN rm a",
         "copy only what is needed from the stage"),
    ],
)  # fmt: skip
def test_what_is_deleted_later_is_not_written_in_the_first_place(
    writer: str, hider: str, change: str
) -> None:
    for marker, title in ((whiteout("d"), "deleted"), (opaque("d"), "hidden with their whole dir")):
        found = only(
            document(layer(file("d/a", BIG), created_by=writer), layer(marker, created_by=hider))
        )
        assert found.finding.startswith(title)
        assert found.finding.endswith(" by layer 1: /d/a")
        assert (found.bytes, found.layer, found.instruction) == (BIG, 0, writer)
        assert found.change == change


@pytest.mark.parametrize(
    ("writer", "hider", "change"),
    [
        ("RUN ./x", "RUN ./y", WRITE_ONCE),
        ("RUN apt-get update && apt-get install -y x", "RUN apt install y",
         "install everything in one RUN"),
        ("RUN apk add x", "RUN apk add y", "install everything in one RUN"),
        ("RUN apk add x", "RUN ./y", WRITE_ONCE),
        ("RUN ./x", "RUN apk add y", WRITE_ONCE),
        ("RUN apk del x", "RUN apk add y", WRITE_ONCE),
        ("RUN install x && apt-get update", "RUN apk add y", WRITE_ONCE),
    ],
)  # fmt: skip
def test_what_is_written_twice_is_written_once(writer: str, hider: str, change: str) -> None:
    found = only(
        document(
            layer(file("a", BIG, digest="1"), created_by=writer),
            layer(file("a", 7, digest="2"), created_by=hider),
        )
    )
    assert found == Hint(BIG, 0, writer, "overwritten by layer 1: /a", change)


def test_what_another_kind_replaces_is_said_to_be() -> None:
    found = only(
        document(
            layer(file("a", BIG), created_by="RUN ./x"),
            layer(directory("a"), created_by="RUN ./y"),
        )
    )
    assert found == Hint(
        BIG, 0, "RUN ./x", "replaced by something of another kind by layer 1: /a", WRITE_ONCE
    )


def test_what_one_layer_hides_of_itself_is_said_to_be_its_own() -> None:
    twice = layer(file("a", BIG, digest="1"), file("a", 7, digest="2"), created_by="RUN ./x")
    assert only(document(twice)).finding == "overwritten by the same layer: /a"


def test_a_hard_link_across_layers_has_its_remedy() -> None:
    found = only(
        document(
            layer(file("opt/a", BIG, mtime_s=5), created_by="COPY a /opt/a"),
            layer(
                file("opt/a", BIG, mtime_s=5),
                link("opt/b", to="opt/a"),
                created_by="RUN ln /opt/a /opt/b",
            ),
        )
    )
    assert found == Hint(
        BIG,
        0,
        "COPY a /opt/a",
        "copied for a hard link by layer 1: /opt/a",
        "a symbolic link (ln -s), or the hard link in the RUN that writes the file",
    )


def test_waste_is_grouped_by_who_wrote_and_hid_it_and_why_the_largest_first() -> None:
    names = ("a", "b", "c", "d", "e")
    found = document(
        layer(*(file(name, BIG + place) for place, name in enumerate(names)), file("x", BIG)),
        layer(file("y", BIG)),
        layer(*(whiteout(name) for name in (*names, "y"))),
        layer(whiteout("x")),
    )
    assert [(one.bytes, one.layer, one.finding) for one in found.hints] == [
        (5 * BIG + 10, 0, "deleted by layer 2: /e, /d, /c and 2 more"),
        (BIG, 0, "deleted by layer 3: /x"),
        (BIG, 1, "deleted by layer 2: /y"),
    ]


def test_a_hint_against_the_base_blames_who_hides_it() -> None:
    found = only(
        document(
            layer(file("a", BIG, mtime_s=5), created_by="ADD base"),
            layer(file("a", BIG, mtime_s=5, mode=0o600), created_by="RUN chmod 600 /a"),
            base=1,
        )
    )
    assert (found.layer, found.instruction) == (1, "RUN chmod 600 /a")


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((layer(file("var/log/a", BIG)), layer(file("b", 1))), "left-over caches"),
        ((layer(file("a", BIG)), layer(whiteout("a"))), "hidden files"),
        ((layer(file("a", BIG), file("var/log/a", BIG)), layer(whiteout("a"))),
         "hidden files and left-over caches"),
    ],
)  # fmt: skip
def test_what_the_base_brings_is_one_hint(layers: tuple[LayerContent, ...], said: str) -> None:
    found = only(document(*layers, base=1))
    assert found.finding == f"{said} that the base image brings"
    assert found.change == "only another base image changes that"
    assert found.bytes == BIG * (1 + (" and " in said))


def test_copies_are_counted_where_the_later_ones_were_written() -> None:
    found = document(
        layer(file("a", BIG, digest="1"), created_by="ADD base"),
        layer(file("b", BIG, digest="1"), file("c", BIG, digest="1"), created_by="COPY b c /"),
        layer(file("d", BIG, digest="1"), created_by="COPY d /"),
        base=1,
    )
    change = "a symbolic link, or leave one out"
    assert found.hints == (
        Hint(2 * BIG, 1, "COPY b c /", "copies of other files: /b, /c", change),
        Hint(BIG, 2, "COPY d /", "copies of other files: /d", change),
    )


def test_build_tools_are_named_by_package_the_largest_first() -> None:
    found = only(
        document(
            layer(file("bin/sh", 1)),
            layer(
                file("var/lib/dpkg/info/gcc-12.list", content=b"/usr/bin/gcc-12\n/usr/lib/cc1\n"),
                file("var/lib/dpkg/info/make.list", content=b"/usr/bin/make\n"),
                file("usr/bin/make", 7 * BIG, digest="m"),
                file("usr/bin/gcc-12", 2 * BIG, digest="g"),
                file("usr/lib/cc1", 3 * BIG, digest="c"),
                created_by="RUN apt-get install gcc make",
            ),
            base=1,
        )
    )
    assert (found.bytes // BIG, found.layer) == (12, 1), "with the lists of their files"
    assert found.finding == "build tools (dpkg): make, gcc-12"
    assert found.change == "install them in another stage and COPY --from only the result"


@pytest.mark.parametrize(
    ("where", "target", "hints"),
    [
        ("usr/bin/x", "/root/.cache/tool/bin/x", 0),
        ("root/bin/x", "../.cache/tool/bin/x", 0),
        ("usr/bin/x", "root/.cache/tool/bin/x", 1),
        ("root/.cache/tool/latest", "bin/x", 1),
        ("usr/bin/x", "/root/.cache/tools/bin/x", 1),
    ],
)
def test_a_cache_that_a_link_from_elsewhere_leads_into_is_in_use(
    where: str, target: str, hints: int
) -> None:
    found = document(layer(file("root/.cache/tool/bin/x", BIG), symlink(where, target)))
    assert len(found.hints) == hints


@pytest.mark.parametrize(
    ("place", "command", "hints"),
    [
        ("var/tmp/deep/server", "/var/tmp/deep/server", 0),
        ("var/tmp/deep/server", "/usr/bin/other", 1),
        ("root/.cache/tool/a", "tool", 0),
        ("root/.cache/tool/a", "other", 1),
        ("root/cache/.npm/_cacache/a", "npx", 0),
        ("root/cache/.npm/_cacache/a", "npm", 1),
    ],
)
def test_a_cache_is_in_use_by_the_program_that_is_started(
    place: str, command: str, hints: int
) -> None:
    content = image(layer(file(place, BIG)))
    content.command = (command,)
    assert len(anatomy(content).hints) == hints


def test_a_cache_is_in_use_by_a_project_that_finds_its_packages_there() -> None:
    packed = file("root/.cache/yarn/v6/x.zip", BIG)
    assert len(document(layer(packed)).hints) == 1
    assert document(layer(packed, file("srv/app/.pnp.cjs", 5))).hints == ()


def test_what_is_too_small_for_a_hint_does_not_hide_what_is_not() -> None:
    found = document(
        layer(
            file("root/.cache/pip/a", WORTH_A_HINT_BYTES - 1),
            file("root/.cache/uv/a", BIG),
            file("tmp/a", WORTH_A_HINT_BYTES - 2),
            file("var/log/a", BIG + 1),
        )
    )
    assert [one.bytes for one in found.hints] == [BIG + 1, BIG]


def test_a_file_that_an_earlier_hint_removes_is_in_no_other() -> None:
    copied = [file(path, BIG, digest="1") for path in ("srv/a", "tmp/a", "tmp/b", "usr/a")]
    found = document(layer(*copied))
    assert [(one.bytes, one.finding) for one in found.hints] == [
        (2 * BIG, "temporary files: /tmp"),
        (BIG, "copies of other files: /usr/a"),
    ]


def test_what_is_too_small_for_one_hint_may_be_in_another() -> None:
    size = WORTH_A_HINT_BYTES - 4_000
    listed = b"/usr/bin/gcc-12\n/tmp/gcc.o\n"
    found = only(
        document(
            layer(
                file("var/lib/dpkg/info/gcc-12.list", content=listed),
                file("usr/bin/gcc-12", size),
                file("tmp/gcc.o", size),
            )
        )
    )
    assert found.finding == "build tools (dpkg): gcc-12"
    assert found.bytes == 2 * size + len(listed)
