"""Which other programs the sources of a service start: the first word of a call that does so.

Taken narrowly, unlike the words of `runner.compare.named_programs`: an image that lacks one of them
is not recommended. Sources of tests, of builds and of what only developers run do not count.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_CALLS = (
    # Python
    *(
        "run",
        "call",
        "check_call",
        "check_output",
        "getoutput",
        "getstatusoutput",
        "Popen",
        "which",
    ),
    *("create_subprocess_exec", "create_subprocess_shell", "system", "popen", "which"),
    # Go
    *("Command", "CommandContext", "LookPath", "Exec"),
    # Node
    *("exec", "execSync", "execFile", "execFileSync", "spawn", "spawnSync", "execa"),
    # Node, PHP, Java, Rust
    *(
        "shell_exec",
        "passthru",
        "proc_open",
        "ProcessBuilder",
        "Command::new",
        "capture2",
        "capture3",
    ),
)
_START = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_CALLS)})\("
    r"[ \t\n]{0,99}(?:[\w.]{1,60}(?:\(\))?,[ \t\n]{0,99})?"  # Go's context
    r"[\[(]?[ \t\n]{0,99}[fbr]?[\"'`]"
    r"((?:/[\w.+-]{1,60}){0,8}/?[\w.+-]{2,40})(?=[\"'` ])"
)
_NOT_OF_THE_SERVICE = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|testdata|specs?|e2e|scripts?|docs?|examples?|benchmarks?"
    r"|hack|tools|build|ci|vendor|migrations)/"
    r"|(?:^|/)(?:test_[^/]*|conftest|setup|noxfile|tasks|fabfile|dodo)\.py\Z"
    r"|_tests?\.(?:py|go|rb)\Z|\.(?:test|spec)\.[cm]?[jt]s\Z"
    r"|(?:^|/)(?:gulpfile|gruntfile|webpack|rollup|vite|esbuild|build)[^/]*\.[cm]?[jt]s\Z"
    r"|(?:^|/)build\.rs\Z|(?:^|/)magefile\.go\Z",
    re.IGNORECASE,
)
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".rb", ".php", ".java", ".rs")


def programs_of_sources(texts: Mapping[str, str]) -> dict[str, str]:
    """Program, without its directory → the first source that starts it, from path → content."""
    found: dict[str, str] = {}
    for path, text in sorted(texts.items(), key=lambda item: (item[0].count("/"), item[0])):
        if path.endswith(_SOURCES) and not _NOT_OF_THE_SERVICE.search(path):
            for word in _START.findall(text):
                found.setdefault(posixpath.basename(word), path)
    return found
