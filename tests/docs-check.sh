#!/usr/bin/env bash
# Every option, message, tool, command and exit code in code is in the
# documents, and what is made from the code is as it would be made now.
# Usage: docs-check.sh BUILD-FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
dir=${1:?a build folder}
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

# named WHAT PATTERN FILE...: an extended expression that each FILE must match.
named() {
	local what=$1 pattern=$2 file
	shift 2
	for file in "$@"; do
		grep -qE -- "$pattern" "$file" 2>/dev/null || complain "$what is not in $file"
	done
}

# same FILE COMMAND...: FILE is what the command prints.
same() {
	local file=$1
	shift
	"$@" 2>/dev/null | diff -u "$file" - || complain "$file is not what this prints: $*"
}

# Options: "section.name" a line.  In the sample a name stands below its section.
options=$("$dir/tonearmd" --options 2>/dev/null)
[ -n "$options" ] || complain "tonearmd --options printed nothing"
sample=$(awk '/^\[/ { gsub(/[][]/, ""); section = $0 } /^#?[a-z0-9_]+ =/ { sub(/^#/, ""); print section "." $1 }' \
	etc/tonearm.conf)
diff <(sort <<< "$options") <(sort <<< "$sample") || complain "etc/tonearm.conf has other options than tonearmd"
for option in $options; do
	named "option $option" "^\.B ${option//./\\.}\$" master/supervisor/tonearmd.8
done

# The command's subcommands, from its help, and its exit codes, from its list.
commands=$("$dir/tonearm" --help 2>/dev/null | sed -nE 's/^  tonearm ([a-z][a-z -]*[a-z]).*/\1/p')
[ -n "$commands" ] || complain "tonearm --help names no commands"
while IFS= read -r command; do
	named "command $command" "^\.It Cm $command( |\$)" cli/tonearm.1
	named "command $command" "tonearm (-c [^ ]+ )?$command" docs/operating.md
done <<< "$commands"
codes=$(sed -nE 's/^enum exit_code \{(.*)\};/\1/p' cli/say.h | grep -oE '[0-9]+')
[ -n "$codes" ] || complain "cli/say.h has no list of exit codes"
for code in $codes; do
	named "exit code $code" "^\.It $code\$" <(sed -n '/^\.Sh EXIT STATUS/,/^\.El/p' cli/tonearm.1)
done
# The server's start from 0 and are not numbered.
last=$(sed -nE 's/^enum \{ (EXIT_OK.*) \};/\1/p' master/supervisor/main.c | grep -o , | wc -l)
[ "$last" -gt 0 ] || complain "master/supervisor/main.c has no list of exit statuses"
for code in $(seq 0 "$last"); do
	named "tonearmd's exit status $code" "^\.B $code\$" \
		<(sed -n '/^\.SH EXIT STATUS/,/^\.SH FILES/p' master/supervisor/tonearmd.8)
done

# Pages that are made from tables.
# The sizes at its end are measured, by tests/bench/answers.mjs.
# shellcheck disable=SC2317 # called through same
tools_page() {
	"$dir/tonearm-worker" --tools-page && cat docs/tools-sizes.md
}
same docs/tools.md tools_page
same docs/messages.md awk -f docs/messages.awk shared/ipc/messages.h
tools=$("$dir/tonearm-worker" --tools 2>/dev/null)
[ -n "$tools" ] || complain "tonearm-worker --tools printed nothing"
for tool in $tools; do
	named "tool $tool" "^## \`$tool\`" docs/tools.md
	named "the size of $tool's answers" "^\| \`$tool\` " docs/tools-sizes.md
done
messages=$(sed -n '/^#define MESSAGES/,/^$/p' shared/ipc/messages.h |
	grep -oE '\<M\([A-Z0-9_]+' | sed 's/^M(//')
for message in $messages; do
	named "message $message" "^\| \`$message\` " docs/messages.md
done

[ $bad = 0 ] && echo "the documents name everything"
exit $bad
