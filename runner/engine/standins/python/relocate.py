"""Runs inside the stand-ins' build: makes Debian's CPython one that lives in /usr/local.

`freeze SITE_PY` prints upstream's site.py as a C header for launcher.c.
`rewrite FILE...` changes Debian's sysconfig data and Makefile in place: prefix, compiler, flags.
"""

import marshal
import pathlib
import re
import sys

FLAGS = {
    "prefix": "/usr/local",
    "exec_prefix": "/usr/local",
    "BINDIR": "/usr/local/bin",
    "SCRIPTDIR": "/usr/local/lib",
    "INCLUDEDIR": "/usr/local/include",
    "CONFINCLUDEDIR": "/usr/local/include",
    "datarootdir": "/usr/local/share",
    "MANDIR": "/usr/local/share/man",
    "WHEEL_PKG_DIR": "",
    "CONFIG_ARGS": "'--enable-shared'",
    "CFLAGS": "-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall",
    "PY_CFLAGS": "-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall",
    "CPPFLAGS": "",
    "LDFLAGS": "",
    "PY_LDFLAGS": "",
    "LDSHARED": "gcc -shared",
    "BLDSHARED": "gcc -shared",
    "LDCXXSHARED": "g++ -shared",
}
"""What the official images' interpreter reports, where a substitution of paths is not enough."""


def freeze(site_py: pathlib.Path) -> None:
    """Print the module's code object as a C array."""
    source = site_py.read_text()
    code = marshal.dumps(compile(source, "<frozen site>", "exec", dont_inherit=True, optimize=0))
    print(f"#define SITE_SIZE {len(code)}")
    print(f"static const unsigned char site_code[] = {{{','.join(map(str, code))}}};")


def rewrite(path: pathlib.Path) -> None:
    """Replace Debian's paths and compiler names in one file."""
    text = re.sub(r"\b\w+-linux-gnu-(?=g(?:cc|\+\+))", "", path.read_text())
    text = re.sub(r"/usr/lib/\w+-linux-gnu\b", "/usr/local/lib", text)
    text = re.sub(r"/usr/(?=(?:lib|include)/python3)", "/usr/local/", text)
    if path.suffix == ".py":
        scope: dict[str, dict[str, object]] = {}
        exec(text, scope)
        values = scope["build_time_vars"] | FLAGS
        entries = "".join(f" {key!r}: {values[key]!r},\n" for key in sorted(values))
        text = "# generated when the stand-in was built\nbuild_time_vars = {\n" + entries + "}\n"
    else:
        for key, value in FLAGS.items():
            line = f"{key}=\t{value}".replace("\\", r"\\")
            text = re.sub(rf"(?m)^{key}=.*$", line, text)
    path.write_text(text)


if __name__ == "__main__":
    command = {"freeze": freeze, "rewrite": rewrite}[sys.argv[1]]
    for name in sys.argv[2:]:
        command(pathlib.Path(name))
