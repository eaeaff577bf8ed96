"""Platforms: `linux/amd64`, `linux/arm64/v8`, `linux/arm/v7`."""

from __future__ import annotations

_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armv7l": "arm/v7",
    "armv6l": "arm/v6",
    "i386": "386",
    "i686": "386",
}
_IMPLIED = {"arm64": "v8", "amd64": "v1", "arm": "v7"}
"""The variant that an architecture has where none is said."""


def of_this_machine() -> str:
    """The platform whose Linux images run here without emulation."""
    import platform  # an image alone is taken whatever it is for

    name = platform.machine().lower()
    return f"linux/{_ARCHITECTURES.get(name, name)}"


def normal(platform: str) -> str:
    """The platform with its usual names and its implied variant: `x86_64` → `linux/amd64/v1`."""
    parts = platform.lower().strip("/").split("/")
    if len(parts) == 1:
        parts.insert(0, "linux")
    system, architecture, *variant = parts
    if not variant:
        architecture, _, implied = _ARCHITECTURES.get(architecture, architecture).partition("/")
        variant = [implied or _IMPLIED.get(architecture, "")]
    return "/".join(filter(None, (system, architecture, *variant)))


def matches(wanted: str, offered: str) -> bool:
    """Whether they name the same platform."""
    return normal(wanted) == normal(offered)
