"""Takes credentials out of text before it is kept or shown (DESIGN rule: secrets stay out).

`redacted` is the one function for records, logs, Dockerfiles, experiment.yaml, tables and messages.
It goes by shape (a URL with a password, `--token X`, the tokens of known services) and by name (the
value of a variable that is called a password). A reference to a variable (`$TOKEN`) is no secret.
Every pattern takes a time that grows with the length of the text, whatever the text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from runner.model.userinfo import without_userinfo

MARK = "***"
"""What stands in the place of a secret."""

_HINT = re.compile(
    r"@|pass|pwd|secret|token|key|auth|bearer|basic|credential|sig|curl|login"
    r"|mysql|mariadb|openssl|cookie|user(?:add|mod)"
    r"|AKIA|ASIA|gh[pousr]_|github_pat_|gl\w+-|npm_|pypi-|xox|dckr_|hf_|sk[-_]|rk_|AIza|eyJ",
    re.IGNORECASE,
)
"""Text without any of these holds nothing to be taken out."""

_VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\\.|[^\s"'\\]|["'\\])++"""
"""A word as a shell reads it, quotes and escapes with what they hold."""


def redacted(text: str) -> str:
    """The text with each credential in it replaced by `***`."""
    if not _HINT.search(text):
        return text
    text = _PRIVATE_KEY.sub(rf"\1{MARK}\2", text)
    text = _TOKEN.sub(MARK, text)
    text = without_userinfo(text, MARK)
    text = _HEADER.sub(_header, text)
    text = _SCHEME.sub(_scheme, text)
    text = _QUERY.sub(rf"\1{MARK}", text)
    for command in (_PIPED, _OPTION_OF_COMMAND, _CURL, *_COMMANDS):
        text = command.sub(_argument, text)
    for kind in (_ASSIGNED, _OPTION, _ENV, _QUOTED_PAIR, _SETTING, _SET):
        text = _without_named(kind, text)
    return text


# --- Shapes: tokens of known services -------------------------------------------------------------

_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)(?:(?!-----).)*+(-----END|\Z)?+", re.DOTALL
)

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"  # GitHub
    r"|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[\w-]{16,}"  # GitLab
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-(?:AgE[\w-]{10,}|[\w-]{40,})"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"  # AWS
    r"|xox[abeoprs]-[\w-]{10,}"  # Slack
    r"|dckr_pat_[\w-]{16,}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|sk-(?=[\w-]{0,40}[A-Z])(?=[\w-]{0,40}\d)[\w-]{20,}"
    r"|[sr]k_(?:live|test)_\w{10,}"
    r"|AIza[\w-]{35}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON web token
    r")"
)


# --- Headers and options --------------------------------------------------------------------------

