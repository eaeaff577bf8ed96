# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, freethreading_compatible=True
"""Looking at every file in the folder of a layer, compiled.

Only what is plain is done here: regular files, folders, symbolic links, whiteouts. Everything else,
and whatever goes wrong, is handed back to `runner.image.readers.overlay2`, which says what it is.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport errno
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcpy, strcmp, strlen

from runner.model.entries import Entry, EntryKind

from cpython.exc cimport PyErr_CheckSignals

cdef extern from "Python.h":
    str PyUnicode_DecodeUTF8(const char *text, Py_ssize_t size, const char *errors)

cdef extern from "<sys/types.h>" nogil:
    ctypedef long ssize_t

cdef extern from "<unistd.h>" nogil:
    ssize_t readlinkat(int folder, const char *name, char *buffer, size_t size)
    int close(int descriptor)

cdef extern from "<fcntl.h>" nogil:
    int O_RDONLY, O_DIRECTORY, O_CLOEXEC, O_NOFOLLOW, AT_SYMLINK_NOFOLLOW, AT_FDCWD
    int openat(int folder, const char *name, int flags)

cdef extern from "<sys/stat.h>" nogil:
    struct timespec:
        int64_t tv_sec
    struct stat_t "stat":
        uint32_t st_mode, st_uid, st_gid
        unsigned long st_nlink, st_rdev
        int64_t st_size, st_blocks
        timespec st_mtim
    int fstatat(int folder, const char *name, stat_t *status, int flags)
    int S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR

cdef extern from "<dirent.h>" nogil:
    ctypedef struct DIR:
        pass
    struct dirent:
        char d_name[256]
    DIR *fdopendir(int descriptor)
    dirent *readdir(DIR *folder)
    int closedir(DIR *folder)

cdef extern from "<sys/xattr.h>" nogil:
    ssize_t flistxattr(int descriptor, char *names, size_t size)

VERSION = 1

cdef object _FILE = EntryKind.file
cdef object _DIRECTORY = EntryKind.directory
cdef object _SYMLINK = EntryKind.symlink
cdef object _WHITEOUT = EntryKind.whiteout

cdef list _MODES = list(range(0o10000))
"""One object for each mode."""

ODD = 0
"""Nothing was made of it."""
ATTRIBUTES = 1
"""A folder that has extended attributes."""
WANTED = 2
"""A file whose content is wanted."""

cdef enum:
    DEEPEST = 64
    TARGET_BYTES = 4096
    PATH_BYTES = 3500  # with the root's path before it still one that can be looked up
    AT_ONCE = 4096  # entries between two looks for Ctrl-C


cdef enum Kind:
    IS_ODD, IS_FILE, IS_FOLDER, HAS_ATTRIBUTES, IS_LINK, IS_WHITEOUT


cdef struct Item:
    Kind kind
    uint32_t mode, uid, gid
    int64_t size, mtime
    size_t path, length  # of its path in the text
    size_t target  # length of a link's target, which lies behind its path


cdef class Listing:
    """Everything in the folder of one layer, in the order in which engines write layers: by name, a
    folder and then all in it.

    `read` looks at the file system and lets other threads run; `take` makes entries of what was
    found.
    """

    cdef bytes _folder
    cdef size_t _most
    cdef Item *_items
    cdef size_t _count, _room, _next
    cdef char *_text
    cdef size_t _written, _text_room
    cdef object _stopped_by
    cdef readonly int64_t unpacked_bytes
    """Sum of the plain files' sizes."""

    def __cinit__(self, str folder, size_t most):
        self._folder = folder.encode("utf-8", "surrogateescape")
        self._most = most

    def __dealloc__(self):
        free(self._items)
        free(self._text)

    @property
    def has_attributes(self):
        """Whether the folder itself has extended attributes."""
        return self._count and self._items[0].kind == HAS_ATTRIBUTES

    def read(self):
        """Look at everything; False where something is not as it should be: then nothing is known."""
        cdef bint done
        cdef const char *where = self._folder
        with nogil:
            done = self._read(where)
        if self._stopped_by is not None:
            raise self._stopped_by
        return done

    cdef bint _is_stopped(self) noexcept with gil:
        try:
            PyErr_CheckSignals()
        except BaseException as stop:
            self._stopped_by = stop
        return self._stopped_by is not None

    cdef bint _read(self, const char *where) noexcept nogil:
        cdef int descriptor = openat(AT_FDCWD, where, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        cdef stat_t status
        if descriptor < 0:
            return False
        if fstatat(AT_FDCWD, where, &status, 0) or not self._add(&status, 0, 0, b"", 0):
            close(descriptor)
            return False
        return self._folder_at(descriptor, 0, 0, 0, 0)

    cdef bint _folder_at(
        self, int descriptor, size_t item, size_t path, size_t length, int depth
    ) noexcept nogil:
        """Everything in an open folder, which is closed."""
        cdef char *names = NULL
        cdef char **sorted_names = NULL
        cdef size_t count = 0, index
        cdef bint done
        cdef DIR *opened
        cdef ssize_t attributes = flistxattr(descriptor, NULL, 0)
        self._items[item].kind = HAS_ATTRIBUTES if attributes else IS_FOLDER
        opened = fdopendir(descriptor)
        if opened == NULL:
            close(descriptor)
            return False
        done = depth < DEEPEST and _names(opened, &names, &sorted_names, &count)
        for index in range(count if done else 0):
            if not self._child(descriptor, sorted_names[index], path, length, depth):
                done = False
                break
        closedir(opened)
        free(names)
        free(sorted_names)
        return done

    cdef bint _child(
        self, int parent, const char *name, size_t path, size_t length, int depth
    ) noexcept nogil:
        cdef stat_t status
        cdef size_t item = self._count
        cdef int descriptor
        if item % AT_ONCE == 0 and self._is_stopped():
            return False
        if fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW):
            return False
        if not self._add(&status, path, length, name, strlen(name)):
            return False
        if self._items[item].kind == IS_LINK:
            return self._read_link(parent, name, item)
        if self._items[item].kind != IS_FOLDER:
            return True
        descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        return descriptor >= 0 and self._folder_at(
            descriptor, item, self._items[item].path, self._items[item].length, depth + 1
        )

    cdef bint _add(
        self, stat_t *status, size_t path, size_t length, const char *name, size_t size
    ) noexcept nogil:
        """One more item, whose path is that of its folder and its name."""
        cdef Item *item
        if self._count > self._most or length + size > PATH_BYTES:
            return False
        if not self._has_room(length + 1 + size):
            return False
        item = &self._items[self._count]
        self._count += 1
        item.kind = _kind(status)
        item.mode = status.st_mode & 0o7777
        item.uid = status.st_uid
        item.gid = status.st_gid
        item.size = status.st_size if item.kind == IS_FILE else 0
        item.mtime = status.st_mtim.tv_sec
        item.path = self._written
        memcpy(self._text + self._written, self._text + path, length)
        self._written += length
        if length:
            self._text[self._written] = c'/'
            self._written += 1
        memcpy(self._text + self._written, name, size)
        self._written += size
        item.length = self._written - item.path
        self.unpacked_bytes += item.size
        return True

    cdef bint _read_link(self, int parent, const char *name, size_t item) noexcept nogil:
        cdef ssize_t size
        if not self._has_room(TARGET_BYTES):
            return False
        size = readlinkat(parent, name, self._text + self._written, TARGET_BYTES)
        if size < 0 or size == TARGET_BYTES:
            return False
        self._items[item].target = size
        self._written += size
        return True

    cdef bint _has_room(self, size_t size) noexcept nogil:
        """Make room for one more item, and for so many bytes of text."""
        cdef void *larger
        cdef size_t room
        if self._count == self._room:
            room = 2 * self._room + 256
            larger = realloc(self._items, room * sizeof(Item))
            if larger == NULL:
                return False
            self._items = <Item *> larger
            self._room = room
        if self._written + size > self._text_room:
            room = 2 * self._text_room + size + 8192
            larger = realloc(self._text, room)
            if larger == NULL:
                return False
            self._text = <char *> larger
            self._text_room = room
        return True

    def take(self, list entries, keep, bint every):
        """Append entries up to the next thing that needs a closer look: its path and what it is
        (`ODD`, `ATTRIBUTES`, `WANTED`); None at the end.

        Contents are wanted of files for which `keep` says so, or of `every` file.
        """
        cdef Item *item
        cdef str path
        cdef object mtime = 0
        cdef int64_t last_mtime = 0
        if self._next == 0:
            self._next = 1  # the folder itself
        while self._next < self._count:
            item = &self._items[self._next]
            self._next += 1
            path = PyUnicode_DecodeUTF8(self._text + item.path, item.length, "surrogateescape")
            if item.kind == IS_ODD:
                return path, ODD
            if item.kind == IS_WHITEOUT:
                entries.append(Entry(path, _WHITEOUT))
                continue
            if item.mtime != last_mtime:
                mtime = last_mtime = item.mtime
            mode = _MODES[item.mode]
            if item.kind == IS_FILE:
                size = item.size
                entries.append(Entry(path, _FILE, size, mode, item.uid, item.gid, mtime))
                if every or (keep is not None and keep(path, size)):
                    return path, WANTED
            elif item.kind == IS_LINK:
                target = PyUnicode_DecodeUTF8(
                    self._text + item.path + item.length, item.target, "surrogateescape"
                )
                entries.append(Entry(path, _SYMLINK, 0, mode, item.uid, item.gid, mtime, target))
            else:
                entries.append(Entry(path, _DIRECTORY, 0, mode, item.uid, item.gid, mtime))
                if item.kind == HAS_ATTRIBUTES:
                    return path, ATTRIBUTES
        return None


