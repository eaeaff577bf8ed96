"""What apt-get installs, said for Alpine's apk: for a base that changes the distribution."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.around import is_link, without_words
from runner.dockerfile.shell import Command, Script
from runner.dockerfile.spans import NotApplicable, Replacement

_SAME = (
    *("autoconf", "automake", "bash", "bison", "ca-certificates", "cmake", "curl", "dumb-init"),
    *("ffmpeg", "file", "flex", "g++", "gettext", "git", "gnupg", "graphviz", "imagemagick", "jq"),
    *("less", "libffi-dev", "libpng-dev", "libpq-dev", "libtool", "libxml2", "libxml2-dev", "make"),
    *("nano", "netcat-openbsd", "nginx", "openssh-client", "openssl", "patch", "postgresql-client"),
    *("procps", "python3", "python3-dev", "rsync", "supervisor", "tini", "tzdata", "unzip", "vim"),
    *("wget", "zip"),
)
_OTHER = {
    "build-essential": "build-base",
    "default-libmysqlclient-dev": "mariadb-dev",
    "default-mysql-client": "mariadb-client",
    "dnsutils": "bind-tools",
    "gcc": "gcc musl-dev",
    "iputils-ping": "iputils",
    "libbz2-dev": "bzip2-dev",
    "libcairo2": "cairo",
    "libglib2.0-0": "glib",
    "libgomp1": "libgomp",
    "libjpeg-dev": "jpeg-dev",
    "libjpeg62-turbo": "libjpeg-turbo",
    "libjpeg62-turbo-dev": "libjpeg-turbo-dev",
    "liblzma-dev": "xz-dev",
    "libmagic1": "libmagic",
    "libmariadb-dev": "mariadb-dev",
    "libpango-1.0-0": "pango",
    "libpq5": "libpq",
    "libreadline-dev": "readline-dev",
    "libsqlite3-dev": "sqlite-dev",
    "libssl-dev": "openssl-dev",
    "libstdc++6": "libstdc++",
    "libxslt1-dev": "libxslt-dev",
    "libxslt1.1": "libxslt",
    "mariadb-client": "mariadb-client",
    "pkg-config": "pkgconf",
    "sqlite3": "sqlite",
    "xz-utils": "xz",
    "zlib1g-dev": "zlib-dev",
}
_ONE_WAY = {
    **{name: name for name in (
        "binutils", "cargo", "chromium", "coreutils", "ghostscript", "htop", "iproute2", "lsof",
        "net-tools", "nodejs", "npm", "openssh-client", "poppler-utils", "shared-mime-info", "sudo",
        "tesseract-ocr", "tk-dev", "tree", "libevent-dev", "libmemcached-dev", "libsodium-dev",
        "libwebp-dev", "fontconfig", "gfortran", "findutils", "gawk", "redis",
    )},
    "fonts-dejavu": "font-dejavu",
    "fonts-dejavu-core": "font-dejavu",
    "fonts-liberation": "font-liberation",
    "gnupg2": "gnupg",
    "golang": "go",
    "libcairo2-dev": "cairo-dev",
    "libcurl4-openssl-dev": "curl-dev",
    "libexpat1-dev": "expat-dev",
    "libffi8": "libffi",
    "libfreetype-dev": "freetype-dev",
    "libfreetype6-dev": "freetype-dev",
    "libgdal-dev": "gdal-dev",
    "libgdk-pixbuf-2.0-0": "gdk-pixbuf",
    "libgdk-pixbuf-2.0-dev": "gdk-pixbuf-dev",
    "libgdk-pixbuf2.0-0": "gdk-pixbuf",
    "libgdk-pixbuf2.0-dev": "gdk-pixbuf-dev",
    "libgeos-dev": "geos-dev",
    "libgl1": "mesa-gl",
    "libgl1-mesa-glx": "mesa-gl",
    "libgmp-dev": "gmp-dev",
    "libharfbuzz-dev": "harfbuzz-dev",
    "liblcms2-dev": "lcms2-dev",
    "libldap2-dev": "openldap-dev",
    "libmagickwand-dev": "imagemagick-dev",
    "libmariadb-dev-compat": "mariadb-dev",
    "libmariadb3": "mariadb-connector-c",
    "libmysqlclient-dev": "mariadb-dev",
    "libncurses-dev": "ncurses-dev",
    "libncurses5-dev": "ncurses-dev",
    "libopenblas-dev": "openblas-dev",
    "libopenjp2-7-dev": "openjpeg-dev",
    "libpango1.0-dev": "pango-dev",
    "libpangocairo-1.0-0": "pango",
    "libpangoft2-1.0-0": "pango",
    "libproj-dev": "proj-dev",
    "libsasl2-dev": "cyrus-sasl-dev",
    "libsm6": "libsm",
    "libtiff-dev": "tiff-dev",
    "libtiff5-dev": "tiff-dev",
    "libxext6": "libxext",
    "libxmlsec1-dev": "xmlsec-dev",
    "libxrender1": "libxrender",
    "libyaml-dev": "yaml-dev",
    "libzmq3-dev": "zeromq-dev",
    "netcat": "netcat-openbsd",
    "netcat-traditional": "netcat-openbsd",
    "python3-pip": "py3-pip",
    "redis-tools": "redis",
    "rustc": "rust",
}  # fmt: skip
"""What brings the same in one direction alone: several names for one, or names of a release."""
BOTH_WAYS = {name: name for name in _SAME} | _OTHER
APK_OF = _ONE_WAY | BOTH_WAYS
"""Package of Debian → those of Alpine that bring the same."""
_APT = ("apt-get", "apt")
_IDLE = frozenset(("update", "clean", "autoclean", "upgrade"))


def as_apk(
    document: Document, run: Instruction, script: Script
) -> list[Replacement] | NotApplicable:
    """`apk add --no-cache` for the `apt-get install` of a RUN, and no more updating and cleaning;
    refused for a package of which the counterpart is not known, and for anything but a chain."""
    line = f"line {document.line_of(run.start)}"
    apt = [command for command in script.commands if command.program in _APT]
    for command in apt:
        if not is_link(script, command):
            return NotApplicable(f"{line} installs with apt, and is more than a chain of commands")
        if reason := _unknown(command):
            return NotApplicable(f"{line} {reason}")
    gone = [span for span in script.chain if _is_idle(script, span)]
    if len(gone) == len(script.chain):
        return [Replacement(run.start, _line_end(document, run.end), "")]
    found = list(_without(script, gone))
    for command in apt:
        if command.operands[0] == "install":
            found += _add(document, command)
    return found


def _unknown(command: Command) -> str:
    """Why a command of apt cannot be said for apk; empty if it can."""
    verb = next(iter(command.operands), "")
    if verb in _IDLE:
        return ""
    if verb != "install":
        return f"runs {command.program} {verb}, which Alpine lacks"
    unknown = [name for name in command.operands[1:] if name not in APK_OF]
    if not unknown:
        return ""
    return f"installs {unknown[0]} with apt, of which Alpine's counterpart is not known"


def _is_idle(script: Script, span: tuple[int, int]) -> bool:
    """Whether a link only updates the lists of packages, or removes what apt leaves."""
    inside = [x for x in script.commands if span[0] <= x.start and x.end <= span[1]]
    return bool(inside) and all(
        (x.program in _APT and x.operands[:1] != ("install",))
        or (x.program == "rm" and all("/apt" in word for word in x.operands))
        for x in inside
    )


def _without(script: Script, gone: list[tuple[int, int]]) -> Iterator[Replacement]:
    """Links removed, each with the `&&` that joins it to one that stays."""
    chain = script.chain
    first = next(index for index, span in enumerate(chain) if span not in gone)
    if first:
        yield Replacement(chain[0][0], chain[first][0], "")
    for (_, stop), (start, end) in pairwise(chain[first:]):
        if (start, end) in gone:
            yield Replacement(stop, end, "")


def _add(document: Document, command: Command) -> Iterator[Replacement]:
    verb = command.plain.index("install")
    yield Replacement(command.spans[0][0], command.spans[verb][1], "apk add --no-cache")
    behind = zip(command.plain[verb + 1 :], command.spans[verb + 1 :], strict=True)
    for word, (start, end) in behind:
        if word.startswith("-"):
            yield without_words(document, start, end)
        elif APK_OF[word] != word:
            yield Replacement(start, end, APK_OF[word])


def _line_end(document: Document, end: int) -> int:
    behind = document.text.startswith(document.newline, end)
    return end + len(document.newline) * behind
