"""`--only NAME`: the sources, and of the alternatives those that the user names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from runner.model.errors import ConfigError

_SHOWN = 12


def selected(
    names: Sequence[str],
    sources: Collection[str],
    only: Sequence[str],
    left_out: Mapping[str, str] | None = None,
) -> set[str]:
    """The names that are asked for, whole or from their `+` on, and the `sources`; all of them
    where nothing is asked for. `left_out` is what this project has not, of that which others have,
    and why.

    Raises `ConfigError` for one that there is not.
    """
    why = {name.partition("+")[2] or name: said for name, said in (left_out or {}).items()}
    short = {name: name.partition("+")[2] or name for name in names}
    known = dict.fromkeys(end for name, end in short.items() if name not in sources)
    for text in only:
        if text not in known and text not in short:
            said = why.get(text.partition("+")[2] or text)
            what = (
                f"is left out: {said}" if said else "there is no such alternative of this project"
            )
            colon = "" if said else ":"
            raise ConfigError(
                f"--only {text}{colon} {what}; there are {', '.join([*known][:_SHOWN])}"
            )
    wanted = {name for name in names if name in sources or {name, short[name]} & {*only}}
    return wanted if only else {*names}
