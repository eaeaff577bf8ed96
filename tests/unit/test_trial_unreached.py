"""A package index that does not answer, told from a package that does not exist.

The words of pip, uv, poetry and apt were taken down where nothing listened; those of apk, and of an
index that is slow or answers with errors, are written after them and were not tried.
"""

from __future__ import annotations

import pytest

from runner.model.engine import BuildFailure, BuildResult
from runner.trial.failures import build_ended, telling_line
from runner.trial.index_errors import unreached

PIP = "[build 3/4] RUN pip install -r requirements.txt"
UV = "[3/4] RUN uv pip install --system -r requirements.txt"
APT = "[2/4] RUN apt-get update && apt-get install -y gcc"
APK = "[2/4] RUN apk add --update-cache gcc"
NO_MATCH = (
    "ERROR: Could not find a version that satisfies the requirement flask (from versions: none)\n"
    "ERROR: No matching distribution found for flask"
)


def retrying(left: int, why: str) -> str:
    counts = f"Retry(total={left}, connect=None, read=None, redirect=None, status=None)"
    return f"WARNING: Retrying ({counts}) after connection broken by '{why}': /simple/flask/"


NEW = "NewConnectionError('<pip>: Failed to establish a new connection: "
REFUSED = f"{NEW}[Errno 111] Connection refused')"
UNKNOWN = f"{NEW}[Errno -2] Name or service not known')"
SLOW = "ConnectTimeoutError(<pip>, 'Connection to pypi.org timed out. (connect timeout=15)')"
POETRY = """
All attempts to connect to pypi.org failed.

Probable Causes:
    - the server is not responding to requests at the moment
    - the hostname cannot be resolved by your DNS
    - your network is not connected to the internet

You can also run your poetry command with -v to see more information.
"""
UV_DNS = """\
error: Request failed after 3 retries in 1.7s
  cause: Failed to fetch: https://pypi.org/simple/flask/
  cause: error sending request for url (https://pypi.org/simple/flask/)
  cause: client error (Connect)
  cause: dns error
  cause: error resolving DNS
  cause: failed to lookup address information: Name or service not known"""
APT_DOWN = """\
Err:1 http://deb.debian.org/debian bookworm InRelease
  Could not connect to deb.debian.org:80 (127.0.0.1). - connect (111: Connection refused)
W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Could not connect to x
W: Some index files failed to download. They have been ignored, or old ones used instead.
Reading package lists...
Building dependency tree...
E: Unable to locate package gcc"""
APT_LOST = """\
Err:1 http://deb.debian.org/debian bookworm InRelease
  Temporary failure resolving 'deb.debian.org'
E: Unable to locate package gcc"""
APK_DOWN = """\
fetch https://dl-cdn.alpinelinux.org/v3.20/main/x86_64/APKINDEX.tar.gz
WARNING: fetching https://dl-cdn.alpinelinux.org/v3.20/main: temporary error (try again later)
ERROR: unable to select packages:
  gcc (no such package):
    required by: world[gcc]"""

DOWN = {
    "pip, refused": (PIP, f"{retrying(1, REFUSED)}\n{retrying(0, REFUSED)}\n{NO_MATCH}", "refused"),
    "pip, no name": (PIP, f"{retrying(0, UNKNOWN)}\n{NO_MATCH}", "Name or service not known"),
    "pip, slow": (PIP, f"{retrying(0, SLOW)}\n{NO_MATCH}", "timed out"),
    "pip, answers with errors": (
        PIP,
        retrying(0, "ResponseError('too many 503 error responses')") + f"\n{NO_MATCH}",
        "too many 503 error responses",
    ),
    "uv": (UV, UV_DNS, "Name or service not known"),
    "an older uv": (UV, UV_DNS.replace("cause: ", "Caused by: "), "Name or service not known"),
    "poetry": ("RUN poetry install", POETRY, "attempts to connect"),
    "apt, refused": (APT, APT_DOWN, "Connection refused"),
    "apt, no name": (APT, APT_LOST, "Temporary failure resolving 'deb.debian.org'"),
    "apk": (APK, APK_DOWN, "temporary error"),
    "pip, cut": (
        PIP,
        "pip._vendor.requests.exceptions.ChunkedEncodingError: ('Connection broken:"
        " IncompleteRead(18 bytes read, 49982 more expected)', x)",
        "its answer breaks off",
    ),
    "pip, a file cut": (
        PIP,
        "error: incomplete-download\n\n× Download failed after 6 attempts because not enough bytes"
        " were received (18 bytes/50 kB)\nnote: This is an issue with network connectivity",
        "its answer breaks off",
    ),
    "pip, a file cut, taken for whole": (
        PIP,
        "Collecting flask\n  Downloading flask-3.tar.gz\n"
        "EOFError: Compressed file ended before the end-of-stream marker was reached",
        "its answer breaks off",
    ),
    "pip, a wheel cut, taken for whole": (
        PIP,
        "ERROR: Wheel 'flask' located at /tmp/pip-unpack-a1_b2c3/flask-3-py3-none-any.whl is"
        " invalid.",
        "its answer breaks off",
    ),
    "uv, answers with errors": (
        UV,
        UV_DNS.replace(
            "error sending request for url (https://pypi.org/simple/flask/)",
            "HTTP status server error (500 Internal Server Error) for url (https://pypi.org/x)",
        ).partition("  cause: client")[0],
        "500 Internal Server Error",
    ),
    "apt, answers with errors": (
        APT,
        "Err:1 http://deb.debian.org/debian bookworm/main gcc\n  500  Internal Server Error\n"
        "E: Failed to fetch http://deb.debian.org/x.deb  500  Internal Server Error [IP: 1.2.3.4]",
        "500  Internal Server Error",
    ),
}


