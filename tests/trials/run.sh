#!/usr/bin/env bash
# Breaks each claim of docs/threat-model.md on purpose, in a copy of the
# sources, and demands that the tests which the trial names turn red, having
# been green before.  TAP.
#
# Usage: run.sh FOLDER [TRIAL]...   the trials, all of them or these, in FOLDER
#        run.sh --check             every trial still fits the sources and is
#                                   named in docs/threat-model.md (a second)
#        run.sh --table             the trials as a table for that document
#        run.sh --files             their list for the Makefile (trials.am)
#
# A trial is a file of this folder: lines "Claim:", "Breaks:", "Build:" (what
# to make besides the test), one or more "Red:", an empty line and a patch.
# Red is one of
#	unit PROGRAM TEST           a test of a cmocka program
#	sql TEXT                    a line of sql/tests/run.sh
#	static SCRIPT TEXT          what SCRIPT of tests/ says when it fails
#	e2e FILE TEXT               a test of tests/e2e whose name has this text
# Without what the sql or e2e tests need, their trials are skipped.
set -u
trials=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$trials/../.." && pwd)

# field TRIAL NAME: the values of its lines of this name.
field() {
	sed -n "/^\$/q; s/^$2: //p" "$trials/$1.patch"
}

names() {
	local file
	for file in "$trials"/*.patch; do
		basename "$file" .patch
	done
}

# --- does everything fit? -----------------------------------------------------

# named RED: is there a test of this name?
named() {
	local kind=$1 where=$2 what
	shift 2
	what=$*
	case $kind in
	unit) grep -rqE "^$what\\(void" "$top/tests/unit" && grep -qF "$where" "$top/Makefile.am" ;;
	sql) what="$where $what" && what=${what//\'/\'\'} && grep -rqF "'${what% }'" "$top/sql/tests" ;;
	static) [ -x "$top/tests/$where" ] ;;
	e2e) grep -qF "$where" <<< "$(ls "$top/tests/e2e")" ;;
	*) false ;;
	esac
}

check_one() {
	local red bad=0
	patch --dry-run -s -f -p1 -d "$top" < "$trials/$1.patch" > /dev/null 2>&1 ||
		{ echo "$1 does not fit the sources any more"; bad=1; }
	[[ $(field "$1" Claim) =~ ^C[1-8]$ && -n $(field "$1" Breaks) && -n $(field "$1" Red) ]] ||
		{ echo "$1 lacks a line"; bad=1; }
	while read -r red; do
		# shellcheck disable=SC2086 # a kind, a place and the rest
		named $red || { echo "$1 names a test that there is not: $red"; bad=1; }
	done < <(field "$1" Red)
	grep -qF "\`$1\`" "$top/docs/threat-model.md" ||
		{ echo "$1 is not in docs/threat-model.md"; bad=1; }
	return $bad
}

check_all() {
	local name bad=0 n=0
	for name in $(names); do
		check_one "$name" || bad=1
		n=$((n + 1))
	done
	[ $bad = 0 ] && echo "$n trials fit the sources"
	return $bad
}

table() {
	local name red kind
	echo '| trial | what is broken | what turns red |'
	echo '|---|---|---|'
	for name in $(names); do
		red=$(field "$name" Red | while read -r kind red; do
			case $kind in
			unit) echo "\`${red##*/}\`" ;;
			sql) echo "pgTAP \`$red\`" ;;
			static) echo "\`${red%% *}\`" ;;
			e2e) echo "\`${red%% *}\`: ${red#* }" ;;
			esac
		done | sed 's/$/,/' | tr '\n' ' ' | sed 's/, $//')
		echo "| \`$name\` | $(field "$name" Breaks) | $red |"
	done
}

files() {
	echo '# Written by tests/trials/run.sh --files.'
	printf 'TRIALS ='
	names | while read -r name; do
		printf ' \\\n\ttests/trials/%s.patch' "$name"
	done
	echo
}

# --- one test -----------------------------------------------------------------

# outcome RED LOG: runs a test and says green, red, none (it did not run) or
# skip.  The log keeps what it said.
outcome() {
	local log=$2 kind=$1 where text line
	where=${kind#* } kind=${kind%% *}
	text=${where#* } where=${where%% *}
	case $kind in
	unit)
		unit "$where" "$text" "$log"
		line=$(grep -E "^(not )?ok [0-9]+ - $text( |\$)" "$log" | head -n 1)
		[ -n "$line" ] || ! died_of "$where" "$text" "$log" || line="not ok - $text" ;;
	sql)
		text="$where $text"
		TONEARM="$work/build/tonearm" timeout 300 "$work/src/sql/tests/run.sh" > "$log" 2>&1 < /dev/null
		line=$(grep -F -- "- $text" "$log" | head -n 1)
		grep -q '^ok 1 - .*# skip' "$log" && line='# skip' ;;
	static)
		if "$work/src/tests/$where" "$work/build" > "$log" 2>&1; then
			line="ok $text"
		else
			line="not $(grep -F -- "$text" "$log" | sed 's/^/ok /' | head -n 1)"
		fi ;;
	e2e)
		e2e "$where" "$text" "$log"
		line=$(grep -F -- "- " "$log" | grep -F -- "${text}" | grep -vF 'SKIP' | head -n 1) ;;
	esac
	case $line in
	ok*) echo green ;;
	'not ok '*) echo red ;;
	'# skip'*) echo skip ;;
	*) echo none ;;
	esac
}

# reported LOG: the tests that have an outcome there.
reported() {
	sed -nE 's/^(not )?ok [0-9]+ - ([a-z0-9_]+).*/\2/p' "$1"
}

# died_of PROGRAM TEST LOG: it ended without a word on this test, which was the
# next to report.
died_of() {
	[ "$(reported "$3" && echo "$2")" = "$(cat "$work/log/order-${1//\//-}-$2" 2> /dev/null)" ]
}

# The program may end when its test has: a broken one often waits at every turn.
unit() { # PROGRAM TEST LOG
	local pid
	(cd "$work/build" && CMOCKA_MESSAGE_OUTPUT=TAP srcdir="$work/src" top_srcdir="$work/src" \
		exec stdbuf -oL timeout 120 "./$1" > "$3" 2> "$3.err" < /dev/null) &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		! grep -qE "^(not )?ok [0-9]+ - $2( |\$)" "$3" 2> /dev/null || kill "$pid" 2> /dev/null
		sleep 0.1
	done
	wait "$pid" 2> /dev/null
}

e2e() { # FILE TEXT LOG
	local node=$work/src/tests/e2e/node_modules/.bin/node pattern
	[ -x "$node" ] || { echo '# skip: the test clients are not installed' > "$3"; return; }
	# shellcheck disable=SC2001 # more than one character
	pattern=$(sed 's/[][().*?+^$|\/]/\\&/g' <<< "$2")
	TONEARM_BUILD="$work/build" TONEARM_SOURCE="$work/src" TONEARM_OUT="$work/e2e" \
		TONEARM_CANARY_PEOPLE=4 timeout 300 "$node" --test --test-reporter=tap \
		--test-name-pattern="$pattern" "$work/src/tests/e2e/$1" > "$3" 2>&1 < /dev/null
}

# --- one trial ----------------------------------------------------------------

# "all" by itself: it is a make of its own, which would write the same archives
# at the same time.
built() {
	: > "$work/log/make.log"
	if [[ " $* " == *" all "* ]]; then
		make -s -j2 -C "$work/build" all >> "$work/log/make.log" 2>&1 || return 1
	fi
	make -s -j2 -C "$work/build" "$@" >> "$work/log/make.log" 2>&1
}

# What to make for a trial: what it says and the test programs, or everything
# if whole programs are tested.
targets() {
	local kind program rest
	field "$1" Build | tr ' ' '\n'
	while read -r kind program rest; do
		if [ "$kind" = unit ]; then echo "$program"; else echo all; fi
	done < <(field "$1" Red)
}

# touched TRIAL: the files that its patch changes.
touched() {
	sed -n 's|^+++ b/||p' "$trials/$1.patch"
}

# What a program reports up to a test, for died_of.
order() { # RED LOG
	local kind program what
	read -r kind program what <<< "$1"
	[ "$kind" != unit ] || reported "$2" | sed "/^$what\$/q" > "$work/log/order-${program//\//-}-$what"
}

# All of its tests must be green without it; "green", or what is wrong.
before() {
	local red log how
	while IFS= read -r red; do
		log=$work/log/before-$(md5sum <<< "$red" | cut -c1-12)
		if [ ! -f "$log.how" ]; then
			outcome "$red" "$log" > "$log.how"
			order "$red" "$log"
		fi
		how=$(cat "$log.how")
		[ "$how" = green ] || { echo "$how before anything was broken: $red ($log)"; return; }
	done < <(field "$1" Red)
	echo green
}

after() {
	local red how n=0
	while IFS= read -r red; do
		n=$((n + 1))
		how=$(outcome "$red" "$work/log/$1-$n")
		[ "$how" = red ] || { echo "stays $how: $red ($work/log/$1-$n)"; return; }
	done < <(field "$1" Red)
	echo red
}

# keep TRIAL: the files that it will change, as they are in the copy.  Those that
# it was made of may have changed since.
keep() {
	touched "$1" > "$work/dirty"
	rm -rf "$work/kept"
	mkdir "$work/kept"
	(cd "$work/src" && xargs cp --parents -t "$work/kept" < "$work/dirty")
}

put_back() {
	[ -f "$work/dirty" ] || return 0
	cp -r "$work/kept/." "$work/src/"
	(cd "$work/src" && xargs touch < "$work/dirty")
	cat "$work/dirty" >> "$work/ever"
	rm "$work/dirty"
}

trial() { # NAME: "ok", or what is wrong
	local how make=()
	mapfile -t make < <(targets "$1" | sort -u)
	# What the trial before this one broke is built anew.
	built "${make[@]}" || { echo "does not build as it is ($work/log/make.log)"; return; }
	how=$(before "$1")
	case $how in green) ;; skip*) echo "# SKIP $how"; return ;; *) echo "$how"; return ;; esac
	keep "$1"
	patch -s -f -p1 -d "$work/src" < "$trials/$1.patch" > "$work/log/$1.patch" 2>&1 ||
		{ echo 'the patch does not fit the sources any more'; return; }
	if built "${make[@]}"; then
		how=$(after "$1")
	else
		how="does not build ($work/log/$1.make)"
		cp "$work/log/make.log" "$work/log/$1.make"
	fi
	if [ "$how" = red ]; then echo ok; else echo "$how"; fi
}

# The copy.  What an earlier run has ever broken counts as new: its objects may
# be younger than the sources.
prepare() {
	mkdir -p "$work/src" "$work/build" "$work/log" "$work/e2e"
	rm -f "$work"/log/before-*
	(cd "$top" && tar --exclude=./build --exclude=./.git --exclude=./autom4te.cache \
		--exclude=./tests/e2e/node_modules -cf - .) | tar -C "$work/src" -xf - || return 1
	[ ! -f "$work/dirty" ] || { cat "$work/dirty" >> "$work/ever"; rm "$work/dirty"; }
	[ ! -f "$work/ever" ] || sort -u "$work/ever" | (cd "$work/src" && xargs touch -c)
	ln -sfn "$top/tests/e2e/node_modules" "$work/src/tests/e2e/node_modules"
	[ -f "$work/build/config.status" ] ||
		(cd "$work/build" && "$work/src/configure" -q CFLAGS=-O1 > "$work/log/configure" 2>&1) ||
		return 1
	built all
}

case ${1:?a folder to work in} in
--check) check_all; exit ;;
--table) table; exit ;;
--files) files; exit ;;
esac
mkdir -p "$1" && work=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || mapfile -t list < <(names)
[ $# = 0 ] || list=("$@")
if ! prepare; then
	echo "not ok 1 - the copy is built"
	tail -n 20 "$work/log/make.log" | sed 's/^/# /'
	exit 1
fi
trap put_back EXIT
n=0 bad=0
for name in "${list[@]}"; do
	n=$((n + 1)) began=$SECONDS
	how=$(trial "$name")
	put_back
	case $how in
	ok) echo "ok $n - $name ($(field "$name" Claim)): $(field "$name" Breaks); $((SECONDS - began)) s" ;;
	'# SKIP'*) echo "ok $n - $name $how" ;;
	*) echo "not ok $n - $name: $how"; bad=1 ;;
	esac
done
echo "1..$n"
[ $bad = 0 ]
