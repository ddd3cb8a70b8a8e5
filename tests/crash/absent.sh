#!/usr/bin/env bash
# No program of a build without --enable-faults has a trace of shared/fault: no
# name of it, no option, no memory functions of its own.  Usage: absent.sh
# BUILD-FOLDER [FAULT-BUILD-FOLDER]; the second proves that this test can see.
set -u
dir=${1:?a build folder}
programs="tonearmd tonearm tonearm-front tonearm-vault tonearm-keyring tonearm-portal tonearm-egress tonearm-worker tonearm-enroll tonearm-fetch"
bad=0

# traces FOLDER PROGRAM: what of shared/fault the program has.
traces() {
	strings -a "$1/$2" | grep -E '^faults?(_|\.|$)|^__libc_(malloc|calloc|realloc)' | sort -u
	nm -a "$1/$2" 2>/dev/null | grep -E ' (fault_[a-z]+|[TtBbDd] (malloc|calloc|realloc))$'
}

for program in $programs; do
	[ -x "$dir/$program" ] || { echo "$program is not in $dir"; bad=1; continue; }
	found=$(traces "$dir" "$program" | tr '\n' ' ')
	[ -z "$found" ] || { echo "$program has: $found"; bad=1; }
	if [ -n "${2:-}" ] && [ "$program" != tonearm ] && [ -z "$(traces "$2" "$program")" ]; then
		echo "$program of the fault build shows nothing: this test is blind"
		bad=1
	fi
done
[ $bad = 0 ] && echo "no program has a trace of the fault points"
exit $bad
