"""What is known of one kind of left-over cache: where it lies, and which line avoids it."""

from __future__ import annotations

from msgspec import Struct


class Advice(Struct, frozen=True):
    """A line that avoids the cache, for instructions in which `when` (a regular expression) is."""

    text: str
    """`{path}` stands for the directory that was found, from the root."""
    when: str = ""


class CacheKind(Struct, frozen=True):
    """What one tool leaves behind."""

    kind: str
    folders: tuple[str, ...]
    advice: tuple[Advice, ...]
    """The first whose `when` fits the instruction; the last has none."""
    copied: str = "leave it out of what is copied (.dockerignore)"
    """The advice where it came with the build context."""
    variables: tuple[str, ...] = ()
    """Environment variables that move the cache, some with what lies below their directory."""
    needed_later: tuple[str, str] = ("", "")
    """What instructions say that read it in a later layer, and what they say if they make it anew
    first: regular expressions, empty where there are none."""
    anew: str = ""
    """The command that makes it anew; empty where none does."""
    used_by: tuple[str, ...] = ()
    """Programs that need it when they run: where a container starts one, it is not left over."""
    used_with: str = ""
    """Name of a file beside which programs read the cache when they run."""
    not_here: tuple[str, ...] = ()
    """Names that `/*` does not stand for."""
    loose: bool = False
    """Only the files directly in the directory: what is below it may be something else."""
    grouped: bool = False
    """Many small directories: told by the directory of packages or the top directory around
    them."""


def mount(tool: str) -> Advice:
    """To run the tool with a cache mount where its cache lies."""
    return Advice(f"RUN --mount=type=cache,target={{path}} {tool}")


def ran(tool: str, command: str) -> str:
    """An instruction in which a command of a tool ran. Only the first time that the tool is named
    is looked at, or the time would grow with the square of how often it is."""
    return rf"^(?>.*?\b{tool}\b).*\b{command}\b"


EMPTIED = "find {path} -type f -delete"
"""Deletes files and keeps directories."""
REMOVED = Advice(f"{EMPTIED} at the end of the same RUN")
