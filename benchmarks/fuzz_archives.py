"""Throws damaged and made-up image archives at everything that reads images: each must end with an
anatomy whose sums are right or with one clear line, in no time and within its memory.

    .venv/bin/python -m benchmarks.fuzz_archives --inputs 100000 --seed 1

Archives and folders of every form are damaged on five levels: the layers' tarballs (fields of
headers, with a right checksum again, extended headers, blocks moved, bits flipped), the package
databases in them, the JSON documents (with right digests again, or not), the packed layers, and the
archive as a whole. hypothesis draws the damage and makes an input that fails as small as it can;
such inputs are kept as files, to be tried again with `dockbench inspect FILE`. Batch N of a seed is
always the same: `--only N` repeats it. Ends with 1 if anything ended otherwise, with an exception
that is no `ImageError` above all.
"""

from __future__ import annotations

import argparse
import io
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from benchmarks.fuzz.damage import Damage
from benchmarks.fuzz.look import Look, look_at, write
from runner.model.errors import ImageError
from runner.report.formats import duration

MOST_SECONDS = 5.0
"""Of the processor, for one input."""

MOST_MEMORY_BYTES = 3 << 30
BATCH = 500

_SHOWN = 4000
"""Characters of a failure that are printed, its end."""


@dataclass(frozen=True)
class Bad:
    """An input that did something else than it should."""

    batch: int
    what: str
    kept: Path


class NotCleanError(Exception):
    """An input ended otherwise than with an image or one clear line."""


def outcome(path: Path, look: Look) -> str:
    """`image` or `refused`; raises what is wrong."""
    begun_s = time.process_time()
    result = "image"
    try:
        look_at(path, look)
    except ImageError as error:
        if "\n" in str(error) or len(str(error)) > 3000:
            raise NotCleanError(f"the message is no clear line: {error!r}") from error
        result = "refused"
    took_s = time.process_time() - begun_s
    if took_s > MOST_SECONDS:
        raise NotCleanError(f"took {took_s:.1f} s")
    return result


def run_batch(
    seed: int, kept: Path, batch: int, inputs: int = BATCH
) -> tuple[Counter[str], list[Bad]]:
    """One batch of a seed: how many ended how, and what was bad, its smallest input in `kept`."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:

        @seeded(f"{seed}:{batch}")
        @settings(
            max_examples=inputs,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(st.randoms(use_true_random=False))
        def try_one(random: Random) -> None:
            damage = Damage(random)
            path = write(damage.input(), Path(folder))
            look = Look.drawn(damage)
            try:
                counts[outcome(path, look)] += 1
            except BaseException as error:
                counts["bad"] += 1
                _keep(path, kept / _place(error))
                raise

        try:
            try_one()
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            return counts, [Bad(batch, _told(one), kept / _place(one)) for one in _each(error)]
    return counts, []


def _each(error: BaseException) -> Iterator[BaseException]:
    """Every failure that hypothesis found."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _each(inner)
    else:
        yield error


def _place(error: BaseException) -> str:
    """A name for a failure: its kind, and the line where it came up."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"


def _told(error: BaseException) -> str:
    text = io.StringIO()
    traceback.print_exception(error, file=text, limit=-6)
    return text.getvalue()[-_SHOWN:]


def _keep(path: Path, to: Path) -> None:
    """hypothesis tries the smallest input of a failure last."""
    shutil.rmtree(to, ignore_errors=True)
    to.unlink(missing_ok=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to, symlinks=True)
    else:
        shutil.copyfile(path, to)


def limit_memory() -> None:
    """A bomb that gets through shall end as a MemoryError, not take the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def run(
    seed: int, inputs: int, kept: Path, tell: Callable[[int], None]
) -> tuple[Counter[str], list[Bad]]:
    """All batches on all processors."""
    counts: Counter[str] = Counter()
    bad: list[Bad] = []
    with ProcessPoolExecutor(initializer=limit_memory) as pool:
        sizes = [min(BATCH, inputs - begun) for begun in range(0, inputs, BATCH)]
        for found, wrong in pool.map(partial(run_batch, seed, kept), range(len(sizes)), sizes):
            counts += found
            bad += wrong
            tell(counts.total())
    return counts, bad


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="N", help="repeat this batch alone")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir(), "dockbench-fuzz"), metavar="FOLDER"
    )
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    if options.only is not None:
        counts, bad = run_batch(options.seed, options.keep, options.only)
    else:
        tell = partial(_tell, begun, options.inputs)
        counts, bad = run(options.seed, options.inputs, options.keep, tell)
    for item in bad[:20]:
        print(f"\nbatch {item.batch}, kept as {item.kept}: {item.what}")
    print(
        f"\n{counts.total()} inputs of seed {options.seed} in {time.monotonic() - begun:.0f} s:"
        f" {counts['image']} read, {counts['refused']} refused with one line, {counts['bad']} bad"
    )
    return 1 if bad else 0


def _tell(begun: float, inputs: int, done: int) -> None:
    left_s = (time.monotonic() - begun) / max(done, 1) * max(inputs - done, 0)
    print(f"\r{done} inputs, {duration(left_s)} left   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
