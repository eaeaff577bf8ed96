"""copies=mounted: wheels that pip installs are mounted, and what else may reach them keeps them."""

from __future__ import annotations

import pytest

from runner.dockerfile.facts import BaseConfig
from tests.unit.edited_texts import edited, refused

LEVEL = "copies=mounted"
BUILDER = """\
FROM python:3.12-slim AS builder
WORKDIR /usr/src/app
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /usr/src/app/wheels -r requirements.txt

"""
WHEELS = "COPY --from=builder /usr/src/app/wheels /wheels\n"
MOUNT = "--mount=type=bind,from=builder,source=/usr/src/app/wheels,target=/wheels"
INSTALL = "RUN pip install --no-cache /wheels/*\n"
MOUNTED = f"RUN {MOUNT} \\\n    pip install --no-cache /wheels/*\n"


def final(*lines: str) -> str:
    """The tutorial's two stages, the second of these lines."""
    return BUILDER + "FROM python:3.12-slim\n" + "".join(lines)


def test_the_wheels_of_the_tutorial() -> None:
    requirements = "COPY --from=builder /usr/src/app/requirements.txt .\n"
    rest = "\nCOPY . .\nUSER app\nCMD gunicorn --bind 0.0.0.0:5000 manage:app\n"
    head = "RUN mkdir -p /home/app\nENV APP_HOME=/home/app/web\nWORKDIR $APP_HOME\n\n# install\n"
    upgrade = "RUN pip install --upgrade pip wheel\n"
    text = final(head, WHEELS, requirements, upgrade, INSTALL, rest)
    assert edited(text, LEVEL) == final(head, requirements, upgrade, MOUNTED, rest)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{INSTALL}RUN rm -rf /wheels\n", MOUNTED),
        (f"{INSTALL}RUN rm -rf /wheels/ && echo x\n", f"{MOUNTED}RUN echo x\n"),
        (f"{INSTALL}RUN date && rm -rf /wheels\n", f"{MOUNTED}RUN date\n"),
        (INSTALL.replace("\n", " && \\\n    rm -rf /wheels\n"), MOUNTED),
        (INSTALL.replace("\n", " && rm -r /wheels/* && date\n"), MOUNTED.replace("*", "* && date")),
        (
            "RUN pip install -r /wheels/requirements.txt \\\n      -f /wheels \\\n"
            "  && rm -rf /wheels \\\n  && rm -rf /root/.cache/pip/*\n",
            f"RUN {MOUNT} \\\n    pip install -r /wheels/requirements.txt \\\n      -f /wheels \\\n"
            "  && rm -rf /root/.cache/pip/*\n",
        ),
        (
            "RUN --network=none python3 -m pip install --find-links=/wheels shop\n",
            f"RUN {MOUNT} \\\n    --network=none "
            "python3 -m pip install --find-links=/wheels shop\n",
        ),
        (
            "RUN for i in 1 2; do uv pip install --system /wheels/*.whl; done\n",
            f"RUN {MOUNT} \\\n    for i in 1 2; do uv pip install --system /wheels/*.whl; done\n",
        ),
    ],
)
def test_each_way_to_install_and_to_remove(before: str, after: str) -> None:
    assert edited(final(WHEELS, before), LEVEL) == final(after)


def test_every_run_that_installs_has_the_mount_in_later_stages_too() -> None:
    other = "RUN pip install /wheels/shop-1.0-py3-none-any.whl\n"
    stage = "FROM base\nRUN date\n"
    text = final(WHEELS, INSTALL, "RUN date\n", stage, other).replace(
        "slim\nCOPY --", "slim AS base\nCOPY --"
    )
    assert edited(text, LEVEL).count(MOUNT) == 2
    assert "COPY --from" not in edited(text, LEVEL)


