"""Static files of Django are collected in a build that has none of the service's variables."""

from __future__ import annotations

import pytest

from runner.detect.listing import Listing
from runner.ecosystems.django_static import collected
from runner.model.redact import redacted

_ROOT = "STATIC_ROOT = 'static'\n"


def _run(settings: str, **more: str) -> str:
    texts = {
        "manage.py": "",
        "shop/wsgi.py": "",
        "shop/settings.py": f"{settings}{_ROOT}",
        **{f"shop/settings_{name}.py": text for name, text in more.items()},
    }
    return collected(Listing(tuple(texts), texts))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", ""),
        ("SECRET_KEY = os.environ['SECRET_KEY']\n", "SECRET_KEY=none "),
        ("SECRET_KEY = env('DJANGO_KEY')\n", "DJANGO_KEY=none "),
        ("SECRET_KEY = os.getenv('KEY')\n", "KEY=none "),
        ("SECRET_KEY = os.environ.get('KEY', 'x')\nA = os.getenv('B')\n", ""),
        ("DEBUG = env.bool('DEBUG')\nN = env.int('N')\n", "DEBUG=0 N=0 "),
        ("DEBUG = config('DEBUG', cast=bool)\nA = config('B', default='')\n", "DEBUG=0 "),
        ("DATABASES = {'default': env.db()}\n", "DATABASE_URL=sqlite:////tmp/build.db "),
        (
            "DATABASES = {'default': env.db('DATABASE_URL')}\n",
            "DATABASE_URL=sqlite:////tmp/build.db ",
        ),
        ("env = environ.Env(DEBUG=(bool, False))\nDEBUG = env('DEBUG')\n", ""),
        ("H = env.list('ALLOWED_HOSTS')\n", "ALLOWED_HOSTS=none "),
    ],
)
def test_each_variable_that_the_settings_need_has_a_value_for_that_command(
    settings: str, words: str
) -> None:
    assert _run(settings) == f"RUN {words}python manage.py collectstatic --noinput"


def test_no_value_is_taken_for_a_secret_where_the_dockerfile_is_shown() -> None:
    run = _run("SECRET_KEY = env('SECRET_KEY')\nA = env('API_TOKEN')\nB = env.int('KEY')\n")
    assert "SECRET_KEY=none" in run
    assert redacted(run) == run


def test_settings_for_developers_do_not_count() -> None:
    assert "TOKEN" not in _run("", dev="A = env('TOKEN')\n")


def test_nothing_is_collected_where_no_place_is_named() -> None:
    texts = {"manage.py": "", "shop/wsgi.py": "", "shop/settings.py": "A = env('B')\n"}
    assert collected(Listing(tuple(texts), texts)) == ""


def test_a_package_may_be_called_as_tests_are() -> None:
    texts = {
        "manage.py": "",
        "test_project/wsgi.py": "",
        "test_project/settings.py": f"SECRET_KEY = os.environ['KEY']\n{_ROOT}",
    }
    run = collected(Listing(tuple(texts), texts))
    assert run == "RUN KEY=none python manage.py collectstatic --noinput"


def test_a_place_that_only_settings_for_developers_name_counts() -> None:
    texts = {"manage.py": "", "shop/wsgi.py": "", "shop/settings/local.py": _ROOT}
    run = collected(Listing(tuple(texts), texts))
    assert run == "RUN python manage.py collectstatic --noinput"


def test_settings_that_the_server_alone_names_and_values_that_are_converted() -> None:
    texts = {
        "manage.py": "execute_from_command_line(sys.argv)\n",
        "shop/wsgi.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/settings.py": "STATIC_ROOT = 'static'\nSITE_ID = int(os.environ['SITE_ID'])\n"
        "DATABASES = {'default': {'ENGINE': os.environ['DB_ENGINE']}}\n",
    }
    assert collected(Listing(tuple(texts), texts)) == (
        "RUN DJANGO_SETTINGS_MODULE=shop.settings SITE_ID=0 DB_ENGINE=django.db.backends.sqlite3"
        " python manage.py collectstatic --noinput"
    )
    texts["manage.py"] = texts["shop/wsgi.py"]
    assert "DJANGO_SETTINGS_MODULE" not in collected(Listing(tuple(texts), texts))
