"""Where a password stands among the arguments of commands that name it by its place alone.

Patterns for `redact`: each has what stays in its first group and the secret in its second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.model.secret_values import VALUE

_NO_PORT = r"(?!\d{1,5}(?::\d{1,5})?(?:/(?:tcp|udp))?(?:\s|$))"
_JOINED, _APART, _EITHER = r"(?=[^\s-])", r"\s{1,80}(?!-)", r"\s{0,80}(?!-)"
_FLAGS = (
    (r"(?:un|f?un)?zip(?:cloak)?", "P", _EITHER),
    (r"7z[arz]?|7zz|(?:un)?rar", "h?p", _JOINED),
    (r"ldap(?:search|add|modify|delete|passwd|whoami|compare|modrdn|exop)", "[wsa]", _EITHER),
    (r"mongo(?:sh|dump|restore|export|import|stat|top|files)?", "p", _APART + _NO_PORT),
    (r"sqlcmd|bcp", "P", _EITHER),
    (r"ncftp(?:get|put|ls)", "p", _EITHER),
    (r"twine|rabbitmqadmin|(?:poetry|flit|uv|hatch)\s{1,80}publish", "p", _EITHER),
    (r"dotnet\s{1,80}nuget\s{1,80}add", "p", _APART),
    (r"(?:gem|nuget)\s{1,80}push", "k", _APART),
    (r"snowsql|rdesktop|psexec(?:64)?(?:\.exe)?|crane\s{1,80}auth", "p", _APART),
    (r"ipmitool", "P", _EITHER),
    (r"ssh-keygen", "[NP]", _EITHER),
    (r"snmp[a-z]{2,9}", "[AXc]", _APART),
    (r"gh\s{1,80}secret\s{1,80}set", "b", _EITHER),
    (r"uv\s{1,80}publish|codecov|(?:doctl|glab)\s{1,80}auth", "t", _APART),
)
"""Programs, the letter of the option behind which they expect a secret, and whether it stands in
the same word."""

HINTS = (
    "curl", "login", "mysql", "mariadb", "openssl", "useradd", "usermod", "redis-cli", "zip", "7z",
    "ldap", "mongo", "sqlcmd", "bcp", "ncftp", "twine", "rabbitmq", "publish", "nuget", "codecov",
    "doctl", "identified", "sqlplus", "oracle:thin", "lftp", "smb", "rpcclient", "<<", "wandb",
    "cloudflared", "nmcli", "rclone", "etcdctl", "bundle", "conda", ":5432:", ":*:", "glab", "rar",
    "kinit", "cryptsetup", "sudo", "expect", "creds", "snowsql", "rdesktop", "psexec", "ipmitool",
    "exp_send", "snmp", "freerdp", "bundle_", "webhooks", "api.telegram",
)  # fmt: skip
HINT = r"""https?["'\s\\]|\bmc\b|net["',\s\\]{1,80}user|gem["'\s\\]|\bdig["'\s\\]"""
"""What of these commands says nothing of a secret by itself, but stands before one."""

_LOGIN = re.compile(
    r"(?<![\w-])((?:sshpass|(?:docker|podman|nerdctl|buildah|skopeo|helm|oras|az|oc|cf)\s"
    rf"[^\n|;&]{{0,120}}?\blogin)[^\n|;&]{{0,300}}?\s-p\s{{0,80}})({VALUE})"
)
_CURL = re.compile(
    r"(?<![\w-])((?:curl\s[^\n|;&]{0,400}?(?<=\s)(?:-[A-Za-z#]{0,9}[uUE]\s{0,80}"
    r"|--(?:proxy-)?(?:user|cert)[\s=]{1,80})|etcdctl\s[^\n|;&]{0,200}?--user[\s=]{1,80}"
    r"|(?:https?|xhs?)\s[^\n|;&]{0,200}?(?<=\s)(?:-a|--auth)[\s=]{1,80})"
    r"""["']?[^\s:"']{1,100}:)"""
    r"""(?!//)([^\s"']++)"""
)
_REST = r"[^\n|;&]{0,400}?"
"""What may stand between the name of a command and the option that is looked for."""
_COMMANDS = (
    *(
        re.compile(rf"(?<![\w-])({start})({VALUE})")
        for start in (
            rf"(?:mysql|mariadb)[a-z-]{{0,12}}\s{_REST}(?<=\s)-p(?=[^\s-])",
            r"(?:login|account)\s{1,80}\S{1,200}\s{1,80}password\s{1,80}",
            rf"openssl\s{_REST}(?<=\s)-(?:k|K|pass|passin|passout)\s{{1,80}}(?:pass:)?",
            rf"(?:composer|poetry)\s{_REST}\b(?:http-basic|bitbucket-oauth)\.\S{{1,200}}"
            r"\s{1,80}\S{1,200}\s{1,80}",
            rf"(?:composer|poetry)\s{_REST}\b(?:github-oauth|gitlab-token|gitlab-oauth|bearer"
            r"|pypi-token)\.\S{1,200}\s{1,80}",
            r"vault\s{1,80}login\s{1,80}(?!-)",
            r"htpasswd\s[^\n|;&]{0,60}?-(?=\w{0,6}b)(?=\w{0,6}n)\w{1,7}\s{1,80}\S{1,200}\s{1,80}",
            r"htpasswd\s[^\n|;&]{0,60}?-(?=\w{0,6}b)(?!\w{0,6}n)\w{1,7}(?:\s{1,80}\S{1,200}){2}\s{1,80}",
            rf"user(?:add|mod)\s{_REST}(?<=\s)-p\s{{0,80}}",
            r"--with-token\s{0,80}<<<\s{0,80}",
            r"""chpasswd\s{0,80}<<<\s{0,80}["']?[^\s:"']{1,100}:""",
            rf"redis-cli\s{_REST}(?<=\s)-a\s{{1,80}}",
        )
    ),
)
_RARE = (
    *(
        re.compile(rf"(?<![\w-])({start})({VALUE})")
        for start in (
            rf"curl\s{_REST}--oauth2-bearer[\s=]{{1,80}}",
            rf"mysqladmin\s{_REST}(?<=\s)password\s{{1,80}}",
            r"rabbitmqctl\s{1,80}(?:add_user|change_password)\s{1,80}\S{1,200}\s{1,80}",
            r"openssl\s{1,80}passwd(?:\s{1,80}-\w{1,9}){0,5}\s{1,80}(?!-)",
            r"mkpasswd(?:\s{1,80}(?:-m\s{1,80}|--method=)\S{1,40})?\s{1,80}(?!-)",
            r"net\s{1,80}user\s{1,80}\S{1,200}\s{1,80}(?![/*])",
            r"(?:(?:cargo|wandb)\s{1,80}login|snyk\s{1,80}auth|cloudflared\s{1,80}service\s{1,80}install"
            r"|ngrok\s{1,80}(?:config\s{1,80}add-)?authtoken|wpa_passphrase\s{1,80}\S{1,200})"
            r"\s{1,80}(?!-)",
            rf"nmcli\s{_REST}(?<=\s)password\s{{1,80}}",
            r"mc\s{1,80}(?:alias\s{1,80}set|config\s{1,80}host\s{1,80}add)(?:\s{1,80}\S{1,200}){3}\s{1,80}",
            rf"rclone\s{_REST}(?<=\s)(?:pass|token|\w{{0,40}}_key|\w{{0,40}}secret)\s{{1,80}}",
            rf"(?:consul|etcdctl)\s{_REST}(?<=\s)\S{{0,200}}(?:password|secret|token)\s{{1,80}}(?!-)",
            r"[\w-]{0,40}password[\w-]{0,20}\s{1,80}password\s{1,80}",
            r"requirepass\s{1,80}",
            r"-Dsonar\.login=",
            rf"caddy\s{_REST}--plaintext[\s=]{{1,80}}",
            rf"x?freerdp\s{_REST}(?<=\s)/p:",
            rf"pulumi\s{_REST}--secret\s{{1,80}}\S{{1,200}}\s{{1,80}}(?!-)",
            rf"gh\s{{1,80}}secret\s{{1,80}}set\s{_REST}--body[\s=]{{1,80}}",
            rf"vault\s{{1,80}}write\s{_REST}secret_id=",
            rf"redis-cli\s(?:{_REST}(?<=\s))?(?i:auth)\s{{1,80}}",
            rf"dig\s(?:{_REST}(?<=\s))?-y\s{{0,80}}(?:hmac[\w-]{{1,20}}:)?[^\s:]{{1,100}}:",
            r"BUNDLE_\w{1,100}=[^\s:/=]{1,100}:",
        )
    ),
    *(
        re.compile(rf"""({start})([^\s"'\\/)]++)""")
        for start in (
            r"""(?<![\w-])--?(?:[a-z]{1,20}-)?(?:creds?|credentials?|auth)[\s=]{1,80}["']?"""
            r"""[^\s:"'$]{1,100}:(?!//)""",
            r"""ab\s(?:[^\n|;&]{0,400}?(?<=\s))?-[AP]\s{0,80}["']?[^\s:"'$]{1,100}:(?!//)""",
            r"discord(?:app)?\.com/api/webhooks/\d{1,30}/",
            r"api\.telegram\.org/bot\d{1,20}:",
            r"""\bauth\(\s{0,80}["'][^"'\n]{1,100}["'],\s{0,80}["']""",
            r"""(?i:\bpassword)\(\s{0,80}\\?["']""",
        )
    ),
    *(
        re.compile(rf"(?<![\w-])((?:{program})\s(?:{_REST}(?<=\s))?-{flag}{place})({VALUE})")
        for program, flag, place in _FLAGS
    ),
    *(
        re.compile(rf"""(?<![\w-])({start})([^\s@"'\\;]++)""")
        for start in (
            rf"""sqlplus\s(?:{_REST}(?<=\s))?["']?[^\s/"'-][^\s/"']{{0,99}}/(?=[^\s"'/]{{1,100}}@)""",
            r"""oracle:thin:[^\s/"'@]{1,100}/(?=[^\s"'/]{1,100}@)""",
            rf"""(?:smb[a-z]{{1,20}}|rpcclient)\s{_REST}(?<=\s)-U\s{{0,80}}["']?[^\s%"']{{1,100}}%""",
            r"""lftp\s[^\n|&]{0,200}?(?<=\s)-u\s{1,80}["']?[^\s,"']{1,100},""",
            r"bundle\s{1,80}config(?:\s{1,80}(?:set|--global|--local)){0,3}\s{1,80}[^\s-]\S{0,200}\.\S{1,200}"
            r"""\s{1,80}["']?[^\s:"'/-][^\s:"'/]{0,99}:(?!//)""",
            r"[\w.*-]{1,100}:(?:5432|\*):(?!\d{1,9}:)[\w.*-]{1,60}:[\w.*-]{1,60}:",
        )
    ),
    re.compile(
        r"""(?i)((?:conda|mamba|channel)[^\n]{0,200}?://[^\s/"']{1,100}/t/)([^\s/"']++)(?=/)"""
    ),
    re.compile(
        r"""(?i)((?:identified\s{1,80}(?:with\s{1,80}\S{1,40}\s{1,80})?by|(?<=\s)password)"""
        r"""\s{1,80}(?:password\s{1,80})?\\?['"])([^'"\\\n]++)(?=\\?['"])"""
    ),
    re.compile(
        r"(?i)(?<![\w-])(x-[a-z-]{0,40}(?:key|token|secret|auth|password):\s{0,80})"
        r"""([^\s"',]++)"""
    ),
)
"""Commands by the place of the secret among their arguments."""
_RARE_HINTS = (
    "7z", "ldap", "mongo", "sqlcmd", "ncftp", "twine", "rabbitmq", "publish", "nuget", "codecov",
    "doctl", "glab", "oauth2", "mysqladmin", "openssl", "mkpasswd", "cargo", "wandb", "snyk",
    "cloudflared", "ngrok", "wpa_", "nmcli", "rclone", "consul", "etcdctl", "requirepass", "sonar",
    "sqlplus", "oracle:", "smb", "rpcclient", "lftp", "caddy", "freerdp", "pulumi", "redis-cli",
    "bundle_", "cred", "-auth", "webhooks", "telegram", "auth(", "password", "snowsql", "rdesktop",
    "psexec", "crane", "ipmitool", "ssh-keygen", "snmp", ":5432:", ":*:", "conda", "mamba",
    "channel", "identified", "x-",
)  # fmt: skip
_RARE_HINT = re.compile(
    r"(?:zip|rar|bcp|gem|net|\bab|\bmc|\bgh|vault|dig|bundle)\s",
    re.IGNORECASE,
)

_USUAL_HINTS = (
    "login", "sshpass", "curl", "etcdctl", "http", "xh", "mysql", "mariadb", "account", "openssl",
    "composer", "poetry", "vault", "htpasswd", "useradd", "usermod", "with-token", "chpasswd",
    "redis-cli",
)  # fmt: skip
"""One of these is in whatever `_LOGIN`, `_CURL` and `_COMMANDS` find."""


def holds_any(text: str, words: Sequence[str]) -> bool:
    """Whether the text holds one of these, which are in small letters. A hundred searches for a
    word are ten times as fast as one for a regular expression of a hundred alternatives."""
    small = text.lower()
    return any(word in small for word in words)


def arguments_in(text: str) -> tuple[re.Pattern[str], ...]:
    """The patterns that may find something in the text: most texts have few of these commands."""
    rare = _RARE if holds_any(text, _RARE_HINTS) or _RARE_HINT.search(text) else ()
    usual = (_LOGIN, _CURL, *_COMMANDS) if holds_any(text, _USUAL_HINTS) else ()
    return (*usual, *rare)
