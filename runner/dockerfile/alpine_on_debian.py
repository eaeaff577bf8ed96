"""What a Dockerfile for Alpine runs, said for Debian: for the copy that is built where no image
with apk can be had and the user names one of Debian in its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from runner.dockerfile.document import Document
from runner.dockerfile.edits.distribution import APK_OF
from runner.dockerfile.shell import Command, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_OTHER = {
    "acl": "acl",
    "alpine-sdk": "build-essential git",
    "attr": "attr",
    "bc": "bc",
    "build-base": "build-essential",
    "busybox-suid": "",
    "cairo-dev": "libcairo2-dev",
    "cargo": "cargo",
    "chromium": "chromium",
    "coreutils": "coreutils",
    "curl-dev": "libcurl4-openssl-dev",
    "cyrus-sasl-dev": "libsasl2-dev",
    "dcron": "cron",
    "diffutils": "diffutils",
    "eudev-dev": "libudev-dev",
    "expat": "libexpat1",
    "expat-dev": "libexpat1-dev",
    "findutils": "findutils",
    "font-dejavu": "fonts-dejavu-core",
    "font-noto": "fonts-noto-core",
    "font-noto-cjk": "fonts-noto-cjk",
    "fontconfig": "fontconfig",
    "freetype": "libfreetype6",
    "freetype-dev": "libfreetype-dev",
    "fribidi": "libfribidi0",
    "fribidi-dev": "libfribidi-dev",
    "gawk": "gawk",
    "gcc": "gcc",
    "gcompat": "",
    "gdal": "libgdal32",
    "gdal-dev": "libgdal-dev",
    "gdk-pixbuf": "libgdk-pixbuf-2.0-0",
    "geos": "libgeos-c1v5",
    "geos-dev": "libgeos-dev",
    "gfortran": "gfortran",
    "ghostscript": "ghostscript",
    "giflib-dev": "libgif-dev",
    "gmp": "libgmp10",
    "gmp-dev": "libgmp-dev",
    "gobject-introspection-dev": "libgirepository1.0-dev",
    "gosu": "gosu",
    "grep": "grep",
    "gzip": "gzip",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-dev": "libharfbuzz-dev",
    "htop": "htop",
    "icu-data-en": "",
    "icu-data-full": "",
    "icu-dev": "libicu-dev",
    "icu-libs": "libicu72",
    "jpeg": "libjpeg62-turbo",
    "krb5-dev": "libkrb5-dev",
    "lapack-dev": "liblapack-dev",
    "lcms2": "liblcms2-2",
    "lcms2-dev": "liblcms2-dev",
    "libc-dev": "libc6-dev",
    "libc6-compat": "",
    "libcap": "libcap2-bin",
    "libcrypto3": "libssl3",
    "libcurl": "libcurl4",
    "libev-dev": "libev-dev",
    "libevent-dev": "libevent-dev",
    "libffi": "libffi8",
    "libgcc": "libgcc-s1",
    "libjpeg-turbo-dev": "libjpeg62-turbo-dev",
    "libmemcached-dev": "libmemcached-dev",
    "libmemcached-libs": "libmemcached11",
    "libpng": "libpng16-16",
    "libressl-dev": "libssl-dev",
    "libsodium": "libsodium23",
    "libsodium-dev": "libsodium-dev",
    "libssl3": "libssl3",
    "libusb-dev": "libusb-1.0-0-dev",
    "libuuid": "libuuid1",
    "libuv": "libuv1",
    "libwebp": "libwebp7",
    "libwebp-dev": "libwebp-dev",
    "libzip-dev": "libzip-dev",
    "linux-headers": "linux-libc-dev",
    "logrotate": "logrotate",
    "lsof": "lsof",
    "mariadb-connector-c": "libmariadb3",
    "mariadb-connector-c-dev": "libmariadb-dev",
    "mariadb-dev": "libmariadb-dev",
    "moreutils": "moreutils",
    "musl": "",
    "musl-dev": "libc6-dev",
    "musl-locales": "",
    "mysql-client": "default-mysql-client",
    "ncurses": "ncurses-bin",
    "ncurses-dev": "libncurses-dev",
    "nodejs": "nodejs",
    "npm": "npm",
    "nss": "libnss3",
    "openblas": "libopenblas0",
    "openblas-dev": "libopenblas-dev",
    "openjpeg": "libopenjp2-7",
    "openjpeg-dev": "libopenjp2-7-dev",
    "openldap-dev": "libldap2-dev",
    "openssh": "openssh-server",
    "pango-dev": "libpango1.0-dev",
    "pcre": "libpcre3",
    "pcre-dev": "libpcre3-dev",
    "pcre2": "libpcre2-8-0",
    "pcre2-dev": "libpcre2-dev",
    "perl": "perl",
    "poppler-utils": "poppler-utils",
    "postgresql-dev": "libpq-dev",
    "postgresql-libs": "libpq5",
    "proj": "libproj25",
    "proj-dev": "libproj-dev",
    "py3-pip": "python3-pip",
    "py3-setuptools": "python3-setuptools",
    "py3-virtualenv": "virtualenv",
    "py3-wheel": "python3-wheel",
    "readline": "libreadline8",
    "redis": "redis-server",
    "rust": "rustc",
    "sed": "sed",
    "shadow": "passwd",
    "sqlite-libs": "libsqlite3-0",
    "strace": "strace",
    "su-exec": "gosu",
    "sudo": "sudo",
    "tar": "tar",
    "tesseract-ocr": "tesseract-ocr",
    "tiff": "libtiff6",
    "tiff-dev": "libtiff-dev",
    "tree": "tree",
    "ttf-dejavu": "fonts-dejavu-core",
    "ttf-freefont": "fonts-freefont-ttf",
    "ttf-liberation": "fonts-liberation",
    "util-linux": "util-linux",
    "util-linux-dev": "uuid-dev",
    "vips": "libvips42",
    "vips-dev": "libvips-dev",
    "xmlsec": "libxmlsec1-openssl",
    "xmlsec-dev": "libxmlsec1-dev",
    "yaml-dev": "libyaml-dev",
    "yarn": "yarnpkg",
    "zlib": "zlib1g",
}
_LINKED = {
    "gosu": "ln -sf /usr/sbin/gosu /sbin/su-exec",
    "tini": "ln -sf /usr/bin/tini /sbin/tini",
    "yarnpkg": "ln -sf /usr/bin/yarnpkg /usr/local/bin/yarn",
}
"""Package of Debian → what gives its program the name that it has on Alpine."""
_APT_OF = {apk: apt for apt, apk in APK_OF.items() if " " not in apk} | _OTHER
"""Package of Alpine → the one of Debian that brings the same; empty where nothing is needed."""
_VERSION = re.compile(r"[=<>~@].*")
_USER = {"-S": "--system", "--system": "--system", "-G": "--gid", "--ingroup": "--gid",
         "-H": "--no-create-home", "--no-create-home": "--no-create-home", "-h": "--home-dir",
         "--home": "--home-dir", "-s": "--shell", "--shell": "--shell", "-u": "--uid",
         "--uid": "--uid", "-g": "--comment", "--gecos": "--comment", "-D": "",
         "--disabled-password": ""}  # fmt: skip
_GROUP = {"-S": "--system", "--system": "--system", "-g": "--gid", "--gid": "--gid"}
"""Options of busybox's programs → those of Debian's; empty for what is so without any."""
_ALONE = frozenset(("--system", "--no-create-home", ""))
"""Options without a value."""


def on_debian(document: Document, images: Collection[str]) -> Document | NotApplicable:
    """The document with apt-get in the place of apk, and Debian's programs for users, in stages on
    one of the images (as they are written); refused for a package of which the counterpart is not
    known, and for what cannot be read."""
    found: list[Replacement] = []
    virtual: dict[str, list[str]] = {}
    for run in document.runs() if document.stages else ():
        if document.root_of(run) not in images:
            continue
        script = script_of(document, run)
        if script is None or script.broken:
            if "apk" in document.value(run):
                return NotApplicable(f"line {document.line_of(run.start)} cannot be read as shell")
            continue
        for command in script.commands:
            said = _said(command, virtual)
            if isinstance(said, NotApplicable):
                return NotApplicable(f"line {document.line_of(command.start)} {said.reason}")
            if said:
                found.append(Replacement(command.spans[0][0], command.spans[-1][1], said))
    return document.edited(found)


def _said(command: Command, virtual: dict[str, list[str]]) -> str | NotApplicable:
    """The command for Debian; empty for one that is the same there."""
    if command.program == "apk":
        return _apt(command.plain[1:], virtual)
    if command.program == "addgroup":
        return _users(command.words[1:], _GROUP, "groupadd")
    if command.program == "adduser":
        return _users(command.words[1:], _USER, "useradd")
    return ""


def _apt(words: Sequence[str], virtual: dict[str, list[str]]) -> str | NotApplicable:
    """`(apt-get update && apt-get install …)` for `apk add …`."""
    verbs = [word for word in words if not word.startswith("-")]
    verb = verbs[0] if verbs else ""
    if verb in ("update", "upgrade", "fix", "cache"):
        return "true"
    if verb not in ("add", "del"):
        return NotApplicable(f"runs apk {verb}, of which Debian's counterpart is not known")
    name, packages = "", list[str]()
    rest = iter(words)
    for word in rest:
        option, _, value = word.partition("=")
        if option in ("-t", "--virtual"):
            name = value or next(rest, "")
        elif option == "--cache-dir" and not value:
            next(rest, "")
        elif option in ("-X", "--repository"):
            return NotApplicable("installs with apk from another repository")
        elif not word.startswith("-") and word != verb:
            packages.append(word)
    if verb == "del":
        return _purged(packages, virtual)
    wanted = [_VERSION.sub("", package) for package in packages]
    if unknown := [package for package in wanted if package not in _APT_OF]:
        return NotApplicable(
            f"installs {unknown[0]} with apk, of which Debian's counterpart is not known"
        )
    if name:
        virtual[name] = wanted
    apt = list(dict.fromkeys(_APT_OF[package] for package in wanted if _APT_OF[package]))
    if not apt:
        return "true"
    linked = "".join(f" && {line}" for package, line in _LINKED.items() if package in apt)
    install = f"apt-get install --yes --no-install-recommends {' '.join(apt)}"
    return f"(apt-get update && {install} && rm -rf /var/lib/apt/lists/*{linked})"


def _purged(packages: Sequence[str], virtual: Mapping[str, Sequence[str]]) -> str:
    """`apt-get purge` of what `apk del` names, where that is known; nothing of it is needed."""
    wanted = [name for package in packages for name in virtual.get(package, [package])]
    apt = list(dict.fromkeys(_APT_OF[name] for name in wanted if _APT_OF.get(name)))
    return f"apt-get purge --yes --auto-remove {' '.join(apt)}" if apt else "true"


def _users(words: Sequence[str], known: Mapping[str, str], program: str) -> str | NotApplicable:
    """`useradd` for `adduser`, `groupadd` for `addgroup`; with two names, a user into a group."""
    options, names = list[str](), list[str]()
    rest = iter(_apart(words))
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        if word not in known:
            return NotApplicable(f"gives users or groups the option {word}")
        if option := known[word]:
            options.append(option)
        if known[word] not in _ALONE:
            options.append(next(rest, ""))
    if len(names) == 2 and not options:
        return f"usermod --append --groups {names[1]} {names[0]}"
    if len(names) != 1:
        return NotApplicable("makes users in a way of busybox alone")
    if program == "useradd" and "--no-create-home" not in options:
        options.append("--create-home")  # busybox does so for users of the system, too
    return " ".join([program, *options, names[0]])


def _apart(words: Sequence[str]) -> list[str]:
    """`-S -D -H` for `-SDH`, `--uid 7` for `--uid=7`."""
    found: list[str] = []
    for word in words:
        if re.fullmatch(r"-[A-Za-z]{2,}", word):
            found += [f"-{letter}" for letter in word[1:]]
        elif word.startswith("--"):
            found += word.split("=", 1)
        else:
            found.append(word)
    return found
