"""Files that by their names hold secrets: passwords, tokens, private keys. Names only, no content.

What an installed package or the distribution brings along (keys for tests, public certificates) is
left out: it is no secret of anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runner.model.entries import Entry, EntryKind
from runner.model.text import first_of

MOST = 50
"""How many paths are listed."""
_NAMED = 5
"""How many a note names before it says how many more there are."""

_FILES = frozenset(
    {
        ".envrc",
        ".netrc",
        "_netrc",
        ".pypirc",
        ".htpasswd",
        ".pgpass",
        ".git-credentials",
        ".dockercfg",
        ".s3cfg",
        ".vault-token",
        ".my.cnf",
        ".mylogin.cnf",
        ".boto",
        ".terraformrc",
        ".vault_pass",
        ".vault_password",
        ".credentials",
        ".databrickscfg",
        ".dockerconfigjson",
        "application_default_credentials.json",
        "credentials",
        "credentials.ini",
        "credentials.json",
        "credentials.yaml",
        "credentials.yml",
        "kaggle.json",
        "kubeconfig",
        "kubeconfig.yaml",
        "rclone.conf",
        ".act.secrets",
        ".dev.vars",
        ".fetchmailrc",
        ".msmtprc",
        ".sentryclirc",
        ".smbcredentials",
        "local.settings.json",
        "login.keychain-db",
        "pgpass.conf",
        "token.pickle",
        "wg0.conf",
    }
)
_FOLDERS = frozenset(
    {".ssh", ".aws", ".gnupg", ".kube", ".azure", ".oci", ".secrets", ".password-store"}
)
_IN_FOLDERS = (
    ([".docker"], "config.json"),
    ([".cargo"], "credentials"),
    ([".cargo"], "credentials.toml"),
    ([".gem"], "credentials"),
    ([".composer"], "auth.json"),
    (["composer"], "auth.json"),
    ([".huggingface"], "token"),
    (["huggingface"], "token"),
    ([".m2"], "settings.xml"),
    (["kubernetes"], "admin.conf"),
    (["k3s"], "k3s.yaml"),
    (["gh"], "hosts.yml"),
    ([".terraform.d"], "credentials.tfrc.json"),
    ([".m2"], "settings-security.xml"),
    ([".gradle"], "gradle.properties"),
    ([".config"], "hub"),
    (["doctl"], "config.yaml"),
    (["pypoetry"], "auth.toml"),
    ([".snowflake"], "config.toml"),
    ([".dbt"], "profiles.yml"),
    ([".fly"], "config.yml"),
    ([".railway"], "config.json"),
    ([".age"], "keys.txt"),
    (["age"], "keys.txt"),
)
"""Names that say it in that directory only."""
HIDDEN = (
    *(".huggingface/token", ".m2/settings.xml", ".ivy2/.credentials", ".gem/credentials"),
    *(".config/gh/hosts.yml", ".config/composer/auth.json", ".config/rclone/rclone.conf"),
    *(".config/gcloud/credentials.db", ".config/gcloud/application_default_credentials.json"),
    *(".terraform.d/credentials.tfrc.json", ".docker/config.json", ".composer/auth.json"),
    *(".cargo/credentials", ".cargo/credentials.toml", ".m2/settings-security.xml"),
    *(".gradle/gradle.properties", ".config/hub", ".config/doctl/config.yaml"),
    *(".config/pypoetry/auth.toml", ".snowflake/config.toml", ".dbt/profiles.yml"),
    *(".fly/config.yml", ".railway/config.json", ".age/keys.txt"),
    *(f"{folder}/" for folder in sorted(_FOLDERS)),
)
"""Files of secrets in hidden folders, as a project may have them; a slash stands for all in it."""
_NOT_SECRET_IN_THEM = frozenset({"known_hosts", "authorized_keys"})
_KEYS = (
    *("pem", "key", "p8", "p12", "pfx", "pkcs12", "jks", "keystore", "kdbx", "ppk", "ovpn"),
    *("keytab", "kubeconfig"),
)
_KEY = re.compile(
    r"(?:.+_)?(?:id_)?(?:rsa|dsa|ecdsa|ed25519)(?:_\w+)?"
    r"|(?:.+[._-])?(?:deploy|private|ssh)[._-]?key|.*private.*\.(?:asc|gpg)|secring\.gpg"
    rf"|.+\.(?:{'|'.join(_KEYS)})"
)
_PUBLIC = re.compile(
    r"(?:^|[._-])(?:pub|public|ca|cacert|cert|certs|chain|fullchain|bundle|crt)(?=[._-])"
)
_WITH_KEY = re.compile(r"(?!.*(?:pub|ca|trust)).*cert.*\.(?:p12|pfx|pkcs12)")
"""A certificate together with its private key."""
_TERRAFORM = re.compile(r".+\.tfvars(?:\.json)?|.*\.tfstate(?:\.backup)?")
"""Values of variables, and the state, which holds every password that Terraform set."""
_ENVIRONMENT = re.compile(r"\.env(?:\..+)?|.+\.env")
_BEGINNINGS = (
    *(".", "_netrc", "id_", "secret", "secring", "client_secret", "service", "credentials"),
    *("kubecon", "kaggle", "rclone", "application_default", "gcp", "gcloud", "vault", "ansible"),
    *("pgpass", "local.settings", "wg0", "login.keychain", "auth."),
    *(
        "private",
        "firebase",
        "settings.xml",
        "token",
        "auth.json",
        "hosts.yml",
        "admin.conf",
        "k3s",
    ),
)
_ENDINGS = (
    ".env",
    ".tfvars",
    ".tfvars.json",
    ".tfstate",
    ".tfstate.backup",
    *(f".{ending}" for ending in _KEYS),
    *("_rsa", "_dsa", "_ecdsa", "_ed25519", "_key", "-key", "account.json"),
    *("~", "bak", "backup", "old", "orig", "save", "swp"),
)
"""How a name begins or ends that is one of these, unless it holds a word that says it."""
_EXAMPLE = re.compile(
    r"(?:^|[._-])(?:example|sample|template|tpl|tmpl|dist|defaults?|schema|md)(?=[._-]|$)"
)
_SECRETS = re.compile(
    r"\.?secrets?(?:\.\w+)?|client_secret.*\.json|.*service[_-]?account.*\.json"
    r"|.*firebase-adminsdk.*\.json|(?:gcp|gcloud)[_-]key\.json"
    r"|\.?(?:ansible[._-])?vault[._-]pass(?:word)?(?:\.txt)?"
)
_HISTORY = re.compile(r"\.\w+_history")
_BACKUP = re.compile(r"(?:~|[._-](?:bak|backup|old|orig|save|swp)\d?)$")
"""How the name of a file's copy ends."""
_OF_OTHERS = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|lib/python[\d.]{1,9}|node_modules|\.git|testdata)/"
    r"|^(?:usr/(?:local/)?(?:lib|share|include|src)|etc/ssl/certs|etc/pki|etc/ca-certificates"
    r"|lib|go/pkg|root/go/pkg|proc|sys)/"
)


