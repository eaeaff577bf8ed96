"""Static files of Django put in one place while an image is built, which has none of the variables
that the service is told when it starts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from runner.detect.names import FOR_DEVELOPERS
from runner.ecosystems.port import Tree
from runner.ecosystems.python_start import django_place

_NAME = r"[\"']([A-Z][A-Z0-9_]*)[\"']"
_CAST = r"(?:\s*,\s*cast\s*=\s*(\w+))?"
_READ = re.compile(
    rf"\b(?P<to>int|float)\(\s*(?:\w+\.)?environ\[\s*{_NAME}\s*\]"
    rf"|\benviron\[\s*{_NAME}\s*\]"
    rf"|\b(?:env|config)(?:\.(\w+))?\(\s*{_NAME}{_CAST}\s*,?\s*\)"
    rf"|\benv\[\s*{_NAME}\s*\]"
)
"""A variable without a value in the place of one that is not told: `environ[…]`, django-environ's
and environs' `env(…)` and decouple's `config(…)`."""
_SECRET = re.compile(
    rf"^SECRET_KEY\s*=\s*(?:\w+\.)?(?:getenv|environ\.get)\(\s*{_NAME}\s*\)", re.MULTILINE
)
"""Django does not start with an empty one."""
_IMPLIED = re.compile(r"\benv\.(db|cache|email)(?:_url)?\(\s*\)")
_IMPLIED_NAMES = {"db": "DATABASE_URL", "cache": "CACHE_URL", "email": "EMAIL_URL"}
"""What django-environ reads where no variable is named."""
_ONE_DECLARED = r"\b{}\s*=\s*\("
"""A default, as django-environ has it: `Env(DEBUG=(bool, False))`."""
_VALUES = {
    **dict.fromkeys(("bool", "int", "float"), "0"),
    **dict.fromkeys(("db", "db_url", "dj_db_url"), "sqlite:////tmp/build.db"),
    **dict.fromkeys(("cache", "cache_url", "dj_cache_url"), "locmemcache://"),
    **dict.fromkeys(("email", "email_url"), "consolemail://"),
    "json": "{}",
}
_NONE = "none"
"""A text that is plainly no secret: it stays readable in a recommended Dockerfile."""
_DATABASE = re.compile(r"(?:DATABASE|DB)_UR[LI]$")
_NUMBER = re.compile(r"(?:^DEBUG|_DEBUG|PORT|TIMEOUT)$")
_ENGINE = re.compile(r"(?:DATABASE|DB|SQL)_ENGINE$")
"""No connection is made while files are collected, but its module is imported."""
_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([A-Za-z_][\w.]*)[\"']")


def collected(tree: Tree) -> str:
    """`RUN python manage.py collectstatic`, with a value for each variable that the settings need,
    for that command alone; empty where the settings name no place for the files."""
    settings = {path: text for path, text in sorted(tree.texts.items()) if "settings" in path}
    collects = any(re.search(r"^STATIC_ROOT\s*=", x, re.MULTILINE) for x in settings.values())
    place, package = django_place(tree)
    if not collects or not package:
        return ""
    told = (text for path, text in settings.items() if _is_shipped(path))
    needed = dict(found for text in told for found in _needed(text))
    manage = posixpath.join(place, "manage.py")
    server = tree.texts.get(posixpath.join(place, package.replace(".", "/"), "wsgi.py"), "")
    module = _SETTINGS.search(server)
    if module is not None and not _SETTINGS.search(tree.texts.get(manage, "")):
        needed = {"DJANGO_SETTINGS_MODULE": module[1], **needed}
    words = [f"{name}={value}" for name, value in needed.items()]
    return " ".join(["RUN", *words, "python", manage, "collectstatic --noinput"])


def _is_shipped(path: str) -> bool:
    return path.endswith(".py") and not FOR_DEVELOPERS.search(posixpath.basename(path))


def _needed(text: str) -> Iterator[tuple[str, str]]:
    """Variable → a value that it may have."""
    for match in _READ.finditer(text):
        name = next(filter(None, match.group(2, 3, 5, 7)))
        kind = (match["to"] or match[4] or match[6] or "").lower()
        if not re.search(_ONE_DECLARED.format(name), text):
            yield name, _value(name, kind)
    for match in _IMPLIED.finditer(text):
        yield _IMPLIED_NAMES[match[1]], _VALUES[match[1]]
    for match in _SECRET.finditer(text):
        yield match[1], _NONE


def _value(name: str, kind: str) -> str:
    if kind in _VALUES:
        return _VALUES[kind]
    if _DATABASE.search(name):
        return _VALUES["db"]
    if _ENGINE.search(name):
        return "django.db.backends.sqlite3"
    return "0" if _NUMBER.search(name) else _NONE
