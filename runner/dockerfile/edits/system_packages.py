"""Packages of the distribution: which of those that a build installs the running service needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from runner.dockerfile.spans import NotApplicable

RUNTIME_OF = {
    "libpq-dev": "libpq5",
    "libffi-dev": "libffi8",
    "libssl-dev": "libssl3",
    "default-libmysqlclient-dev": "libmariadb3",
    "libxml2-dev": "libxml2",
    "libxslt1-dev": "libxslt1.1",
    "libjpeg-dev": "libjpeg62-turbo",
    "zlib1g-dev": "zlib1g",
    "libbz2-dev": "libbz2-1.0",
    "libcairo2-dev": "libcairo2",
    "libcurl4-gnutls-dev": "libcurl3-gnutls",
    "libcurl4-openssl-dev": "libcurl4",
    "libevent-dev": "libevent-2.1-7",
    "libexpat1-dev": "libexpat1",
    "libfreetype-dev": "libfreetype6",
    "libfreetype6-dev": "libfreetype6",
    "libgraphviz-dev": "graphviz",
    "libgdbm-dev": "libgdbm6",
    "libgeos-dev": "libgeos-c1v5",
    "libglib2.0-dev": "libglib2.0-0",
    "libgmp-dev": "libgmp10",
    "libjpeg62-turbo-dev": "libjpeg62-turbo",
    "libkrb5-dev": "libgssapi-krb5-2",
    "liblcms2-dev": "liblcms2-2",
    "libldap-dev": "libldap-2.5-0",
    "libldap2-dev": "libldap-2.5-0",
    "liblz4-dev": "liblz4-1",
    "liblzma-dev": "liblzma5",
    "libmagic-dev": "libmagic1",
    "libmariadb-dev": "libmariadb3",
    "libmemcached-dev": "libmemcached11",
    "libncurses-dev": "libncursesw6",
    "libncurses5-dev": "libncursesw6",
    "libopenblas-dev": "libopenblas0",
    "libopenjp2-7-dev": "libopenjp2-7",
    "libpango1.0-dev": "libpango-1.0-0",
    "libpcre2-dev": "libpcre2-8-0",
    "libpcre3-dev": "libpcre3",
    "libpng-dev": "libpng16-16",
    "libproj-dev": "libproj25",
    "librdkafka-dev": "librdkafka1",
    "libreadline-dev": "libreadline8",
    "libsasl2-dev": "libsasl2-2",
    "libsnappy-dev": "libsnappy1v5",
    "libsndfile1-dev": "libsndfile1",
    "libsqlite3-dev": "libsqlite3-0",
    "libtiff-dev": "libtiff6",
    "libtiff5-dev": "libtiff6",
    "libvips-dev": "libvips42",
    "libwebp-dev": "libwebp7",
    "libxmlsec1-dev": "libxmlsec1-openssl",
    "libyaml-dev": "libyaml-0-2",
    "libzmq3-dev": "libzmq5",
    "libzstd-dev": "libzstd1",
    "portaudio19-dev": "libportaudio2",
    "unixodbc-dev": "unixodbc",
    "uuid-dev": "libuuid1",
}
"""Headers → the library that what was compiled against them loads (Debian 12)."""
_ONLY_BUILD = frozenset(
    (
        *("build-essential", "gcc", "g++", "make", "cmake", "git", "pkg-config"),
        *("build-base", "musl-dev", "linux-headers", "patch", "autoconf", "automake", "libtool"),
        *(
            "libc6-dev",
            "libc-dev",
            "python3-dev",
            "python-dev",
            "pkgconf",
            "rustc",
            "cargo",
            "swig",
        ),
    )
)


def needed_at_run_time(
    names: Iterable[str], started: Collection[str] = (), build_only: Collection[str] = ()
) -> list[str] | NotApplicable:
    """The libraries in the place of their headers, and what is no tool of a build or is `started`
    in a container; refused for headers of which the library is not known, unless they are among
    those that a project says are for the build alone."""
    found: list[str] = []
    for name in names:
        if "$" in name or "`" in name:
            return NotApplicable(f"which packages {name} stands for is not known")
        if name in build_only or (name in _ONLY_BUILD and name not in started):
            continue
        if name.endswith(("-dev", "-headers")):
            if name not in RUNTIME_OF:
                return NotApplicable(f"which library of {name} the service needs is not known")
            found.append(RUNTIME_OF[name])
        else:
            found.append(name)
    return list(dict.fromkeys(found))
