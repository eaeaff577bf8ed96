#!/bin/sh
# adduser, addgroup, deluser and delgroup as the busybox of Alpine has them; that of Debian does not.
set -eu
me=${0##*/}
die() { echo "$me: $*" >&2; exit 1; }
field() { awk -F: -v name="$2" -v at="$3" '$1 == name { print $at }' "$1"; }
used() { cut -d: -f3 "$1" | grep -qx "$2"; }
free() { number=$2; while used "$1" "$number"; do number=$((number + 1)); done; echo "$number"; }
join() {
  [ -n "$(field /etc/passwd "$1" 3)" ] || die "unknown user $1"
  [ -n "$(field /etc/group "$2" 3)" ] || die "unknown group $2"
  awk -F: -v OFS=: -v user="$1" -v group="$2" '$1 == group && index("," $4 ",", "," user ",") == 0 \
    { $4 = $4 == "" ? user : $4 "," user } { print }' /etc/group >/etc/group.new
  cat /etc/group.new >/etc/group && rm /etc/group.new
}
drop() { grep -v "^$2:" "$1" >"$1.new" || true; cat "$1.new" >"$1" && rm "$1.new"; }

case $me in
  adduser) short=h:g:s:G:SDHu:k: long=home:,gecos:,shell:,ingroup:,system,disabled-password,empty-password,no-create-home,uid:,skel: ;;
  addgroup) short=Sg: long=system,gid: ;;
  *) short= long=remove-home ;;
esac
given=$(getopt -n "$me" -o "$short" -l "$long" -- "$@") || exit 1
eval "set -- $given"
first=1000 system= home= gecos= shell= group= id= make=yes remove=
while [ "$1" != -- ]; do
  case $1 in
    -h | --home) home=$2 && shift ;;
    -g | --gecos | --gid) gecos=$2 id=$2 && shift ;;
    -s | --shell) shell=$2 && shift ;;
    -G | --ingroup) group=$2 && shift ;;
    -u | --uid) uid=$2 && shift ;;
    -k | --skel) shift ;;
    -S | --system) system=yes first=100 ;;
    -H | --no-create-home) make= ;;
    --remove-home) remove=yes ;;
  esac
  shift
done
shift
[ $# -ge 1 ] || die "no name"
case $me in
  addgroup)
    if [ $# = 2 ]; then join "$1" "$2"; exit; fi
    [ -z "$(field /etc/group "$1" 3)" ] || die "group '$1' in use"
    echo "$1:x:${id:-$(free /etc/group $first)}:" >>/etc/group ;;
  adduser)
    if [ $# = 2 ] && [ -n "$(field /etc/passwd "$1" 3)" ]; then join "$1" "$2"; exit; fi
    [ -z "$(field /etc/passwd "$1" 3)" ] || die "user '$1' in use"
    uid=${uid:-$(free /etc/passwd $first)}
    ! used /etc/passwd "$uid" || die "uid '$uid' in use"
    named=$group group=${group:-${2:-}}
    if [ -z "$group" ] && [ -n "$system" ]; then group=nogroup; fi
    if [ -z "$group" ]; then
      group=$1 gid=$uid
      ! used /etc/group "$gid" || gid=$(free /etc/group $first)
      echo "$1:x:$gid:" >>/etc/group
    fi
    gid=$(field /etc/group "$group" 3)
    [ -n "$gid" ] || die "unknown group $group"
    home=${home:-/home/$1} shell=${shell:-${system:+/sbin/nologin}}
    echo "$1:x:$uid:$gid:${gecos:-Linux User,,,}:$home:${shell:-/bin/ash}" >>/etc/passwd
    echo "$1:!:0:0:99999:7:::" >>/etc/shadow
    [ -z "$named" ] || join "$1" "$named"
    if [ -n "$make" ] && [ ! -d "$home" ]; then
      mkdir -p "$home" && chown "$uid:$gid" "$home" && chmod 2755 "$home"
    fi ;;
  deluser)
    kept=$(field /etc/passwd "$1" 6)
    [ -n "$(field /etc/passwd "$1" 3)" ] || die "unknown user $1"
    drop /etc/passwd "$1" && drop /etc/shadow "$1" && drop /etc/group "$1"
    [ -z "$remove" ] || rm -rf "$kept" ;;
  delgroup) drop /etc/group "$1" ;;
esac
