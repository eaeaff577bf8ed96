#!/bin/sh
# MariaDB with the user and the database that the official images of it and of MySQL are told of.
set -eu
user=${MYSQL_USER:-${MARIADB_USER:-}}
password=${MYSQL_PASSWORD:-${MARIADB_PASSWORD:-}}
root=${MYSQL_ROOT_PASSWORD:-${MARIADB_ROOT_PASSWORD:-}}
database=${MYSQL_DATABASE:-${MARIADB_DATABASE:-}}
mariadb-install-db --datadir=/data/db --auth-root-authentication-method=normal --skip-test-db >/dev/null
{
  # users of this machine come before those of any other, and have no password
  echo "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> '%');"
  echo "FLUSH PRIVILEGES;"
  if [ -n "$database" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$database\`;"; fi
  for name in root ${user:+"$user"}; do
    secret=$password
    [ "$name" = root ] && secret=$root
    echo "CREATE USER IF NOT EXISTS '$name'@'%' IDENTIFIED BY '$secret';"
    echo "GRANT ALL ON *.* TO '$name'@'%' WITH GRANT OPTION;"
  done
} >/data/init.sql
# what is mounted there for the official image, as far as it goes through
if [ -d /docker-entrypoint-initdb.d ]; then
  mariadbd --datadir=/data/db --skip-networking --init-file=/data/init.sql --socket=/tmp/mysql.sock &
  export MYSQL_PWD=$root
  until mariadb-admin --socket=/tmp/mysql.sock -u root ping >/dev/null 2>&1; do sleep 0.2; done
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sql) mariadb --socket=/tmp/mysql.sock -u root --force ${database:+"$database"} <"$file" || true ;;
      *.sh) bash "$file" || true ;;
    esac
  done
  mariadb-admin --socket=/tmp/mysql.sock -u root shutdown
  wait
  unset MYSQL_PWD
fi
exec mariadbd --datadir=/data/db --bind-address=0.0.0.0 --init-file=/data/init.sql --socket=/tmp/mysql.sock
