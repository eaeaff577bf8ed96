#!/bin/sh
# Starts the application that is found: /app/app/main.py, else /app/main.py; settings come from
# the environment (see gunicorn_conf.py).
set -e

if [ -f /app/app/main.py ]; then
    module=app.main
else
    module=main
fi
if [ -f /app/prestart.sh ]; then
    . /app/prestart.sh
fi
exec gunicorn -k "${WORKER_CLASS:-uvicorn.workers.UvicornWorker}" -c "${GUNICORN_CONF:-/gunicorn_conf.py}" \
    "${APP_MODULE:-$module:${VARIABLE_NAME:-app}}"
