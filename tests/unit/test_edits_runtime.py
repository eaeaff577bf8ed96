"""Only what a service needs when it runs: deps=production, prune=stripped, base=scratch."""

from __future__ import annotations

import pytest

from runner.detect.listing import Listing
from runner.dockerfile.edits.scratch_root import CERTIFICATES, GO, copied, prepared
from runner.dockerfile.facts import Manifest
from runner.dockerfile.starting import commands_of_shell
from runner.ecosystems.node_development import for_development
from tests.unit.edited_texts import edited, refused

_PACKAGE = """{
  "scripts": {
    "dev": "nodemon -L --exec \\"npm run build && npm run prod\\"",
    "start": "NODE_ENV=x ts-node ./src/a.ts",
    "serve": "yarn dev",
    "premigrate": "tsc -p .",
    "migrate": "node migrate.js",
    "prod": "node -r dotenv/config a.js"
  },
  "dependencies": {"dotenv": "1", "pm2": "5"},
  "devDependencies": {"nodemon": "1", "ts-node": "1", "typescript": "1", "pm2": "5"}
}"""
_TREE = Listing(("package.json",), {"package.json": _PACKAGE})


class TestProduction:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("npm ci", "npm ci --omit=dev"),
            ("npm install --no-audit", "npm install --omit=dev --no-audit"),
            ("yarn install --frozen-lockfile", "yarn install --production --frozen-lockfile"),
            ("yarn", "yarn --production"),
            ("yarn --frozen-lockfile", "yarn --production --frozen-lockfile"),
            ("pnpm install", "pnpm install --prod"),
            ("bun install", "bun install --production"),
            ("poetry install --no-root", "poetry install --only main --no-root"),
            ("uv sync --frozen", "uv sync --no-dev --frozen"),
            ("pdm sync", "pdm sync --prod"),
            (
                "apt-get update && npm ci && npm cache clean --force",
                "apt-get update && npm ci --omit=dev && npm cache clean --force",
            ),
        ],
    )
    def test_the_option_of_each_installer(self, before: str, after: str) -> None:
        text = "FROM a\nCOPY . .\nRUN {}\nCMD x\n"
        assert edited(text.format(before), "deps=production") == text.format(after)

    @pytest.mark.parametrize(
        ("image", "option"),
        [
            ("node:12-alpine", "--production"),
            ("docker.io/library/node:15.3", "--production"),
            ("node:16", "--omit=dev"),
            ("node:lts", "--omit=dev"),
        ],
    )
    def test_the_npm_of_an_old_node_has_another_option(self, image: str, option: str) -> None:
        text = f"FROM {image}\nWORKDIR /a\nCOPY . .\nRUN npm ci\nCMD x\n"
        assert f"RUN npm ci {option}\n" in edited(text, "deps=production")
        assert f"&& npm prune {option}\n" in edited(text, "stages=multi")

    @pytest.mark.parametrize(
        ("installer", "before", "after"),
        [
            ("npm", "npm ci", "npm ci \\\n    && npm prune --omit=dev"),
            (
                "yarn",
                "yarn install && yarn cache clean",
                "yarn install && yarn cache clean \\\n    && yarn install --production"
                " --ignore-scripts --prefer-offline --frozen-lockfile",
            ),
            (
                "pnpm",
                "set -eux; pnpm install",
                "set -eux; pnpm install; \\\n    CI=true pnpm prune --prod --ignore-scripts",
            ),
            ("npm", "npm ci && cd b && npm ci", "npm ci --omit=dev && cd b && npm ci --omit=dev"),
            ("pnpm", "npm ci", "npm ci --omit=dev"),
        ],
    )
    def test_a_script_that_runs_when_it_is_installed_finds_what_it_needs(
        self, installer: str, before: str, after: str
    ) -> None:
        """`prepare: husky` ends the build where husky is left out."""
        hooked = Manifest(("package.json",), installer, False, "a script", has_hooks=True)
        text = f"FROM node:22\nWORKDIR /a\nCOPY . .\nRUN {before}\nCMD x\n"
        found = edited(text, "deps=production", manifests=(hooked,))
        assert f"\nRUN {after}\nCMD" in found

    def test_a_build_in_another_stage_needs_nothing_of_this_one(self) -> None:
        text = (
            "FROM node:22 AS build\nRUN npm ci && npm run build\n"
            "FROM node:22\nRUN npm ci\nCOPY --from=build /dist /dist\n"
        )
        assert edited(text, "deps=production").count("--omit=dev") == 1

    @pytest.mark.parametrize(
        ("rest", "said"),
        [
            ("RUN npm ci\nRUN npm run build\n", "line 3 runs npm run build"),
            ("RUN npm ci && npx tsc\n", "line 2 runs npx tsc"),
            ("RUN npm ci\nFROM b\nRUN npm test\n", "line 4 runs npm test"),
            ("RUN poetry install && poetry run pytest\n", "line 2 runs poetry run pytest"),
            ("RUN npm ci --omit=dev\n", "that an option would leave out"),
            ("RUN npm ci --include=dev\n", "that an option would leave out"),
            ("RUN poetry install --with docs\n", "that an option would leave out"),
            ("RUN npm install express\n", "that an option would leave out"),
            ("RUN pip install -r requirements.txt\n", "that an option would leave out"),
            ("ENV NODE_ENV production\nRUN npm ci\n", "NODE_ENV is production"),
            ("RUN corepack enable\nRUN yarn install\n", "one of the newer ones"),
            ("RUN yarn --version\n", "that an option would leave out"),
            ('RUN npm ci\nRUN echo "${x}" $(\n', "line 3 is not understood"),
        ],
    )
    def test_where_they_stay(self, rest: str, said: str) -> None:
        assert said in refused(f"FROM a AS b\n{rest}", "deps=production")


