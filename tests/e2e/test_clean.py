"""`dockbench clean` after a bench: what is ours goes, and what a user has made of it stays."""

from __future__ import annotations

import io
import re
import tarfile

from tests.e2e.conftest import Machine


def test_what_is_labelled_goes_and_everything_else_stays(machine: Machine) -> None:
    machine.command.bench("run.keep_images=true")
    (record,) = machine.command.results("variants").records
    variant = f"dockbench/variant:{record.variant_id}"
    client = machine.engine.client
    client.api.import_image_from_data(empty_tarball(), repository="somebody/else", tag="1")
    client.api.tag(client.images.get(variant).id, "somebody/kept", "1")
    client.containers.create(variant, name="theirs")

    done = machine.command.run("clean")

    tags = {tag for image in client.images.list() for tag in image.tags}
    assert "somebody/else:1" in tags
    assert "somebody/kept:1" in tags, "a tag that a user gave keeps the image"
    assert not [tag for tag in tags if tag.startswith("dockbench/")]
    assert [container.name for container in client.containers.list(all=True)] == ["theirs"]
    assert re.search(r"networks, [0-9.]+ [kMG]?B of build cache\n", done.err)
    assert not machine.engine.client.df()["BuildCache"]
    assert re.search(r"kept [0-9.]+ [MG]B of base images made here", done.err)
    assert done.out == ""
    machine.command.results("variants").assert_whole(1)

    again = machine.command.run("clean")
    assert "removed 0 containers, 0 images, 0 networks\n" in again.err
    machine.command.run("clean", "--all")
    assert not machine.cache.root.exists()
    assert machine.shared_bases.is_dir(), "a link in the cache is not followed"


def empty_tarball() -> bytes:
    """A root file system without a file."""
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    return buffer.getvalue()
