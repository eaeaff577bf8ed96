"""Secrets that commands are given on their standard input, or in place of a command's output.

Patterns for `redact`: each has what stays in its first group and the secret in its second.
"""

from __future__ import annotations

import re

from runner.model.secret_values import VALUE

_READS_IT = (
    r"(?:-stdin\b|--with-token|\bchpasswd\b|\b(?:smb|vnc)?passwd\b|-passphrase-fd"
    r"|\bsudo\s{1,80}-\w{0,5}S\b|\bkinit\b|\bcryptsetup\b)"
)
_PIPED = re.compile(
    r"(?<![\w-])((?:echo|printf|yes)\s{1,80}(?:-[en]{1,2}\s{1,80}|(?:'%s[^']{0,4}'|\"%s[^\"]{0,4}\")\s{1,80})?)"
    r"""((?:"[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"'|;&)])++)"""
    r"(?=\s{0,80}(?:;\s{0,80}(?:echo|printf)\s[^\n|;&]{1,500})?\)?\s{0,80}"
    rf"\|[^\n|;&]{{0,200}}?{_READS_IT})"
)
"""What a command is given on its standard input as a password."""
_SAID = r"""(?:echo|printf)\s{1,80}(?:-[en]{1,2}\s{1,80}|["']%s[^"'\n]{0,4}["']\s{1,80}){0,2}"""
_SUBSTITUTED = re.compile(
    r"(?i)([\w-]{0,40}(?:pass|pwd|secret|token|key|credential)[\w-]{0,40}[\s=:@]{1,80}"
    rf"""["']?(?:file:)?(?:<\(|\$\(|`)\s{{0,80}}{_SAID})"""
    r"""("[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"'|;&)`]++)"""
)
"""`TOKEN=$(echo x)`, `--key-file <(echo x)`."""
_SENT = re.compile(
    r"""(?<![\w-])((?:exp_)?send\s{1,80}(?:--?\w{0,9}\s{1,80}){0,3}\\?["'{]?)"""
    r"""((?!(?:yes|no|y|n|q|exit|quit)\\)[^\s"'\\$][^"'\\\n]{0,200})(?=\\{1,4}[rn])"""
)
_SENT_NEXT = re.compile(
    r"""((?:assword|assphrase)[^\n]{0,60}?\b(?:exp_)?send\s{1,80}(?:--?\w{0,9}\s{1,80}){0,3}\\?["'{]?)"""
    r"""([^\s"'\\{}$;]++)"""
)
_SENT_LINE = re.compile(
    r"""((?:assword|assphrase)[\s\S]{0,120}?\bsendline\(\s{0,9}[bfru]{0,2}\\?["'])([^"'\\\n]++)"""
)
"""What `expect`, and Python's module of that kind, answer to a program that asks."""
_HERE_STRING = re.compile(rf"({_READS_IT}[^\n|;&]{{0,200}}?<<<\s{{0,80}})({VALUE})")
_HERE_WORD = r"""<<-?[ \t]{0,9}["']?[A-Za-z_]\w{0,30}["']?"""
_HERE_DOCUMENT = re.compile(
    rf"((?:{_READS_IT}[^\n|;&]{{0,200}}?{_HERE_WORD}[^\n]{{0,200}}"
    rf"|{_HERE_WORD}[^\n|;&]{{0,100}}\|[^\n|;&]{{0,200}}?{_READS_IT}[^\n]{{0,200}})\n\s{{0,99}})([^\n]++)"
)


def input_in(text: str) -> tuple[re.Pattern[str], ...]:
    """The patterns that may find something in the text."""
    substituted = (_SUBSTITUTED,) if "<(" in text or "$(" in text or "`" in text else ()
    answers = "send" in text and any(word in text for word in ("expect", "spawn", "exp_"))
    sent = (_SENT, _SENT_NEXT, _SENT_LINE) if answers else ()
    piped = (_PIPED,) if "|" in text else ()
    here = (_HERE_STRING, _HERE_DOCUMENT) if "<<" in text else ()
    return (*substituted, *sent, *piped, *here)
