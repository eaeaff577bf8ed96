"""Installed packages and the live bytes that each owns; what belongs to no package, by directory.

A byte is owned once. The system's package manager comes before the language's (dpkg, apk, Python,
conda, npm); within one manager the order is that of its database's paths; the first that lists a
file owns it. Hard-linked content belongs to the first that lists one of its names. Compiled Python
modules that no list names belong to the package of their source.
"""

from runner.image.contents.packages.databases import SOURCES, keep_for_contents
from runner.image.contents.packages.ownership import Ownership, PackageName, ownership
from runner.image.contents.packages.port import Claim, PackageSource

__all__ = [
    "SOURCES",
    "Claim",
    "Ownership",
    "PackageName",
    "PackageSource",
    "keep_for_contents",
    "ownership",
]