_HEADER = re.compile(
    r"""(?i)(?<![\w-])((?:proxy-)?authorization["']?\s{0,9}[:=]\s{0,9}["']?"""
    r"""(?:(?:basic|bearer|token|digest|negotiate|apikey)\s{1,9})?)([^\s"',]++)"""
)
_SCHEME = re.compile(
    r"(?i)(?<![\w-])(?:(bearer\s{1,9})([\w.~+/=-]{3,})"
    r"|(basic\s{1,9})((?-i:(?=[A-Za-z0-9+/]{0,60}[A-Z])(?=[A-Za-z0-9+/]{0,60}[0-9=]))"
    r"[A-Za-z0-9+/]{8,}={0,2})(?![\w-]))"
)
_PROSE = re.compile(r"tokens?|auth|authentication|authorization|scheme|realm=?|the")
_QUERY = re.compile(
    r"""(?i)([?&](?:[\w.-]{0,40}?(?:token|password|passwd|secret|signature|credential|apikey)"""
    r"""|api[_-]?key|access[_-]?key|key|auth|sig|pwd|pass)=)(?!\*\*\*|\$)[^\s&#"'<>]++"""
)
_OPTION_OF_COMMAND = re.compile(
    rf"(?<![\w-])((?:sshpass|docker\s{{1,9}}login)[^\n|;&]{{0,120}}?\s-p\s{{0,9}})({_VALUE})"
)
_CURL = re.compile(
    r"(?<![\w-])(curl\s[^\n|;&]{0,300}?(?<=\s)(?:-u\s{0,9}|--user[\s=]{1,9})"
    r"""["']?[^\s:"']{1,100}:)"""
    r"""([^\s"']++)"""
)
_REST = r"[^\n|;&]{0,200}?"
"""What may stand between the name of a command and the option that is looked for."""
_COOKIE = re.compile(
    r"""(?i)(?<![\w-])((?:set-)?cookie["']?:\s{0,9}["']?[^\s="';]{1,200}=)([^\s"';]++)"""
)
_COMMANDS = (
    *(
        re.compile(rf"(?<![\w-])({start})({_VALUE})")
        for start in (
            rf"(?:mysql|mariadb)[a-z-]{{0,12}}\s{_REST}(?<=\s)-p(?=[^\s-])",
            r"(?:login|account)\s{1,9}\S{1,200}\s{1,9}password\s{1,9}",
            rf"openssl\s{_REST}(?<=\s)-(?:k|K|pass|passin|passout)\s{{1,9}}(?:pass:)?",
            rf"(?:composer|poetry)\s{_REST}\b(?:http-basic|bitbucket-oauth)\.\S{{1,200}}"
            r"\s{1,9}\S{1,200}\s{1,9}",
            rf"(?:composer|poetry)\s{_REST}\b(?:github-oauth|gitlab-token|gitlab-oauth|bearer"
            r"|pypi-token)\.\S{1,200}\s{1,9}",
            r"vault\s{1,9}login\s{1,9}(?!-)",
            r"htpasswd\s[^\n|;&]{0,60}?-(?=\w{0,6}b)(?=\w{0,6}n)\w{1,7}\s{1,9}\S{1,200}\s{1,9}",
            r"htpasswd\s[^\n|;&]{0,60}?-(?=\w{0,6}b)(?!\w{0,6}n)\w{1,7}(?:\s{1,9}\S{1,200}){2}\s{1,9}",
            rf"user(?:add|mod)\s{_REST}(?<=\s)-p\s{{0,9}}",
            r"--with-token\s{0,9}<<<\s{0,9}",
        )
    ),
    _COOKIE,
)
"""Commands by the place of the secret among their arguments."""
_PIPED = re.compile(
    r"(?<![\w-])((?:echo|printf)\s{1,9}(?:-[en]{1,2}\s{1,9}|'%s[^']{0,4}'\s{1,9})?)"
    r"""((?:"[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"'|;&])++)"""
    r"(?=\s{0,9}\|[^\n|;&]{0,200}?(?:-stdin\b|--with-token|\bchpasswd\b|\bpasswd\b|-passphrase-fd))"
)
"""What a command is given on its standard input as a password."""


def _header(found: re.Match[str]) -> str:
    return found[0] if _harmless(found[2]) else found[1] + MARK


def _scheme(found: re.Match[str]) -> str:
    if found[3]:
        return found[3] + MARK
    return found[0] if _PROSE.fullmatch(found[2].lower().rstrip(".")) else found[1] + MARK


def _argument(found: re.Match[str]) -> str:
    return found[0] if _harmless(found[2]) else found[1] + MARK


# --- Names that say secret ------------------------------------------------------------------------


class _Named(NamedTuple):
    """A name and what stands between it and its value; how the value reads."""

    name: re.Pattern[str]
    value: re.Pattern[str]


