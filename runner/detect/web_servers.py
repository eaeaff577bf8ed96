"""Where a web server listens that an image brings: what a configuration of the project says, else
its usual port."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.dockerfile.document import SHELLS
from runner.dockerfile.reads import words_of_copy
from runner.model.service_kinds import image_name

_USUAL = {"nginx": 80, "httpd": 80, "caddy": 80, "nginx-unprivileged": 8080, "traefik": 80}
"""Name of an image, or of the program that is started, → its port."""
_STARTED = {
    **dict.fromkeys(("httpd-foreground", "apache2-foreground", "apachectl", "apache2ctl"), "httpd"),
    **{"apache2": "httpd", "nginx-debug": "nginx", "openresty": "nginx", "lighttpd": "httpd"},
}
"""Other programs that start a server, and that it is known by."""
_OF_A_LINE = re.compile(
    rf"(?:^|[\s;&|/])({'|'.join(map(re.escape, (*_STARTED, 'nginx', 'caddy')))})(?=[\s;&|]|$)"
)
_LISTEN = re.compile(
    r"^\s*(?:listen\s+|Listen\s+|server\.port\s*=\s*)(?:[\w.*]+:|\[[\w:]*\]:)?(\d{2,5})\b"
    r"(?![^;\n]*\bssl\b)",
    re.MULTILINE,
)
_SETTINGS = re.compile(r"/etc/|conf|Caddyfile")
_CONFIGURATION = (".conf", ".template", "Caddyfile")


def web_server_port(own: Dockerfile, listing: Listing) -> tuple[int, str] | None:
    """The port, and where that is said; None for what is no web server.

    `listing` is that of the build context.
    """
    image = image_name(own.base)
    words = own.command
    name = posixpath.basename(words[0]) if words else image
    if name.startswith("docker-entrypoint"):
        name = image
    if name in SHELLS and words[1:2] == ["-c"]:
        found = _OF_A_LINE.findall(words[-1])
        name = found[-1] if found else name
    if words and name == "httpd":  # that of busybox is told its port
        return None
    name = _STARTED.get(name, name)
    if name not in _USUAL:
        return None
    for path in _configurations(own, listing):
        if match := _LISTEN.search(listing.texts[path]):
            return int(match[1]), f"listen in {path}"
    return _USUAL[name], f"where {name} listens if it is told nothing"


def _configurations(own: Dockerfile, listing: Listing) -> Iterator[str]:
    """Files of the project that its last stage copies to where a web server is configured."""
    for item in own.final:
        if item.keyword not in ("COPY", "ADD") or "--from=" in item.value:
            continue
        *words, target = words_of_copy(item.value) or [""]
        for word in words if _SETTINGS.search(target) else ():
            wanted = posixpath.normpath(word.lstrip("/"))
            for path in sorted(listing.texts):
                inside = wanted == "." or path == wanted or path.startswith(f"{wanted}/")
                if inside and path.endswith(_CONFIGURATION):
                    yield path
