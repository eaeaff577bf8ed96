"""The anatomy of small images: caches, duplicates, what is large, hints, and that all adds up."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console

from runner.image.anatomy import anatomy
from runner.image.contents import keep_for_contents
from runner.image.contents.cache_kinds import CACHE_KINDS
from runner.image.contents.duplicates import candidates, repeated_sizes
from runner.image.contents.hints import WORTH_A_HINT_BYTES
from runner.image.merge import merge
from runner.model.anatomy import (
    SMALLEST_DUPLICATE_BYTES,
    AnatomyDocument,
    CacheFinding,
    Hint,
    SizeOf,
    WasteReason,
)
from runner.model.documents import from_json, to_json
from runner.model.entries import Entry, ImageContent, LayerContent
from runner.report.inspect.grouped import grouped_waste
from runner.report.inspect.terminal import print_hints
from tests.unit.images import directory, file, image, layer, link, opaque, symlink, whiteout

BIG = 100_000
DELETES = re.compile(r"(?:find|rm) [^;,(]*\{path\}/?\*?(?: -maxdepth 1)?(?: -type f -delete)?")


def document(*layers: LayerContent, base: int = 0, **environment: str) -> AnatomyDocument:
    """The anatomy of these layers, of which the first `base` are the base's."""
    content = image(*layers)
    content.environment = environment
    base_diff_ids = [one.diff_id for one in content.layers[:base]]
    return anatomy(content, base_diff_ids, with_duplicates=True)


def cache(found: AnatomyDocument, kind: str) -> CacheFinding:
    [one] = [finding for finding in found.caches if finding.kind == kind]
    return one


def hint(found: AnatomyDocument, finding: str) -> Hint:
    [one] = [one for one in found.hints if one.finding.startswith(finding)]
    return one


# Caches


@pytest.mark.parametrize(
    ("path", "kind", "folder"),
    [
        ("root/.cache/pip/http/a", "pip", "root/.cache/pip"),
        ("home/app/.cache/pip/a", "pip", "home/app/.cache/pip"),
        ("root/.cache/pypoetry/cache/a", "poetry", "root/.cache/pypoetry/cache"),
        ("root/.cache/pdm/http/a", "pdm", "root/.cache/pdm"),
        ("home/app/.bun/install/cache/a/b", "bun", "home/app/.bun/install/cache"),
        ("root/.nuget/packages/a/1/a.dll", "nuget", "root/.nuget/packages"),
        ("root/.cache/huggingface/hub/a/b", "Hugging Face", "root/.cache/huggingface"),
        ("root/.cache/torch/hub/a", "downloaded models", "root/.cache/torch"),
        ("root/.cache/ms-playwright/a/b", "downloaded browsers", "root/.cache/ms-playwright"),
        ("var/cache/pacman/pkg/gcc.pkg.tar.zst", "pacman", "var/cache/pacman/pkg"),
        ("usr/local/lib/ruby/gems/3.3.0/cache/a.gem", "gem", "usr/local/lib/ruby/gems/3.3.0/cache"),
        ("app/.mypy_cache/3.12/a.json", "caches of checkers", "app/.mypy_cache"),
        ("app/.next/cache/webpack/a", "caches of bundlers", "app/.next/cache"),
        ("root/.cpanm/work/a", "cpan", "root/.cpanm/work"),
        ("root/.hex/packages/hexpm/a.tar", "hex", "root/.hex/packages"),
        ("app/.tox/py312/bin/python", "caches of checkers", "app/.tox"),
        ("home/app/.kube/cache/a", "cache", "home/app/.kube/cache"),
        ("root/.sonar/cache/a/b.jar", "cache", "root/.sonar/cache"),
        ("var/lib/pacman/sync/core.db", "pacman databases", "var/lib/pacman/sync"),
        ("var/cache/zypp/packages/a.rpm", "zypper", "var/cache/zypp"),
        ("var/cache/fontconfig/a", "cache", "var/cache/fontconfig"),
        ("root/.cache/pipeline/a", "cache", "root/.cache/pipeline"),
        ("srv/home/.cache/tool/a/b", "cache", "srv/home/.cache/tool"),
        (".cache/tool/a", "cache", ".cache/tool"),
        ("root/.cache/uv/wheels/a", "uv", "root/.cache/uv"),
        ("opt/conda/pkgs/a/b", "conda", "opt/conda/pkgs"),
        ("root/miniconda3/pkgs/a", "conda", "root/miniconda3/pkgs"),
        ("root/.npm/_cacache/x/y", "npm", "root/.npm/_cacache"),
        ("usr/local/share/.cache/yarn/v6/a", "yarn", "usr/local/share/.cache"),
        ("root/.local/share/pnpm/store/v3/a", "pnpm", "root/.local/share/pnpm/store"),
        ("var/lib/apt/lists/deb_main", "apt lists", "var/lib/apt/lists"),
        ("var/cache/apt/archives/a.deb", "apt archives", "var/cache/apt"),
        ("var/cache/apk/a.tar.gz", "apk", "var/cache/apk"),
        ("var/cache/dnf/a", "dnf", "var/cache/dnf"),
        ("var/cache/yum/a", "yum", "var/cache/yum"),
        ("root/.cache/go-build/00/a", "go", "root/.cache/go-build"),
        ("go/pkg/mod/cache/a", "go", "go/pkg/mod"),
        ("usr/local/cargo/registry/src/a", "cargo", "usr/local/cargo/registry"),
        ("app/src/__pycache__/a.pyc", "__pycache__", "app"),
        ("usr/lib/python3.11/json/__pycache__/a.pyc", "__pycache__", "usr/lib/python3.11"),
        (
            "v/lib/python3.11/site-packages/a/__pycache__/a.pyc",
            "__pycache__",
            "v/lib/python3.11/site-packages",
        ),
        ("var/log/dpkg.log", "logs", "var/log"),
        ("tmp/a/b", "temporary files", "tmp"),
        ("var/tmp/__pycache__/b.pyc", "temporary files", "var/tmp"),
        ("app/.git/objects/pack/a", "version control", "app/.git"),
    ],
)
def test_every_kind_of_cache_is_found(path: str, kind: str, folder: str) -> None:
    [found] = document(layer(file(path, 10), file("app/main.py", 5))).caches
    assert (found.kind, found.path, found.bytes, found.files) == (kind, folder, 10, 1)
    assert found.advice
    assert "{path}" not in found.advice


