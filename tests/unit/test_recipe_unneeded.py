"""What the script inside of a build keeps: all that something imports or names."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.recipe import own_root
from runner.recipe.in_build import needs, unneeded
from runner.recipe.in_build.unneeded import Image, imports_of, remove

LIBRARY = ("idlelib", "test", "tkinter", "turtle.py", "venv", "lib-dynload/_tkinter.*", "config-*")
NAMED = ("test", "tests", "include", "*.pyi", "*.c")
STDLIB = {
    "os.py": "",
    "turtle.py": "import tkinter\n",
    "tkinter/__init__.py": "import _tkinter\n",
    "tkinter/test/test_x.py": "from test import support\n",
    "lib-dynload/_tkinter.cpython-311.so": "",
    "idlelib/run.py": "",
    "venv/__init__.py": "",
    "test/support.py": "import idlelib.run\n",
    "multiprocessing/util.py": "def _cleanup_tests():\n    from test import support\n",
    "config-3.11/Makefile": "",
}
SITE = {
    "shop/__init__.py": "",
    "shop/tests/__init__.py": "from shop import web\n",
    "shop/tests/test_web.py": "",
    "shop/web.py": "",
    "shop/web.pyi": "",
    "shop/fast.c": "",
}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """The root of an image with a small library and one package."""
    write(tmp_path / "root/usr/local/lib/python3.11", STDLIB)
    write(tmp_path / "root/opt/venv/lib/python3.11/site-packages", SITE)
    (tmp_path / "root/opt/venv/bin").mkdir()
    return Image(tmp_path / "root")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def left(image: Image, sources: dict[str, str], **packages: str) -> set[str]:
    """What of the library and the packages is left for a project of these sources."""
    site = image.sites[0]
    write(site, {name.replace("__", "/") + ".py": text for name, text in packages.items()})
    project = image.root.parent / "project"
    write(project, sources)
    remove(image, imports_of(project, ()), LIBRARY, NAMED)
    tops = (image.library, site)
    return {p.relative_to(top).as_posix() for top in tops for p in top.rglob("*") if p.is_file()}


def test_what_nothing_imports_goes(image: Image) -> None:
    found = left(image, {"app.py": "import os, multiprocessing.util\n"})
    assert found == {"os.py", "multiprocessing/util.py", "shop/__init__.py", "shop/web.py"}


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        ({"app.py": "import venv\n"}, "venv/__init__.py"),
        (
            {"app.py": "try:\n    import os, venv as v\nexcept ImportError: pass\n"},
            "venv/__init__.py",
        ),
        ({"app.py": "def f():\n  from venv import (  # x\n  EnvBuilder)\n"}, "venv/__init__.py"),
        ({"app.py": "x = 1; import venv\n"}, "venv/__init__.py"),
        ({"app.py": "import os, \\\n    venv\n"}, "venv/__init__.py"),
        ({"app.py": "import importlib\nimportlib.import_module('venv')\n"}, "venv/__init__.py"),
        ({"app.py": "run([sys.executable, '-m', 'venv', 'x'])\n"}, "venv/__init__.py"),
        ({"start.sh": "exec python -m venv x\n"}, "venv/__init__.py"),
        ({"app.py": "this is python 2: print 'x'\nimport venv\n"}, "venv/__init__.py"),
        ({"app.py": "import turtle\n"}, "lib-dynload/_tkinter.cpython-311.so"),
        ({"app.py": "import turtle\n"}, "tkinter/__init__.py"),
        ({"app.py": "from test import support\n"}, "idlelib/run.py"),
        ({"app.py": "import shop.tests\n"}, "shop/tests/test_web.py"),
        ({"app.py": "from shop import tests\n"}, "shop/tests/test_web.py"),
        ({"app.py": "RUNNER = 'shop.tests.Runner'\n"}, "shop/tests/test_web.py"),
        ({"settings.yaml": "runner: shop.tests.Runner\n"}, "shop/tests/test_web.py"),
        ({"settings.yaml": "runner: idlelib.run.Runner\n"}, "idlelib/run.py"),
        ({"settings.ini": "[x]\nmodule = idlelib.run\n"}, "idlelib/run.py"),
        ({"settings.json": '{"module": "idlelib.run"}\n'}, "idlelib/run.py"),
        ({"settings.json": '{"module": "venv"}\n'}, "venv/__init__.py"),
        ({"app.py": "\ufeffimport venv\n"}, "venv/__init__.py"),
        ({"app.py": "\ufefffrom venv import EnvBuilder\n"}, "venv/__init__.py"),
        ({"app.py": "import os\n\x0cimport venv\n"}, "venv/__init__.py"),
        ({"start.sh": 'python -c "import venv; venv.main()"\n'}, "venv/__init__.py"),
        ({"start.sh": "python -c 'from venv import main'\n"}, "venv/__init__.py"),
        ({"start.sh": "python -mvenv x\n"}, "venv/__init__.py"),
        ({"start.sh": "python -Im venv x\n"}, "venv/__init__.py"),
        ({"start.sh": "python -Imvenv x\n"}, "venv/__init__.py"),
        ({"app.py": "run([sys.executable, '-Im', 'venv'])\n"}, "venv/__init__.py"),
        ({"app.py": "run([sys.executable, '-c', 'import venv'])\n"}, "venv/__init__.py"),
        ({"app.py": 'exec("import venv")\n'}, "venv/__init__.py"),
        ({"app.py": 'exec("x = 1\\nimport venv\\n")\n'}, "venv/__init__.py"),
        ({"app.py": 'importlib.import_module(name="venv")\n'}, "venv/__init__.py"),
        ({"app.py": 'importlib.import_module(r"test")\n'}, "test/support.py"),
        (
            {"app.py": "from importlib import import_module as load\nload('venv')\n"},
            "venv/__init__.py",
        ),
        ({"names.py": "TOOLS = ('venv', 'x')\n"}, "venv/__init__.py"),
        ({"app.py": "pkgutil.resolve_name('venv:EnvBuilder')\n"}, "venv/__init__.py"),
        ({"app.pyw": "import venv\n"}, "venv/__init__.py"),
        ({"fast.pyx": "import venv\n"}, "venv/__init__.py"),
        ({"book.ipynb": '{"cells": [{"source": ["import venv\\n"]}]}'}, "venv/__init__.py"),
        (
            {"book.ipynb": '{"source": ["import_module(\\"venv\\")"]}'},
            "venv/__init__.py",
        ),
        ({"fast.cpython-311.so": "\x7fELF\0import\0venv\0main\0"}, "venv/__init__.py"),
    ],
)
def test_what_the_project_imports_or_names_stays(
    image: Image, sources: dict[str, str], kept: str
) -> None:
    assert kept in left(image, sources)


@pytest.mark.parametrize(
    ("package", "text", "kept"),
    [
        ("other", "import turtle\n", "turtle.py"),
        ("other__sub__deep", "import venv\n", "venv/__init__.py"),
        ("shop__more", "from . import tests\n", "shop/tests/__init__.py"),
        ("shop__more", "from .tests import test_web\n", "shop/tests/test_web.py"),
        ("shop__sub__more", "from ..tests.test_web import x\n", "shop/tests/test_web.py"),
        ("shop__lazy", "import lazy_loader as lazy\nlazy.attach_stub(__name__)\n", "shop/web.pyi"),
        ("shop__ffi", "SOURCE = 'fast.c'\n", "shop/fast.c"),
    ],
)
def test_what_an_installed_package_imports_or_names_stays(
    image: Image, package: str, text: str, kept: str
) -> None:
    assert kept in left(image, {"app.py": ""}, **{package: text})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("more.pth", b"import venv; venv.main()\n"),
        ("more/fast.cpython-311-x86_64-linux-gnu.so", b"\x7fELF\0import\0venv\0main\0"),
        ("more/fast.abi3.so", b"\x7fELF\xff\0import os; import venv\0"),
        ("more/fast.abi3.so", b"\x7fELF\xff\0venv.main\0"),
        ("more/lazy.py", b"from importlib import import_module as load\nload('venv')\n"),
    ],
)
def test_what_a_file_of_an_installed_package_names_stays(
    image: Image, name: str, content: bytes
) -> None:
    path = image.sites[0] / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert "venv/__init__.py" in left(image, {"app.py": ""})


def test_words_in_an_installed_package_keep_nothing(image: Image) -> None:
    """Aliases of a lexer, names of folders that a search leaves out, and text of a compiled
    module: none of these files loads a module by such a name."""
    write(image.sites[0], {"more/fast.abi3.so": "\0a test failed\0test\0see venv for more\0"})
    found = left(
        image,
        {"app.py": ""},
        more__lexers="NAMES = ('turtle',)\n",
        more__skipped="SKIPPED = ['venv', 'test']\n",
        more__hack="import importlib\nNAMES = ('test', 'test.support')\n# import idlelib\n",
    )
    assert not {"turtle.py", "venv/__init__.py", "test/support.py", "idlelib/run.py"} & found


def test_the_list_for_the_cache_has_no_other_strings(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "x = {'city': 'venv', 'street': 'of.them'}\n"})
    assert "venv" in imports_of(tmp_path, ())
    assert not {"city", "street"} & set(imports_of(tmp_path, ()))


@pytest.mark.parametrize(
    "unit",
    ["import ", "import.a,", "import a,", "import a,\\\n", "from a ", "-m", "'a", "import as a,"],
)
def test_a_hostile_source_takes_no_more_than_seconds(tmp_path: Path, unit: str) -> None:
    write(tmp_path, {"app.py": unit * (400_000 // len(unit))})
    start = time.process_time()
    imports_of(tmp_path, ())
    assert time.process_time() - start < 10


def test_a_variable_or_prose_of_that_name_keeps_nothing(image: Image) -> None:
    text = (
        '"""Here we import test data, see venv.\n\n    >>> import turtle\n"""\ntest.run(venv.x)\n'
    )
    assert not {"test/support.py", "turtle.py", "venv/__init__.py"} & left(image, {"app.py": text})


def test_data_in_a_folder_called_test_stays(image: Image) -> None:
    write(image.sites[0], {"shop/model/test/weights.bin": "x"})
    assert "shop/model/test/weights.bin" in left(image, {"app.py": ""})


def test_the_script_runs_alone_and_says_what_it_keeps(image: Image, tmp_path: Path) -> None:
    script = tmp_path / "unneeded.py"
    script.write_text(own_root.script_text())
    write(tmp_path / "sources", {"app.py": "import venv\n"})

    def run(*arguments: str) -> str:
        command = [sys.executable, "-I", str(script), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    imports = run("imports", str(tmp_path / "sources"), "--also", "idlelib")
    assert imports.splitlines() == ["idlelib", "venv"]
    (tmp_path / "imports.txt").write_text(imports)
    said = run("remove", str(image.root), str(tmp_path / "imports.txt"), "--library", *LIBRARY)
    assert "kept usr/local/lib/python3.11/venv: the project" in said.splitlines()
    assert not (image.library / "turtle.py").exists()


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        ("import zoneinfo\n", {"zones"}),
        ("import locale\nlocale.setlocale(locale.LC_ALL, '')\n", {"locales"}),
        ("from locale import setlocale\n", {"locales"}),
        ("import locale\n", set()),
        ("print('setlocale')\n", set()),
    ],
)
def test_what_of_the_system_python_reads_is_copied(
    image: Image,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    source: str,
    copied: set[str],
) -> None:
    """LANG of the image names a locale: setlocale(LC_ALL, "") raises where that is not there."""
    system, there = tmp_path_factory.mktemp("system"), {}
    for name, folder in (("zones", needs.ZONES), ("locales", needs.LOCALES)):
        there[str(system / name)] = needs.OF_THE_SYSTEM[folder]
        write(system / name, {"file": "x"})
    for module in (needs, unneeded):
        monkeypatch.setattr(module, "OF_THE_SYSTEM", there)
    left(image, {"app.py": source})
    names = {path.parent.name for path in image.root.rglob("file")}
    assert names == copied


HEADER = "opt/venv/lib/python3.11/site-packages/fastmath/core/include/fastmath.h"
OF_PYTHON = "usr/local/include/python3.11/Python.h"
OWN_QUESTION = "def get_include():\n    return 'core/include'\n"


@pytest.mark.parametrize(
    ("sources", "packages", "kept"),
    [
        ({"app.py": "import fastmath\n"}, {}, set()),
        ({"app.py": "import fastmath as m\nprint(m.get_include())\n"}, {}, {HEADER, OF_PYTHON}),
        ({"app.py": "where = root / 'include' / 'fastmath.h'\n"}, {}, {HEADER, OF_PYTHON}),
        ({"app.py": "import kernels\n"}, {"kernels": "include_dirs=[m.get_include()]\n"}, {HEADER}),
    ],
)
def test_headers_stay_for_what_asks_where_they_are(
    image: Image, sources: dict[str, str], packages: dict[str, str], kept: set[str]
) -> None:
    for name in (HEADER, OF_PYTHON):
        write(image.root, {name: ""})
    left(image, sources, fastmath____init__=OWN_QUESTION, **packages)
    assert {name for name in (HEADER, OF_PYTHON) if (image.root / name).exists()} == kept
