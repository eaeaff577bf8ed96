"""The summary as one JSON document, for programs."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import pandas as pd

from runner.report.missing import missing_lines
from runner.report.recommendation import Verdict, headline, reasons, slow_start

SCHEMA = 1


def summary_json(frame: pd.DataFrame) -> str:
    """`{"schema": 1, "rows": [...]}`: the columns of summary.csv, null where not measured."""
    return _text({"schema": SCHEMA, "rows": _rows(frame)})


def comparison_json(frame: pd.DataFrame, verdict: Verdict) -> str:
    """The same with `project`, `recommended` and `evidence`: what to take, and why."""
    recommended = {
        "name": verdict.recommendation.chosen.name,
        "summary": headline(verdict),
        "healthy_s": verdict.recommendation.chosen.healthy_s or None,
        "slow_start": slow_start(verdict) or None,
        "secrets": list(verdict.secrets),
        "changes": list(verdict.changes),
        "losses": list(verdict.losses),
        "missing": list(missing_lines(verdict.missing)),
        "reasons": list(reasons(verdict)),
        "context": verdict.context,
        "files": list(verdict.files),
    }
    document = {
        "schema": SCHEMA,
        "project": verdict.project,
        "recommended": recommended,
        "evidence": list(verdict.evidence),
        "unmeasured": list(verdict.unmeasured),
        "rows": _rows(frame),
    }
    return _text(document)


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    filled = frame.astype(object).where(frame.notna(), None)
    return filled.to_dict(orient="records")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