@pytest.mark.parametrize(
    "path",
    [
        "root/.cache/pypoetry/virtualenvs/app/bin/python",
        "usr/lib/app/.cache/tool/a",
        "v/lib/python3/site-packages/app/.cache/x/a",
        "var/cache/debconf/templates.dat",
        "srv/var/cache/tool/a",
        "usr/share/conda/pkgs.py",
        "home/tmp/a",
        "srv/var/log/a",
        "app/.gitignore",
        "usr/lib/apt/lists/a",
        "app/src/cache/a",
        "app/.config/app/cache/a",
        "app/x__pycache__/a",
    ],
)
def test_what_only_looks_like_a_cache_is_none(path: str) -> None:
    assert document(layer(file(path, 10))).caches == ()


def test_a_cache_is_told_by_the_layer_that_wrote_it_and_only_what_is_live() -> None:
    found = document(
        layer(file("root/.cache/pip/a", 10), file("root/.cache/pip/b", 20)),
        layer(file("root/.cache/pip/c", 40), whiteout("root/.cache/pip/a")),
    )
    assert [(one.written_by, one.bytes) for one in found.caches] == [(1, 40), (0, 20)]


def test_linked_content_with_a_name_outside_of_the_cache_is_not_left_over() -> None:
    found = document(
        layer(
            file("root/.cache/uv/a", 1000),
            link("usr/lib/a.py", to="root/.cache/uv/a"),
            file("root/.cache/uv/b", 10),
            link("root/.cache/uv/c", to="root/.cache/uv/b"),
        )
    )
    assert cache(found, "uv").bytes == 10


def test_the_environment_may_move_a_cache() -> None:
    found = document(layer(file("opt/wheels/a", 10)), PIP_CACHE_DIR="/opt/wheels/")
    assert cache(found, "pip").path == "opt/wheels"
    for value in ("", "/", "relative"):
        assert document(layer(file("opt/wheels/a", 10)), PIP_CACHE_DIR=value).caches == ()


@pytest.mark.parametrize(
    ("path", "kind", "environment"),
    [
        ("var/c/pip/http-v2/a", "pip", {"XDG_CACHE_HOME": "/var/c"}),
        ("var/c/pypoetry/artifacts/a", "poetry", {"XDG_CACHE_HOME": "/var/c/"}),
        ("var/c/uv/archive-v0/a", "uv", {"XDG_CACHE_HOME": "/var/../var/c"}),
        ("var/c/yarn/v6/a", "yarn", {"XDG_CACHE_HOME": "/var/c"}),
        ("var/c/go-build/00/a", "go", {"XDG_CACHE_HOME": "/var/c"}),
        ("w/pkg/mod/cache/a", "go", {"GOPATH": "/w:/elsewhere"}),
        ("opt/rust/registry/src/a", "cargo", {"CARGO_HOME": "/opt/rust"}),
        ("opt/rust/git/db/a", "cargo", {"CARGO_HOME": "/opt/rust"}),
        ("opt/gradle/caches/8.5/a", "gradle", {"GRADLE_USER_HOME": "/opt/gradle"}),
    ],
)
def test_a_variable_may_name_the_folder_around_a_cache(
    path: str, kind: str, environment: dict[str, Any]
) -> None:
    (found,) = document(layer(file(path, 10)), **environment).caches
    assert (found.kind, found.bytes) == (kind, 10)
    assert path.startswith(f"{found.path}/")
    assert document(layer(file(path, 10))).caches == ()


def test_only_what_is_a_cache_below_such_a_folder_counts() -> None:
    kept = layer(file("opt/rust/bin/cargo", 10), file("w/bin/app", 10), file("var/c/fonts", 10))
    moved: dict[str, Any] = {"CARGO_HOME": "/opt/rust", "GOPATH": "/w", "XDG_CACHE_HOME": "/var/c"}
    assert document(kept, **moved).caches == ()


@pytest.mark.parametrize(
    ("path", "instruction", "advice"),
    [
        ("root/.cache/pip/a", "RUN pip install flask", "pip install --no-cache-dir"),
        ("root/.cache/pip/a", "RUN ./setup.sh", "ENV PIP_NO_CACHE_DIR=1"),
        ("root/.cache/uv/a", "RUN uv sync", "target=/root/.cache/uv"),
        ("var/cache/apk/a", "RUN apk add git", "apk add --no-cache"),
        ("var/lib/apt/lists/a", "RUN apt-get update", "rm -rf /var/lib/apt/lists/*"),
        ("app/.git/a", "COPY . /app", "**/.git and **/.hg in .dockerignore"),
        ("tmp/requirements.txt", "COPY r.txt /tmp/requirements.txt", "type=bind"),
        ("usr/lib/python3/__pycache__/a.pyc", "RUN apt-get install x", "find /usr -name"),
        ("app/x/__pycache__/a.pyc", "COPY . /app", "**/__pycache__ in .dockerignore"),
        ("root/.cache/pip/a", "COPY --from=build /root /root", "from the stage"),
    ],
)
def test_advice_fits_the_instruction(path: str, instruction: str, advice: str) -> None:
    [found] = document(layer(file(path, 10), created_by=instruction)).caches
    assert advice in found.advice


