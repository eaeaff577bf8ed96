"""Caches of the distributions' package managers."""

from __future__ import annotations

from runner.image.contents.cache_kinds.kind import EMPTIED, REMOVED, Advice, CacheKind, ran

DISTRIBUTIONS: tuple[CacheKind, ...] = (
    CacheKind(
        "apt lists",
        ("var/lib/apt/lists",),
        (Advice("rm -rf /var/lib/apt/lists/* at the end of the same RUN"),),
        needed_later=(ran("apt(?:-get)?", "install"), ran("apt(?:-get)?", "update")),
        anew="apt-get update",
    ),
    CacheKind(
        "apt archives",
        ("var/cache/apt",),
        (
            Advice(
                "apt-get clean at the end of the same RUN, or RUN --mount=type=cache,target={path}"
            ),
        ),
    ),
    CacheKind(
        "apk",
        ("var/cache/apk", "etc/apk/cache"),
        (
            Advice("apk add --no-cache …", when=ran("apk", "add")),
            REMOVED,
        ),
    ),
    CacheKind(
        "pacman",
        ("var/cache/pacman/pkg",),
        (REMOVED,),
    ),
    CacheKind(
        "pacman databases",
        ("var/lib/pacman/sync",),
        (REMOVED,),
        needed_later=(
            r"^(?>.*?\bpacman\b).* -S(?!\w*y)",
            r"^(?>.*?\bpacman\b).* -S\w*y",
        ),
        anew="pacman -Sy",
    ),
    CacheKind(
        "zypper",
        ("var/cache/zypp",),
        (Advice(f"zypper clean --all, or {EMPTIED}, at the end of the same RUN"),),
    ),
    CacheKind(
        "dnf",
        ("var/cache/dnf", "var/cache/libdnf5", "var/cache/microdnf"),
        (
            Advice(
                f"microdnf clean all, or {EMPTIED}, at the end of the same RUN",
                when=r"\bmicrodnf\b",
            ),
            Advice(f"dnf clean all, or {EMPTIED}, at the end of the same RUN"),
        ),
    ),
    CacheKind(
        "yum",
        ("var/cache/yum",),
        (Advice(f"yum clean all, or {EMPTIED}, at the end of the same RUN"),),
    ),
)
