#!/bin/sh
# Options, files and scripts of package.json are Bun's; a program is started as it is.
if [ $# = 0 ] || [ "${1#-}" != "$1" ] || ! command -v "$1" >/dev/null || [ -f "$1" -a ! -x "$1" ]; then
  exec bun "$@"
fi
exec "$@"