@pytest.mark.parametrize("folder", ["root/.cache", "home/me/.cache", "opt/x/.cache", "var/cache"])
def test_files_directly_in_a_directory_of_caches_are_one(folder: str) -> None:
    """What lies below may be no cache (debconf's database): it is not removed with them."""
    debconf = file("var/cache/debconf/config.dat", 7)
    [found] = document(layer(file(f"{folder}/a.bin", 10), file(f"{folder}/b", 5), debconf)).caches

    assert (found.path, found.kind, found.bytes, found.files) == (folder, "cache", 15, 2)
    assert found.advice.startswith(f"find /{folder} -maxdepth 1 -type f -delete ")


def test_files_in_a_package_directory_of_caches_are_not_left_over() -> None:
    path = "usr/lib/python3/site-packages/x/.cache/a"
    assert not document(layer(file(path, 10))).caches


def test_a_path_in_advice_is_one_word_for_a_shell() -> None:
    """It is copied into a Dockerfile, and the path comes from the image."""
    path = "root/.cache/a $(touch won); rm -rf ~'"
    [found] = document(layer(file(f"{path}/x", 10))).caches

    mount, _, command = found.advice.partition(", or ")
    assert shlex.split(mount.removesuffix(" …"))[1:] == [f"--mount=type=cache,target=/{path}"]
    assert shlex.split(command)[:5] == ["find", f"/{path}", "-type", "f", "-delete"]


def test_a_mounted_cache_is_of_the_user_whose_it_was() -> None:
    folder = replace(directory("home/app/.cache/pdm"), uid=1000, gid=100)
    [found] = document(layer(folder, file("home/app/.cache/pdm/x", 10))).caches
    assert found.advice.startswith(
        "RUN --mount=type=cache,target=/home/app/.cache/pdm,uid=1000,gid=100 pdm sync …, "
    )
    assert "after RUN mkdir -p /home/app/.cache/pdm " in found.advice

    of_root = document(layer(file("home/app/.cache/pdm/x", 10))).caches[0].advice
    assert of_root == "RUN --mount=type=cache,target=/home/app/.cache/pdm pdm sync …"


@pytest.mark.parametrize(
    ("path", "first", "second", "missed"),
    [
        ("var/lib/apt/lists/a", "RUN apt-get update", "RUN apt-get install make", True),
        ("var/lib/apt/lists/a", "RUN apt update", "RUN apt update && apt install make", False),
        ("var/lib/apt/lists/a", "RUN apt-get update", "RUN make install", False),
        ("var/lib/pacman/sync/a.db", "RUN pacman -Sy gcc", "RUN pacman -S git", True),
        ("var/lib/pacman/sync/a.db", "RUN pacman -Syu gcc", "RUN pacman -Sy git", False),
    ],
)
def test_advice_says_what_later_instructions_need(
    path: str, first: str, second: str, missed: bool
) -> None:
    later = layer(file("usr/bin/x", 10), created_by=second)
    [found] = document(layer(file(path, 10), created_by=first), later).caches
    assert ("in each later RUN that installs" in found.advice) == missed
    [before] = document(later, layer(file(path, 10), created_by=first)).caches
    assert "later" not in before.advice


def test_a_temporary_file_that_is_read_later_stays_until_then() -> None:
    fetched = layer(file("tmp/setup.sh", BIG), created_by="RUN curl -o /tmp/setup.sh x")
    run = layer(file("opt/x", 10), created_by="RUN sh /tmp/setup.sh && echo a/tmp/b")
    assert "with all that reads them in that RUN" in document(fetched, run).caches[0].advice
    other = layer(file("opt/x", 10), created_by="RUN echo a/tmp/b")
    assert "reads" not in document(fetched, other).caches[0].advice


def test_a_program_that_a_container_starts_is_not_left_over() -> None:
    content = image(layer(file("tmp/server", BIG)))
    assert len(anatomy(content).hints) == 1
    content.command = ("/tmp/server", "--port", "80")
    assert anatomy(content).hints == ()


# Hints


def test_hints_name_the_instruction_and_come_by_bytes() -> None:
    found = document(
        layer(file("bin/sh", 10)),
        layer(file("root/.cache/pip/a", 2 * BIG), created_by="RUN pip install x"),
        layer(file("src.tar", 5 * BIG), created_by="RUN curl -O src.tar"),
        layer(whiteout("src.tar"), created_by="RUN rm src.tar"),
        base=1,
    )
    assert [one.bytes for one in found.hints] == [5 * BIG, 2 * BIG]
    deleted = hint(found, "deleted by layer 3: /src.tar")
    assert (deleted.layer, deleted.instruction) == (2, "RUN curl -O src.tar")
    assert "in the RUN that writes them" in deleted.change
    assert hint(found, "pip: /root/.cache/pip").instruction == "RUN pip install x"