_ASSIGNED = _Named(re.compile(r"(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*+)="), re.compile(_VALUE))
_OPTION = _Named(re.compile(r"(?<![\w-])(--?[A-Za-z][\w-]*+)[ \t]{1,9}(?!-)"), re.compile(_VALUE))
_ENV = _Named(
    re.compile(r"(?i)(?<![\w-])(?:ENV|ARG)\s{1,9}([A-Za-z_]\w*+)[ \t]{1,9}"),
    re.compile(r"[^\n=]++(?=\n|$)"),
)
_QUOTED_PAIR = _Named(
    re.compile(r"""["'](?:([A-Za-z_][\w.-]*+)(?:["']\s{0,3}:\s{0,3}["']|:\s{1,3}))"""),
    re.compile(r"""[^"'\n]++(?=["'])"""),
)
"""`"password": "x"` and `-H "X-Api-Key: x"`."""
_SETTING = _Named(
    re.compile(r"(?m)^[ \t]{0,80}(?:- )?([A-Za-z_][\w.-]*+)(?::|[ \t]{1,9}=)[ \t]{1,9}"),
    re.compile(r"""(?m)("[^"\n]*"|'[^'\n]*'|[^\s"'{\[]++)$"""),
)
"""`password: x` or `password = x` on a line of its own, as in YAML and INI files."""
_SET = _Named(
    re.compile(r"(?<![\w-])(?:set|--set|--add|--global)\s{1,9}([\w./:@-]++)[ \t]{1,9}(?!-)"),
    re.compile(_VALUE),
)
"""`npm config set //registry.example/:_authToken x`, `aws configure set aws_secret_key x`."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ENDS_OF_SECRETS = ("password", "passwd", "passphrase", "secret", "token", "apikey")
_SECRETS = frozenset({"credential", "credentials", "pw"})
_LAST_SECRETS = frozenset({"pass", "pwd"})
_KEYS = re.compile(r"api|access|private|secret|signing|encryption|master|auth|account|ssh")
_DESCRIBE = re.compile(
    r"files?|path|dir|directory|names?|url|uri|ids?|length|size|ttl|expiry|expires?|"
    r"timeout|count|limit|type|stdin|env|var|source|src|policy|manager|store|mount|enabled|"
    r"required|provider|version|arn|endpoint|header|prefix|parallelism"
)
"""The last words of names that speak about a secret, but do not hold it."""
_PLAIN = re.compile(r"true|false|yes|no|none|null|on|off|0|1|required|optional")
_REFERENCE = re.compile(r"""["']?\$(?:\{[^}]*\}|\w+|\([^)]*\))["']?[,;)]*$|["']?\$\{\{.*""")


def says_secret(name: str) -> bool:
    """Whether a variable, an option or a key of this name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or _DESCRIBE.fullmatch(words[-1]):
        return name == "_auth"
    if words[-1] in _LAST_SECRETS or name == "_auth":
        return True
    if any(second == "key" and _KEYS.fullmatch(first) for first, second in pairwise(words)):
        return True
    return any(word.endswith(_ENDS_OF_SECRETS) or word in _SECRETS for word in words)


def _without_named(kind: _Named, text: str) -> str:
    """The text without the values of the names that say secret; what stands inside the value of
    another name is looked through as well."""
    pieces, done = [], 0
    for found in kind.name.finditer(text):
        if found.end() < done or not _may_hold(kind, found[1], found[0]):
            continue
        value = kind.value.match(text, found.end())
        if value is None or _is_no_value(found[1], value[0]):
            continue
        begin, end = value.span()
        quote = text[found.start(1) - 1 : found.start(1)]
        if kind is _ASSIGNED and quote and quote in "\"'":
            end = _before(quote, text, begin, end)
        pieces += [text[done:begin], MARK]
        done = begin + len(_stripped(text[begin:end]))
    return "".join([*pieces, text[done:]]) if pieces else text


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
    """`--secret id=pip,src=FILE` of a build, `token == 3` of a program, or nothing to hide."""
    of_build = name.lstrip("-") == "secret" and value.startswith(("id=", "type="))
    return of_build or value.startswith("=") or _harmless(value)


def _harmless(value: str) -> bool:
    """A reference, an empty value, a switch, or what has been taken out already."""
    bare = value.strip("\"',;)").lower()
    return not bare or bool(_PLAIN.fullmatch(bare)) or bare == MARK or bool(_REFERENCE.match(value))
