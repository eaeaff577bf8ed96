"""What the readers raise in the depth, and how names from an archive are shown in messages."""

from __future__ import annotations

from runner.model.errors import ImageError

_SHOWN_CHARACTERS = 120


class DamagedError(ImageError):
    """What is wrong with an image, without the place: the reader adds its source and what to do."""

    advice = ""
    """What to do where it does not help to make the image again."""

    def told(self, advice: str) -> str:
        """What is wrong and what to do: usually `advice`."""
        return f"{self}; {self.advice or advice}"


class LimitError(DamagedError):
    """An image that asks more of this machine than one of the `Limits` allows."""

    advice = "no image beyond it is read (docs/archives.md has the limits)"

    def __init__(self, name: str, limit: float, why: str = "", advice: str = "") -> None:
        detail = f" ({why})" if why else ""
        self.advice = advice or self.advice
        super().__init__(f"it is beyond the limit `{name}` of {limit:.0f}{detail}")


class ChoiceError(DamagedError):
    """An archive from which no image or more than one could be meant."""

    advice = "name one of them with --ref (name, digest or @N), or save that image alone"


class ForeignLayerError(DamagedError):
    """A layer that its image names and no archive holds."""

    advice = "load it on an engine, which fetches that layer, and name the image there"


class OtherArtifactError(DamagedError):
    """Something that is kept like an image and is none."""

    advice = "name a container image"

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.advice = advice or self.advice


class EncryptedLayerError(DamagedError):
    """A layer that only the holder of a key can read."""

    advice = (
        "decrypt it first: `skopeo copy --decryption-key KEY oci:ENCRYPTED oci:PLAIN`, and name"
        " what that writes"
    )


class NotAnImageError(DamagedError):
    """A file or a directory of another kind, which saving again does not make an image."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.advice = advice


LAYER = "a layer's tarball"
ARCHIVE = "the archive"


def cut_off(within: str, what: str = LAYER) -> DamagedError:
    """Of a tarball that ends within a file or a header."""
    return DamagedError(f"{what} is cut off: it ends inside {within}")


def missing(path: str, *, whole: bool = True) -> DamagedError:
    """Of a file that an image's archive lacks; one that is not `whole` ended before."""
    if whole:
        return DamagedError(f"{shown(path)} is missing")
    return DamagedError(f"{ARCHIVE} is cut off: it ends between two files, before {shown(path)}")


def shown(name: str | bytes) -> str:
    """A name from an archive, in quotes and on one line whatever bytes it has."""
    if isinstance(name, bytes) or not name.isprintable():
        return _cut(ascii(name))
    return _cut(f"'{name}'")


def short(text: str) -> str:
    """Text from an archive on one line."""
    return _cut(text if text.isprintable() else ascii(text)[1:-1])


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[: _SHOWN_CHARACTERS - 20]}…{text[-16:]}"
