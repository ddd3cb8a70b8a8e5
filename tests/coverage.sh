#!/usr/bin/env bash
# Lines and branches that the unit tests take, as in docs/testing.md.  Two
# builds, because a program behind its filter cannot write what it counted:
# one with the filters on, one without them and with an _exit that writes;
# counted together.  Needs gcovr.
# Usage: coverage.sh FOLDER        (prints a table; FOLDER/branches.txt has the lines)
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
folder=${1:?a folder}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# build_and_run NAME PREPROCESSOR-FLAGS
build_and_run() {
	local dir=$folder/$1 link=--coverage t
	mkdir -p "$dir"
	cd "$dir"
	if [ "$1" = open ]; then
		gcc -D_GNU_SOURCE -O0 -c "$top/tests/coverage_exit.c" -o coverage_exit.o
		link="$link -Wl,--wrap=_exit -Wl,--wrap=setrlimit $dir/coverage_exit.o"
	fi
	[ -f config.status ] || "$top/configure" -q --enable-coverage CFLAGS=-O0 CPPFLAGS="$2" > configure.log 2>&1
	make -s -j2 all HARD_LDFLAGS="$link" > make.log 2>&1
	make -s -j2 check TESTS= HARD_LDFLAGS="$link" >> make.log 2>&1
	find . -name '*.gcda' -delete
	# Some tests are about the filters and end badly in one of the builds.
	for t in $(make -s --no-print-directory print-check-programs | tail -n 1); do
		CMOCKA_MESSAGE_OUTPUT=TAP srcdir="$top" timeout 300 "./$t" > "$t.tap" 2> "$t.err" < /dev/null ||
			echo "$1: $t ended with status $?" >&2
	done
	# The commands, as these two call them.
	TONEARM="$dir/tonearm" timeout 300 "$top/sql/tests/run.sh" > sql.tap 2>&1 < /dev/null ||
		echo "$1: sql/tests/run.sh ended with status $?" >&2
	"$top/tests/docs-check.sh" "$dir" > docs.log || echo "$1: tests/docs-check.sh failed" >&2
}

(build_and_run filtered "")
(build_and_run open -DUNDER_SANITIZER=1)
cd "$folder"
gcovr -r "$top" -e '.*/tests/.*' -e 'tests/.*' -e '.*web-files.*' --branches --txt branches.txt \
	--json-summary sum.json filtered open
# A line a folder of two levels.
sed 's/{"branch_covered"/\n&/g' sum.json | awk '
	function figure(name) {
		if (!match($0, "\"" name "\": [0-9]+"))
			return 0
		return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) + 0
	}
	match($0, /"filename": "[^"]*"/) {
		n = split(substr($0, RSTART + 13, RLENGTH - 14), part, "/")
		where = n > 2 ? part[1] "/" part[2] : part[1]
		lines[where] += figure("line_total"); taken[where] += figure("line_covered")
		branches[where] += figure("branch_total"); went[where] += figure("branch_covered")
	}
	END {
		for (where in lines) {
			printf "| %s | %d | %.1f | %d | %.1f |\n", where, lines[where], 100 * taken[where] / lines[where],
				branches[where], branches[where] ? 100 * went[where] / branches[where] : 100
			a += lines[where]; b += taken[where]; c += branches[where]; d += went[where]
		}
		printf "| ~ all | %d | %.1f | %d | %.1f |\n", a, 100 * b / a, c, 100 * d / c
	}' | sort | sed 's/~ //'
