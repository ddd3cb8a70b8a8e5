#!/usr/bin/env bash
# Searches the model with spin, each configuration to its end: nothing may be
# found in it as it is, and something with each precaution taken away.  TAP.
#
# usage: run.sh [--full]   (--full: three workers, too; SECONDS_EACH bounds one search)
set -u
here=$(cd "$(dirname "$0")" && pwd)
seconds=${SECONDS_EACH:-60}
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

# search SPIN-OPTION...: leaves out, and in figures what it took.
search() {
	rm -rf "$work/run" && mkdir "$work/run"
	out=$work/run/out
	local began=$SECONDS
	(
		cd "$work/run" || exit 1
		cp "$here/tonearm.pml" . && spin -a "$@" tonearm.pml > spin.log 2>&1 &&
			gcc -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=4000 -o pan pan.c &&
			timeout -s INT "$seconds" ./pan -m100000 > out 2>&1
	)
	[ -f "$out" ] || : > "$out"
	figures="$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1 states/p' "$out"), $(
		sed -n 's/.*depth reached \([0-9]*\).*/depth \1/p' "$out"), $((SECONDS - began)) s"
}
holds() { # NAME SPIN-OPTION...
	local name=$1 how=complete
	shift
	search "$@"
	grep -qE 'Search not completed|Interrupted|max search depth too small|out of memory' "$out" && how="cut off"
	[ "$how" = complete ] && grep -q 'errors: 0' "$out"
	tap $? "$name: nothing is violated ($figures, search $how)"
	sed -n 's/^pan:[0-9]*: /#   /p' "$out"
}
broken() { # PRECAUTION SPIN-OPTION...
	local name=$1
	shift
	search "-DBREAK_$name" "$@"
	grep -q 'assertion violated' "$out"
	tap $? "with BREAK_$name a violation is found ($figures)"
}

workers=2
[ "${1:-}" = --full ] && workers="2 3"
for many in $workers; do
	holds "$many workers" "-DWORKERS=$many"
	for event in CRASH RECONNECT DRAIN; do
		holds "$many workers, $event" "-DWORKERS=$many" "-D$event"
	done
done
broken FREE
broken ROUTE
broken OFFER -DRECONNECT
broken DRAIN -DDRAIN
echo "1..$n"
exit "$failed"
