"""Who owns which live file: the claims of all databases settled, what is left by directory."""

from __future__ import annotations

from msgspec import Struct, field

from runner.image.contents.folders import buckets
from runner.image.contents.live import LiveRoot
from runner.image.contents.packages.databases import SOURCES
from runner.image.contents.packages.port import Claim, too_many_packages
from runner.model.anatomy import Package, SizeOf
from runner.model.entries import Limits
from runner.oci.damage import LimitError

_COMPILED = "__pycache__"

PackageName = tuple[str, str]
"""Manager and name: there may be several installations of it."""


class Ownership(Struct):
    """Packages and what is left; their bytes add up to the live bytes."""

    packages: tuple[Package, ...] = ()
    """By bytes, the largest first."""
    places: tuple[int, ...] = ()
    """Index of the claim of each package, in the same order."""
    requires: tuple[tuple[str, ...], ...] = ()
    """What each package cannot run without, in the same order."""
    unowned_bytes: int = 0
    unowned: tuple[SizeOf, ...] = ()
    """The unowned bytes by directory: each byte in exactly one of them, the largest first."""
    claims: tuple[PackageName, ...] = ()
    """The packages that claimed files."""
    claim_of: dict[str, int] = field(default_factory=dict)
    """Index of the claim that got a file, by the carrier of its content."""

    def owner(self, path: str) -> PackageName | None:
        """The package that owns a file; None for a file without an owner, a further name of
        hard-linked content and whatever is no regular file."""
        place = self.claim_of.get(path)
        return None if place is None else self.claims[place]


class _Share(Struct):
    manager: str
    claim: Claim
    files: int = 0
    bytes: int = 0
    elsewhere: bool = False
    """Something that it lists belongs to a package before it."""


def ownership(root: LiveRoot) -> Ownership:
    """Settle who owns what.

    A package of which every live file belongs to others is left out: it is the same software as the
    system's package manager lists. Raises `LimitError` beyond the limits `packages` and `listed`.
    """
    limits = Limits()
    _check_listed(root, limits.listed)
    owner: dict[str, int] = {}
    shares: list[_Share] = []
    for source in SOURCES:
        for claim in source.claims(root):
            share = _Share(source.manager, claim)
            _settle(share, len(shares), root, owner)
            shares.append(share)
            if len(shares) > limits.packages:
                raise too_many_packages(limits.packages)
    _give_compiled(root, owner)
    for path, place in owner.items():
        share = shares[place]
        share.files += 1
        share.bytes += root.bytes_of[path]
    listed = [
        (share, place) for place, share in enumerate(shares) if share.files or not share.elsewhere
    ]
    listed.sort(key=lambda found: (-found[0].bytes, found[0].manager, found[0].claim.name))
    unowned_bytes, unowned = buckets(root, owner)
    return Ownership(
        tuple(_package(share) for share, _ in listed),
        tuple(place for _, place in listed),
        tuple(share.claim.requires for share, _ in listed),
        unowned_bytes,
        unowned,
        tuple((share.manager, share.claim.name) for share in shares),
        owner,
    )


def _check_listed(root: LiveRoot, most: int) -> None:
    """Look whether the databases are small enough to be taken apart: what a few bytes list takes
    many times that in memory."""
    listed = 0
    for content in root.kept.values():
        listed += max(content.count(b"\n"), content.count(b","))
        if listed > most:
            raise LimitError("listed", most, "its package databases have more lines")


def _settle(share: _Share, place: int, root: LiveRoot, owner: dict[str, int]) -> None:
    for path in share.claim.paths:
        carrier = root.carrier(path)
        if carrier is not None and owner.setdefault(carrier, place) != place:
            share.elsewhere = True


def _give_compiled(root: LiveRoot, owner: dict[str, int]) -> None:
    """`a/__pycache__/b.cpython-311.pyc` goes to the owner of `a/b.py`."""
    for folder, paths in root.folders.items():
        above, _, last = folder.rpartition("/")
        if last != _COMPILED:
            continue
        for path in paths:
            source = root.carrier(f"{above}/{_module(path[len(folder) + 1 :])}.py")
            if source in owner:
                owner.setdefault(root.carrier_of.get(path, path), owner[source])


def _module(name: str) -> str:
    """`b` of `b.cpython-311.pyc` and `b.cpython-311.opt-1.pyc`."""
    stem, _, last = name.removesuffix(".pyc").rpartition(".")
    return stem.rpartition(".")[0] if last.startswith("opt-") else stem


def _package(share: _Share) -> Package:
    return Package(
        share.manager,
        share.claim.name,
        share.claim.version,
        share.bytes,
        share.files,
    )
