# Writes docs/messages.md from the list of messages:
#     awk -f docs/messages.awk shared/ipc/messages.h > docs/messages.md
# A section is a comment "--- name ---"; a message is "#define F_NAME(F) fields";
# the comment above a message says what it means.

BEGIN {
	print "# Messages between the programs"
	print ""
	print "Made from [shared/ipc/messages.h](../shared/ipc/messages.h) by `docs/messages.awk`; do not edit it here."
	print "A frame has a header (version, type, length, request id) and one of these bodies. That a message"
	print "stands here allows nobody to send it: each program has a table for each kind of peer"
	print "([architecture.md](architecture.md))."
	print ""
	print "Numbers are little-endian: u8 to u64 without a sign, i64 with one. `name[n]` is exactly n bytes;"
	print "`text name <= n` a length and then at most n bytes."
}

# What the list itself begins with comes before the first section.
/^\/\* --- / {
	name = $0
	gsub(/^\/\* -+ | -+ \*\/$/, "", name)
	section = name
	about = ""
	printf "\n## %s\n\n| message | fields | |\n|---|---|---|\n", section
	next
}
section == "" { next }
/^#define MESSAGES/ { exit }

/^\/\*/ || in_comment {
	in_comment = !/\*\//
	line = $0
	gsub(/^\/\* ?|^ \* ?| ?\*\/$/, "", line)
	about = about (about == "" ? "" : " ") line
	next
}
/^#define F_/ || continued {
	continued = /\\$/
	sub(/\\$/, "")
	text = text $0
	if (!continued) {
		row(text, about)
		text = about = ""
	}
}

# One message; text is its whole definition on a line.
function row(text, about,    name, fields, part) {
	name = text
	sub(/^#define F_/, "", name)
	sub(/\(F\).*/, "", name)
	sub(/^#define F_[A-Z0-9_]+\(F\)/, "", text)
	while (match(text, /F\([A-Z0-9]+, *[a-z0-9_]+, *[A-Z0-9_]+\)/)) {
		part = substr(text, RSTART + 2, RLENGTH - 3)
		text = substr(text, RSTART + RLENGTH)
		fields = fields (fields == "" ? "" : ", ") field(part)
	}
	gsub(/\|/, "\\|", about)
	gsub(/  +/, " ", about)
	printf "| `%s` | %s | %s |\n", name, fields, about
}

function field(part,    f) {
	split(part, f, /, */)
	if (f[1] == "FIX")
		return "`" f[2] "[" f[3] "]`"
	if (f[1] == "STR")
		return "`text " f[2] " <= " f[3] "`"
	return "`" tolower(f[1]) " " f[2] "`"
}
