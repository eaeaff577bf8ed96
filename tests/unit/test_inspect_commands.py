"""`inspect`, `check` and `compare-images` on archives: output, files, exit codes, errors."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest

from runner.cli.image_names import unambiguous
from runner.cli.main import main
from runner.cli.waiting import Waiting
from runner.model.anatomy import SMALLEST_DUPLICATE_BYTES
from tests.unit import archives
from tests.unit.archives import Image, tarball, write_folder
from tests.unit.images import directory, file, image, layer, symlink, whiteout
from tests.unit.saved import save


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder and cache, and no engine in sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


@pytest.fixture
def archive(tmp_path: Path) -> str:
    """Two layers over a base; 40 kB of them are deleted again."""
    content = image(
        layer(directory("etc"), file("etc/os-release", 1_000), created_by="ADD rootfs.tar /"),
        layer(
            file("app/main.py", 20_000),
            file("root/.cache/pip/wheel", 40_000),
            created_by="RUN pip install flask",
        ),
        layer(
            whiteout("root/.cache/pip/wheel"), symlink("app/link", "main.py"), created_by="RUN rm"
        ),
        name="app:1",
    )
    return str(save(content, tmp_path / "app.tar"))


@pytest.fixture
def base(tmp_path: Path) -> str:
    """Only the base."""
    content = image(
        layer(directory("etc"), file("etc/os-release", 1_000), created_by="ADD rootfs.tar /"),
        name="base:1",
    )
    return str(save(content, tmp_path / "base.tar"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_is_one_document_and_nothing_else(
    archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "inspect", archive, "--json", "-")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["image"]["name"] == "app:1"
    assert found["image"]["stored_bytes"] == 61_000
    assert found["image"]["live_bytes"] == 21_000
    assert found["image"]["wasted_bytes"] == 40_000
    assert [one["created_by"] for one in found["layers"]] == [
        "ADD rootfs.tar /",
        "RUN pip install flask",
        "RUN rm",
    ]
    (waste,) = found["waste"]
    assert waste["path"] == "root/.cache/pip/wheel"
    assert (waste["written_by"], waste["hidden_by"], waste["reason"]) == (1, 2, "deleted")
    owned = sum(package["bytes"] for package in found["packages"])
    assert owned + found["unowned_bytes"] == found["image"]["live_bytes"]


def test_json_to_a_file_and_the_report_to_stdout(
    archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "inspect", archive, "--json", "found.json", "--top", "3")
    assert code == 0
    assert json.loads(Path("found.json").read_text())["schema"] == 1
    for part in ("app:1", "61.0 kB", "RUN pip install flask", "/root/.cache/pip/wheel"):
        assert part in out
    assert "\x1b" not in out


def test_the_layers_of_the_base_are_told_apart(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "inspect", archive, "--base", base, "--json", "-")
    found = json.loads(out)
    assert [one["is_base"] for one in found["layers"]] == [True, False, False]
    _, out, _ = run(capsys, "inspect", archive, "--base", base)
    assert "1 from the base" in out
    code, _, err = run(capsys, "inspect", base, "--base", archive, "--json", "-")
    assert (code, err) == (0, "")


def test_a_base_that_is_none_is_told(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(save(image(layer(file("other", 7))), tmp_path / "other.tar"))
    code, out, err = run(capsys, "inspect", archive, "--base", other, "--json", "-")
    assert code == 0
    assert "not built on it" in err
    assert json.loads(out)["image"]["base"] == ""
    assert not any(one["is_base"] for one in json.loads(out)["layers"])


def test_an_empty_layer_in_both_parts_is_only_once_the_bases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that changes no file leaves the same empty layer everywhere."""
    first, own, last = (layer(file(name, 9)) for name in ("etc/passwd", "app", "end"))
    sources = {
        name: str(save(image(*layers), tmp_path / f"{name}.tar"))
        for name, layers in {
            "app": (first, layer(), own, layer(), last),
            "base": (first, layer()),
            "newer": (first, own, layer()),
            "other": (own, layer()),
        }.items()
    }

    def of_base(base: str) -> tuple[list[bool], str]:
        options = ("--base", sources[base], "--json", "-")
        _, out, err = run(capsys, "inspect", sources["app"], *options)
        return [one["is_base"] for one in json.loads(out)["layers"]], err

    assert of_base("base") == ([True, True, False, False, False], "")
    marked, said = of_base("newer")
    assert marked == [True, False, False, False, False]
    assert "only the first 1 of 3 layers" in said
    marked, said = of_base("other")
    assert not any(marked)
    assert "begins with no layer" in said