def test_one_remedy_for_several_folders_is_one_hint() -> None:
    found = document(
        layer(
            file("usr/lib/python3.11/__pycache__/a.pyc", BIG),
            file("usr/share/x/__pycache__/b.pyc", 2 * BIG),
            created_by="RUN apt-get install x",
        )
    )
    assert len(found.caches) == 2
    [one] = found.hints
    assert one.finding == "__pycache__: /usr, /usr/lib/python3.11"
    assert one.bytes == 3 * BIG


def test_names_in_hints_are_printable_wherever_they_are_shown() -> None:
    found = document(
        layer(file("tmp/a", BIG)),
        layer(file("x\n\x1b[31m\udcff", BIG)),
        layer(whiteout("tmp"), whiteout("x\n\x1b[31m\udcff")),
    )
    shown = io.StringIO()
    print_hints(found, Console(file=shown, width=100), 10)
    assert "/x \\x1b[31m\\xff" in shown.getvalue()
    assert all(line.isprintable() for line in shown.getvalue().splitlines())
    assert all(line.isprintable() for line in to_json(found).splitlines())
    assert len(found.hints) == 2


def test_all_of_the_base_is_one_hint() -> None:
    found = document(
        layer(file("var/log/a", BIG), file("tmp/b", BIG), file("old", BIG)),
        layer(whiteout("old")),
        base=1,
    )
    [one] = found.hints
    assert (one.bytes, one.layer) == (3 * BIG, 0)
    assert "another base" in one.change
    assert [facts.is_base for facts in found.layers] == [True, False]


def tools(
    *names: str,
    command: tuple[str, ...],
    scripts: dict[str, str] | None = None,
    links: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> str:
    """What hints call a build tool of Python packages that are large, in an image that starts
    `command`; `a<b` is a package a that requires b."""
    entries = []
    for name, _, required in (one.partition("<") for one in names):
        info = f"opt/venv/lib/python3/site-packages/{name}-1.dist-info"
        metadata = f"Name: {name}\nVersion: 1\n"
        metadata += f"Requires-Dist: {required}>=1\n" if required else ""
        record = f"{name}/x.py,,\n../../../bin/{name},,\n{name}-1.dist-info/RECORD,,\n"
        entries += [
            file(f"{info}/METADATA", content=metadata.encode()),
            file(f"{info}/RECORD", content=record.encode()),
            file(f"opt/venv/lib/python3/site-packages/{name}/x.py", BIG),
            file(f"opt/venv/bin/{name}", 200),
        ]
    for path, text in (scripts or {}).items():
        assert keep_for_contents(path, len(text))
        entries.append(file(path, content=text.encode()))
    entries += [symlink(path, target) for path, target in (links or {}).items()]
    content = image(layer(*entries))
    content.command = command
    content.environment = {"PATH": "/opt/venv/bin:/usr/bin", **(environment or {})}
    return " ".join(one.finding for one in anatomy(content).hints)


@pytest.mark.parametrize(
    ("command", "scripts"),
    [
        (("uv", "run", "app"), {}),
        (("/bin/sh", "-c", "cd /app && exec uv run app"), {}),
        (("/opt/venv/bin/uv", "run"), {}),
        (("python", "-m", "uv"), {}),
        (("tini", "--", "/entrypoint.sh"), {"entrypoint.sh": "#!/bin/sh\nexec uv run app\n"}),
        (("/app/serve",), {"app/serve": "#!/usr/bin/env -S uv run --script\nprint()\n"}),
        (
            ("docker-entrypoint.sh", "serve"),
            {
                "usr/local/bin/docker-entrypoint.sh": '#!/bin/sh\nexec "$@"\n',
                "usr/local/bin/serve": "#!/bin/sh\nuv run x\n",
            },
        ),
        (
            ("start-notebook.py",),
            {"usr/local/bin/start-notebook.py": "#!/usr/bin/env python\nos.execvp('uv', ['uv'])\n"},
        ),
        (("./main.py",), {"app/main.py": "#!/usr/bin/env -S uv run --script\nprint()\n"}),
        (("python", "app.py"), {"app/app.py": "import flask\nfrom uv.api import run\n"}),
        (("./start",), {"home/me/start": "#!/bin/sh\nexec uv run app\n"}),
        (("bin/web",), {"app/bin/web": "#!/bin/sh\nexec uv run app\n"}),
        (("start",), {"usr/bin/start": "#!/bin/sh\nexec uv run app\n"}),
        (
            ("supervisord", "-n"),
            {"etc/supervisor/conf.d/web.conf": "[program:web]\ncommand=uv run app\n"},
        ),
        (("/init",), {"etc/services.d/web/run": "#!/bin/sh\nexec uv run app\n"}),
        (("honcho", "start"), {"app/Procfile": "web: uv run app\n"}),
        (("make", "run"), {"opt/Makefile": "run:\n\tuv run app\n"}),
        (("just", "run"), {"srv/app/justfile": "run:\n  uv run app\n"}),
        (("task", "run"), {"app/Taskfile.yml": "tasks:\n  run:\n    cmd: uv run app\n"}),
        (("cron", "-f"), {"etc/cron.d/job": "* * * * * root uv run app\n"}),
        (("crond", "-f"), {"etc/crontabs/root": "* * * * * uv run app\n"}),
        (
            ("/lib/systemd/systemd",),
            {"etc/systemd/system/web.service": "[Service]\nExecStart=/opt/venv/bin/uv run app\n"},
        ),
        (
            ("python", "app/web.py"),
            {
                "app/web.py": "from tools import go\ngo()\n",
                "app/tools.py": "import os\ndef go(): os.execvp('uv', ['uv'])\n",
            },
        ),
        (("npm", "start"), {"app/package.json": '{"scripts": {"start": "uv run app"}}'}),
        (
            ("yarn", "run", "serve"),
            {"app/package.json": '{"scripts": {"serve": "yarn x:y", "x:y": "uv run app"}}'},
        ),
    ],
)
def test_what_a_container_starts_is_no_build_tool(
    command: tuple[str, ...], scripts: dict[str, str]
) -> None:
    assert tools("uv", command=command, scripts=scripts) == ""
    assert "uv" in tools("uv", command=("python", "app.py"))


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("root/.cache/deno/npm/x.js", ("deno", "run", "main.ts")),
        ("root/.cache/node/corepack/v1/pnpm/9/bin/x.cjs", ("pnpm", "start")),
        ("opt/corepack/v1/yarn/4/x.cjs", ("yarn", "start")),
    ],
)
def test_a_cache_that_the_started_program_runs_from_is_not_left_over(
    path: str, command: tuple[str, ...]
) -> None:
    content = image(layer(file(path, BIG)))
    content.environment = {"COREPACK_HOME": "/opt/corepack"}
    content.command = ("serve",)
    assert len(anatomy(content).hints) == 1
    content.command = command
    assert anatomy(content).hints == ()


