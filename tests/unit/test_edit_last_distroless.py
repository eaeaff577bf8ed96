"""last_stage=distroless: Node alone, where nothing but Node is started."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import Facts
from runner.ecosystems.node_scripts import node_scripts
from tests.unit.test_ecosystems import Files

SCRIPTS = {"start": ("--enable-source-maps", "dist/server.js")}
FACTS = Facts(node_scripts=SCRIPTS)
BUILD = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\n\n"
LAST = """\
FROM node:22-slim
WORKDIR /app
ENV PORT=3000
EXPOSE 3000
COPY --from=build --chown=node:node /app /app
HEALTHCHECK --interval=1m CMD ["node", "health.js"]
USER node
CMD ["node", "server.js"]
"""


def outcome(last: str) -> tuple[str, str]:
    """The last stage behind the edit, and why it did not apply."""
    result = apply(Document(BUILD + last), {"last_stage": "distroless"}, FACTS)
    again = apply(result.document, {"last_stage": "distroless"}, FACTS)
    assert again.document.text == result.document.text
    assert result.document.text.startswith(BUILD)
    return result.document.text[len(BUILD) :], result.applied[0].reason


def test_image_user_owner_command_and_health_check_are_those_of_distroless() -> None:
    assert outcome(LAST) == (
        """\
# hadolint ignore=DL3006
FROM gcr.io/distroless/nodejs22-debian12
WORKDIR /app
ENV PORT=3000
EXPOSE 3000
COPY --from=build --chown=nonroot:nonroot /app /app
HEALTHCHECK --interval=1m CMD ["/nodejs/bin/node", "health.js"]
USER nonroot
CMD ["server.js"]
""",
        "",
    )


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("CMD node server.js --port 80", '["server.js", "--port", "80"]'),
        ('CMD ["npm", "start"]', '["--enable-source-maps", "dist/server.js"]'),
        ("CMD pnpm run start", '["--enable-source-maps", "dist/server.js"]'),
    ],
)
def test_what_only_starts_node_is_started_by_it(command: str, after: str) -> None:
    text, reason = outcome(LAST.replace('CMD ["node", "server.js"]', command))
    assert text.endswith(f"\nCMD {after}\n")
    assert not reason


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('CMD ["node", "server.js"]', "CMD node server.js && echo", "it starts node server.js &&"),
        ('CMD ["node", "server.js"]', 'CMD ["npm", "run", "serve"]', "not Node alone"),
        ('CMD ["node", "server.js"]', 'CMD ["node"]', "not Node alone"),
        ("USER node", "RUN chown -R node .", "line 12 is RUN, which needs the base's programs"),
        ("USER node", 'ENTRYPOINT ["./start.sh"]', "is ENTRYPOINT"),
        ('CMD ["node", "health.js"]', "CMD curl -f localhost", "its HEALTHCHECK needs a shell"),
        ('CMD ["node", "health.js"]', 'CMD ["curl", "localhost"]', "its HEALTHCHECK needs"),
        ("--chown=node:node", "--chown=web:web", "line 10 names an owner"),
        ("node:22-slim", "node:22-alpine", "node:22-alpine is no image of a Node"),
        ("node:22-slim", "node:21-slim", "node:21-slim is no image of a Node"),
        ("node:22-slim", "python:3.12-slim", "no image of a Node"),
    ],
)
def test_it_is_refused_where_something_else_is_needed(before: str, after: str, reason: str) -> None:
    last = LAST.replace(before, after)
    text, said = outcome(last)
    assert text == last
    assert reason in said


@pytest.mark.parametrize(
    ("scripts", "source", "words"),
    [
        ('"start": "node server.js"', "", {"start": ("server.js",)}),
        ('"start": "node -r dotenv/config ."', "", {"start": ("-r", "dotenv/config", ".")}),
        ('"start": "NODE_ENV=x node ."', "", {}),
        ('"start": "node . && echo"', "", {}),
        ('"start": "node .", "prestart": "tsc"', "", {}),
        ('"start": "node ."', "process.env.npm_package_version", {}),
        ('"start": 3', "", {}),
    ],
)
def test_which_scripts_only_start_node(scripts: str, source: str, words: object) -> None:
    tree = Files({"package.json": f'{{"scripts": {{{scripts}}}}}', "server.js": source})
    assert node_scripts(tree) == words
