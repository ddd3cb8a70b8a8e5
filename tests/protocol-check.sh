#!/usr/bin/env bash
# docs/protocol.md against code and tests: every rule that is cited is there, and
# every rule there names a file that exists and a test that exists.  TAP.
#
# usage: protocol-check.sh [PAGE]   (another page, for trying this script)
set -u
cd "$(dirname "$0")/.." || exit 1
page=${1:-docs/protocol.md}
suite=tests/e2e/node_modules/@modelcontextprotocol/conformance/dist/index.js
rule='(EL|RS|PG|PR|CN|LG|TK|[AHEMSRLTXDPCG])-[1-9][0-9]?'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0
tap() { # NAME FILE: the file says what is wrong; empty if nothing is
	n=$((n + 1))
	if [ -s "$2" ]; then
		echo "not ok $n - $1"
		sed 's/^/# /' "$2"
		failed=1
	else
		echo "ok $n - $1"
	fi
}

# Rows of rules: number, code, tests, separated by tabs.
awk -F ' *\\| *' -v rule="^$rule\$" 'NF == 7 && $2 ~ rule { print $2 "\t" $5 "\t" $6 }' "$page" > "$work/rows"
cut -f 1 "$work/rows" | sort > "$work/rules"
[ "$(wc -l < "$work/rules")" -ge 100 ] || echo "only $(wc -l < "$work/rules") rows of rules in $page" > "$work/few"
uniq -d "$work/rules" | sed 's/$/ has two rows/' >> "$work/few"
tap "the page has its rules, each once" "$work/few"

# What is left out has a number as well: "X-1 to X-4, X-6" in the first cell.
sed -n '/^## .*left out/,$p' "$page" | awk -F '|' 'NF > 3 { print $2 }' |
	sed -E 's/([A-Z]+)-([0-9]+) to [A-Z]+-([0-9]+)/\1 \2 \3/' |
	awk '{ for (i = 1; i <= NF; i++) {
		gsub(/[(),:]/, "", $i)
		if ($i ~ /^[A-Z]+$/ && $(i + 1) ~ /^[0-9]+$/) for (k = $(i + 1); k <= $(i + 2) + 0; k++) print $i "-" k
		else if ($i ~ /^[A-Z]+-[0-9]+$/) print $i } }' > "$work/out"
sort -u "$work/rules" "$work/out" > "$work/known"

# Cited: in a comment, a name of a test, a message.  "S-1 to S-3" cites its ends.
git ls-files -co --exclude-standard worker master shared tests docs 2>/dev/null > "$work/files"
[ -s "$work/files" ] || find worker master shared tests docs -path tests/e2e/node_modules -prune -o -type f -print > "$work/files"
grep -E '\.(c|h|mjs|sh|md)$' "$work/files" | grep -vE '^tests/(trials|fuzz/corpus)/|^docs/(protocol|tools)\.md$|protocol-check' |
	while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done |
	xargs grep -noE "(^|[ (\"'\`])$rule\\b" | sed -E "s/^([^:]+:[0-9]+):[^A-Z]*/\1\t/" > "$work/cited"
[ "$(wc -l < "$work/cited")" -ge 20 ] || echo "hardly anything is cited" > "$work/unknown"
awk -F '\t' 'NR == FNR { known[$1] = 1; next } !($2 in known) { print $1 " cites " $2 ", which the page does not have" }' \
	"$work/known" "$work/cited" >> "$work/unknown"
tap "each rule that is cited is on the page" "$work/unknown"

# What stands between back quotes, a line each.
quoted() { tr '`' '\n' <<< "$1" | awk 'NR % 2 == 0'; }

# place NAME: where a file of that name is, from the names that the page uses.
place() {
	case $1 in
	*/*) for at in "$1" "tests/unit/$1"; do [ -f "$at" ] && echo "$at"; done ;;
	*.mjs | test_*.c) grep -E "^tests/([^ ]*/)?$1\$" "$work/files" ;;
	*) [ -f "worker/mcp/$1" ] && echo "worker/mcp/$1" ;;
	esac
}

: > "$work/code"
: > "$work/tests"
: > "$work/unseen"
while IFS=$'\t' read -r number code tests; do
	found=0
	while IFS= read -r file; do
		found=1
		[ -n "$(place "$file")" ] || echo "$number: there is no $file" >> "$work/code"
	done < <(quoted "$code")
	[ $found = 1 ] || echo "$number names no file" >> "$work/code"
	found=0
	while IFS= read -r test; do
		found=1
		file=${test%% *} name=${test#* }
		where=$(place "$file")
		if [ "$(wc -w <<< "$where")" != 1 ]; then
			echo "$number: there is no $file, or more than one" >> "$work/tests"
		elif [ "$name" = "$test" ]; then
			echo "$number: $file without a test's name" >> "$work/tests"
		elif [ "$file" = suite.mjs ]; then
			# The suite's scenarios are in its package.
			if [ ! -f "$suite" ]; then
				echo "$name" >> "$work/unseen"
			elif ! grep -qE "[\"'\`]${name}[\"'\`]" "$suite"; then
				echo "$number: the suite has no scenario $name" >> "$work/tests"
			fi
		elif [ "${file%.c}" != "$file" ]; then
			grep -qE "([A-Z]+|cmocka_unit_test[a-z_]*)\\(${name}[),]" "$where" ||
				echo "$number: $where runs no $name" >> "$work/tests"
		else
			awk -v name="$name" '{ for (i = 0; i < 2; i++) {
				quote = substr("\047`", i + 1, 1)
				if (index($0, "test(" quote name) || index($0, "describe(" quote name)) ok = 1 } }
				END { exit !ok }' "$where" || echo "$number: $where has no test that begins with \"$name\"" >> "$work/tests"
		fi
	done < <(quoted "$tests")
	[ $found = 1 ] || echo "$number names no test" >> "$work/tests"
done < "$work/rows"
tap "each rule names files that exist" "$work/code"
tap "each rule names tests that exist" "$work/tests"
[ -s "$work/unseen" ] && echo "# the suite is not installed: $(sort -u "$work/unseen" | wc -l) of its scenarios were not looked for"

# Comments refer to this page, not to texts outside of the project.
grep -E '\.(c|h|mjs|sh|md|am|sql)$' "$work/files" | grep -v protocol-check |
	while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done |
	xargs grep -nE '\bmcp\.md\b' > "$work/outside"
tap "no comment refers to what is not here" "$work/outside"
echo "1..$n"
exit "$failed"