@pytest.mark.parametrize(
    ("command", "scripts"),
    [
        (("sh", "-c", "exec $RUN"), {}),
        (("/start.sh",), {"start.sh": "#!/bin/sh\nexec ${RUN:-python} app\n"}),
    ],
)
def test_what_a_command_says_by_a_variable_is_started(
    command: tuple[str, ...], scripts: dict[str, str]
) -> None:
    run = {"RUN": "uv run"}
    assert tools("uv", command=command, scripts=scripts, environment=run) == ""
    assert "uv" in tools("uv", command=("other",), scripts=scripts, environment=run)


SCRIPT = "#!/bin/sh\nexec uv run app\n"


@pytest.mark.parametrize(
    ("command", "links", "scripts"),
    [
        (("/start",), {"start": "opt/s.sh"}, {"opt/s.sh": SCRIPT}),
        (("start",), {"usr/local/bin/start": "/opt/s.sh"}, {"opt/s.sh": SCRIPT}),
        (("go",), {"bin/go": "second", "bin/second": "../opt/s.sh"}, {"opt/s.sh": SCRIPT}),
        (("serve",), {"usr/bin/serve": "../../opt/venv/bin/uv"}, {}),
        (
            ("/entrypoint.sh",),
            {"usr/bin/web": "/app/bin/run"},
            {"entrypoint.sh": "#!/bin/sh\nexec web\n", "app/bin/run": SCRIPT},
        ),
        (
            ("loop",),
            {"bin/loop": "pool", "bin/pool": "loop", "x/pool": "/opt/s.sh"},
            {"opt/s.sh": SCRIPT},
        ),
    ],
)
def test_what_a_symbolic_link_leads_to_is_started(
    command: tuple[str, ...], links: dict[str, str], scripts: dict[str, str]
) -> None:
    assert tools("uv", command=command, scripts=scripts, links=links) == ""
    assert "uv" in tools("uv", command=("other",), scripts=scripts, links=links)


def test_make_itself_is_no_build_tool_where_a_container_starts_it() -> None:
    assert tools("cmake", "ninja", command=("ninja", "run")).endswith(": cmake")


def test_a_makefile_of_sources_is_not_kept() -> None:
    assert not keep_for_contents("usr/src/linux-headers-6/drivers/net/Makefile", 100)


def test_a_script_of_package_json_that_nothing_calls_starts_nothing() -> None:
    scripts = {"app/package.json": '{"scripts": {"lint": "uv run lint", "start": "node x.js"}}'}
    assert "uv" in tools("uv", command=("npm", "start"), scripts=scripts)


def test_what_python_code_says_of_other_things_starts_nothing() -> None:
    code = {"app/app.py": "# uv is not used\nx = patch(uv=1)\n"}
    assert "uv" in tools("uv", command=("python", "app.py"), scripts=code)


def test_modules_that_node_is_told_to_load_are_no_build_tools() -> None:
    for command in (("node", "-r", "uv/register", "x.js"), ("node", "--import=uv", "x.js")):
        assert tools("uv", command=command) == ""


def test_what_a_running_package_requires_is_no_build_tool() -> None:
    assert tools("jupyterlab", "notebook", "ipython", command=("jupyter", "lab")) == ""
    assert tools("app<IPython", "ipython", command=("python", "-m", "app")) == ""
    assert tools("app<pre_commit", "pre-commit<virtualenv", "virtualenv", command=("app",)) == ""
    found = tools("app<flask", "pytest<coverage", "coverage", command=("app",))
    assert "coverage" in found
    assert "pytest" in found


@pytest.mark.parametrize("command", [("go", "run", "."), ("/bin/sh", "-c", "exec go run .")])
def test_a_cache_of_what_a_container_starts_is_not_left_over(command: tuple[str, ...]) -> None:
    content = image(layer(file("go/pkg/mod/a", BIG), file("root/.cache/pip/a", BIG)))
    content.command = command

    assert [one.finding for one in anatomy(content).hints] == ["pip: /root/.cache/pip"]


