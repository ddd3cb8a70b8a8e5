#!/usr/bin/env bash
# Runs each harness with libFuzzer for some seconds, as many at a time as there
# are cores, from the kept inputs on.  TAP; the number of inputs tried stands
# behind each name.
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

# fuzz_one NUMBER NAME MOST: one harness, with inputs of at most MOST bytes.
fuzz_one() {
	local name=$2 log=$build/fuzz-log/$2 grown=$build/fuzz-corpus/$2 dict=() result=ok runs cover
	mkdir -p "$grown"
	[ ! -f "$top/tests/fuzz/dict/$name" ] || dict=("-dict=$top/tests/fuzz/dict/$name")
	FUZZ=$name "$build/fuzz" -max_total_time="$seconds" -max_len="$3" -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$found/$name-" "${dict[@]}" \
		"$grown" "$top/tests/fuzz/corpus/$name" > "$log" 2>&1 < /dev/null || {
		result='not ok'
		tail -n 40 "$log" | sed 's/^/# /'
	}
	runs=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$log")
	cover=$(awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) } END { print c }' "$log")
	echo "$result $1 - $name, ${runs:-no} inputs, $cover edges"
	[ "$result" = ok ]
}

number=0 bad=0 running=0 cores=$(nproc)
while read -r name most; do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	if [ "$running" -ge "$cores" ]; then
		wait -n || bad=1
		running=$((running - 1))
	fi
	number=$((number + 1)) running=$((running + 1))
	fuzz_one "$number" "$name" "$most" &
done < <(FUZZ='' "$build/fuzz" 2>&1 | tail -n +2)
while [ "$running" -gt 0 ]; do
	wait -n || bad=1
	running=$((running - 1))
done
echo "1..$number"
[ "$number" -gt 0 ] && [ "$bad" = 0 ]
