-- The operator's command line: what it sees, what it ends, and that it can do
-- nothing else.  And a person's own download.
BEGIN;
\ir helpers.psql
SELECT plan(65);

SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
SELECT tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('token 1'), 1::smallint, 5,
    'one', 0) \g /dev/null
SELECT tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('link 1'), 2::smallint, 127,
    'link', 0) \g /dev/null
SELECT tonearm.credential_create(pg_temp.h('session 2'), pg_temp.h('token 2'), 1::smallint, 1,
    'two', 0) \g /dev/null

-- A client that a person lets in, by the functions alone; token names the tokens.
CREATE FUNCTION pg_temp.let_in(p_number integer, p_client text, p_token text) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
	v_auth uuid := gen_random_uuid();
	v_browser bytea := pg_temp.h('browser ' || p_token);
	v_session bytea := pg_temp.h('session ' || p_number);
BEGIN
	PERFORM tonearm.client_put(p_client, 1::smallint, 0::smallint, 'Name of ' || p_client, '',
	    'http://127.0.0.1/x', pg_temp.h('digest ' || p_client), '', 0);
	PERFORM tonearm.auth_begin(v_auth, v_browser, p_client, 'http://127.0.0.1/x', false, '',
	    repeat('c', 43), 5);
	PERFORM tonearm.auth_consent(v_auth, v_browser, v_session, 5);
	PERFORM tonearm.auth_grant(v_auth, v_browser, v_session, pg_temp.h('code ' || p_token));
	RETURN (SELECT outcome FROM tonearm.code_redeem(pg_temp.h('code ' || p_token), p_client, '',
	    'http://127.0.0.1/x', repeat('c', 43), pg_temp.h('access ' || p_token),
	    pg_temp.h('refresh ' || p_token)));
END
$$;
SELECT is(pg_temp.let_in(1, 'client-a', 'a1'), 0::smallint, 'a client is let in');
SELECT is(pg_temp.let_in(2, 'client-a', 'a2'), 0::smallint, 'and by another person');
SELECT is(pg_temp.let_in(1, 'client-b', 'b1'), 0::smallint, 'and another client');

-- What it may do, and nothing else.
SELECT throws_ok('SELECT FROM tonearm.' || f, '42501', NULL, 'the vault cannot ' || f)
FROM unnest(ARRAY['admin_users('''')', 'admin_credentials(pg_temp.id(1))',
    'admin_connections(pg_temp.id(1))', 'admin_sessions(pg_temp.id(1))', 'admin_clients()',
    'admin_delete_person(pg_temp.id(1))', 'admin_revoke_person(pg_temp.id(1))',
    'admin_revoke_client(''client-a'', true)', 'admin_revoke_since(0)',
    'admin_client_add(''x'', 0::smallint, '''', ''https://a.example/'', ''x'', '''')',
    'export_text(pg_temp.id(1))', 'admin_invite(''x'', '''')']) AS f;
RESET ROLE;
SET LOCAL ROLE tonearm_admin;
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc AS p
    WHERE p.pronamespace = 'tonearm'::regnamespace
	AND has_function_privilege('tonearm_admin', p.oid, 'EXECUTE')),
    ARRAY['admin_client_add', 'admin_clients', 'admin_connections', 'admin_credentials', 'admin_delete_person',
	'admin_invite', 'admin_revoke_client', 'admin_revoke_person', 'admin_revoke_since',
	'admin_sessions', 'admin_users', 'schema_version'],
    'the command line may execute exactly its functions');
SELECT throws_ok('SELECT FROM tonearm.' || t, '42501', NULL, 'the command line cannot read ' || t)
FROM unnest(ARRAY['person', 'data_key', 'sealed', 'credential', 'web_session', 'refresh',
    'client']) AS t;
SELECT throws_ok('SELECT tonearm.person_export(pg_temp.id(1), pg_temp.h(''ticket''))', '42501',
    NULL, 'nor have anybody''s download');
SET LOCAL tonearm.janitor = 'admin';
SELECT throws_ok('SELECT FROM tonearm.person', '42501', NULL,
    'whatever it sets');
RESET tonearm.janitor;

-- People.
SELECT is((SELECT array_agg(id ORDER BY id) FROM tonearm.admin_users('')),
    ARRAY[pg_temp.id(1), pg_temp.id(2)], 'it sees who there is');
SELECT results_eq($$SELECT spotify_id, display_name, clients, tokens, browsers
    FROM tonearm.admin_users('name-1')$$,
    $$VALUES ('name-1', 'Name 1', 2::bigint, 2::bigint, 1::bigint)$$,
    'a Spotify id names a person, and how much they have');
