"""What is written otherwise for the builder at hand: here-documents for a frontend that knows none,
and mounts of secrets that nobody gives."""

from __future__ import annotations

from pathlib import Path

from runner.dockerfile.document import Document
from runner.dockerfile.frontend import without_heredocs, without_mounts_of_caller
from runner.engine.docker.engine import DockerEngine
from tests.engine.contexts import build_image
from tests.engine.test_bases_languages import provided

TEXT = r"""ENV PORT=9 NAME=x
USER nobody
COPY --chmod=755 <<EOT /srv/run.sh
#!/bin/sh
echo "$PORT ${NAME} \$HOME" \\
  two
EOT
COPY --chown=daemon <<'RAW' /etc/app/
raw $PORT `id` $(id)
RAW
RUN test "$(id -un)" = nobody
USER root
RUN python3 - <<'P' > /python && echo behind >> /python
print("from python")
P
RUN <<E
set -e
stat -c '%a %U %n' /srv/run.sh /etc/app/RAW > /listed
E
CMD cat /listed /etc/app/RAW /srv/run.sh /python && HOME=h /srv/run.sh
"""


def test_files_and_scripts_are_what_they_would_be(engine: DockerEngine, tmp_path: Path) -> None:
    base = provided(engine, "python:3.11-slim", "slim")
    text = without_heredocs(Document(f"FROM {base}\n{TEXT}")).text
    image = build_image(engine, tmp_path, text).image_id
    said = engine.client.containers.run(image, remove=True, network_mode="none").decode()
    assert said.splitlines() == [
        "755 root /srv/run.sh",
        "644 daemon /etc/app/RAW",
        "raw $PORT `id` $(id)",
        "#!/bin/sh",
        'echo "9 x $HOME" \\',
        "  two",
        "from python",
        "behind",
        "9 x h two",
    ]


def test_a_build_that_may_have_secrets_is_built_without(
    engine: DockerEngine, tmp_path: Path
) -> None:
    base = provided(engine, "python:3.11-slim", "slim")
    text = (
        f"FROM {base}\nRUN --mount=type=secret,id=token,target=/token --mount=type=ssh \\\n"
        "    test ! -e /token && echo without > /said\nCMD cat /said\n"
    )
    image = build_image(engine, tmp_path, without_mounts_of_caller(Document(text)).text).image_id
    said = engine.client.containers.run(image, remove=True, network_mode="none").decode()
    assert said == "without\n"
