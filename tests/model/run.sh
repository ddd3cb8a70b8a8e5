#!/usr/bin/env bash
# Searches the model with spin: nothing may be found in it as it is, and
# something with each precaution taken away.  TAP, with states, depth and time.
#
# usage: run.sh [--full]   (two workers for a minute; --full: two and three, 15 minutes
# each; SECONDS_EACH says otherwise)
set -u
here=$(cd "$(dirname "$0")" && pwd)
full=no
[ "${1:-}" = --full ] && full=yes
seconds=${SECONDS_EACH:-60}
[ "$full" = no ] || seconds=${SECONDS_EACH:-900}
for tool in spin gcc; do
	if ! command -v "$tool" > /dev/null; then
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0
tap() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# search NAME SECONDS PAN-OPTIONS COMPILER-OPTIONS SPIN-OPTIONS: leaves NAME/out.
search() {
	local dir=$work/$1 began=$SECONDS
	mkdir -p "$dir"
	# shellcheck disable=SC2086 # lists of options
	(
		cd "$dir" || exit 1
		cp "$here/tonearm.pml" . && spin $5 -a tonearm.pml > spin.log 2>&1 &&
			gcc -O2 -w -DSAFETY -DMEMLIM=4000 $4 -o pan pan.c || exit 1
		timeout -s INT "$2" ./pan $3 > out 2>&1
	)
	echo "# $1: $(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1 states/p; s/.*depth reached \([0-9]*\).*/depth \1/p' "$dir/out" | tr '\n' ',') $((SECONDS - began)) s"
}
# explored NAME: nothing was found; says whether everything was looked at.
explored() {
	local how="searched completely"
	grep -qE '^Interrupted|max search depth too small' "$work/$1/out" && how="searched as far as the time went"
	grep -q 'errors: 0' "$work/$1/out"
	tap $? "$1 workers: no violation, no deadlock, $how"
}

search two "$seconds" -m100000 -DCOLLAPSE -DTWO
explored two
if [ "$full" = yes ]; then
	search three "$seconds" -m100000 -DCOLLAPSE ""
	explored three
fi
for broken in FREE OFFER ROUTE DRAIN; do
	# At random, and not deep: what is wrong is near.
	for seed in 1 2 3 4 5 6 7 8; do
		search "without-$broken" 20 "-m150 -RS$seed" "-DCOLLAPSE -DP_RAND -DT_RAND" "-DTWO -DBREAK_$broken"
		grep -q 'assertion violated' "$work/without-$broken/out" && break
	done
	grep -q 'assertion violated' "$work/without-$broken/out"
	tap $? "with BREAK_$broken a violation is found"
	sed -n 's/^pan:[0-9]*: /#   /p' "$work/without-$broken/out"
done
echo "1..$n"
exit "$failed"
