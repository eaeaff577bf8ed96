"""Which image of an archive is meant: by platform, by name, by digest, by its position."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from runner.oci.damage import ChoiceError, DamagedError, short, shown
from runner.oci.platforms import matches, of_this_machine

_MOST_SHOWN = 10
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{6,64})")
_POSITION = re.compile(r"@(\d{1,6})")


class Choice(Struct, frozen=True):
    """What was asked for; empty where nothing was."""

    platform: str = ""
    ref: str = ""
    """A name or tag, a digest or at least six digits of it, or `@0` for the first image."""
    if_several: bool = False
    """Whether `ref` counts only where there is more than one image to choose from."""


class Offered(Struct, frozen=True):
    """One image of an archive."""

    platform: str
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    """Of its manifest and of its configuration."""
    missing: bool = False
    """Whether the archive lists it and does not have its files."""

    def is_called(self, ref: str, position: int) -> bool:
        """Whether a reference means this image."""
        if at := _POSITION.fullmatch(ref):
            return int(at[1]) == position
        if any(ref == name or name.endswith((f"/{ref}", f":{ref}")) for name in self.names):
            return True
        digest = _DIGEST.fullmatch(ref)
        bare = [found.removeprefix("sha256:") for found in self.digests]
        return digest is not None and any(found.startswith(digest[1]) for found in bare)


def chosen(offered: Sequence[Offered], choice: Choice) -> int:
    """The index of the image that is meant: of several platforms this machine's, where none is
    asked for and its files are there.

    Raises `ChoiceError` for none and for more than one, `DamagedError` if none has its files.
    """
    ref = "" if choice.if_several and len(offered) == 1 else choice.ref
    asked = [i for i, one in enumerate(offered) if not ref or one.is_called(ref, i)]
    if not asked:
        raise ChoiceError(f"it has no image {shown(ref)}, only {listed(offered)}")
    wanted = choice.platform
    if not wanted and len(asked) > 1:
        asked = [i for i in asked if not offered[i].missing] or asked
    if not wanted and len(asked) > 1 and len({offered[i].platform for i in asked}) > 1:
        wanted = of_this_machine()
    fitting = [i for i in asked if not wanted or matches(wanted, offered[i].platform)]
    if not fitting:
        others = [offered[i] for i in asked]
        raise ChoiceError(f"it has no image for {short(wanted)}, only {listed(others)}")
    if len(fitting) > 1:
        for_it = f" for {short(wanted or offered[fitting[0]].platform)}"
        raise ChoiceError(f"it holds {len(fitting)} images{for_it}: {listed(offered, fitting)}")
    taken = offered[fitting[0]]
    if taken.missing:
        there = [one for one in offered if not one.missing]
        lost = f"it lists an image for {short(taken.platform)} and does not have its files"
        raise ChoiceError(f"{lost}, only {listed(there)}") if there else DamagedError(lost)
    return fitting[0]


def passed_over(offered: Sequence[Offered], taken: int, choice: Choice) -> tuple[str, ...]:
    """What a reader has to know of images that the archive lists and does not have."""
    missing = [one.platform for one in offered if one.missing]
    if not missing or choice.platform:
        return ()
    names = ", ".join(map(short, missing[:_MOST_SHOWN]))
    return (
        f"the image for {short(offered[taken].platform)} is read: it is the only one whose files"
        f" are there; {names} is listed, too",
    )


def listed(offered: Sequence[Offered], only: Sequence[int] | None = None) -> str:
    """`@0 'app:1' (linux/amd64, sha256:0123…)`: what `--ref` can name."""
    places = list(range(len(offered)) if only is None else only)
    found = [_described(offered[place], place) for place in places[:_MOST_SHOWN]]
    return ", ".join(found) or "none"


def _described(one: Offered, position: int) -> str:
    name = shown(one.names[0]) if one.names else "unnamed"
    digest = f", {short(one.digests[0])[:19]}" if one.digests else ""
    return f"@{position} {name} ({short(one.platform)}{digest})"
