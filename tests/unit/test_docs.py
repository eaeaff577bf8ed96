"""Documentation that cannot rot: links lead somewhere, commands and levels that are named exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from runner.cli.main import parser
from runner.model.levels import FACTORS

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    path
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*/README.md")]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"^\s*(?:\$ )?(dockbench|make) ([^\n#]*)", re.MULTILINE)
FENCE = re.compile(r"^```(?:sh|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def reference_tables() -> list[str]:
    """The committed table, and the one in the working tree (a `make bench` here replaces that);
    links as README has them."""
    path = "results/reference/progression/tables/summary.md"
    tables = [(ROOT / path).read_text(encoding="utf-8").strip()]
    if (ROOT / ".git").exists():
        command = ["git", "show", f"HEAD:{path}"]
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        tables.append(shown.stdout.strip())
    return [table.replace("](../", "](results/reference/progression/") for table in tables]


def commands() -> list[tuple[str, str, str]]:
    """Page, program and arguments of every command in a shell block."""
    found = []
    for page in PAGES:
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            found += [(page.name, *match) for match in COMMAND.findall(block)]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = [
        target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target
    ]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_shows_the_committed_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- summary:begin[^\n]*-->\n(.*?)<!-- summary:end -->", readme, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() in reference_tables()


def test_the_pages_show_commands_at_all() -> None:
    assert len(commands()) >= 5


@pytest.mark.parametrize(("page", "program", "arguments"), commands())
def test_every_command_that_is_shown_exists(page: str, program: str, arguments: str) -> None:
    words = shlex.split(arguments)
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert words[0] in targets, page
        return
    if words[0] != "bench":
        parser().parse_args(words)
        return
    for word in words[1:]:
        key, equals, values = word.partition("=")
        if equals and key in (*FACTORS, "experiment"):
            for value in values.split(","):
                assert (ROOT / "configs" / key / f"{value}.yaml").exists(), f"{page}: {word}"
