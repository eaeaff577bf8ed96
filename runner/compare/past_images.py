"""The Node or the Python that a tag without a version meant on the day of a project's last commit,
where the project does not work with that of today."""

from __future__ import annotations

from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.compare.python_of_day import OF_WHEELS
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.images_of_day import image_of_day, is_python, with_images
from runner.ecosystems.node import NEWEST


def past_images(
    own: OwnDockerfile, day: date, cause: str, today: date, python: str = ""
) -> PastPackages | None:
    """A Dockerfile built on those images, on that release of `python` where one is named; None
    where it names a version, or today's is the same. Nobody has chosen the version of a plain
    one."""
    try:
        document = Document(own.dockerfile.text, own.target)
        found = {x.reference: image_of_day(x.reference, day, python) for x in document.stages}
        found = {x: y for x, y in found.items() if not python or is_python(x)}
    except DockerfileError:
        return None
    plain = f"node:{NEWEST}"
    if own.plain and plain in found and _is_old(day, today):
        found[plain] = image_of_day("node:lts", day)
    images = {
        before: after
        for before, after in found.items()
        if after and after not in (before, image_of_day(before, today))
    }
    if not images:
        return None
    text = with_images(document, images).text
    meant = ", ".join(f"{after} for {before}" for before, after in images.items())
    why = f"as on {day}, the day of its last commit"
    why = OF_WHEELS if python else why
    line = (
        f"all was measured on {meant}, {why}, which the recommended Dockerfile names; with that of"
        f" today {cause}"
    )
    return PastPackages.of_dockerfile(own, day, cause, text, line)


def _is_old(day: date, today: date) -> bool:
    return image_of_day("node:lts", day) != image_of_day("node:lts", today)
