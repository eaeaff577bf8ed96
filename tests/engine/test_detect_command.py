"""What a Dockerfile is said to start is what the engine says of the image that it builds."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from runner.detect.dockerfile import Dockerfile
from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from tests.engine.contexts import write_context

ENTRIES = ("", "ENTRYPOINT /bin/echo p1", 'ENTRYPOINT ["/bin/echo", "p1"]')
COMMANDS = ("", "CMD /bin/echo p2", 'CMD ["/bin/echo", "p2"]')
LOWER = ("", 'ENTRYPOINT ["/bin/lower"]\n', 'CMD ["lower"]\n')
"""What a stage below says."""
MORE = (
    "CMD /bin/echo p2\nENTRYPOINT /bin/echo p1",
    'CMD ["p2"]\nENTRYPOINT ["/bin/echo"]',
    'ENTRYPOINT ["/bin/lower"]\nFROM lower\nENTRYPOINT []\nCMD ["x"]',
    'CMD ["x"]\nFROM lower\nCMD []\nENTRYPOINT ["y"]',
    'SHELL ["/bin/busybox", "sh", "-c"]\nENTRYPOINT a | b\nCMD c',
    "CMD ['x', 'y']",
)


def cases() -> list[str]:
    """The nine combinations, alone and on top of another stage, and what is said in other ways."""
    nine = [f"{entry}\n{command}" for entry, command in product(ENTRIES, COMMANDS)]
    return [f"{lower}FROM lower\n{case}" for lower in LOWER for case in nine] + list(MORE)


@pytest.mark.parametrize("builder", list(BuilderName), ids=lambda name: name.value)
def test_entrypoint_and_cmd_are_what_the_image_says(
    builder: BuilderName, engine: DockerEngine, tmp_path: Path
) -> None:
    """Without the cache: the classic builder asks it of every image that there is, and fails where
    one of them is removed meanwhile."""
    wrong = []
    for number, case in enumerate(cases()[:: 1 if builder is BuilderName.buildkit else 3]):
        text = f"FROM scratch AS lower\nCOPY Dockerfile /\n{case}\n"
        context = write_context(tmp_path / f"{number}.tar", text)
        request = BuildRequest(context=context, labels={labels.OWNER: "test"}, no_cache=True)
        result = builder_for(builder, engine).build(request)
        assert result.failure is None, (text, result.failure)
        config = engine.client.images.get(result.image_id).attrs["Config"]
        started = [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]
        if Dockerfile(text).process != started:
            wrong.append((case, Dockerfile(text).process, started))
        remove_built(engine, result)
    assert wrong == []
