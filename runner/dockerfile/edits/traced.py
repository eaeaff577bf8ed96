"""prune=traced: an image of exactly the files that a container opened while its check ran.

Not for shipping: what only another request needs is missing. It shows how far one could go.
"""

from __future__ import annotations

from dataclasses import replace

from runner.dockerfile.debug_symbols import strip_lines
from runner.dockerfile.document import Document, Stage
from runner.dockerfile.edits.config_lines import config_lines, unwritable
from runner.dockerfile.facts import BaseConfig, Facts
from runner.dockerfile.spans import NotApplicable, Replacement

LIST = "traced.dockbench"
"""The list's name in the build context: a path a line, relative to the root."""
_COPIED = "/traced.txt"
WHOLE, TRACED, ROOT = "whole", "traced", "/rootfs"
WHY = "Exactly the files that the service opened while its check ran, and what leads to them."


def _copy_listed() -> tuple[str, ...]:
    """The shell, by lines, that copies what the list names from here to `ROOT`. A loop does that on
    every base: not every tar can read such a list."""
    return (
        "while IFS= read -r path; do",
        'if [ -d "$path" ] && [ ! -h "$path" ]; then',
        f'mkdir "{ROOT}/$path"',
        f'&& chown "$(stat -c %u:%g "$path")" "{ROOT}/$path"',
        f'&& chmod "$(stat -c %a "$path")" "{ROOT}/$path";',
        f'else cp -a "$path" "{ROOT}/$path"; fi || exit 1;',
        f"done < {_COPIED}",
    )


def edit(
    document: Document, facts: Facts, *, strip: bool = False
) -> list[Replacement] | NotApplicable:
    """Two stages behind what there is: one that copies the files, and one on nothing with them and
    the configuration that the image has, but for labels and health check.

    To `strip` debug symbols, they are copied where something was built, which may have the tool.
    """
    if facts.opened is None:
        return NotApplicable("which files a check opens is found out by `dockbench compare`")
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    if document.target:
        return NotApplicable("a stage before its last one is built")
    if LIST in document.text:
        return NotApplicable("it holds only what its check opened already")
    if any(stage.name in (WHOLE, TRACED) for stage in document.stages):
        return NotApplicable(f"it has a stage {WHOLE} or {TRACED} of its own")
    config = _with_user(document, facts.opened.config)
    if said := unwritable(config):
        return NotApplicable(f"{said} of its image cannot be written in a Dockerfile")
    last = document.stages[document.final]
    whole = last.name or WHOLE
    helper = whole if facts.opened.has_shell else _with_shell(document)
    helper = (strip and _with_shell(document)) or helper
    if not helper:
        return NotApplicable("none of its stages has a shell that could copy the files")
    lines = [
        f"# {WHY}",
        *_stage(document, helper, whole, config.user, strip=strip),
        "",
        "FROM scratch",
    ]
    lines += [f"COPY --from={TRACED} {ROOT} /", *config_lines(config, document.escape)]
    new = document.newline
    end = len(document.text.rstrip("\r\n"))
    found = [Replacement(end, end, new * 2 + new.join(lines))]
    if not last.name:
        found.insert(0, Replacement(last.span[1], last.span[1], f" AS {WHOLE}"))
    return found


def _with_user(document: Document, config: BaseConfig) -> BaseConfig:
    """The user that the text names counts: an edit before this one may have named another one than
    the image had that was watched."""
    users = [
        document.value(item)
        for item in document.instructions
        if item.keyword == "USER" and document.in_image(item)
    ]
    named = users[-1:] if users and "$" not in users[-1] else [config.user]
    return replace(config, user=named[0])


def _with_shell(document: Document) -> str:
    """A stage that the image is not built on, by its name or its image; empty for none."""
    others = [stage for stage in document.stages if stage.index not in document.lineage]
    return next((_called(stage) for stage in others if stage.reference != "scratch"), "")


def _called(stage: Stage) -> str:
    return stage.name or stage.reference


def _stage(document: Document, helper: str, whole: str, user: str, *, strip: bool) -> list[str]:
    """The stage that copies: on the whole image, or on another one with that in a directory."""
    here, apart = "/", [] if helper == whole else [f"COPY --from={whole} / /{WHOLE}"]
    if apart:
        here = f"/{WHOLE}"
    gap = f" {document.escape}{document.newline}    "
    loop = gap.join(_copy_listed())
    if strip:
        loop += f"{gap}&& {gap.join(strip_lines(ROOT))}"
    return [
        f"FROM {helper} AS {TRACED}",
        *(["USER 0:0"] if helper == whole and user not in ("", "0", "root") else []),
        *apart,
        f"COPY {LIST} {_COPIED}",
        f"WORKDIR {ROOT}",
        f"WORKDIR {here}",
        f"RUN {loop}",
    ]
