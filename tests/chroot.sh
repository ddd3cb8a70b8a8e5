#!/usr/bin/env bash
# What a machine with nothing installed makes of it: a fresh Debian 12 in a
# folder, then quickstart (as root and as a user with sudo, from nothing to an
# answered tool call, and its traces after Ctrl-C) or the whole of ./check.
# What is committed is taken, nothing else of this folder.
# Usage: chroot.sh FOLDER root|user|check     (as root; needs debootstrap)
#
# FOLDER/base is the fresh Debian, made once; FOLDER/check and so on are copies.
# Facts from outside that tests compare with (TONEARM_SHARED, or ../shared) are
# laid beside the project where they are here.
#
# shellcheck disable=SC2016,SC2317 # formats of other programs; functions run from traps
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
folder=${1:?a folder} what=${2:?root, user or check}
node=${NODE:-$top/tests/e2e/node_modules/.bin/node}
bad=0

[ "$(id -u)" = 0 ] || { echo "needs root"; exit 2; }
fresh=$folder/$what
base=$folder/base

make_base() {
	local mirror file
	[ ! -e "$base/.done" ] || return 0
	# The same package sources as this machine's.
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1)
	rm -rf "$base"
	debootstrap --variant=minbase bookworm "$base" "$mirror" > "$folder/debootstrap.log" 2>&1
	rm -f "$base/etc/apt/sources.list"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
		[ ! -f "$file" ] || grep -v '^Signed-By' "$file" > "$base$file"
	done
	cp -p /etc/apt/apt.conf.d/* "$base/etc/apt/apt.conf.d/" 2>/dev/null || true
	cp -L /etc/resolv.conf /etc/hosts "$base/etc/"
	touch "$base/.done"
}

# The way to the package servers is this machine's: its own certificate
# authorities and npm settings.
reach_as_here() {
	local file
	mkdir -p "$fresh/usr/local/share/ca-certificates"
	cp /usr/local/share/ca-certificates/*.crt "$fresh/usr/local/share/ca-certificates/" 2>/dev/null || true
	for file in /etc/npmrc "$HOME/.npmrc"; do
		[ ! -f "$file" ] || cp "$file" "$fresh$file"
	done
}

# Processes whose root folder is the fresh machine.
inside() {
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/root" 2>/dev/null)" = "$fresh" ] && echo "${p#/proc/} $(tr '\0' ' ' < "$p/cmdline" 2>/dev/null | cut -c1-80)"
	done
	return 0
}

clean_up() {
	local pid rest
	while read -r pid rest; do
		echo "still running: $pid $rest"
		kill -KILL "$pid" 2>/dev/null || true
	done < <(inside)
	umount -l "$fresh/proc" "$fresh/dev/shm" "$fresh/dev" "$fresh" 2>/dev/null || true
}

fresh_machine() {
	rm -rf --one-file-system "$fresh"
	cp -a "$base" "$fresh"
	reach_as_here
	trap clean_up EXIT
	# Its root is to be a mount: tests make mount namespaces.
	mount --bind "$fresh" "$fresh"
	mount -t proc proc "$fresh/proc"
	mount --bind /dev "$fresh/dev"
	mount -t tmpfs tmpfs "$fresh/dev/shm"
	chroot "$fresh" useradd --create-home newcomer
	if [ "$what" = check ]; then
		# ./check asks git for the list of files.
		git clone -q --no-hardlinks "$top" "$fresh/home/newcomer/tonearm"
		[ ! -d "$shared" ] || cp -R "$shared" "$fresh/home/newcomer/shared"
		chroot "$fresh" chown -R root: /home/newcomer
	else
		mkdir -p "$fresh/home/newcomer/tonearm"
		git archive HEAD | tar -x -C "$fresh/home/newcomer/tonearm"
		chroot "$fresh" chown -R newcomer: /home/newcomer/tonearm
	fi
}

say_bad() {
	echo "FAIL: $*"
	bad=1
}

quickstart() { # AS-USER
	local log=$folder/quickstart-$what.log start=$SECONDS job pid
	if [ "$1" = newcomer ]; then
		chroot "$fresh" sh -c 'apt-get update -q && apt-get install -qy --no-install-recommends sudo' > "$folder/sudo.log" 2>&1
		echo 'newcomer ALL=(ALL) NOPASSWD: ALL' > "$fresh/etc/sudoers.d/newcomer"
		start=$SECONDS
	fi
	env --default-signal=INT,QUIT setsid chroot --userspec="$1" "$fresh" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="/home/newcomer" TERM=dumb \
		bash -c 'cd /home/newcomer/tonearm && exec ./quickstart' > "$log" 2>&1 < /dev/null &
	job=$!
	until grep -q 'is running' "$log"; do
		kill -0 "$job" 2>/dev/null || { tail -n 20 "$log"; say_bad "quickstart ended"; return 0; }
		[ $((SECONDS - start)) -lt 300 ] || { tail -n 5 "$log"; say_bad "not ready after 300 s"; break; }
		sleep 0.2
	done
	(cd tests/e2e && "$node" first-call.mjs http://127.0.0.1:8001 http://127.0.0.1:8002 juniper) || say_bad "the first call"
	echo "from ./quickstart to an answered tool call as $1: $((SECONDS - start)) s"
	[ $((SECONDS - start)) -lt 180 ] || say_bad "longer than three minutes"
	# Ctrl-C: a background job would ignore it, hence --default-signal above.
	pid=$(pgrep -g "$job" -f 'quickstart$' | head -n 1)
	kill -INT "${pid:-$job}"
	wait "$job" 2>/dev/null || true
	tail -n 2 "$log"
	[ -z "$(inside)" ] || say_bad "processes left behind: $(inside)"
	[ -z "$(find "$fresh/tmp" "$fresh/run" -type s)" ] || say_bad "sockets left behind"
	[ ! -e "$fresh/usr/sbin/policy-rc.d" ] || say_bad "policy-rc.d left behind"
	[ -z "$(ls "$fresh/etc/postgresql/15" 2>/dev/null)" ] || say_bad "a database cluster of the system's was made"
	! grep -q 'create_main_cluster = false' "$fresh/etc/postgresql-common/createcluster.conf" || say_bad "createcluster.conf changed"
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd) fresh=$folder/$what base=$folder/base
shared=${TONEARM_SHARED:-$top/../shared}
make_base
fresh_machine
case $what in
root) quickstart root ;;
user) quickstart newcomer ;;
check)
	chroot "$fresh" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb CI=true \
		${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
		bash -c 'cd /home/newcomer/tonearm && time bash .ci/run' || bad=1
	;;
*) echo "root, user or check, not $what"; exit 2 ;;
esac
[ $bad = 0 ] && echo "ok: $what"
exit $bad
