"""The lines under every table and figure: on what, with what and when it was measured."""

from __future__ import annotations

from runner.analysis.provenance import Setting


def setting_lines(setting: Setting) -> tuple[str, ...]:
    """Stand-ins first, then engine and builder, then the machine and the day."""
    engine = _all(setting.engines) + (
        f", builder {_all(setting.builders)}" if setting.builders else ""
    )
    lines = [standin_line(setting), f"Built on {engine}." if setting.engines else ""]
    if setting.compressors:
        lines[1] += f" Compressed size: each layer with {_all(setting.compressors)}."
    lines.append(f"Machine: {_all(setting.machines)}." if setting.machines else "")
    lines.append(
        f"Measured {_days(setting.days)} (UTC) by dockbench {_all(setting.versions)}."
        if setting.days
        else ""
    )
    return tuple(line for line in lines if line)


def standin_line(setting: Setting) -> str:
    """Which bases are stand-ins; empty if none is."""
    if not setting.standins:
        return ""
    return (
        "Stand-in base images, built from distribution packages instead of pulled:"
        f" {', '.join(setting.standins)}."
    )


def _all(values: tuple[str, ...]) -> str:
    return " and ".join(values)


def _days(days: tuple[str, ...]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
