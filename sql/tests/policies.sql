-- Row-level security at work, as the owner himself: without a setting nothing
-- at all, with one only its own person's rows.
BEGIN;
\ir helpers.psql
SELECT plan(84);

SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
SELECT tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('token 1'), 1::smallint,
    127, 'one', 0) \g /dev/null
SELECT tonearm.credential_create(pg_temp.h('session 2'), pg_temp.h('token 2'), 1::smallint,
    127, 'two', 0) \g /dev/null

-- The vault's role cannot reach a table at all.
SELECT throws_ok('SELECT FROM tonearm.' || t, '42501', NULL, 'the vault cannot read ' || t)
FROM unnest(ARRAY['app', 'login', 'person', 'identity', 'data_key', 'sealed', 'web_session',
    'credential', 'migration', 'client', 'client_tally', 'authorization_request', 'connection',
    'code', 'refresh', 'change', 'change_part']) AS t;
SELECT throws_ok('SELECT tonearm.' || f, '42501', NULL, 'nor call what is for the functions')
FROM unnest(ARRAY['session_person(''x'')', 'client_proved(''x'', ''x'')',
    'connection_lock(pg_temp.id(1), pg_temp.id(1), ''x'')',
    'tokens_add(pg_temp.id(1), pg_temp.id(1), 1, ''x'', ''x'')',
    'consent_is_foreign(NULL, now(), pg_temp.id(1), ''x'')', 'janitor_clients()',
    'change_room(pg_temp.id(1), pg_temp.id(1), 1, true)', 'export_changes(pg_temp.id(1))']) AS f;

RESET ROLE;
CREATE TEMP TABLE guarded (name text, own text);
GRANT SELECT ON guarded TO PUBLIC;
INSERT INTO guarded VALUES ('person', 'id'), ('identity', 'person'), ('data_key', 'person'),
    ('sealed', 'person'), ('web_session', 'person'), ('credential', 'person'),
    ('connection', 'person'), ('code', 'person'), ('refresh', 'person'), ('change', 'person'),
    ('change_part', 'person');
-- A change of each.
SELECT tonearm.change_put(pg_temp.id(n), pg_temp.id(n), 0, 'x') FROM generate_series(1, 2) AS n \g /dev/null
-- A connection of each, with an open request beside it.
INSERT INTO tonearm.client (id, kind, auth_method, name, uri, redirects, digest)
VALUES ('c', 1, 0, '', '', 'x', pg_temp.h('c'));
INSERT INTO tonearm.connection (id, person, client, scopes, expires_at)
SELECT pg_temp.id(100 + n), pg_temp.id(n), 'c', 1, now() + interval '1 day' FROM generate_series(1, 2) AS n;
INSERT INTO tonearm.code (hash, connection, person, redirect_uri, challenge, expires_at)
SELECT pg_temp.h('code ' || n), pg_temp.id(100 + n), pg_temp.id(n), 'x', repeat('c', 43),
    now() + interval '1 minute' FROM generate_series(1, 2) AS n;
INSERT INTO tonearm.refresh (hash, connection, person)
SELECT pg_temp.h('refresh ' || n), pg_temp.id(100 + n), pg_temp.id(n) FROM generate_series(1, 2) AS n;
INSERT INTO tonearm.authorization_request (id, browser, client, redirect_uri, has_state, state,
    challenge, scopes, consented, consented_at, person)
SELECT pg_temp.id(n), pg_temp.h('browser ' || n), 'c', 'x', false, '', repeat('c', 43), 1, 1, now(),
    pg_temp.id(n) FROM generate_series(1, 2) AS n;