SELECT is((SELECT count(*) FROM tonearm.admin_users('00000000-0000-4000-8000-000000000002')),
    1::bigint, 'so does the id');
SELECT is((SELECT count(*) FROM tonearm.admin_users('0000')), 2::bigint,
    'the beginning of it names all that begin so');
SELECT is_empty($$SELECT * FROM tonearm.admin_users('000')$$, 'if it has four characters');
SELECT is_empty($$SELECT * FROM tonearm.admin_users('Name 1')$$,
    'what people call themselves names nobody');
SELECT results_eq($$SELECT kind, label, scopes FROM tonearm.admin_credentials(pg_temp.id(1))
    ORDER BY label$$, $$VALUES ('link', 'link', 'library:read library:write playlists:read '
    'playlists:write playback:read playback:control history:read'),
    ('token', 'one', 'library:read playlists:read')$$, 'tokens and link with what they may');
SELECT results_eq($$SELECT client, client_id, scopes FROM tonearm.admin_connections(pg_temp.id(2))$$,
    $$VALUES ('Name of client-a', 'client-a', 'library:read playlists:read')$$,
    'clients with what they may');
SELECT is((SELECT count(*) FROM tonearm.admin_sessions(pg_temp.id(1))), 1::bigint, 'browsers');
SELECT results_eq('SELECT client_id, kind, people FROM tonearm.admin_clients() ORDER BY 1',
    $$VALUES ('client-a', 'registered', 2::bigint), ('client-b', 'registered', 1::bigint)$$,
    'it sees the clients and how many let them in');

-- A client of the operator's own.
SAVEPOINT s;
SELECT lives_ok($$SELECT tonearm.admin_client_add('given', 1::smallint, 'Given',
    'https://a.example/cb', pg_temp.h('given'), pg_temp.h('secret'))$$, 'a client is added');
SELECT results_eq($$SELECT kind, name FROM tonearm.admin_clients() WHERE client_id = 'given'$$,
    $$VALUES ('given', 'Given')$$, 'it is known as one');
SELECT throws_ok($$SELECT tonearm.admin_client_add('other', 1::smallint, 'Without a secret',
    'https://a.example/cb', pg_temp.h('other'), '')$$, '23514', NULL, 'what needs a secret has one');
SELECT throws_ok($$SELECT tonearm.admin_client_add('given', 0::smallint, 'Again',
    'https://b.example/cb', pg_temp.h('again'), '')$$, '23505', NULL, 'an id is one client''s');
ROLLBACK TO s;

-- One person's things.
SAVEPOINT s;
SELECT results_eq('SELECT * FROM tonearm.admin_revoke_person(pg_temp.id(1))',
    'VALUES (2::bigint, 2::bigint, 1::bigint)', 'a person''s things are ended');
SELECT is((SELECT clients + tokens + browsers FROM tonearm.admin_users('name-1')), 0::bigint,
    'all of them');
SELECT is((SELECT clients + tokens + browsers FROM tonearm.admin_users('name-2')), 3::bigint,
    'and nobody else''s');
SELECT is_empty('SELECT * FROM tonearm.admin_revoke_person(pg_temp.id(9))', 'nobody has nothing');
RESET ROLE;
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('access a1'), 3::smallint)$$,
    'access tokens are void');
SELECT isnt((SELECT outcome FROM tonearm.token_refresh(pg_temp.h('refresh a1'), 'client-a', '', 0,
    pg_temp.h('x'), pg_temp.h('y'), '')), 0::smallint, 'so are refresh tokens');
ROLLBACK TO s;

-- One client's.
SAVEPOINT s;
SELECT results_eq($$SELECT * FROM tonearm.admin_revoke_client('client-a', false)$$,
    'VALUES (2::bigint, 0::bigint)', 'a client''s accesses are ended');
SELECT is((SELECT count(*) FROM tonearm.admin_clients()), 2::bigint, 'it is known still');
SELECT results_eq($$SELECT * FROM tonearm.admin_revoke_client('client-a', true)$$,
    'VALUES (0::bigint, 1::bigint)', 'and forgotten if that is asked for');
SELECT is((SELECT count(*) FROM tonearm.admin_clients()), 1::bigint, 'then it is not');
SELECT is((SELECT sum(clients)::integer FROM tonearm.admin_users('')), 1, 'others'' stay');
SELECT is_empty($$SELECT * FROM tonearm.admin_revoke_client('nobody', true)$$,
    'a client that is not there has nothing');
ROLLBACK TO s;

-- What was used since.
RESET ROLE;
UPDATE tonearm.credential SET created_at = now() - interval '10 days';
UPDATE tonearm.connection SET created_at = now() - interval '10 days',
    last_used_at = now() - interval '5 days';
