-- What a bind asks for: one person's, all of it, and only with a valid credential.
BEGIN;
\ir helpers.psql
SELECT plan(22);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('token 1'),
    1::smallint, 5, 'one', 0) \g /dev/null
SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('link 1'),
    2::smallint, 127, 'two', 0) \g /dev/null
SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 2'), pg_temp.h('token 2'),
    1::smallint, 127, '', 0) \g /dev/null
SELECT stored FROM tonearm.row_store(pg_temp.id(1), 7::smallint, 0, 'seven') \g /dev/null

-- Whose.
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('token'), 1::smallint)$$,
    'an unknown credential loads nothing');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('token 1'), 2::smallint)$$,
    'nor does a token that comes as a link');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('link 1'), 1::smallint)$$,
    'or a link that comes as a token');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(NULL, 1::smallint)$$, 'or nothing at all');
SELECT set_eq($$SELECT id FROM tonearm.bind_load(pg_temp.h('token 2'), 1::smallint)
    WHERE part = 0$$, 'SELECT pg_temp.id(2)', 'each credential loads its own person');

-- What.
SELECT results_eq($$SELECT part FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint)$$,
    'VALUES (0::smallint), (1::smallint), (1::smallint), (2::smallint), (2::smallint)',
    'the person once, each credential, each row');
SELECT results_eq($$SELECT b.id, b.kind, b.number, b.bytes, b.display_name, b.spotify_id,
    b.client_id, b.mode, b.scopes, b.big
    FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint) AS b WHERE b.part = 0$$,
    $$SELECT pg_temp.id(1), 0::smallint, k.key_id, k.wrapped, p.display_name, p.spotify_id,
    p.client_id, p.mode, p.scopes, p.authorized_at
    FROM tonearm.person_get(pg_temp.id(1)) AS p, tonearm.key_get(pg_temp.id(1)) AS k$$,
    'name, application, sign-in and key are as they are when asked for alone');
SELECT set_eq($$SELECT b.bytes, b.kind, b.id, b.number, b.big
    FROM tonearm.bind_load(pg_temp.h('link 1'), 2::smallint) AS b WHERE b.part = 1$$,
    'SELECT * FROM tonearm.credential_list(pg_temp.id(1))', 'so are the credentials');
SELECT results_eq($$SELECT b.kind, b.big, b.id, b.bytes
    FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint) AS b WHERE b.part = 2$$,
    'SELECT * FROM tonearm.row_list(pg_temp.id(1))', 'and the rows');
SELECT is((SELECT count(*) FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint) AS b
    WHERE b.bytes IN (pg_temp.h('token 2'), pg_temp.h('tokens 2'), pg_temp.h('key 2'))),
    0::bigint, 'nothing of it is another''s');
SELECT is((SELECT count(*) FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint) AS b
    WHERE b IS NULL OR num_nulls(b.part, b.id, b.kind, b.number, b.bytes, b.display_name,
    b.spotify_id, b.client_id, b.mode, b.scopes, b.big) > 0), 0::bigint, 'nothing is null');
SELECT is(coalesce(current_setting('tonearm.person', true), '')
    || coalesce(current_setting('tonearm.secret', true), ''), '', 'no setting outlives the call');
SELECT is((SELECT provolatile FROM pg_proc WHERE oid = 'tonearm.bind_load'::regproc), 's'::"char",
    'one snapshot serves all parts');

-- Expiry.
RESET ROLE;
UPDATE tonearm.credential SET expires_at = '2038-01-19 03:14:07+00' WHERE hash = pg_temp.h('token 1');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT b.big FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint) AS b
    WHERE b.part = 1 AND b.bytes = pg_temp.h('token 1')), 2147483647::bigint, 'an expiry is told');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() WHERE hash = pg_temp.h('token 1');
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('token 1'), 1::smallint)$$,
    'an expired credential loads nothing');
SELECT results_eq($$SELECT b.bytes FROM tonearm.bind_load(pg_temp.h('link 1'), 2::smallint) AS b
    WHERE b.part = 1$$, $$VALUES (pg_temp.h('link 1'))$$, 'and is in no list');

-- A person without a key cannot be served.
RESET ROLE;
DELETE FROM tonearm.data_key WHERE person = pg_temp.id(2);
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('token 2'), 1::smallint) AS b
    WHERE b.part = 0$$, 'without a key there is no person to load');

-- Being used.
SELECT is(current_setting('synchronous_commit'), 'on', 'a commit waits for the disk');
SELECT is((SELECT touched FROM tonearm.credential_touch(pg_temp.h('link 1'))), true,
    'that a credential was used is noted');
SELECT is(current_setting('synchronous_commit'), 'off', 'without waiting for it');
SELECT is((SELECT touched FROM tonearm.credential_touch(pg_temp.h('link 1'))), false,
    'and not twice a minute');
SELECT is((SELECT count(*) FROM tonearm.account_credentials(pg_temp.h('session 1'))
    WHERE last_used_at > 0), 1::bigint, 'nothing else was used');
SELECT * FROM finish();
ROLLBACK;