@pytest.mark.parametrize("packed", [False, True])
def test_the_layers_of_an_archive_are_compressed_on_request(
    packed: bool, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if packed:
        archive = str(Path(archive).with_suffix(".tar.gz"))
        Path(archive).write_bytes(gzip.compress(Path(archive).with_suffix("").read_bytes()))
    _, out, _ = run(capsys, "inspect", archive, "--json", "-")
    assert json.loads(out)["image"]["compressed_bytes"] is None
    _, out, _ = run(capsys, "inspect", archive, "--compressed", "--json", "-")
    found = json.loads(out)
    sizes = [one["compressed_bytes"] for one in found["layers"]]
    assert all(0 < size < 3_000 for size in sizes)
    assert found["image"]["compressed_bytes"] == sum(sizes)
    _, later, _ = run(capsys, "inspect", archive, "--json", "-")
    assert json.loads(later) == found


def test_the_layers_in_a_layouts_folder_are_compressed_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = Image([tarball(archives.file("a", bytes(5_000))), tarball(archives.file("b", b"b"))])
    layout = str(write_folder(tmp_path / "layout", content.oci_files()))
    (tmp_path / "layout.tar").write_bytes(content.docker_archive())
    _, out, _ = run(capsys, "inspect", layout, "--compressed", "--json", "-")
    found = [one["compressed_bytes"] for one in json.loads(out)["layers"]]
    (tmp_path / "cache").rename(tmp_path / "cache-of-the-folder")
    _, out, _ = run(capsys, "inspect", "layout.tar", "--compressed", "--json", "-")
    assert found == [one["compressed_bytes"] for one in json.loads(out)["layers"]]

    unpacked = str(write_folder(tmp_path / "unpacked", content.docker_files()))
    (tmp_path / "cache").rename(tmp_path / "cache-of-the-archive")
    _, out, _ = run(capsys, "inspect", unpacked, "--compressed", "--json", "-")
    assert found == [one["compressed_bytes"] for one in json.loads(out)["layers"]]


def test_content_that_is_there_twice_is_found_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = b"twice" * 10_000
    content = image(
        layer(
            file("a", content=twice),
            file("b", content=twice),
            file("c", content=b"other" * 10_000),
        )
    )
    archive = str(save(content, tmp_path / "twice.tar"))
    _, out, _ = run(capsys, "inspect", archive, "--duplicates", "--json", "-")
    (found,) = json.loads(out)["duplicates"]
    assert (found["bytes"], found["paths"]) == (50_000, ["a", "b"])


def test_help_and_page_say_from_which_size_on_content_is_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    floor = f"{SMALLEST_DUPLICATE_BYTES >> 10} KiB"
    with pytest.raises(SystemExit):
        main(["inspect", "--help"])
    assert f"(files from {floor} on)" in " ".join(capsys.readouterr().out.split())
    page = Path(__file__).parents[2] / "docs" / "inspect.md"
    assert f"Files below {floor} are not compared" in page.read_text("utf-8")


def test_top_reaches_the_json_which_has_no_less_than_twenty_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [
        file(f"{side}/{place}/f", content=b"%02d" % place * 10_000)
        for side in "ab"
        for place in range(15)
    ]
    archive = str(save(image(layer(*pairs)), tmp_path / "many.tar"))
    for top, files, folders in (("1", 20, 20), ("25", 25, 25), ("90", 30, 32)):
        _, out, _ = run(capsys, "inspect", archive, "--top", top, "--json", "-", "--duplicates")
        found = json.loads(out)
        assert found["image"]["live_files"] == 30
        assert len(found["largest_files"]) == files
        assert len(found["largest_directories"]) == folders
        assert len(found["duplicates"]) == 15
        (copies,) = [one for one in found["hints"] if one["finding"].startswith("copies")]
        assert copies["bytes"] == 300_000
    _, out, _ = run(capsys, "inspect", archive, "--top", "4")
    assert "… 26 more, 520.0 kB" in out


def test_duplicates_are_null_where_they_were_not_looked_for(
    archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, duplicates in (((), None), (("--duplicates",), [])):
        _, out, _ = run(capsys, "inspect", archive, *options, "--json", "-")
        assert json.loads(out)["duplicates"] == duplicates


def test_only_work_that_lasts_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with Waiting("reading app", patience_s=60):
        pass
    assert capsys.readouterr().err == ""
    with Waiting("reading app", patience_s=0.01):
        deadline = time.monotonic() + 10
        while not (said := capsys.readouterr().err) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert said == "reading app …\n"


def test_trees(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, whole, _ = run(capsys, "inspect", archive, "--tree")
    assert "main.py" in whole
    assert "wheel" not in whole
    _, layer_2, _ = run(capsys, "inspect", archive, "--tree", "2", "--depth", "9")
    assert "− " in layer_2
    assert "wheel" in layer_2
    assert "main.py" in layer_2
    _, same, _ = run(capsys, "inspect", "--tree", archive)
    assert same == whole


def test_trees_name_what_they_are_compared_with(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, title in (
        (("--tree",), "app:1 (linux/amd64) against layer 0, as no base is known"),
        (("--tree", "--base", Path(base).name), "app:1 (linux/amd64) against its base base.tar"),
        (("--tree", "2"), "app:1 (linux/amd64), layer 2 against the layers below: RUN rm"),
        (("--tree", "0"), "app:1 (linux/amd64), layer 0 against nothing: ADD rootfs.tar /"),
    ):
        _, out, _ = run(capsys, "inspect", archive, *options)
        assert out.splitlines()[0] == title


def test_trees_as_json(archive: str, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "inspect", archive, "--tree", "--json", "-", "--depth", "1")
    found = json.loads(out)
    assert found["image"]["stored_bytes"] == 61_000
    whole = found["tree"]
    assert (whole["layer"], whole["against"], whole["depth"]) == (None, "layer 0", 1)
    assert [(one["path"], one["state"], one["files"]) for one in whole["entries"]] == [
        ("", "changed", 3),
        ("app", "added", 2),
        ("etc", "unchanged", 1),
    ]
    given = ("--tree", "--base", base, "--json", "tree.json")
    assert run(capsys, "inspect", archive, *given)[1].startswith(
        "app:1 (linux/amd64) against its base"
    )
    assert json.loads(Path("tree.json").read_text())["tree"]["against"] == base
    _, out, _ = run(capsys, "inspect", archive, "--tree", "2", "--json", "-", "--depth", "9")
    tree = json.loads(out)["tree"]
    assert (tree["layer"], tree["against"]) == (2, "the layers below")
    (gone,) = [one for one in tree["entries"] if one["path"] == "root/.cache/pip/wheel"]
    assert gone == {
        "path": "root/.cache/pip/wheel",
        "directory": False,
        "state": "removed",
        "bytes": 0,
        "before_bytes": 40_000,
        "files": 1,
    }
    _, out, _ = run(capsys, "inspect", archive, "--json", "-")
    assert "tree" not in json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("inspect",), ("no image was named",)),
        (("inspect", "ARCHIVE", "--tree", "9"), ("--tree '9'", "0 to 2")),
        (("inspect", "ARCHIVE", "--top", "0"), ("--top '0'",)),
        (("inspect", "ARCHIVE", "--depth", "deep"), ("--depth 'deep'",)),
        (("inspect", "nowhere.tar"), ("no file or directory nowhere.tar",)),
        (("inspect", "nowhere:1"), ("unix:///nowhere/docker.sock",)),
        (("inspect", "notes.txt"), ("notes.txt",)),
        (("check", "ARCHIVE"), ("no budget", "--max-size")),
        (("check", "ARCHIVE", "--max-size", "big", "--max-waste", "-"), ("'big'", "'-'")),
        (("check", "ARCHIVE", "--max-growth", "5"), ("--baseline",)),
        (("check", "ARCHIVE", "--baseline", "notes.txt"), ("notes.txt",)),
        (("check", "ARCHIVE", "--baseline", "none.json", "--max-growth", "5"), ("none.json",)),
        (("check", "ARCHIVE", "--min-waste-bytes", "5MB"), ("--max-waste-percent",)),
        (("check", "ARCHIVE", "--dive-ci", "none.yaml"), ("none.yaml",)),
        (("check", "ARCHIVE", "--dive-ci", "bad.yaml"), ("bad.yaml", "'lowestEficiency'")),
        (("check", "nowhere.tar", "--max-size", "1GB"), ("no file or directory nowhere.tar",)),
        (
            ("check", "ARCHIVE", "--max-size", "1GB", "--json", "-", "--markdown", "-"),
            ("stdout",),
        ),
        (("compare-images", "ARCHIVE"), ("second",)),
        (("compare-images", "ARCHIVE", "notes.txt"), ("notes.txt",)),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    archive: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("notes.txt").write_text("not an image\n" * 1000)
    Path("bad.yaml").write_text("rules:\n  lowestEficiency: 0.9\n")
    given = [archive if word == "ARCHIVE" else word for word in arguments]
    code, out, err = run(capsys, *given)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_a_folder_that_is_no_layout_does_not_hide_an_image(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "index.json").write_text("{}")
    assert unambiguous("app") == "app:latest"
    assert unambiguous("layout") == "layout"
    for name in ("./app", "app/", "app:1", "other", str(tmp_path)):
        assert unambiguous(name) == name


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--max-size", "61000"), 0),
        (("--max-size", "60.9kB"), 1),
        (("--max-waste", "40kB"), 0),
        (("--max-waste", "39kB"), 1),
        (("--max-waste-percent", "66"), 0),
        (("--max-waste-percent", "5"), 1),
        (("--max-waste-percent", "5", "--min-waste-bytes", "1MB"), 0),
        (("--max-size", "1GB", "--max-waste", "0"), 1),
        (("--dive-ci", "none"), 0),
        (("--dive-ci", "strict"), 1),
    ],
)
def test_exit_codes_of_check(
    options: tuple[str, ...], code: int, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    off = "rules:\n  lowestEfficiency: off\n  highestUserWastedPercent: disabled\n"
    Path("none").write_text(off)
    Path("strict").write_text("rules:\n  lowestEfficiency: 0.99\n")
    assert run(capsys, "check", archive, *options)[0] == code


def test_a_dive_ci_in_the_folder_is_read_and_that_is_said(
    archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".dive-ci").write_text("rules:\n  highestWastedBytes: 10kB\n")
    code, out, err = run(capsys, "check", archive)
    assert code == 1
    assert ".dive-ci" in err
    assert "highestWastedBytes 10kB" in out


def test_a_baseline_and_its_growth(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "check", base, "--write-baseline", "base.json")[0] == 0
    limits = ("--baseline", "base.json", "--max-growth", "5%")
    code, out, _ = run(capsys, "check", archive, *limits, "--json", "-")
    assert code == 1
    (rule,) = json.loads(out)["rules"]
    assert (rule["key"], rule["measured"], rule["limit"]) == ("--max-growth", 60_000, 50)
    assert run(capsys, "check", archive, *limits, "--min-growth-bytes", "60kB")[0] == 0
    assert run(capsys, "check", base, *limits)[0] == 0
    run(capsys, "inspect", archive, "--json", "whole.json")
    assert run(capsys, "check", archive, "--baseline", "whole.json", "--max-growth", "0")[0] == 0


def test_an_image_over_its_budget_becomes_no_baseline(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "check", base, "--write-baseline", "base.json")
    before = Path("base.json").read_text()
    limits = ("--baseline", "base.json", "--max-growth", "5%", "--write-baseline", "base.json")
    for _ in range(2):
        code, _, err = run(capsys, "check", archive, *limits)
        assert (code, err) == (1, "base.json was not written: the image is over its budget\n")
    assert Path("base.json").read_text() == before
    assert run(capsys, "check", archive, *limits[:3], "6001%", *limits[4:])[0] == 0
    assert Path("base.json").read_text() != before


def test_an_image_is_a_baseline(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = ("--baseline", base, "--max-growth", "5%")
    code, out, _ = run(capsys, "check", archive, *limits, "--json", "-")
    assert code == 1
    found = json.loads(out)
    assert found["baseline"]["name"] == "base:1"
    assert found["rules"][0]["measured"] == 60_000
    code, out, _ = run(capsys, "check", base, *limits, "--json", "-")
    assert (code, json.loads(out)["changed"]) == (0, False)
    for given in ("nowhere:1", "nowhere.json", "./nowhere"):
        code, _, err = run(capsys, "check", archive, "--baseline", given, "--max-growth", "5%")
        assert (code, err.count("\n")) == (2, 1)
        assert given.removeprefix("./") in err


def test_an_image_that_shrank_asks_for_a_new_baseline_and_may_write_it(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "check", archive, "--write-baseline", "base.json")
    limits = ("--baseline", "base.json", "--max-shrink", "5%")
    assert run(capsys, "check", archive, *limits)[0] == 0
    assert run(capsys, "check", base, *limits, "--min-growth-bytes", "60kB")[0] == 0
    code, out, _ = run(capsys, "check", base, *limits, "--markdown", "-")
    assert code == 1
    assert "−60.0 kB (−98.4 %) since the baseline" in out
    assert "commit a new baseline" in out
    assert run(capsys, "check", base, *limits, "--write-baseline", "base.json")[0] == 1
    assert run(capsys, "check", base, *limits)[0] == 0


def test_own_layers_have_a_budget_of_their_own(
    archive: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for limit, code in (("60kB", 0), ("59kB", 1)):
        given = ("--max-own-size", limit, "--base", base)
        assert run(capsys, "check", archive, *given)[0] == code
    code, out, err = run(capsys, "check", archive, "--max-own-size", "60kB")
    assert (code, out) == (2, "")
    assert "--base IMAGE" in err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--max-layers", "3"), 0),
        (("--max-layers", "2"), 1),
        (("--min-size", "61kB"), 0),
        (("--min-size", "62kB"), 1),
        (("--max-layers", "0"), 2),
        (("--max-layers", "2.5"), 2),
        (("--max-shrink", "5%"), 2),
        (("--platform", "linux/amd64,", "--max-size", "1MB"), 2),
    ],
)
def test_more_budgets(
    options: tuple[str, ...], code: int, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "check", archive, *options)[0] == code


def platforms_in(folder: Path, *sizes: int) -> str:
    """A layout with an image for each of two platforms, of as many bytes."""
    members: dict[str, bytes] = {}
    manifests = []
    for size, architecture in zip(sizes, ("amd64", "arm64"), strict=True):
        layers = [tarball(archives.file("a", b"x" * size))]
        one = Image(layers, platform=("linux", architecture)).oci_files()
        members |= one
        manifests += json.loads(one["index.json"])["manifests"]
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    return str(write_folder(folder, members))


def test_several_platforms_have_a_row_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = platforms_in(tmp_path / "layout", 1_000, 2_000)
    both = ("--platform", "linux/amd64,linux/arm64")
    limits = (*both, "--max-size", "1500")
    code, out, _ = run(capsys, "check", layout, *limits, "--markdown", "check.md")
    assert code == 1
    assert "(linux/amd64): 1.0 kB, within" in out
    assert "(linux/arm64): 2.0 kB, over" in out
    text = Path("check.md").read_text()
    assert "is over its budget** on linux/arm64." in text.splitlines()[1]
    assert "| ✅ | linux/amd64 | 1.0 kB |" in text
    assert "| ❌ | linux/arm64 | 2.0 kB |" in text
    assert "| linux/arm64 | `--max-size 1500` | 2.0 kB | 1.5 kB |" in text
    _, out, _ = run(capsys, "check", layout, *limits, "--json", "-")
    found = json.loads(out)
    assert found["passed"] is False
    assert [one["passed"] for one in found["platforms"]] == [True, False]


def test_each_platform_is_compared_with_its_own_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = platforms_in(tmp_path / "before", 1_000, 2_000)
    after = platforms_in(tmp_path / "after", 1_000, 3_000)
    both = ("--platform", "linux/amd64,linux/arm64")
    assert run(capsys, "check", before, *both, "--write-baseline", "base.json")[0] == 0
    for baseline in ("base.json", before):
        limits = ("--baseline", baseline, "--max-growth", "10%")
        assert run(capsys, "check", before, *both, *limits)[0] == 0
        assert run(capsys, "check", after, "--platform", "linux/amd64", *limits)[0] == 0
        code, out, _ = run(capsys, "check", after, *both, *limits, "--markdown", "-")
        assert code == 1
        assert "| ❌ | linux/arm64 | 3.0 kB | +1.0 kB (+50.0 %) |" in out


def test_nothing_changed_is_one_line(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "check", archive, "--write-baseline", "base.json")
    limits = ("--baseline", "base.json", "--max-growth", "5%")
    code, out, _ = run(capsys, "check", archive, *limits, "--markdown", "-")
    assert code == 0
    assert out.splitlines()[1:] == [
        "✅ **app:1 (linux/amd64) is within its budget**: 61.0 kB, unchanged."
    ]


def test_no_line_of_a_check_is_a_command_of_the_ci(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("::error::canary", "##[error]canary", "\r::stop-commands::x"):
        content = image(layer(file("a", 10), created_by="::error::canary"), name=name)
        path = save(content, Path("app.tar"))
        for more in ((), ("--markdown", "-"), ("--json", "-")):
            code, out, err = run(capsys, "check", str(path), "--max-size", "1MB", *more)
            assert code == 0
            assert not [
                line
                for line in f"{out}\n{err}".splitlines()
                if line.lstrip().startswith(("::", "##["))
            ]
            assert "\r" not in out + err


def test_markdown_goes_to_stdout_alone(archive: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", archive, "--max-waste", "1kB", "--markdown", "-")
    assert (code, err) == (1, "")
    assert out.startswith("<!-- dockbench check -->\n❌ **app:1 (linux/amd64) is over its budget**")


def test_reports_name_the_platform_that_was_picked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [tarball(archives.file("a", b"content"))]
    members: dict[str, bytes] = {}
    manifests = []
    for architecture in ("amd64", "arm64"):
        one = Image(layers, platform=("linux", architecture)).oci_files()
        members |= one
        manifests += json.loads(one["index.json"])["manifests"]
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    layout = str(write_folder(tmp_path / "layout", members))
    for picked in ("linux/amd64", "linux/arm64"):
        given = ("--platform", picked)
        limits = ("--max-size", "1MB")
        _, out, _ = run(capsys, "check", layout, *given, *limits, "--markdown", "check.md")
        assert f"({picked}): 7 B, within the budget" in out
        assert f"({picked}) is within its budget" in Path("check.md").read_text()
        _, out, _ = run(capsys, "check", layout, *given, *limits, "--json", "-")
        assert json.loads(out)["image"]["platform"] == picked
        _, out, _ = run(capsys, "compare-images", layout, layout, *given)
        assert out.splitlines()[0].count(f"({picked})") == 2
        _, out, _ = run(capsys, "compare-images", layout, layout, *given, "--json", "-")
        (found,) = json.loads(out)["comparisons"]
        assert [found[side]["platform"] for side in ("before", "after")] == [picked, picked]
        for tree in ("--tree",), ("--tree", "0"):
            _, out, _ = run(capsys, "inspect", layout, *given, *tree)
            assert f" ({picked})" in out.splitlines()[0]


def test_two_images_compared(archive: str, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "compare-images", base, archive, base, "--json", "-")
    assert code == 0
    grown, same = json.loads(out)["comparisons"]
    assert grown["totals"]["added_bytes"] == 20_000
    assert grown["totals"]["unchanged_bytes"] == 1_000
    assert grown["shared_layers"] == 1
    assert same["totals"]["unchanged_bytes"] == 1_000
    assert same["files"] == []
    code, out, _ = run(capsys, "compare-images", base, archive)
    assert code == 0
    assert "base:1 (linux/amd64) → app:1 (linux/amd64)" in out
    assert "/app" in out


def test_content_of_equal_size_is_compared_by_reading_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = image(
        layer(
            file("same", content=b"same", mtime_s=1),
            file("other", content=b"aaaa", mtime_s=1),
        )
    )
    two = image(
        layer(
            file("other", content=b"bbbb", mtime_s=1),
            file("same", content=b"same", mtime_s=2),
            file("more", 1),
        )
    )
    archives = [str(save(one, tmp_path / "1.tar")), str(save(two, tmp_path / "2.tar"))]
    _, out, _ = run(capsys, "compare-images", *archives, "--json", "-")
    (found,) = json.loads(out)["comparisons"]
    assert {file["path"]: file["change"] for file in found["files"]} == {
        "other": "changed",
        "more": "added",
    }


def test_a_package_with_other_content_at_equal_version_and_size_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = "usr/lib/python3/site-packages"
    archives = [
        str(
            save(
                image(
                    layer(
                        file(f"{site}/six-1.16.dist-info/METADATA", content=b"Version: 1.16\n"),
                        file(f"{site}/six-1.16.dist-info/RECORD", content=b"six.py,,\nsix2.py,,\n"),
                        file(f"{site}/six.py", content=content * 20_000),
                        file(f"{site}/six2.py", 500),
                        file("app", content=content, mtime_s=moment),
                    )
                ),
                tmp_path / f"{moment}.tar",
            )
        )
        for moment, content in enumerate((b"a", b"b"))
    ]
    _, out, _ = run(capsys, "compare-images", *archives, "--json", "-")
    (found,) = json.loads(out)["comparisons"]
    (package,) = found["packages"]
    assert (package["name"], package["change"]) == ("six", "changed")
    assert package["before_version"] == package["after_version"] == "1.16"
    assert package["before_bytes"] == package["after_bytes"]
    assert package["content"] == {
        "added_bytes": 0,
        "removed_bytes": 0,
        "changed_bytes": 20_000,
        "files": 1,
    }
    _, out, _ = run(capsys, "compare-images", *archives)
    (row,) = [line.split() for line in out.splitlines() if "six  1.16" in line]
    assert row == ["0", "B", "~20.0", "kB", "~", "python", "six", "1.16"]


def test_an_image_beyond_a_limit_is_named_and_no_advice_given_that_cannot_help(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = image(layer(file("a/" * 32_000 + "f", 1)))
    hostile = str(save(deep, tmp_path / "deep.tar"))
    code, out, err = run(capsys, "compare-images", base, hostile)
    assert (code, out) == (2, "")
    assert err == (
        f"dockbench: cannot read {hostile}: it is beyond the limit `implied_bytes` of 67108864 "
        "(directories in directories); no image beyond it is read (docs/archives.md has the"
        " limits)\n"
    )


def test_dives_numbers_are_there_when_they_are_asked_for(
    archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "inspect", archive, "--json", "-")
    assert json.loads(out)["dive"] is None
    _, out, _ = run(capsys, "inspect", archive, "--dive", "--json", "-")
    assert json.loads(out)["dive"]["dive_wasted_bytes"] == 40_000
    _, out, _ = run(capsys, "inspect", archive)
    assert "dive says" not in out
    _, out, _ = run(capsys, "inspect", archive, "--dive")
    assert "dive says: efficiency" in out


@pytest.fixture
def both(tmp_path: Path) -> str:
    """An archive with two images of one platform."""
    files = archives.oci_files(
        *(
            Image([tarball(archives.file("app", b"x" * size))], name=f"app:{size}")
            for size in (1000, 3000)
        )
    )
    path = tmp_path / "both.tar"
    path.write_bytes(archives.archive_of(files))
    return str(path)


def test_each_of_compared_images_is_chosen(
    both: str, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message that says "name one of them with --ref" can be followed for any of the images."""

    def compared(*arguments: str) -> list[int]:
        code, out, _ = run(capsys, "compare-images", *arguments, "--json", "-")
        assert code == 0
        totals = json.loads(out)["comparisons"][0]["totals"]
        return [totals["before_bytes"], totals["after_bytes"]]

    assert compared(both, both, "--ref", "@0", "--ref", "app:3000") == [1000, 3000]
    assert compared(both, archive, "--ref", "@1") == [3000, 21_000]
    assert compared(archive, both, "--ref", "app:1000") == [21_000, 1000]
    code, _, error = run(capsys, "compare-images", both, archive, both, "--ref", "@0", "--ref", "a")
    assert (code, "--ref is given 2 times for 3 images" in error) == (2, True)


def test_one_of_several_images_against_a_baseline_that_is_alone(
    both: str, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--ref", "app:3000", "--baseline", archive, "--max-growth", "5%")
    code, out, _ = run(capsys, "check", both, *given)
    assert (code, "3.0 kB" in out) == (0, True)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("docker://alpine", "name alpine instead of docker://alpine"),
        ("oci:layout:latest", "name layout instead"),
        ("dir:layout", "name layout instead"),
        ("docker-archive:app.tar", "name app.tar instead"),
        ("docker-daemon:alpine:1", "name alpine:1 instead"),
        ("-", "nothing is read from stdin"),
        ("UPPER", "nor can an image be called so"),
        ("a b", "nor can an image be called so"),
        ("https://example.org/app.tar", "download https://example.org/app.tar, and name the file"),
        ("http://example.org/app", "nothing is fetched from an address"),
        ("other.tra", "no file or directory other.tra"),
        ("other.tar.gzz", "no file or directory other.tar.gzz"),
        ("app.tra", "did you mean app.tar?"),
    ],
)
def test_what_can_be_no_image_is_never_said_to_be_one_to_pull(
    source: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("layout").mkdir()
    Path("app.tar").touch()
    code, out, error = run(capsys, "inspect", source)
    assert (code, out) == (2, "")
    assert words in error
    assert "pull" not in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["app", "app:1", "a/b/c:1.0-x", "localhost:5000/app", "ghcr.io/a/b@sha256:" + "0" * 64,
             "sha256:" + "a" * 64, "0123abc", "[::1]:5000/app"],
)  # fmt: skip
def test_names_that_an_engine_takes(name: str) -> None:
    assert unambiguous(name) == name


def test_a_baseline_of_another_platform_is_said(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What differs may be the platform's: not a word of that would hide it."""
    other = Image([tarball(archives.file("app", b"x" * 1000))], platform=("linux", "arm64"))
    (tmp_path / "arm.tar").write_bytes(other.docker_archive())
    given = ("--baseline", "arm.tar", "--max-growth", "9000%", "--min-size", "1kB")
    code, out, error = run(capsys, "check", archive, *given)
    assert code == 0
    assert "--baseline arm.tar is of linux/arm64, the image of linux/amd64" in error
    assert "at least 1.0 kB\n" in out, "said once"
    code, _, error = run(capsys, "check", archive, "--baseline", archive, "--max-growth", "5%")
    assert (code, error) == (0, "")
