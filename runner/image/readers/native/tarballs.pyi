from collections.abc import Callable, MutableSequence

from runner.model.entries import Entry, KeepContent

VERSION: int

class Members:
    def __init__(self, descriptor: int = -1, origin: int = 0, size: int = 0) -> None: ...
    def window(self, piece: bytes, start: int) -> None: ...
    def take(
        self,
        position: int,
        entries: list[Entry],
        most: int,
        places: MutableSequence[int] | None,
        only: KeepContent | None,
        on_file: Callable[[Entry, int], None] | None,
    ) -> tuple[int, int]: ...
