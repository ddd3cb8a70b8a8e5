#!/usr/bin/env bash
# The libraries that each program links are just those its duty needs, and
# each is hardened: position independent, full RELRO, no executable stack,
# stack protector; and no fixtures of tests are in them.  Usage: binaries-check.sh BUILD-FOLDER
set -u
dir=${1:?a build folder}
bad=0

# expect PROGRAM LIBRARY...: exactly these (libc and the loader apart).
expect() {
	local program=$1 got want
	shift
	got=$(readelf -d "$dir/$program" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		sed 's/\.so.*//; s/-2\.1$//' | grep -vE '^(libc|ld-linux-x86-64|libgcc_s)$' | sort | tr '\n' ' ')
	want=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
	if [ "$got" != "$want" ]; then
		echo "$program links: $got"
		echo "  should link: $want"
		bad=1
	fi
	hardened "$program"
}

hardened() {
	local file=$dir/$1 headers dynamic
	headers=$(readelf -hlW "$file" 2>/dev/null) dynamic=$(readelf -dW "$file" 2>/dev/null)
	grep -q 'Type:.*DYN' <<< "$headers" || { echo "$1 is not position independent"; bad=1; }
	grep -q 'GNU_RELRO' <<< "$headers" || { echo "$1 lacks RELRO"; bad=1; }
	grep -qE 'BIND_NOW|FLAGS.*NOW' <<< "$dynamic" || { echo "$1 binds lazily"; bad=1; }
	grep 'GNU_STACK' <<< "$headers" | grep -q 'RWE' && { echo "$1 has an executable stack"; bad=1; }
	readelf -sW "$file" | grep -q '__stack_chk_fail' || { echo "$1 lacks the stack protector"; bad=1; }
}

# tonearm, the command, speaks to the database and makes keys.
expect tonearm libcrypto libinih libpq
expect tonearmd libevent_core libinih
expect tonearm-front libevent_core libcrypto libseccomp
expect tonearm-vault libevent_core libpq libseccomp
expect tonearm-keyring libevent_core libcrypto libseccomp
expect tonearm-portal libevent_core libcrypto libseccomp libjson-c
expect tonearm-egress libevent_core libevent_extra libseccomp
# libunistring, and what it wants of libm, for the titles that an import compares.
expect tonearm-worker libevent_core libcrypto libssl libcurl libjson-c libseccomp libm libunistring
expect tonearm-enroll libevent_core libcrypto libssl libcurl libjson-c libseccomp
expect tonearm-fetch libevent_core libcrypto libssl libcurl libjson-c libseccomp
# What the tests put into a worker of theirs is in no worker that people run.
for program in tonearm-worker tonearm-enroll tonearm-fetch; do
	grep -qE 'test_simple_text|test://' "$dir/$program" && { echo "$program has fixtures of tests"; bad=1; }
done
grep -q test_simple_text "$dir/tonearm-worker-fixtures" || { echo "the fixtures are not where they are looked for"; bad=1; }
[ $bad = 0 ] && echo "link sets and hardening are as they should be"
exit $bad
