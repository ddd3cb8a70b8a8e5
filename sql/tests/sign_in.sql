-- Signing in: once, in time, in the same browser; and who is who.
BEGIN;
\ir helpers.psql
SELECT plan(44);
SET LOCAL ROLE tonearm_vault;

SELECT is((SELECT version FROM tonearm.schema_version()), 15, 'the schema has its version');

-- The way out and back.
SELECT is((SELECT started FROM tonearm.login_begin(pg_temp.id(1), pg_temp.h('s'), pg_temp.h('c'),
    'client', 'extended')), true, 'a login begins');
SELECT is_empty($$SELECT * FROM tonearm.login_consume(pg_temp.h('other'), pg_temp.h('c'))$$,
    'an unknown state is refused');
SELECT is_empty($$SELECT * FROM tonearm.login_consume(pg_temp.h('s'), pg_temp.h('other'))$$,
    'another browser''s cookie is refused');
SELECT is_empty($$SELECT * FROM tonearm.enroll(pg_temp.id(1), pg_temp.id(9), 1, 'w', 'a', 'i', 'n',
    's', 'x', pg_temp.h('session'))$$, 'a login that was not consumed cannot be completed');
SELECT results_eq($$SELECT * FROM tonearm.login_consume(pg_temp.h('s'), pg_temp.h('c'))$$,
    $$VALUES (pg_temp.id(1), 'client', 'extended')$$,
    'the right browser gets it, also after the wrong one tried');
SELECT is_empty($$SELECT * FROM tonearm.login_consume(pg_temp.h('s'), pg_temp.h('c'))$$,
    'and only once');
SELECT throws_ok($$SELECT tonearm.login_begin(pg_temp.id(2), pg_temp.h('s'), pg_temp.h('c'),
    'client', 'extended')$$, '23505', NULL, 'a state cannot be used twice');
SELECT throws_ok($$SELECT tonearm.login_begin(pg_temp.id(2), pg_temp.h('s2'), 'short', 'client',
    'extended')$$, '23514', NULL, 'a cookie that is no hash is refused');

-- Completed.
SELECT results_eq($$SELECT * FROM tonearm.enroll(pg_temp.id(1), pg_temp.id(9), 3, 'wrapped',
    'account', 'name', 'Display', 'scope-a scope-b', 'tokens', pg_temp.h('session'))$$,
    $$VALUES (pg_temp.id(9), true)$$, 'the first sign-in makes the candidate a person');
SELECT is_empty($$SELECT * FROM tonearm.enroll(pg_temp.id(1), pg_temp.id(8), 3, 'w', 'account',
    'name', 'Display', 's', 'x', pg_temp.h('session 2'))$$, 'a login is completed once');
SELECT results_eq($$SELECT display_name, spotify_id, client_id, mode, scopes,
    authorized_at FROM tonearm.person_get(pg_temp.id(9))$$,
    $$VALUES ('Display', 'name', 'client', 'extended', 'scope-a scope-b',
    floor(extract(epoch FROM now()))::bigint)$$, 'the person is as Spotify said');
SELECT results_eq('SELECT * FROM tonearm.key_get(pg_temp.id(9))',
    $$VALUES (3, 'wrapped'::bytea)$$, 'the key is there');
SELECT results_eq('SELECT * FROM tonearm.row_list(pg_temp.id(9))',
    $$VALUES (1::smallint, 1::bigint, pg_temp.id(1), 'tokens'::bytea)$$,
    'the tokens are there, sealed under the login');
SELECT results_eq($$SELECT person, display_name, signed_in_at
    FROM tonearm.account_get(pg_temp.h('session'))$$,
    $$VALUES (pg_temp.id(9), 'Display', floor(extract(epoch FROM now()))::bigint)$$,
    'the browser is signed in');

-- Again.
SELECT tonearm.login_begin(pg_temp.id(3), pg_temp.h('s3'), pg_temp.h('c3'), 'client 2',
    'development') \g /dev/null
SELECT tonearm.login_consume(pg_temp.h('s3'), pg_temp.h('c3')) \g /dev/null
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(9), 1::smallint, 1, 60, pg_temp.id(501))), 0::smallint,
    'somebody refreshes meanwhile');
SELECT results_eq($$SELECT * FROM tonearm.enroll(pg_temp.id(3), pg_temp.id(7), 4, 'other key',
    'account', 'new name', 'New', 'scope-c', 'new tokens', pg_temp.h('session 3'))$$,
    $$VALUES (pg_temp.id(9), false)$$, 'who signs in again is the same person');
SELECT results_eq('SELECT * FROM tonearm.key_get(pg_temp.id(9))',
    $$VALUES (3, 'wrapped'::bytea)$$, 'with the same key');
SELECT results_eq('SELECT * FROM tonearm.row_list(pg_temp.id(9))',
    $$VALUES (1::smallint, 2::bigint, pg_temp.id(3), 'new tokens'::bytea)$$, 'and new tokens');
SELECT is((SELECT stored FROM tonearm.row_store(pg_temp.id(9), 1::smallint, 1, 'late')), false,
    'whoever refreshed the old ones comes too late');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(9), 1::smallint, 2, 60, pg_temp.id(502))), 0::smallint,
    'and holds no lease on the new ones');
