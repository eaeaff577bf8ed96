"""What could be built on where an image cannot be had: the nearest one that has a stand-in.

Another version is another image: `dockbench compare` says that it builds on it, and a note with
every size says it again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping

from runner.engine.standins.on_others import plain_name, targets
from runner.engine.standins.references import PLAIN_NAMES, familiar, standin_for

_NAME = re.compile(r"([a-z0-9./_-]+?)(?::([\w.-]+))?(?:@sha256:[0-9a-f]+)?")
_NO_KINDS = {
    *(("golang", "slim"), ("debian", "slim"), ("nginx", "slim")),
    *(("httpd", "slim"), ("httpd", "alpine")),
    *(("nginxinc/nginx-unprivileged", kind) for kind in ("slim", "alpine")),
    *(
        (f"tiangolo/uvicorn-gunicorn{end}", kind)
        for end in ("", "-fastapi")
        for kind in ("slim", "python")
    ),
}
_IN_NAME = re.compile(r"(gcr\.io/distroless/nodejs)(\d*)((?:-debian\d+)?)")
"""Images with the version in their name and not in their tag."""
_MIRROR = re.compile(r"(?:public\.ecr\.aws/docker|mirror\.gcr\.io)/(?:library/)?")
"""Registries that copy the default one, with its directory for official images."""
_SAME = {"busybox": "alpine", "ubuntu": "debian"}
"""What has no stand-in of its own, and what has the same programs or package manager."""
_TELLING = re.compile(r"(?:.*[/_-])(node|python|golang|nginx)(?:js)?-?(\d+(?:\.\d+)?)?(?![a-z]).*")
"""A name that tells a program, and a version behind it."""
_IN_TAG = re.compile(r"(?:^|[-_.])(node|python|golang)-?(\d+(?:\.\d+)?(?:-slim|-alpine)?)")
"""A tag that tells a program and its version, whatever the name has in it."""
_CODENAMES = {
    **{"argon": 4, "boron": 6, "carbon": 8, "dubnium": 10, "erbium": 12, "fermium": 14},
    **{"gallium": 16, "hydrogen": 18, "iron": 20, "jod": 22, "krypton": 24},
}
"""Major versions of Node by their other names (https://github.com/nodejs/Release)."""
_CODENAME = re.compile(rf"(?<=node:)(?:lts-)?({'|'.join(_CODENAMES)})\b")
_SYNTAX = ((3, 7), (3, 10))
"""Releases of Python with syntax and modules that what is written for them uses: `dataclasses` and
annotations that are not evaluated, `match` and `int | str`."""
_MAJOR = re.compile(r"(?:^|/)node(?:js)?$")
"""Images whose versions have one number."""
_MOST = 2
_VERSION = re.compile(r"(?:.*python)?(\d+)(?:\.(\d+))?")


def any_of_them(_: str) -> bool:
    """What takes every image."""
    return True


def nearest_references(reference: str, usable: Callable[[str], bool] = any_of_them) -> list[str]:
    """`python:3.11-slim`, `python:3.13-slim` for `python:3.12.4-slim-bookworm`: the same program in
    the same kind of image, the nearest version first; of two that are as near the older one, for
    which there are compiled packages of whatever was pinned for the version between. Nothing where
    there is none that is `usable`."""
    numbered = _CODENAME.sub(lambda x: str(_CODENAMES[x[1]]), _MIRROR.sub("", reference))
    name, tag = _name_and_tag(numbered)
    if name in _SAME:  # the shell and all programs of Alpine's image are busybox
        name, tag = _SAME[name], ""
    found = [known for known in _known() if _same_kind(known, name, tag) and usable(known)]
    found.sort(key=_version_of)
    lowest = _lowest(name, tag)
    if lowest[0] == sys.maxsize and name.endswith("node"):
        found = [known for known in found if _has_all_kinds(name, known)]
    newer = [known for known in found if _version_of(known) >= lowest][:_MOST]
    if newer and _version_of(newer[0]) == lowest:
        return newer[:1]
    older = [known for known in found if _version_of(known) < lowest][: -_MOST - 1 : -1]
    if newer and older and _is_nearer(newer[0], older[0], lowest):
        return [*newer[:1], *older[:1]]
    return [*older[:1], *newer, *older[1:]][:_MOST]


def _has_all_kinds(name: str, known: str) -> bool:
    """Whether there is the same version on Alpine: what names no version is compared in each kind
    of image by one version."""
    return bool(standin_for(f"{name}:{_version_of(known)[0]}-alpine"))


def of_the_same_program(reference: str) -> str:
    """`node:20` for `company/nodejs-20`: the official image of the program that the name of another
    one tells, which has another layout; empty where it tells none."""
    name, tag = _name_and_tag(reference)
    if told := _IN_TAG.search(tag):
        return next(iter(nearest_references(f"{told[1]}:{told[2]}")), "")
    match = _TELLING.fullmatch(name)
    if match is None:
        return ""
    inside = re.search(r"\d+(?:\.\d+)?", tag)
    version = re.sub(r"^(3)(\d\d)$", r"\1.\2", match[2] or (inside[0] if inside else ""))
    kind = next((kind for kind in ("alpine", "slim") if kind in reference), "")
    wanted = "-".join(filter(None, (version, kind)))
    return next(iter(nearest_references(f"{match[1]}:{wanted or 'latest'}")), "")


def _name_and_tag(reference: str) -> tuple[str, str]:
    """`("python", "3.11-slim")`; the version of one that has it in its name stands in the tag, as
    in `("gcr.io/distroless/nodejs", "22-nonroot")`. Empty for what is no reference."""
    match = _NAME.fullmatch(familiar(reference))
    if match is None:
        return "", ""
    name, tag = match[1], match[2] or ""
    if numbered := _IN_NAME.fullmatch(name):
        return numbered[1], "-".join(filter(None, (numbered[2], tag)))
    return name, tag


def version_in(reference: str) -> str:
    """`3.11` of `python:3.11-slim`; empty for a tag without a number."""
    match = _VERSION.match(familiar(reference).partition(":")[2])
    return f"{match[1]}.{match[2]}" if match and match[2] else ""


def releases_apart(reference: str, other: str) -> int:
    """How many releases lie between two references of one program: 6 for `node:14-alpine` and
    `node:20-alpine`, 3 for `python:3.8` and `python:3.11`; 0 where a tag has no number."""
    first, second = _version_of(reference), _version_of(other)
    if not first[0] or not second[0]:
        return 0
    return abs(first[0] - second[0]) or abs(first[1] - second[1])


def _is_nearer(newer: str, older: str, lowest: tuple[int, int]) -> bool:
    """Whether the newer one is nearer: also of two as near, where the older one is a Python without
    syntax that what is written for the version between uses."""
    if _far(newer, lowest) < _far(older, lowest):
        return True
    return "python" in older and any(_version_of(older) < x <= lowest for x in _SYNTAX)


def _far(known: str, lowest: tuple[int, int]) -> tuple[int, int]:
    """How far a version is from the one that is asked for."""
    major, minor = _version_of(known)
    return (abs(major - lowest[0]), abs(minor - lowest[1]))


def nearest_on_debian(reference: str, usable: Callable[[str], bool] = any_of_them) -> list[str]:
    """`python:3.11-slim` for `python:3.9-alpine3.18`, `debian:bookworm-slim` for `alpine:3.20`:
    what has a package manager where no image of Alpine with one can be had, the nearest first."""
    name, _, tag = familiar(_MIRROR.sub("", reference)).partition(":")
    if name == "alpine":
        return nearest_references("debian:stable-slim", usable)
    version = re.split(r"-?alpine", tag, maxsplit=1)[0]
    return nearest_references(f"{name}:{version}{'-' if version else ''}slim", usable)


def in_another_kind(reference: str, named: Mapping[str, str]) -> str:
    """`python:3.11-alpine` for `python:3.12-alpine` where `python:3.12-slim` was `named` to be
    `python:3.11-slim`: the same version in another kind of image; empty where nothing says so."""
    name, _, tag = familiar(reference).partition(":")
    for asked, other in named.items():
        asked_name, _, asked_tag = familiar(asked).partition(":")
        if asked_name != name or _version(asked_tag) != _version(tag):
            continue
        other_name, _, other_tag = familiar(other).partition(":")
        version = _VERSION.match(other_tag)
        ending = "".join(f"-{kind}" for kind in _kind(name, tag))
        found = f"{other_name}:{version[0] if version else ''}{ending}"
        near = [found] if standin_for(found) else nearest_references(found)
        if near and _version_of(near[0]) == _version_of(found):
            return near[0]
    return ""


def _known() -> Iterable[str]:
    """Every reference that has a stand-in, but for those of ours."""
    yield from (name for name in PLAIN_NAMES.values() if standin_for(name) in PLAIN_NAMES)
    yield from (plain_name(target) for target in targets())


def _same_kind(known: str, name: str, tag: str) -> bool:
    known_name, known_tag = _name_and_tag(known)
    return _program(known_name) == _program(name) and _kind(known_name, known_tag) == _kind(
        name, tag
    )


def _program(name: str) -> str:
    """The name without the distribution that distroless images have in it."""
    return re.sub(r"-debian\d+$", "", name)


def _kind(name: str, tag: str) -> tuple[str, ...]:
    """What of a tag says which kind of image it is: `slim`, `alpine`, `nonroot`, `python`. golang
    has no slim images; those of Debian and of nginx are nearer to each other than to any other."""
    words = ("alpine", "slim", "nonroot", "python")
    return tuple(word for word in words if word in tag and (name, word) not in _NO_KINDS)


def _version_of(reference: str) -> tuple[int, int]:
    return _version(_name_and_tag(reference)[1])


def _lowest(name: str, tag: str) -> tuple[int, int]:
    """What a tag asks for at least; for one that moves with releases (`3`, `slim`) the newest."""
    match = _VERSION.match(tag)
    if match is None or (match[2] is None and not _MAJOR.search(name)):
        return (sys.maxsize, 0)
    return (int(match[1]), 0) if _MAJOR.search(name) else _version(tag)


def _version(tag: str) -> tuple[int, int]:
    match = _VERSION.match(tag)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)
