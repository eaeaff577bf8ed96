"""The generated parts: of the size they promise, valid for the tools that read them."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.errors import ProjectError
from runner.model.project import GeneratedPart, PartKind
from runner.project.generators.deflate import stored
from runner.project.generators.notebooks import noise_png
from runner.project.generators.parts import generate
from runner.project.generators.seeded import Choices, seeded_bytes
from runner.project.tree import digest_tree, normalise, walk

SMALL = {
    PartKind.git_history: GeneratedPart(PartKind.git_history, ".git", 300_000, 7, 1),
    PartKind.idea: GeneratedPart(PartKind.idea, ".idea", 200_000, 10, 1),
    PartKind.node_modules: GeneratedPart(PartKind.node_modules, "node_modules", 500_000, 130, 1),
    PartKind.notebooks: GeneratedPart(PartKind.notebooks, "notebooks", 200_000, 2, 1),
    PartKind.weights: GeneratedPart(PartKind.weights, "models/weights.bin", 2_500_001, 1, 1),
}
GOLDEN = {
    PartKind.git_history: "830d992e4b44a69ee2faf34a92074a0cc917c20e46c1c8d3f099c4285b8c0275",
    PartKind.idea: "3d83143b59d5b7d804b4f2189a8524c125122dc2a9b7222630f2a92e7a3b062c",
    PartKind.node_modules: "5b2263359d878dc647ad281824200acde7edbe743d0aa48ac0490487657076d6",
    PartKind.notebooks: "aca54b4de16630cd11294291890d1eb8a12fc287d32e56704da5498c0a8271d4",
    PartKind.weights: "8139486a0204ebc6c6bcfcbe232aaeb7d6c60c18537a8c9530592b0c6354a317",
}


def made(part: GeneratedPart, root: Path) -> Path:
    """The repository with a part generated into it."""
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print('hello')\n")
    (root / "src-notes").write_text("sorts before src/ and after src\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("src/main.py")
    generate(part, root)
    normalise(root)
    return root


def test_a_text_is_exactly_its_lines(tmp_path: Path) -> None:
    part = GeneratedPart(PartKind.text, "made/all.txt", lines=["flask>=3", "", "é"])
    generate(part, tmp_path)
    assert (tmp_path / "made/all.txt").read_bytes() == "flask>=3\n\né\n".encode()


@pytest.mark.parametrize("kind", SMALL)
def test_bytes_are_the_same_on_every_machine(tmp_path: Path, kind: PartKind) -> None:
    """The digests were written down on one machine; no other may find different ones."""
    assert digest_tree(made(SMALL[kind], tmp_path / "one")).digest == GOLDEN[kind]


@pytest.mark.parametrize("kind", SMALL)
def test_another_seed_gives_other_bytes(tmp_path: Path, kind: PartKind) -> None:
    part = SMALL[kind]
    other = GeneratedPart(part.kind, part.path, part.size_bytes, part.files, part.seed + 1)
    one = digest_tree(made(part, tmp_path / "one"))
    two = digest_tree(made(other, tmp_path / "two"))
    assert one.digest != two.digest
    assert two.bytes == pytest.approx(one.bytes, rel=0.02)


@pytest.mark.parametrize("kind", SMALL)
def test_size_is_about_what_was_asked_for(tmp_path: Path, kind: PartKind) -> None:
    part = SMALL[kind]
    place = made(part, tmp_path / "one") / part.path
    sizes = [place] if place.is_file() else [p for p in walk(place) if p.is_file()]
    assert sum(p.stat().st_size for p in sizes) == pytest.approx(part.size_bytes, rel=0.1)


@pytest.mark.parametrize("files", [1, 2, 26, 130, 3000])
def test_node_modules_keep_to_number_and_size(tmp_path: Path, files: int) -> None:
    part = GeneratedPart(PartKind.node_modules, "node_modules", files * 500, files, 3)
    generate(part, tmp_path)
    sizes = [p.stat().st_size for p in walk(tmp_path) if p.is_file()]
    assert (len(sizes), sum(sizes)) == (files, files * 500)


def test_node_modules_compress_like_code(tmp_path: Path) -> None:
    part = SMALL[PartKind.node_modules]
    generate(part, tmp_path)
    text = b"".join(p.read_bytes() for p in walk(tmp_path) if p.is_file())
    assert 3 < len(text) / len(zlib.compress(text)) < 9


def test_weights_do_not_compress(tmp_path: Path) -> None:
    generate(SMALL[PartKind.weights], tmp_path)
    weights = (tmp_path / "models/weights.bin").read_bytes()
    assert len(weights) == 2_500_001
    assert len(zlib.compress(weights, 1)) > 0.999 * len(weights)


def test_notebooks_hold_pictures(tmp_path: Path) -> None:
    generate(SMALL[PartKind.notebooks], tmp_path)
    notebooks = sorted((tmp_path / "notebooks").iterdir())
    assert [n.name for n in notebooks] == ["01-exploration.ipynb", "02-exploration.ipynb"]
    cell = json.loads(notebooks[0].read_text())["cells"][0]
    picture = base64.b64decode(cell["outputs"][0]["data"]["image/png"])
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")


def test_pictures_can_be_read(tmp_path: Path) -> None:
    from matplotlib import image

    (tmp_path / "noise.png").write_bytes(noise_png("seed", 10_000))
    assert image.imread(tmp_path / "noise.png").shape == (100, 100)


def test_idea_is_well_formed(tmp_path: Path) -> None:
    generate(SMALL[PartKind.idea], tmp_path)
    documents = [p for p in walk(tmp_path) if p.suffix in {".xml", ".iml"}]
    assert {"workspace.xml", "modules.xml", "vcs.xml"} <= {p.name for p in documents}
    for document in documents:
        ElementTree.parse(document)
    assert sum(p.is_file() for p in walk(tmp_path)) == 10


class TestGitHistory:
    """What the objects say, and what git itself says of them."""

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        return made(SMALL[PartKind.git_history], tmp_path / "repository")

    def git(self, repository: Path, *words: str) -> str:
        options = ["-c", f"safe.directory={repository}", "-C", str(repository)]
        run = subprocess.run(
            ["git", *options, *words], capture_output=True, text=True, timeout=60, check=False
        )
        assert run.returncode == 0, run.stderr
        return run.stdout + run.stderr

    def test_objects_are_what_their_names_say(self, repository: Path) -> None:
        kinds = []
        for path in (repository / ".git/objects").glob("??/*"):
            content = zlib.decompress(path.read_bytes())
            header, _, body = content.partition(b"\0")
            kind, length = header.split()
            assert int(length) == len(body)
            kinds.append(kind)
        assert kinds.count(b"commit") == 7
        assert {b"blob", b"tree"} < set(kinds)

    def test_head_leads_to_a_commit(self, repository: Path) -> None:
        git = repository / ".git"
        assert (git / "HEAD").read_text() == "ref: refs/heads/main\n"
        head = (git / "refs/heads/main").read_text().strip()
        commit = zlib.decompress((git / "objects" / head[:2] / head[2:]).read_bytes())
        assert re.search(rb"\0tree [0-9a-f]{40}\nparent [0-9a-f]{40}\nauthor .* \+0000\n", commit)

    def test_git_accepts_it(self, repository: Path) -> None:
        assert self.git(repository, "fsck", "--full", "--strict").strip() == ""
        assert len(self.git(repository, "log", "--oneline").splitlines()) == 7
        assert self.git(repository, "status", "--short") == ""
        assert self.git(repository, "ls-files").split() == [
            "link",
            "run.sh",
            "src-notes",
            "src/main.py",
        ]

    def test_one_commit_is_enough(self, tmp_path: Path) -> None:
        part = GeneratedPart(PartKind.git_history, ".git", 1000, 1, 1)
        root = made(part, tmp_path / "repository")
        assert len(list((root / ".git/objects").glob("??/*"))) == 7


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200_000))
def test_stored_is_zlib(data: bytes) -> None:
    assert zlib.decompress(stored(data)) == data


@pytest.mark.parametrize("length", [0, 1, 65_534, 65_535, 65_536, 131_070, 131_071])
def test_stored_at_block_ends(length: int) -> None:
    data = seeded_bytes("blocks", length)
    assert zlib.decompress(stored(data)) == data


@settings(max_examples=30, deadline=None)
@given(size=st.integers(0, 3_000_000))
def test_seeded_bytes_have_the_size(size: int) -> None:
    assert len(seeded_bytes("size", size)) == size


@given(below=st.integers(1, 1000), seed=st.text())
def test_choices_repeat_and_stay_below(below: int, seed: str) -> None:
    one, two = Choices(seed), Choices(seed)
    drawn = [one.number(below) for _ in range(50)]
    assert drawn == [two.number(below) for _ in range(50)]
    assert all(0 <= number < below for number in drawn)


def test_choices_go_on_for_ever() -> None:
    choices = Choices("seed")
    assert len({choices.number(1 << 32) for _ in range(10_000)}) > 9_990


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ProjectError, match=r"models/weights\.bin cannot be generated: a file"):
        generate(SMALL[PartKind.weights], tmp_path)