def is_secret(path: str) -> bool:
    """Whether a file of this path, relative to a root, is one that usually holds secrets."""
    *folders, name = path.split("/")
    name = name.lower()
    name = name if _TERRAFORM.fullmatch(name) else _BACKUP.sub("", name)
    if _OF_OTHERS.search(path) or name.endswith(".pub"):
        return False
    if name in _FILES:
        return True
    if _EXAMPLE.search(name):
        return False
    if _FOLDERS.intersection(folders):
        return name not in _NOT_SECRET_IN_THEM
    if (folders[-1:], name) in _IN_FOLDERS or folders[-2:] == [".config", "gcloud"]:
        return True
    if _KEY.fullmatch(name):
        return not _PUBLIC.search(name) or bool(_WITH_KEY.fullmatch(name))
    kinds = (_ENVIRONMENT, _SECRETS, _TERRAFORM, _HISTORY)
    return any(kind.fullmatch(name) for kind in kinds)


def secrets_in(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The paths in a layer that usually hold secrets, sorted; those too that one above hides."""
    files = (entry.path for entry in entries if entry.kind is EntryKind.file)
    return tuple(sorted(path for path in files if _may_be(path) and is_secret(path)))[:MOST]


def secret_notes(paths: Sequence[str]) -> tuple[str, ...]:
    """What a reader has to know of an image that holds secrets; nothing of one that does not."""
    if not paths:
        return ()
    named = first_of([f"/{path}" for path in paths], _NAMED)
    return (
        f"WARNING: this image holds what is usually secret: {named}; leave it out"
        " (.dockerignore) and give it to the container when it runs",
    )


def _may_be(path: str) -> bool:
    """Whether it is worth a closer look: an image has a hundred thousand paths that are not."""
    if path[:1] == "." or "/." in path:
        return True
    name = path[path.rfind("/") + 1 :].lower()
    return (
        name.startswith(_BEGINNINGS)
        or name.endswith(_ENDINGS)
        or (name[-1:].isdigit() and name[:-1].endswith(_ENDINGS))
        or "key" in name
        or "rsa" in name
        or "dsa" in name
        or "ed25519" in name
        or "private" in name
        or "account" in name
        or "firebase" in name
    )