SELECT results_eq($$SELECT display_name, spotify_id, client_id, mode, scopes
    FROM tonearm.person_get(pg_temp.id(9))$$,
    $$VALUES ('New', 'new name', 'client 2', 'development', 'scope-c')$$,
    'what Spotify says is renewed');
SELECT is_empty('SELECT * FROM tonearm.person_get(pg_temp.id(7))', 'nobody else was made');
SELECT isnt_empty($$SELECT * FROM tonearm.account_get(pg_temp.h('session'))$$,
    'the first browser stays signed in');

-- Identity.
SELECT is(pg_temp.sign_in(20, '', 'old'), pg_temp.id(20), 'one with an id only is a person');
SELECT is(pg_temp.sign_in(21, '', 'old'), pg_temp.id(20), 'the same id, the same person');
SELECT is(pg_temp.sign_in(22, 'modern', 'old'), pg_temp.id(20),
    'with an account_id beside that id still the same');
SELECT is(pg_temp.sign_in(23, 'modern', 'renamed'), pg_temp.id(20),
    'from then on the account_id counts, whatever the id');
SELECT is(pg_temp.sign_in(24, '', 'old'), pg_temp.id(24),
    'and the id alone does not: somebody else may have it now');
SELECT is(pg_temp.sign_in(25, 'modern', 'old'), pg_temp.id(20),
    'account_id comes first when both are known');
SELECT is(pg_temp.sign_in(26, '', 'modern'), pg_temp.id(26),
    'an id that reads like an account_id is somebody else');
SELECT is(pg_temp.sign_in(27, 'account-27', 'modern-2'), pg_temp.id(27),
    'an unknown account_id with an unknown id is new');
SELECT is(pg_temp.sign_in(28, 'account-28', ''), pg_temp.id(28), 'an id may be missing');
SELECT is(pg_temp.sign_in(29, 'id:x', 'y'), pg_temp.id(29), 'a colon in a value');
SELECT is(pg_temp.sign_in(30, '', 'x'), pg_temp.id(30), 'mixes nobody up');
SELECT throws_ok($$SELECT pg_temp.sign_in(31, '', '')$$, '22023', NULL,
    'whom Spotify does not name is refused');
RESET ROLE;
SELECT results_eq($$SELECT kind, value FROM tonearm.identity WHERE person = pg_temp.id(20)$$,
    $$VALUES ('account_id', 'modern')$$, 'the older row was upgraded, not doubled');

-- Time.
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.login_begin(pg_temp.id(40), pg_temp.h('s40'), pg_temp.h('c40'), 'client',
    'extended') \g /dev/null
RESET ROLE;
UPDATE tonearm.login SET created_at = now() - interval '10 minutes' WHERE id = pg_temp.id(40);
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.login_consume(pg_temp.h('s40'), pg_temp.h('c40'))$$,
    'after ten minutes a login is over');
SELECT tonearm.login_begin(pg_temp.id(41), pg_temp.h('s41'), pg_temp.h('c41'), 'client',
    'extended') \g /dev/null
SELECT tonearm.login_consume(pg_temp.h('s41'), pg_temp.h('c41')) \g /dev/null
RESET ROLE;
UPDATE tonearm.login SET consumed_at = now() - interval '5 minutes' WHERE id = pg_temp.id(41);
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.enroll(pg_temp.id(41), pg_temp.id(41), 1, 'w', 'late', '',
    '', '', 'x', pg_temp.h('session 41'))$$, 'five minutes after the redirect as well');
RESET ROLE;
UPDATE tonearm.login SET consumed_at = now() - interval '11 minutes' WHERE id = pg_temp.id(41);
UPDATE tonearm.login SET created_at = now() - interval '11 minutes' WHERE id = pg_temp.id(40);
SET LOCAL ROLE tonearm_vault;
SELECT results_eq('SELECT logins, sessions, credentials FROM tonearm.janitor()',
    'VALUES (2::bigint, 0::bigint, 0::bigint)', 'the janitor takes logins that are over');

-- Room.
RESET ROLE;
INSERT INTO tonearm.login (id, state, cookie, client_id)
SELECT gen_random_uuid(), pg_temp.h('flood ' || n), pg_temp.h('c'), 'client'
FROM generate_series(1, 10000) AS n;
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT started FROM tonearm.login_begin(pg_temp.id(50), pg_temp.h('s50'),
    pg_temp.h('c50'), 'client', 'extended')), false, 'with ten thousand open no other begins');
RESET ROLE;
UPDATE tonearm.login SET created_at = now() - interval '11 minutes';
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT started FROM tonearm.login_begin(pg_temp.id(50), pg_temp.h('s50'),
    pg_temp.h('c50'), 'client', 'extended')), true, 'old ones do not count');
SELECT is(coalesce(current_setting('tonearm.person', true), ''), '',
    'no setting is left behind by any of this');
SELECT is(coalesce(current_setting('tonearm.identity', true), ''), '', 'neither the other');
SELECT * FROM finish();
ROLLBACK;
