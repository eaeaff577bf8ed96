"""How this machine reaches packages and whom it trusts: apt sources, proxies, extra certificates.

Stand-ins are built with the same, so that they and what is built on them work where this machine
does: behind a mirror, a proxy, or one that inspects TLS.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi

from runner.engine import child

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PUBLIC_CERTIFICATES = Path("/usr/share/ca-certificates")
_CARRIED_OPTIONS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")
"""apt settings that a mirror of old snapshots needs."""

_INDEX = re.compile(r"'(https?://[^']*/)dists/([^/']+)/main/binary-[^/']+/Packages")
"""An index of packages among the addresses that apt would update from. (`apt-get indextargets` says
the same explicitly, but reads all packages first, which takes 0.6 s.)"""


@dataclass(frozen=True)
class Machine:
    """What of this machine goes into a stand-in."""

    architecture: str
    """As the kernel calls it: x86_64, aarch64."""
    apt_sources: tuple[str, ...] = ()
    """One-line apt sources of the machine's own mirror, the suite itself first; empty for the
    default mirror."""
    apt_options: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    """Certificates that this machine trusts beyond the public ones, as PEM."""
    proxies: tuple[tuple[str, str], ...] = ()
    """Environment variables that name proxies."""


@functools.cache
def this_machine(suite: str) -> Machine:
    """Look at the machine; `suite` is the Debian suite that stand-ins are made of."""
    return Machine(
        architecture=platform.machine(),
        apt_sources=tuple(debian_sources(suite)),
        apt_options=tuple(carried_options(_run(["apt-config", "dump"]))),
        certificates=tuple(extra_certificates()),
        proxies=tuple(sorted(proxies(os.environ).items())),
    )


def debian_sources(suite: str) -> list[str]:
    """This machine's mirror of the suite and its updates; nothing if it is not Debian."""
    if platform.freedesktop_os_release().get("ID") != "debian":
        return []
    addresses = _run(["apt-get", "update", "--print-uris"])
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", suite)
    return mirror_lines(addresses, codename, suite)


def mirror_lines(addresses: str, codename: str, suite: str) -> list[str]:
    """apt sources for `suite` from what a machine that runs `codename` updates from.

    `addresses` is what `apt-get update --print-uris` prints. A mirror of one suite holds the others
    too.
    """
    mirrors: dict[str, str] = {}
    for uri, release in _INDEX.findall(addresses):
        mirrors.setdefault(release, uri)
    found = [
        f"deb {mirrors[codename + pocket]} {suite}{pocket} main"
        for pocket in ("", "-updates", "-security")
        if codename + pocket in mirrors
    ]
    return found if codename in mirrors else []


def carried_options(dump: str) -> list[str]:
    """The lines of `apt-config dump` that have to hold inside a stand-in as well."""
    return [line for line in dump.splitlines() if line.startswith(_CARRIED_OPTIONS)]


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that programs and image builds take proxies from."""
    names = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
    return {
        name: environment[name]
        for lower in names
        for name in (lower, lower.upper())
        if environment.get(name)
    }


def trusted_bundle() -> Path:
    """The certificate authorities that this machine trusts, as one PEM file."""
    named = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    found = [Path(path) for path in (named, _SYSTEM_BUNDLE) if path and Path(path).is_file()]
    return found[0] if found else Path(certifi.where())


def extra_certificates() -> list[str]:
    """What the machine's bundle holds beyond the public certificates."""
    public = [certifi.contents()]
    public += [_read(path) for path in sorted(_PUBLIC_CERTIFICATES.rglob("*.crt"))]
    return certificates_beyond(_read(trusted_bundle()), public)


def certificates_beyond(bundle: str, known: Iterable[str]) -> list[str]:
    """The certificates of a PEM bundle that are in none of the others, each once."""
    seen = {
        ssl.PEM_cert_to_DER_cert(found) for text in known for found in _CERTIFICATE.findall(text)
    }
    extra = []
    for certificate in _CERTIFICATE.findall(bundle):
        encoded = ssl.PEM_cert_to_DER_cert(certificate)
        if encoded not in seen:
            seen.add(encoded)
            extra.append(certificate + "\n")
    return extra


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _run(command: list[str]) -> str:
    """What a program prints; nothing if it is not there or fails."""
    try:
        done = child.run(command, timeout_s=60)
    except child.Failed:
        return ""
    return done.stdout if done.returncode == 0 else ""
