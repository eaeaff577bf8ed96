#!/bin/sh
# RabbitMQ with the user and the virtual host that the official image is told of.
set -eu
export HOME=/data RABBITMQ_NODENAME=rabbit@localhost ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_MNESIA_BASE=/data/db RABBITMQ_LOG_BASE=/data/log RABBITMQ_LOGS=-
export RABBITMQ_PID_FILE=/data/pid RABBITMQ_ENABLED_PLUGINS_FILE=/data/plugins
export RABBITMQ_CONFIG_FILE=/data/rabbitmq.conf
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
{
  echo "listeners.tcp.default = 5672"
  echo "loopback_users = none"
  echo "default_user = ${RABBITMQ_DEFAULT_USER:-guest}"
  echo "default_pass = ${RABBITMQ_DEFAULT_PASS:-guest}"
  echo "default_vhost = ${RABBITMQ_DEFAULT_VHOST:-/}"
} >/data/rabbitmq.conf
exec /usr/lib/rabbitmq/bin/rabbitmq-server