CREATE FUNCTION pg_temp.seen(p_table text, p_where text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	v_n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM tonearm.%I WHERE %s', p_table, p_where) INTO v_n;
	RETURN v_n;
END
$$;
CREATE FUNCTION pg_temp.changed(p_sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	v_n bigint;
BEGIN
	EXECUTE p_sql;
	GET DIAGNOSTICS v_n = ROW_COUNT;
	RETURN v_n;
END
$$;
SELECT is(pg_temp.seen(name, 'true'), 2::bigint, name || ' holds two people''s rows')
FROM guarded;

SET LOCAL ROLE tonearm_owner;
SELECT is(pg_temp.seen(name, 'true'), 0::bigint, name || ': without a setting no row is seen')
FROM guarded;
SET LOCAL tonearm.person = '00000000-0000-4000-8000-000000000001';
SELECT is(pg_temp.seen(name, 'true'), 1::bigint, name || ': with a person one row is seen')
FROM guarded;
SELECT is(pg_temp.seen(name, own || ' = pg_temp.id(1)'), 1::bigint, name || ': and it is theirs')
FROM guarded;
SELECT is(pg_temp.changed('UPDATE tonearm.sealed SET version = 99 WHERE person = pg_temp.id(2)'),
    0::bigint, 'another person''s row cannot be changed');
SELECT throws_ok($$INSERT INTO tonearm.credential (hash, person, kind, scopes, label)
    VALUES (pg_temp.h('planted'), pg_temp.id(2), 1, 1, '')$$, '42501', NULL,
    'nor one be planted');
SELECT throws_ok($$UPDATE tonearm.credential SET person = pg_temp.id(2)$$, '42501', NULL,
    'nor one be given away');
SELECT throws_ok($$INSERT INTO tonearm.connection (person, client, scopes, expires_at)
    VALUES (pg_temp.id(2), 'c', 1, now())$$, '42501', NULL, 'nor a client be let in');
SELECT throws_ok($$INSERT INTO tonearm.refresh (hash, connection, person)
    VALUES (pg_temp.h('planted'), pg_temp.id(102), pg_temp.id(2))$$, '42501', NULL,
    'nor a refresh token be planted');
SELECT is(pg_temp.changed('DELETE FROM tonearm.connection WHERE id = pg_temp.id(102)'), 0::bigint,
    'nor a connection ended');
SELECT is(pg_temp.seen('authorization_request', 'true'), 0::bigint,
    'a request is not its person''s');
SET LOCAL tonearm.person = '';
SELECT set_config('tonearm.secret', encode(pg_temp.h('browser 1'), 'hex'), true) \g /dev/null
SELECT is(pg_temp.seen('authorization_request', 'id = pg_temp.id(1)'), 1::bigint,
    'but its browser''s');
SELECT is(pg_temp.seen('authorization_request', 'true'), 1::bigint, 'and no other''s');
SELECT set_config('tonearm.secret', encode(pg_temp.h('code 2'), 'hex'), true) \g /dev/null
SELECT is(pg_temp.seen('code', 'person = pg_temp.id(2)'), 1::bigint, 'a code finds itself');
SELECT is(pg_temp.seen('code', 'true') + pg_temp.seen('connection', 'true')
    + pg_temp.seen('refresh', 'true'), 1::bigint, 'and nothing else');
SELECT set_config('tonearm.secret', encode(pg_temp.h('refresh 2'), 'hex'), true) \g /dev/null
SELECT is(pg_temp.seen('refresh', 'person = pg_temp.id(2)'), 1::bigint,
    'a refresh token finds itself');
SELECT is(pg_temp.changed('UPDATE tonearm.refresh SET rotated_at = now()'), 0::bigint,
    'and changes nothing');
SELECT set_config('tonearm.secret', '', true) \g /dev/null
SET LOCAL tonearm.person = '';
SET LOCAL tonearm.janitor = 'on';
SELECT is((SELECT count(*) FROM tonearm.web_session) + (SELECT count(*) FROM tonearm.credential)
    + (SELECT count(*) FROM tonearm.connection) + (SELECT count(*) FROM tonearm.code)
    + (SELECT count(*) FROM tonearm.refresh),
    0::bigint, 'the janitor sees nothing that has not expired');
SELECT is(pg_temp.changed('DELETE FROM tonearm.authorization_request'), 0::bigint,
    'nor removes what it counts');
SELECT * FROM finish();
ROLLBACK;
