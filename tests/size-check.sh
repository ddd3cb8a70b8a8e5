#!/usr/bin/env bash
# Files of at most 600 lines, functions of at most 60: prints what is larger.
# A function starts at a "{" in the first column and ends at a "}" there.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
count=0
while IFS= read -r file; do
	count=$((count + 1))
	lines=$(wc -l < "$file")
	if [ "$lines" -gt 600 ]; then
		echo "$file has $lines lines"
		bad=1
	fi
	long=$(awk -v file="$file" '
		/^\{/ { start = NR }
		/^\}/ { if (start && NR - start - 1 > 60) print file ":" start ": a function of " NR - start - 1 " lines"; start = 0 }
	' "$file")
	# A test group that only lists its tests may be long.
	long=$(printf '%s\n' "$long" | while IFS=: read -r f l rest; do
		[ -n "$f" ] || continue
		sed -n "$((l - 3)),${l}p" "$f" | grep -q '^main(void)' && [[ $f == tests/unit/* ]] && continue
		echo "$f:$l:$rest"
	done)
	if [ -n "$long" ]; then
		echo "$long"
		bad=1
	fi
done < <(find cli master shared worker tests -name node_modules -prune -o -name '*.[ch]' -print)
[ "$count" -gt 0 ] || { echo "there are no files"; bad=1; }
exit $bad
