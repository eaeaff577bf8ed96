"""docker-bake.hcl and docker-bake.json: which Dockerfiles they build, and how.

What can be read without evaluating: texts, lists, variables by their defaults, `inherits`. A value
that is computed (a function, a condition) is left out; a target with a matrix or with contexts of
other targets as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tree_sitter
import tree_sitter_hcl

from runner.model.foreign import MOST_BYTES, ForeignError, json_document

_HCL = tree_sitter.Language(tree_sitter_hcl.language())
_INTERPOLATED = re.compile(r"\$\{(\w+)\}")
_MOST_PARENTS = 20
_MOST_DEPTH = 100
_LONGEST_TEXT = 64 << 10
"""The longest text, in characters, that variables are filled in to: each could double the last."""
_NOT_SIMPLE = ("matrix", "contexts", "dockerfile-inline")
_BUILD = ("context", "dockerfile", "target", "args")

Blocks = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Kind (`target`, `group`, `variable`) → name → attributes."""


def builds_of(path: str, text: str) -> dict[str, Any]:
    """The targets that are built by default, as the services of a compose document with a `build`
    each; nothing where the file cannot be read."""
    blocks = _of_json(text) if path.endswith(".json") else _of_hcl(text)
    targets = blocks.get("target", {})
    found = {name: _build(name, targets) for name in _default(blocks) if name in targets}
    return {"services": {name: {"build": build} for name, build in found.items() if build}}


def _default(blocks: Blocks) -> list[str]:
    """What `docker buildx bake` builds: the group or the target `default`, else every target."""
    groups, targets = blocks.get("group", {}), blocks.get("target", {})
    if "default" not in groups:
        return ["default"] if "default" in targets else list(targets)
    names, waiting = dict[str, None](), ["default"]
    while waiting:
        name = waiting.pop(0)
        if name in names:
            continue
        names[name] = None
        waiting += _texts(groups.get(name, {}).get("targets"))
    return list(names)


def _build(name: str, targets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The attributes of a target over those that it inherits; empty for one that is not simple."""
    lineage, waiting = dict[str, None](), [name]
    while waiting and len(lineage) < _MOST_PARENTS:
        one = waiting.pop(0)
        if one not in lineage and one in targets:
            lineage[one] = None
            waiting += reversed(_texts(targets[one].get("inherits")))
    merged: dict[str, Any] = {}
    for one in reversed(lineage):
        args = {**merged.get("args", {}), **_mapping(targets[one].get("args"))}
        merged |= {**targets[one], "args": args}
    if any(merged.get(key) for key in _NOT_SIMPLE):
        return {}
    return {key: merged[key] for key in _BUILD if merged.get(key)} or {"context": "."}


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_json(text: str) -> Blocks:
    try:
        document = _mapping(json_document(text))
    except ForeignError:
        return {}
    variables = {
        name: str(_mapping(value).get("default", ""))
        for name, value in _mapping(document.get("variable")).items()
    }
    return {
        kind: {name: _mapping(_filled(item, variables)) for name, item in _mapping(value).items()}
        for kind, value in document.items()
        if kind in ("target", "group")
    }


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with variables by their defaults; None where another is named or computed."""
    if isinstance(value, dict):
        filled = {key: _filled(item, variables) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(value, list):
        return [item for item in (_filled(one, variables) for one in value) if item is not None]
    if not isinstance(value, str):
        return value
    pieces, end = [], 0
    for found in _INTERPOLATED.finditer(value):
        pieces += [value[end : found.start()], variables.get(found[1], found[0])]
        end = found.end()
    text = _joined([*pieces, value[end:]])
    return None if text is None or "${" in text else text


def _joined(pieces: Sequence[str]) -> str | None:
    """The pieces as one text; None where that would be too long."""
    return "".join(pieces) if sum(map(len, pieces)) <= _LONGEST_TEXT else None


def _of_hcl(text: str) -> Blocks:
    data = text.encode()
    if len(data) > MOST_BYTES:
        return {}
    root = tree_sitter.Parser(_HCL).parse(data).root_node
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    variables: dict[str, str] = {}
    blocks = list(_blocks(root))
    for kind, name, body in sorted(blocks, key=lambda block: block[0] != "variable"):
        attributes = dict(_attributes(body, variables)) if body is not None else {}
        if kind == "variable" and isinstance(attributes.get("default"), str):
            variables[name] = attributes["default"]
        found.setdefault(kind, {})[name] = attributes
    return found


def _blocks(root: tree_sitter.Node) -> Iterator[tuple[str, str, tree_sitter.Node | None]]:
    """Kind, name and body of the blocks of one name; no body for an empty one."""
    for body in root.named_children:
        for block in body.named_children if body.type == "body" else ():
            parts = block.named_children
            names = [_literal(part) for part in parts if part.type == "string_lit"]
            inner = next((part for part in parts if part.type == "body"), None)
            if block.type == "block" and parts and len(names) == 1:
                yield _text(parts[0]), names[0], inner


def _attributes(body: tree_sitter.Node, variables: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for item in body.named_children:
        if item.type == "attribute" and len(item.named_children) == 2:
            name, expression = item.named_children
            value = _value(expression, variables, 0)
            if value is not None:
                yield _text(name), value


def _value(node: tree_sitter.Node, variables: Mapping[str, str], depth: int) -> Any:
    """A text, a list or a mapping of them; None for what is computed."""
    inside: Sequence[tree_sitter.Node] = node.named_children
    if depth > _MOST_DEPTH:
        return None
    if node.type in ("expression", "literal_value", "collection_value", "template_expr"):
        return _value(inside[0], variables, depth + 1) if len(inside) == 1 else None
    if node.type in ("numeric_lit", "bool_lit"):
        return _text(node)
    if node.type == "string_lit":
        return _literal(node)
    if node.type == "quoted_template":
        parts = [_part(part, variables) for part in inside if "template_" in part.type]
        known = [part for part in parts if part is not None]
        return _joined(known) if len(known) == len(parts) else None
    if node.type == "variable_expr":
        return variables.get(_text(node))
    if node.type == "tuple":
        values = [_value(x, variables, depth + 1) for x in inside if x.type == "expression"]
        return [value for value in values if value is not None]
    if node.type == "object":
        pairs = [x.named_children for x in inside if x.type == "object_elem"]
        found = {
            _text(pair[0]).strip('"'): _value(pair[1], variables, depth + 1)
            for pair in pairs
            if len(pair) == 2
        }
        return {key: value for key, value in found.items() if value is not None}
    return None


def _part(node: tree_sitter.Node, variables: Mapping[str, str]) -> str | None:
    """A piece of a text in quotes."""
    if node.type == "template_literal":
        return _text(node)
    if node.type != "template_interpolation":
        return ""
    named = [x for x in node.named_children if x.type == "expression"]
    return variables.get(_text(named[0])) if len(named) == 1 else None


def _literal(node: tree_sitter.Node) -> str:
    return "".join(_text(x) for x in node.named_children if x.type == "template_literal")


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode(errors="replace")
