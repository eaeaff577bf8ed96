"""Takes credentials out of text before it is kept or shown (DESIGN rule: secrets stay out).

`redacted` is the one function for records, logs, Dockerfiles, experiment.yaml, tables and messages.
It goes by shape (a URL with a password, `--token X`, the tokens of known services) and by name (the
value of a variable that is called a password). A reference to a variable (`$TOKEN`) is no secret.
Every pattern takes a time that grows with the length of the text, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from runner.model.command_words import on_one_line
from runner.model.secret_arguments import HINT, HINTS, VALUE, arguments_in, holds_any
from runner.model.sent_values import SENT
from runner.model.token_shapes import PRIVATE_KEY, TOKEN
from runner.model.user_option import passwords_in
from runner.model.userinfo import without_userinfo

MARK = "***"
"""What stands in the place of a secret."""

_HINTS = (
    *("@", "pass", "pwd", "secret", "token", "key", "auth", "bearer", "basic", "credential", "sig"),
    *(
        "cookie",
        "jwt",
        "_pat",
        "pw",
        "hooks.slack",
        "code=",
        "code%3d",
        "session",
        "sid=",
        "sid%3d",
    ),
    *("otp=", "otp%3d", "ticket", "assertion", "saml", "akia", "asia", "ghp_", "gho_", "ghu_"),
    *("ghs_", "ghr_", "github_pat_", "npm_", "pypi-", "xox", "xapp-", "dckr_", "hf_", "sk-", "sk_"),
    *("rk_", "aiza", "eyj", "sg.", "doo_v1_", "dop_v1_", "dor_v1_", "shp", "ya29.", "hvs.", "hvb."),
    *("hvr.", "rubygems_", "office.com", "att3x", "ctt3x", "atbb", "lin_api_", "figd_"),
    *("nfp_", "sbp_", "pscale_", "dapi", "sq0", "whsec_", "pmak-", "nrak-", "pat-", "sess", *HINTS),
)
_HINT = re.compile(rf"gl[a-z]{{2,12}}[-_]|-u[\s=\"'\\]|-user|\bab[\s\"'\\]|{HINT}", re.IGNORECASE)
"""Text without any of these holds nothing to be taken out."""


def redacted(text: str) -> str:
    """The text with each credential in it replaced by `***`."""
    if not (holds_any(text, _HINTS) or _HINT.search(text)):
        return text
    text = PRIVATE_KEY.sub(rf"\1{MARK}\2", text)
    text = TOKEN.sub(MARK, text)
    text = without_userinfo(text, MARK)
    text = _HEADER.sub(_header, text)
    text = _SCHEME.sub(_scheme, text)
    for sent in SENT:
        text = sent.sub(rf"\1{MARK}", text)
    text = _COOKIE.sub(_cookie, text)
    text = _without_arguments(text)
    for kind in _NAMED:
        text = _marked(text, _named_in(kind, text))
    line = on_one_line(text)
    for kind in _OF_COMMANDS if line != text else ():
        spans = _named_in(kind, line)
        text, line = _marked(text, spans), _marked(line, spans)
    return text


# --- Headers and options --------------------------------------------------------------------------

_BLANKS = r"(?:\s|\\\r?\n)"
"""Blanks, a line that goes on below among them."""
_HEADER = re.compile(
    rf"""(?i)(?<![\w-])((?:proxy-)?authorization["']?\s{{0,9}}[:=]{_BLANKS}{{0,80}}["']?"""
    rf"""(?:(?:basic|bearer|token|digest|negotiate|apikey){_BLANKS}{{1,80}})?)([^\s"',]++)"""
)
_SCHEME = re.compile(
    rf"(?i)(?<![\w-])(?:(bearer{_BLANKS}{{1,80}})([\w.~+/=-]{{3,}})"
    rf"|(basic{_BLANKS}{{1,80}})"
    r"((?-i:(?=[A-Za-z0-9+/]{0,60}[A-Z])(?=[A-Za-z0-9+/]{0,60}[0-9=]))"
    r"[A-Za-z0-9+/]{8,}={0,2})(?![\w-]))"
)
_PROSE = re.compile(r"tokens?|auth|authentication|authorization|scheme|realm=?|the")
_COOKIE = re.compile(
    rf"""(?i)(?<![\w-])(?:set-)?cookie["']?:{_BLANKS}{{0,80}}["']?[^\s="';]{{1,200}}=[^\s"';]++"""
    r"""(?:;\s{0,3}[^\s="';]{1,200}=[^\s"';]++){0,50}"""
)
_CRUMB = re.compile(
    rf"(?i)((?:^|[;:]){_BLANKS}{{0,80}}[\"']?"
    r"(?!(?:path|domain|expires|max-age|samesite)=)[^\s=\"';]{1,200}=)"
    r"([^;]+)"
)


def _header(found: re.Match[str]) -> str:
    return found[0] if _harmless(found[2]) else found[1] + MARK


def _scheme(found: re.Match[str]) -> str:
    if found[3]:
        return found[3] + MARK
    return found[0] if _PROSE.fullmatch(found[2].lower().rstrip(".")) else found[1] + MARK


def _cookie(found: re.Match[str]) -> str:
    return _CRUMB.sub(_argument, found[0])


def _argument(found: re.Match[str]) -> str:
    return found[0] if _harmless(found[2]) else found[1] + MARK


def _without_arguments(text: str) -> str:
    """The text without what is a password by its place among the arguments of a command."""
    line = on_one_line(text)
    for command in arguments_in(line):
        spans = [found.span(2) for found in command.finditer(line) if not _harmless(found[2])]
        text, line = _marked(text, spans), _marked(line, spans)
    return _marked(text, passwords_in(line))


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for begin, end in spans:
        pieces += [text[done:begin], MARK]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


# --- Names that say secret ------------------------------------------------------------------------


class _Named(NamedTuple):
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

_ASSIGNED = _Named(re.compile(r"(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*+)="), re.compile(VALUE))
_OPTION = _Named(re.compile(rf"(?<![\w-])(--?[A-Za-z][\w-]*+){_GAP}(?!-)"), re.compile(VALUE))
_LISTED = _Named(
    re.compile(rf"""["'](--?[A-Za-z][\w-]*+)\\?["']{_BLANKS}{{0,80}},{_BLANKS}{{0,80}}\\?["']"""),
    re.compile(_QUOTED),
)
"""`["--password", "x"]`."""
_ITEM = _Named(
    re.compile(r"""(?m)^[ \t]{0,80}- ["']?(--?[A-Za-z][\w-]*+)["']?\r?\n[ \t]{0,80}- """),
    re.compile(VALUE),
)
"""The same in YAML, an item on each line."""
_ENV = _Named(
    re.compile(rf"(?i)(?<![\w-])(?:ENV|ARG|LABEL|setenv){_GAP}([A-Za-z_][\w.-]*+){_GAP}"),
    re.compile(r"[^\n=]++(?=\n|$)"),
)
_QUOTED_PAIR = _Named(
    re.compile(rf"""["']([A-Za-z_][\w.-]*+)\\?["']\s{{0,3}}(?::|=>){_BLANKS}{{0,80}}\\?["']"""),
    re.compile(_QUOTED),
)
"""`"password": "x"`, also within another string."""
_FIELD = _Named(
    re.compile(
        r"""(?:(?<![\w-])(?:-H|--header)(?:[ \t=]|\\\r?\n){0,80}["']?(?=[\w.-]{1,100}:)"""
        r"""|["'](?=[\w.-]{1,100}:\s))([A-Za-z_][\w.-]*+):(?:\s|\\\r?\n){0,80}"""
    ),
    re.compile(r"""[^"'\n]{1,500}+(?=["'])|[^\s"']++"""),
)
"""`-H "X-Api-Key: x"`."""
_ARROW = _Named(
    re.compile(r"""(?<![\w-])([A-Za-z_]\w*+)\s{0,9}=>\s{0,9}["']"""), re.compile(_QUOTED)
)
_TAG = _Named(re.compile(r"<([A-Za-z_][\w.-]*+)>"), re.compile(r"[^<\n]++(?=</)"))
_DEFAULT = _Named(re.compile(r"\$\{(\w++):?[-=]"), re.compile(r"[^}\n]++"))
"""`${PASSWORD:-x}`."""
_SETTING = _Named(
    re.compile(
        r"(?m)^[ \t]{0,80}(?:- )?([A-Za-z_][\w.-]*+)(?::|[ \t]{1,9}[:?]?=)[ \t]{1,9}"
        r"(?:!!?\w{1,20}[ \t]{1,9})?"
    ),
    re.compile(r""""[^"\n]*"|'[^'\n]*'|[^\s"'{\[|>&*!=][^\n#]*+"""),
)
"""`password: x` or `password = x` on a line of its own, as in YAML and INI files."""
_FLOW = _Named(
    re.compile(r"""[{,][ \t]{0,9}([A-Za-z_][\w.-]*+):(?:[ \t]{1,9}|(?=["']))"""),
    re.compile(r""""[^"\n]*"|'[^'\n]*'|[^\s,}"'{\[]++"""),
)
"""`{password: x}`."""
_COLON = _Named(
    re.compile(r"(?<=\s)([-/]{1,2}[A-Za-z][\w-]*+):(?![/\\]|r[ow]\b)"), re.compile(VALUE)
)
"""`-Password:x` and `/password:x`, as programs of Windows have it."""
_SET = _Named(
    re.compile(
        rf"(?<![\w-])(?:setx?|--set|--add|--global){_GAP}(?:-\w{{1,6}}{_GAP}){{0,3}}"
        rf"([\w./:@-]++){_GAP}(?!-)"
    ),
    re.compile(VALUE),
)
"""`npm config set //registry.example/:_authToken x`, `aws configure set aws_secret_key x`."""
_NAMED = (
    *(_ASSIGNED, _OPTION, _LISTED, _ITEM, _ENV, _QUOTED_PAIR, _FIELD, _ARROW, _TAG),
    *(_DEFAULT, _SETTING, _FLOW, _COLON, _SET),
)
_NO_VALUES = ("=", "&", "|", ";", ">")
"""`token == 3` of a program; and what joins two commands, behind an option without a value."""
_OF_COMMANDS = (_OPTION, _FIELD, _COLON, _SET)
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
_PLAIN = re.compile(r"true|false|yes|no|none|null|on|off|0|1|required|optional")
_REFERENCE = re.compile(
    r"""["']?\$(?:\{(?!\w+:?[-=+][^}$])[^}]*\}|\w+|\([^)]*\))["']?[,;)]*$|["']?\$\{\{.*"""
)


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


def _named_in(kind: _Named, text: str) -> list[tuple[int, int]]:
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


def _may_hold(kind: _Named, name: str, written: str) -> bool:
    """Whether what is called so, in this place, is a secret; `PASS: 3 of 4` is none."""
    if name == "PASS" and ":" in written:
        return False
    return says_secret(name) or (name == "auth" and kind is _QUOTED_PAIR and written[-1] in "\"'")


def _is_no_value(name: str, value: str) -> bool:
    """`--secret id=pip,src=FILE` of a build, `pass: 3 failed: 1` of a program, or nothing to
    hide."""
    of_build = name.lstrip("-") == "secret" and value.startswith(("id=", "type="))
    counted = name.lower() == "pass" and " " in value.strip()
    return of_build or counted or _harmless(value)


def _harmless(value: str) -> bool:
    """A reference, an empty value, a switch, or what has been taken out already."""
    bare = value.strip("\"',;) \t").lower()
    return not bare or bool(_PLAIN.fullmatch(bare)) or bare == MARK or bool(_REFERENCE.match(value))
