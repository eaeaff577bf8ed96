"""What is worth building for one source Dockerfile: itself, each improvement alone, all together.

A pure function. Candidates come in the order in which they are built: what tells most first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import EDITS, apply
from runner.dockerfile.edits.traced import LIST
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable

TOGETHER: Mapping[str, str] = {
    "order": "deps_first",
    "installer": "npm_ci",
    "recommends": "none",
    "add_copy": "copy",
    "copies": "mounted",
    "layers": "merged",
    "toolchain": "purged",
    "cache": "purge",
}
"""Improvements that change how an image is made, and nothing of what it holds when it runs."""

ALONE: Sequence[tuple[str, str]] = (
    ("base", "slim"),
    ("stages", "multi"),
    ("order", "deps_first"),
    ("copies", "mounted"),
    ("cache", "purge"),
    ("recommends", "none"),
    ("layers", "merged"),
    ("base", "alpine"),
    ("cache", "mount"),
    ("base", "scratch"),
    ("last_stage", "distroless"),
    ("deps", "production"),
    ("prune", "stripped"),
    ("installer", "uv"),
    ("installer", "npm_ci"),
    ("installer", "pnpm"),
    ("bytecode", "none"),
    ("user", "nobody"),
    ("add_copy", "copy"),
    ("squash", "one_layer"),
)
_NOT_SHIPPED = frozenset(("squash",))
"""Factors that show what an image would have, and give up what deploys need: of one layer nothing
is shared between them."""
TOGETHER_NAME = "together"
"""How names of several edits at once begin, behind that of their source and a `+`."""
MOST = f"+{TOGETHER_NAME}_multi"
"""What tells most."""
MOST_OF_COMPILED = f"+{TOGETHER_NAME}_mount"
"""The same of Go: without its cache of compiled packages each build compiles them all again."""
_RUNTIME = {**TOGETHER, "stages": "multi", "deps": "production", "prune": "stripped"}
"""All of that, and only what the service needs when it runs."""
_STEPS: Sequence[tuple[str, Mapping[str, str]]] = (
    ("together", TOGETHER),
    ("together_slim", {**TOGETHER, "base": "slim"}),
    ("together_multi", {**_RUNTIME, "base": "slim"}),
    ("together_distroless", {**_RUNTIME, "base": "slim", "last_stage": "distroless"}),
    ("together_alpine", {**_RUNTIME, "base": "alpine"}),
    ("together_scratch", {**_RUNTIME, "base": "scratch"}),
    ("together_mount", {**_RUNTIME, "base": "slim", "cache": "mount"}),
)
ABOUTS: Mapping[str, str] = {
    "base=slim": "the slim variant of the base image",
    "base=alpine": "the Alpine variant of the base image",
    "last_stage=distroless": "Node alone: no shell, no npm",
    "base=scratch": "nothing but the program: no shell, no package manager",
    "deps=production": "without the dependencies of development",
    "prune=stripped": "programs without symbols",
    "stages=multi": "a build stage is left behind",
    "order=deps_first": "dependencies installed before the sources are copied",
    "cache=purge": "caches removed in the layer that made them",
    "installer=uv": "uv in the place of pip",
    "installer=npm_ci": "exactly the packages of package-lock.json (npm ci)",
    "installer=pnpm": "pnpm in the place of npm",
    "cache=mount": "caches in cache mounts, outside of the image",
    "recommends=none": "apt-get without recommended packages",
    "layers=merged": "neighbouring RUN instructions merged",
    "toolchain=purged": "compilers removed in the RUN that installed them",
    "bytecode=none": "no compiled Python modules in the image: it starts slower",
    "user=nobody": "the service runs without root's rights",
    "add_copy=copy": "COPY instead of ADD",
    "copies=mounted": "wheels mounted where they are installed, in no layer of their own",
    "squash=one_layer": "everything in one layer, of which each deploy sends all: not for shipping",
    "ignore=unneeded": "a .dockerignore that leaves out what no build of it needs",
}


@dataclass(frozen=True)
class Candidate:
    """One Dockerfile to build."""

    name: str
    about: str
    text: str
    levels: Mapping[str, str]
    """Factor → level of the edits that changed something; empty for the source itself."""
    reasons: tuple[tuple[str, str], ...] = ()
    """`factor=level` → why it changed nothing."""
    dockerignore: str | None = None
    """The text of the .dockerignore that it brings; None for the one that there is."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Name → text of further files that are sent in the root of the context."""
    ships: bool = True
    """Whether it may be recommended."""

    def with_ignored(self, dockerignore: str) -> Candidate:
        """The same with a better .dockerignore."""
        return replace(
            self,
            about=f"{self.about}; {ABOUTS['ignore=unneeded']}",
            levels={**self.levels, "ignore": "unneeded"},
            dockerignore=dockerignore,
        )


