"""Where a password stands among the arguments of commands that name it by its place alone.

Patterns for `redact`: each has what stays in its first group and the secret in its second.
"""

from __future__ import annotations

import re

VALUE = (
    r"""(?:\$\{[^}\n]{1,200}\}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
    r"""|\\(?:\r\n|[\s\S])|[^\s"'\\]|["'\\])++"""
)
"""A word as a shell reads it, quotes and escapes with what they hold; a line may go on below."""

HINTS = r"curl|login|mysql|mariadb|openssl|user(?:add|mod)|redis-cli"
"""What of these commands says nothing of a secret by itself, but stands before one."""

_LOGIN = re.compile(
    r"(?<![\w-])((?:sshpass|(?:docker|podman|nerdctl|buildah|skopeo|helm|oras|az|oc|cf)\s"
    rf"[^\n|;&]{{0,40}}?\blogin)[^\n|;&]{{0,120}}?\s-p\s{{0,9}})({VALUE})"
)
_CURL = re.compile(
    r"(?<![\w-])(curl\s[^\n|;&]{0,300}?(?<=\s)(?:-[A-Za-z#]{0,9}u\s{0,9}|--user[\s=]{1,9})"
    r"""["']?[^\s:"']{1,100}:)"""
    r"""([^\s"']++)"""
)
_REST = r"[^\n|;&]{0,200}?"
"""What may stand between the name of a command and the option that is looked for."""
_COMMANDS = (
    *(
        re.compile(rf"(?<![\w-])({start})({VALUE})")
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
            r"""chpasswd\s{0,9}<<<\s{0,9}["']?[^\s:"']{1,100}:""",
            rf"redis-cli\s{_REST}(?<=\s)-a\s{{1,9}}",
        )
    ),
)
"""Commands by the place of the secret among their arguments."""
_PIPED = re.compile(
    r"(?<![\w-])((?:echo|printf)\s{1,9}(?:-[en]{1,2}\s{1,9}|'%s[^']{0,4}'\s{1,9})?)"
    r"""((?:"[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"'|;&])++)"""
    r"(?=\s{0,9}\|[^\n|;&]{0,200}?(?:-stdin\b|--with-token|\bchpasswd\b|\bpasswd\b|-passphrase-fd))"
)
"""What a command is given on its standard input as a password."""
ARGUMENTS = (_PIPED, _LOGIN, _CURL, *_COMMANDS)