def test_a_stage_without_a_name_gets_one() -> None:
    text = final(WHEELS, INSTALL).replace(" AS builder", "").replace("=builder", "=0")
    found = edited(text, LEVEL)
    assert found.startswith("FROM python:3.12-slim AS wheels\n")
    assert "--mount=type=bind,from=wheels,source=/usr/src/app/wheels,target=/wheels" in found
    second = f"FROM a\nFROM b\n{text}".replace("=0", "=2")
    assert "FROM python:3.12-slim AS wheels_2\n" in edited(second, LEVEL)
    named = text.replace("FROM python:3.12-slim\nCOPY", "FROM python:3.12-slim AS wheels\nCOPY")
    assert "more than one stage would be called wheels" in refused(named, LEVEL)


@pytest.mark.parametrize(
    ("copied", "run", "mounts"),
    [
        (
            "COPY dist/*.whl /opt/dist/",
            "pip install /opt/dist/shop*.whl",
            "source=dist,target=/opt/dist",
        ),
        (
            "COPY ./wheelhouse wheelhouse",
            "pip install -f wheelhouse shop",
            "source=wheelhouse,target=/app/wheelhouse",
        ),
        ("COPY shop.whl .", "pip install 'shop.whl[all]'", "source=shop.whl,target=/app/shop.whl"),
        (
            "COPY dist/shop.whl /tmp/",
            "pip install /tmp/*.whl",
            "source=dist/shop.whl,target=/tmp/shop.whl",
        ),
        (
            "COPY --chown=app shop-1.whl /",
            "uv pip install --system /shop-1.whl && rm /shop-1.whl",
            "source=shop-1.whl,target=/shop-1.whl",
        ),
        (
            "COPY --from=repo/wheels:1 /out/dist /dist",
            "pip install --no-index -f /dist shop",
            "from=repo/wheels:1,source=/out/dist,target=/dist",
        ),
        (
            "COPY packages /wheels/",
            "pip install /wheels/*",
            "source=packages,target=/wheels",
        ),
    ],
)
def test_files_of_the_context_and_of_other_images(copied: str, run: str, mounts: str) -> None:
    text = f"FROM some\nWORKDIR /app\n{copied}\nRUN {run}\n"
    kept = run.partition(" && rm")[0]
    after = f"FROM some\nWORKDIR /app\nRUN --mount=type=bind,{mounts} \\\n    {kept}\n"
    assert edited(text, LEVEL) == after


def test_wheels_in_the_working_directory() -> None:
    head = "FROM some\nWORKDIR /app\nCOPY app.py requirements.txt ./\n"
    rest = "COPY . .\nRUN useradd app && chown -R app /app\nUSER app\n"
    mount = "--mount=type=bind,source=wheels,target=/app/wheels"
    text = f"{head}COPY wheels ./wheels\nRUN pip install ./wheels/*\n{rest}"
    assert edited(text, LEVEL) == f"{head}RUN {mount} \\\n    pip install ./wheels/*\n{rest}"
    for line in (
        "COPY . .",
        "ADD a.tar .",
        "RUN cp -r . /x",
        "ENV X=/app",
        "RUN cd / && chmod 1 x",
    ):
        assert "something else" in refused(text.replace("RUN pip", f"{line}\nRUN pip"), LEVEL)


def test_several_copies_of_one_run() -> None:
    text = "FROM debian\nCOPY a.whl b.whl /tmp/\nCOPY wheels /wheels\n"
    text += (
        "RUN pip install /tmp/*.whl && pip install /wheels/* && rm -rf /tmp/a.whl && rm /wheels/*"
    )
    text += " && rm /tmp/b.whl"
    assert edited(text, LEVEL) == (
        "FROM debian\nRUN --mount=type=bind,source=a.whl,target=/tmp/a.whl \\\n"
        "    --mount=type=bind,source=b.whl,target=/tmp/b.whl \\\n"
        "    --mount=type=bind,source=wheels,target=/wheels \\\n"
        "    pip install /tmp/*.whl && pip install /wheels/*"
    )


