"""Base images from a registry, pinned by the digest that it gave."""

from __future__ import annotations

from runner.engine.bases.images import describe_base, engine_errors, find_image
from runner.engine.port import BaseProvider, Engine
from runner.engine.standins.references import familiar
from runner.model.engine import BaseImage
from runner.model.errors import BaseError, EngineLostError, RefusedError
from runner.model.levels import Base, Provider
from runner.model.progress import Progress
from runner.model.text import one_line

ANSWER_TIMEOUT_S = 5.0
"""How long a registry may take to say whether it has an image."""

NO_ANSWER = "no registry answers"
"""Begins what is said where the registry itself is out of reach."""
_PULL_ESTIMATE_S = 60.0
_LOGIN_WORDS = ("no basic auth credentials", "unauthorized", "authentication required", "denied")
_MISSING_WORDS = ("manifest unknown", "not found", "no such manifest", "name unknown")


class Registry:
    """Pulls base images."""

    def __init__(self, reason: str = "") -> None:
        self._reason = reason or "base.provider=registry"

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The image of this level, pulled and pinned; raises `BaseError` saying why it cannot be.

        An image that was pulled before is used without asking the registry again, unless
        base.refresh says so.
        """
        reference = base.image
        pinned = None if base.refresh else pinned_reference(engine, reference)
        if pinned is None:
            progress.begin(f"pulling {reference}", _PULL_ESTIMATE_S)
            try:
                pull(engine, reference, progress)
            finally:
                progress.end()
            pinned = pinned_reference(engine, reference) or reference
        digest = pinned.partition("@")[2]
        return describe_base(engine, pinned, Provider.registry, self._reason, digest)


def registry_answers(engine: Engine, reference: str) -> str:
    """Why the engine cannot resolve the reference through its registry; empty if it can."""
    with engine.patient(ANSWER_TIMEOUT_S):
        try:
            engine.images.resolve(reference)
        except RefusedError as error:
            return what_is_wrong(reference, error.said)
        except EngineLostError:
            return f"{NO_ANSWER} for {reference} within {ANSWER_TIMEOUT_S:.0f} s"
    return ""


def pinned_reference(engine: Engine, reference: str) -> str | None:
    """`name:tag@sha256:…` of an image that came from a registry and is present, else None."""
    image = find_image(engine, reference)
    if image is None:
        return None
    if "@" in reference:
        return reference
    repository = repository_of(familiar(reference))
    for known in image.get("RepoDigests") or []:
        name, _, digest = str(known).partition("@")
        if familiar(name) == repository and digest:
            return f"{reference}@{digest}"
    return None


def pull(engine: Engine, reference: str, progress: Progress) -> None:
    """Pull an image; raises `BaseError` in the registry's words, with what to do."""
    with engine_errors(f"pulling {reference}"):
        try:
            for message in engine.images.pull(reference):
                if "error" in message:
                    raise BaseError(_advice(reference, what_is_wrong(reference, message["error"])))
                progress.detail(" ".join(str(message.get(key, "")) for key in ("status", "id")))
        except RefusedError as error:
            raise BaseError(_advice(reference, what_is_wrong(reference, error.said))) from error


def repository_of(reference: str) -> str:
    """A reference without its tag: a colon before a slash belongs to a registry's port."""
    head, slash, last = reference.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def what_is_wrong(reference: str, said: str) -> str:
    """What an engine said about a registry, in words that tell the cause."""
    lowered = said.lower()
    if any(words in lowered for words in _LOGIN_WORDS):
        return f"the registry of {reference} asks for a login or has no such image"
    if any(words in lowered for words in _MISSING_WORDS):
        return f"the registry has no {reference}"
    return f"{NO_ANSWER} for {reference}: {cause_of(said)}"


def cause_of(said: str) -> str:
    """The innermost cause in an engine's message, without the addresses that it went through."""
    return one_line(said).rpartition(": ")[2]


def _advice(reference: str, why: str) -> str:
    if "asks for a login" in why:
        host = reference.partition("/")[0] if "/" in reference else ""
        return f"{why}: `docker login {host}".rstrip() + "`, or use base.provider=standin"
    if why.startswith("the registry has no"):
        return f"{why}: check base.image"
    return f"{why}; use base.provider=standin or archive"


def _proof(provider: Registry) -> BaseProvider:
    return provider
