"""How much code a directory of Python holds: lines without blanks, comments and docstrings.

A docstring is any statement that is nothing but a string, so that those of attributes count as
well. Compare two commits by checking one of them out elsewhere:

    .venv/bin/python -m benchmarks.lines_of_code runner /elsewhere/runner
"""

from __future__ import annotations

import argparse
import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

_EMPTY = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(text: str) -> int:
    """The number of lines of a module that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _EMPTY:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def by_package(root: Path) -> Counter[str]:
    """Lines by the directory directly below the root; `.` for modules in the root itself."""
    found: Counter[str] = Counter()
    for path in root.rglob("*.py"):
        package, *rest = path.relative_to(root).parts
        found[package if rest else "."] += code_lines(path.read_text())
    return found


def main() -> None:
    """Print a table with a column for each directory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("directories", nargs="*", type=Path, default=[Path("runner")])
    counted = [by_package(directory) for directory in parser.parse_args().directories]
    for package in sorted(set().union(*counted)):
        print(f"{package:12}", *(f"{found[package]:7}" for found in counted))
    print(f"{'total':12}", *(f"{found.total():7}" for found in counted))


if __name__ == "__main__":
    main()
