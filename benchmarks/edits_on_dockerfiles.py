"""Every edit, alone and all of a recommendation together, on Dockerfiles that others wrote.

    .venv/bin/python -m benchmarks.edits_on_dockerfiles [--hadolint] [--list] DIRECTORY...

Judged by the official parser (it accepts what comes out and finds the same instructions), by `bash
-n` (it accepts each RUN that it accepted before), by a second run (it changes nothing) and by
hadolint (no new finding). Files that the official parser refuses as they are do not count. Prints a
row for each edit; `--list` also prints each file that an edit broke. 0 if none was broken.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import dockerfile  # type: ignore[import-not-found]

from runner.compare.candidates import TOGETHER
from runner.detect.names import is_dockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.edits.registry import EDITS, apply
from runner.dockerfile.facts import Facts
from runner.ecosystems.installers import INSTALLERS

FACTS = Facts(INSTALLERS)
UNREAD = "DL1000"
"""hadolint's rule for what it cannot parse."""
HADOLINT = Path(sys.executable).with_name("hadolint")
PURPOSE = {
    "cache=purge_late": {"DL3009", "DL3059", "DL3019", "DL3042"},
    "layers=split": {"DL3059", "DL3009"},
    "base=alpine": {"DL3018"},
}
"""Findings that a level exists to show, or that had another number (DL3018 is apk's DL3008)."""
SPLIT = "layers=split"
_AT_ONCE = 100


@dataclass
class Tally:
    """What became of all files under one edit."""

    changed: int = 0
    broken: dict[str, list[str]] = field(default_factory=dict)
    """What was wrong → the files."""
    edited: dict[str, str] = field(default_factory=dict)
    """File → its edited text, where it differs."""

    def add(self, fault: str, path: str) -> None:
        """Remember a file that was broken."""
        self.broken.setdefault(fault, []).append(path)


def main() -> int:
    """Judge all files, print the table; 1 if an edit broke one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--hadolint", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    texts = dict(accepted(options.directories))
    tallies = {name: judged(texts, levels) for name, levels in alone_and_together().items()}
    if options.hadolint:
        add_findings(texts, tallies)
    kinds = ("crash", "parser", "shell", "second run", "hadolint")
    print(f"{len(texts)} Dockerfiles that the official parser accepts\n")
    print(f"| edit | changed | {' | '.join(kinds)} |")
    print(f"| --- | ---: |{' ---: |' * len(kinds)}")
    for name, tally in tallies.items():
        counts = [str(len(tally.broken.get(kind, ()))) for kind in kinds]
        print(f"| {name} | {tally.changed} | {' | '.join(counts)} |")
        for kind in kinds if options.list else ():
            for path in tally.broken.get(kind, ()):
                print(f"{name}: {kind}: {path}", file=sys.stderr)
    return int(any(tally.broken for tally in tallies.values()))


def alone_and_together() -> dict[str, Mapping[str, str]]:
    """Name → levels: each edit, then those that a recommendation is made of."""
    found: dict[str, Mapping[str, str]] = {
        f"{factor}={level}": {factor: level} for factor, levels in EDITS.items() for level in levels
    }
    found["base=3.13"] = {"base": "3.13"}
    found["together"] = {**TOGETHER, "base": "slim", "stages": "multi"}
    found["together, with cache mounts"] = {**TOGETHER, "base": "slim", "cache": "mount"}
    return found


def accepted(directories: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Each different Dockerfile that the official parser accepts, and that is UTF-8 text."""
    known: set[str] = set()
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if not is_dockerfile(path.name) or not path.is_file() or path.is_symlink():
                continue
            try:
                text = path.read_bytes().decode("utf-8-sig")
                dockerfile.parse_string(text)
            except (dockerfile.GoParseError, UnicodeDecodeError):
                continue
            if text not in known:
                known.add(text)
                yield str(path), text


def judged(texts: Mapping[str, str], levels: Mapping[str, str]) -> Tally:
    """One edit on all files."""
    tally = Tally()
    for path, text in texts.items():
        try:
            document = apply(Document(text), levels, FACTS).document
            again = apply(document, levels, FACTS).document
        except DockerfileError:
            continue
        except Exception as error:  # noqa: BLE001 - what this is looking for
            tally.add("crash", f"{path}: {error!r}")
            continue
        if document.text == text:
            continue
        tally.changed += 1
        tally.edited[path] = document.text
        if again.text != document.text:
            tally.add("second run", path)
        try:
            official = [item.cmd.upper() for item in dockerfile.parse_string(document.text)]
        except dockerfile.GoParseError:
            tally.add("parser", path)
            continue
        if same_instructions(text) and official != [x.keyword for x in document.instructions]:
            tally.add("parser", path)
        if refused_scripts(document.text) > refused_scripts(text):
            tally.add("shell", path)
    return tally


def same_instructions(text: str) -> bool:
    """Whether the official parser sees the instructions that we see: it takes what is in
    here-documents for instructions."""
    official = [item.cmd.upper() for item in dockerfile.parse_string(text)]
    return official == [item.keyword for item in Document(text).instructions]


def refused_scripts(text: str) -> int:
    """How many RUN instructions hold what bash does not accept."""
    runs = (x for x in dockerfile.parse_string(text) if x.cmd.lower() == "run" and not x.json)
    return sum(not bash_accepts(" ".join(run.value)) for run in runs)


@functools.cache
def bash_accepts(script: str) -> bool:
    """Whether bash can parse it; nothing of it is run."""
    command = ["bash", "-n", "-c", script]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def add_findings(texts: Mapping[str, str], tallies: Mapping[str, Tally]) -> None:
    """Mark the files in which hadolint finds more than before; those that it cannot read as they
    are do not count."""
    before = findings(texts)
    for name, tally in tallies.items():
        after = findings(tally.edited)
        for path in tally.edited:
            if UNREAD in before[path]:
                continue
            new = set(after[path] - before[path]) - PURPOSE.get(name, set())
            if name == SPLIT:  # what one RUN broke, each of its parts breaks
                new -= set(before[path])
            if new:
                tally.add("hadolint", f"{path}: {' '.join(sorted(new))}")


def findings(texts: Mapping[str, str]) -> dict[str, Counter[str]]:
    """File → hadolint's rules that it breaks, each as often as it does."""
    names = list(texts)
    parts = [names[i : i + _AT_ONCE] for i in range(0, len(names), _AT_ONCE)]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda part: _linted({name: texts[name] for name in part}), parts)
        return {name: counter for part in found for name, counter in part.items()}


def _linted(texts: Mapping[str, str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {name: Counter() for name in texts}
    with tempfile.TemporaryDirectory() as scratch:
        paths = {str(Path(scratch) / str(i)): name for i, name in enumerate(texts)}
        for path, name in paths.items():
            Path(path).write_text(texts[name], "utf-8")
        command = [str(HADOLINT), "--no-fail", "--format", "json", *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    for item in json.loads(done.stdout or "[]"):
        found[paths[item["file"]]][item["code"]] += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