def test_a_cache_that_programs_reach_by_a_link_is_not_left_over() -> None:
    store = file("root/.local/share/pnpm/store/v10/links/a/index.js", BIG)
    used = symlink("app/node_modules/a", "../../root/.local/share/pnpm/store/v10/links/a")
    within = symlink("root/.local/share/pnpm/store/v10/b", "links/a")

    assert len(document(layer(store, within)).hints) == 1
    assert document(layer(store, used)).hints == ()
    zipped = file("root/.yarn/berry/cache/a.zip", BIG)
    assert len(document(layer(zipped)).hints) == 1
    assert document(layer(zipped, file("app/.pnp.cjs", 10))).hints == ()


def test_bytes_are_counted_once_over_all_hints() -> None:
    found = document(
        layer(file("bin/sh", 1)),
        layer(
            file("root/.cache/pip/model.bin", 3 * BIG, digest="m"),
            file("srv/model.bin", 3 * BIG, digest="m"),
            file("var/lib/dpkg/info/gcc-12.list", content=b"/usr/bin/gcc-12\n/tmp/gcc.o\n"),
            file("usr/bin/gcc-12", BIG, digest="g"),
            file("tmp/gcc.o", BIG),
            file("usr/bin/gcc", BIG, digest="g"),
            file("a.bin", 2 * BIG, digest="a"),
            file("b.bin", 2 * BIG, digest="a"),
        ),
        base=1,
    )
    assert sorted((one.finding, one.bytes // BIG) for one in found.hints) == [
        ("build tools (dpkg): gcc-12", 1),
        ("copies of other files: /b.bin", 2),
        ("pip: /root/.cache/pip", 3),
        ("temporary files: /tmp", 1),
    ]


def test_what_one_hint_is_too_small_for_may_be_in_another() -> None:
    small = WORTH_A_HINT_BYTES - 1
    copies = [file(f"copies/{at}", BIG, digest="c") for at in range(2)]
    found = document(layer(file("tmp/a", small, digest="s"), *copies))

    assert [one.bytes for one in found.hints] == [BIG]


def commands() -> list[str]:
    """The commands that delete something in the advice for any kind of cache."""
    said = {advice.text for kind in CACHE_KINDS for advice in kind.advice}
    found = {one for text in said for one in DELETES.findall(text)}
    return sorted(found - {"rm -rf {path}"})  # a repository that was cloned goes as a whole


def test_commands_in_advice_delete_files_and_keep_directories(tmp_path: Path) -> None:
    assert "find {path} -type f -delete" in commands()
    for number, command in enumerate(commands()):
        root = tmp_path / str(number)
        place = root / "var" / "place"
        (place / "service" / "deep").mkdir(parents=True)
        (place / "service").chmod(0o1777)
        for name in ("a.log", "service/b.log", "service/deep/c"):
            (place / name).touch()
        (place / "service/stdout").symlink_to("/dev/stdout")
        here = command.replace("{path}", str(place))
        subprocess.run(["/bin/sh", "-c", here], check=True)

        assert not (place / "a.log").exists()
        assert (place / "service/b.log").exists() == ("-maxdepth 1" in command)
        assert (place / "service/stdout").is_symlink()
        assert (place / "service/deep").is_dir()
        assert (place / "service").stat().st_mode & 0o7777 == 0o1777


def test_the_hint_for_the_base_names_the_instruction_that_wrote_most_of_it() -> None:
    logs = layer(file("var/log/a", 50_000), created_by="RUN apt-get install")
    little = layer(
        file("root/.cache/pip/a", 20_000), file("etc/x", 5), created_by="RUN echo harmless"
    )
    own = layer(file("app", 7), created_by="COPY app")
    for layers, place in (((logs, little), 0), ((little, logs), 1)):
        [hint] = document(*layers, own, base=2).hints
        assert (hint.bytes, hint.layer) == (70_000, place)
        assert hint.instruction == "RUN apt-get install"


def test_attributes_that_an_own_layer_changed_in_the_base_can_be_changed() -> None:
    found = document(
        layer(file("data", BIG, mtime_s=5)),
        layer(file("data", BIG, mtime_s=5, mode=0o600), created_by="RUN chmod 600 data"),
        base=1,
    )
    [one] = found.hints
    assert (one.bytes, one.instruction) == (BIG, "RUN chmod 600 data")


def test_a_copy_whose_owner_is_changed_is_told_to_copy_with_the_owner() -> None:
    found = document(
        layer(file("app/a", BIG, mtime_s=5), created_by="COPY . /app"),
        layer(file("app/a", BIG, mtime_s=5, uid=1), created_by="RUN chown -R 1 /app"),
    )
    assert found.waste[0].reason is WasteReason.attributes
    assert "--chown" in found.hints[0].change


CAPABLE = {"xattrs": "security.capability=0123456789abcdef"}


@pytest.mark.parametrize(
    ("changed", "instruction", "finding", "change"),
    [
        (CAPABLE, "RUN setcap cap_net_raw+ep /a", "only capabilities changed", "set them in the"),
        ({}, "RUN setcap cap_net_raw+ep /a", "only capabilities changed", "set them in the RUN"),
        ({"xattrs": "user.k=01"}, "RUN ./x", "only extended attributes changed", "set them in"),
        ({"xattrs": "user.k=01"}, "COPY a /a", "only extended attributes", "do not copy again"),
        ({"mode": 0o600}, "RUN setcap -r /a && chmod 600 /a", "only mode, owner", "set mode and"),
        ({"gid": 5}, "RUN ./own.sh", "only mode, owner or times changed", "set mode and owner"),
        ({}, "RUN cp x /a", "written again with the same content", "leave that out"),
        ({}, "RUN chown -R 0 /a", "written again with the same content", "leave that out"),
        ({}, "COPY a /a", "written again with the same content", "do not copy again"),
    ],
)
def test_the_remedy_for_a_copy_fits_what_changed(
    changed: dict[str, Any], instruction: str, finding: str, change: str
) -> None:
    old = file("a", BIG, mtime_s=5)
    [one] = document(
        layer(old, created_by="RUN make"),
        layer(replace(old, **changed), created_by=instruction),
    ).hints
    assert one.finding.startswith(finding)
    assert one.finding.endswith(" by layer 1: /a")
    assert one.change.startswith(change)


def test_names_that_are_not_utf_8_can_be_taken_back_from_hints() -> None:
    path = os.fsdecode(b"root/.cache/\xe9\n")
    found = document(layer(file(f"{path}/x", BIG)))
    assert found.hints[0].finding == f"cache: /{path}"

    written = json.loads(to_json(found))["hints"][0]["finding"]
    assert written == "cache: /root/.cache/\\xe9\n"
    assert from_json(to_json(found).encode(), AnatomyDocument) == found


def test_a_name_in_a_hint_is_not_endless() -> None:
    found = document(layer(file(f"root/.cache/{'x' * 1000}/a", BIG)))
    assert len(found.hints[0].finding) < 250


def test_only_other_times_are_no_change() -> None:
    digest = "sha256:1"
    [one] = document(
        layer(file("a", BIG, mtime_s=5, digest=digest)),
        layer(file("a", BIG, mtime_s=9, digest=digest), created_by="RUN touch /a"),
    ).hints
    assert one.finding == "written again with the same content by layer 1: /a"


@pytest.mark.parametrize("written", ["a", "b"])
def test_a_hard_link_to_a_file_of_a_lower_layer_has_its_own_remedy(written: str) -> None:
    other = "b" if written == "a" else "a"
    found = document(
        layer(file("opt/a", BIG, mtime_s=5), created_by="COPY a /opt/a"),
        layer(
            file(f"opt/{written}", BIG, mtime_s=5),
            link(f"opt/{other}", to=f"opt/{written}"),
            created_by="RUN ln /opt/a /opt/b",
        ),
    )
    [one] = found.hints
    assert one.bytes == BIG
    assert one.finding == "copied for a hard link by layer 1: /opt/a"
    assert "ln -s" in one.change
    [waste] = found.waste
    assert (waste.reason, waste.linked) == (WasteReason.attributes, True)


LINKED = layer(
    file("opt/a", BIG, mtime_s=5),
    link("opt/b", to="opt/a"),
    created_by="RUN ln /opt/a /opt/b",
)
ALONE = layer(file("opt/a", BIG, mtime_s=5), created_by="COPY a /opt/a")


def test_a_hard_link_that_is_gone_later_is_still_why_the_file_was_copied() -> None:
    found = document(ALONE, LINKED, layer(whiteout("opt/b"), created_by="RUN rm /opt/b"))
    [one] = found.hints
    assert one.finding == "copied for a hard link by layer 1: /opt/a"


def test_a_change_of_mode_of_what_was_linked_before_is_no_hard_link() -> None:
    linked_before = layer(
        file("opt/a", BIG, mtime_s=5), link("opt/b", to="opt/a"), created_by="RUN make"
    )
    changed = layer(
        file("opt/a", BIG, mtime_s=5, mode=0o600),
        link("opt/b", to="opt/a"),
        created_by="RUN chmod 600 /opt/a",
    )
    for found in (document(linked_before, changed), document(ALONE, changed)):
        [waste] = found.waste
        assert not waste.linked
        assert found.hints[0].finding.startswith("only mode, owner or times changed")


def test_copying_again_is_no_hard_link() -> None:
    again = replace(LINKED, created_by="COPY . /opt")
    found = document(ALONE, again)
    assert found.hints[0].change == "do not copy again what is there already"


def test_a_hard_link_is_called_so_where_waste_is_listed() -> None:
    [group] = grouped_waste(document(ALONE, LINKED).waste)
    assert group.cause == "hard link"


def test_compilers_in_an_own_layer_are_a_hint() -> None:
    lists = file("var/lib/dpkg/info/gcc-12.list", content=b"/usr/bin/gcc-12\n")
    found = document(
        layer(file("usr/bin/make", BIG)),
        layer(lists, file("usr/bin/gcc-12", BIG), created_by="RUN apt-get install gcc"),
        base=1,
    )
    [one] = found.hints
    assert one.finding == "build tools (dpkg): gcc-12"
    assert one.bytes == BIG + lists.size_bytes


def test_copies_are_duplicates_and_a_hint_for_the_layer_of_the_copy() -> None:
    found = document(
        layer(file("a", BIG, digest="d"), link("linked", to="a"), file("c", BIG, digest="e")),
        layer(file("b", BIG, digest="d"), file("small", 5, digest="f"), file("x", 5, digest="f")),
    )
    [one] = found.duplicates or ()
    assert (one.bytes, one.paths) == (BIG, ("a", "b"))
    copies = hint(found, "copies of other files: /b")
    assert (copies.layer, copies.bytes) == (1, BIG)


def test_only_equal_sizes_need_hashing() -> None:
    content = image(
        layer(
            file("a", BIG),
            file("b", BIG, digest="known"),
            file("gone", BIG + 1),
            file("alone", BIG + 2),
            file("small", 3),
            file("small2", 3),
            link("c", to="a"),
            directory("d"),
        ),
        layer(whiteout("gone"), file("e", BIG + 1), symlink("f", "e")),
    )
    tree = merge(content)
    assert [tree.entry_at(at).path for at in candidates(tree)] == ["a"]
    assert repeated_sizes([SMALLEST_DUPLICATE_BYTES, SMALLEST_DUPLICATE_BYTES, 5, 5, BIG]) == {
        SMALLEST_DUPLICATE_BYTES
    }


# The document as a whole


def test_the_parts_add_up_to_the_image() -> None:
    found = document(
        layer(file("usr/a", 100), file("usr/b", 50), file("gone", 30), link("usr/c", to="usr/a")),
        layer(whiteout("gone"), opaque("usr"), file("usr/b", 70), file("opt/x/y/z", 900)),
    )
    facts = found.image
    assert (facts.stored_bytes, facts.live_bytes, facts.wasted_bytes) == (1150, 970, 180)
    assert sum(one.bytes for one in found.waste) == facts.wasted_bytes
    assert [one.stored_bytes for one in found.layers] == [180, 970]
    assert [one.wasted_bytes for one in found.layers] == [180, 0]
    assert [one.files for one in found.layers] == [4, 2]
    assert found.unowned_bytes == 970
    assert found.largest_files[0] == SizeOf("opt/x/y/z", 900)
    assert found.largest_directories[0] == SizeOf("opt/x/y", 900)
    assert msgspec.json.decode(msgspec.json.encode(found), type=AnatomyDocument) == found


def test_unowned_bytes_are_in_buckets_that_do_not_overlap() -> None:
    found = document(
        layer(
            file("usr/lib/python3.11/a.py", 4000),
            file("usr/lib/python3.11/json/b.py", 100),
            file("usr/lib/libx.so", 3000),
            file("usr/bin/x", 900),
            file("app/main.py", 2000),
            file("etc/a", 1),
            file("init", 1),
        )
    )
    assert found.unowned == (
        SizeOf("usr/lib/python3.11", 4100, 2),
        SizeOf("usr/lib", 3000, 1),
        SizeOf("app", 2000, 1),
        SizeOf("usr/bin", 900, 1),
        SizeOf("/", 2, 2),
    )


def test_compressed_bytes_are_the_readers_else_those_remembered() -> None:
    content = image(layer(file("a", 10)), layer(file("b", 10)))
    assert anatomy(content).image.compressed_bytes is None
    sizes = {content.layers[0].diff_id: 7, content.layers[1].diff_id: 8}
    facts = anatomy(content, compressed=sizes.get, compressor="zlib").image
    assert (facts.compressed_bytes, facts.compressor) == (15, "zlib")
    content.layers[0].compressed_bytes = 100
    found = anatomy(content, compressed=sizes.get, compressor="zlib")
    assert (found.image.compressed_bytes, found.image.compressor) == (108, "as stored, zlib")
    assert [one.compressed_bytes for one in found.layers] == [100, 8]
    assert anatomy(content).image.compressor == ""


def test_an_image_of_nothing_has_an_anatomy() -> None:
    for content in (ImageContent("empty", []), image(layer()), image(layer(directory("a")))):
        found = anatomy(content)
        assert found.image.live_bytes == found.unowned_bytes == 0
        assert (found.hints, found.caches, found.packages) == ((), (), ())


PARTS = [
    "tmp",
    "usr",
    "a",
    "__pycache__",
    ".cache",
    "pip",
    "node_modules",
    "x.py",
    "x.cpython-3.pyc",
]
PATHS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)
ENTRIES = st.one_of(
    st.builds(file, PATHS, st.integers(0, 50_000), digest=st.sampled_from(["", "d", "e"])),
    st.builds(link, PATHS, to=PATHS),
    st.builds(symlink, PATHS, PATHS),
    st.builds(directory, PATHS),
    st.builds(whiteout, PATHS),
    st.builds(opaque, PATHS),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=8), max_size=4), st.integers(0, 2))
