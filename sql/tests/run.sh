#!/usr/bin/env bash
# Tests of the database: starts a PostgreSQL of its own (private folder, Unix
# socket only), migrates it with `tonearm migrate`, runs the pgTAP files and a
# few checks that need several sessions.  Prints TAP lines.
#
# TONEARM names the tonearm program to test (else ./tonearm).  Works as root,
# which PostgreSQL refuses to be: the server then runs as user postgres.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tonearm=${TONEARM:-./tonearm}
migrations=$here/../migrations
dir='' server=''

skip() {
	echo "1..1"
	echo "ok 1 - database # skip $1"
	exit 0
}

# The server's folder of programs, version 15 or later with pgTAP.
find_programs() {
	local d version
	for d in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
		[ -x "$d/initdb" ] || continue
		version=$("$d/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
		[ "$version" -ge 15 ] || continue
		[ -f "$("$d/pg_config" --sharedir 2>/dev/null || true)/extension/pgtap.control" ] ||
			[ -f "/usr/share/postgresql/$version/extension/pgtap.control" ] || continue
		bin=$d
		return 0
	done
	return 1
}

as_server() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

clean_up() {
	local status=$? i
	trap - EXIT INT TERM
	if [ -n "$server" ]; then
		kill -INT "$server" 2>/dev/null || true
		for i in $(seq 100); do
			kill -0 "$server" 2>/dev/null || break
			[ "$i" != 90 ] || kill -QUIT "$server" 2>/dev/null || true
			sleep 0.1
		done
	fi
	[ "$status" = 0 ] || [ ! -f "$dir/log" ] || sed 's/^/# /' "$dir/log" | tail -n 20
	[ -z "$dir" ] || rm -rf "$dir"
	exit "$status"
}

start_server() {
	# A socket's path must be short, whatever TMPDIR says.
	dir=$(mktemp -d /tmp/tonearm-sql.XXXXXX)
	trap clean_up EXIT
	trap 'exit 1' INT TERM
	[ "$(id -u)" != 0 ] || chown postgres: "$dir"
	cd "$dir"
	as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-sync > /dev/null
	as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 30 -s start \
		-o "-c listen_addresses= -c unix_socket_directories=$dir -c fsync=off -c max_connections=60"
	server=$(head -n 1 "$dir/data/postmaster.pid")
	export PGHOST=$dir PGUSER=postgres PGDATABASE=tonearm PGOPTIONS='' PGTZ=UTC
	unset PGPORT PGPASSWORD PGSERVICE
	createdb tonearm
	cat > "$dir/conf" <<-TEXT
		[database]
		admin_conninfo = host=$dir dbname=tonearm user=postgres
		[spotify]
		client_id = none
	TEXT
	sed 's/user=postgres/user=tonearm_migrate/' "$dir/conf" > "$dir/conf.migrate"
	sed 's/user=postgres/user=tonearm_vault/' "$dir/conf" > "$dir/conf.vault"
}

n=0 bad=0
# check NAME COMMAND...: one TAP line.
check() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@" > "$dir/out" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/out"
		bad=$((bad + 1))
	fi
}

migrate() { "$tonearm" -c "$dir/$1" migrate --sql-dir "${2:-$migrations}"; }
# fails_with WORDS COMMAND...: the command fails and says so.
fails_with() {
	local words=$1
	shift
	if "$@" > "$dir/said" 2>&1; then
		cat "$dir/said"
		return 1
	fi
	grep -q "$words" "$dir/said" || { cat "$dir/said"; return 1; }
}
says() {
	local words=$1
	shift
	"$@" > "$dir/said" 2>&1 && grep -q "$words" "$dir/said" && return 0
	cat "$dir/said"
	return 1
}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

