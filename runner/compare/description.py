"""A project's description as data: every value checked against its type, none interpolated.

OmegaConf would resolve `${oc.env:TOKEN}` in what somebody else wrote; here text stays text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from runner.model.errors import ConfigError
from runner.model.project import Project
from runner.sweep.hydra_errors import unknown_key

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def described(values: Mapping[Any, Any], origin: str) -> dict[str, Any]:
    """Some keys of a project with values of their types: a number where text is wanted is its
    digits, and digits where a number is wanted are that number.

    Raises `ConfigError` naming `origin`, key, value and what would be valid.
    """
    try:
        found: dict[str, Any] = _plain(Project, values, "")
    except _WrongError as error:
        raise ConfigError(f"{origin}: {error}") from error
    return found


def as_project(values: Mapping[str, Any], origin: str) -> Project:
    """All keys of a project; raises as `described`."""
    return msgspec.convert(described(values, origin), Project)


class _WrongError(Exception):
    """A value that its key cannot have."""

    @classmethod
    def of(cls, key: str, value: object, valid: str) -> _WrongError:
        shown = ascii(value)
        return cls(f"{key}: {shown if len(shown) < 80 else f'{shown[:77]}...'} is not {valid}")


def _plain(kind: Any, value: object, key: str) -> Any:
    if is_dataclass(kind):
        return _members(kind, value, key)
    if get_origin(kind) is list:
        if not isinstance(value, list | tuple):
            raise _WrongError.of(key, value, "a list")
        (of,) = get_args(kind)
        return [_plain(of, item, f"{key}[{place}]") for place, item in enumerate(value)]
    if get_origin(kind) is dict:
        return _mapped(get_args(kind)[1], value, key)
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = [str(member.value) for member in kind]
        if value not in choices:
            raise _WrongError.of(key, value, f"one of {', '.join(choices)}")
        return value
    return _scalar(kind, value, key)


def _members(kind: Any, value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _WrongError.of(key, value, "`key: value` lines")
    types = _types(kind)
    inner = f"{key}." if key else ""
    for name in value:
        if name not in types:
            raise _WrongError(unknown_key(f"{inner}{name}", types))
    return {str(name): _plain(types[name], item, f"{inner}{name}") for name, item in value.items()}


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {item.name: hints[item.name] for item in fields(kind)}


def _mapped(kind: Any, value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _WrongError.of(key, value, "`key: value` lines")
    return {
        _scalar(str, name, key): _plain(kind, item, f"{key}.{name}") for name, item in value.items()
    }


def _scalar(kind: Any, value: object, key: str) -> Any:
    """A str, int, float or bool; true and false are no numbers."""
    if kind is str and isinstance(value, str | int | float):
        return str(value)
    if kind in (int, float) and isinstance(value, str | int | float) and type(value) is not bool:
        try:
            number = kind(value)
        except (ValueError, OverflowError):
            number = None
        if number is not None and (isinstance(value, str) or number == value):
            return number
    if kind is bool and isinstance(value, bool):
        return value
    raise _WrongError.of(key, value, _NAMES[kind])
