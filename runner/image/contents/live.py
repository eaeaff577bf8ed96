"""The files that a container of the image sees, in the form in which this directory counts them.

Every content is counted under exactly one name, its carrier: of hard-linked content the name that
it was written under if that is live, else the first of the live ones. So the values of `bytes_of`
add up to the live bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from runner.image.tree import Content, Directory, MergedTree
from runner.model.entries import Entry, EntryKind
from runner.model.positions import INDEX, SHIFT, layer_of

PATH_MAX = 4096
"""Longest path that Linux takes; a database that names a longer one is not believed."""

_DEPTH_MAX = 64

_LINKS_MAX = 40
"""Symbolic links followed for one path, as Linux does it; beyond are cycles."""

_STEPS_MAX = 1_000_000
"""Names looked up on the way of links, for all paths of an image together: what is made in earnest
needs a few for each directory that its package databases name."""


class LiveRoot(Struct, dict=True):
    """The merged root of an image."""

    bytes_of: dict[str, int] = field(default_factory=dict)
    """Every regular file; 0 for a name that is not the carrier of its content."""
    links: dict[str, str] = field(default_factory=dict)
    """Symbolic links and what they say."""
    carrier_of: dict[str, str] = field(default_factory=dict)
    """Carrier of the content, for further names of hard-linked content only."""
    names_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """All names by carrier, for content with several names only."""
    kept: dict[str, bytes] = field(default_factory=dict)
    """Contents that the reader kept."""
    digest_of: dict[str, str] = field(default_factory=dict)
    """Digests of carriers, where the reader made them."""
    folders: dict[str, list[str]] = field(default_factory=dict)
    """Paths of the files directly in each directory that holds any; "" is the root."""
    bytes_in: dict[str, int] = field(default_factory=dict)
    """Bytes of these files by directory."""
    directories: Mapping[str, Directory] = field(default_factory=dict)
    """Every live directory."""
    contents: Mapping[int, Content] = field(default_factory=dict)
    """Position of a name → its content, for what has or had several names."""
    entries: Sequence[Sequence[Entry]] = ()
    """Of each layer, as positions count them."""
    _real: dict[str, str] = field(default_factory=dict)
    _steps_left: int = _STEPS_MAX

    @property
    def live_bytes(self) -> int:
        """Payload reachable in the merged root, hard-linked content once."""
        return sum(self.bytes_of.values())

    def layer_of(self, path: str) -> int:
        """Index of the layer that wrote the content of a regular file."""
        position = self.directories[path.rpartition("/")[0]].children[path]
        assert not isinstance(position, Directory)
        content = self.contents.get(position)
        return layer_of(position if content is None else content.position)

    def owner_of(self, folder: str) -> tuple[int, int]:
        """User and group of a directory; root's where no layer has an entry for it."""
        at = self.directories[folder].position
        if at < 0:
            return 0, 0
        entry = self.entries[at >> SHIFT][at & INDEX]
        return entry.uid, entry.gid

    def carrier(self, path: str) -> str | None:
        """The name under which the content of a file is counted; None if there is no such file.

        Directories on the way may be symbolic links (`/lib` for `/usr/lib`), the file itself not.
        """
        if path not in self.bytes_of:
            folder, _, name = path.rpartition("/")
            real = self._real.get(folder) or self.real_folder(folder)
            if real == folder:
                return None
            path = joined(real, name)
            if path not in self.bytes_of:
                return None
        return self.carrier_of.get(path, path)

    def real_folder(self, folder: str) -> str:
        """The directory with its symbolic links followed inside the image; unchanged where that
        leads in a circle or to nothing, and once an image has used up its steps."""
        found = self._real.get(folder)
        if found is None:
            known = folder in self.directories or len(folder) > PATH_MAX
            found = self._real[folder] = folder if known else self._followed(folder)
        return found

    def _followed(self, folder: str) -> str:
        pending = folder.split("/")[::-1]
        reached = ""
        hops = 0
        while pending:
            self._steps_left -= 1
            if self._steps_left < 0:
                return folder
            part = pending.pop()
            if part == "..":
                reached = reached.rpartition("/")[0]
            if part in ("", ".", ".."):
                continue
            path = joined(reached, part)
            target = self.links.get(path)
            if target is None:
                if path not in self.directories or len(path) > PATH_MAX:
                    return folder
                reached = path
                continue
            hops += 1
            if hops > _LINKS_MAX or len(target) > PATH_MAX:
                return folder
            if target.startswith("/"):
                reached = ""
            pending.extend(target.split("/")[::-1])
        return reached

    def freed(self, paths: Iterable[str]) -> Iterator[str]:
        """Carriers of what removing these files would free: linked content only if all its names
        are among them."""
        gone = set(paths)
        for carrier in {self.carrier_of.get(path, path) for path in gone}:
            if gone.issuperset(self.names_of.get(carrier, (carrier,))):
                yield carrier


def live_root(tree: MergedTree) -> LiveRoot:
    """The files of a merged tree."""
    layers = [layer.entries for layer in tree.layers]
    root = LiveRoot(directories=tree.directories, contents=tree.shared, entries=layers)
    for folder, directory in tree.directories.items():
        _take(root, folder, directory.children, layers)
    for position, names in tree.hard_links.items():
        _share(root, names, tree.entry_at(position).path)
    return root


def _take(
    root: LiveRoot,
    folder: str,
    children: Mapping[str, int | Directory],
    layers: Sequence[Sequence[Entry]],
) -> None:
    """Take over what is in a directory, each file as if it were the only name of its content.

    One long loop without calls: it runs for every file of the image.
    """
    shared, bytes_of, kept = root.contents, root.bytes_of, root.kept
    file, symlink = EntryKind.file, EntryKind.symlink
    files: list[str] = []
    total = 0
    for path, child in children.items():
        if isinstance(child, Directory):
            continue
        entry = layers[child >> SHIFT][child & INDEX]
        if entry.kind is file:
            content = entry.content
            if child in shared:
                holder = shared[child].position
                entry = layers[holder >> SHIFT][holder & INDEX]
                content = entry.content if content is None else content
            files.append(path)
            size = bytes_of[path] = entry.size_bytes if entry.content_of < 0 else 0
            total += size
            if content is not None:
                kept[path] = content
            if entry.digest:
                root.digest_of[path] = entry.digest
        elif entry.kind is symlink:
            root.links[path] = entry.target
    if files:
        root.folders[folder] = files
        root.bytes_in[folder] = total


def _share(root: LiveRoot, names: tuple[str, ...], written_as: str) -> None:
    """Count content with several names under one of them."""
    carrier = written_as if written_as in names else names[0]
    root.names_of[carrier] = names
    for name in names:
        if name != carrier:
            root.carrier_of[name] = carrier
            root.bytes_in[name.rpartition("/")[0]] -= root.bytes_of[name]
            root.bytes_of[name] = 0


def shallow(folder: str) -> str:
    """The directory, or the one above it that is no deeper than any that is made in earnest: so
    a hostile path of thousands of directories costs no more than one of a few."""
    if folder.count("/") < _DEPTH_MAX:
        return folder
    return "/".join(folder.split("/", _DEPTH_MAX)[:_DEPTH_MAX])


def joined(folder: str, name: str) -> str:
    """The path of a name in a directory; "" is the root."""
    return f"{folder}/{name}" if folder else name
