"""Which names hold a secret in which place, and which values are none."""

from __future__ import annotations

import pytest

from runner.model.redact import redacted
from runner.model.secret_values import harmless


@pytest.mark.parametrize(
    "value",
    [
        "", '""', "''", ",;)", "true", "False", "YES", "no", "None", "null", "on", "OFF", "0", "1",
        "required", "optional", '"true",', "***", "'***')", "$X", "${X}", "$(x)", '"$X"',
        "${X:?must be set}", "${X:-$Y}", "${{ secrets.X }}", "  none\t",
    ],
)  # fmt: skip
def test_what_hides_nothing_stays(value: str) -> None:
    assert harmless(value)
    assert redacted(f"PASSWORD={value}") == f"PASSWORD={value}"


@pytest.mark.parametrize(
    "value", ["2", "truest", "x", "**", "$", "${X:-y}", "${X:+y}", "$X.y", "x$X", "10", "xnonex"]
)
def test_what_may_be_a_secret_does_not(value: str) -> None:
    assert not harmless(value)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("PASS: test_login", None),
        ("PASS: 3 of 4", None),
        ("pass: hunter2", "pass: ***"),
        ("PASS=hunter2", "PASS=***"),
        ('{"auth": "aHVudGVyMg"}', '{"auth": "***"}'),
        ('{\\"auth\\": \\"aHVudGVyMg\\"}', '{\\"auth\\": \\"***\\"}'),
        ("{'auth': 'aHVudGVyMg'}", "{'auth': '***'}"),
        ('{"auth": true, "user": "joe"}', None),
        ("auth: ldap", None),
        ("auth=ldap", None),
        ("_auth=aHVudGVyMg", "_auth=***"),
        ("A_PASSWORD=hunter2 B_TOKEN=hunter3 C=1", "A_PASSWORD=*** B_TOKEN=*** C=1"),
        ("token == hunter2", None),
        ("tool --token && other", None),
        ("tool --token | other --token > x", None),
        ("tool --token; other", None),
        ("X=TOKEN=hunter2", "X=TOKEN=***"),
        ('X="TOKEN=hunter2"', 'X="TOKEN=***"'),
        ('ENV PASSWORD hunter2\nENV PASSWORD_FILE x', "ENV PASSWORD ***\nENV PASSWORD_FILE x"),
    ],
)  # fmt: skip
def test_a_name_says_secret_in_some_places_only(text: str, left: str | None) -> None:
    assert redacted(text) == (text if left is None else left)