def with_ignore(found: Sequence[Candidate], dockerignore: str) -> list[Candidate]:
    """The candidates of one source with a better .dockerignore: it alone behind those that take
    everything together, and in each of these."""
    source = found[0]
    alone = replace(
        source,
        name=f"{source.name}+ignore=unneeded",
        about=ABOUTS["ignore=unneeded"],
        levels={"ignore": "unneeded"},
        dockerignore=dockerignore,
    )
    together = [item for item in found if len(item.levels) > 1]
    rest = [item for item in found if len(item.levels) == 1]
    better = [item.with_ignored(dockerignore) for item in together]
    return [source, *better, alone, *rest]


def candidates(name: str, text: str, facts: Facts, about: str, target: str = "") -> list[Candidate]:
    """The source, then everything together (what leaves a build stage behind first: nothing saves
    as much), then each improvement alone; no text twice.

    Raises `DockerfileError` for a text that is not a Dockerfile.
    """
    document = Document(text, target)
    found = [Candidate(name, about, text, {})]
    for step, levels in _STEPS:
        wanted = _with_compilers(document, levels, facts)
        found.append(_edited(f"{name}+{step}", document, wanted, facts))
    for factor, level in ALONE:
        found.append(_edited(f"{name}+{factor}={level}", document, {factor: level}, facts))
    compiled = any(manifest.installer == "go" for manifest in facts.manifests)
    most = (MOST_OF_COMPILED, MOST) if compiled else (MOST,)
    return sorted(
        _distinct(found),
        key=lambda x: (bool(x.levels), [not x.name.endswith(end) for end in most]),
    )


def traced(
    name: str, best: Candidate, document: Document, facts: Facts, list_text: str
) -> Candidate | NotApplicable:
    """One candidate (its text is the document's) reduced to the files that were opened while its
    check ran."""
    result = apply(document, {"prune": "traced"}, facts)
    if result.applied[0].reason:
        return NotApplicable(result.applied[0].reason)
    return replace(
        best,
        name=f"{name}+traced",
        about=f"{best.name} with exactly the files that its check opens: not for shipping",
        text=result.document.text,
        levels={**best.levels, "prune": "traced"},
        files={LIST: list_text},
        ships=False,
    )


def _with_compilers(
    document: Document, levels: Mapping[str, str], facts: Facts
) -> Mapping[str, str]:
    """The levels without base=slim where a build stage is split off: what runs is slim then by
    itself, and what builds keeps the compilers of the full image."""
    if levels.get("stages") != "multi" or levels.get("base") != "slim":
        return levels
    (split,) = apply(document, {"stages": "multi"}, facts).applied
    rest = {factor: level for factor, level in levels.items() if factor != "base"}
    return levels if split.reason else rest


def refused(text: str, facts: Facts) -> list[tuple[str, str]]:
    """`factor=level` → why it does not apply, for every improvement that does not."""
    document = Document(text)
    levels = [*ALONE, ("toolchain", "purged")]
    outcomes = [apply(document, {factor: level}, facts).applied[0] for factor, level in levels]
    return [(f"{x.factor}={x.level}", x.reason) for x in outcomes if x.reason]


def without(
    item: Candidate, level: tuple[str, str], source: Candidate, facts: Facts, target: str = ""
) -> Candidate:
    """A combination of edits less one of them; what has it not, or is that edit alone, as it is."""
    if len(item.levels) < 2 or level not in item.levels.items():
        return item
    rest = {x: y for x, y in item.levels.items() if (x, y) != level and x in EDITS}
    found = _edited(item.name, Document(source.text, target), rest, facts)
    if item.dockerignore is not None and level[0] != "ignore":
        found = found.with_ignored(item.dockerignore)
    return found


def combined(
    source: Candidate, document: Document, levels: Mapping[str, str], facts: Facts
) -> Candidate:
    """The source with these edits together, named by those that changed something."""
    found = _edited(source.name, document, levels, facts)
    names = [f"{factor}={level}" for factor, level in found.levels.items()]
    return replace(found, name="+".join([source.name, *names]))


def _edited(name: str, document: Document, levels: Mapping[str, str], facts: Facts) -> Candidate:
    result = apply(document, levels, facts)
    changed = {item.factor: item.level for item in result.applied if not item.reason}
    about = "; ".join(ABOUTS[f"{factor}={level}"] for factor, level in changed.items())
    reasons = tuple((f"{x.factor}={x.level}", x.reason) for x in result.applied if x.reason)
    ships = not _NOT_SHIPPED & changed.keys()
    return Candidate(name, about, result.document.text, changed, reasons, ships=ships)


def _distinct(found: Sequence[Candidate]) -> list[Candidate]:
    """Each text once: with several names for one, the one with the fewest words in it."""
    kept: dict[str, Candidate] = {}
    for item in found:
        known = kept.get(item.text)
        if known is None or (len(item.levels) == 1 and known.levels and len(known.levels) == 1):
            kept.setdefault(item.text, item)
        elif known.levels and len(item.levels) == 1:
            kept[item.text] = item
    return list(kept.values())
