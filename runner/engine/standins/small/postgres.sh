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
# what is mounted there for the official image, as far as it goes through
if [ -d /docker-entrypoint-initdb.d ]; then
  pg_ctl -D /data/db -w -o "-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sql) psql -q -h /tmp -U "$user" -d "$database" -f "$file" || true ;;
      *.sh) PGHOST=/tmp PGUSER=$user POSTGRES_USER=$user POSTGRES_DB=$database bash "$file" || true ;;
    esac
  done
  pg_ctl -D /data/db -m fast -w stop >/dev/null
fi
echo 'host all all all trust' >>/data/db/pg_hba.conf
exec postgres -D /data/db -c listen_addresses='*' -c fsync=off -c unix_socket_directories=/tmp
