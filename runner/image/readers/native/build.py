"""Compiles the modules of this folder when dockbench is installed (a build hook of hatchling).

Where that cannot be done (no compiler, no headers of Python, no Linux) dockbench is installed
without them: the readers in Python do the same, and take longer.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "runner.image.readers.native"
MODULES = ("folders", "tarballs")
NOT_COMPILED = (
    "dockbench: the readers of images were not compiled ({why}): they take longer. With a C"
    " compiler and Python's headers (python3-dev) install it again"
)


class CompiledReaders(BuildHookInterface[Any]):
    """Puts the compiled modules into the wheel; of a checkout, beside their sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is made, `version` being `editable` for a checkout."""
        here = Path(self.root, *PACKAGE.split("."))
        self._folder = Path(mkdtemp(prefix="dockbench-compiled-"))
        try:
            modules = compiled(here, self._folder)
            if version == "editable":
                _put_beside(here, modules)
        except Exception as error:  # noqa: BLE001 - whatever it is, dockbench works without
            why = str(error).strip() or type(error).__name__
            print(NOT_COMPILED.format(why=why), file=sys.stderr)
            modules = []
            if version == "editable":
                _remove_old(here, set())
        if modules and version != "editable":
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            folder = PACKAGE.replace(".", "/")
            build_data["force_include"] |= {
                str(module): f"{folder}/{module.name}" for module in modules
            }

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Called when the wheel was made."""
        shutil.rmtree(self._folder, ignore_errors=True)


def compiled(sources: Path, folder: Path) -> list[Path]:
    """The modules, compiled into a folder; raises what Cython, setuptools or the compiler raise."""
    if not sys.platform.startswith("linux"):
        raise RuntimeError(f"they are for Linux, this is {sys.platform}")
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension  # type: ignore[import-untyped]

    extensions = [
        Extension(f"{PACKAGE}.{name}", [str(sources / f"{name}.pyx")], extra_compile_args=["-g0"])
        for name in MODULES
    ]
    generated = cythonize(  # type: ignore[no-untyped-call]
        extensions, build_dir=str(folder / "c"), quiet=True
    )
    distribution = Distribution({"name": "dockbench", "ext_modules": generated})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "objects")
    command.ensure_finalized()
    command.run()
    return sorted(Path(output) for output in command.get_outputs())


def _put_beside(sources: Path, modules: list[Path]) -> None:
    """Replace what an earlier installation left, whole: a program may be using it."""
    _remove_old(sources, {module.name for module in modules})
    for module in modules:
        beside = sources / f".{module.name}"
        beside.write_bytes(module.read_bytes())
        beside.chmod(0o755)
        beside.replace(sources / module.name)


def _remove_old(sources: Path, names: set[str]) -> None:
    """Remove what an earlier installation left and this one has no successor for."""
    for old in sources.glob("*.so"):
        if old.name not in names:
            with suppress(OSError):
                old.unlink()