def test_line_ends_and_the_escape_character_are_the_authors() -> None:
    run = "pip install /wheels/* `\n && date\n"
    text = f"# escape=`\nFROM a\n\nCOPY wheels /wheels\n\nRUN {run}"
    mount = "--mount=type=bind,source=wheels,target=/wheels"
    after = f"# escape=`\nFROM a\n\nRUN {mount} `\n    {run}"
    assert edited(text, LEVEL) == after
    windows = text.replace("\n", "\r\n")
    assert edited(windows, LEVEL) == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "more",
    [
        'CMD ["pip", "install", "/wheels/x.whl"]',
        'ENTRYPOINT ["serve", "--packages=/wheels"]',
        "HEALTHCHECK CMD ls wheels",
        "ENV PIP_FIND_LINKS=/wheels",
        "ARG WHERE=/wheels",
        "VOLUME /wheels",
        "VOLUME /",
        "WORKDIR /wheels",
        "ONBUILD RUN pip install /wheels/*",
        "COPY more.whl /wheels/",
        "ADD more.whl /wheels/more.whl",
        "COPY <<EOF /start.sh\npip install /wheels/*\nEOF",
        "RUN pip wheel -w /wheels more",
        "RUN pip install -e /wheels/x",
        "RUN pip install /wheels",
        "RUN pip install --target=/wheels x",
        "RUN pip install -t /wheels x",
        "RUN cd /wheels && pip install *.whl",
        "RUN ls /wheels",
        "RUN echo x > /wheels/x",
        "RUN for x in /wheels/*; do pip install $x; done",
        "RUN pip install $BASE/wheels/*",
        "RUN cp -r /whee* /x",
        "RUN (((",
        "RUN ./install.sh",
        "RUN bash scripts/install.sh",
        "RUN rm /wheels/one.whl",
        "RUN mv /wheels /x",
        'RUN ["rm", "-r", "/wheels"]',
        "RUN true; rm -r /wheels",
        "RUN cp -R / /x",
        "RUN chown -R app $HOME/wheels",
        "RUN <<EOF python3\nopen('/wheels/x')\nEOF",
        "USER app\nRUN pip install --user /wheels/*",
        "RUN --mount=type=cache,target=/wheels pip install /wheels/*",
        "FROM python:3.12-slim\nCOPY --from=1 /wheels /wheels",
        "FROM scratch\nCOPY --from=1 / /",
        "FROM scratch\nCOPY --from=1 $WHERE /",
        "RUN rm -rf /wheels /x",
        "RUN rm -rf /*",
        "RUN find / -name '*.whl'",
        "RUN cd ../.. && ls *",
        "COPY . /\nRUN pip install /wheels/*",
        "RUN chown -R app / && pip install /wheels/*",
        "RUN pip install /wheel?/*",
        "RUN cp $WHERE/* /x && rm -rf /x",
        'RUN ["pip", "install", "--find-links=/wheels", "shop"]',
        "RUN <<EOF\npip install /wheels/*.whl\nEOF",
        "RUN --mount=type=bind,target=/ pip install /wheels/*",
        "RUN cd /x && pip install wheels/*",
        "ENV WHERE=/",
        "CMD rm -rf /*",
    ],
)
def test_the_copy_stays_for_whatever_else_may_use_it(more: str) -> None:
    assert refused(final("# last\n", WHEELS, INSTALL, f"{more}\n"), LEVEL)