def test_every_image_adds_up(layers: list[list[Entry]], base: int) -> None:
    found = document(*(layer(*entries) for entries in layers), base=base)
    facts = found.image
    assert facts.stored_bytes == sum(one.stored_bytes for one in found.layers)
    assert facts.wasted_bytes == sum(one.bytes for one in found.waste)
    assert facts.live_bytes == found.unowned_bytes == sum(one.bytes for one in found.unowned)
    assert sum(one.bytes for one in found.caches) <= facts.live_bytes
    assert all(one.bytes > 0 for one in found.caches)
    own = [index for index, one in enumerate(found.layers) if not one.is_base]
    assert all(one.layer in own for one in found.hints if "the base image" not in one.finding)


def test_the_order_of_entries_within_a_layer_changes_nothing() -> None:
    entries = [
        file(f"{folder}/f{number}", 1000 * (number % 3), digest="d")
        for folder in ("tmp", "usr/lib", "root/.cache/pip", "app/__pycache__", "node_modules/a")
        for number in range(6)
    ]
    entries += [
        file("node_modules/a/package.json", content=b"{}"),
        file("node_modules/b/package.json", content=b"{}"),
    ]
    first = document(layer(*entries), layer(*entries[::2]))
    assert document(layer(*entries[::-1]), layer(*entries[::-2])) != first  # other files
    assert document(layer(*entries[::-1]), layer(*entries[::2][::-1])) == first


def test_deep_hostile_paths_cost_no_more_than_shallow_ones() -> None:
    deep: list[Entry] = [file(f"{number}/" + "a/" * 500 + "x", 1) for number in range(50)]
    found = document(layer(*deep))
    assert found.unowned_bytes == 50
    assert sum(part.bytes for part in found.unowned) == 50
