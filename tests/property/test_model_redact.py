"""Credentials are taken out of any text, whatever is around them; ordinary text stays."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.command_words import on_one_line
from runner.model.redact import redacted
from runner.model.secret_names import says_secret

ROOT = Path(__file__).parents[2]
S = "S3cr_t.Val"
"""The canary: it is in each text, and must not be in what is left."""

HOLDERS = (
    "curl --data-urlencode code={} https://h/token",
    "curl -d 'code={}&grant_type=authorization_code' h",
    "https://h/callback#code={}&state=x",
    "https://user:{}@host/simple",
    "https://{}@host/simple",
    "https://user:p@{}@host/simple",
    "https://user:p'{}@host/simple",
    "https://user:p/{}@host/simple",
    "https://user:p?{}#x@host/simple",
    "https://:{}@host",
    "git+ssh://user:{}@host/x.git@v1",
    "--index-url=https://user:{}@host/simple",
    "base.image=https://user:{}@registry.example/app: not a reference",
    "user:{}@host",
    "user:p@{}@host",
    "user:p'{}@host",
    "user:p/{}@host",
    "user:a:{}@proxy.example:3128",
    "http_proxy=user:{}@proxy:3128",
    "https://host/simple?token={}",
    "https://host/simple?a=1&access_token={}&b=2",
    "https://host/x?X-Amz-Signature={}",
    "Bearer {}",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "authorization=token {}",
    "Authorization: Basic c2VjcmV0OnNlY3JldA== {}".replace(" {}", "{}"),
    "curl -H 'PRIVATE-TOKEN: {}' https://host",
    "curl -u joe:{} https://host",
    "curl -sSL --user joe:{} https://host",
    "--password={}",
    "--password {}",
    "--password '{} with blanks'",
    '--token="{}"',
    "ENV PASSWORD={}",
    "ENV PASSWORD {}",
    "ENV A=1 DB_PASSWORD='a {}' B=2",
    "ARG API_TOKEN={}",
    "RUN |2 A=1 API_KEY={} /bin/sh -c pip install x",
    "export AWS_SECRET_ACCESS_KEY={};",
    "ENV SECRET_KEY_BASE={}",
    "ENV OPTIONS='--password={} -v'",
    "//registry.example/:_authToken={}",
    "//registry.example/:_auth={}",
    "sshpass -p {} ssh host",
    "sshpass -p{} ssh host",
    "docker login -u joe -p {} registry.example",
    '{{"auths": {{"registry.example": {{"auth": "{}"}}}}}}',
    '{{"password":"{}"}}',
    "password: {}",
    "  api_key: '{}'",
    "aws_secret_access_key = {}",
    "dbPassword={}",
    "mysql -u root -p{} db",
    "mysqldump -p'{}' db > x",
    "machine github.com login me password {}",
    "npm config set //registry.example/:_authToken {}",
    "aws configure set aws_secret_access_key {}",
    "conda config --set token {}",
    "openssl enc -k {} -in x",
    "openssl enc -pass pass:{} -in x",
    "composer config http-basic.example.org joe {}",
    "composer config --auth github-oauth.github.com {}",
    "poetry config http-basic.mine joe {}",
    "poetry config pypi-token.pypi {}",
    "vault login {}",
    "htpasswd -bc file joe {}",
    "htpasswd -nb joe {}",
    "useradd -m -p {} joe",
    "gh auth login --with-token <<< {}",
    "echo {} | docker login --password-stdin",
    "echo -n '{}' | gh auth login --with-token",
    "echo 'root:{}'|chpasswd",
    "Cookie: session={}",
    "curl -b x -H 'Cookie: sid={}; a=b' https://host",
    "Set-Cookie: sid={}; Path=/",
    "RUN tool --password \\\n    {} \\\n    --more",
    "ENV PASSWORD \\\r\n  {}",
    "ENV DB_PASSWORD=ab\\\n{}",
    'CMD ["tool", "--api-key", "{}"]',
    "['--token','{}']",
    'RUN echo "[\\"--password\\", \\"{}\\"]"',
    "command:\n  - --password\n  - {}",
    "LABEL token {}",
    "ARG PASSWORD=${{P:-{}}}",
    "psql --user me ${{PGPASSWORD:-{}}}",
    'RUN echo "{{\\"password\\": \\"{}\\"}}" > x.json',
    '{{"password": "it\'s {}"}}',
    '{{"password": "a\\"{}"}}',
    "'password' => '{}'",
    'password => "{}"',
    "<password>{}</password>",
    "curl -H X-Api-Key:{} https://host",
    'curl -H "JOB-TOKEN:{}" https://host',
    "environment: {{PASSWORD: {}, A: b}}",
    "password: two {} words",
    "password: it's {}",
    "password: {} # comment",
    "curl -sSu joe:{} https://host",
    "//user:{}@registry.example/npm/",
    "helm registry login -u joe -p {} registry.example",
    "chpasswd <<< root:{}",
    "redis-cli -h x -a {} ping",
    "?pw={}",
    "DB_PW={}",
    "ENV DBPASS={}",
    "ARG GH_PAT={}",
    "ENV JWT_KEY={}",
    "ENV STRIPE_KEY={}",
    "unzip -o -P {} x.zip",
    "unzip -P{} x.zip",
    "zip -e -P {} x.zip y",
    "7z x -p{} x.7z",
    "7za a -p'{}' x.7z",
    "unrar x -hp{} x.rar",
    "ldapsearch -x -D cn=admin -w {} -b dc=x",
    "ldapmodify -w '{}' -f x.ldif",
    "curl https://host/x?token%3D{}",
    "https://host/?to=%2Fx%3Fa%3D1%26access_token%3d{}",
    "curl --header 'Authorization: Basic {}' https://host",
    "curl --proxy-user joe:{} https://host",
    "curl -U joe:{} https://host",
    "curl -E client.pem:{} https://host",
    "curl --oauth2-bearer {} https://host",
    "http -a joe:{} GET host",
    "http POST host X-Api-Key:{}",
    "etcdctl --user root:{} get x",
    "git clone https://x-access-token:{}@github.com/a/b",
    'git -c http.extraHeader="Authorization: Basic {}" fetch',
    "PGPASSWORD={} psql -h host",
    'psql "host=h user=joe password={} dbname=x"',
    'curl -d "{{\\"password\\": \\"{}\\"}}" https://host',
    'docker login --password-stdin <<< "{}"',
    "gh auth login --with-token <<< {}",
    "docker login -u joe --password-stdin <<EOF\n{}\nEOF",
    "cat <<'EOF' | docker login --password-stdin\n{}\nEOF",
    'printf "%s" "{}" | gh auth login --with-token',
    "echo {} | sudo -S apt-get update",
    "echo {} | kinit joe",
    "(echo {0}; echo {0}) | passwd root",
    "mysqladmin -u root password {}",
    "mysql -e \"CREATE USER joe IDENTIFIED BY '{}'\"",
    "psql -c \"ALTER USER postgres PASSWORD '{}'\"",
    "mongosh --username joe -p {} db",
    "rabbitmqctl add_user joe {}",
    "sqlcmd -S host -U sa -P {} -Q x",
    "bcp db.t out f -U sa -P{}",
    "sqlplus joe/{}@db",
    "jdbc:oracle:thin:joe/{}@host:1521:x",
    "smbclient //host/x -U 'joe%{}'",
    "lftp -u joe,{} host",
    "openssl passwd -6 {}",
    "mkpasswd -m sha-512 {}",
    "twine upload -u joe -p {} dist/*",
    "poetry publish -u joe -p {}",
    "uv publish -t {}",
    "gem push -k {} x.gem",
    "dotnet nuget push x -k {} -s u",
    "cargo login {}",
    "wandb login {}",
    "ngrok config add-authtoken {}",
    "tailscale up --authkey={}",
    "codecov -t {}",
    "mc alias set x https://host AKEY {}",
    "rclone config create x webdav pass {}",
    "conda install -c https://host/t/{}/chan x",
    "bundle config set --global gems.example.org joe:{}",
    'echo "host:5432:db:joe:{}" > ~/.pgpass',
    "requirepass {}",
    'debconf-set-selections <<< "x x/root_password password {}"',
    "sonar-scanner -Dsonar.login={}",
    "Cookie: a=b; session={}",
    'expect -c "spawn su; expect \\"assword:\\"; send \\"{}\\r\\""',
    "expect -c 'spawn ssh x; expect assword {{ send \"{}\\r\" }}'",
    "expect -c 'spawn su; expect assword; send {}'",
    'expect "Password:"; send -- "{}\\n"',
    "https://host/cb?code={}",
    "https://host/cb?a=1&session_id={}",
    "tool -Password:{}",
    "setup.exe /quiet /password:{} -x",
    'setup.exe -AdminPassword:"{}" -x',
    "wg set wg0 private-key <(echo {})",
    'wg set wg0 private-key <(echo "{}") peer x',
    "tool --key-file=<(printf '%s' {})",
    'PASSWORD="$(echo {})"',
    "export PASSWORD=`echo {}`",
    "TOKEN=$(echo -n {} | base64)",
    "ssh-keygen -N {} -f x",
    "NPM_CONFIG__AUTH={}",
    "set -x PASSWORD {}",
    "setx PASSWORD {}",
    "https://discord.com/api/webhooks/123456/{}",
    "https://api.telegram.org/bot123456789:{}/send",
    "snowsql -u x -p {}",
    "caddy hash-password --plaintext {}",
    "crictl pull --creds u:{} x",
    "skopeo copy --src-creds u:{} a b",
    "podman pull --creds=u:{} x",
    "crane auth login -u x -p {} host",
    "pulumi config set --secret x {}",
    "dig -y hmac-sha256:name:{} x",
    "snmpwalk -v3 -A {} -u x h",
    "ipmitool -U x -P {} h",
    "xfreerdp /u:x /p:{} /v:h",
    "rdesktop -p {} h",
    "psexec -u x -p {}",
    "yes {} | passwd root",
    "gh secret set X --body {}",
    "gh secret set X -b{}",
    "vault write auth/x secret_id={}",
    "redis-cli -h x AUTH {}",
    'mongo --eval \'db.createUser({{user:"x",pwd:"{}"}})\'',
    "db.auth('x', '{}')",
    "mysql -e \"SET PASSWORD FOR x = PASSWORD('{}')\"",
    "BUNDLE_GEMS__EXAMPLE__ORG=u:{}",
    "Ocp-Apim-Subscription-Key: {}",
    "http --auth joe:{} GET host",
    "curl --user=joe:{} https://host",
    'curl -u "$USER:{}" https://host',
    "ab -A joe:{} http://host/",
    "java -jar jenkins-cli.jar -auth joe:{}",
    "lynx -auth=joe:{} https://host",
    "wget --proxy-user=joe:{} https://host",
    "tool --user joe:{}",
    "tool --user=joe:{}",
    'tool --user="joe:{}"',
    "tool -u joe:{}",
    "tool -u 'joe:{}' x",
    "tool --username joe:{}",
    "tool --userpwd ${{WHO}}:{}",
    'exp_send "{}\\r"',
    "expect eof; send -- {{{}\\r}}",
    "c.expect('assword:')\nc.sendline('{}')",
)
COMMANDS = tuple(
    holder
    for holder in HOLDERS
    if re.match(r"[\w.-]+ ", holder)
    and not re.match(r"RUN|CMD|ENV|ARG|LABEL|Bearer|aws_|password ", holder)
    and "\n" not in holder
)
"""Those of which each word may stand on a line of its own."""
LINES = (
    "password:",
    "api_key:",
    "aws_",
    "Ocp-",
)
"""What is known only where it begins a line."""
SHAPES = (
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2c3" * 8,
    "glpat-" + "a1B2c" * 4,
    "npm_" + "a1B2c3" * 6,
    "pypi-AgEIcHlwaS5vcmcCJDU3" + "a1B2" * 8,
    "AKIA" + "ABCD" * 4,
    "xoxb-" + "1234567890-abc",
    "xapp-" + "1-A0123-456-abcdef",
    "SG." + "a1B2c3D4" * 3 + "." + "a1B2c3D4" * 4,
    "dop_v1_" + "0a1b2c3d" * 8,
    "shpat_" + "0a1b2c3d" * 4,
    "hvs." + "a1B2c3D4" * 4,
    "ya29." + "a1B2c3D4" * 4,
    "glsa_" + "a1B2c3D4" * 4,
    "rubygems_" + "0a1b2c3d" * 6,
    "sk-ant-api03-" + "abcdefgh" * 4,
    "sk-proj-" + "abcdefgh" * 4,
    "ATATT3x" + "a1B2c3D4" * 6,
    "lin_api_" + "a1B2c3D4" * 5,
    "figd_" + "a1B2c3D4" * 5,
    "sbp_" + "0a1b2c3d" * 5,
    "dapi" + "0a1b2c3d" * 4,
    "tskey-auth-" + "a1B2c3D4" * 2,
    "sq0csp-" + "a1B2c3D4" * 5,
    "pat-na1-12345678-1234-1234-1234-123456789012",
    "AGE-SECRET-KEY-1" + "QPZRY9X8" * 6,
    "xoxc-" + "1234567890-abc",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
)
AROUND = st.text("ab 1:/@.=-_\"'\n,", max_size=12)


@pytest.mark.parametrize("holder", HOLDERS)
def test_each_kind_of_secret_is_taken_out(holder: str) -> None:
    left = redacted(holder.format(S))
    assert S not in left
    assert "***" in left
    assert redacted(left) == left


@pytest.mark.parametrize("holder", HOLDERS)
@settings(max_examples=20, deadline=None)
@given(
    before=st.text("ab1 ./-_\n", max_size=12).map(lambda text: text + " "),
    secret=st.text("abcXYZ019._~+", min_size=8, max_size=20).map(lambda text: f"Q{text}7Q"),
    after=st.text("ab1 ./-_\n", max_size=12).map(lambda text: " " + text),
)
def test_whatever_stands_around_it(holder: str, before: str, secret: str, after: str) -> None:
    start = "\n" if holder.lstrip().startswith(LINES) else before
    end = "\n" if start == "\n" else after
    left = redacted(start + holder.format(secret) + end)
    assert secret not in left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('["DB_PASSWORD=S3cr_t.Val","A=1"]', '["DB_PASSWORD=***","A=1"]'),
        ("'DB_PASSWORD=S3cr_t.Val','A=1','B=2'", "'DB_PASSWORD=***','A=1','B=2'"),
        ('"DB_PASSWORD=S3cr_t.Val kept","kept"', '"DB_PASSWORD=*** kept","kept"'),
        ('"TOKEN="S3cr_t.Val"" kept', '"TOKEN=*** kept'),
    ],
)
def test_what_is_quoted_with_its_name_ends_with_the_quote(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("got Basic dXNlcjpTM2NyX3Q= back", "got Basic *** back"),
        ("basic\\\n  c2VjcmV0OnNlY3JldA==", "basic\\\n  ***"),
        ("got Bearer S3cr_t.Val back", "got Bearer *** back"),
        ("it wants a bearer token. Basic tokens too", "it wants a bearer token. Basic tokens too"),
        ("no Bearer authentication... here", "no Bearer authentication... here"),
    ],
)
def test_what_stands_behind_a_scheme_is_taken_out_unless_it_is_prose(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("f(password=S3cr_t.Val);", "f(password=***);"),
        ("sh -c 'x --password S3cr_t.Val'", "sh -c 'x --password ***'"),
        ("f(password='S3cr_t.Val'), g()", "f(password=***), g()"),
        ("{a: b, token: S3cr_t.Val'),", "{a: b, token: ***'),"),
        ("PASSWORD=,;S3cr_t.Val", "PASSWORD=***"),
        ("A_TOKEN=,; kept", "A_TOKEN=,; kept"),
        ("docker build --secret id=token,src=a --secret type=file,id=b .", None),
        ("--client-secret id=S3cr_t.Val", "--client-secret ***"),
        ("--secret name=S3cr_t.Val", "--secret ***"),
        ("secret=type=S3cr_t.Val", None),
        ("PASS: 3 of 4 pass: 3 failed", None),
        ("pass=S3cr_t.Val", "pass=***"),
    ],
)
def test_a_value_ends_before_what_closes_the_call_that_it_stands_in(
    text: str, left: str | None
) -> None:
    assert redacted(text) == (text if left is None else left)


@pytest.mark.parametrize("name", ["PHPSESSID=", 'JSESSIONID: "', "session_id='", "ASPSESSIONID="])
def test_the_id_of_a_session_is_a_credential(name: str) -> None:
    assert redacted(f"set {name}0a1b2c3d4e5f6a7b'") == f"set {name}***'"


@pytest.mark.parametrize("holder", COMMANDS)
@pytest.mark.parametrize("gap", [" \\\n" + " " * 12, "\\\n\t", " \\\r\n  "])
def test_a_command_may_go_on_below_at_each_word(holder: str, gap: str) -> None:
    text = holder.format(S)
    for blank in re.finditer(" ", text):
        broken = f"RUN a && {text[: blank.start()]}{gap}{text[blank.end() :]} && b\n"
        left = redacted(broken)
        assert S not in left, broken
        assert left.endswith(" && b\n")
        assert redacted(left) == left
    assert S not in redacted(text.replace(" ", gap))


@pytest.mark.parametrize("holder", [x for x in COMMANDS if not re.search(r"[|<>`;=]|\$\(|eval", x)])
def test_the_words_of_a_command_may_be_a_list(holder: str) -> None:
    words = shlex.split(holder.format(S))
    service = {"services": {"a": {"command": words, "image": "b"}}}
    for text in (
        f"CMD {json.dumps(words)}\n",
        f"CMD {json.dumps(words, indent=2)}\n",
        json.dumps(service),
        yaml.safe_dump(service, default_style=None).replace("'-6'", "-6"),
    ):
        left = redacted(text)
        assert S not in left, text
        assert redacted(left) == left


@settings(max_examples=300, deadline=None)
@given(st.text("ab \"'[],\n\\-\r\t", max_size=60))
def test_no_character_moves_where_words_are_put_on_one_line(text: str) -> None:
    line = on_one_line(text)
    assert len(line) == len(text)
    assert all(new in (" ", old) for new, old in zip(line, text, strict=True))


@pytest.mark.parametrize("token", SHAPES)
@settings(max_examples=20, deadline=None)
@given(AROUND, AROUND)
def test_tokens_are_known_by_their_shape(token: str, before: str, after: str) -> None:
    before = before.rstrip("ab1")
    assert token not in redacted(f"{before}{token} {after}")


@settings(max_examples=400, deadline=None)
@given(st.text("user:p@/'\"?#= \n.$*tokenTOKEN-_", max_size=60))
def test_what_is_redacted_stays_as_it_is(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


def test_a_private_key_leaves_its_frame() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{S}\nabc\n-----END RSA PRIVATE KEY-----"
    assert redacted(f"a\n{key}\nb") == (
        "a\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nb"
    )
    assert S not in redacted(key[:-30]), "the end is cut off"


ORDINARY = """\
exit code=1
Main process exited, code=exited, status=203/EXEC
error code=ECONNREFUSED while calling connect
{"code=": 5} code=$CODE code=abc
curl -d lang=de -d code=de-AT https://h
session_id=42 sessionid = request.session.get(0x1234)
session_id = generate_session_identifier2()
./tool --code=deprecated_function
compat-na1-x sapi dapi dapi2 pat-na pscale
https://index.example/a@b
mail me@example.org, see https://example.org
FROM python:3.11@sha256:abcdef
https://host:8080/@scope/x
https://registry.example/@types/node
npm install npm:react@18 @types/node@1.0
COPY --chown=user:user a b
docker run -u 1000:1000 -p 8080:80 -v /a:/b:ro app
RUN --mount=type=secret,id=pip_token,required pip install x
RUN --mount=type=cache,target=/root/.cache,id=dockbench-pip pip install x
docker build --secret id=token,src=token.txt .
ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D
ENV TOKENIZERS_PARALLELISM=false MAX_TOKENS=4096
ENV PASSWORD_FILE=/run/secrets/password
ENV PASSWORD=$PASSWORD TOKEN=${TOKEN}
ARG TOKEN
Bearer authentication failed
WWW-Authenticate: Bearer realm="https://auth.example/token",service="registry.example"
Basic usage of this
docker-image://docker.io/docker/dockerfile:1@sha256:abc
docker://alpine:3.19@sha256:deadbeef
git@github.com:org/repo@v1
pkg @ git+https://github.com/x/y@v1
SyntaxError: Unexpected token: '}'
author=joe maintainer:joe@example.org
apt-key add key.gpg
key=value monkey=1 compass=north
12:30:45 user@host logged in
passwd -d root
adduser --disabled-password --gecos '' app
pass: 3 failed: 1
https://user:${TOKEN}@host/simple
http://[::1]:8080/@x
org.example:artifact:1.0@aar
token == "x"
password: ${PASSWORD}
PASSWORD=${PASSWORD:?must be set}
COPY ["--chown=me", "a", "b"]
a => "b"
curl -H "Accept: text/plain" https://host
ENV PASSWORD=${OTHER:-$FALLBACK}
[1/2] STEP 3: RUN python -c "import secrets; print(secrets.token_hex())"
uses: actions/checkout@v4
RUN mkdir -p /a && cp -p a b && ssh -p 22 host && unzip x.zip -d /opt && tar -xpf x.tar
RUN apt-get install -y unzip p7zip-full ldap-utils mongodb-clients && mkdir -p /data
docker run --name mongo -p 27017:27017 -d mongo
docker run -p 5432:5432/tcp --user 1000:1000 postgres
RUN 7z x -y -o/opt x.7z && rm x.7z
RUN zip -r -q x.zip x && unzip -p x.zip a > b
RUN cargo login --help && uv -p 3.11 sync && uv pip install -p 3.11 x
RUN openssl passwd --help && openssl req -newkey rsa:2048 -nodes
RUN conda install -c https://conda.example/forge x
RUN bundle config set path vendor && bundle config build.nokogiri --use-system-libraries
https://host/path/t/file/x
RUN curl -u $USER:$PASS https://host
RUN sqlcmd -S host -U sa -P $SA_PASSWORD -Q x
RUN echo hello | tee x && echo done
RUN echo "deb http://host x main" > /etc/apt/sources.list.d/x.list && sudo apt-get update
RUN mysqladmin -u root password $ROOT
RUN cat <<EOF > x
RUN echo 'git:*:16462:0:99999:7:::' >> /etc/shadow
Set-Cookie: a=$A; Path=/; SameSite=Lax
2024-01-01 12:30:45 host:80:a:b
https://host/error?code=404&lang=de and https://host/?code=$CODE
expect "Continue?"; send "yes\\r"
expect "assword:"; send "$PASSWORD\\r"
docker run -v /token:/token:ro -v /secret:ro -v secret:/x app
RUN ssh-keygen -A && ssh-keygen -t ed25519 -N '' -f x
RUN yes | apt-get install x
tool --key-file <(cat x) --token-file=<(echo $TOKEN)
SECRET := $(shell cat x)
set -eux; tool
tool --user 1000:1000 && tool -u 0:0 && tool --user=app:app && tool -u root:root
docker run --user joe:Group2 -u 1000:Staff9 app
RUN chpst -u app:Group2 svc && chroot --userspec=app:Group2 / svc && gosu app:Group2 svc
RUN chown -R joe:Group2 /app && install -o joe -g Group2 a b && useradd -u 1001 joe
COPY --chown=joe:Group2 a b
tool -u node:20-slim --user www-data:nogroup -u host:8080 --user $UID:$GID
RUN rsync -u host:Backup1/x . && git push -u origin HEAD:main && sort -u a:B2
RUN nuclei -u http://host:80/A1 && sqlmap -u host:8080/A1 && tool --user "$(id -u):$(id -g)"
RUN date -u +%H:%M:%S && python -u main.py && set -u && tool --user-agent x:Y1/2.0
user: "1000:1000"
[1, "a:b", "-u", "app:app"]
- -u
RUN a \\
"""


@pytest.mark.parametrize("line", ORDINARY.splitlines())
def test_ordinary_text_stays(line: str) -> None:
    assert redacted(line) == line


def committed(*patterns: str) -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [ROOT / name for name in found.stdout.split("\0") if name]


def test_what_this_repository_writes_stays() -> None:
    files = committed("*Dockerfile*", "*.dockerignore", "results/*.md", "results/*.yaml", "configs")
    assert len(files) > 20
    for path in files:
        text = path.read_text()
        assert redacted(text) == text, path


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PASSWORD", True),
        ("db_password", True),
        ("DbPassword", True),
        ("PGPASSWORD", True),
        ("DB_PASS", True),
        ("API_KEY", True),
        ("DBPASS", True),
        ("storepass", True),
        ("COMPASS", False),
        ("GH_PAT", True),
        ("PATH", False),
        ("JWT_KEY", True),
        ("DEPLOY_KEY", True),
        ("PRIMARY_KEY", False),
        ("apikey", True),
        ("HF_TOKEN", True),
        ("POETRY_PYPI_TOKEN_PYPI", True),
        ("TOKENS", False),
        ("PASSWORD_FILE", False),
        ("SECRET_NAME", False),
        ("TOKEN_URL", False),
        ("BYPASS", False),
        ("KEY", False),
        ("GPG_KEY", False),
        ("author", False),
        ("", False),
    ],
)
def test_names_that_say_secret(name: str, secret: bool) -> None:
    assert says_secret(name) is secret


LONG, MOST_S = 300_000, 3.0
REPEATED = (
    *(
        "://u:p@",
        "x://a:",
        "=u:p:",
        "=u:p@",
        "=to:a@",
        ":/",
        'a="',
        "token=",
        "--token ",
        "'",
        "\\",
    ),
    *("key=$", "ENV a ", "password:", "Bearer ", "eyJ", "&token=", "sk-A1", "a.b-c=", "curl -u "),
    *(
        'send "a',
        "expect send assword ",
        "?code=a",
        "token=<(echo ",
        " -Password:",
        "--creds a:",
        'auth("a","',
        "dig -y a:",
        "set -x a ",
        "${password:-",
        "<password>",
        '"password":',
        "- --password\n- ",
        "password => '",
        "{password: ",
    ),
    *("--password \\\n", "docker login ", "redis-cli ", "-H x-token:", '"--password","', "//u:p@"),
    *(
        "unzip ",
        "docker login <<< ",
        "chpasswd <<E\n",
        "x-key:",
        "a:*:b:c:",
        "sqlplus a/",
        "%26token%3d",
    ),
    *("cookie: a=b;", "identified by '", "password password ", "conda://a/t/", "echo a;echo "),
    *(
        "tool -u a:B1 ",
        "-u ",
        "--user a:",
        "a \\\n  ",
        '["a", "b',
        '["a", ',
        "- a\n",
        "[",
        "exp_send ",
    ),
    *("ab -A ", "-auth a:", "assword sendline('"),
    *("sshpass ", "-----BEGIN PRIVATE KEY-----", '":"a', ',"://u:p@h"'),
)


@pytest.mark.parametrize("word", REPEATED)
def test_no_text_is_slow(word: str) -> None:
    long = (word * LONG)[:LONG]
    for text in (long, f"{long}@", "key " + (f"{word} " * LONG)[:LONG]):
        begun_s = time.process_time()
        redacted(text)
        assert time.process_time() - begun_s < MOST_S
