#!/bin/sh
# PostgreSQL with the user and the database that the official image is told of; any password is right.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
initdb -D /data/db -U "$user" --auth=trust --no-sync >/dev/null
if [ "$database" != postgres ]; then
  echo "CREATE DATABASE \"$database\"" | postgres --single -D /data/db postgres >/dev/null
fi
echo 'host all all all trust' >>/data/db/pg_hba.conf
exec postgres -D /data/db -c listen_addresses='*' -c fsync=off -c unix_socket_directories=/tmp
