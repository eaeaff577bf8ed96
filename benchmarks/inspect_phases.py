"""What `dockbench inspect --json - IMAGE` does with an engine's folders, phase by phase, from the
start of its process on. Run by `benchmarks.anatomy_profile`, as a file, so that nothing but what is
timed is imported.
"""

import os
import sys
import time


class Phases:
    """Prints wall and kernel seconds of what was done since the phase before."""

    def __init__(self, started_s: float) -> None:
        self._begun_s = self._started_s = started_s
        self._kernel_s = 0.0

    def ends(self, name: str) -> None:
        """The phase that ends here."""
        now_s, kernel_s = time.monotonic(), os.times().system
        took = now_s - self._begun_s, kernel_s - self._kernel_s
        print(f"  {name:36} {took[0]:7.3f} s  kernel {took[1]:5.2f} s")
        self._begun_s, self._kernel_s = time.monotonic(), kernel_s

    def total(self) -> None:
        """All of them."""
        print(f"  {'all of these':36} {self._begun_s - self._started_s:7.3f} s")


def main(started_s: float, address: str, image: str) -> None:
    """The phases; `started_s` is when the process was started, by the monotonic clock."""
    phases = Phases(started_s)
    phases.ends("Python's start")
    import msgspec  # noqa: F401 - only imported

    phases.ends("imports: msgspec")
    from runner.cli import images, inspect, main, stopping  # noqa: F401 - only imported

    phases.ends("imports: argparse, pathlib, ours")
    from runner.cli import named_base, waiting  # noqa: F401
    from runner.engine.docker.socket_images import SocketImages
    from runner.image import on_engine  # noqa: F401
    from runner.image.anatomy import anatomy
    from runner.image.cache import LayerCache  # noqa: F401
    from runner.image.content_comparison import settle
    from runner.image.contents import keep_for_contents
    from runner.image.dive import dive_numbers
    from runner.image.merge import merge
    from runner.image.read import reading_image
    from runner.model.documents import to_json

    phases.ends("imports: engine, readers, anatomy")
    store = SocketImages(address)
    store.inspect(image)
    phases.ends("asking the engine")
    with reading_image(image, keep=keep_for_contents, connect=lambda: store) as content:
        phases.ends("reading the folders")
        tree = merge(content)
        phases.ends("stacking the layers")
        settle(content, tree)
        phases.ends("comparing overwritten contents")
        document = anatomy(content, tree=tree)
        phases.ends("waste, packages, caches, hints")
        to_json(document)
        phases.ends("JSON")
    phases.total()
    dive_numbers(content)
    phases.ends("dive's numbers, with --dive")


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2], sys.argv[3])
