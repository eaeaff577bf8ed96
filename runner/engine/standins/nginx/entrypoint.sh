#!/bin/sh
# What the official entry point does for nginx: fill in templates, run the scripts of the image.
set -eu
if [ "${1:-}" = nginx ] || [ "${1:-}" = nginx-debug ]; then
  known=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
  templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
  out=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
  find "$templates" -name '*.template' 2>/dev/null | while read -r template; do
    filled=$out/${template#"$templates"/}
    mkdir -p "$(dirname "$filled")"
    envsubst "$known" <"$template" >"${filled%.template}"
  done
  for script in /docker-entrypoint.d/*; do
    case $script in
      *.envsh) if [ -x "$script" ]; then . "$script"; fi ;;
      *.sh) if [ -x "$script" ]; then "$script"; fi ;;
    esac
  done
fi
exec "$@"
