#!/usr/bin/env bash
# Runs each harness with libFuzzer for some seconds, one after the other, from
# the kept inputs on.  TAP; the number of inputs tried stands behind each name.
# Usage: run.sh BUILD SECONDS [HARNESS]...
#   BUILD: where configure --enable-fuzzers and make were run.
# What fails is kept in BUILD/fuzz-found/HARNESS-*.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:?a build folder}" && pwd)
seconds=${2:?seconds for each}
shift 2
found=$build/fuzz-found
mkdir -p "$found" "$build/fuzz-log" "$build/fuzz-corpus"
number=0 bad=0
while read -r name most; do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	number=$((number + 1))
	log=$build/fuzz-log/$name
	grown=$build/fuzz-corpus/$name
	mkdir -p "$grown"
	dict=()
	[ ! -f "$top/tests/fuzz/dict/$name" ] || dict=("-dict=$top/tests/fuzz/dict/$name")
	if FUZZ=$name "$build/fuzz" -max_total_time="$seconds" -max_len="$most" -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$found/$name-" "${dict[@]}" \
		"$grown" "$top/tests/fuzz/corpus/$name" > "$log" 2>&1 < /dev/null; then
		result=ok
	else
		result='not ok' bad=1
		tail -n 40 "$log" | sed 's/^/# /'
	fi
	runs=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$log")
	cover=$(awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) } END { print c }' "$log")
	echo "$result $number - $name, ${runs:-no} inputs, $cover edges"
done < <(FUZZ='' "$build/fuzz" 2>&1 | tail -n +2)
echo "1..$number"
[ "$number" -gt 0 ] && [ "$bad" = 0 ]
