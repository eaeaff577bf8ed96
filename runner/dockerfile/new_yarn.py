"""What is known of a project of yarn 2 or later: how it installs, and where its packages lie."""

from __future__ import annotations

from dataclasses import dataclass

PNP = "pnp"
"""The linker that makes no node_modules: Node finds packages in archives, through `.pnp.cjs`."""
LOADER = "./.pnp.cjs"


@dataclass(frozen=True)
class NewYarn:
    """The settings of one project's yarn."""

    linker: str = PNP
    global_cache: bool = True
    """Whether it keeps packages in the home of the user who installs (yarn 4), and not in
    `.yarn/cache`."""
    focuses: bool = False
    """Whether it knows `yarn workspaces focus`, which leaves development dependencies out: yarn 4
    does, earlier ones by a plugin."""
    has_release: bool = False
    """Whether the project brings its yarn (`yarnPath`), which the one of Node's images hands over
    to; else corepack fetches it."""
    is_named: bool = True
    """Whether the project says its version, or brings it: what corepack takes without that is yarn
    1, which reads none of these settings."""
    moves: str = ""
    """A key of its settings that puts packages elsewhere."""
    hook: str = ""
    """A script of the project's that it runs whenever it installs."""
    files: tuple[str, ...] = ()
    """What it reads to install, beside package.json and its lock: settings, its own release,
    plugins."""
    is_module: bool = False
    """Whether its sources are ES modules, for which Plug'n'Play needs a loader."""

    @property
    def loads_from_home(self) -> bool:
        """Whether what runs loads packages from the home of the user who installed them."""
        return self.plugs and self.global_cache

    @property
    def plugs(self) -> bool:
        """Whether packages are loaded from archives, with no node_modules."""
        return self.is_named and self.linker == PNP
