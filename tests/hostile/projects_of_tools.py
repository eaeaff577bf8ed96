"""More projects that mean harm: files of compose, bake, languages and git that are read as data.

Added to the cases of `projects`.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from tests.hostile.projects import CASES, Canaries, Fill, case, files, linked, piped

OWN = "FROM python:3.11\nEXPOSE 80\nCMD python app.py\n"
LONG = "x" * 4_000


def composed(service: str, dockerfile: str = OWN, **more: str) -> Fill:
    """A compose file with one service that is built."""
    text = f"services:\n  web:\n    build: .\n    {service}\n"
    return files(compose_DOT_yaml=text, Dockerfile=dockerfile, **more)


# ---- compose files: what they name elsewhere, and what they would fill in ----

for _number, _text in enumerate(
    (
        "build: ../outside",
        "build: @OUTSIDE@",
        "build: {context: ../outside, dockerfile: secret}",
        "build: {context: ., dockerfile: ../outside/secret}",
        "build: {context: ., dockerfile: @OUTSIDE@/secret}",
        "build: {context: '../{}/../outside', dockerfile: secret}",
        "build: {context: ., additional_contexts: {x: @OUTSIDE@}}",
        "build: {context: ., dockerfile_inline: 'COPY --from=x / /'}",
        "build: {context: ., args: {A: '@TOKEN@', B: '${CANARY_TOKEN}', C: }}",
        "build: {context: ., args: [CANARY_TOKEN, 'A=x\\nRUN touch @MARKER@']}",
        'build: {context: ., target: "x\\nRUN touch @MARKER@"}',
        "build: {context: ., secrets: [x], ssh: [default]}",
        "build: {context: 'https://127.0.0.1:9/x.git#main'}",
        "build: {context: 'git@127.0.0.1:x'}",
        "build: [1]",
        "build: {context: [x], dockerfile: {a: b}, args: 5, target: 1.5}",
        'build: {context: "a\\0b", dockerfile: "x\\0"}',
        "build: {context: '" + "../" * 2000 + "'}",
        "build: {context: '" + "a/" * 5000 + "'}",
    )
):
    CASES[f"compose_build_{_number}"] = files(
        compose_DOT_yaml=f"services:\n  web:\n    {_text}\n", Dockerfile=OWN
    )
for _number, _text in enumerate(
    (
        "env_file: ../outside/secret",
        "env_file: [@OUTSIDE@/secret, {path: ../outside/secret, required: false}]",
        "env_file: [[[]]]",
        "extends: {file: ../outside/secret, service: web}",
        "environment: [CANARY_TOKEN, 'A=${CANARY_TOKEN}', 'B=@TOKEN@']",
        "environment: {CANARY_TOKEN: , A: '$CANARY_TOKEN', B: '${CANARY_TOKEN:-@TOKEN@}'}",
        'environment: {"A\\nB": "x\\nRUN touch @MARKER@", "=": 1, "": 2, "\\0": "\\0"}',
        "environment: {A: [1], B: {c: d}, C: .nan, D: 1e999, E: !!binary AAAA}",
        "command: ['$(touch @MARKER@)', '`touch @MARKER@`', 'x\\nRUN y']",
        "command: \"sh -c 'touch @MARKER@'\"",
        "entrypoint: [touch, @MARKER@]",
        "ports: ['99999999999:80', '80-1:5', -1, .inf, {target: 'x'}, '::1:80', '']",
        "ports: 80",
        "volumes: ['/:/host', '@OUTSIDE@:/x', {type: bind, source: /, target: /y}]",
        "privileged: true",
        "network_mode: host",
        "pid: host",
        "devices: ['/dev/sda:/dev/sda']",
        "cap_add: [ALL]",
        "security_opt: ['apparmor=unconfined']",
        "healthcheck: {test: ['CMD-SHELL', 'touch @MARKER@'], timeout: 1000000h}",
        "working_dir: '/../../@OUTSIDE@'",
        "user: 'root\\nRUN x'",
        "labels: ['::set-env name=x::y', \"\\e]0;x\\a\"]",
        "develop: {watch: [{path: @OUTSIDE@, action: sync, target: /}]}",
        "profiles: '\\e[31m'",
        "<<: [*a, *a]",
    )
):
    CASES[f"compose_service_{_number}"] = composed(_text)
for _number, _text in enumerate(
    (
        "include: [../outside/secret, @OUTSIDE@/secret]\nservices: {web: {build: .}}\n",
        "services: {web: {build: ., depends_on: [db]}, db: {image: 'postgres:16\\nRUN x'}}\n",
        "services: {web: {build: ., depends_on: [db]}, db: {image: '${CANARY_TOKEN}postgres'}}\n",
        "services: {web: {build: ., depends_on: ['../x']}, '../x': {image: redis}}\n",
        'services: {web: {build: .}, "\\e]0;x\\a": {build: ., image: redis}}\n',
        "services: [web]\n",
        "services: {web: web, x: 1, null: {build: .}, [a]: {build: .}}\n",
        "services: {web: {build: ., depends_on: {db: 1}}, db: {image: redis, volumes: ['/:/x']}}\n",
        "secrets: {x: {file: @OUTSIDE@/secret}}\nservices: {web: {build: ., secrets: [x]}}\n",
        "configs: {x: {file: @OUTSIDE@/secret}}\nservices: {web: {build: ., configs: [x]}}\n",
        "x: &x {build: .}\nservices: {web: {<<: *x, <<: *x, build: ../outside}}\n",
        "services: {web: &a {build: ., x: *a}}\n",
        "services: !reset {web: {build: .}}\n",
        "name: ../../outside\nservices: {web: {build: .}}\n",
        "services: " + "{a: " * 5_000 + "\n",
        "services: {" + ", ".join(f"w{n}: {{build: .}}" for n in range(4_000)) + "}\n",
    )
):
    CASES[f"compose_file_{_number}"] = files(compose_DOT_yaml=_text, Dockerfile=OWN)
CASES["compose_variables_that_double"] = files(
    _DOT_env="".join([f"A0={LONG}\n", *(f"A{n + 1}=${{A{n}}}${{A{n}}}\n" for n in range(60))]),
    Dockerfile=OWN,
    compose_DOT_yaml="services: {web: {build: ., environment: {X: '" + "$A0," * 50_000 + "'}}}\n",
)
CASES["compose_variables_by_aliases"] = files(
    _DOT_env=f"A={LONG}\n",
    Dockerfile=OWN,
    compose_DOT_yaml="services: {web: {build: ., environment: {X: &x '"
    + "$A," * 30_000
    + "', "
    + ", ".join(f"X{n}: *x" for n in range(9_000))
    + "}}}\n",
)
CASES["compose_defaults_in_defaults"] = composed("environment: {A: '" + "${A:-" * 30_000 + "'}")
CASES["compose_arguments_that_double"] = files(
    _DOT_env=f"A={LONG}\n",
    Dockerfile="FROM a\nARG X\n" + "".join(f"ARG Y{n}=$X$X\n" for n in range(100)) + OWN,
    compose_DOT_yaml="services: {web: {build: {context: ., args: {X: '"
    + "$A," * 50_000
    + "'}}}}\n",
)
CASES["compose_link"] = linked("compose.yaml", "@OUTSIDE@/secret")
CASES["compose_pipe"] = piped("compose.yaml")
CASES["env_link"] = linked(".env", "@OUTSIDE@/secret")
CASES["env_pipe"] = piped(".env")

# ---- bake files ----

for _number, _text in enumerate(
    (
        'target "default" { context = "../outside"\n dockerfile = "secret" }\n',
        'target "default" { dockerfile = "@OUTSIDE@/secret" }\n',
        'target "default" { contexts = { x = "@OUTSIDE@" } }\n',
        'target "default" { args = { A = "x\\nRUN touch @MARKER@" } }\n',
        'target "default" { args = { A = CANARY_TOKEN, B = "${CANARY_TOKEN}" } }\n',
        'variable "CANARY_TOKEN" {}\ntarget "default" { args = { A = CANARY_TOKEN } }\n',
        'target "default" { target = "${file("@OUTSIDE@/secret")}" }\n',
        'target "default" { output = ["type=local,dest=@OUTSIDE@"] }\n',
        'target "default" { secret = ["id=x,src=@OUTSIDE@/secret"] }\n',
        'target "a" { inherits = ["b"] }\ntarget "b" { inherits = ["a"] }\n',
        'group "default" { targets = ["default"] }\n',
        'target "\\u001b]0;x" { context = "." }\n',
        'target "default" { context = ' + "[" * 50_000,
        'target "default" { context = ' + "{ a = " * 20_000,
        'target "default" { args = { A = ' + "(" * 100_000,
        'target "default" { args = { A = ' + "1 + " * 60_000 + "1 } }\n",
        "target " * 30_000,
        '"' * 100_000,
        "/*" * 100_000,
        "<<EOF\n" * 30_000,
    )
):
    CASES[f"bake_{_number}"] = files(docker__bake_DOT_hcl="", Dockerfile=OWN)
    CASES[f"bake_{_number}"] = files(**{"docker-bake_DOT_hcl": _text}, Dockerfile=OWN)
CASES["bake_variables_that_double"] = files(
    **{
        "docker-bake_DOT_hcl": f'variable "A0" {{ default = "{LONG}" }}\n'
        + "".join(f'variable "A{n + 1}" {{ default = "${{A{n}}}${{A{n}}}" }}\n' for n in range(60))
        + 'target "default" { args = { A = "${A60}" } }\n'
    },
    Dockerfile=OWN,
)
CASES["bake_variables_that_double_in_json"] = files(
    **{
        "docker-bake_DOT_json": json.dumps(
            {
                "variable": {"A": {"default": "x" * 120_000}},
                "target": {"default": {"args": {"A": "${A}" * 30_000}}},
            }
        )
    },
    Dockerfile=OWN,
)
CASES["bake_deep_json"] = files(**{"docker-bake_DOT_json": '{"target": ' * 30_000}, Dockerfile=OWN)
CASES["bake_link"] = linked("docker-bake.hcl", "@OUTSIDE@/secret")
CASES["bake_pipe"] = piped("docker-bake.hcl")

# ---- manifests of Python ----


def pyproject(text: str) -> Fill:
    """A project of a pyproject.toml without requirements."""

    def fill(root: Path, canaries: Canaries) -> None:
        (root / "requirements.txt").unlink()
        files(pyproject_DOT_toml=text)(root, canaries)

    return fill


HEAD = '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask", "gunicorn"%s]\n'
for _number, _text in enumerate(
    (
        HEAD % ', "y @ file://@OUTSIDE@"',
        HEAD % ', "y @ git+file://@OUTSIDE@"',
        HEAD % ", \"y; python_version<'3' and 'x\\nRUN touch @MARKER@'\"",
        HEAD % ', "--index-url=http://127.0.0.1:9", "-e ../outside", "-r @OUTSIDE@/secret"',
        HEAD % ', "y\\nRUN touch @MARKER@"',
        HEAD % ", 5, {a = 1}, []",
        HEAD % "" + 'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
        'dependencies = {file = ["../outside/secret"]}\n',
        HEAD % "" + '[tool.uv.sources]\nflask = {path = "../outside"}\n',
        HEAD % "" + '[tool.uv.workspace]\nmembers = ["../outside", "@OUTSIDE@/*"]\n',
        HEAD % "" + '[tool.uv]\nindex-url = "http://user:pw@127.0.0.1:9"\n',
        HEAD % "" + "[project.scripts]\nx = \"os:system('touch @MARKER@')\"\n",
        HEAD % "" + '[project.license]\nfile = "../outside/secret"\n',
        HEAD % "" + 'requires-python = ">=3.11\\nRUN touch @MARKER@"\n',
        HEAD % "" + f'requires-python = "{">=3," * 60_000}"\n',
        HEAD % "" + f'requires-python = ">={"9" * 100_000}.{"9" * 100_000}"\n',
        '[tool.poetry]\nname = "x"\nreadme = "../outside/secret"\n[tool.poetry.dependencies]\n'
        'python = "^3.11"\nflask = {path = "../outside", develop = true}\ngunicorn = "*"\n',
        '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\nflask = "*\\nRUN x"\n'
        'gunicorn = {git = "file://@OUTSIDE@"}\n',
        '[tool.poetry]\nname = "x"\npackages = [{include = "*", from = "../outside"}]\n'
        '[tool.poetry.dependencies]\nflask = "^" \n',
        '[tool.pdm]\ndistribution = false\n[project]\nname = "x"\ndependencies = "flask"\n',
        '[tool]\npoetry = 5\npdm = []\nuv = "x"\n[project]\nname = {a = 1}\n',
        '[dependency-groups]\ndev = [{include-group = "dev"}]\n' + HEAD % "",
        '[project]\nname = "x"\ndependencies = [' + '"flask", ' * 25_000 + "]\n",
    )
):
    CASES[f"pyproject_{_number}"] = pyproject(_text)
for _name in ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "setup.cfg"):
    CASES[f"link_to_{_name}"] = linked(_name, "@OUTSIDE@/secret")
    CASES[f"pipe_of_{_name}"] = piped(_name)

# ---- other languages ----


def of_node(package: str, **more: str) -> Fill:
    """A service of Node."""

    def fill(root: Path, canaries: Canaries) -> None:
        for name in ("app.py", "requirements.txt"):
            (root / name).unlink()
        files(
            package_DOT_json=package,
            **{"server_DOT_js": "require('http').createServer().listen(3000)\n"},
            **more,
        )(root, canaries)

    return fill


def package(**values: object) -> str:
    """A package.json."""
    return json.dumps({"name": "x", "scripts": {"start": "node server.js"}, **values})


for _number, _text in enumerate(
    (
        package(dependencies={"y": "file:../outside", "z": "link:@OUTSIDE@"}),
        package(dependencies={"y\nRUN touch @MARKER@": "*", "../z": "1\nRUN x"}),
        package(workspaces=["../outside", "@OUTSIDE@/*", "**/*" * 200]),
        package(main="../outside/secret"),
        package(main="@OUTSIDE@/secret", scripts={}),
        package(scripts={"start": "node $(touch @MARKER@)", "build": "`touch @MARKER@`"}),
        package(scripts={"start": "node x\nRUN touch @MARKER@", "prestart": "\0"}),
        package(scripts={"start": "npm run start"}),
        package(scripts={f"s{n}": f"npm run s{n + 1} && npm run s{n + 1}" for n in range(60)}),
        package(scripts={"start": "npm run " * 20_000}),
        package(engines={"node": "20\nRUN touch @MARKER@"}, packageManager="yarn@../../outside"),
        package(engines={"node": ">=" * 60_000}),
        package(engines=[1], scripts=5, dependencies="x", workspaces={"packages": 1}),
        package(packageManager=f"pnpm@{'9' * 50_000}"),
        package(files=["@OUTSIDE@"], bin={"x": "../outside/secret"}),
        "[" * 100_000,
        '{"scripts": ' * 30_000,
        '{"name": "x", "name": "../../y", "scripts": {"start": "node server.js"}}',
        json.dumps("x"),
    )
):
    CASES[f"package_{_number}"] = of_node(_text)
CASES["npmrc"] = of_node(package(), _DOT_npmrc="//127.0.0.1:9/:_authToken=${CANARY_TOKEN}\n")
CASES["nvmrc"] = of_node(package(), _DOT_nvmrc="20\nRUN touch @MARKER@\n")
CASES["node_version"] = of_node(package(), **{"_DOT_node-version": "$(touch @MARKER@)"})
CASES["pnpm_workspace"] = of_node(
    package(),
    **{"pnpm-workspace_DOT_yaml": "packages: ['../outside', &a [*a]]\n"},
    **{"pnpm-lock_DOT_yaml": "lockfileVersion: '9.0\\nRUN x'\n"},
)
CASES["yarnrc"] = of_node(
    package(), **{"_DOT_yarnrc_DOT_yml": "yarnPath: ../outside/secret\n"}, yarn_DOT_lock=""
)
for _name in ("package.json", "package-lock.json", "yarn.lock", ".npmrc", ".nvmrc"):
    CASES[f"link_to_{_name}"] = linked(_name, "@OUTSIDE@/secret")
    CASES[f"pipe_of_{_name}"] = piped(_name)


def of_go(mod: str, **more: str) -> Fill:
    """A service of Go."""

    def fill(root: Path, canaries: Canaries) -> None:
        for name in ("app.py", "requirements.txt"):
            (root / name).unlink()
        main = 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":80", nil) }\n'
        files(go_DOT_mod=mod, main_DOT_go=main, **more)(root, canaries)

    return fill


for _number, _text in enumerate(
    (
        "module x\ngo 1.22\nreplace y => ../../../outside\n",
        "module x\ngo 1.22\nreplace y => @OUTSIDE@\n",
        "module ../../outside\ngo 1.22\n",
        "module $(touch @MARKER@)\ngo 1.22; touch @MARKER@\n",
        "module `touch\n@MARKER@`\ngo 999999999999.1\n",
        "module x\ngo " + "1." * 100_000 + "\n",
        "module x\ntoolchain ../outside/go\n",
        "module x\nrequire (" + "(\n" * 100_000,
        "module " + "x/" * 120_000 + "\n",
    )
):
    CASES[f"go_{_number}"] = of_go(_text)
CASES["go_embed"] = of_go("module x\ngo 1.22\n", b_DOT_go="package main\n//go:embed ../outside/*\n")
CASES["go_generate"] = of_go(
    "module x\ngo 1.22\n", b_DOT_go="package main\n//go:generate touch @MARKER@\n"
)
CASES["link_to_go.mod"] = linked("go.mod", "@OUTSIDE@/secret")
CASES["pipe_of_go.mod"] = piped("go.mod")

# ---- what is left out ----

for _number, _text in enumerate(
    (
        "**/" * 60_000 + "\n",
        "*" * 200_000 + "\n",
        "*a" * 100_000 + "\n",
        "[" * 200_000 + "\n",
        "[a-" * 60_000 + "\n",
        "?" * 200_000 + "\n",
        "\\" * 200_001 + "\n",
        "!../outside/secret\n!@OUTSIDE@/secret\n!/../../outside\n",
        "!**\n!!\n!\n!!!!x\n",
        "\0\n\x1b[31m\n\u202e\n",
        "#" * 200_000 + "\n",
        "a\n!a\n" * 40_000,
        "**/*\n!**/x\n" * 5_000,
    )
):
    CASES[f"ignore_{_number}"] = files(_DOT_dockerignore=_text, Dockerfile=OWN)

# ---- a git repository, which is read for the day of its last commit ----

DIGEST = "ab" + "c" * 38


def of_git(**texts: str) -> Fill:
    """A repository whose files are these."""
    return files(**{f"_DOT_git__{name}": text for name, text in texts.items()})


CASES["git_head_elsewhere"] = of_git(HEAD="ref: refs/../../../outside/secret\n")
CASES["git_head_absolute"] = of_git(HEAD="ref: @OUTSIDE@/secret\n")
CASES["git_head_is_an_option"] = of_git(HEAD="--help\n")
CASES["git_head_in_a_circle"] = of_git(HEAD="ref: refs/heads/a\n", refs__heads__a="ref: HEAD\n")
CASES["git_packed_slowly"] = of_git(
    **{"HEAD": "ref: refs/heads/a\n", "packed-refs": f"{DIGEST} refs/heads/" * 100_000}
)
CASES["git_programs"] = of_git(
    HEAD=f"{DIGEST}\n",
    config="[core]\n\tfsmonitor = touch @MARKER@\n\tsshCommand = touch @MARKER@\n"
    "\tgitProxy = touch @MARKER@\n\tpager = touch @MARKER@\n"
    "[include]\n\tpath = @OUTSIDE@/secret\n[extensions]\n\tpartialClone = x\n"
    '[remote "x"]\n\turl = ext::touch @MARKER@\n\tpromisor = true\n',
    objects__info__alternates="@OUTSIDE@\n",
)
CASES["git_elsewhere"] = files(_DOT_git="gitdir: @OUTSIDE@\n")
CASES["link_to_.git"] = linked(".git", "@OUTSIDE@")
CASES["pipe_of_.git"] = piped(".git")


@case
def git_objects_elsewhere(root: Path, canaries: Canaries) -> None:
    of_git(HEAD=f"{DIGEST}\n")(root, canaries)
    (root / ".git" / "objects").symlink_to(canaries.outside)


@case
def git_pipes(root: Path, canaries: Canaries) -> None:
    of_git(HEAD=f"{DIGEST}\n", objects__x="")(root, canaries)
    (root / ".git" / "objects" / DIGEST[:2]).mkdir()
    os.mkfifo(root / ".git" / "objects" / DIGEST[:2] / DIGEST[2:])
    (root / ".git" / "objects" / "info").mkdir()
    os.mkfifo(root / ".git" / "objects" / "info" / "alternates")


@case
def git_commit_of_many_bytes(root: Path, canaries: Canaries) -> None:
    """Two megabytes that unpack to 512."""
    of_git(HEAD=f"{DIGEST}\n", objects__x="")(root, canaries)
    folder = root / ".git" / "objects" / DIGEST[:2]
    folder.mkdir()
    size_bytes, piece = 512 << 20, bytes(1 << 20)
    packer = zlib.compressobj(1)
    with (folder / DIGEST[2:]).open("wb") as file:
        file.write(packer.compress(b"commit %d\0" % size_bytes))
        for _ in range(size_bytes >> 20):
            file.write(packer.compress(piece))
        file.write(packer.flush())
