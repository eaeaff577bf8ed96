"""Likely causes of failures, in the words of the programs that print them."""

from __future__ import annotations

import pytest

from runner.analysis.causes import (
    Hints,
    example_file,
    hints_of,
    lies_in_no_base,
    lies_in_node,
    lies_in_packages,
    lies_in_tools,
    likely_cause,
)
from runner.model.record import Failure


def cause(text: str, hints: Hints | None = None) -> str:
    return likely_cause(Failure("check", "exit code 1", 1, tuple(text.splitlines())), hints)


CALL = """Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/starlette/routing.py", line 62, in app
    response = await f(request)
  File "/app/app.py", line 16, in homepage
    return templates.TemplateResponse(template, context)
  File "/usr/local/lib/python3.11/site-packages/starlette/templating.py", line 115, in get_template
    return self.env.get_template(name)
  File "/usr/local/lib/python3.11/site-packages/jinja2/utils.py", line 515, in __getitem__
    rv = self._mapping[key]
TypeError: unhashable type: 'dict'
"""

MOVED = """Traceback (most recent call last):
  File "/code/app/settings.py", line 3, in <module>
    from pydantic import BaseSettings
  File "/usr/local/lib/python3.10/site-packages/pydantic/__init__.py", line 442, in __getattr__
    return _getattr_migration(attr_name)
pydantic.errors.PydanticImportError: `BaseSettings` has been moved to the `pydantic-settings` one.

For further information visit https://errors.pydantic.dev/2.14/u/import-error
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'psycopg2.OperationalError: could not translate host name "db" to address: Name or'
            " service not known",
            "it needs a service beside it: PostgreSQL, and",
        ),
        ("Error: connect ECONNREFUSED 127.0.0.1:27017",
         "it needs a service beside it: MongoDB, and"),
        ("pymongo.errors.ConfigurationError: [Errno -3] Try again (mongodb)",
         "which it starts without (--env NAME=VALUE, --env-file FILE)"),
        ("Error: The server does not support SSL connections", "it asks its database for TLS,"),
        ('connection to server at "db" (172.18.0.2), port 5432 failed: server does not support SSL,'
         " but SSL was required", "it asks its database for TLS,"),
        ("asyncpg: connection refused",
         "which it starts without (--env DATABASE_URL=sqlite:////tmp/check.db, --env-file FILE)"),
        ("redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service"
         " not known.", "it needs a service beside it: Redis, and"),
        ("dial tcp: lookup mysql on 127.0.0.11:53: no such host",
         "it needs a service beside it: MySQL, and"),
        ('Error: child "SHOP_KEY" fails because ["SHOP_KEY" is required]',
         "the variable SHOP_KEY: --env SHOP_KEY=VALUE"),
        ("KeyError: 'SECRET_KEY'", "the variable SECRET_KEY: --env SECRET_KEY=VALUE"),
        ("decouple.UndefinedValueError: API_KEY not found. Declare it as envvar or define a"
         " default value.", "the variable API_KEY: "),
        ("decouple.UndefinedValueError: secret not found. Declare it as envvar or define a"
         " default value.", "the variable secret: --env secret=VALUE"),
        ("django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
         "the variable SECRET_KEY: "),
        ('  File "/usr/lib/python3.8/site-packages/allauth/account/apps.py", line 17, in ready\n'
         "    raise ImproperlyConfigured(\ndjango.core.exceptions.ImproperlyConfigured:"
         " allauth.account.middleware.AccountMiddleware must be added to settings.MIDDLEWARE",
         "allauth, as installed, asks for a setting that the project does not have (allauth.acc"),
        ('  File "/app/src/models/hoge.py", line 35, in <module>\n    class A(ma.ModelSchema):\n'
         "AttributeError: 'Marshmallow' object has no attribute 'ModelSchema'",
         "line 35 of /app/src/models/hoge.py asks Marshmallow for what it does not have (Attrib"),
        ("1 validation error for Settings\njwt_key\n  Field required [type=missing]",
         "the variable JWT_KEY: "),
        ("Error: Environment variable DATABASE_URL is missing", "the variable DATABASE_URL: "),
        ("sqlite3.OperationalError: no such table: users", "run the migrations first"),
        ("(1146, \"Table 'shop.users' doesn't exist\")", "run the migrations first"),
        ("The table `public.User` does not exist in the", "run the migrations first"),
        ("mysql.connector.errors.ProgrammingError: 1049 (42000): Unknown database 'knights'",
         "the database knights is not there: have the service beside it make it"),
        ('FATAL:  database "shop" does not exist', "the database shop is not there"),
        ("Current Python version (3.11.2) is not allowed by the project (^3.12).",
         "asks for Python ^3.12, and its base has 3.11.2"),
        ("The currently activated Python version 3.11.2 is not supported by the project (^3.12.1).",
         "asks for Python ^3.12.1, and its base has 3.11.2"),
        ('"constraints":{"isInt":"PORT must be an integer number"}', "the variable PORT: --env PO"),
        ('  File "/app/src/files.py", line 730\n    >>>>>>> 41ea1315c (Feat)\n         ^\n'
         "SyntaxError: invalid decimal literal", "line 730 of /app/src/files.py is not valid for"),
        ('  File "/app/main/urls.py", line 9, in <module>\n'
         '  File "/usr/lib/python3.9/site-packages/debug_toolbar/models.py", line 5, in <module>\n'
         '  File "/usr/lib/python3.9/site-packages/django/db/models/base.py", line 13, in __new__\n'
         "RuntimeError: Model class debug_toolbar.models.HistoryEntry doesn't declare an app_label",
         "line 9 of /app/main/urls.py calls debug_toolbar, whose installed version fails at that"),
        ('  File "/app/App/models/book_model.py", line 52, in BookSchema\n    price = f.Number()\n'
         "TypeError: Can't instantiate abstract class Number with abstract method num_type",
         "line 52 of /app/App/models/book_model.py calls Number in a way that it does not know"),
        ('  File "/app/a.py", line 7, in A\n    x = fields.Str(missing=1)\n'
         "TypeError: Field.__init__() got an unexpected keyword argument 'missing'",
         "line 7 of /app/a.py calls Field.__init__ in a way that it does not know"),
        ("ERROR: Package 'x' requires a different Python: 3.11.2 not in '>=3.12'",
         "asks for Python >=3.12, and"),
        ("Unable to find installation candidates for anyio (4.9.0)", "finds no file of anyio"),
        ("ERROR: Could not install packages due to an OSError: HTTPSConnectionPool("
         "host='codes.org', port=443): Max retries exceeded with url: /x.tar.gz (Caused by",
         "it downloads from codes.org, which does not answer"),
        ("wget: bad address 'codes.org'", "it downloads from codes.org, which does not answer"),
        ("wget: unable to resolve host address ‘codes.org’", "it downloads from codes.org, which"),
        ("npm error code EBADENGINE\nnpm error notsup Not compatible with your version of node/npm:"
         ' npm@12.2.2\nnpm error notsup Required: {"node":"^22.22.2 || >=26.0.0"}\nnpm error notsup'
         ' Actual:   {"npm":"10.8.2","node":"v20.18.0"}',
         "npm@12.2.2 asks for Node ^22.22.2 || >=26.0.0, and its base has 20.18.0: pin an earlier"),
        ('error vite@7: The engine "node" is incompatible with this module. Expected version'
         ' ">=22". Got "20.18.0"', "a package asks for Node >=22, and its base has 20.18.0"),
        ('File "/x/sqlalchemy/dialects/***ql/psycopg.py", line 497, in import_dbapi\n    import'
         " psycopg\nModuleNotFoundError: No module named 'psycopg'",
         "takes psycopg for postgresql:// addresses: pin sqlalchemy<2.1, or name the driver"),
        ("npm error code EEXIST\nnpm error path /usr/local/bin/yarn\nnpm error EEXIST: file already"
         " exists\nnpm error File exists: /usr/local/bin/yarn\nnpm error with --force to overwrite",
         "its base image has /usr/local/bin/yarn already, and npm does not overwrite it: leave out"
         " what installs yarn, or install it with --force"),
        ("Internal Error: EEXIST: file already exists, symlink '../lib/node_modules/corepack/dist/"
         "yarn.js' -> '/usr/local/bin/yarn'", "its base image has /usr/local/bin/yarn already"),
        ("npm error Missing: @oxc-project/types@0.159.0 from lock file\nnpm error Usage: npm ci",
         "package-lock.json does not fit to package.json for this npm (Missing: @oxc-proj"),
        ('error Couldn\'t find package "@a/exe" on the "npm" registry.',
         "the index has no @a/exe, which a package that is installed in today's version asks for"),
        ("npm error command git --no-replace-objects ls-remote ssh://***@github.com/a/b.git\nnpm"
         " error ssh: Could not resolve hostname github.com: Name or service not known",
         "a dependency is fetched by git from github.com (a/b.git), which does not answer"),
        ("[ERR_PNPM_FETCH_404] GET https://x.example/eslint-plugin-yml/-/eslint-plugin-yml-3.6.1.tgz:"
         " Not Found - 404",
         "the package index that answers here has no eslint-plugin-yml-3.6.1, which the lock or"),
        ('error An unexpected error occurred: "https://x.example/a/-/a-1.2.3.tgz: Request failed'
         ' \\"404 Not Found\\""', "here has no a-1.2.3, which"),
        ("npm error 404 Not Found - GET https://x.example/@a/b/-/b-1.2.3.tgz", "no b-1.2.3, which"),
        ("npm error notarget No matching version found for @a/b@^9.1.0.", "no @a/b@^9.1.0, which"),
        ("a.ts:6:10 - error TS2305: Module '\"@prisma/client\"' has no exported member 'Task'.",
         "Prisma's client is not generated there: copy the directory of its schema before"),
        ("error TS5112: tsconfig.json is present but will not be loaded",
         "TypeScript refuses the sources or the types that were installed (TS5112: tsconfig.json"),
        ("npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree",
         "install with --legacy-peer-deps as npm 6 did"),
        ("go: github.com/a/b@v2.0.0: missing go.sum entry for go.mod file; to add it:",
         "go.sum does not have all modules that go.mod names: write it with `go mod tidy`"),
        ("TypeError: Os.tmpDir is not a function\n    at Object.<anonymous>"
         " (/a/node_modules/@b/hapi/lib/route.js:9:16)\n\nNode.js v24.1.0",
         "@b/hapi in node_modules fails on this Node (TypeError: Os.tmpDir is not a function)"),
        ("npm error Exit handler never called!\nnpm error This is an error with npm itself.",
         "npm gave up, as it does where a host does not answer from which its lock takes files"),
        ("npm error gyp ERR! find Python Python is not set from environment variable PYTHON",
         "its base has no Python or no compiler: install python3, make and g++ before"),
        ("E: Unable to locate package libcurl4t64", "has no package libcurl4t64"),
        ("E: Package 'netcat' has no installation candidate", "has no package netcat"),
        ("ImportError: cannot import name 'url_quote' from 'werkzeug.urls'"
         " (/usr/local/lib/python3.11/site-packages/werkzeug/urls.py)",
         "the version of werkzeug that was installed has no url_quote,"),
        ("ModuleNotFoundError: No module named 'flask'", "flask is not in the image"),
        ("/bin/sh: apk: not found", "the stand-in for Alpine has no apk"),
        ("/bin/sh: 1: [uvicorn,: not found", "put its words in double quotes"),
        ("/bin/sh: 1: poetry: not found", "poetry is not in its base image"),
        (
            'COPY --from=build /app/dist /usr/share/nginx/html: "/app/dist" not found: not found',
            "/app/dist is not in the stage build",
        ),
        (
            "COPY --from=build /app/dist /x: failed to calculate checksum of ref 0::1:"
            ' "/app/dist": not found',
            "/app/dist is not in the stage build",
        ),
        ("> shop@1.0.0 build\n> tsc\nsh: 1: tsc: not found",
         "tsc, which a script of package.json runs, is not installed: where it is one of"),
        ("go: example.com/x@v1: dial tcp: lookup modules.example.org: no such host",
         "it downloads modules of Go from modules.example.org, which does not answer"),
        ('unable to start container process: exec: "config=x": executable file not found in $PATH',
         "starts config=x, which is no program of its image"),
        ("Exception: DATABASE_URL environment variable not defined",
         "the variable DATABASE_URL: --env DATABASE_URL=VALUE"),
        ("panic: API_KEY env var must be given", "the variable API_KEY: --env API_KEY=VALUE"),
        ("Missing -text option or ECHO_TEXT env var!", "the variable ECHO_TEXT: --env ECHO_TEXT="),
        ("curl: (6) Could not resolve host: get.example.io", "it downloads from get.example.io"),
        ("it answered with status 500: Error: getaddrinfo ENOTFOUND cdn.example.com",
         "it asks cdn.example.com on the network, which the container of a check does not reach"),
        (CALL, "line 16 of /app/app.py calls starlette, whose installed version fails at that"
         " (TypeError: unhashable type: 'dict'): where it worked with an earlier one, pin that"),
        (MOVED, "line 3 of /code/app/settings.py calls pydantic, whose installed version fails at"
         " that (PydanticImportError: `BaseSettings` has been moved"),
    ],
)  # fmt: skip
def test_a_cause_is_named_with_the_next_step(text: str, said: str) -> None:
    assert said in cause(text)
    assert "\n" not in cause(text)


def test_the_projects_own_examples_are_the_shortest_way() -> None:
    hints = hints_of([".env.example", "x.py"], {".env.example": "B=1\nexport A_KEY = x\n"})
    step = cause("KeyError: 'A_KEY'", hints)
    assert step == "it needs the variable A_KEY: --env-file .env.example"
    step = cause("KeyError: 'ANOTHER'", hints)
    assert step == "it needs the variable ANOTHER: --env ANOTHER=VALUE", "the example has none"
    assert example_file(["app/env.sample", ".env.example", "x.py"]) == ".env.example"
    assert example_file(["environment.py", ".envrc"]) == ""


def test_an_exception_in_any_language_that_names_a_variable_of_the_example() -> None:
    hints = Hints(".env.example", "SECRET_KEY=\nOTHER_KEY=1\n")
    step = cause("RuntimeError: bitte SECRET_KEY angeben\nOTHER_KEY", hints)
    assert step == "it needs the variable SECRET_KEY: --env SECRET_KEY=VALUE", "it has no value"
    assert cause("RuntimeError: bitte SECRET_KEY angeben") == ""


def test_settings_with_a_prefix_are_told_by_their_whole_names() -> None:
    text = "".join(f"db_{x}\n  Field required [type=missing]\n" for x in "abcd")
    hints = hints_of(["a.py"], {"a.py": 'class Config:\n    env_prefix = "user_"\n'})
    assert cause(text, hints) == (
        "it needs the variable USER_DB_A, USER_DB_B, USER_DB_C and 1 more: --env USER_DB_A=VALUE"
        " --env USER_DB_B=VALUE --env USER_DB_C=VALUE --env USER_DB_D=VALUE"
    )
    two = {"a.py": 'env_prefix="a_"', "b.py": 'env_prefix="b_"'}
    assert hints_of(["a.py", "b.py"], two).prefix == "", "which of them is not known"


def test_a_tool_that_does_not_start_itself_is_told_to_be_another_version() -> None:
    text = (
        "    from poetry.core.toml.file import TOMLFile\n"
        "ModuleNotFoundError: No module named 'poetry.core.toml'"
    )
    assert cause(text).endswith("name a later version of poetry")


@pytest.mark.parametrize("text", ["", "Traceback: ValueError: 3", "listening on 8000"])
def test_nothing_is_guessed(text: str) -> None:
    assert cause(text) == ""


def test_an_image_that_starts_nothing_is_told_to_start_something() -> None:
    message = "the container exited with 0 before it was healthy"
    assert "give the Dockerfile a CMD" in likely_cause(Failure("check: start", message, 0))


def test_a_build_that_lacks_modules_of_go_needs_no_database() -> None:
    log = (
        "go: downloading github.com/jackc/pgx/v5 v5.1.0",
        'main.go:3:8: github.com/jackc/pgx@v5.1.0: Get "https://modules.example.org/pgx": dial tcp:'
        " lookup modules.example.org on 10.0.0.1:53: connect: network is unreachable",
    )
    said = likely_cause(Failure("RUN go build", "exit code 1", 1, log))
    assert said.startswith("it downloads modules of Go from modules.example.org, which does not")
    assert "`go mod vendor`" in said


@pytest.mark.parametrize(
    "text",
    [
        CALL.replace("unhashable type: 'dict'", "expected str, not NoneType"),
        CALL.replace("TypeError", "RuntimeError"),
        CALL.replace("/usr/local/lib/python3.11/site-packages", "/app/lib"),
        CALL.replace("/app/app.py", "/usr/local/lib/python3.11/site-packages/x/app.py"),
    ],
    ids=["a variable that is missing", "its own error", "no package", "nothing of the project"],
)
def test_a_call_of_a_package_is_blamed_for_nothing_else(text: str) -> None:
    assert cause(text) == ""


COMPILED = "ERROR: Failed building wheel for gevent\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "error in anyjson setup command: use_2to3 is invalid.",
            "anyjson is written for setuptools before 58 (use_2to3): pin a later version of it"
            " or of what asks for it, or install 'setuptools<58' wheel before, and the rest with"
            " `pip install --no-build-isolation`",
        ),
        (
            "ERROR: Ignored the following versions that require a different python version: 1.2.2"
            " Requires-Python >=3.10; 24.0.0 Requires-Python >=3.9\nERROR: No matching distribution"
            " found for python-dotenv==1.2.2",
            "python-dotenv 1.2.2 asks for Python >=3.10, which its base has not: pin",
        ),
        (
            "Requested uvicorn==0.14.0 from https://x/y.whl (from -r r) has invalid metadata: .*"
            " suffix\nPlease use pip<24.1 if you need to use this version.\n"
            "ERROR: No matching distribution found for uvicorn==0.14.0",
            "refuses the metadata of uvicorn==0.14.0: install 'pip<24.1' before",
        ),
        (
            "ERROR: Could not build wheels for gevent, which is required to install"
            " pyproject.toml-based projects",
            "gevent is compiled, as there is no wheel of this version for the base's Python, and"
            " that fails: pin a later version",
        ),
        (
            "Collecting Mako==1.0.7\n  Preparing metadata (setup.py): finished with status 'done'\n"
            "Collecting psycopg2-binary==2.8.5 (from -r r (line 19))\n  Downloading p.tar.gz\n"
            "  Preparing metadata (setup.py): finished with status 'error'\n"
            "  Error: pg_config executable not found.\n"
            "× Encountered error while generating package metadata.\n╰─> See above for output.",
            "psycopg2-binary is compiled, as there is no wheel of this version for the base's"
            " Python, and pg_config is not there: install the package that has it before",
        ),
        (
            f"x.c:1:10: fatal error: mysql/mysql.h: No such file or directory\n{COMPILED}",
            "and mysql/mysql.h is not there: install the package that has it before",
        ),
        (
            f"error: command 'gcc' failed: No such file or directory\n{COMPILED}",
            "and its base has no compiler: install one before",
        ),
        (
            "error: metadata-generation-failed\n× Encountered error while generating package"
            " metadata.\n╰─> psycopg2\n",
            "psycopg2 is compiled",
        ),
    ],
)
def test_a_build_by_pip_that_fails_is_told_by_its_package(text: str, said: str) -> None:
    failure = Failure("RUN pip install -r r.txt", "exit code 1", 1, tuple(text.splitlines()))
    assert said in likely_cause(failure)


@pytest.mark.parametrize(
    ("line", "step", "node"),
    [
        (
            "TypeError: a.b is not a function\n    at /a/node_modules/b/c.js:1:2",
            "check: start",
            True,
        ),
        ("TypeError: a.b is not a function\n    at /a/b/c.js:1:2", "check: start", False),
        (
            "Error: Cannot find module '/home/u/.cache/node/corepack/v1/pnpm/12.21.0/bin/pnpm.cjs'",
            "[build 1/4] RUN pnpm install --frozen-lockfile",
            True,
        ),
        ("make: *** Error 1", "[2/4] RUN npm install", True),
        ("make: *** Error 1", "COPY a b", False),
        ("npm ERR! code ERESOLVE", "[2/4] RUN npm install", True),
        ("a.ts(1,2): error TS2307: x", "[2/4] RUN npm run build", False),
        ("getaddrinfo ENOTFOUND github.com", "RUN npm install", False),
    ],
)
def test_where_another_node_may_help(line: str, step: str, node: bool) -> None:
    message, *tail = line.split("\n")
    assert lies_in_node(Failure(step, message, 1, tuple(tail))) is node


def test_a_module_of_the_project_itself_is_no_package() -> None:
    failure = Failure(
        "check: start", "it exited", 1, ("ModuleNotFoundError: No module named 'app'",)
    )
    paths = ["app/main.py", "shop/celery.py", "compose.yml"]
    hints = hints_of(paths, {"compose.yml": "services:\n  web:\n    volumes:\n      - .:/app\n"})
    assert likely_cause(failure, hints) == (
        "app is the project's own, and is not in the image where it is imported from; its compose"
        " file mounts the sources over those of the image: copy the directory that it lies in"
        " (COPY app app), or say it in PYTHONPATH"
    )
    assert not lies_in_packages(failure, hints)
    other = Failure("check: start", "", 1, ("ModuleNotFoundError: No module named 'celery'",))
    assert lies_in_packages(other, hints), "shop/celery.py is called as what it uses"


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("getaddrinfo ENOTFOUND codeload.github.com", True),
        ("npm error 404 Not Found - GET https://x.example/@a/b/-/b-1.2.3.tgz", True),
        ("error TS5112: tsconfig.json is present", True),
        ("gyp ERR! find Python", False),
        ("make: *** Error 1", False),
    ],
)
def test_what_is_the_same_on_any_base(line: str, same: bool) -> None:
    assert lies_in_no_base(Failure("[2/4] RUN npm install", line, 1)) is same


def test_a_script_that_waits_for_another_service_is_the_cause() -> None:
    message = (
        "not healthy within 60 s: it accepted no connection: it listens on no port: have it listen"
        " on 0.0.0.0:8000; its log says: Waiting for rabbitmq..."
    )
    assert likely_cause(Failure("check: GET /", message)).startswith(
        "what it is started with waits for another service (Waiting for rabbitmq...): name that in"
    )


def test_a_token_that_is_none_is_the_cause() -> None:
    failure = Failure(
        "check: start", "aiogram.utils.exceptions.ValidationError: Token is invalid!", 1
    )
    assert likely_cause(failure).startswith("its token is none: give one where its sources read it")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Usage: pipenv lock [OPTIONS]\nTry 'pipenv lock -h' for help.\n"
            "Error: No such option: --requirements Did you mean --quiet?",
            "the pipenv that was installed does not know --requirements",
        ),
        (
            '  The "--no-dev" option does not exist\n',
            "the Poetry that was installed does not know --no-dev",
        ),
        (
            "Error: The current project could not be installed: No file/folder found for package"
            " shop\nIf you do not want to install the current project use --no-root.\nIf you want"
            " to use Poetry only for dependency management",
            "the Poetry that was installed ends where the project itself is not installable (No"
            " file/folder found for package shop), which releases before 2 only warn of: say"
            " `poetry install --no-root`",
        ),
        (
            "Error: The current project could not be installed: Readme path `/app/README.md` does"
            " not exist.\nIf you do not want to install the current project use --no-root.\n",
            "the Poetry that was installed ends where the project itself is not installable (Readme"
            " path `/app/README.md` does not exist), which",
        ),
    ],
)
def test_an_installer_of_today_that_does_something_else_is_told_and_its_past_is_tried(
    text: str, said: str
) -> None:
    lines = tuple(text.splitlines())
    failure = Failure("[8/9] RUN pip install -r requirements.txt", "exit code 2", 2, lines)
    assert likely_cause(failure).startswith(said)
    assert lies_in_packages(failure)
    assert lies_in_tools(failure)


def test_a_poetry_that_only_warns_is_no_cause() -> None:
    text = (
        "Warning: The current project could not be installed: No file/folder found for package"
        " shop\nIf you do not want to install the current project use --no-root.\n"
    )
    assert not cause(text)
    assert not lies_in_tools(Failure("[2/3] RUN poetry install", text, 1))
