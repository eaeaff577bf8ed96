"""The shell that removes debug symbols from what a build has put into a root of its own."""

from __future__ import annotations


def strip_lines(root: str) -> tuple[str, ...]:
    """By lines; it does nothing where there is no `strip`. Libraries that a wheel brings along have
    been patched, and stay as they are: `strip` may break them."""
    return (
        "if command -v strip > /dev/null; then",
        f"find {root} -type f \\( -name '*.so' -o -name '*.so.[0-9]*' -o -name 'python3.??' \\)",
        "! -path '*.libs/*' -exec strip --strip-debug '{}' + ; fi",
    )
