"""An `.idea` directory: what an IDE keeps next to the code, its caches included."""

from __future__ import annotations

import uuid
from pathlib import Path

from runner.model.project import GeneratedPart
from runner.project.generators.seeded import Choices, seeded_bytes

_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'

_FIXED = {
    "modules.xml": (
        '<project version="4">\n  <component name="ProjectModuleManager">\n    <modules>\n'
        '      <module fileurl="file://$PROJECT_DIR$/.idea/famous-ner.iml" '
        'filepath="$PROJECT_DIR$/.idea/famous-ner.iml" />\n    </modules>\n  </component>\n'
        "</project>\n"
    ),
    "famous-ner.iml": (
        '<module type="PYTHON_MODULE" version="4">\n  <component name="NewModuleRootManager">\n'
        '    <content url="file://$MODULE_DIR$" />\n'
        '    <orderEntry type="sourceFolder" forTests="false" />\n  </component>\n</module>\n'
    ),
    "misc.xml": (
        '<project version="4">\n  <component name="ProjectRootManager" version="2" '
        'project-jdk-name="Python 3.11 (famous-ner)" project-jdk-type="Python SDK" />\n'
        "</project>\n"
    ),
    "vcs.xml": (
        '<project version="4">\n  <component name="VcsDirectoryMappings">\n'
        '    <mapping directory="" vcs="Git" />\n  </component>\n</project>\n'
    ),
    "inspectionProfiles/profiles_settings.xml": (
        '<component name="InspectionProjectProfileManager">\n  <settings>\n'
        '    <option name="USE_PROJECT_PROFILE" value="false" />\n  </settings>\n</component>\n'
    ),
}

_CACHED = ("caches/words.index", "caches/symbols.index")


def write_idea(part: GeneratedPart, root: Path) -> None:
    """Write settings, a workspace, shelved changes and index caches: about `size_bytes` bytes.

    `files` is how many there are at least; beyond the fixed ones they are shelved changes.
    """
    folder = root / part.path
    choices = Choices(f"idea/{part.seed}")
    contents = {name: (_HEADER + text).encode() for name, text in _FIXED.items()}
    shelved = max(0, part.files - len(_FIXED) - len(_CACHED) - 1)
    contents |= {f"shelf/Uncommitted_{n}.patch": _patch(choices) for n in range(shelved)}
    room = max(0, part.size_bytes - sum(map(len, contents.values())))
    contents["workspace.xml"] = _workspace(room // 4, choices)
    for name in _CACHED:
        contents[name] = seeded_bytes(f"idea/{part.seed}/{name}", room * 3 // 8)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _workspace(size_bytes: int, choices: Choices) -> bytes:
    """The open files, tasks and local history of a long-lived workspace."""
    lines = ['<project version="4">', '  <component name="TaskManager">']
    length = sum(map(len, lines))
    while length < size_bytes:
        identity = uuid.UUID(int=sum(choices.number(1 << 32) << (32 * i) for i in range(4)))
        created = 1_600_000_000_000 + choices.number(1 << 31) * 40
        lines.append(
            f'    <task id="LOCAL-{len(lines):05}" summary="Change {choices.number(100_000)}" '
            f'uuid="{identity}"><created>{created}</created></task>'
        )
        length += len(lines[-1]) + 1
    return (_HEADER + "\n".join([*lines, "  </component>", "</project>", ""])).encode()


def _patch(choices: Choices) -> bytes:
    """A change that somebody put aside."""
    line, number = choices.number(200) + 1, choices.number(1000)
    return (
        "--- a/backend/famous_ner/app.py\n+++ b/backend/famous_ner/app.py\n"
        f"@@ -{line},1 +{line},2 @@\n     found = finder.find(text)\n"
        f"+    log.debug('try {number}: %s', found)\n"
    ).encode()
