from runner.model.entries import Entry, KeepContent

VERSION: int
ODD: int
ATTRIBUTES: int
WANTED: int

class Listing:
    unpacked_bytes: int
    @property
    def has_attributes(self) -> bool: ...
    def __init__(self, folder: str, most: int) -> None: ...
    def read(self) -> bool: ...
    def take(
        self, entries: list[Entry], keep: KeepContent | None, every: bool
    ) -> tuple[str, int] | None: ...
