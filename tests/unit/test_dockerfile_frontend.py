"""What an older frontend cannot read, written so that it can."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.frontend import (
    without_heredocs,
    without_mounts_of_caller,
    without_new_flags,
    without_stages,
)


def test_a_script_becomes_the_same_script_in_exec_form() -> None:
    text = (
        'FROM a\nRUN <<EOF\napk update\necho "x"\nEOF\n'
        "RUN --mount=type=cache,target=/x <<-E\n\tb\n\tE\nCMD y\n"
    )
    assert without_heredocs(Document(text)).text == (
        'FROM a\nRUN ["/bin/sh", "-c", "apk update\\necho \\"x\\"\\n"]\n'
        'RUN --mount=type=cache,target=/x ["/bin/sh", "-c", "b\\n"]\nCMD y\n'
    )


def test_a_command_reads_its_here_document_in_exec_form() -> None:
    text = "FROM a\nRUN --mount=type=tmpfs,target=/x python - <<'E' && \\\n  b\nprint()\nE\nCMD y\n"
    assert without_heredocs(Document(text)).text == (
        "FROM a\nRUN --mount=type=tmpfs,target=/x "
        '["/bin/sh", "-c", "python - <<\'E\' && b\\nprint()\\nE\\n"]\nCMD y\n'
    )


def test_a_file_that_stands_in_the_dockerfile_is_written_by_a_run() -> None:
    text = (
        "FROM a\nUSER me\n"
        "COPY --chmod=755 --chown=me <<EOT /etc/app/\nport $PORT \\\\\nEOT\nCMD y\n"
    )
    assert without_heredocs(Document(text)).text == (
        'FROM a\nUSER me\nUSER 0\nRUN ["/bin/sh", "-ec", "mkdir -p \\"$(dirname /etc/app/EOT)\\"\\n'
        "cat > /etc/app/EOT <<EOT\\nport $PORT \\\\\\\\\\nEOT\\n"
        'chmod 755 /etc/app/EOT\\nchown me /etc/app/EOT"]\nUSER me\nCMD y\n'
    )


def test_the_user_of_the_stage_below_comes_back_behind_it() -> None:
    text = "FROM a AS b\nUSER me\nFROM b\nCOPY <<E /x\ny\nE\nRUN z\n"
    found = without_heredocs(Document(text)).text
    assert "FROM b\nUSER 0\nRUN [" in found
    assert found.endswith("\nUSER me\nRUN z\n")


@pytest.mark.parametrize(
    "copy",
    [
        "COPY <<A <<B /x/\na\nA\nb\nB\n",
        "COPY <<A /x\n$(id)\nA\n",
        "COPY <<A /x\n`id`\nA\n",
        "COPY --parents <<A /x\ny\nA\n",
        "COPY <<A /x;id\ny\nA\n",
    ],
)
def test_what_a_shell_would_understand_otherwise_stays(copy: str) -> None:
    assert without_heredocs(Document(f"FROM a\n{copy}")).text == f"FROM a\n{copy}"


def test_an_interpreter_that_the_script_names_runs_it() -> None:
    text = "FROM a\nRUN <<EOF\n#!/bin/bash -e\na\nEOF\n"
    assert (
        '["/bin/bash", "-e", "-c", "#!/bin/bash -e\\na\\n"]'
        in without_heredocs(Document(text)).text
    )


def test_stages_that_nothing_needs_go() -> None:
    text = "ARG V=1\nFROM a AS b\nRUN x\nFROM b AS c\nRUN y\nFROM d\nCOPY --from=b /x /\n"
    assert without_stages(Document(text), {0, 2}).text == (
        "ARG V=1\nFROM a AS b\nRUN x\nFROM d\nCOPY --from=b /x /\n"
    )


def test_flags_that_only_say_how_fast_are_left_out() -> None:
    text = (
        "FROM x\nCOPY --link --chown=1 a b\nADD --link c d\nRUN echo --link\n"
        "HEALTHCHECK --interval=5s --start-interval=1s \\\n  CMD test --start-interval=2s\n"
    )
    assert without_new_flags(Document(text)).text == (
        "FROM x\nCOPY --chown=1 a b\nADD c d\nRUN echo --link\n"
        "HEALTHCHECK --interval=5s \\\n  CMD test --start-interval=2s\n"
    )


def test_what_a_builder_may_be_given_is_left_out_and_what_it_must_be_stays() -> None:
    text = (
        "FROM x\nRUN --mount=type=ssh --mount=type=cache,target=/c pip install -r r.txt\n"
        "RUN --mount=type=secret,id=a \\\n--mount=type=secret,id=b,env=B \\\n"
        "  --network=none make\n"
        "RUN --mount=type=secret,id=a,required=true make b\nRUN echo --mount=type=ssh\n"
    )
    assert without_mounts_of_caller(Document(text)).text == (
        "FROM x\nRUN --mount=type=cache,target=/c pip install -r r.txt\n"
        "RUN \\\n \\\n  --network=none make\n"
        "RUN --mount=type=secret,id=a,required=true make b\nRUN echo --mount=type=ssh\n"
    )


def test_many_blanks_are_read_once() -> None:
    text = f"FROM x\nRUN{' ' * 200_000}echo\n"
    assert without_mounts_of_caller(Document(text)).text == text
    assert without_new_flags(Document(text.replace("RUN", "COPY --link"))).text