migration_tests() {
	check "nobody but a superuser starts on an empty database" \
		fails_with 'does not exist' migrate conf.migrate
	check "an empty database is migrated" says '0001_tables: applied' migrate conf
	check "a second run changes nothing" says 'nothing to do' migrate conf
	check "tonearm_migrate may do later runs" says 'nothing to do' migrate conf.migrate
	check "tonearm_vault may not" fails_with 'permission denied' migrate conf.vault
	cp -r "$migrations" "$dir/changed"
	echo '-- changed' >> "$dir/changed/0002_policies.sql"
	check "a file that changed after it was applied is refused" \
		fails_with 'differs from it' migrate conf "$dir/changed"
	cp -r "$migrations" "$dir/fewer"
	rm "$(find "$dir/fewer" -name '*.sql' | sort | tail -n 1)"
	check "a database that is newer than the files is refused" \
		fails_with 'does not know' migrate conf "$dir/fewer"
	rm "$dir/fewer/0001_tables.sql"
	check "a gap in the files is refused" fails_with 'was expected here' migrate conf "$dir/fewer"
	cp -r "$migrations" "$dir/broken"
	next=$(printf '%04d' "$(find "$migrations" -name '*.sql' | wc -l)")
	echo 'CREATE TABLE tonearm.half (); SELECT 1/0;' > "$dir/broken/${next}_broken.sql"
	check "a migration that fails is rolled back whole" \
		fails_with 'division by zero' migrate conf "$dir/broken"
	check "and leaves nothing" [ "$(sql -c "SELECT to_regclass('tonearm.half') IS NULL")" = t ]
	echo 'CREATE TABLE tonearm.whole ();' > "$dir/broken/${next}_broken.sql"
	createdb -T tonearm forward
	check "a new migration is applied to a database with data, without a superuser" \
		says "${next}_broken: applied" env "PGDATABASE=forward" sh -c \
		"sed 's/dbname=tonearm/dbname=forward/' '$dir/conf.migrate' > '$dir/conf.forward' &&
		'$tonearm' -c '$dir/conf.forward' migrate --sql-dir '$dir/broken'"
}

# sign_in NUMBER ACCOUNT: SQL of a whole sign-in.
sign_in() {
	cat <<-TEXT
		SELECT tonearm.login_begin(('00000000-0000-4000-9000-' || lpad('$1', 12, '0'))::uuid,
		    sha256('s $1'), sha256('c $1'), 'client', 'development');
		SELECT tonearm.login_consume(sha256('s $1'), sha256('c $1'));
		SELECT person FROM tonearm.enroll(('00000000-0000-4000-9000-' || lpad('$1', 12, '0'))::uuid,
		    ('00000000-0000-4000-8000-' || lpad('$1', 12, '0'))::uuid, 1, 'w', '$2', 'name', 'N', 's',
		    'tokens', sha256('session $1'));
	TEXT
}

many_sign_ins() {
	local i pids=() failed=0
	for i in $(seq 20); do
		sign_in "$i" one-account | sql -U tonearm_vault > "$dir/person.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || failed=1; done
	[ "$failed" = 0 ] || { cat "$dir"/person.*; return 1; }
	[ "$(tail -qn 1 "$dir"/person.* | sort -u | wc -l)" = 1 ] &&
		[ "$(sql -c 'SELECT count(*) FROM tonearm.person')" = 1 ]
}

many_leases() {
	local i pids=()
	for i in $(seq 20); do
		sql -U tonearm_vault -c "SELECT outcome FROM tonearm.row_lease('$1', 1::int2, 20, 60, gen_random_uuid())" \
			> "$dir/lease.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
	[ "$(cat "$dir"/lease.* | grep -c '^0$')" = 1 ] && [ "$(cat "$dir"/lease.* | grep -c '^1$')" = 19 ]
}

# second_gets WANT FIRST SECOND: the second SQL runs while the first one's
# transaction is open; its last line is WANT.
second_gets() {
	local first i got
	printf "BEGIN; SET application_name = 'first'; %s SELECT pg_sleep(0.7); COMMIT;" "$2" |
		sql -U tonearm_vault > "$dir/first" 2>&1 &
	first=$!
	for i in $(seq 100); do
		[ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'first'
			AND wait_event = 'PgSleep'")" = 0 ] || break
		sleep 0.02
	done
	got=$(sql -U tonearm_vault -c "$3" 2>&1 | tail -n 1)
	wait "$first" || { cat "$dir/first"; return 1; }
	if [ "$i" = 100 ] || [ "$got" != "$1" ]; then
		cat "$dir/first"
		echo "got: $got"
		return 1
	fi
}

races() {
	local create="SELECT outcome FROM tonearm.credential_create(sha256('session 90')," i
	check "a sign-in waits for another of the same new person" \
		second_gets 00000000-0000-4000-8000-000000000090 \
		"$(sign_in 90 racer)" "$(sign_in 91 racer)"
	check "a lease waits for another of the same row" second_gets 1 \
		"SELECT tonearm.row_lease('00000000-0000-4000-8000-000000000090', 1::int2, 2, 60, gen_random_uuid());" \
		"SELECT outcome FROM tonearm.row_lease('00000000-0000-4000-8000-000000000090', 1::int2, 2, 60, gen_random_uuid())"
	for i in $(seq 19); do echo "$create sha256('n $i'), 1::int2, 1, '', 0);"; done |
		sql -U tonearm_vault > /dev/null
	check "the last token that fits is made once" second_gets 3 \
		"$create sha256('twentieth'), 1::int2, 1, '', 0);" \
		"$create sha256('another'), 1::int2, 1, '', 0)"
}

