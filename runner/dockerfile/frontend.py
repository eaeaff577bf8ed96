"""What an older frontend cannot read, written in another way: for the copy that is built where the
frontend that a `# syntax=` line names cannot be had."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.places import user_at
from runner.dockerfile.spans import Replacement

_NEW_FLAGS = {
    "HEALTHCHECK": ("start-interval",),
    "COPY": ("link",),
    "ADD": ("link",),
}
_FLAG = re.compile(r"(?<![ \t])[ \t]+--([a-z-]+)(?:=\S+)?")
_MOUNT = re.compile(r"(?:(?<![ \t])[ \t]+|(?<=\n))--mount=[\"']?([^\s\"']+)[\"']?")
_OF_CALLER = frozenset(("type=secret", "type=ssh"))
_IS_REQUIRED = frozenset(("required", "required=true", "required=1"))
_ONE_FILE = re.compile(
    r"<<(?P<dash>-?)(?P<quote>[\"']?)(?P<name>\w+)(?P=quote)\s+(?P<path>[^\s\"\[\]]+)"
)
_SUBSTITUTION = re.compile(r"`|(?<!\\)\$\(")
_PATH = re.compile(r"[\w./${}@+-]+")
_INTERPRETER = re.compile(r"#!\s*(\S+)(?:[ \t]+(\S+))?[ \t]*\n")


def without_stages(document: Document, needed: Collection[int]) -> Document:
    """The document without the stages that nothing needs; its global ARG lines stay."""
    starts = [stage.head.start for stage in document.stages]
    ends = [*starts[1:], len(document.text)][: len(starts)]
    gone = [
        Replacement(start, end, "")
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        if index not in needed
    ]
    return document.edited(gone)


def without_heredocs(document: Document) -> Document:
    """Each RUN with here-documents as the same script in exec form, and each `COPY <<EOF` of one
    file as a RUN that writes it; any other here-document stays, and an old frontend says what is
    wrong with it."""
    found = [
        Replacement(item.body, item.end, text)
        for item in document.runs()
        if item.heredocs and (text := _exec_form(document, item))
    ]
    found += [
        Replacement(item.start, item.end, text)
        for item in document.instructions
        if item.keyword in ("COPY", "ADD") and item.heredocs and (text := _written(document, item))
    ]
    return document.edited(found)


def without_new_flags(document: Document) -> Document:
    """Without flags that only say how fast: when a health check is begun, how a COPY is stored."""
    found: list[Replacement] = []
    for item in document.instructions:
        names = _NEW_FLAGS.get(item.keyword, ())
        head = document.text[item.start : item.body]
        for match in _FLAG.finditer(head):
            if match[1] in names:
                found.append(Replacement(item.start + match.start(), item.start + match.end(), ""))
    return document.edited(found)


def without_mounts_of_caller(document: Document) -> Document:
    """Without the secrets and agents of ssh that a RUN may have of who builds it (`--mount=type=
    secret`): as a builder does that is given none. One that is required stays, and the builder will
    say that it is not there."""
    found = [
        Replacement(item.start + match.start(), item.start + match.end(), "")
        for item in document.runs()
        for match in _MOUNT.finditer(document.text[item.start : item.body])
        if _OF_CALLER & {*match[1].lower().split(",")}
        and not _IS_REQUIRED & {*match[1].lower().split(",")}
    ]
    return document.edited(found)


def _exec_form(document: Document, item: Instruction) -> str:
    """`["/bin/sh", "-c", "…"]`; empty where another shell runs it."""
    if not item.shell:
        return ""
    value, body = document.value(item), item.heredocs[0]
    options = ["-e"] if item.errexit else []
    alone = re.fullmatch(r"<<(-?)\s*([\"']?)\w+\2", value)
    if len(item.heredocs) != 1 or alone is None:
        rest = document.text[body.start : item.end].replace("\r\n", "\n")
        return json.dumps(["/bin/sh", *options, "-c", f"{value}\n{rest}\n"])
    script = _text(document, item, tabs=bool(alone[1]))
    interpreter = _INTERPRETER.match(script)
    shell = [interpreter[1], *filter(None, [interpreter[2]])] if interpreter else ["/bin/sh"]
    return json.dumps([*shell, *options, "-c", script])


def _text(document: Document, item: Instruction, *, tabs: bool) -> str:
    """What its first here-document holds; `tabs` for `<<-`, which leaves out those at the start of
    lines."""
    body = item.heredocs[0]
    text = document.text[body.start : body.end].replace("\r\n", "\n")
    return re.sub(r"(?m)^\t+", "", text) if tabs else text


def _written(document: Document, item: Instruction) -> str:
    """The RUN that writes what a COPY has in a here-document, as root and with its owner and mode;
    empty for several files, other flags and text that a shell would run."""
    match = _ONE_FILE.fullmatch(document.value(item))
    flags = dict(flag.removeprefix("--").partition("=")[::2] for flag in document.flags(item))
    flags.pop("link", None)
    if match is None or not item.shell or flags.keys() - {"chown", "chmod"}:
        return ""
    dash, quote, name, path = match["dash"], match["quote"], match["name"], match["path"]
    text = _text(document, item, tabs=bool(dash))
    if (not quote and _SUBSTITUTION.search(text)) or not _PATH.fullmatch(path):
        return ""
    path += name if path.endswith("/") else ""
    end = "'" if quote else ""
    lines = [
        f'mkdir -p "$(dirname {path})"',
        f"cat > {path} <<{end}{name}{end}\n{text}{name}",
        f"chmod {flags.get('chmod', '644')} {path}",
    ]
    if "chown" in flags:
        lines.append(f"chown {flags['chown']} {path}")
    run = f"RUN {json.dumps(['/bin/sh', '-ec', chr(10).join(lines)])}"
    user = user_at(document, item)
    return f"USER 0{document.newline}{run}{document.newline}USER {user}" if user else run
