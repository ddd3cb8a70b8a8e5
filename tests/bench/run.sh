#!/usr/bin/env bash
# Measures what the server costs, beside nginx and beside the goals; see
# docs/performance.md.  Run as root, on a quiet machine.
#
#   tests/bench/run.sh [--build DIR] [--out FILE] [--users 10,100,1000,10000] [--core N] [--parts warm,churn]
#                      [--doc docs/performance.md]
#   tests/bench/run.sh [--build DIR] --users 100 --parts counts --gate
#
# --build: a finished build (else $TONEARM_BUILD, else build/check/gcc).  Prints
# a Markdown table, and with --doc puts it into that document.  With --gate it is
# a test (TAP) of what can be counted.  It is bounded in time and ends only what it
# started.
set -euo pipefail
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
built=${TONEARM_BUILD:-$source/build/check/gcc}
[ -x "$built/tonearmd" ] || {
	echo "run.sh: no finished build in $built (run ./check, or name one with --build)" >&2
	exit 1
}
# A copy of the programs, so that nothing is built while it is measured.
copy=$(mktemp -d /tmp/tonearm-bench-programs-XXXXXX)
trap 'rm -rf "$copy"' EXIT
chmod 0755 "$copy"
make -s -C "$built" install tonearm-load tonearm-people tonearm-sandbox prefix="$copy/opt" > "$copy/log" 2>&1 || {
	tail -n 20 "$copy/log" >&2
	exit 1
}
cp "$built/tonearm-load" "$built/tonearm-people" "$built/tonearm-sandbox" "$copy"
# shellcheck disable=SC2016 # make's variable, not the shell's
printf 'install:\n\tmkdir -p $(prefix)\n\tcp -a %s/opt/. $(prefix)/\n' "$copy" > "$copy/Makefile"
export TONEARM_SOURCE="$source" TONEARM_OUT="${TONEARM_OUT:-$built/bench}" TONEARM_BUILD="$copy"
# The supervisor, front, vault and egress have descriptors for each worker.
ulimit -Hn 1048576 2>/dev/null || true
ulimit -n "$(ulimit -Hn)"
# Everything on one core, so that no other core has to be woken for a request.
taskset -c "$core" timeout 1500 "$source/tests/e2e/node_modules/.bin/node" "$here/run.mjs" "$@" &
node=$!
trap 'kill -TERM "$node" 2>/dev/null' INT TERM HUP
# A signal ends the first wait before the program has cleaned up.
status=0
wait "$node" || status=$?
wait "$node" 2>/dev/null || true
exit "$status"
