-- Row-level security at work, as the owner himself: without a setting nothing
-- at all, with one only its own person's rows.
BEGIN;
\ir helpers.psql
SELECT plan(38);

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
    'credential', 'migration']) AS t;
SELECT throws_ok('SELECT tonearm.session_person(''x'')', '42501', NULL,
    'nor call what is for the functions');

RESET ROLE;
CREATE TEMP TABLE guarded (name text, own text);
GRANT SELECT ON guarded TO PUBLIC;
INSERT INTO guarded VALUES ('person', 'id'), ('identity', 'person'), ('data_key', 'person'),
    ('sealed', 'person'), ('web_session', 'person'), ('credential', 'person');
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
SET LOCAL tonearm.person = '';
SET LOCAL tonearm.janitor = 'on';
SELECT is((SELECT count(*) FROM tonearm.web_session) + (SELECT count(*) FROM tonearm.credential),
    0::bigint, 'the janitor sees nothing that has not expired');
SELECT * FROM finish();
ROLLBACK;
