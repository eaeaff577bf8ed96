"""base=alpine on nginx: the smaller of its two images on Alpine, where there is one."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import Facts
from runner.ecosystems.installers import INSTALLERS

SITE = """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM {}
COPY --from=build /app/dist /usr/share/nginx/html
"""


def served_by(reference: str, **levels: str) -> str:
    facts = Facts(INSTALLERS)
    result = apply(Document(SITE.format(reference)), levels, facts).document
    assert apply(result, levels, facts).document.text == result.text
    head, _, tail = result.text.rpartition("FROM ")
    assert head == SITE.partition("FROM {}")[0], "what builds the files stays"
    return tail.partition("\n")[0]


@pytest.mark.parametrize(
    ("reference", "alpine"),
    [
        ("nginx", "nginx:alpine-slim"),
        ("nginx:stable", "nginx:stable-alpine-slim"),
        ("nginx:1.27.0-bookworm", "nginx:1.27.0-alpine-slim"),
        ("docker.io/library/nginx:1.25-alpine3.18", "docker.io/library/nginx:1.25-alpine3.18-slim"),
        ("nginx:1.27-alpine3.20-slim", "nginx:1.27-alpine3.20-slim"),
        ("nginx:mainline", "nginx:mainline-alpine-slim"),
        ("nginx:1", "nginx:1-alpine-slim"),
        ("nginx:1.23", "nginx:1.23-alpine-slim"),
        ("nginx:1.23.3", "nginx:1.23.3-alpine-slim"),
        ("nginx:1.23.2", "nginx:1.23.2-alpine"),
        ("nginx:${V}", "nginx:${V}-alpine"),
        ("nginx:1.22-${OS}", "nginx:1.22-${OS}"),
        ("nginx:1.22.1", "nginx:1.22.1-alpine"),
        ("nginx:1.19-alpine", "nginx:1.19-alpine"),
        ("nginx:stable-perl", "nginx:stable-perl"),
        ("nginx:1.27-alpine-otel", "nginx:1.27-alpine-otel"),
        ("nginxinc/nginx-unprivileged:stable", "nginxinc/nginx-unprivileged:stable"),
    ],
)
def test_the_smaller_image_on_alpine_serves(reference: str, alpine: str) -> None:
    assert served_by(reference, base="alpine") == alpine


@pytest.mark.parametrize(
    "line",
    [
        "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
        "RUN curl -fsS https://example.org/a.html >/usr/share/nginx/html/a.html",
        "RUN sed -i '1i load_module modules/ngx_http_geoip_module.so;' /etc/nginx/nginx.conf",
    ],
)
@pytest.mark.parametrize("reference", ["nginx:1.27-alpine", "nginx:1.27"])
def test_what_only_the_larger_one_has_stays(reference: str, line: str) -> None:
    text = f"FROM {reference}\n{line}\n"
    result = apply(Document(text), {"base": "alpine"}, Facts(INSTALLERS)).document.text
    assert "-slim" not in result


@pytest.mark.parametrize("level", ["slim", "3.13"])
def test_it_has_no_slim_variant_and_no_version_of_a_language(level: str) -> None:
    assert served_by("nginx:1.27", base=level) == "nginx:1.27"
