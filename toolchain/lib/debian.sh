# shellcheck shell=sh
# What the lab and the tests need from Debian: a program on PATH decides, so that another engine than Debian's is left
# alone; of a module of Python, whether the system's own Python has it.

NEEDED='
dockerd docker.io
docker docker-cli
docker-registry docker-registry
skopeo skopeo
mmdebstrap mmdebstrap
sshd openssh-server
ssh openssh-client
iptables iptables
ip iproute2
tc iproute2
nsenter util-linux
losetup mount
mkfs.ext4 e2fsprogs
shellcheck shellcheck
openssl openssl
systemd-analyze systemd
chromium chromium
pg_ctlcluster postgresql
redis-server redis-server
haproxy haproxy
pgbouncer pgbouncer
restic restic
rclone rclone
tcpdump tcpdump
python3:psycopg2 python3-psycopg2
python3:redis python3-redis
'

# is_there PROGRAM, or python3:MODULE
is_there() {
  case $1 in
  python3:*) /usr/bin/python3 -c "import ${1#*:}" >/dev/null 2>&1 ;;
  *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

# Packages for what is not there, one a line.
missing_packages() {
  printf '%s' "$NEEDED" | while read -r program package; do
    [ -n "$program" ] || continue
    is_there "$program" || printf '%s\n' "$package"
  done | sort -u
}

# Debian starts a service when it installs one; while this file is there, it does not.
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# understudy: no service starts during set-up'

forbid_services() {
  [ -e "$POLICY" ] || { printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY" && chmod 755 "$POLICY"; }
}

allow_services() {
  ! grep -qsF "$POLICY_MARK" "$POLICY" || rm -f "$POLICY"
}

# Before anything long: whether the packages are there, or can be installed.
require_debian() {
  packages=$(missing_packages | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  command -v apt-get >/dev/null || die "missing: $packages(Debian packages); install their counterparts of this system"
  [ "$(id -u)" -eq 0 ] || die "missing: $packages; run: sudo apt-get install --no-install-recommends $packages"
}

set_up_debian() {
  allow_services
  require_debian
  [ -n "$packages" ] || return 0
  say "Debian packages: $packages"
  with_clock "apt-get update" "10 s" apt-get update || die "the package lists cannot be read: see apt's words above"
  # Up to Debian 12 the client comes with docker.io.
  apt-cache show docker-cli >/dev/null 2>&1 || packages=$(printf '%s' "$packages" | sed 's/docker-cli/docker.io/')
  forbid_services
  # shellcheck disable=SC2086 # a list of names
  with_clock "apt-get install" "20 s" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends $packages || die "apt-get could not install: $packages"
  allow_services
}
