"""What a Python project needs whose dependencies no file names: the packages that its sources
import, where each is well known.

A name that is not in the table is never guessed at: an index may have a package of that name which
somebody else put there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator

from runner.detect.applications import sources
from runner.ecosystems.port import Lacking, Tree
from runner.ecosystems.python_frameworks import listens_by_itself
from runner.ecosystems.python_installs import Install

_FRAMEWORKS = {
    **{"django": "django", "flask": "flask", "fastapi": "fastapi", "starlette": "starlette"},
    **{"aiohttp": "aiohttp", "tornado": "tornado", "bottle": "bottle", "falcon": "falcon"},
    **{"quart": "quart", "sanic": "sanic", "litestar": "litestar", "robyn": "robyn"},
    **{"streamlit": "streamlit", "gradio": "gradio", "dash": "dash", "chainlit": "chainlit"},
    **{"nicegui": "nicegui"},
}
"""Module → package, of which one makes it a service."""
_PACKAGES = _FRAMEWORKS | {
    **{"rest_framework": "djangorestframework", "corsheaders": "django-cors-headers"},
    **{"crispy_forms": "django-crispy-forms", "environ": "django-environ"},
    **{"django_filters": "django-filter", "whitenoise": "whitenoise"},
    **{"debug_toolbar": "django-debug-toolbar", "django_extensions": "django-extensions"},
    **{"flask_sqlalchemy": "flask-sqlalchemy", "flask_login": "flask-login"},
    **{"flask_migrate": "flask-migrate", "flask_cors": "flask-cors", "flask_wtf": "flask-wtf"},
    **{"flask_restful": "flask-restful", "flask_bcrypt": "flask-bcrypt"},
    **{"flask_mail": "flask-mail", "flask_socketio": "flask-socketio"},
    **{"flask_marshmallow": "flask-marshmallow", "marshmallow": "marshmallow"},
    **{"wtforms": "wtforms", "werkzeug": "werkzeug", "jinja2": "jinja2", "bcrypt": "bcrypt"},
    **{"sqlalchemy": "sqlalchemy", "alembic": "alembic", "pydantic": "pydantic"},
    **{"requests": "requests", "httpx": "httpx", "redis": "redis", "celery": "celery"},
    **{"psycopg2": "psycopg2-binary", "psycopg": "psycopg[binary]", "pymysql": "pymysql"},
    **{"pymongo": "pymongo", "mysql": "mysql-connector-python", "MySQLdb": "mysqlclient"},
    **{"uvicorn": "uvicorn", "gunicorn": "gunicorn", "PIL": "pillow", "yaml": "pyyaml"},
    **{"bs4": "beautifulsoup4", "dotenv": "python-dotenv", "jwt": "pyjwt", "jose": "python-jose"},
    **{"passlib": "passlib", "markdown": "markdown", "numpy": "numpy", "pandas": "pandas"},
    **{"dateutil": "python-dateutil", "pytz": "pytz", "prometheus_client": "prometheus-client"},
    **{"pydantic_settings": "pydantic-settings", "email_validator": "email-validator"},
    **{"flask_jwt_extended": "flask-jwt-extended", "flask_restx": "flask-restx"},
    **{"flask_session": "flask-session", "flask_caching": "flask-caching"},
    **{"asyncpg": "asyncpg", "aiosqlite": "aiosqlite", "aiomysql": "aiomysql"},
    **{"aiofiles": "aiofiles", "multipart": "python-multipart", "decouple": "python-decouple"},
    **{"dj_database_url": "dj-database-url", "drf_yasg": "drf-yasg", "sqlmodel": "sqlmodel"},
    **{"drf_spectacular": "drf-spectacular", "cryptography": "cryptography", "boto3": "boto3"},
    **{"rest_framework_simplejwt": "djangorestframework-simplejwt", "psutil": "psutil"},
    **{"itsdangerous": "itsdangerous", "packaging": "packaging", "attr": "attrs", "lxml": "lxml"},
    **{"sklearn": "scikit-learn", "scipy": "scipy", "matplotlib": "matplotlib", "motor": "motor"},
    **{"openpyxl": "openpyxl", "gevent": "gevent", "loguru": "loguru"},
}
_APPS = re.compile(r"^INSTALLED_APPS\s*\+?=\s*[\[(](.*?)^[\])]", re.MULTILINE | re.DOTALL)
_APP = re.compile(r"[\"'](\w+)(?:\.[\w.]+)?[\"']")
_ASGI = frozenset(("fastapi", "starlette", "litestar"))


def imported_install(tree: Tree) -> Install | Lacking | None:
    """The line that installs what the sources import, or the module of which no package is known;
    None for a project that imports no web framework and starts no server, or has a manifest of
    another language."""
    modules = dict.fromkeys(_imported(tree))
    other = {"package.json", "go.mod"} & {*tree.paths}
    if other or not (modules.keys() & _FRAMEWORKS.keys() or listens_by_itself(tree.texts)):
        return None
    unknown = [name for name in modules if name not in _PACKAGES]
    if unknown:
        return Lacking(
            f"no file names its dependencies, and of {', '.join(unknown[:3])}, which its sources"
            " import, no package is known: write a requirements.txt"
        )
    if not modules:
        return Install((), "nothing: its sources import Python's own library alone")
    found = sorted({_PACKAGES[name] for name in modules})
    if _ASGI & {*found} and "uvicorn" not in found:
        found.append("uvicorn")
    words = " ".join(f"'{name}'" if "[" in name else name for name in found)
    return Install((f"RUN pip install {words}",), "what its sources import, as no file names any")


def _imported(tree: Tree) -> Iterator[str]:
    """The modules that sources import and that are neither Python's nor the project's own, and the
    known ones among the applications of Django."""
    own = own_names(tree.paths)
    for path in sources(tree.texts):
        text = tree.texts[path]
        for module in modules_of(text):
            if module not in own and module not in sys.stdlib_module_names:
                yield module
        for apps in _APPS.findall(text):
            yield from (name for name in _APP.findall(apps) if name in _PACKAGES)


def own_names(paths: Iterable[str]) -> set[str]:
    """What of the project itself may be imported: its directories and files, by their names."""
    return {part.removesuffix(".py") for path in paths for part in path.split("/")}


def package_of(module: str) -> str:
    """The package that brings a module, where it is well known; else empty."""
    return _PACKAGES.get(module, "")


def parsed(text: str) -> ast.Module | None:
    """A source as a tree; None for one that cannot be read."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def modules_of(text: str) -> Iterator[str]:
    """The first parts of the names that a source imports; none of one that cannot be read."""
    tree = parsed(text)
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name.partition(".")[0] for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
