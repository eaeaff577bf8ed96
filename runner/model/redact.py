"""Takes credentials out of text before it is kept or shown (DESIGN rule: secrets stay out).

`redacted` is the one function for records, logs, Dockerfiles, experiment.yaml, tables and messages.
It goes by shape (a URL with a password, `--token X`, the tokens of known services) and by name (the
value of a variable that is called a password). A reference to a variable (`$TOKEN`) is no secret.
Every pattern takes a time that grows with the length of the text, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.model.command_words import on_one_line
from runner.model.secret_arguments import HINT, HINTS, arguments_in, holds_any
from runner.model.secret_input import input_in
from runner.model.secret_names import NAMED, OF_COMMANDS, named_in
from runner.model.secret_values import BLANKS, MARK, harmless
from runner.model.sent_values import SENT
from runner.model.token_shapes import PRIVATE_KEY, TOKEN
from runner.model.user_option import passwords_in
from runner.model.userinfo import without_userinfo

_HINTS = (
    "@", "pass", "pwd", "secret", "token", "key", "auth", "bearer", "basic", "credential", "sig",
    "cookie", "jwt", "_pat", "pw", "hooks.slack", "code=", "code%3d", "session", "sid=", "sid%3d",
    "otp=", "otp%3d", "ticket", "assertion", "saml", "akia", "asia", "ghp_", "gho_", "ghu_",
    "ghs_", "ghr_", "github_pat_", "npm_", "pypi-", "xox", "xapp-", "dckr_", "hf_", "sk-", "sk_",
    "rk_", "aiza", "eyj", "sg.", "doo_v1_", "dop_v1_", "dor_v1_", "shp", "ya29.", "hvs.", "hvb.",
    "hvr.", "rubygems_", "office.com", "att3x", "ctt3x", "atbb", "lin_api_", "figd_", "nfp_",
    "sbp_", "pscale_", "dapi", "sq0", "whsec_", "pmak-", "nrak-", "pat-", "sess", *HINTS,
)  # fmt: skip
_HINT = re.compile(rf"gl[a-z]{{2,12}}[-_]|-u[\s=\"'\\]|-user|\bab[\s\"'\\]|{HINT}", re.IGNORECASE)
"""Text without any of these holds nothing to be taken out."""


def redacted(text: str) -> str:
    """The text with each credential in it replaced by `***`."""
    if not (holds_any(text, _HINTS) or _HINT.search(text)):
        return text
    text = PRIVATE_KEY.sub(rf"\1{MARK}\2", text)
    text = TOKEN.sub(MARK, text)
    text = without_userinfo(text, MARK)
    text = _HEADER.sub(_argument, text)
    text = _SCHEME.sub(_scheme, text)
    for sent in SENT:
        text = sent.sub(rf"\1{MARK}", text)
    text = _COOKIE.sub(_cookie, text)
    text = _without_arguments(text)
    for kind in NAMED:
        text = _marked(text, named_in(kind, text))
    line = on_one_line(text)
    for kind in OF_COMMANDS if line != text else ():
        spans = named_in(kind, line)
        text, line = _marked(text, spans), _marked(line, spans)
    return text


_HEADER = re.compile(
    rf"""(?i)(?<![\w-])((?:proxy-)?authorization["']?\s{{0,9}}[:=]{BLANKS}{{0,80}}["']?"""
    rf"""(?:(?:basic|bearer|token|digest|negotiate|apikey){BLANKS}{{1,80}})?)([^\s"',]++)"""
)
_SCHEME = re.compile(
    rf"(?i)(?<![\w-])(?:(bearer{BLANKS}{{1,80}})([\w.~+/=-]{{3,}})"
    rf"|(basic{BLANKS}{{1,80}})"
    r"((?-i:(?=[A-Za-z0-9+/]{0,60}[A-Z])(?=[A-Za-z0-9+/]{0,60}[0-9=]))"
    r"[A-Za-z0-9+/]{8,}={0,2})(?![\w-]))"
)
_PROSE = re.compile(r"tokens?|auth|authentication|authorization|scheme|realm=?|the")
_COOKIE = re.compile(
    rf"""(?i)(?<![\w-])(?:set-)?cookie["']?:{BLANKS}{{0,80}}["']?[^\s="';]{{1,200}}=[^\s"';]++"""
    r"""(?:;\s{0,3}[^\s="';]{1,200}=[^\s"';]++){0,50}"""
)
_CRUMB = re.compile(
    rf"(?i)((?:^|[;:]){BLANKS}{{0,80}}[\"']?"
    r"(?!(?:path|domain|expires|max-age|samesite)=)[^\s=\"';]{1,200}=)"
    r"([^;]+)"
)


def _scheme(found: re.Match[str]) -> str:
    if found[3]:
        return found[3] + MARK
    return found[0] if _PROSE.fullmatch(found[2].lower().rstrip(".")) else found[1] + MARK


def _cookie(found: re.Match[str]) -> str:
    return _CRUMB.sub(_argument, found[0])


def _argument(found: re.Match[str]) -> str:
    return found[0] if harmless(found[2]) else found[1] + MARK


def _without_arguments(text: str) -> str:
    """The text without what is a password by its place in a command or before it."""
    line = on_one_line(text)
    for command in (*input_in(line), *arguments_in(line)):
        spans = [found.span(2) for found in command.finditer(line) if not harmless(found[2])]
        text, line = _marked(text, spans), _marked(line, spans)
    return _marked(text, passwords_in(line))


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for begin, end in spans:
        pieces += [text[done:begin], MARK]
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text