@pytest.mark.parametrize(
    ("copied", "run", "reason"),
    [
        ("COPY wheels /wheels", "date", "pip is not known to install from /wheels"),
        ("COPY wheels /wheels", "rm -rf /wheels && pip install /wheels/*", "removed before"),
        ("COPY wheels /tmp", "pip install /tmp/*.whl", "a directory that holds more"),
        ("COPY wheels wheels", "pip install wheels/*", "a working directory that is not known"),
        (
            "COPY wheels /opt/shop/wheels",
            "pip install /opt/shop/wheels/*",
            "makes the directory /opt/shop",
        ),
        ("COPY wheels $WHERE", "pip install $WHERE/*", "a variable"),
        ("COPY --parents wheels /wheels", "pip install /wheels/*", "--parents"),
        ("COPY *.whl /wheels/", "pip install /wheels/*.whl", "no COPY brings wheels"),
        ("COPY dist/*.whl /dist/", "pip install /dist/*", "pip is not known to install"),
        ("COPY dist /dist", "pip install /dist/*", "pip is not known to install from /dist"),
        ("COPY --from=7 /wheels /wheels", "pip install /wheels/*", "not above it"),
        ("COPY x.whl /tmp/", "pip install /tmp/x.whl && rm -rf /tmp/*", "something else"),
        ("COPY x.whl /tmp/", "pip install /tmp/x.whl && chmod -R a+r /tmp", "something else"),
        ("COPY src /src", "pip install /src/*.whl", "no COPY brings wheels"),
        ("COPY . /wheels", "pip install /wheels/*.whl", "no COPY brings wheels"),
        ("COPY wheels debs /all/", "pip install /all/*.whl", "no COPY brings wheels"),
        ("COPY x.whl /tmp/", "cd /tmp && pip install x.whl", "pip is not known to install"),
    ],
)
def test_the_reason_is_told(copied: str, run: str, reason: str) -> None:
    assert reason in refused(f"FROM some\n{copied}\nRUN {run}\n", LEVEL)


def test_what_starts_may_install_again() -> None:
    text = final(WHEELS, INSTALL, 'ENTRYPOINT ["/start.sh"]\n')
    scripts = {"start.sh": frozenset(("pip", "sh"))}
    assert "pip runs when a container starts" in refused(text, LEVEL, scripts=scripts)
    assert MOUNTED in edited(text, LEVEL, scripts={"start.sh": frozenset(("sh", "python"))})


def test_the_user_of_the_base_counts_where_no_other_is_named() -> None:
    text = final(WHEELS, INSTALL)
    assert "the user app installs" in refused(text, LEVEL, base=BaseConfig(user="app"))
    builder = text.replace("builder\n", "builder\nUSER root\n")
    assert "the user app installs" in refused(builder, LEVEL, base=BaseConfig(user="app"))
    assert MOUNTED in edited(text, LEVEL, base=BaseConfig(user="0:0"))
    root = final("USER root\n", WHEELS, INSTALL)
    assert MOUNTED in edited(root, LEVEL, base=BaseConfig(user="app"))


@pytest.mark.parametrize(
    ("syntax", "has_mounts"),
    [
        ("docker/dockerfile:1", True),
        ("docker/dockerfile:1.0", False),
        ("docker/dockerfile:1.1.7", False),
        ("docker/dockerfile:1.1-experimental", True),
        ("docker/dockerfile:1.17", True),
    ],
)
def test_an_old_frontend_has_no_mounts(syntax: str, has_mounts: bool) -> None:
    text = f"# syntax={syntax}\n{final(WHEELS, INSTALL)}"
    if has_mounts:
        assert MOUNT in edited(text, LEVEL)
    else:
        assert "has no bind mounts" in refused(text, LEVEL)


def test_neither_has_the_classic_builder() -> None:
    assert "has no bind mounts" in refused(final(WHEELS, INSTALL), LEVEL, mounts=False)


def test_with_all_that_makes_an_image_smaller() -> None:
    lists = "RUN apt-get update && apt-get install -y curl\n"
    rest = "RUN pip install /wheels/* && pip install x\nRUN rm -rf /wheels && date\nRUN true\n"
    found = edited(final(lists, WHEELS, rest), LEVEL, "layers=merged", "cache=purge")
    assert found.endswith(
        "apt-get install -y curl \\\n    && rm -rf /var/lib/apt/lists/*\n"
        f"RUN {MOUNT} \\\n    pip install /wheels/* && pip install x \\\n"
        "    && rm -rf ~/.cache/pip\nRUN date \\\n    && true\n"
    )


def test_with_cache_mounts_and_uv() -> None:
    text = final(WHEELS, INSTALL)
    found = edited(text, LEVEL, "cache=mount", "installer=uv", mount_ids=False)
    cache = "--mount=type=cache,target=/root/.cache"
    run = f"RUN {cache}/pip \\\n    {cache}/uv \\\n    {MOUNT} \\\n    pip install uv=="
    assert run in found
    assert "    && uv pip install --system --compile-bytecode /wheels/* \\\n" in found
