"""summary.tex: the table for a paper, with booktabs."""

from __future__ import annotations

import re

from runner.analysis.findings import Findings
from runner.model.text import one_line
from runner.report.tables import summary_table

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "×": r"$\times$", "−": r"$-$", "–": "--", "†": r"\dag{}", "→": r"$\to$",
}  # fmt: skip
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))


def latex(text: str) -> str:
    """One line that LaTeX sets as it is."""
    return _ANY.sub(lambda match: _SPECIAL[match[0]], one_line(text))


def summary_tex(found: Findings) -> str:
    """A `tabular` with the columns of summary.md; what a paper puts around it is its own."""
    table = summary_table(found)
    sides = "".join("r" if column.numeric else "l" for column in table.columns)
    lines = [
        "% needs \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{{sides}}}",
        "\\toprule",
        _line([column.heading for column in table.columns]),
        "\\midrule",
        *(_line(row) for row in table.rows),
        "\\bottomrule",
        "\\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return " & ".join(map(latex, cells)) + r" \\"
