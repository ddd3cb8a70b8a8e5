#!/usr/bin/env bash
# Do answers about clients and tokens stay as quick when there are many?  Fills
# one database with 10,000 clients, 50,000 connections (250,000 refresh tokens,
# used ones among them) and 100,000 access tokens, leaves another almost empty,
# and compares the CPU time of PostgreSQL's own process for each call, as the
# vault makes it.  Prints a Markdown table; fails when a call takes more than
# twice the time, or reads a table from end to end.  About a minute.
#
#   TONEARM=build/tonearm tests/bench/connections.sh
#
# As root PostgreSQL runs as user postgres.  See docs/performance.md.
#
# shellcheck disable=SC2317 # a function that runs from a trap
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tonearm=$(readlink -f "${TONEARM:-./tonearm}")
calls=${CALLS:-1000}
[ -x "$tonearm" ] || { echo "connections.sh: no program $tonearm; set TONEARM" >&2; exit 2; }
bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort | tail -n 1)")
[ -x "$bin/initdb" ] || { echo "connections.sh: PostgreSQL's server programs are not installed" >&2; exit 2; }

as_server() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# A socket's path must be short, whatever TMPDIR says.
dir=$(mktemp -d /tmp/tonearm-many.XXXXXX)
server=''
clean_up() {
	local status=$?
	trap - EXIT INT TERM
	[ -z "$server" ] || as_server "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop || true
	rm -rf "$dir"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
[ "$(id -u)" != 0 ] || chown postgres: "$dir"
cd "$dir"
as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync > /dev/null
as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 30 -s start \
	-o "-c listen_addresses= -c unix_socket_directories=$dir -c fsync=off -c autovacuum=off -c shared_buffers=256MB"
server=started
export PGHOST=$dir PGUSER=postgres PGOPTIONS='' PGTZ=UTC
unset PGPORT PGPASSWORD PGSERVICE
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# fill DATABASE PEOPLE CLIENTS: a personal token a person and five connections,
# with two access tokens and five refresh tokens each, the last of them unused;
# codes to redeem, and a few requests on their way.
fill() {
	createdb "$1"
	printf '[database]\nadmin_conninfo = host=%s dbname=%s user=postgres\n[spotify]\nclient_id = none\n' \
		"$dir" "$1" > "$dir/conf"
	"$tonearm" -c "$dir/conf" migrate --sql-dir "$here/../../sql/migrations" > /dev/null
	sql -d "$1" <<-SQL
		CREATE FUNCTION pg_temp.h(text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN sha256(convert_to(\$1, 'UTF8'));
		CREATE FUNCTION pg_temp.id(text) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(\$1)::uuid;
		SET session_replication_role = replica;
		INSERT INTO tonearm.app (client_id, mode, shared) VALUES ('an-application', 'development', true);
		INSERT INTO tonearm.client (id, kind, auth_method, name, uri, redirects, digest)
		SELECT 'client-' || n, 1, 0, 'Client ' || n, 'https://client.test/', repeat('https://client.test/', 10),
		    pg_temp.h('c' || n) FROM generate_series(1, $3) AS n;
		UPDATE tonearm.client_tally SET n = $3 WHERE kind = 1;
		INSERT INTO tonearm.person (id, app, spotify_id, display_name, scopes)
		SELECT pg_temp.id('p' || n), 1, 's' || n, 'Person ' || n, 'playlist-read-private'
		FROM generate_series(1, $2) AS n;
		INSERT INTO tonearm.data_key SELECT id, 1, 'wrapped' FROM tonearm.person;
		INSERT INTO tonearm.sealed (person, kind, version, sealed)
		SELECT id, 1, 1, convert_to(repeat('x', 600), 'UTF8') FROM tonearm.person;
		INSERT INTO tonearm.web_session (hash, person)
		SELECT pg_temp.h('s' || n), pg_temp.id('p' || n) FROM generate_series(1, $2) AS n;
		INSERT INTO tonearm.connection (id, person, client, scopes, expires_at)
		SELECT pg_temp.id('c' || n), pg_temp.id('p' || 1 + n % $2), 'client-' || 1 + n % $3, 29,
		    now() + interval '90 days' FROM generate_series(1, 5 * $2) AS n;
		INSERT INTO tonearm.credential (hash, grant_id, person, kind, scopes, label, expires_at, connection)
		SELECT pg_temp.h('a' || n || ' ' || k), c, pg_temp.id('p' || 1 + n % $2), 3, 29, '',
		    now() + k * interval '20 minutes', c
		FROM generate_series(1, 5 * $2) AS n, generate_series(1, 2) AS k, pg_temp.id('c' || n) AS c;
		INSERT INTO tonearm.credential (hash, person, kind, scopes, label)
		SELECT pg_temp.h('t' || n), pg_temp.id('p' || n), 1, 127, 'A token' FROM generate_series(1, $2) AS n;
		INSERT INTO tonearm.authorization_request (id, browser, client, redirect_uri, has_state, state, challenge,
		    scopes, created_at)
		SELECT pg_temp.id('r' || n), pg_temp.h('b' || n), 'client-' || n, 'https://client.test/', false, '',
		    repeat('c', 43), 29, now() - interval '5 minutes' FROM generate_series(1, greatest(10, $3 / 20)) AS n;
		INSERT INTO tonearm.refresh (hash, connection, person, rotated_at)
		SELECT pg_temp.h('r' || n || ' ' || k), pg_temp.id('c' || n), pg_temp.id('p' || 1 + n % $2),
		    CASE WHEN k > 1 THEN now() - k * interval '1 hour' END
		FROM generate_series(1, 5 * $2) AS n, generate_series(1, 5) AS k;
		INSERT INTO tonearm.code (hash, connection, person, redirect_uri, challenge, expires_at)
		SELECT pg_temp.h('code' || n), pg_temp.id('c' || n), pg_temp.id('p' || 1 + n % $2), 'https://client.test/',
		    repeat('c', 43), now() + interval '1 hour' FROM generate_series(1, 5 * $2) AS n;
		RESET session_replication_role;
		VACUUM (ANALYZE);
	SQL
}

# Statements as the vault prepares them; \$1 says which of the rows.
prepare() {
	cat <<-SQL
		CREATE FUNCTION pg_temp.h(text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN sha256(convert_to(\$1, 'UTF8'));
		PREPARE nothing (int) AS SELECT \$1;
		PREPARE client_get (int) AS SELECT * FROM tonearm.client_get('client-' || 1 + \$1 % $2);
		PREPARE client_put (int) AS SELECT * FROM tonearm.client_put('new-' || \$1, 1::int2, 0::int2, 'New',
		    '', 'https://client.test/', pg_temp.h('new' || \$1), '', 0);
		PREPARE auth_begin (int) AS SELECT * FROM tonearm.auth_begin(md5('auth' || \$1)::uuid, pg_temp.h('b' || \$1),
		    'client-' || 1 + \$1 % $2, 'https://client.test/', true, 'state', repeat('c', 43), 29);
		PREPARE auth_get (int) AS SELECT * FROM tonearm.auth_get(md5('auth' || \$1)::uuid, pg_temp.h('b' || \$1),
		    pg_temp.h('s' || 1 + \$1 % $1));
		PREPARE auth_consent (int) AS SELECT * FROM tonearm.auth_consent(md5('auth' || \$1)::uuid,
		    pg_temp.h('b' || \$1), pg_temp.h('s' || 1 + \$1 % $1), 5);
		PREPARE auth_grant (int) AS SELECT * FROM tonearm.auth_grant(md5('auth' || \$1)::uuid,
		    pg_temp.h('b' || \$1), pg_temp.h('s' || 1 + \$1 % $1), pg_temp.h('granted' || \$1));
		PREPARE code_redeem (int) AS SELECT * FROM tonearm.code_redeem(pg_temp.h('code' || \$1),
		    'client-' || 1 + \$1 % $2, '', 'https://client.test/', repeat('c', 43), pg_temp.h('ca' || \$1),
		    pg_temp.h('cr' || \$1));
		PREPARE token_refresh (int) AS SELECT * FROM tonearm.token_refresh(pg_temp.h('r' || \$1 || ' 1'),
		    'client-' || 1 + \$1 % $2, '', 0, pg_temp.h('ra' || \$1), pg_temp.h('rr' || \$1), 'sealed');
		PREPARE bind_load (int) AS SELECT * FROM tonearm.bind_load(pg_temp.h('a' || \$1 || ' 2'), 3::int2);
		PREPARE credential_touch (int) AS SELECT * FROM tonearm.credential_touch(pg_temp.h('a' || \$1 || ' 2'));
		PREPARE account_entries (int) AS SELECT * FROM tonearm.account_entries(pg_temp.h('s' || 1 + \$1 % $1));
	SQL
}

order='nothing client_get bind_load credential_touch account_entries client_put auth_begin auth_get auth_consent auth_grant code_redeem token_refresh'

# A session of the vault's role with each database: number 0 the few, 1 the full.
declare -a to from pid step used=(0 0)
# open NUMBER DATABASE PEOPLE CLIENTS
open() {
	mkfifo "$dir/to.$1" "$dir/from.$1"
	psql -X -q -A -t -v ON_ERROR_STOP=1 -U tonearm_vault -d "$2" < "$dir/to.$1" > "$dir/from.$1" &
	exec {fd}> "$dir/to.$1"
	to[$1]=$fd
	exec {fd}< "$dir/from.$1"
	from[$1]=$fd
	prepare "$3" "$4" >&"${to[$1]}"
	echo 'SELECT pg_backend_pid();' >&"${to[$1]}"
	read -r "pid[$1]" <&"${from[$1]}"
	# Spread over all rows, each once.
	step[$1]=$((5 * $3 / calls))
}

# call NUMBER NAME FIRST LAST: makes the calls and adds the time to used.
call() {
	local i before after
	{
		echo '\o /dev/null'
		for ((i = $3; i <= $4; i++)); do echo "EXECUTE $2($((i * step[$1])));"; done
		printf '\\o\nSELECT 1;\n'
	} > "$dir/calls"
	read -r before _ < "/proc/${pid[$1]}/schedstat"
	cat "$dir/calls" >&"${to[$1]}"
	read -r _ <&"${from[$1]}"
	read -r after _ < "/proc/${pid[$1]}/schedstat"
	used[$1]=$((used[$1] + after - before))
}

# measure NAME: a line "name few full", nanoseconds a call.  By turns, so that
# what else the machine does meets both.
measure() {
	local k part=$(((calls - 20) / 10)) first=20
	# The first calls plan; those that change nothing bring in all they read.
	case $1 in client_get | bind_load | account_entries) first=$calls ;; esac
	call 0 "$1" 1 "$first"
	call 1 "$1" 1 "$first"
	used=(0 0)
	for ((k = 0; k < 10; k++)); do
		call 0 "$1" $((21 + k * part)) $((20 + (k + 1) * part))
		call 1 "$1" $((21 + k * part)) $((20 + (k + 1) * part))
	done
	echo "$1 $((used[0] / (10 * part))) $((used[1] / (10 * part)))"
}

# How often the tables that grow were read from end to end.
whole_reads() {
	sql -d full -c "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE schemaname = 'tonearm'
		AND relname NOT IN ('app', 'client_tally', 'migration')"
}

fill few $((calls / 5)) 10
fill full 10000 10000
before=$(whole_reads)
open 0 few $((calls / 5)) 10
open 1 full 10000 10000
for name in $order; do measure "$name"; done > "$dir/times"
for k in 0 1; do echo '\q' >&"${to[$k]}"; done
wait
sleep 1
after=$(whole_reads)
echo "| call | almost empty | full | |"
echo "|---|---|---|---|"
awk '
	$1 == "nothing" { few = $2; full = $3; next }
	{
		a = ($2 - few) / 1000; b = ($3 - full) / 1000
		printf "| `%s` | %.0f us | %.0f us | x %.2f |\n", $1, a, b, b / a
		if (b > 2 * a && b - a > 50) bad = 1
	}
	END { exit bad }' "$dir/times" && status=0 || status=1
echo
echo "tables read from end to end while it was full: $((after - before))"
start=$(date +%s%N)
sql -U tonearm_vault -d full -c 'SELECT tonearm.janitor()' > /dev/null
echo "janitor: $((($(date +%s%N) - start) / 1000000)) ms"
[ "$after" = "$before" ] || status=1
exit "$status"
