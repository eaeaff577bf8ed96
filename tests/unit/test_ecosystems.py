"""What each ecosystem finds in a project: manifests, the plain Dockerfile, port and health path."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.port import Given, Lacking, Plain


@dataclass
class Files:
    """A project as a mapping of names to texts."""

    texts: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        return list(self.texts)


def package(**values: object) -> str:
    return json.dumps(values)


class TestNode:
    def test_a_service_with_npm(self) -> None:
        found = plain_of(
            Files(
                {
                    "package.json": package(
                        scripts={"start": "node server.js", "build": "tsc"},
                        engines={"node": "20.x"},
                    ),
                    "package-lock.json": "{}",
                    "server.js": "app.get('/healthz', x); app.listen(process.env.PORT || 4000)",
                }
            )
        )
        assert isinstance(found, Plain)
        assert found.dockerfile == (
            "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\nENV PORT=4000\n"
            'EXPOSE 4000\nCMD ["npm", "start"]\n'
        )
        assert (found.port, found.health_path) == (4000, "/healthz")

    @pytest.mark.parametrize(
        ("engines", "nvmrc", "version"),
        [
            ("^18.0.0", "", "18"),
            (">=16", "", "22"),
            ("", "v20.11.0", "20"),
            ("", "", "22"),
            ("18", "20", "20"),
        ],
    )
    def test_the_version_that_the_project_says(
        self, engines: str, nvmrc: str, version: str
    ) -> None:
        files = {"package.json": package(scripts={"start": "x"}, engines={"node": engines})}
        found = plain_of(Files(files | ({".nvmrc": nvmrc} if nvmrc else {})))
        assert isinstance(found, Plain)
        assert found.dockerfile.startswith(f"FROM node:{version}\n")

    @pytest.mark.parametrize(
        ("lock", "line"),
        [
            ("yarn.lock", "RUN yarn install --frozen-lockfile"),
            (
                "pnpm-lock.yaml",
                "RUN npm install --global pnpm@9.1.0\nRUN pnpm install --frozen-lockfile",
            ),
            ("none", "RUN npm install"),
        ],
    )
    def test_the_lock_decides_the_installer(self, lock: str, line: str) -> None:
        text = package(scripts={"start": "x"}, packageManager="pnpm@9.1.0+sha1.abc")
        found = plain_of(Files({"package.json": text, lock: ""}))
        assert isinstance(found, Plain)
        assert f"\n{line}\n" in found.dockerfile

    @pytest.mark.parametrize(
        ("written", "version"), [("5.3", "6"), ("5.4", "7"), ("'6.0'", "8"), ("'9.0'", "10")]
    )
    def test_pnpm_is_one_that_reads_the_lock(self, written: str, version: str) -> None:
        lock = f"lockfileVersion: {written}\n"
        files = {"package.json": package(scripts={"start": "x"}), "pnpm-lock.yaml": lock}
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert f"RUN npm install --global pnpm@{version}\n" in found.dockerfile

    @pytest.mark.parametrize(
        ("values", "files"),
        [({"packageManager": "yarn@4.1.0+sha224.a"}, {}), ({}, {".yarnrc.yml": ""})],
    )
    def test_a_newer_yarn_is_that_of_corepack(
        self, values: dict[str, object], files: dict[str, str]
    ) -> None:
        text = package(scripts={"start": "node a.js", "build": "tsc"}, **values)
        found = plain_of(Files({"package.json": text, "yarn.lock": "", **files}))
        assert isinstance(found, Plain)
        lines = "RUN corepack enable\nRUN yarn install --immutable\nRUN yarn run build\n"
        assert lines in found.dockerfile
        assert found.dockerfile.endswith('CMD ["yarn", "start"]\n')
        old = package(scripts={"start": "node a.js"}, packageManager="yarn@1.22.22")
        classic = plain_of(Files({"package.json": old, "yarn.lock": "", **files}))
        assert isinstance(classic, Plain)
        assert "RUN yarn install --frozen-lockfile\n" in classic.dockerfile

    @pytest.mark.parametrize(
        ("script", "files", "command"),
        [
            ("node --env-file=.env src/a.js", {}, ["node", "src/a.js"]),
            ("node --env-file .env --no-warnings a.js", {}, ["node", "--no-warnings", "a.js"]),
            ("node --env-file=base.env a.js", {"base.env": "A=1"}, ["npm", "start"]),
            ("tsc && node --env-file=.env a.js", {}, ["npm", "start"]),
        ],
    )
    def test_a_file_of_variables_that_is_not_there_is_not_asked_for(
        self, script: str, files: dict[str, str], command: list[str]
    ) -> None:
        found = plain_of(Files({"package.json": package(scripts={"start": script}), **files}))
        assert isinstance(found, Plain)
        assert found.dockerfile.endswith(f"CMD {json.dumps(command)}\n")

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"scripts": {"postinstall": "x"}}, "script `postinstall`"),
            ({"workspaces": ["a"]}, "workspaces"),
            ({"dependencies": {"a": "file:../a"}}, "files of the project (a)"),
        ],
    )
    def test_a_manifest_that_needs_more_says_so(
        self, values: dict[str, object], reason: str
    ) -> None:
        (manifest,) = facts_of(Files({"package.json": package(**values)})).manifests
        assert not manifest.self_contained
        assert reason in manifest.reason
        assert manifest.has_hooks == ("scripts" in values)

    @pytest.mark.parametrize(
        ("script", "self_contained"),
        [
            ("husky install", True),
            ("husky || true", True),
            ("is-ci || husky", True),
            ("npx only-allow pnpm", True),
            ("husky install && npm run build", False),
            ("patch-package", False),
            ("husky install .hooks", False),
        ],
    )
    def test_hooks_of_git_need_no_sources(self, script: str, self_contained: bool) -> None:
        files = {"package.json": package(scripts={"prepare": script})}
        (manifest,) = facts_of(Files(files)).manifests
        assert manifest.self_contained == self_contained
        assert manifest.has_hooks

    @pytest.mark.parametrize(
        ("files", "manifest", "self_contained"),
        [
            ({}, ("package.json", "pnpm-lock.yaml"), True),
            (
                {".npmrc": "", "pnpm-workspace.yaml": "onlyBuiltDependencies: [a]\n"},
                ("package.json", "pnpm-lock.yaml", ".npmrc", "pnpm-workspace.yaml"),
                True,
            ),
            (
                {".npmrc": "", ".dockerignore": ".npmrc\n"},
                ("package.json", "pnpm-lock.yaml"),
                True,
            ),
            (
                {"pnpm-workspace.yaml": "packages: [a]\n"},
                ("package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"),
                False,
            ),
        ],
    )
    def test_settings_belong_to_the_manifest(
        self, files: dict[str, str], manifest: tuple[str, ...], self_contained: bool
    ) -> None:
        (found,) = facts_of(Files({"package.json": "{}", "pnpm-lock.yaml": "", **files})).manifests
        assert found.files == manifest
        assert found.self_contained is self_contained

    @pytest.mark.parametrize(
        ("scripts", "start"),
        [
            ({"start": "nest start", "start:prod": "node dist/main"}, "npm run start:prod"),
            ({"start": "nodemon a.js", "start:production": "node a"}, "npm run start:production"),
            ({"start": "node a.js", "start:prod": "pm2 a.js"}, "npm start"),
            ({"start": "nest start"}, "npm start"),
        ],
    )
    def test_a_script_for_production_comes_before_one_for_developers(
        self, scripts: dict[str, str], start: str
    ) -> None:
        found = plain_of(Files({"package.json": package(scripts=scripts)}))
        assert isinstance(found, Plain)
        assert found.dockerfile.endswith(f"CMD {json.dumps(start.split())}\n")
        said = f"start {start}: scripts.{start.split()[-1]} in"
        assert any(line.startswith(said) for line in found.evidence)

    @pytest.mark.parametrize(
        "script",
        [
            "pm2 start server.js",
            "cross-env NODE_ENV=production pm2 start ./server.js",
            "NODE_ENV=production pm2 start server.js --name api -i max",
            "nodemon server.js",
            "npx nodemon -L ./server.js",
        ],
    )
    def test_what_something_else_would_watch_is_started_by_node_itself(self, script: str) -> None:
        found = plain_of(Files({"package.json": package(scripts={"start": script})}))
        assert isinstance(found, Plain)
        assert found.dockerfile.rstrip().endswith('server.js"]')
        variables = '"env", "NODE_ENV=production", ' if "=" in script else ""
        assert f'CMD [{variables}"node", ' in found.dockerfile
        assert any("without what watches" in line for line in found.evidence)

    @pytest.mark.parametrize(
        "script",
        ["pm2 start a.config.json", "pm2-runtime a.js", "pm2 start a.js && pm2 logs", "nodemon"],
    )
    def test_any_other_script_of_theirs_stays(self, script: str) -> None:
        found = plain_of(Files({"package.json": package(scripts={"start": script})}))
        assert isinstance(found, Plain)
        assert found.dockerfile.endswith('CMD ["npm", "start"]\n')

    @pytest.mark.parametrize(
        ("values", "config", "out"),
        [
            ({"scripts": {"dev": "vite", "build": "tsc && vite build"}}, "", "dist"),
            (
                {"scripts": {"start": "react-scripts start", "build": "react-scripts build"}},
                "",
                "build",
            ),
            ({"scripts": {"start": "vite", "build": "vite build --outDir=out/web"}}, "", "out/web"),
            ({"scripts": {"build": "vite build"}}, "build: { outDir: 'public' }", "public"),
        ],
    )
    def test_a_site_that_is_bundled_is_handed_out_by_a_web_server(
        self, values: dict[str, object], config: str, out: str
    ) -> None:
        found = plain_of(Files({"package.json": package(**values), "vite.config.ts": config}))
        assert isinstance(found, Plain)
        assert found.dockerfile == (
            "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm install\nRUN npm run build\n\n"
            f"FROM nginx:stable\nCOPY --from=build /app/{out} /usr/share/nginx/html\nEXPOSE 80\n"
        )
        assert found.port == 80

    def test_a_bundle_that_a_server_of_the_project_hands_out_is_no_site(self) -> None:
        scripts = {"start": "node server.js", "build": "vite build"}
        found = plain_of(Files({"package.json": package(scripts=scripts)}))
        assert isinstance(found, Plain)
        assert found.dockerfile.endswith('CMD ["npm", "start"]\n')
        own = package(scripts={"build": "vite build"}, dependencies={"express": "4"})
        assert isinstance(plain_of(Files({"package.json": own})), Lacking)

    def test_files_alone_are_handed_out_by_a_web_server(self) -> None:
        found = plain_of(Files({"index.html": "<p>", "app.js": "x"}))
        assert isinstance(found, Plain)
        assert found.dockerfile == "FROM nginx:stable\nCOPY . /usr/share/nginx/html\nEXPOSE 80\n"
        assert plain_of(Files({"index.html": "<p>", "app.py": "x"})) is None
        assert plain_of(Files({"docs/index.html": "<p>"})) is None

    def test_what_cannot_be_started_is_told(self) -> None:
        found = plain_of(Files({"package.json": package(name="x")}))
        assert isinstance(found, Lacking)
        assert '"start": "node server.js"' in found.why

    @pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "null"])
    def test_a_broken_package_is_told(self, text: str) -> None:
        found = plain_of(Files({"package.json": text}))
        assert isinstance(found, Lacking)


class TestGo:
    MAIN = 'package main\nfunc main() { http.ListenAndServe(":9090", nil) }\n'

    def test_a_service(self) -> None:
        found = plain_of(
            Files(
                {
                    "go.mod": "module x\n\ngo 1.21\n",
                    "go.sum": "",
                    "cmd/shop/main.go": self.MAIN,
                    "api/x.go": 'package api\n// "GET /healthz"\nvar p = "/healthz"\n',
                }
            )
        )
        assert isinstance(found, Plain)
        assert found.dockerfile == (
            "FROM golang:1.21\nWORKDIR /src\nCOPY . .\n"
            "RUN go build -o /usr/local/bin/app ./cmd/shop\nEXPOSE 9090\n"
            'CMD ["/usr/local/bin/app"]\n'
        )
        assert (found.port, found.health_path) == (9090, "/healthz")

    @pytest.mark.parametrize(
        ("line", "port"),
        [
            ('port = flag.Int("port", 9000, "port to serve hooks on")', 9000),
            ('flag.IntVar(&port, "http-port", 9001, "")', 9001),
            ('rootCmd.Flags().IntP("port", "p", 9002, "")', 9002),
            ('viper.SetDefault("server.port", 9003)', 9003),
            ("const defaultPort = 9004", 9004),
            ("Port: 1, ImportLimit: 50", 8080),
            ('flag.Int("workers", 9005, "")', 8080),
        ],
    )
    def test_a_port_is_the_number_of_a_flag_or_a_constant(self, line: str, port: int) -> None:
        text = f"package main\nfunc main() {{\n{line}\n}}\n"
        found = plain_of(Files({"go.mod": "module x\n", "main.go": text}))
        assert isinstance(found, Plain)
        assert found.port == port

    def test_several_programs_are_not_guessed(self) -> None:
        files = {"go.mod": "module x\n", "cmd/a/main.go": self.MAIN, "cmd/b/main.go": self.MAIN}
        found = plain_of(Files(files))
        assert isinstance(found, Lacking)
        assert "./cmd/a, ./cmd/b" in found.why

    def test_what_it_reads_when_it_runs(self) -> None:
        files = {
            "go.mod": "module x\n",
            "templates/a.html": "",
            "static/x.css": "",
            "web/x.go": "package web\n//go:embed static\n",
            "config/x.go": "package config\n",
        }
        assert facts_of(Files(files)).runtime_files == ("templates",)

    def test_vendored_modules_fetch_nothing(self) -> None:
        files = {"go.mod": "module x\n", "vendor/modules.txt": ""}
        assert facts_of(Files(files)).manifests == ()


BY_POETRY = "# This file is automatically @generated by Poetry"


class TestPython:
    @pytest.mark.parametrize(
        ("lock", "project", "installed"),
        [
            (f"{BY_POETRY} 1.5.1 and should not be changed by hand.\n", "", "'poetry<2'"),
            (f"{BY_POETRY} and should not be changed by hand.\n", "", "'poetry<2'"),
            ("[[package]]\nname = 'a'\n", "", "'poetry<2'"),
            (f"{BY_POETRY} 2.1.1 and should not be changed by hand.\n", "", "poetry"),
            (f"{BY_POETRY} 1.8.2 and should not be changed by hand.\n", "[project]\n", "poetry"),
        ],
    )
    def test_a_lock_of_poetry_1_is_exported_by_that(
        self, lock: str, project: str, installed: str
    ) -> None:
        files = {"pyproject.toml": f"{project}[tool.poetry]\n", "poetry.lock": lock, "main.py": ""}
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert f"\nRUN pip install {installed} poetry-plugin-export\n" in found.dockerfile

    @pytest.mark.parametrize(
        ("files", "lines"),
        [
            ({"requirements.txt": "flask\n"}, "RUN pip install -r requirements.txt"),
            ({"pyproject.toml": "[project]\nname='x'\n"}, "RUN pip install ."),
            (
                {"pyproject.toml": "", "uv.lock": ""},
                "RUN pip install uv\nRUN uv sync --locked --no-dev --compile-bytecode\n"
                "ENV PATH=/app/.venv/bin:$PATH\n",
            ),
            (
                {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": ""},
                "RUN poetry export --only main --output /tmp/requirements.txt"
                " && pip install -r /tmp/requirements.txt\nEXPOSE",
            ),
            (
                {
                    "pyproject.toml": "[tool.poetry.dependencies]\na = {git = 'x'}\n"
                    "[build-system]\n",
                    "poetry.lock": "",
                    "src/a/__init__.py": "",
                },
                "--without-hashes --output /tmp/requirements.txt"
                " && pip install -r /tmp/requirements.txt\nRUN pip install --no-deps .\nEXPOSE",
            ),
            (
                {
                    "pyproject.toml": "[tool.poetry]\nname = 'a-template'\n"
                    "packages = [{include = 'a_template'}]\n[build-system]\n",
                    "poetry.lock": "",
                    "src/shop/__init__.py": "",
                },
                " && pip install -r /tmp/requirements.txt\nENV PYTHONPATH=/app/src\nEXPOSE",
            ),
            (
                {
                    "pyproject.toml": "[tool.poetry]\nname = 'a-shop'\n[build-system]\n",
                    "poetry.lock": "",
                    "src/a_shop/__init__.py": "",
                },
                "RUN pip install --no-deps .\nEXPOSE",
            ),
            ({"Pipfile": "", "Pipfile.lock": ""}, "RUN pipenv install --system --deploy\n"),
            ({"Pipfile": ""}, "RUN pipenv install --system\n"),
            ({"Pipfile": "", "requirements.txt": ""}, "\nRUN pip install -r requirements.txt\n"),
            ({"Pipfile": "", "pyproject.toml": "", "poetry.lock": ""}, "RUN poetry export"),
            (
                {"pyproject.toml": "", "pdm.lock": ""},
                "RUN pdm install --check --prod --no-editable\nENV PATH=/app/.venv/bin:$PATH\n",
            ),
            (
                {"requirements.txt": "", "src/shop/__init__.py": ""},
                "requirements.txt\nENV PYTHONPATH=/app/src\n",
            ),
            (
                {"requirements.txt": "flask\n", "src/main.py": "app = Flask(__name__)\n"},
                "requirements.txt\nENV PYTHONPATH=/app/src\n",
            ),
            ({"setup.py": ""}, "RUN pip install .\n"),
        ],
    )
    def test_a_lock_is_installed_with_the_tool_that_wrote_it(
        self, files: dict[str, str], lines: str
    ) -> None:
        found = plain_of(Files({**files, "main.py": "print()"}))
        assert isinstance(found, Plain)
        assert lines in found.dockerfile

    @pytest.mark.parametrize(
        ("pyproject", "chosen"),
        [
            ("[tool.poetry]\n", "poetry.lock, as pyproject.toml has [tool.poetry]"),
            ("[tool.pdm]\n", "pdm.lock, as pyproject.toml has [tool.pdm]"),
            (
                "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n",
                "poetry.lock, as pyproject.toml is built by poetry.core.masonry.api",
            ),
            ("", "uv.lock, as pyproject.toml speaks of no tool"),
        ],
    )
    def test_of_several_locks_one_is_chosen_and_the_others_are_named(
        self, pyproject: str, chosen: str
    ) -> None:
        locks = ("uv.lock", "poetry.lock", "pdm.lock")
        files = {"pyproject.toml": pyproject, "main.py": "", **dict.fromkeys(locks, "")}
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert f"ecosystem python: dependencies from {chosen}" in found.evidence
        for lock in locks:
            aside = f"{lock} is there, too, and is not read" in found.evidence
            assert aside == (not chosen.startswith(lock))

    @pytest.mark.parametrize(
        ("python", "image"), [("3.12.7", "3.12.7"), ("~3.12.4", "3.12"), (">=3.10", "3.11")]
    )
    def test_a_lock_for_one_patch_is_installed_on_that_one(self, python: str, image: str) -> None:
        project = f"[tool.poetry.dependencies]\npython = '{python}'\n"
        found = plain_of(Files({"pyproject.toml": project, "poetry.lock": "", "main.py": ""}))
        assert isinstance(found, Plain)
        assert found.dockerfile.startswith(f"FROM python:{image}\n")

    def test_what_the_description_says_need_not_be_found(self) -> None:
        files = {"pyproject.toml": "", "uv.lock": "", "shop/x.py": ""}
        assert isinstance(plain_of(Files(files)), Lacking)
        found = plain_of(Files(files), Given(("python", "-m", "shop"), 9000))
        assert isinstance(found, Plain)
        assert 'EXPOSE 9000\nCMD ["python", "-m", "shop"]\n' in found.dockerfile

    @pytest.mark.parametrize(
        ("pyproject", "reason"),
        [
            ("[tool.uv.workspace]\nmembers = ['a']\n", "has a workspace"),
            ("[tool.uv.sources]\na = {path = 'a'}\n", "a directory of the project (a)"),
            ("[tool.poetry.dependencies]\nb = {path = 'b'}\n", "a directory of the project (b)"),
            ("[project]\ndynamic = ['dependencies']\n", "leaves the dependencies to the build"),
        ],
    )
    def test_a_lock_that_needs_the_sources_says_so(self, pyproject: str, reason: str) -> None:
        files = {"pyproject.toml": pyproject, "uv.lock": ""}
        (manifest,) = facts_of(Files(files)).manifests
        assert not manifest.self_contained
        assert reason in manifest.reason

    def test_static_files_are_collected_where_the_settings_say(self) -> None:
        files = {
            "requirements.txt": "django",
            "manage.py": "",
            "shop/wsgi.py": "",
            "shop/settings.py": "STATIC_ROOT = BASE_DIR / 'static'\n",
        }
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert "\nRUN python manage.py collectstatic --noinput\n" in found.dockerfile

    @pytest.mark.parametrize(
        ("files", "command"),
        [
            (
                {"requirements.txt": "flask\ngunicorn\n", "shop/web.py": "app = Flask(__name__)\n"},
                ["gunicorn", "--bind", "0.0.0.0:8000", "shop.web:app"],
            ),
            (
                {"requirements.txt": "flask\n", "shop/web.py": "app = Flask(__name__)\n"},
                ["flask", "run", "--host", "0.0.0.0", "--port", "8000"],
            ),
            (
                {"requirements.txt": "fastapi[standard]\n", "main.py": "app = FastAPI()\n"},
                ["uvicorn", "--host", "0.0.0.0", "--port", "8000", "main:app"],
            ),
            (
                {
                    "requirements.txt": "flask\ngunicorn\n",
                    "src/web.py": "from shop import x\napp = Flask(__name__)\n",
                    "src/shop/__init__.py": "",
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "web:app"],
            ),
            (
                {
                    "requirements.txt": "flask\ngunicorn\n",
                    "src/web.py": "from src.shop import x\napp = Flask(__name__)\n",
                    "src/shop/__init__.py": "",
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "src.web:app"],
            ),
            (
                {
                    "requirements.txt": "flask\ngunicorn\n",
                    "src/web.py": "from .shop import x\napp = Flask(__name__)\n",
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "src.web:app"],
            ),
            ({"requirements.txt": "x", "src/main.py": "print()"}, ["python", "src/main.py"]),
            (
                {"requirements.txt": "django\ngunicorn\n", "manage.py": "", "shop/wsgi.py": ""},
                ["gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi:application"],
            ),
            (
                {"requirements.txt": "django\n", "s/manage.py": "", "s/shop/wsgi.py": ""},
                ["python", "s/manage.py", "runserver", "0.0.0.0:8000"],
            ),
            (
                {
                    "requirements.txt": "django\ngunicorn\n",
                    "s/manage.py": "",
                    "s/shop/wsgi.py": "",
                },
                ["gunicorn", "--chdir", "s", "--bind", "0.0.0.0:8000", "shop.wsgi:application"],
            ),
            (
                {"requirements.txt": "x", "Procfile": "web: gunicorn shop:app\n"},
                ["gunicorn", "--bind", "0.0.0.0:8000", "shop:app"],
            ),
            (
                {"requirements.txt": "x", "Procfile": "web: ./migrate && python app.py\n"},
                ["/bin/sh", "-c", "./migrate && python app.py"],
            ),
            (
                {
                    "requirements.txt": "flask\ngunicorn\n",
                    "shop/__init__.py": "def create_app():\n    return Flask(__name__)\n",
                    "wsgi.py": "from shop import create_app\n\napp = create_app()\n",
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"],
            ),
            (
                {
                    "requirements.txt": "flask\ngunicorn\n",
                    "shop/__init__.py": (
                        "def create_app(settings=None):\n    app = Flask(__name__)\n"
                        "    return app\n"
                    ),
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "shop:create_app()"],
            ),
            (
                {
                    "requirements.txt": "fastapi\nuvicorn\n",
                    "shop/web.py": "def get_app() -> FastAPI:\n    x = FastAPI()\n    return x\n",
                },
                ["uvicorn", "--factory", "--host", "0.0.0.0", "--port", "8000", "shop.web:get_app"],
            ),
            (
                {
                    "requirements.txt": "fastapi\nuvicorn\n",
                    "main.py": "from shop import create_app\napplication = create_app()\n",
                },
                ["uvicorn", "--host", "0.0.0.0", "--port", "8000", "main:application"],
            ),
            (
                {
                    "requirements.txt": "django\ngunicorn\n",
                    "manage.py": "",
                    "src/shop/wsgi.py": "application = get_wsgi_application()\n",
                },
                ["gunicorn", "--bind", "0.0.0.0:8000", "src.shop.wsgi:application"],
            ),
        ],
    )
    def test_conventions_say_how_it_is_started(
        self, files: dict[str, str], command: list[str]
    ) -> None:
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert f"CMD {json.dumps(command)}\n" in found.dockerfile

    def test_a_factory_that_needs_an_argument_is_not_started(self) -> None:
        source = "def create_app(settings):\n    app = Flask(__name__)\n    return app\n"
        found = plain_of(Files({"requirements.txt": "flask\n", "shop/web.py": source}))
        assert isinstance(found, Lacking)

    def test_included_requirements_belong_to_the_manifest(self) -> None:
        files = {"requirements/prod.txt": "-r base.txt\n", "requirements/base.txt": "flask\n"}
        found = {m.files[0]: m for m in facts_of(Files(files)).manifests}
        assert found["requirements/prod.txt"].files == (
            "requirements/prod.txt",
            "requirements/base.txt",
        )
        assert found["requirements/prod.txt"].self_contained

    @pytest.mark.parametrize("line", ["-e .", ".", "./lib", "--editable=src/x", "-r gone.txt"])
    def test_requirements_that_name_sources_are_not_self_contained(self, line: str) -> None:
        (manifest,) = facts_of(Files({"requirements.txt": f"flask\n{line}\n"})).manifests
        assert not manifest.self_contained

    def test_the_version_of_python_and_where_it_is_said(self) -> None:
        files = {"pyproject.toml": "[project]\nrequires-python='>=3.13'\n", "main.py": ""}
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert found.dockerfile.startswith("FROM python:3.13\n")
        assert any(">=3.13 in pyproject.toml" in line for line in found.evidence)


def test_a_project_of_no_known_language_is_none() -> None:
    assert plain_of(Files({"Gemfile": ""})) is None


class TestImports:
    """A project of Python whose dependencies no file names."""

    APP = "import os\nfrom flask import Flask\nimport flask_login as login, shop.items\n"

    def test_what_sources_import_is_installed_where_it_is_well_known(self) -> None:
        files = {"app.py": f"{self.APP}app = Flask(__name__)\n", "shop/items.py": "import yaml\n"}
        found = plain_of(Files({**files, "tests/test_app.py": "import pytest, strange_module\n"}))
        assert isinstance(found, Plain)
        assert "RUN pip install flask flask-login pyyaml\n" in found.dockerfile
        assert "ENV FLASK_APP=app\n" in found.dockerfile
        assert 'CMD ["flask", "run"' in found.dockerfile
        assert any("what its sources import" in line for line in found.evidence)

    def test_an_application_of_asgi_gets_a_server(self) -> None:
        found = plain_of(Files({"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"}))
        assert isinstance(found, Plain)
        assert "RUN pip install fastapi uvicorn\n" in found.dockerfile
        assert 'CMD ["uvicorn"' in found.dockerfile

    def test_applications_of_django_are_installed_and_unknown_ones_are_its_own(self) -> None:
        settings = (
            "INSTALLED_APPS = [\n    'django.contrib.admin',\n    'rest_framework',\n    'x',\n]\n"
        )
        files = {"manage.py": "import django", "s/wsgi.py": "", "s/settings.py": settings}
        found = plain_of(Files(files))
        assert isinstance(found, Plain)
        assert "RUN pip install django djangorestframework\n" in found.dockerfile

    def test_a_name_that_is_not_known_is_never_installed(self) -> None:
        found = plain_of(
            Files({"app.py": f"{self.APP}import strange_module\n", "shop/items.py": ""})
        )
        assert isinstance(found, Lacking)
        assert "of strange_module, which its sources import, no package is known" in found.why

    @pytest.mark.parametrize("other", ["package.json", "go.mod"])
    def test_it_is_not_asked_where_another_language_has_a_manifest(self, other: str) -> None:
        found = plain_of(Files({"app.py": self.APP, other: "{}"}))
        assert not isinstance(found, Plain) or found.ecosystem != "python"

    @pytest.mark.parametrize("text", ["import yaml\n", "import flask\x00", "print 'two'\n", ""])
    def test_sources_of_no_service_are_none(self, text: str) -> None:
        assert plain_of(Files({"app.py": text})) is None


@pytest.mark.parametrize(
    ("package", "later"),
    [
        ({"scripts": {"test:debug": "node node_modules/.bin/jest", "build": "tsc"}}, False),
        ({"scripts": {"build": "cp node_modules/x y"}}, True),
        ({"scripts": {"start:dev": "node_modules/.bin/nodemon"}}, False),
        ({"devDependencies": {"prisma": "5"}}, True),
        ({"dependencies": {"@prisma/client": "5"}}, True),
        ({"prisma": {"seed": "x"}}, True),
        ({"dependencies": {"express": "4"}}, False),
    ],
)
def test_what_else_may_write_into_the_packages_of_node(
    package: dict[str, object], later: bool
) -> None:
    facts = facts_of(Files({"package.json": json.dumps(package)}), mount_ids=False)
    (manifest,) = facts.manifests
    assert manifest.written_later is later