@pytest.mark.parametrize(("step", "said", "reason"), DOWN.values(), ids=DOWN.keys())
def test_an_index_that_does_not_answer(step: str, said: str, reason: str) -> None:
    assert reason in unreached(step, said.splitlines())


UP = {
    "a broken archive of the project's own": (
        PIP,
        "Processing ./vendor/flask-3.tar.gz\n"
        "EOFError: Compressed file ended before the end-of-stream marker was reached",
    ),
    "a broken wheel of the project's own": (
        PIP,
        "Processing ./flask-3-py3-none-any.whl\n"
        "ERROR: Wheel 'flask' located at /app/flask-3-py3-none-any.whl is invalid.",
    ),
    "no such package": (PIP, NO_MATCH),
    "an attempt that was made good": (PIP, f"{retrying(4, REFUSED)}\n{NO_MATCH}"),
    "given up on one of two indexes, and then a compiler fails": (
        PIP,
        f"{retrying(0, REFUSED)}\nCollecting flask\n"
        + "\n".join(f"gcc line {number}" for number in range(9))
        + "\nerror: command 'gcc' failed",
    ),
    "uv, no such package": (
        UV,
        "error: No solution found when resolving dependencies\n  cause: Because flask was not found"
        " in the package registry and you require flask, your requirements are unsatisfiable.",
    ),
    "apt, no such package": (APT, "Reading package lists...\nE: Unable to locate package gcc"),
    "apk, no such package": (APK, "ERROR: unable to select packages:\n  gcc (no such package):"),
    "no installer": ("RUN make test", f"{retrying(0, REFUSED)}\n{NO_MATCH}"),
    "silence": (PIP, ""),
    "apt, a file that is gone": (
        APT,
        "E: Failed to fetch http://deb.debian.org/pool/x.deb  404  Not Found [IP: 1.2.3.4 80]",
    ),
}


@pytest.mark.parametrize(("step", "said"), UP.values(), ids=UP.keys())
def test_other_failures(step: str, said: str) -> None:
    assert unreached(step, said.splitlines()) == ""


def test_the_failure_says_so_without_credentials() -> None:
    log = (retrying(0, REFUSED), f"Looking in indexes: https://me:s3cret@index/\n{NO_MATCH}")
    failure = BuildFailure(PIP, "did not complete successfully", 1)
    end = build_ended(BuildResult("", 1.0, log=log, failure=failure))
    assert end.failure.message == (
        "exit code 1: the package index does not answer (Connection refused): check the network, or"
        " name another one with mirror=custom"
    )
    assert "s3cret" not in str(end.failure)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            PIP,
            "Collecting shop@ https://codes.org/shop.tar.gz (from shop[x]@ https://codes.org/x)\n"
            f"{retrying(0, UNKNOWN)}\n"
            "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool("
            "host='codes.org', port=443): Max retries exceeded with url: /shop.tar.gz",
        ),
        (
            UV,
            "  × Failed to download `shop @ https://codes.org/shop.tar.gz`\n"
            "  cause: error sending request for url (https://codes.org/shop.tar.gz)\n"
            "  cause: dns error",
        ),
    ],
)
def test_a_host_that_a_requirement_names_is_not_the_index(step: str, said: str) -> None:
    assert unreached(step, said.splitlines()) == ""
    elsewhere = said.replace("host='codes.org'", "host='pypi.org'")
    elsewhere = elsewhere.replace("url (https://codes.org", "url (https://pypi.org")
    assert unreached(step, elsewhere.splitlines())


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            [
                "Traceback",
                "Exception: no URL",
                "[1] Shutting down",
                "Reason: Worker failed to boot.",
            ],
            "Exception: no URL",
        ),
        (["shop.settings.MissingError: a", "b"], "shop.settings.MissingError: a"),
        (["an error is not an exception", "exit"], "an error is not an exception"),
        (["nothing", "at all", ""], "at all"),
        (
            [
                "npm error Missing: a@1.0.0 from lock file",
                "npm error Missing: b@1.0.0 from lock file",
                "npm error Usage:",
                'npm error Run "npm help ci" for more info',
            ],
            "npm error Missing: a@1.0.0 from lock file",
        ),
        (
            [
                " ERROR  error during build:",
                "Error:",
                '  Configure "limit" to change it',
                "",
                "    at async build (dep.js:1:1)",
                "error Command failed with exit code 1.",
            ],
            'Error: Configure "limit" to change it',
        ),
        (
            [
                "src/a.ts(3,1): error TS2304: Cannot find name 'x'.",
                "npm error code 2",
                "npm error path /app",
                "npm error command failed",
                "npm error command sh -c tsc",
            ],
            "src/a.ts(3,1): error TS2304: Cannot find name 'x'.",
        ),
        (["a", "error Command failed with exit code 1."], "error Command failed with exit code 1."),
        (["main.c:1: fatal error: x.h", "make: *** [all] Error 1"], "main.c:1: fatal error: x.h"),
        (["ERROR: failed for:", ""], "ERROR: failed for:"),
        (
            [
                "      Cython.Compiler.Errors.CompileError: a.pyx",
                "  note: This error originates from a subprocess, and is likely not a problem",
                "error: subprocess-exited-with-error",
                "note: This error originates from a subprocess, and is likely not a problem",
            ],
            "Cython.Compiler.Errors.CompileError: a.pyx",
        ),
    ],
)
def test_the_line_that_tells_is_what_was_raised(log: list[str], said: str) -> None:
    assert telling_line(log) == said
