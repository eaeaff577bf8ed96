"""Secrets by the name that stands before them: `--token X`, `password: X`, `API_KEY=X`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from runner.model.secret_values import BLANKS, VALUE, harmless


class Named(NamedTuple):
    """A name and what stands between it and its value; how the value reads."""

    name: re.Pattern[str]
    value: re.Pattern[str]


_GAP = r"(?:[ \t]|\\\r?\n){1,80}"
"""Blanks; a line that goes on below is one line."""
_QUOTED = (
    r"""(?<=\\")(?:[^"\\\n]|\\[^"\n])++(?=\\")"""
    r"""|(?<=")(?:[^"\\\n]|\\.)++(?=")|(?<=')[^'\n]++(?=')"""
)
"""What stands between quotes, or between escaped ones."""

_ASSIGNED = Named(re.compile(r"(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*+)="), re.compile(VALUE))
_OPTION = Named(re.compile(rf"(?<![\w-])(--?[A-Za-z][\w-]*+){_GAP}(?!-)"), re.compile(VALUE))
_LISTED = Named(
    re.compile(rf"""["'](--?[A-Za-z][\w-]*+)\\?["']{BLANKS}{{0,80}},{BLANKS}{{0,80}}\\?["']"""),
    re.compile(_QUOTED),
)
"""`["--password", "x"]`."""
_ITEM = Named(
    re.compile(r"""(?m)^[ \t]{0,80}- ["']?(--?[A-Za-z][\w-]*+)["']?\r?\n[ \t]{0,80}- """),
    re.compile(VALUE),
)
"""The same in YAML, an item on each line."""
_ENV = Named(
    re.compile(rf"(?i)(?<![\w-])(?:ENV|ARG|LABEL|setenv){_GAP}([A-Za-z_][\w.-]*+){_GAP}"),
    re.compile(r"[^\n=]++(?=\n|$)"),
)
_QUOTED_PAIR = Named(
    re.compile(rf"""["']([A-Za-z_][\w.-]*+)\\?["']\s{{0,3}}(?::|=>){BLANKS}{{0,80}}\\?["']"""),
    re.compile(_QUOTED),
)
"""`"password": "x"`, also within another string."""
_FIELD = Named(
    re.compile(
        r"""(?:(?<![\w-])(?:-H|--header)(?:[ \t=]|\\\r?\n){0,80}["']?(?=[\w.-]{1,100}:)"""
        r"""|["'](?=[\w.-]{1,100}:\s))([A-Za-z_][\w.-]*+):(?:\s|\\\r?\n){0,80}"""
    ),
    re.compile(r"""[^"'\n]{1,500}+(?=["'])|[^\s"']++"""),
)
"""`-H "X-Api-Key: x"`."""
_ARROW = Named(
    re.compile(r"""(?<![\w-])([A-Za-z_]\w*+)\s{0,9}=>\s{0,9}["']"""), re.compile(_QUOTED)
)
_TAG = Named(re.compile(r"<([A-Za-z_][\w.-]*+)>"), re.compile(r"[^<\n]++(?=</)"))
_DEFAULT = Named(re.compile(r"\$\{(\w++):?[-=]"), re.compile(r"[^}\n]++"))
"""`${PASSWORD:-x}`."""
_SETTING = Named(
    re.compile(
        r"(?m)^[ \t]{0,80}(?:- )?([A-Za-z_][\w.-]*+)(?::|[ \t]{1,9}[:?]?=)[ \t]{1,9}"
        r"(?:!!?\w{1,20}[ \t]{1,9})?"
    ),
    re.compile(r""""[^"\n]*"|'[^'\n]*'|[^\s"'{\[|>&*!=][^\n#]*+"""),
)
"""`password: x` or `password = x` on a line of its own, as in YAML and INI files."""
_FLOW = Named(
    re.compile(r"""[{,][ \t]{0,9}([A-Za-z_][\w.-]*+):(?:[ \t]{1,9}|(?=["']))"""),
    re.compile(r""""[^"\n]*"|'[^'\n]*'|[^\s,}"'{\[]++"""),
)
"""`{password: x}`."""
_COLON = Named(
    re.compile(r"(?<=\s)([-/]{1,2}[A-Za-z][\w-]*+):(?![/\\]|r[ow]\b)"), re.compile(VALUE)
)
"""`-Password:x` and `/password:x`, as programs of Windows have it."""
_SET = Named(
    re.compile(
        rf"(?<![\w-])(?:setx?|--set|--add|--global){_GAP}(?:-\w{{1,6}}{_GAP}){{0,3}}"
        rf"([\w./:@-]++){_GAP}(?!-)"
    ),
    re.compile(VALUE),
)
"""`npm config set //registry.example/:_authToken x`, `aws configure set aws_secret_key x`."""
NAMED = (
    *(_ASSIGNED, _OPTION, _LISTED, _ITEM, _ENV, _QUOTED_PAIR, _FIELD, _ARROW, _TAG),
    *(_DEFAULT, _SETTING, _FLOW, _COLON, _SET),
)
_NO_VALUES = ("=", "&", "|", ";", ">")
"""`token == 3` of a program; and what joins two commands, behind an option without a value."""
OF_COMMANDS = (_OPTION, _FIELD, _COLON, _SET)
"""Those that commands have, on whatever lines their words are."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ENDS_OF_SECRETS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "authkey")
_SECRETS = frozenset({"credential", "credentials", "pw"})
_LAST_SECRETS = re.compile(r"(?!(?:by|com|en?com|sur|tres|over|under)pass$)[a-z]*pass|pwd|pat|jwt")
_KEYS = re.compile(
    r"api|access|private|secret|signing|encryption|decryption|master|auth|account|ssh|jwt|hmac|aes"
    r"|session|cookie|webhook|deploy|license|stripe|admin|subscription"
)
_DESCRIBE = re.compile(
    r"files?|path|dir|directory|names?|url|uri|ids?|length|size|ttl|expiry|expires?|"
    r"timeout|count|limit|type|stdin|env|var|source|src|policy|manager|store|mount|enabled|"
    r"required|provider|version|arn|endpoint|header|prefix|parallelism"
)
"""The last words of names that speak about a secret, but do not hold it."""


def says_secret(name: str) -> bool:
    """Whether a variable, an option or a key of this name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or _DESCRIBE.fullmatch(words[-1]):
        return name == "_auth"
    if _LAST_SECRETS.fullmatch(words[-1]) or name == "_auth" or name.endswith("__AUTH"):
        return True
    if any(second == "key" and _KEYS.fullmatch(first) for first, second in pairwise(words)):
        return True
    return any(word.endswith(_ENDS_OF_SECRETS) or word in _SECRETS for word in words)


