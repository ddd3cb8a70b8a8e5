#!/bin/sh
# Lists the kept inputs for the Makefile: tests/fuzz/corpus.sh > tests/fuzz/corpus.am
set -eu
cd "$(dirname "$0")/../.."
echo '# Written by tests/fuzz/corpus.sh.'
printf 'FUZZ_CORPUS ='
find tests/fuzz/corpus tests/fuzz/dict -type f | LC_ALL=C sort | while read -r file; do
	printf ' \\\n\t%s' "$file"
done
echo