# connect NUMBER SESSION: SQL that lets client "c" in, with access and refresh
# token "a NUMBER" and "r NUMBER".  grant: the same up to the code.
grant() {
	local auth
	auth=00000000-0000-4000-a000-$(printf %012d "$1")
	cat <<-TEXT
		SELECT tonearm.client_put('c', 1::int2, 0::int2, 'C', '', 'x', sha256('c'), '', 0);
		SELECT tonearm.auth_begin('$auth', sha256('b'), 'c', 'x', false, '', repeat('c', 43), 1);
		SELECT tonearm.auth_consent('$auth', sha256('b'), sha256('session $2'), 1);
		SELECT tonearm.auth_grant('$auth', sha256('b'), sha256('session $2'), sha256('code $1'));
	TEXT
}
redeem() {
	echo "SELECT outcome FROM tonearm.code_redeem(sha256('code $1'), 'c', '', 'x', repeat('c', 43),
		sha256('a $2'), sha256('r $2'));"
}
connect() {
	grant "$1" "$2"
	redeem "$1" "$1"
}
# refresh OLD NEW: outcome and answer.
refresh() {
	echo "SELECT outcome || ' ' || encode(sealed, 'escape') FROM tonearm.token_refresh(
		sha256('r $1'), 'c', '', 0, sha256('a $2'), sha256('r $2'), 'sealed $2');"
}

# Twenty processes of one client: one exchanges, all get what it got.
many_refreshes() {
	local i pids=() answers
	connect 300 90 | sql -U tonearm_vault > /dev/null
	for i in $(seq 20); do
		refresh 300 "300-$i" | sql -U tonearm_vault > "$dir/refresh.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
	answers=$(cat "$dir"/refresh.* | sort | uniq -c | sed 's/^ *//')
	[[ "$answers" =~ ^"1 0 "$'\n'"19 4 sealed 300-"[0-9]+$ ]] || { echo "$answers"; return 1; }
	[ "$(sql -c "SELECT count(*) FROM tonearm.credential WHERE connection =
		(SELECT connection FROM tonearm.refresh WHERE hash = sha256('r 300'))")" = 2 ]
}

# What waits for what in connections.
connection_races() {
	local i
	for i in 301 303 304; do connect "$i" 90; done | sql -U tonearm_vault > /dev/null
	check "twenty refreshes at once make one pair of tokens, and all get it" many_refreshes
	check "a refresh waits for another of the same token" second_gets "4 sealed one" \
		"$(refresh 301 one)" "$(refresh 301 two)"
	grant 302 90 | sql -U tonearm_vault > /dev/null
	check "the second of two uses of a code at once ends the connection" second_gets 3 \
		"$(redeem 302 302-one)" "$(redeem 302 302-two)"
	check "a refresh that waits for the end of its connection is refused" second_gets "2 " \
		"SELECT tonearm.token_revoke(sha256('r 303'), 'c', '');" "$(refresh 303 late)"
	check "the end of a connection takes what was made meanwhile" second_gets 0 \
		"$(refresh 304 304-last)" \
		"SELECT tonearm.token_revoke(sha256('r 304'), 'c', '');
		SELECT count(*) FROM tonearm.credential_resolve(sha256('a 304-last'), 3::int2)"
	check "all is ended, also what was granted meanwhile" second_gets 2 "$(grant 305 90)" \
		"SELECT tonearm.credential_revoke(sha256('session 90'), '00000000-0000-0000-0000-000000000000');
		$(redeem 305 305)"
	connect 306 90 | sql -U tonearm_vault > /dev/null
	check "the end of a person waits for a refresh, and takes what it made" second_gets 0 \
		"$(refresh 306 306-last)" \
		"SELECT tonearm.person_delete(sha256('session 90'));
		SELECT count(*) FROM tonearm.credential_resolve(sha256('a 306-last'), 3::int2)"
}