def named_in(kind: Named, text: str) -> list[tuple[int, int]]:
    """Where the values of names that say secret begin and end; what stands inside the value of
    another name is looked through as well."""
    spans: list[tuple[int, int]] = []
    for found in kind.name.finditer(text):
        if (spans and found.end() < spans[-1][1]) or not _may_hold(kind, found[1], found[0]):
            continue
        if text.startswith(_NO_VALUES, found.end()):
            continue
        value = kind.value.match(text, found.end())
        if value is None or _is_no_value(found[1], value[0]):
            continue
        begin, end = value.span()
        quote = text[found.start(1) - 1 : found.start(1)]
        if kind is _ASSIGNED and quote and quote in "\"'":
            end = _before(quote, text, begin, end)
        spans.append((begin, begin + len(_stripped(text[begin:end]))))
    return spans


def _before(quote: str, text: str, begin: int, end: int) -> int:
    """The end of a value that stands between quotes together with its name."""
    closing = text.find(quote, begin, end)
    return closing if closing > begin else end


def _stripped(value: str) -> str:
    """A value without what closes the phrase or the call that it stands in."""
    return value.rstrip(",;)" if value[0] in "\"'" else ",;)\"'") or value


def _may_hold(kind: Named, name: str, written: str) -> bool:
    """Whether what is called so, in this place, is a secret; `PASS: 3 of 4` is none."""
    if name == "PASS" and ":" in written:
        return False
    return says_secret(name) or (name == "auth" and kind is _QUOTED_PAIR and written[-1] in "\"'")


def _is_no_value(name: str, value: str) -> bool:
    """`--secret id=pip,src=FILE` of a build, `pass: 3 failed: 1` of a program, or nothing to
    hide."""
    of_build = name.lstrip("-") == "secret" and value.startswith(("id=", "type="))
    counted = name.lower() == "pass" and " " in value.strip()
    return of_build or counted or harmless(value)
