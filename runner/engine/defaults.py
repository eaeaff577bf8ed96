"""Where an engine listens if nobody says otherwise, and how long one may be silent."""

from __future__ import annotations

DEFAULT_SOCKET = "unix:///var/run/docker.sock"

PROBE_TIMEOUT_S = 5
"""How long an engine may take to say that it is there."""

CALL_TIMEOUT_S = 600
"""How long an engine may be silent in the middle of a call (a big `load`, a slow disk)."""
