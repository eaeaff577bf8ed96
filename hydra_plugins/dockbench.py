"""Hydra's sweeper for dockbench: hands what Hydra knows to `runner.sweep.sweep`, and no more.

No `from __future__ import annotations` here: Hydra 1.3 executes a plugin's module before it puts it
into `sys.modules`, where `@dataclass` looks up annotations that are strings. Every Hydra
application of the environment imports this module, so it imports nothing of dockbench at its top.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class DockbenchSweeperConf:
    """Options under `hydra.sweeper`."""

    _target_: str = "hydra_plugins.dockbench.DockbenchSweeper"
    params: dict[str, str] = field(default_factory=dict)
    """Override → values, as for Hydra's own sweeper; the command line's come before them."""


ConfigStore.instance().store(
    group="hydra/sweeper", name="dockbench", node=DockbenchSweeperConf, provider="dockbench"
)


class DockbenchSweeper(Sweeper):
    """Measures every variant of an experiment, in shuffled blocks, less what is done already."""

    def __init__(self, params: Optional[Mapping[str, str]] = None) -> None:  # noqa: UP045
        self.params = dict(params or {})
        self.hydra_context: Any = None
        self.config: Any = None
        self.launcher: Optional[Launcher] = None  # noqa: UP045

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keep what `sweep` needs."""
        self.hydra_context = hydra_context
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Run the sweep; returns the metrics of its jobs."""
        from runner.sweep.hydra_side import HydraSide
        from runner.sweep.process import current
        from runner.sweep.sweep import Sweep

        assert self.launcher is not None
        hydra = HydraSide(self.hydra_context.config_loader, self.config, self.launcher)
        return Sweep(hydra, current()).run(arguments, self.params)
