# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, freethreading_compatible=True
"""Looking at every header in the tarball of a layer, compiled.

Only what is plain is done here: headers of regular files, folders and symbolic links that say no more
than old `tar` did, with names that are paths as they are. Everything else, and whatever is wrong, is handed
back to `runner.image.readers.tarball`, which says what it is.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memchr, memcmp, memcpy

from runner.model.entries import Entry, EntryKind

cdef extern from "Python.h":
    str PyUnicode_DecodeUTF8(const char *text, Py_ssize_t size, const char *errors)

cdef extern from "<unistd.h>" nogil:
    Py_ssize_t pread(int descriptor, void *buffer, size_t count, long offset)

VERSION = 1

cdef object _FILE = EntryKind.file
cdef object _DIRECTORY = EntryKind.directory
cdef object _SYMLINK = EntryKind.symlink

cdef list _MODES = list(range(0o10000))

cdef enum:
    BLOCK = 512
    WINDOW_BYTES = 4096
    AT_ONCE = 4096  # entries between two looks for Ctrl-C


cdef class Members:
    """The members of a tarball: of a part of a file, or of a piece of a stream."""

    cdef int _descriptor
    cdef int64_t _origin, _size
    cdef const char *_window
    cdef int64_t _start, _length
    cdef char _buffer[WINDOW_BYTES]
    cdef char _owner[24]
    cdef char _time[12]
    cdef object _mode, _uid, _gid, _mtime
    cdef object _held

    def __cinit__(self, int descriptor=-1, int64_t origin=0, int64_t size=0):
        """A part of an open file; without one, `window` comes before every `take`."""
        self._descriptor = descriptor
        self._origin = origin
        self._size = size
        self._mode = None
        self._mtime = None

    def window(self, bytes piece, int64_t start):
        """The part of a stream that is at hand, which begins at `start`."""
        self._held = piece
        self._window = piece
        self._start = start
        self._length = len(piece)

    def take(self, int64_t position, list entries, Py_ssize_t most, places, only, on_file):
        """Append entries of the members from `position` on, up to the next one that needs a closer
        look or is not at hand, or until there are more than `most`; returns the position of that
        one, and where the content before it ends (-1 if there was none).

        Where contents lie is noted in `places`. `on_file` is called for each file with the position
        of its content, or for `only` those files of which that says so.
        """
        cdef const char *header
        cdef int64_t size, content, end = -1
        cdef str path
        while len(entries) <= most:
            if len(entries) % AT_ONCE == 0:
                PyErr_CheckSignals()
            header = self._at(position)
            if header == NULL or not _plain(header):
                break
            path = _path(header)
            if path is None:
                break
            size = _octal(header + 124, 12)
            if not self._fields(header):
                break
            content = position + BLOCK
            if header[156] != c'0':
                entry = self._other(header, path)
                size = 0
            else:
                entry = Entry(path, _FILE, size, self._mode, self._uid, self._gid, self._mtime)
            entries.append(entry)
            end = content + size
            position = end + (-size & (BLOCK - 1))
            if header[156] != c'0':
                continue
            if places is not None:
                places.append(content)
            if on_file is not None and (only is None or only(path, size)):
                on_file(entry, content)
        return position, end

    cdef object _other(self, const char *header, str path):
        """The entry of a folder or a symbolic link."""
        if header[156] == c'5':
            return Entry(path, _DIRECTORY, 0, self._mode, self._uid, self._gid, self._mtime)
        target = PyUnicode_DecodeUTF8(header + 157, _length(header + 157, 100), "surrogateescape")
        return Entry(path, _SYMLINK, 0, self._mode, self._uid, self._gid, self._mtime, target)

    cdef const char *_at(self, int64_t position) noexcept:
        """The block at a position; NULL where that is not at hand."""
        cdef int64_t wanted, read
        if position < self._start or position + BLOCK > self._start + self._length:
            if self._descriptor < 0:
                return NULL
            wanted = min(<int64_t> WINDOW_BYTES, self._size - position)
            if wanted < BLOCK:
                return NULL
            with nogil:
                read = pread(self._descriptor, self._buffer, wanted, self._origin + position)
            self._length = read
            self._start = position
            self._window = self._buffer
            if self._length < BLOCK:
                return NULL
        return self._window + (position - self._start)

    cdef bint _fields(self, const char *header) except -1:
        """Mode, owner and time; False where one of them is no plain number."""
        cdef int64_t mode, uid, gid, mtime
        if self._mode is None or memcmp(header + 100, self._owner, 24):
            mode = _octal(header + 100, 8)
            uid = _octal(header + 108, 8)
            gid = _octal(header + 116, 8)
            if mode < 0 or uid < 0 or gid < 0:
                return False
            self._mode = _MODES[mode & 0o7777]
            self._uid = uid
            self._gid = gid
            memcpy(self._owner, header + 100, 24)
        if self._mtime is None or memcmp(header + 136, self._time, 12):
            mtime = _octal(header + 136, 12)
            if mtime < 0:
                return False
            self._mtime = mtime
            memcpy(self._time, header + 136, 12)
        return True


cdef bint _plain(const char *header) noexcept nogil:
    """Whether it is the right header of a file, a folder or a symbolic link, of a plain size."""
    cdef const uint8_t *block = <const uint8_t *> header
    cdef int64_t said, summed = 8 * 32
    cdef int index
    if not (block[156] == c'0' or block[156] == c'2' or block[156] == c'5') or block[0] == 0:
        return False
    said = _octal(header + 148, 8)
    index = 148
    while c'0' <= block[index] <= c'7':
        index += 1
    while index < 156 and (block[index] == 0 or block[index] == c' '):
        index += 1
    if said < 0 or index < 156:
        return False
    for index in range(148):
        summed += block[index]
    for index in range(156, BLOCK):
        summed += block[index]
    return said == summed and _octal(header + 124, 12) >= 0


cdef int64_t _octal(const char *field, int size) noexcept nogil:
    """A number of octal digits with a NUL or spaces behind it; -1 for anything else."""
    cdef int64_t value = 0
    cdef int index = 0
    while index < size and c'0' <= field[index] <= c'7':
        value = 8 * value + field[index] - c'0'
        index += 1
    if index == 0 or index == size:
        return -1
    while index < size and field[index] == c' ':
        index += 1
    return value if index == size or field[index] == 0 else -1


cdef str _path(const char *header):
    """The path of a member; None where the name is not yet one, or may be that of a marker."""
    cdef char text[256]
    cdef size_t size = 0, length
    if header[345] and memcmp(header + 257, b"ustar\0", 6) == 0:
        size = _length(header + 345, 155)
        memcpy(text, header + 345, size)
        text[size] = c'/'
        size += 1
    length = _length(header, 100)
    memcpy(text + size, header, length)
    size += length
    if header[156] == c'5' and size and text[size - 1] == c'/':
        size -= 1
    if size == 0 or not _is_plain(text, size):
        return None
    return PyUnicode_DecodeUTF8(text, size, "surrogateescape")


cdef size_t _length(const char *field, size_t size) noexcept nogil:
    cdef const void *end = memchr(field, 0, size)
    return size if end == NULL else <const char *> end - field


cdef bint _is_plain(const char *path, size_t size) noexcept nogil:
    """Whether a name is a path as it is: nothing doubled, nothing of `.`, no `.wh.`."""
    cdef size_t index
    if path[size - 1] == c'/':
        return False
    for index in range(size):
        if (index == 0 or path[index - 1] == c'/') and not _is_name(path + index, size - index):
            return False
    return True


cdef bint _is_name(const char *name, size_t size) noexcept nogil:
    """Whether a part of a path begins as a name that means nothing else."""
    if name[0] == c'/':
        return False
    return name[0] != c'.' or (
        size > 1 and name[1] != c'/' and name[1] != c'.' and name[1] != c'w'
    )
