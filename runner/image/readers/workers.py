"""A few threads that work off a queue: all that the digests need of `concurrent.futures`, which
would bring the logging of the standard library with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Task(Generic[T]):
    """Something that a thread will do."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Lock()
        self._done.acquire()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it, in whatever thread this is."""
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error
        self._done.release()

    def leave(self) -> None:
        """It will not be done."""
        self._error = RuntimeError("the threads were stopped before")
        self._done.release()

    def result(self) -> T:
        """Wait for it; raises what went wrong."""
        with self._done:
            if self._error is not None:
                raise self._error
            return self._results[0]


class Workers:
    """Threads, to be stopped at the end."""

    def __init__(self, count: int, name: str) -> None:
        self._tasks: SimpleQueue[Task[object] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}_{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T]) -> Task[T]:
        """Have it done by the next thread that is free."""
        task = Task(work)
        self._tasks.put(task)  # type: ignore[arg-type]
        return task

    def stop(self) -> None:
        """Wait for what is being done; what has not begun is left."""
        with suppress(Empty):
            while True:
                if (task := self._tasks.get_nowait()) is not None:
                    task.leave()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.run()