# The operator's command, as the roles that may and may not.
command_tests() {
	sed 's/user=postgres/user=tonearm_admin/' "$dir/conf" > "$dir/conf.admin"
	sign_in 94 somebody | sql -U tonearm_vault > /dev/null
	sign_in 95 operated | sql -U tonearm_vault > /dev/null
	check "the command line works as tonearm_admin" \
		says '^ID .*SPOTIFY ID' "$tonearm" -c "$dir/conf.admin" user list
	check "a superuser becomes it" says '"spotify_id": "name"' "$tonearm" -c "$dir/conf" user list --json
	check "the vault's role may not" \
		fails_with 'permission denied to set role' "$tonearm" -c "$dir/conf.vault" user list
	check "nor the migrations'" \
		fails_with 'permission denied to set role' "$tonearm" -c "$dir/conf.migrate" revoke --all --yes
	check "a beginning that is several people's names nobody" \
		fails_with 'may mean' "$tonearm" -c "$dir/conf.admin" user delete 0000 --yes
	check "what ends something asks first" \
		fails_with 'not without --yes' "$tonearm" -c "$dir/conf.admin" user delete \
		00000000-0000-4000-8000-000000000095 < /dev/null
	check "a person is revoked" says '^ended: ' \
		"$tonearm" -c "$dir/conf.admin" user revoke 00000000-0000-4000-8000-000000000095 --yes
	check "and deleted" says ': deleted' \
		"$tonearm" -c "$dir/conf.admin" user delete 00000000-0000-4000-8000-000000000095 --yes
	check "once" fails_with 'there is no user' \
		"$tonearm" -c "$dir/conf.admin" user delete 00000000-0000-4000-8000-000000000095 --yes
}

# What a LISTENer is told while the rest happens in another session.
told() {
	local heard
	{
		echo 'LISTEN tonearm;'
		sign_in 77 listened
		echo "SELECT tonearm.credential_create(sha256('session 77'), sha256('t'), 1::int2, 1, '', 0);
			SELECT tonearm.credential_touch(sha256('t'));
			SELECT tonearm.credential_revoke(sha256('session 77'), grant_id)
			FROM tonearm.account_credentials(sha256('session 77'));"
		sign_in 78 listened
		echo "SELECT tonearm.person_delete(sha256('session 78'));"
	} | sql -U tonearm_vault > "$dir/heard"
	heard=$(sed -n 's/.*with payload "\([^"]*\)".*/\1/p' "$dir/heard")
	local person=00000000-0000-4000-8000-000000000077 hash
	hash=$(printf t | sha256sum | cut -c 1-64)
	[ "$heard" = "credential $hash $person
credential $hash $person
person $person
person $person" ] || { cat "$dir/heard"; return 1; }
}

# The access tokens of a connection that ends; not those that have expired.
told_of_connections() {
	local heard person=00000000-0000-4000-8000-000000000079 b c
	{
		sign_in 79 connected
		connect 79 79
		refresh 79 79b
	} | sql -U tonearm_vault > /dev/null
	sql -c "UPDATE tonearm.credential SET expires_at = now() - interval '1 minute'
		WHERE hash = sha256('a 79')"
	{
		echo 'LISTEN tonearm; SELECT tonearm.janitor();'
		refresh 79b 79c
		echo "SELECT tonearm.token_revoke(sha256('r 79c'), 'c', '');"
	} | sql -U tonearm_vault > "$dir/heard"
	heard=$(sed -n 's/.*with payload "\([^"]*\)".*/\1/p' "$dir/heard" | sort)
	b="credential $(printf 'a 79b' | sha256sum | cut -c 1-64) $person"
	c="credential $(printf 'a 79c' | sha256sum | cut -c 1-64) $person"
	[ "$heard" = "$(printf '%s\n' "$b" "$c" "$c" | sort)" ] || { cat "$dir/heard"; return 1; }
}

[ -x "$tonearm" ] || { echo "run.sh: no program $tonearm; set TONEARM" >&2; exit 2; }
tonearm=$(cd "$(dirname "$tonearm")" && pwd)/$(basename "$tonearm")
find_programs || skip "PostgreSQL 15 with pgTAP is not installed"
command -v pg_prove > /dev/null || skip "pg_prove is not installed"
[ "$(id -u)" != 0 ] || id postgres > /dev/null 2>&1 || skip "run by root and there is no user postgres"
start_server
migration_tests
check "twenty sign-ins of one new person at once make one person" many_sign_ins
check "twenty workers at once get one lease" many_leases "$(sql -c 'SELECT id FROM tonearm.person')"
races
check "who listens is told of credentials and people, not of their use" told
connection_races
check "who listens is told of each token of a connection that ends" told_of_connections
command_tests
echo "1..$n"
sql -c 'CREATE SCHEMA tap; GRANT USAGE ON SCHEMA tap TO PUBLIC; CREATE EXTENSION pgtap SCHEMA tap;'
sql -c 'DELETE FROM tonearm.person; DELETE FROM tonearm.login; DELETE FROM tonearm.client;'
proved=0
pg_prove --verbose --ext .sql "$here"/*.sql || proved=1
[ "$bad" = 0 ] && [ "$proved" = 0 ]
