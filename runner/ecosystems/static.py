"""Static sites: files that a web server hands out as they are."""

from __future__ import annotations

from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import NOTHING, Ecosystem, Given, Plain, Tree

SERVER = "nginx:stable"
ROOT = "/usr/share/nginx/html"
PORT = 80
INDEX = "index.html"
_OTHERS = frozenset(
    (
        *("package.json", "go.mod", "requirements.txt", "pyproject.toml", "Pipfile", "setup.py"),
        *("composer.json", "Gemfile", "pom.xml", "build.gradle", "Cargo.toml", "mix.exs"),
    )
)
_PROGRAMS = (".py", ".php", ".rb", ".go", ".java", ".cs", ".rs", ".pl")


class Static:
    """Projects with an index.html at their root and nothing that is run."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "static"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:  # noqa: ARG002
        """None."""
        return ()

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | None:
        """All files on a web server; None for a project that is more than files."""
        names = [path for path in tree.paths if "/" not in path]
        aside = any(name in _OTHERS or name.endswith(_PROGRAMS) for name in names)
        if INDEX not in names or aside or given.command:
            return None
        return Plain(
            ecosystem=self.name,
            dockerfile=f"FROM {SERVER}\nCOPY . {ROOT}\nEXPOSE {PORT}\n",
            port=PORT,
            evidence=(f"ecosystem static: {INDEX}", f"port {PORT}: that of {SERVER}"),
            is_site=True,
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: nothing is built."""
        return ()


def _proof(ecosystem: Static) -> Ecosystem:
    return ecosystem
