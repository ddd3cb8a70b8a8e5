#!/bin/sh
# Writes the named web files as C arrays to standard output, so that the
# portal needs no file at run time.  Usage: embed.sh FILE...
set -eu
export LC_ALL=C

cat <<'HEAD'
/* Made by web/embed.sh from the files in web/. */
#include "config.h"

#include "master/portal/web.h"

HEAD

n=0
for file in "$@"; do
	printf 'static const uint8_t file_%d[] = {\n' "$n"
	od -An -v -tu1 "$file" | sed 's/  *\([0-9][0-9]*\)/\1,/g'
	printf '0};\n\n'
	n=$((n + 1))
done

printf 'const struct web_file web_files[] = {\n'
n=0
for file in "$@"; do
	printf '\t{"%s", file_%d, sizeof(file_%d) - 1},\n' "${file##*/}" "$n" "$n"
	n=$((n + 1))
done
printf '\t{NULL, NULL, 0}\n};\n\n'

# Changes when any file does: part of the address of what browsers may keep.
printf 'const char web_version[] = "%s";\n' "$(cat "$@" | cksum | sed 's/ .*//')"
