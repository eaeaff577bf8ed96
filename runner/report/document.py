"""The summary as one JSON document, for programs."""

from __future__ import annotations

import json
from typing import Any

from runner.analysis.frame import Frame
from runner.report.recommendation import Verdict, headline, reasons, slow_start

SCHEMA = 1


def summary_json(frame: Frame) -> str:
    """`{"schema": 1, "rows": [...]}`: the columns of summary.csv, null where not measured."""
    return _text({"schema": SCHEMA, "rows": frame.rows})


def comparison_json(frame: Frame, verdict: Verdict) -> str:
    """The same with `project`, `recommended` and `evidence`: what to take, and why."""
    recommended = {
        "name": verdict.recommendation.chosen.name,
        "summary": headline(verdict),
        "healthy_s": verdict.recommendation.chosen.healthy_s or None,
        "slow_start": slow_start(verdict) or None,
        "secrets": list(verdict.secrets),
        "changes": list(verdict.changes),
        "losses": list(verdict.losses),
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
        "rows": frame.rows,
    }
    return _text(document)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
