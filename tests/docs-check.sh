#!/usr/bin/env bash
# Every option, command, tool and exit code in code is in the documents.
# Usage: docs-check.sh BUILD-FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
dir=${1:?a build folder}
bad=0

# named WHAT NAME FILE...: NAME must stand in each FILE.
named() {
	local what=$1 name=$2 file
	shift 2
	for file in "$@"; do
		grep -qF -- "$name" "$file" 2>/dev/null || { echo "$what $name is not in $file"; bad=1; }
	done
}

options=$("$dir/tonearmd" --options 2>/dev/null)
[ -n "$options" ] || { echo "tonearmd --options printed nothing"; bad=1; }
for option in $options; do
	named option "${option#*.}" etc/tonearm.conf master/supervisor/tonearmd.8
done
while IFS= read -r tool; do
	named tool "$tool" docs/tools.md
done < <("$dir/tonearm-worker" --tools 2>/dev/null)
"$dir/tonearm-worker" --tools-page 2>/dev/null | cmp -s - docs/tools.md ||
	{ echo "docs/tools.md is not what tonearm-worker --tools-page writes"; bad=1; }
for command in migrate "key create" status check-config; do
	named command "$command" cli/tonearm.1 docs/operating.md
done
[ $bad = 0 ] && echo "the documents name everything"
exit $bad
