"""Which files are said to hold secrets, by their names alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.detect.ignored import secret_files
from runner.detect.listing import Listing, read_listing
from runner.detect.project import detect
from runner.image.contents.secrets import MOST, is_secret, secret_notes, secrets_in
from runner.model.entries import Entry, EntryKind
from runner.recipe.context import list_context
from tests.unit.levels_from_yaml import load_levels

SECRET = [
    "root/.cargo/credentials.toml",
    "home/me/.config/gcloud/credentials.db",
    "home/me/.config/gh/hosts.yml",
    "root/.bash_history",
    "root/.my.cnf",
    "app/.env",
    "app/.env.production",
    "app/.env.local",
    "app/.ENV.Staging",
    "app/prod.env",
    "app/.envrc",
    "root/.netrc",
    "root/.pypirc",
    "srv/.htpasswd",
    "app/id_rsa",
    "app/deploy/id_ed25519",
    "app/tls/server.key",
    "app/tls/privkey.pem",
    "app/keystore.jks",
    "app/x.p12",
    "app/x.pfx",
    "root/.ssh/config",
    "home/me/.aws/credentials",
    "root/.docker/config.json",
    "app/secrets.yaml",
    "app/secrets.py",
    "app/client_secret_123.json",
    "app/service-account.json",
    "app/credentials.json",
    "root/.git-credentials",
    "app/terraform.tfvars",
    "app/infra/prod.auto.tfvars.json",
    "app/infra/terraform.tfstate",
    "app/infra/terraform.tfstate.backup",
    "app/.terraformrc",
    "app/.vault_pass",
    "app/.vault-token",
    "app/.dockercfg",
    "app/.s3cfg",
    "app/.my.cnf",
    "app/.psql_history",
    "app/kubeconfig",
    "app/.azure/accesstokens.json",
    "app/.cargo/credentials.toml",
    "app/.composer/auth.json",
]
WARNED = [
    "app/prod.kubeconfig",
    "app/cert.pfx",
    "app/tls/star-cert.p12",
    "app/app.keytab",
    "app/pgpass.conf",
    "app/wg0.conf",
    "app/token.pickle",
    "app/local.settings.json",
    "app/login.keychain-db",
    "app/.dev.vars",
    "app/.act.secrets",
    "app/.sentryclirc",
    "app/.smbcredentials",
    "app/.msmtprc",
    "app/.fetchmailrc",
    "app/.m2/settings-security.xml",
    "app/.gradle/gradle.properties",
    "app/.config/hub",
    "app/.config/doctl/config.yaml",
    "app/.config/pypoetry/auth.toml",
    "app/.snowflake/config.toml",
    "app/.dbt/profiles.yml",
    "app/.fly/config.yml",
    "app/.railway/config.json",
    "app/.age/keys.txt",
    "app/sops/age/keys.txt",
    "app/shop-firebase-adminsdk-x1y2z-0123456789.json",
    "app/prod-service-account-key.json",
    "app/deploykey",
    "app/sshkey",
    "app/server_rsa_4096",
    "app/my_private.asc",
    "app/server.key-old",
    "app/server.pem.bak1",
    "app/.env~",
    "app/.env.bak",
    "app/id_rsa.bak",
    "app/server.key.old",
    "app/deploy_key",
    "app/github_rsa",
    "app/private-key",
    "app/private.asc",
    "app/AuthKey_ABC.p8",
    "app/client.ovpn",
    "app/.secrets/db",
    "app/secret",
    "app/.secret",
    "app/serviceAccountKey.json",
    "app/firebase-adminsdk-x.json",
    "app/application_default_credentials.json",
    "app/credentials",
    "app/credentials.yml",
    "app/vault-password",
    "app/ansible-vault-password",
    "app/.dockerconfigjson",
    "root/.zsh_history",
    "root/.python_history",
    "root/.huggingface/token",
    "root/.m2/settings.xml",
    "root/.ivy2/.credentials",
    "root/.config/composer/auth.json",
    "root/.config/rclone/rclone.conf",
    "root/.databrickscfg",
    "root/.oci/config",
    "etc/kubernetes/admin.conf",
    "etc/rancher/k3s/k3s.yaml",
]
"""Those that a context of ours leaves out only where a project has them."""
NOT_OF_APPS = ("me/.", "kube", "ranc")
"""How paths begin that only a home or a system has."""
HARMLESS = [
    "app/fly/config.yml",
    "app/gradle.properties",
    "app/profiles.yml",
    "app/hub",
    "app/settings.json",
    "app/keys.txt",
    "app/primary_key.py",
    "app/keys/public_key",
    "app/rsa.py",
    "app/tokens.json",
    "app/config/credentials.yml.enc",
    "app/secretary",
    "app/.env.example",
    "app/gh/hosts.yml.example",
    "app/credentials.toml",
    "app/.env.sample",
    "app/example.env",
    "app/.env.dist",
    "app/.env.production.template",
    "app/environment.py",
    "app/env/settings.py",
    "app/id_rsa.pub",
    "root/.ssh/known_hosts",
    "app/tls/cert.pem",
    "app/tls/fullchain.pem",
    "app/tls/ca-bundle.pem",
    "app/public.pem",
    "app/public.key",
    "opt/venv/lib/python3.11/site-packages/certifi/cacert.pem",
    "opt/venv/lib/python3.11/site-packages/tornado/test/test.key",
    "usr/lib/python3.11/secrets.py",
    "root/.pyenv/versions/3.11.7/lib/python3.11/test/keycert.pem",
    "usr/local/lib/python3.11/secrets.py",
    "etc/ssl/certs/ISRG_Root_X1.pem",
    "app/docker/config.json",
    "app/terraform.tfvars.example",
    "app/example.tfvars",
    "app/infra/variables.tf",
    "app/keys.py",
    "app/secretservice/__init__.py",
]


AT_THE_ROOT = [".ssh/config", ".aws/config", ".docker/config.json"]
"""Of an image into whose root a project was copied."""


@pytest.mark.parametrize("path", [*SECRET, *WARNED, *AT_THE_ROOT])
def test_files_of_secrets_are_known_by_name(path: str) -> None:
    assert is_secret(path)
    assert secrets_in([Entry(path, EntryKind.file)]) == (path,)


@pytest.mark.parametrize("path", HARMLESS)
def test_examples_public_parts_and_what_packages_bring_are_no_secrets(path: str) -> None:
    assert not is_secret(path)


def test_a_store_of_public_certificates_is_no_secret() -> None:
    """The context that is proposed leaves it out all the same."""
    assert not is_secret("app/ca-cert.p12")
    assert is_secret("app/cert.p12")


def test_folders_links_and_whiteouts_hold_nothing() -> None:
    kinds = [kind for kind in EntryKind if kind is not EntryKind.file]
    assert secrets_in([Entry("app/.env", kind) for kind in kinds]) == ()


def test_a_list_has_an_end() -> None:
    assert len(secrets_in([Entry(f"app/{n}.key", EntryKind.file) for n in range(500)])) == MOST


PUBLIC_CODE = {"app/secrets.py"}
"""A module is code that is imported: it is told of, and not left out."""


@pytest.mark.parametrize("left_out", [True, False])
def test_the_context_that_we_propose_leaves_out_what_is_said_to_be_secret(
    tmp_path: Path, left_out: bool
) -> None:
    paths = {path[4:] for path in SECRET if path.startswith("app/") and path == path.lower()}
    if not left_out:
        paths = {path.removeprefix("app/") for path in HARMLESS if path.startswith("app/")}
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    ignored = "\n".join(load_levels(context="ignored").context.ignore)
    sent = {entry.path for entry in list_context(tmp_path, ignored) if not entry.folder}
    if left_out:
        assert {f"app/{path}" for path in sent} == PUBLIC_CODE
    else:
        assert sent == paths


def sent_of(root: Path) -> set[str]:
    """What the context has that is proposed for a found project in this directory."""
    detected = detect(read_listing(root), {}, None)
    lines = [*load_levels(context="ignored").context.ignore, *detected.values["ignore"]]
    entries = list_context(root, "\n".join(lines))
    return {entry.path for entry in entries if not entry.folder}


@pytest.mark.parametrize("below", ["", "shop/", "docs/"])
def test_what_few_projects_have_is_left_out_of_those_that_have_it(
    tmp_path: Path, below: str
) -> None:
    secret = [*(path.partition("/")[2] for path in (*WARNED, *SECRET)), "a [b]!#*?_rsa"]
    secret = [path for path in secret if not path.endswith(".py") and path[:4] not in NOT_OF_APPS]
    code = {"main.py": "import docs\n", "requirements.txt": "", "docs/__init__.py": ""}
    files = code | {f"{below}{path}": "" for path in secret}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert sent_of(tmp_path) == set(code)
    (tmp_path / ".dockerignore").write_text(f"!{below}deploy_key\n")
    assert sent_of(tmp_path) == {*code, f"{below}deploy_key"}


def test_a_project_without_them_has_no_line_of_them() -> None:
    listing = Listing(("main.py", ".env", "server.key", "secrets.py", "deploy_key.py"), {})
    assert secret_files(listing, []) == []


def test_nothing_comes_back_that_is_left_out_for_another_reason(tmp_path: Path) -> None:
    for path in ("node_modules/x/.env.example", ".git/x.pem", "tests/cert.pem", "app.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    ignored = "\n".join(load_levels(context="ignored").context.ignore)
    assert {entry.path for entry in list_context(tmp_path, ignored) if not entry.folder} == {
        "app.py"
    }


def test_a_note_names_paths_and_says_what_to_do() -> None:
    assert secret_notes(()) == ()
    (note,) = secret_notes([f"app/{n}.key" for n in range(7)])
    assert "/app/0.key, /app/1.key, /app/2.key, /app/3.key, /app/4.key and 2 more; leave it" in note