UPDATE tonearm.refresh SET created_at = now() - interval '10 days';
SET LOCAL ROLE tonearm_admin;
CREATE FUNCTION pg_temp.since(p_ago interval) RETURNS text LANGUAGE sql AS $$
	SELECT connections || ' ' || credentials || ' ' || sessions
	FROM tonearm.admin_revoke_since(floor(extract(epoch FROM now() - p_ago))::bigint)
$$;
SELECT is(pg_temp.since('1 hour'), '0 0 2', 'what was not used of late stays, but for browsers');
RESET ROLE;
UPDATE tonearm.credential SET last_used_at = now() - interval '1 hour'
WHERE hash = pg_temp.h('token 1');
UPDATE tonearm.refresh SET rotated_at = now() - interval '1 hour'
WHERE hash = pg_temp.h('refresh a2');
UPDATE tonearm.credential SET last_used_at = now() - interval '1 hour'
WHERE hash = pg_temp.h('access b1');
SET LOCAL ROLE tonearm_admin;
SELECT is(pg_temp.since('30 minutes'), '0 0 0', 'nor what was used before');
SELECT is(pg_temp.since('55 minutes'), '2 1 0',
    'a use is noted some minutes late, and counts then');
SELECT results_eq('SELECT spotify_id, clients, tokens, browsers FROM tonearm.admin_users('''')',
    $$VALUES ('name-1', 1::bigint, 1::bigint, 0::bigint), ('name-2', 0, 1, 0)$$,
    'the rest stays');
SELECT is((SELECT connections || ' ' || credentials || ' ' || sessions
    FROM tonearm.admin_revoke_since(0)), '1 2 0', 'and all of it can be ended');

-- A person's own download.
RESET ROLE;
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(3, 'account-1', 'name-1') \g /dev/null
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 3'),
    pg_temp.h('ticket'), 4::smallint, 0, '', 0)), 0::smallint, 'a ticket is made');
SELECT is_empty($$SELECT * FROM tonearm.person_export(pg_temp.id(2), pg_temp.h('ticket'))$$,
    'it is nobody else''s');
SELECT is((SELECT convert_from(string_agg(part, ''), 'UTF8')::jsonb -> 'profile' ->> 'spotify_id'
    FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('ticket'))), 'name-1',
    'for its person it is the download');
SELECT is_empty($$SELECT * FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('ticket'))$$, 'once');
SELECT tonearm.credential_create(pg_temp.h('session 3'), pg_temp.h('token 3'), 1::smallint, 1,
    repeat('"', 128), 0) \g /dev/null
SELECT is_empty($$SELECT * FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('token 3'))$$,
    'a token is no ticket');
SELECT tonearm.credential_create(pg_temp.h('session 3'), pg_temp.h('ticket 2'), 4::smallint, 10, '',
    0) \g /dev/null
SELECT is_empty($$SELECT * FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('ticket 2'))$$,
    'nor is a ticket for something else');
SELECT tonearm.credential_create(pg_temp.h('session 3'), pg_temp.h('ticket'), 4::smallint, 0, '',
    9999999999) \g /dev/null
RESET ROLE;
INSERT INTO tonearm.web_session (hash, person)
SELECT sha256(i::text::bytea), pg_temp.id(1) FROM generate_series(1, 1000) AS i;
INSERT INTO tonearm.credential (hash, person, kind, scopes, label)
SELECT sha256(('c' || i)::bytea), pg_temp.id(1), 1, 127, repeat('"', 128)
FROM generate_series(1, 120) AS i;
SET LOCAL ROLE tonearm_vault;
SELECT ok(bool_and(length(part) <= 16384) AND count(*) BETWEEN 2 AND 24,
    'much comes in parts that the vault can read')
FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('ticket'));
SELECT tonearm.credential_create(pg_temp.h('session 3'), pg_temp.h('ticket'), 4::smallint, 0, '',
    9999999999) \g /dev/null
RESET ROLE;
SELECT ok(convert_from(string_agg(part, ''), 'UTF8')
    !~ '(tokens|key|session|cookie|state) [0-9]|\\x|[0-9a-f]{64}', 'and holds no secret and no hash')
FROM tonearm.person_export(pg_temp.id(1), pg_temp.h('ticket'));
SELECT is((SELECT array_agg(n ORDER BY i) FROM (SELECT i, tonearm.scope_names(1 << i) AS n
    FROM generate_series(0, 7) AS i) AS s), ARRAY['library:read', 'library:write',
    'playlists:read', 'playlists:write', 'playback:read', 'playback:control', 'history:read', ''],
    'scopes have their names');
SELECT * FROM finish();
ROLLBACK;