cdef Kind _kind(stat_t *status) noexcept nogil:
    cdef uint32_t kind = status.st_mode & S_IFMT
    if kind == S_IFDIR:
        return IS_FOLDER
    if kind == S_IFREG:
        # Files with several names, or with fewer blocks than their size, need a closer look.
        if status.st_nlink == 1 and status.st_blocks * 512 >= status.st_size:
            return IS_FILE
        return IS_ODD
    if kind == S_IFLNK:
        return IS_LINK
    return IS_WHITEOUT if kind == S_IFCHR and status.st_rdev == 0 else IS_ODD


cdef bint _names(DIR *opened, char **names, char ***found, size_t *count) noexcept nogil:
    """All names in a folder, in order, and where each begins; both are to be freed."""
    cdef dirent *read
    cdef size_t written = 0, room = 0, size
    cdef void *larger
    cdef char *name
    count[0] = 0
    while True:
        errno_clear()
        read = readdir(opened)
        if read == NULL:
            break
        name = read.d_name
        if name[0] == c'.' and (name[1] == 0 or (name[1] == c'.' and name[2] == 0)):
            continue
        size = strlen(name) + 1
        if written + size > room:
            room = 2 * room + size + 1024
            larger = realloc(names[0], room)
            if larger == NULL:
                return False
            names[0] = <char *> larger
        memcpy(names[0] + written, name, size)
        written += size
        count[0] += 1
    if errno:
        return False
    found[0] = <char **> malloc((count[0] + 1) * sizeof(char *))
    if found[0] == NULL:
        return False
    name = names[0]
    for index in range(count[0]):
        found[0][index] = name
        name += strlen(name) + 1
    qsort(found[0], count[0], sizeof(char *), _compare)
    return True


cdef extern from *:
    """
    #include <errno.h>
    #define errno_clear() (errno = 0)
    """
    void errno_clear() nogil


cdef int _compare(const void *one, const void *other) noexcept nogil:
    return strcmp((<char **> one)[0], (<char **> other)[0])
