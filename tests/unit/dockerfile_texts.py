"""Dockerfiles of every shape, as text: by hand, and made by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

HAND_WRITTEN = {
    "tutorial": """\
FROM python:3.11
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
""",
    "debian": """\
# syntax=docker/dockerfile:1
FROM debian:bookworm-slim

ENV LANG=C.UTF-8
RUN apt-get update && apt-get install -y \\
    curl \\
    # to talk to the database

    libpq5 && \\
    pip3 install --upgrade pip

# the service itself
RUN cd /opt && curl -fsS https://example.org/x.tgz | tar xz
RUN useradd -m app
USER app
COPY --chown=app:app . /opt/app
CMD /opt/app/run
""",
    "errexit": """\
FROM alpine:3.20
RUN set -eux; apk add curl; curl --version; rm -f /tmp/x || true
RUN apk add --no-cache git
SHELL ["/bin/ash", "-eo", "pipefail", "-c"]
RUN apk add bash; wc -l < /etc/passwd
""",
    "stages": """\
FROM node:20-bookworm AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev
FROM node:20-bookworm-slim
COPY --from=build /src /src
RUN apt-get update; apt-get install tini; apt-get clean
ENTRYPOINT ["tini", "--"]
CMD ["node", "/src/server.js"]
""",
    "windows": (
        "FROM python:3.12\r\nRUN apt-get update && \\\r\n    apt-get install -y git\r\n"
        "RUN pip install flask\r\nRUN echo done\r\n"
    ),
    "no newline": "FROM python:3.12-bookworm\nRUN pip install flask",
    "escape": (
        "# escape=`\nFROM python:3.12\nRUN apt-get update && `\n    apt-get install -y git\n"
        "RUN pip install `\n    flask\n"
    ),
    "heredoc": """\
FROM python:3.12
RUN <<EOF
apt-get update
apt-get install -y git
EOF
RUN pip install flask
COPY <<-"END" /etc/app.conf
	RUN is not an instruction here
	END
RUN ["pip", "install", "click"]
""",
    "npm": """\
FROM node:20
WORKDIR /app
COPY package*.json ./
RUN npm install \\
    # quietly
    --silent
COPY . .
RUN npm run build && \\
    npm prune --omit=dev
CMD ["npm", "start"]
""",
    "venv": """\
FROM python:3.12 AS build
RUN python -m venv /venv
RUN /venv/bin/pip install \\
    --no-cache-dir \\
    -r requirements.txt
FROM python:3.12-slim
COPY --from=build /venv /venv
RUN pip3 install --no-compile "flask>3" \\
    --no-cache-dir
""",
    "go": """\
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build \\
    -ldflags "-X main.version=1" \\
    -o /out/shop ./cmd/shop
FROM alpine:3.20
RUN apk add --no-cache ca-certificates tzdata
RUN adduser -D app
COPY --from=build --chown=app /out/shop /usr/local/bin/
USER app
ENTRYPOINT ["/usr/local/bin/shop"]
CMD ["--serve"]
""",
    "wheels": """\
FROM python:3.12 AS builder
WORKDIR /usr/src/app
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /usr/src/app/wheels -r requirements.txt
FROM python:3.12-slim
WORKDIR /app
COPY --from=builder /usr/src/app/wheels /wheels
COPY --from=builder /usr/src/app/requirements.txt .
RUN pip install --no-cache /wheels/* && \\
    rm -rf /wheels
COPY . .
CMD ["python", "app.py"]
""",
    "mark": "\ufeffFROM python:3.12\nRUN pip install flask\nRUN pip install click\n",
}

_COMMANDS = (
    "apt-get update",
    "apt-get install -y curl git",
    "apt-get -y install --no-install-recommends gcc",
    "pip install -r requirements.txt",
    "python3 -m pip install --no-cache-dir flask",
    "apk add curl",
    "npm ci",
    "npm install --omit=dev --no-audit",
    "npm i express",
    "npm prune --production",
    "pip install -U pip wheel",
    "/opt/venv/bin/pip install --no-compile --timeout 9 -e .",
    "yarn",
    "cd /tmp",
    "export A=b",
    "A=b make",
    "(cd x && make)",
    "set -eux",
    "if [ -f x ]; then rm x; fi",
    'for f in a b; do echo "$f"; done',
    "echo 'a; b && c'",
    "curl -s x | tar x",
    "rm -rf /var/lib/apt/lists/*",
    "true || false",
    "mkdir -p /a/b",
    "useradd app",
    "go build -o /x ./...",
    "dnf install -y git",
    "pip install --no-cache-dir /wheels/*",
    "pip3 install -f /wheels -r requirements.txt",
    "rm -rf /wheels",
    "rm -rf /wheels /tmp/*",
    "pip install /tmp/*.whl",
)
_JOINTS = (" && ", "; ", " \\\n    && ", " && \\\n    ", " \\\n    # why\n    && ", "; \\\n\t")
_OTHERS = (
    "WORKDIR /app",
    "COPY . .",
    "COPY package*.json requirements.txt ./",
    "ADD src /src",
    "ADD x.tar.gz /",
    "ADD https://example.org/x /x",
    "ENV A=1 B=2",
    "USER app",
    "# a comment",
    "",
    "EXPOSE 80",
    'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]',
    'RUN ["echo", "x"]',
    "RUN --mount=type=cache,target=/root/.cache/pip pip install x",
    "FROM python:3.12-slim AS other",
    "ONBUILD RUN pip install x",
    "COPY --from=other /wheels /wheels",
    "COPY wheels /wheels",
    "COPY --from=other /src/dist/*.whl /wheels/",
    "COPY --chown=app app.whl /tmp/",
    "FROM python:3.12-slim",
)
_BASES = ("python:3.11", "node:20-bookworm-slim", "debian:12", "alpine", "golang:1.22", "scratch")


@st.composite
def runs(draw: st.DrawFn) -> str:
    """One RUN in shell form."""
    parts = draw(st.lists(st.sampled_from(_COMMANDS), min_size=1, max_size=4))
    text = parts[0]
    for part in parts[1:]:
        text += draw(st.sampled_from(_JOINTS)) + part
    return f"{draw(st.sampled_from(('RUN', 'run')))} {text}"


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """A Dockerfile that the official parser accepts."""
    body = draw(st.lists(st.one_of(runs(), runs(), st.sampled_from(_OTHERS)), max_size=8))
    new = draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = "\n".join([f"FROM {draw(st.sampled_from(_BASES))}", *body])
    ending = draw(st.sampled_from(("\n", "")))
    return (text + ending).replace("\n", new)
