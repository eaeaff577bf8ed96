"""Where the installers of a Dockerfile are told to fetch packages from."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.installers import INSTALLERS
from runner.model.levels import Mirror
from runner.recipe import mirrors
from tests.unit.dockerfiles import of_kind

FACTS = Facts(INSTALLERS)
URL = "https://mirror.example/"
SED = "sed -E -i 's#https?://[^/ ]+#https://mirror.example#'"
TWO = """\
FROM a AS build
RUN apt-get update && apt-get install -y gcc
RUN pip install -r r.txt
FROM b
RUN apk add libpq
CMD ["x"]
"""


def edited(text: str, index_url: str = "", apt_url: str = "", apk_url: str = "") -> str:
    document = Document(text)
    found = mirrors.edit(
        document, FACTS, Mirror("m", "x", index_url=index_url, apt_url=apt_url, apk_url=apk_url)
    )
    assert not isinstance(found, NotApplicable)
    return document.edited(sorted(found, key=lambda item: item.start)).text


def test_scheme_and_host_change_in_the_sources_of_its_manager_alone() -> None:
    apt = of_kind(edited(TWO, apt_url=URL), "RUN")
    sources = r"find /etc/apt \( -name '*.list' -o -name '*.sources' \) -exec"
    assert apt[0].startswith(f"RUN {sources} {SED} '{{}}' + && apt-get update")
    assert apt[1:] == of_kind(TWO, "RUN")[1:]
    apk = of_kind(edited(TWO, apk_url=URL), "RUN")
    assert apk[2] == f"RUN {SED} /etc/apk/repositories && apk add libpq"
    assert apk[:2] == of_kind(TWO, "RUN")[:2]


def test_only_a_stage_that_installs_packages_of_python_knows_the_index() -> None:
    build, final = edited(TWO, index_url="http://mirror.example/simple").split("FROM b")
    assert "FROM a AS build\nENV PIP_INDEX_URL=http://mirror.example/simple \\\n" in build
    assert "PIP_TRUSTED_HOST=mirror.example" in build
    assert "UV_INDEX_URL" not in build
    assert "mirror.example" not in final


def test_an_index_with_a_certificate_needs_no_trust() -> None:
    assert "TRUSTED" not in edited(TWO, index_url="https://mirror.example/simple")


def test_uv_is_told_by_its_own_name() -> None:
    text = "FROM a\nRUN uv pip install --system -r r.txt\n"
    assert "UV_INDEX_URL=https://mirror.example\n" in edited(text, index_url=URL)


def test_what_nothing_uses_changes_nothing() -> None:
    mirror = Mirror(level="m", about="x", apk_url=URL)
    assert mirrors.edit(Document("FROM a\nRUN pip install x\n"), FACTS, mirror) == NotApplicable(
        "no RUN installs with what it has a mirror for"
    )
