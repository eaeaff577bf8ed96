"""Tries a builder out: a throw-away image of two files, one of which is run, with a cache mount.

The program that is run is the smallest that there is, so that no base image is needed.
"""

from __future__ import annotations

import struct
import tarfile
import uuid
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from runner.engine.builders import builder_for
from runner.engine.builders.context_file import ContextFile
from runner.engine.built_images import remove_built
from runner.engine.findings import Finding, Status
from runner.engine.port import Engine
from runner.engine.scratch import scratch_directory
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest, BuildResult
from runner.model.errors import EngineError

PROBE_TIMEOUT_S = 30.0
_COPIED = "FROM scratch\nCOPY probe /\n"
_RUN = 'RUN ["/end"]\n'
_RUN_MOUNTED = 'RUN --mount=type=cache,id=dockbench-doctor,target=/cache ["/end"]\n'
_ENTRY = 0x400000
_HEADER, _SEGMENT = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")
_ENDING: Mapping[str, tuple[int, str]] = {
    # ELF's number of the machine; exit(0) in its code
    "x86_64": (0x3E, "b83c00000031ff0f05"),
    "aarch64": (0xB7, "a80b80d2000080d2010000d4"),
}


def builder(engine: Engine, name: BuilderName) -> Finding:
    """Builds a probe with every ability that this builder should have, and removes it."""
    subject = f"builder {name.value}"
    try:
        program = smallest_program(str(engine.system().get("Architecture")))
        mounted = name is BuilderName.buildkit
        result = _built(engine, name, _dockerfile(program, mounted), program)
        if result.failure is None:
            able = " and cache mounts work" if mounted else ""
            what = f"built a probe in {result.duration_s:.2f} s{able if program else ''}"
            return Finding(Status.ok, subject, what)
        if mounted and program:
            plain = _built(engine, name, _dockerfile(program, mounted=False), program)
            if plain.failure is None:
                why = f"builds, but has no cache mounts: {result.failure.message}"
                step = "use no cache=mount, or an engine from 20.10 on"
                return Finding(Status.warning, subject, why, step)
    except EngineError as error:
        return Finding(Status.problem, subject, str(error), "look at the engine's log")
    return _broken(subject, name, result.failure.message)


def _broken(subject: str, name: BuilderName, why: str) -> Finding:
    if name is BuilderName.buildkit:
        step = "use builder=classic, and look at the engine's log"
        return Finding(Status.problem, subject, f"does not work: {why}", step)
    return Finding(Status.warning, subject, f"does not work: {why}", "use builder=buildkit")


def _dockerfile(program: bytes, mounted: bool) -> str:
    """A file copied; and one run, if there is a program for the engine's machine."""
    if not program:
        return _COPIED
    return f"{_COPIED}COPY end /\n{_RUN_MOUNTED if mounted else _RUN}"


def _built(engine: Engine, name: BuilderName, dockerfile: str, program: bytes) -> BuildResult:
    """Without the cache: the classic builder asks it of every image that there is, and fails where
    one of them is removed meanwhile."""
    probe = f"doctor-{uuid.uuid4().hex[:8]}"
    files = {"Dockerfile": dockerfile.encode(), "probe": probe.encode(), "end": program}
    with scratch_directory() as folder:
        request = BuildRequest(
            context=ContextFile(_written(folder / "context.tar", files)),
            labels={labels.OWNER: probe},
            timeout_s=PROBE_TIMEOUT_S,
            no_cache=True,
        )
        result = builder_for(name, engine).build(request)
    remove_built(engine, result)
    return result


def _written(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, BytesIO(content))
    return path


def smallest_program(machine: str) -> bytes:
    """A static Linux program that ends with exit code 0, for this machine as the kernel calls it;
    empty for one that is not known here.

    Layout: the ELF-64 header and one program header, which loads all of it (System V ABI,
    chapter 4), then the code.
    """
    if machine not in _ENDING:
        return b""
    number, code = _ENDING[machine][0], bytes.fromhex(_ENDING[machine][1])
    start = _ENTRY + _HEADER.size + _SEGMENT.size
    whole = _HEADER.size + _SEGMENT.size + len(code)
    sizes = (_HEADER.size, _SEGMENT.size, 1, 0, 0, 0)
    header = _HEADER.pack(b"\x7fELF\x02\x01\x01", 2, number, 1, start, 64, 0, 0, *sizes)
    segment = _SEGMENT.pack(1, 5, 0, _ENTRY, _ENTRY, whole, whole, 0x1000)
    return header + segment + code
