"""Engines that drip, that never end an answer, or that answer with something else: one line each,
in a time and a memory that are bounded."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main
from runner.engine.built_images import ImageFacts, removal_order
from runner.engine.clean import our_containers
from runner.engine.docker import messages, patience
from runner.engine.docker.client import open_client
from runner.engine.docker.containers import DockerContainer
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.socket_images import SocketImages
from runner.engine.port import BuildRefusedError, BuildTimedOutError
from runner.model import labels
from runner.model.engine import BuildRequest
from runner.model.errors import EngineError, ImageError
from tests.hostile.engines import (
    LONG,
    MOST_S,
    SLOW,
    Engine,
    UnixServer,
    deep,
    dripped_body,
    dripped_chunks,
    dripped_head,
    endless,
    endless_chunks,
    handler_of,
    huge_chunk,
    impatient,
    said,
    served,
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    impatient(monkeypatch)
    monkeypatch.chdir(tmp_path)
    found = Engine(Path("engine.sock"))
    with served(UnixServer(str(found.path), handler_of(found)), found):
        yield found


def by_socket(engine: Engine) -> SocketImages:
    return SocketImages(engine.address)


def by_sdk(engine: Engine) -> DockerEngine:
    return DockerEngine(open_client(engine.address), engine.address)


def build(engine: Engine) -> list[Any]:
    request = BuildRequest(NoContext(), timeout_s=1.0)
    return list(by_sdk(engine).build_messages(request, {}))


class NoContext:
    def blocks(self) -> Generator[bytes]:
        yield from ()


CALLS: dict[str, tuple[str, Callable[[Engine], object]]] = {
    "inspect by socket": ("/json", lambda engine: by_socket(engine).inspect("a")),
    "history by socket": ("/history", lambda engine: by_socket(engine).history("a")),
    "export by socket": ("/get", lambda engine: last(by_socket(engine).export("a"))),
    "inspect": ("/json", lambda engine: by_sdk(engine).images.inspect("a")),
    "history": ("/history", lambda engine: by_sdk(engine).images.history("a")),
    "export": ("/get", lambda engine: last(by_sdk(engine).images.export("a"))),
    "find": ("/json", lambda engine: by_sdk(engine).images.find("a")),
    "containers": ("/containers/json", lambda engine: by_sdk(engine).containers.search("a")),
    "root": ("/export", lambda engine: last(by_sdk(engine).containers.export("a", 4096))),
    "info": ("/info", lambda engine: by_sdk(engine).info()),
    "pull": ("/images/create", lambda engine: last(by_sdk(engine).images.pull("a:1"))),
    "load": ("/images/load", lambda engine: last(by_sdk(engine).images.load([b"x"]))),
    "build": ("/build", build),
}
STREAMS = ("export by socket", "export", "root")
"""What may be as long as it likes."""


def last(pieces: Iterable[object]) -> object:
    return [piece for piece in itertools.islice(pieces, 10_000) if piece is None]


MAY_BE_LONG = {endless, endless_chunks, huge_chunk, deep}
DIFFERENT = ("inspect by socket", "export by socket", "inspect", "export", "pull", "build")
"""Calls of which no two take the same way."""


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (call, fault)
        for call, fault in itertools.product(CALLS, (*SLOW, *LONG))
        if (call not in STREAMS or fault not in MAY_BE_LONG)
        and (call in DIFFERENT or fault in (dripped_chunks, endless_chunks))
    ],
)
def test_no_answer_holds_a_call(
    engine: Engine, call: str, fault: Callable[[Engine], Iterable[bytes]]
) -> None:
    engine.faulty, ask = CALLS[call]
    engine.fault = lambda: fault(engine)
    begun_s = time.monotonic()
    with pytest.raises((EngineError, ImageError, BuildRefusedError, BuildTimedOutError)) as found:
        ask(engine)
    assert time.monotonic() - begun_s < MOST_S
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 1000


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"null",
        b"1",
        b'{"Id": 1}',
        b'{"Id": "a", "RootFS": []}',
        b'{"Id": "a", "Size": "x"}',
        b'{"Id": "a", "RootFS": {"Layers": {"a": 1}}}',
        b'{"Id": "a", "Config": {"Env": "A=1"}}',
        b'{"Id": "a", "GraphDriver": {"Data": []}}',
        b'{"Id": "a", "Config": {"Healthcheck": []}}',
    ],
)
def test_an_answer_of_another_shape_is_named(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    for images in (by_socket(engine), by_sdk(engine).images):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            images.inspect("a")


@pytest.mark.parametrize("fault", [dripped_body, endless, deep])
def test_inspect_ends_with_one_line(
    engine: Engine,
    fault: Callable[[Engine], Iterable[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine.faulty, engine.fault = "/json", lambda: fault(engine)
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    assert main(["inspect", "a:1", "--engine", "existing"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"dockbench: the engine at {engine.address} stopped answering")


def test_patience_is_renewed_by_what_comes() -> None:
    kept = patience.Patience(10, renewed_by_bytes=100)
    for _ in range(5):
        kept.take(60, waited_s=6)
        kept.take(60, waited_s=3)
        assert kept.left_s == 10
    kept.take(99, waited_s=9)
    assert kept.left_s == 1


def test_messages_are_split_wherever_they_are_cut() -> None:
    written = b'{"a": 1}\r\n\n[1]\n{"b": "' + b"x" * 100 + b'"}\n{"c": 3}'
    for size in (1, 2, 7, 50, 1000):
        pieces = [written[at : at + size] for at in range(0, len(written), size)]
        assert [set(message) for message in messages.split_messages(pieces)] == [
            {"a"},
            {"b"},
            {"c"},
        ]


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"null",
        b'"x"',
        b"[1]",
        b'{"NCPU": "x"}',
        b'{"ID": []}',
        b'{"MemTotal": 1e400}',
        b'{"DriverStatus": [1]}',
        b'{"SecurityOptions": 5}',
    ],
)
def test_what_an_engine_says_of_itself_has_to_read_like_that(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/info", lambda: [said(answer)]
    for ask in (by_sdk(engine).info, by_sdk(engine).system):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            ask()


@pytest.mark.parametrize("answer", [b"{}", b"[1]", b'[{"Id": 5}]', b'[{"Id": "a", "Labels": []}]'])
def test_a_list_of_another_shape_is_named(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    for ask in (by_sdk(engine).containers.search, by_sdk(engine).images.search):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            ask("a")


@pytest.mark.parametrize("answer", [b"1", b"[1]", b'[{"Name": 5}]', b'[{"Name": "../a"}]', b"[{}]"])
def test_a_list_of_networks_or_volumes_of_another_shape_is_named(
    engine: Engine, answer: bytes
) -> None:
    containers = by_sdk(engine).containers
    for path, ask, said_so in (
        ("/networks", containers.networks, answer),
        ("/volumes", containers.volumes, b'{"Volumes": %s}' % answer),
        ("/volumes", containers.volumes, answer),
    ):
        engine.faulty, engine.fault = path, lambda body=said_so: [said(body)]  # type: ignore[misc]
        with pytest.raises(EngineError, match="something else than what was asked for"):
            ask("a")


CONTAINER = b'{"Id": "c1", "State": {}, "NetworkSettings": {}}'


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b'{"Id": ""}',
        b'{"Id": "c1"}',
        CONTAINER.replace(b'"c1"', b'"../c1"'),
        CONTAINER.replace(b'"State": {}', b'"State": {"Pid": "1"}'),
        CONTAINER.replace(b'"State": {}', b'"State": {"Health": 1}'),
        CONTAINER.replace(b'"NetworkSettings": {}', b'"NetworkSettings": {"Networks": []}'),
        CONTAINER.replace(b"{}}", b'{"Ports": {"1/tcp": [{"HostPort": "-1"}]}}}'),
        CONTAINER.replace(b'"c1"', b'"c1", "Path": "\\ud800"'),
    ],
)
def test_a_container_of_another_shape_is_named(engine: Engine, answer: bytes) -> None:
    containers = by_sdk(engine).containers
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    with pytest.raises(EngineError, match="something else than what was asked for"):
        containers.inspect("c1")
    engine.fault = lambda: [said(CONTAINER)]
    assert containers.inspect("c1")["Id"] == "c1"
    engine.faulty, engine.fault = "/create", lambda: [said(b'{"Id": ["c1"]}')]
    with pytest.raises(EngineError, match="something else than what was asked for"):
        containers.create("a", labels={})


@pytest.mark.parametrize("fault", [dripped_head, dripped_body, endless])
def test_a_command_in_a_container_is_not_waited_for_without_end(
    engine: Engine, fault: Callable[[Engine], Iterable[bytes]]
) -> None:
    engine.faulty, engine.fault = "/c1/json", lambda: [said(CONTAINER)]
    container = DockerContainer(by_sdk(engine).client.api, "c1", engine.address)
    engine.others["/c1/exec"] = lambda: [said(b'{"Id": "e1"}')]
    engine.fault = lambda: fault(engine)
    for engine.faulty in ("/exec/e1/start", "/c1/logs"):
        begun_s = time.monotonic()
        with pytest.raises(EngineError):
            container.execute(["cat"]) if "exec" in engine.faulty else container.logs(5)
        assert time.monotonic() - begun_s < MOST_S


@pytest.mark.parametrize("answer", [b"{}", b'{"Running": 1}', b'{"Running": false}'])
def test_an_exit_code_that_is_not_said_is_none(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/c1/json", lambda: [said(CONTAINER)]
    container = DockerContainer(by_sdk(engine).client.api, "c1", engine.address)
    engine.others = {
        "/c1/exec": lambda: [said(b'{"Id": "e1"}')],
        "/start": lambda: [said(b"")],
    }
    engine.faulty, engine.fault = "/exec/e1/json", lambda: [said(answer)]
    if answer == b'{"Running": false}':
        assert container.exit_code_of(["true"], 0.2) is None
    else:
        with pytest.raises(EngineError, match="something else than what was asked for"):
            container.exit_code_of(["true"], 0.2)


@pytest.mark.parametrize(
    "answer",
    [
        b'{"Id": "a", "RepoTags": 5}',
        b'{"Id": "a", "Parent": []}',
        b'{"Id": "a", "Size": -5}',
        b'{"Id": "a", "Size": 1000000000000000000000000000000}',
        b'{"Id": "a", "Os": "\\ud800"}',
        b"[]",
    ],
)
def test_what_is_found_of_an_image_is_looked_at(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    with pytest.raises(EngineError, match="something else than what was asked for"):
        by_sdk(engine).images.find("a")


def test_images_that_are_built_on_each_other_end_nothing() -> None:
    """No engine has such; one that says so would otherwise hold `clean` for ever."""
    circle = [ImageFacts(f"sha256:{at}", f"sha256:{(at + 1) % 3}", (), (), True) for at in range(3)]
    own = ImageFacts("sha256:9", "sha256:9", (), (), True)
    upper = ImageFacts("sha256:8", "sha256:0", (), (), True)
    order = [image_id for image_id, _ in removal_order([*circle, own, upper])]
    assert sorted(order) == sorted(image.id for image in [*circle, own, upper])
    assert order.index("sha256:8") < order.index("sha256:0")


@pytest.mark.parametrize("line", [b'{"stream": "\\ud800"}', b"[" * 100_000, b'{"a": 1e', b"\xff"])
def test_a_message_that_is_not_json_is_one_line(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"a message is not JSON: [^\n]+$"):
        list(messages.split_messages([line, b"\n"]))


def test_a_container_without_its_image_is_left_alone(engine: Engine) -> None:
    listed = b'[{"Id": "c1", "Labels": {"%s": "check"}}]' % labels.OWNER.encode()
    engine.faulty, engine.fault = "/containers/json", lambda: [said(listed)]
    assert our_containers(by_sdk(engine)) == []
