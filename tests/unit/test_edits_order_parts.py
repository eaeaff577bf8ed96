"""order=deps_first where each directory of sources has a COPY of its own."""

from __future__ import annotations

import pytest

from runner.dockerfile.facts import Manifest
from tests.unit.edited_texts import edited, refused

PIP = Manifest(("requirements.txt",), "pip")


def first(text: str, *manifests: Manifest) -> str:
    return edited(text, "order=deps_first", manifests=manifests or (PIP,))


def test_sources_follow_the_install_with_their_comment() -> None:
    text = """\
FROM python:3.13
WORKDIR /app
# the service
COPY --chown=web shop ./shop
COPY requirements.txt logging.conf ./
ENV A=1
RUN pip install -r requirements.txt
CMD ["shop"]
"""
    moved = first(text)
    assert (
        moved
        == """\
FROM python:3.13
WORKDIR /app
COPY requirements.txt logging.conf ./
ENV A=1
RUN pip install -r requirements.txt
# the service
COPY --chown=web shop ./shop
CMD ["shop"]
"""
    )
    assert refused(moved, "order=deps_first", manifests=(PIP,))


def test_several_keep_their_order() -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY src ./src\nCOPY public ./public\n"
        "COPY package.json ./\n\nRUN npm ci\n\nCMD node src\n"
    )
    npm = Manifest(("package.json",), "npm")
    assert first(text, npm) == (
        "FROM node:22\nWORKDIR /app\nCOPY package.json ./\n\nRUN npm ci\n\n"
        "COPY src ./src\nCOPY public ./public\n\nCMD node src\n"
    )


@pytest.mark.parametrize(
    "lines",
    [
        "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY shop ./shop\n",
        "COPY shop ./\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY shop ./shop\nCOPY x.py ./shop/\nCOPY requirements.txt ./\nRUN make\n"
        "RUN pip install -r requirements.txt\n",
        "COPY shop ./shop\nRUN pip install -r requirements.txt\n",
        "COPY shop requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY shop ./shop\nCOPY requirements.txt ./\nWORKDIR /srv\n"
        "RUN pip install -r ../app/requirements.txt\n",
        "COPY --from=x shop ./shop\nCOPY requirements.txt ./\n"
        "RUN pip install -r requirements.txt\n",
        "COPY $DIR ./shop\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
        "COPY shop ./shop\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt -e .\n",
        "COPY setup.py ./\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n",
    ],
)
def test_what_the_install_may_need_or_another_copy_changes_stays(lines: str) -> None:
    text = f"FROM python:3.13\nWORKDIR /app\n{lines}CMD shop\n"
    assert refused(text, "order=deps_first", manifests=(PIP,))


def test_a_directory_that_holds_the_manifest_stays() -> None:
    text = (
        "FROM python:3.13\nWORKDIR /app\nCOPY web ./web\nCOPY shop ./shop\n"
        "RUN pip install -r shop/requirements.txt\nCMD shop\n"
    )
    below = Manifest(("shop/requirements.txt",), "pip")
    assert refused(text, "order=deps_first", manifests=(below,))


def test_what_a_package_may_look_for_while_it_is_installed_stays() -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY prisma ./prisma\nCOPY package.json ./\nRUN npm ci\n"
        "CMD node .\n"
    )
    prisma = Manifest(("package.json",), "npm", written_later=True)
    assert refused(text, "order=deps_first", manifests=(prisma,))
