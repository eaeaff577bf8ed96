#!/bin/sh
# Makes the two root file systems that stand-ins begin with, from Debian packages alone:
#   rootfs.sh debian OUT.tar [SOURCE-LINE...]   a minimal Debian (no docs, no perl), like debian:SUITE-slim
#   rootfs.sh tiny   OUT.tar [SOURCE-LINE...]   nothing but the unpacked static busybox
# SOURCE-LINEs are one-line apt sources; without any, mmdebstrap's own default is used.
# CA_DIR names a folder of extra certificates (*.crt) that the machine trusts; they are added.
# APT_CONF names a file with apt settings that the machine's mirror needs.
set -eu
kind=$1 out=$2
shift 2
suite=${SUITE:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
ca_dir=${CA_DIR:-}
if [ -s "${APT_CONF:-}" ]; then
  set -- --aptopt="$APT_CONF" "$@"
fi

# A mirror that stumbles once must not end a run of many minutes.
set -- --aptopt='Acquire::Retries "5"' "$@"

if [ "$kind" = tiny ]; then
  exec mmdebstrap --variant=extract --mode=auto --include=busybox-static \
    "$suite" "$out" "$@"
fi

# What the official images configure for apt and dpkg: no kept .deb files, no translations,
# no fsync for every file. It changes the size and the time of every layer built on top.
set -- --customize-hook="copy-in '$here/apt.conf' /etc/apt/apt.conf.d" \
  --customize-hook="copy-in '$here/dpkg.cfg' /etc/dpkg/dpkg.cfg.d" \
  --customize-hook='mv "$1/etc/apt/apt.conf.d/apt.conf" "$1/etc/apt/apt.conf.d/docker-clean"' \
  --customize-hook='mv "$1/etc/dpkg/dpkg.cfg.d/dpkg.cfg" "$1/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"' \
  --customize-hook='rm -f "$1"/var/cache/apt/*.bin' \
  --customize-hook='sed -i "s/Install-Recommends \"false\";/Install-Recommends \"true\"; /" "$1/etc/apt/apt.conf.d/99mmdebstrap"' \
  "$suite" "$out" "$@"
if [ -n "$ca_dir" ] && [ -n "$(ls "$ca_dir")" ]; then
  set -- --customize-hook='chroot "$1" update-ca-certificates' "$@"
  for crt in "$ca_dir"/*.crt; do
    set -- --customize-hook="copy-in '$crt' /usr/local/share/ca-certificates" "$@"
  done
fi
# usr-is-merged and the merged-usr hook keep usrmerge, and so all of perl (50 MB), out.
exec mmdebstrap --variant=apt --mode=auto \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --include=usr-is-merged,ca-certificates,netbase,tzdata \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='force-unsafe-io' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*/LC_MESSAGES/*' \
  "$@"
