"""Which files of an image say what its containers start, so that readers keep their contents:
scripts, and the configurations of process supervisors."""

from __future__ import annotations

import re

SCRIPT_BYTES_MAX = 16 << 10

_FOLDERS = frozenset(
    {"", "app", "srv", "opt", "code", "root", "workspace", "workdir", "usr/src/app", "var/www",
     "var/task"}
)  # fmt: skip
_PROGRAMS = frozenset({"bin", "sbin", "scripts", "script", "docker", "libexec"})
"""Last names of directories whose files are programs."""
OF_LANGUAGES = (".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php")
_PARTS_OF_PACKAGES = ("site-packages/", "dist-packages/", "node_modules/")

MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_NAMED_COMMANDS = ("package.json", "Procfile")
"""Files with commands that others call by a name."""
_TARGETS = frozenset(
    {*MAKEFILES, "justfile", "Justfile", ".justfile", "Taskfile.yml", "Taskfile.yaml", "Rakefile",
     "rakefile"}
)  # fmt: skip
"""Files whose targets are commands, where a service has them: sources have thousands."""
_SUPERVISED = re.compile(
    r"etc/(?:supervisord?|supervisord?\.d)(?:/|\.(?:conf|ini)$)"
    r"|etc/(?:services\.d|service|sv|s6|s6-overlay|cont-init\.d|my_init\.d|runit)/"
    r"|etc/(?:cron\.\w+|crontabs|systemd/system)/|etc/crontab$|var/spool/cron/"
    r"|(?:[^/]+/){0,3}(?:supervisor[\w.-]*\.(?:conf|ini)|circus[\w.-]*\.ini)$"
)


def is_script(path: str, size_bytes: int) -> bool:
    """Whether a command may name this file: a small one, by the names and places that scripts
    have which start a service, or a file with the commands of a supervisor."""
    if size_bytes > SCRIPT_BYTES_MAX:
        return False
    folder, _, name = path.rpartition("/")
    if name.endswith(".sh") or "entrypoint" in name or name in _NAMED_COMMANDS:
        said = True
    elif name in _TARGETS:
        said = folder in _FOLDERS or _is_home(folder) or folder.count("/") <= 1
    elif name.endswith(OF_LANGUAGES):
        said = folder.count("/") <= 1 or folder.rpartition("/")[2] in _PROGRAMS
    elif "." not in name:
        said = folder.rpartition("/")[2] in _PROGRAMS or (
            name == name.lower() and (folder in _FOLDERS or _is_home(folder))
        )
    else:
        said = False
    said = said or is_supervised(path)
    return said and not any(part in path for part in _PARTS_OF_PACKAGES)


def is_supervised(path: str) -> bool:
    """Whether a supervisor of processes may find its commands there."""
    return _SUPERVISED.match(path) is not None


def _is_home(folder: str) -> bool:
    return folder.startswith("home/") and folder.count("/") == 1