class TestWhatTheStartNeeds:
    """An image that starts a package for development would not start without it."""

    @pytest.mark.parametrize(
        ("start", "package"),
        [
            ("npm run dev", "nodemon"),
            ('["npm", "start"]', "ts-node"),
            ('["yarn", "serve"]', "nodemon"),
            ("npx nodemon a.js", "nodemon"),
            ('["node_modules/.bin/nodemon", "a.js"]', "nodemon"),
            ('["node", "-r", "ts-node/register", "a.ts"]', "ts-node"),
            ("sleep 5 && npm run migrate && node a.js", "typescript"),
        ],
    )
    def test_it_stays(self, start: str, package: str) -> None:
        text = f"FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm install\nCMD {start}\n"
        known = for_development(_TREE)
        assert f"needs {package}, " in refused(text, "deps=production", for_development=known)
        assert "prune" not in edited(text, "stages=multi", for_development=known)

    @pytest.mark.parametrize(
        "start",
        [
            '["node", "nodemon.js"]',
            '["npm", "run", "prod"]',
            "node -r dotenv/config a.js",
            "./dev.sh",
        ],
    )
    def test_any_other_start_needs_none(self, start: str) -> None:
        text = f"FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm install\nCMD {start}\n"
        known = for_development(_TREE)
        assert "--omit=dev" in edited(text, "deps=production", for_development=known)
        assert "npm prune" in edited(text, "stages=multi", for_development=known)


class TestStripped:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("go build ./...", 'go build -trimpath -ldflags="-s -w" ./...'),
            (
                'CGO_ENABLED=0 go build -ldflags="-X main.v=1" -o /x .',
                'CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.v=1" -o /x .',
            ),
            (
                "go install -trimpath -ldflags '-w' ./cmd/x",
                "go install -trimpath -ldflags '-s -w' ./cmd/x",
            ),
            (
                "go mod download && go build .",
                'go mod download && go build -trimpath -ldflags="-s -w" .',
            ),
        ],
    )
    def test_the_options_of_the_linker(self, before: str, after: str) -> None:
        text = "FROM golang:1.22 AS build\nRUN {}\nFROM scratch\nCOPY --from=build /x /x\n"
        assert edited(text.format(before), "prune=stripped") == text.format(after)

    @pytest.mark.parametrize(
        ("run", "said"),
        [
            ('go build -trimpath -ldflags="-w -s" .', "without symbols already"),
            ("go build -trimpath -ldflags=$FLAGS .", "without symbols already"),
            ("go test ./...", "no RUN builds a Go program"),
        ],
    )
    def test_what_is_done_already(self, run: str, said: str) -> None:
        assert said in refused(f"FROM golang:1.22\nRUN {run}\n", "prune=stripped")


NEW = "\n"


