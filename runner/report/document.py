"""The summary as one JSON document, for programs."""

from __future__ import annotations

import json

import pandas as pd

SCHEMA = 1


def summary_json(frame: pd.DataFrame) -> str:
    """`{"schema": 1, "rows": [...]}`: the columns of summary.csv, null where not measured."""
    filled = frame.astype(object).where(frame.notna(), None)
    document = {"schema": SCHEMA, "rows": filled.to_dict(orient="records")}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
