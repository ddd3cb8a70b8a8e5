#!/bin/sh
# Measures what the server costs, beside nginx and beside the goals; see
# docs/performance.md.  Run as root, on a quiet machine.
#
#   tests/bench/run.sh [--build DIR] [--out FILE] [--users 10,100,1000,10000] [--core N] [--parts LIST]
#
# --build: a finished build (else $TONEARM_BUILD, else build/check/gcc).  Prints
# a Markdown table.  It is bounded in time and ends only what it started.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
core=0
previous=
for arg in "$@"; do
	case $previous in
	--core) core=$arg ;;
	--build) TONEARM_BUILD=$(cd "$arg" && pwd) ;;
	esac
	previous=$arg
done
export TONEARM_BUILD="${TONEARM_BUILD:-$source/build/check/gcc}" TONEARM_SOURCE="$source"
export TONEARM_OUT="${TONEARM_OUT:-$TONEARM_BUILD/bench}"
[ -x "$TONEARM_BUILD/tonearmd" ] || {
	echo "run.sh: no finished build in $TONEARM_BUILD (run ./check, or name one with --build)" >&2
	exit 1
}
make -s -C "$TONEARM_BUILD" tonearm-load tonearm-people
# Five descriptors for each worker in the supervisor, one in front, vault and egress.
ulimit -Hn 1048576 2>/dev/null || true
ulimit -n "$(ulimit -Hn)"
# Everything on one core, so that no other core has to be woken for a request.
exec taskset -c "$core" timeout 1500 "$source/tests/e2e/node_modules/.bin/node" "$here/run.mjs" "$@"