class TestScratch:
    BUILD = (
        "FROM golang:1.22-alpine AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/shop .\n"
    )

    def test_a_program_on_alpine(self) -> None:
        text = (
            f"{self.BUILD}FROM alpine:3.20\nRUN apk add --no-cache ca-certificates tzdata\n"
            "RUN addgroup -S app && adduser -S app -G app\nWORKDIR /app\n"
            "COPY --from=build --chown=app:app /bin/shop .\nCOPY templates templates\n"
            'USER app\nEXPOSE 8080\nENTRYPOINT ["./shop"]\nCMD ["-v"]\n'
        )
        built = self.BUILD.replace("go build", "CGO_ENABLED=0 go build")
        assert edited(text, "base=scratch") == (
            f"{built}{prepared(NEW, zones=True)}\nFROM scratch\n"
            f"COPY --from=build {CERTIFICATES} {CERTIFICATES}\n"
            "COPY --from=build /tmp/rootfs/ /\n"
            f"ENV GOROOT={GO}\nWORKDIR /app\n"
            "COPY --from=build --chown=65532:65532 /bin/shop .\nCOPY templates templates\n"
            'USER 65532\nEXPOSE 8080\nENTRYPOINT ["./shop"]\nCMD ["-v"]\n'
        )

    @pytest.mark.parametrize(
        "base",
        ["debian:12-slim", "docker.io/library/ubuntu", "example.org/distroless/static-debian12"],
    )
    def test_the_bases_that_set_nothing(self, base: str) -> None:
        text = f'{self.BUILD}FROM {base}\nCOPY --from=0 /bin/shop /\nCMD ["/shop"]\n'
        assert "\nFROM scratch\nCOPY --from=build /etc/ssl" in edited(text, "base=scratch")

    @pytest.mark.parametrize(
        ("base", "zones"),
        [("alpine", False), ("debian:12-slim", True), ("gcr.io/distroless/static", True)],
    )
    def test_time_zones_that_the_image_had_are_not_lost(self, base: str, zones: bool) -> None:
        text = f'{self.BUILD}FROM {base}\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n'
        head = "\n".join(copied("build", zones=zones))
        after = edited(text, "base=scratch")
        assert f"FROM scratch\n{head}\nCOPY --from=build /bin/shop /\n" in after
        assert prepared(NEW, zones=zones) in after
        assert ("zoneinfo.zip" in after) == zones

    def test_the_user_of_a_nonroot_image_stays(self) -> None:
        image = "gcr.io/distroless/static-debian12:nonroot"
        text = f'{self.BUILD}FROM {image}\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n'
        assert 'USER 65532\nCMD ["/shop"]\n' in edited(text, "base=scratch")
        own = text.replace("CMD", "USER 7\nCMD")
        assert "USER 65532" not in edited(own, "base=scratch")

    @pytest.mark.parametrize(
        ("rest", "said"),
        [
            ('FROM company/base\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n', "is not known"),
            ("FROM alpine\nCOPY --from=build /bin/shop /\nCMD /shop\n", "line 7 starts a shell"),
            (
                'FROM alpine\nRUN apk add curl\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n',
                "line 6 runs what needs the image",
            ),
            (
                "FROM alpine\nCOPY --from=build /bin/shop /\nHEALTHCHECK CMD curl -f localhost\n"
                'CMD ["/shop"]\n',
                "line 7 has HEALTHCHECK",
            ),
            ('FROM alpine\nCOPY --from=build /bin/shop /\nCMD ["/other"]\n', "not a Go program"),
            ('FROM scratch\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n', "already"),
            ("FROM alpine\nCOPY --from=build /bin/shop /\n", "starts nothing of its own"),
        ],
    )
    def test_what_keeps_its_base(self, rest: str, said: str) -> None:
        assert said in refused(self.BUILD + rest, "base=scratch")

    def test_a_program_with_c_keeps_its_base(self) -> None:
        build = self.BUILD.replace("RUN", "ENV CGO_ENABLED=1\nRUN")
        text = f'{build}FROM alpine\nCOPY --from=build /bin/shop /\nCMD ["/shop"]\n'
        assert "cgo" in refused(text, "base=scratch")

    @pytest.mark.parametrize("text", ["FROM alpine\nCMD x\n", "FROM alpine AS a\nFROM a\nCMD x\n"])
    def test_one_stage_is_the_matter_of_another_edit(self, text: str) -> None:
        assert "not one of several" in refused(text, "base=scratch")


def test_the_root_is_prepared_with_programs_that_every_shell_has_beside_it() -> None:
    """Not each busybox has `install`."""
    script = prepared("\n", zones=True).removeprefix("RUN ").replace("\\\n", " ")
    named = commands_of_shell(script) or frozenset()
    assert named == {"mkdir", "chmod", "cp", "echo", "go"}
