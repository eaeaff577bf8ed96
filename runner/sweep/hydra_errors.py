"""What Hydra and OmegaConf refuse, said on one line: key, value, and what could stand there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from hydra.errors import MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    ValidationError,
)

from runner.model.paths import data_root

_FILE = re.compile(r"In '([\w./-]+/[\w./-]+)': ")
"""How Hydra names the file whose content it refuses."""

_OF_HYDRA = "hydra/config"
"""Names launchers and sweepers, which are no part of a file of ours or of a user's."""

_PLAIN = re.compile(r"[\w./:+-]+", re.ASCII)
"""A value that needs no quotes."""
_NO_KEY = (ConfigAttributeError, ConfigKeyError)
_NOISE = re.compile(
    r"\s+(?:full_key: |reference_type=|object_type=|Config search path:|See https?://).*", re.DOTALL
)
"""Where the words for people end, and the library's own view of its data begins."""

_OF_SEVERAL = "'${hydra:runtime.choices.experiment}': Incompatible value 'None'"
"""Hydra has no name for a list of choices."""
_OF_A_RESOLVER = re.compile(r"^ConfigError raised while resolving interpolation: ")
_KEY = re.compile(r"(?:\+\+?|~)?\w[\w-]*(?:[./]\w[\w-]*)*(?:@\S*)?")
"""A key that Hydra reads, with its signs and its package."""

_FIELD = re.compile(r"field '([\w.]+)'")

_EXTRAS = {
    "hydra/launcher": {
        "joblib": "joblib",
        "ray": "ray",
        "ray_aws": "ray",
        "submitit_local": "submitit",
        "submitit_slurm": "submitit",
    },
    "hydra/sweeper": {"optuna": "optuna"},
}
"""Launchers and sweepers that come with an extra of ours."""


def words_of(error: BaseException) -> str:
    """What the error says, with the file that it is about, on one line."""
    said = _told(error) or ": ".join(_texts(error))
    file = _FILE.match(str(error))
    return f"{file[1]}.yaml: {said}" if file and file[1] != _OF_HYDRA else said


def _told(error: BaseException) -> str:
    """The errors that have a name and choices, in words of our own; empty for all others."""
    if _OF_SEVERAL in str(error):
        return "experiment=[…]: a sweep is of one experiment; for each, write experiment=one,other"
    for cause in _causes(error):
        if isinstance(cause, OverrideParseException):
            return unread_override(str(cause.override), _plain(cause))
        if isinstance(cause, MissingConfigException) and cause.missing_cfg_file:
            return missing_file(cause.missing_cfg_file, cause.options or ())
        if isinstance(cause, MissingMandatoryValue):
            return f"{cause.full_key}: no value is given"
        if isinstance(cause, _NO_KEY) and isinstance(cause.parent_node, DictConfig):
            return unknown_key(str(cause.full_key), map(str, cause.parent_node))
        if isinstance(cause, ValidationError) and "is not Optional" in str(cause):
            key = cause.full_key or (_FIELD.search(str(cause)) or [""])[-1]
            return f"{key}=null: it always has a value; leave it out for the default"
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
    if extra := _EXTRAS.get(group, {}).get(level):
        return f"{group}={level} is not installed: pip install 'dockbench[{extra}]'"
    choices = [str(option) for option in options] if isinstance(options, list | tuple) else []
    known = f"; choose from {', '.join(sorted(choices))}" if choices else ""
    if not group:
        return (
            f"there is no configuration {name}: neither dockbench nor a --config-dir has a"
            f" {PurePosixPath(name).stem}.yaml"
        )
    asked = f"{group}={level}"
    if not level:
        return f"{asked}: the level is missing{known}"
    return f"{asked}: there is no {group} {level}{_guess(level, choices)}{known}"


def unread_override(text: str, said: str) -> str:
    """An override that is not of the form that Hydra reads, and how to write it."""
    key, equals, value = text.partition("=")
    if not equals and key in experiment_names():
        return f"{key}: to run that experiment, write experiment={key}"
    if not equals and (meant := _meant(key)):
        return f"{key}: an override has the form KEY=VALUE; did you mean {meant}?"
    if not equals:
        return f"{key}: an override has the form KEY=VALUE (missing EQUAL), an option begins with -"
    if not _KEY.fullmatch(key):
        return f"cannot read {text}: a key is one word, or words with dots between (base.image=…)"
    if value[:1] not in ("'", '"', "[", "{"):
        quoted = ",".join(one if _PLAIN.fullmatch(one) else f"'{one}'" for one in value.split(","))
        what = "values" if "," in value else "value"
        return f'cannot read {text}: put the {what} into quotes: "{key}={quoted}"'
    where = "put what is not a plain word into quotes" if said.startswith("Lexer") else said
    return f"cannot read {text}: {where}"


def _meant(word: str) -> str:
    """The overrides that a level, a project or a mistyped experiment without its key may mean."""
    files = sorted((data_root() / "configs").glob("*/*.yaml"))
    exact = [f"{file.parent.name}={file.stem}" for file in files if file.stem == word]
    near = difflib.get_close_matches(word, sorted(experiment_names()), 1, 0.8)
    return " or ".join(exact or [f"experiment={name}" for name in near])


def experiment_names() -> set[str]:
    """The experiments that come with dockbench."""
    return {path.stem for path in (data_root() / "configs" / "experiment").glob("*.yaml")}


def unknown_key(full_key: str, choices: Iterable[str]) -> str:
    """A key that the schema does not have, and those that stand beside it."""
    known = sorted(choices)
    if not known:
        return f"{full_key}: there is no such key yet; add it: +{full_key}=…"
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
    return _OF_A_RESOLVER.sub("", said.removeprefix("Error merging override "))
