# shellcheck shell=bash
# Installs missing Debian packages without starting a service and without
# creating PostgreSQL's default cluster; puts everything back afterwards.
# Sourced by quickstart and check.

# packages_missing NAME...: prints the names that are not installed.
packages_missing() {
	local name
	for name in "$@"; do
		# The architecture-qualified form covers multi-arch machines.
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
			printf '%s\n' "$name"
	done
}

# as_root COMMAND...: runs it as root, through sudo where needed.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "This needs root: install sudo, or run as root: $*" >&2
		return 1
	fi
}

# packages_install NAME...: installs what is missing of these.
packages_install() {
	local missing
	mapfile -t missing < <(packages_missing "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	command -v apt-get >/dev/null 2>&1 || {
		echo "Tonearm's set-up knows Debian's apt-get only. Please install: ${missing[*]}" >&2
		return 1
	}
	echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
	# One root shell for all of it, so that sudo asks once and the clean-up runs
	# whatever happens in between.
	as_root env DEBIAN_FRONTEND=noninteractive bash -s -- "${missing[@]}" <<'ROOT'
set -eu
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
kept=$(mktemp -d)
had_policy=no; had_cluster=no
[ -e "$policy" ] && { cp -p "$policy" "$kept/policy"; had_policy=yes; }
[ -e "$cluster" ] && { cp -p "$cluster" "$kept/cluster"; had_cluster=yes; }
put_back() {
	if [ "$had_policy" = yes ]; then cp -p "$kept/policy" "$policy"; else rm -f "$policy"; fi
	if [ "$had_cluster" = yes ]; then
		cp -p "$kept/cluster" "$cluster"
	elif [ -e "$cluster" ]; then
		# Ours or the package's own: leave the package's default behind.
		sed -i '/^create_main_cluster = false$/d' "$cluster"
	fi
	rm -rf "$kept"
}
trap put_back EXIT
printf '#!/bin/sh\nexit 101\n' > "$policy"
chmod 755 "$policy"
mkdir -p "${cluster%/*}"
printf 'create_main_cluster = false\n' >> "$cluster"
log=$(mktemp)
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends \
	-o Dpkg::Options::=--force-confold "$@"; } > "$log" 2>&1 < /dev/null; then
	tail -n 30 "$log" >&2
	echo "apt-get could not install the packages (log: $log)." >&2
	exit 1
fi
rm -f "$log"
ROOT
}

# What building and running Tonearm needs.
# shellcheck disable=SC2034
packages_build=(gcc libc6-dev make autoconf automake pkg-config
	libevent-dev libcurl4-openssl-dev libjson-c-dev libpq-dev libssl-dev libseccomp-dev
	libunistring-dev libinih-dev libmicrohttpd-dev postgresql-15 postgresql-client-15 ca-certificates
	procps util-linux)
