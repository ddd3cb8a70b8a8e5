#!/usr/bin/env bash
# Static analysis of all our C: tests/analyse.sh BUILD-FOLDER [--full]
# cppcheck, clang-tidy, gcc -fanalyzer; --full lets clang-tidy follow paths too
# (clang-analyzer-*).  Prints each finding; ends with 1 if there are any.  What
# is not looked for stands in .clang-tidy or below, with its reason.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:?the folder of the build, for its config.h}")
full=${2:-}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
bad=0

flags=(-std=gnu11 -DHAVE_CONFIG_H "-I$PWD" "-I$build" '-DSYSCONFDIR="/etc"'
	'-DPKGLIBEXECDIR="/usr/libexec"' '-DPKGDATADIR="/usr/share"')
# shellcheck disable=SC2207   # options, one word each
flags+=($(pkg-config --cflags json-c libpq libmicrohttpd))
printf '%s\n' "${flags[@]}" > "$out/compile_flags.txt"

# Not what includes another project's source (llhttp, for one test).
files() { # FOLDER...
	find "$@" -name node_modules -prune -o -name '*.c' -print |
		grep -vE '^tests/unit/http/(llhttp_|theirs)' | sort
}
files cli master shared worker tests > "$out/all"
files cli master shared worker > "$out/programs"

# gcc 12 follows a list by its links and loses who owns what in three places.
cat > "$out/gcc-known" <<'TEXT'
cli/migrations.c:.*leak of .strndup      the name is the list's, which its caller frees
master/keyring/peers.c:.*leak of .<unkn  the channel is its entry's from then on
worker/spotify/(client|transfer).c:.*(use after .free. of .[wft].|NULL .0.)   what is freed was taken out of its list before
TEXT

report() { # NAME LIST: what is in the file NAME are findings
	local n
	n=$(grep -c . "$out/$1")
	sed 's/^/  /' "$out/$1"
	echo "$1: $(wc -l < "$2") files, $n findings, $SECONDS s"
	[ "$n" = 0 ] || bad=1
	SECONDS=0
}

# fail_msg does not come back, which cppcheck cannot know.  Of tls.c it thinks
# that every text given to a function is the first one.
cppcheck -j "$(nproc)" --quiet --std=c11 --enable=warning,performance,portability \
	--suppress=missingIncludeSystem --suppress=invalidPrintfArgType_s:tests/unit/enroll/tls.c \
	'-Dfail_msg(...)=abort()' "${flags[@]:1}" --template='{file}:{line}: {id}: {message}' \
	--file-list="$out/all" > "$out/cppcheck" 2>&1
report cppcheck "$out/all"

checks=()
[ "$full" = --full ] || checks=('--checks=-clang-analyzer-*')
xargs -a "$out/all" -P "$(nproc)" -n 6 clang-tidy -p "$out" --quiet "${checks[@]}" \
	> "$out/tidy.log" 2> "$out/tidy.err"
grep -E ': (warning|error): ' "$out/tidy.log" | sort -u > "$out/clang-tidy"
grep -E '^(Error|error|LLVM ERROR)' "$out/tidy.err" >> "$out/clang-tidy"
report clang-tidy "$out/all"

xargs -a "$out/programs" -P "$(nproc)" -I FILE gcc "${flags[@]}" -O1 -fanalyzer -c FILE -o /dev/null \
	> "$out/gcc.log" 2>&1
sed 's/  .*//' "$out/gcc-known" > "$out/gcc-patterns"
grep -E ': (warning|error): |fatal' "$out/gcc.log" | grep -vEf "$out/gcc-patterns" |
	sort -u > "$out/gcc-fanalyzer"
report gcc-fanalyzer "$out/programs"
exit $bad
