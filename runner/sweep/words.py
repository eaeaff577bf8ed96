"""What Hydra and OmegaConf refuse, said on one line: key, value, and what could stand there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from hydra.errors import MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    ValidationError,
)

_FILE = re.compile(r"In '([\w./-]+/[\w./-]+)': ")
"""How Hydra names the file whose content it refuses."""

_NO_KEY = (ConfigAttributeError, ConfigKeyError)
_NOISE = re.compile(
    r"\s+(?:full_key: |reference_type=|object_type=|Config search path:|See https?://).*", re.DOTALL
)
"""Where the words for people end, and the library's own view of its data begins."""


def words_of(error: BaseException) -> str:
    """What the error says, with the file that it is about, on one line."""
    said = _told(error) or ": ".join(_texts(error))
    return f"{file[1]}.yaml: {said}" if (file := _FILE.match(str(error))) else said


def _told(error: BaseException) -> str:
    """The errors that have a name and choices, in words of our own; empty for all others."""
    for cause in _causes(error):
        if isinstance(cause, MissingConfigException) and cause.missing_cfg_file:
            return missing_file(cause.missing_cfg_file, cause.options or ())
        if isinstance(cause, MissingMandatoryValue):
            return f"{cause.full_key}: no value is given"
        if isinstance(cause, _NO_KEY) and isinstance(cause.parent_node, DictConfig):
            return unknown_key(str(cause.full_key), map(str, cause.parent_node))
        if isinstance(cause, ValidationError) and _FILE.match(str(error)):
            return f"{cause.full_key}: {_plain(cause)}"
    return ""


def _texts(error: BaseException) -> list[str]:
    """The words of the error and of its causes, each once."""
    texts: list[str] = []
    for cause in _causes(error):
        text = _plain(cause)
        if text and "$VALUE" not in text and text not in " ".join(texts):
            texts.append(text)
    override = getattr(error, "override", None)
    if override and override not in " ".join(texts):
        texts.insert(0, f"cannot read {override}")
    return texts


def missing_file(name: str, options: object) -> str:
    """A level, experiment or project that does not exist, and those that do."""
    group, _, level = name.rpartition("/")
    choices = [str(option) for option in options] if isinstance(options, list | tuple) else []
    known = f"; choose from {', '.join(sorted(choices))}" if choices else ""
    asked = f"{group}={level}" if group else name
    return f"{asked}: there is no {group or 'file'} {level}{_guess(level, choices)}{known}"


def unknown_key(full_key: str, choices: Iterable[str]) -> str:
    """A key that the schema does not have, and those that stand beside it."""
    known = sorted(choices)
    guess = _guess(full_key.rpartition(".")[2], known)
    return f"{full_key}: there is no such key{guess}; choose from {', '.join(known)}"


def _guess(word: str, choices: list[str]) -> str:
    close = difflib.get_close_matches(word, choices, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those of the same libraries behind it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (
            seen.__context__ if isinstance(seen.__context__, OmegaConfBaseException) else None
        )


def _plain(error: BaseException) -> str:
    """The first words of an error, without what follows for programmers."""
    said = " ".join(_NOISE.sub("", str(error)).split())
    return said.removeprefix("Error merging override ")
