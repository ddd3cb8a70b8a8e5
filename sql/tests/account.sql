-- The account page: sessions, tokens, links, deletion; two people who must not
-- reach each other.
BEGIN;
\ir helpers.psql
SELECT plan(66);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null

-- Sessions.
SELECT is((SELECT person FROM tonearm.account_get(pg_temp.h('session 1'))), pg_temp.id(1),
    'a session leads to its person');
SELECT is_empty($$SELECT * FROM tonearm.account_get(pg_temp.h('session 3'))$$,
    'an unknown session to nobody');
SELECT is_empty($$SELECT * FROM tonearm.account_get('')$$, 'an empty one neither');
RESET ROLE;
UPDATE tonearm.web_session SET seen_at = now() - interval '59 seconds' WHERE person = pg_temp.id(1);
UPDATE tonearm.web_session SET seen_at = now() - interval '61 seconds' WHERE person = pg_temp.id(2);
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.account_get(pg_temp.h('session 1')) \g /dev/null
SELECT tonearm.account_get(pg_temp.h('session 2')) \g /dev/null
RESET ROLE;
SELECT is((SELECT seen_at FROM tonearm.web_session WHERE person = pg_temp.id(1)),
    now() - interval '59 seconds', 'seen_at is left alone within a minute');
SELECT is((SELECT seen_at FROM tonearm.web_session WHERE person = pg_temp.id(2)), now(),
    'and renewed after it');
SET LOCAL ROLE tonearm_vault;

-- Making credentials.
CREATE FUNCTION pg_temp.make(p_session text, p_token text, p_kind integer, p_expires bigint)
RETURNS smallint LANGUAGE sql AS $$
	SELECT c.outcome FROM tonearm.credential_create(pg_temp.h(p_session), pg_temp.h(p_token),
	    p_kind::smallint, 127, 'label of ' || p_token, p_expires) AS c
$$;
SELECT is(pg_temp.make('session 1', 'token 1', 1, 0), 0::smallint, 'a token is made');
SELECT is((SELECT person FROM tonearm.credential_resolve(pg_temp.h('token 1'), 1::smallint)),
    pg_temp.id(1), 'it leads to its person');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token 1'), 2::smallint)$$,
    'but not as a link');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token 1'), 3::smallint)$$,
    'nor as an OAuth token');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token'), 1::smallint)$$,
    'an unknown one leads nowhere');
SELECT is(pg_temp.make('no session', 'token 2', 1, 0), 1::smallint, 'not without a session');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token 2'), 1::smallint)$$,
    'and nothing was made');
SELECT throws_ok($$SELECT pg_temp.make('session 1', 'token 2', 3, 0)$$, '22023', NULL,
    'an OAuth token is not made here');
SELECT throws_ok($$SELECT pg_temp.make('session 2', 'token 1', 1, 0)$$, '23505', NULL,
    'one hash is never two people''s');
SELECT throws_ok($$SELECT * FROM tonearm.credential_create(pg_temp.h('session 1'),
    pg_temp.h('x'), 1::smallint, 1, repeat('x', 129), 0)$$, '23514', NULL, 'a label has an end');
SELECT is(pg_temp.make('session 1', 'link 1', 2, 0), 0::smallint, 'a link is made');
SELECT results_eq($$SELECT outcome, person, replaced FROM tonearm.credential_create(
    pg_temp.h('session 1'), pg_temp.h('link 2'), 2::smallint, 1, '', 0)$$,
    $$VALUES (0::smallint, pg_temp.id(1), pg_temp.h('link 1'))$$, 'a second link replaces it');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('link 1'), 2::smallint)$$,
    'the first is void');
SELECT is(pg_temp.make('session 2', 'link of 2', 2, 0), 0::smallint, 'another''s link');
SELECT isnt_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('link 2'), 2::smallint)$$,
    'replaces nothing of the first');

-- Stale sign-in.
RESET ROLE;
UPDATE tonearm.web_session SET created_at = now() - interval '10 minutes' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.make('session 1', 'token 3', 1, 0), 2::smallint,
    'ten minutes after the sign-in no token is made');
SELECT is(pg_temp.make('session 1', 'link 3', 2, 0), 2::smallint, 'and no link');
SELECT isnt_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('link 2'), 2::smallint)$$,
    'and none is replaced');
SELECT isnt_empty($$SELECT * FROM tonearm.account_get(pg_temp.h('session 1'))$$,
    'the page still opens');
RESET ROLE;
UPDATE tonearm.web_session SET created_at = now() WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;

-- Expiry.
SELECT is(pg_temp.make('session 1', 'brief', 1, floor(extract(epoch FROM now()))::bigint + 60),
    0::smallint, 'a token may have an end');
SELECT is((SELECT expires_at FROM tonearm.credential_list(pg_temp.id(1))
    WHERE hash = pg_temp.h('brief')), floor(extract(epoch FROM now()))::bigint + 60, 'which is known');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() WHERE hash = pg_temp.h('brief');
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('brief'), 1::smallint)$$,
    'then it is void');
SELECT is((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(1))), 2::bigint,
    'and not in the worker''s list');
SELECT is((SELECT count(*) FROM tonearm.account_credentials(pg_temp.h('session 1'))), 3::bigint,
    'but still on the page');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() - interval '31 days' WHERE hash = pg_temp.h('brief');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT credentials FROM tonearm.janitor()), 1::bigint,
    'a month later the janitor takes it');

-- Limit.
SELECT is((SELECT max(pg_temp.make('session 1', 'many ' || n, 1, 0))
    FROM generate_series(2, 20) AS n), 0::smallint, 'twenty tokens fit');
SELECT is(pg_temp.make('session 1', 'many 21', 1, 0), 3::smallint, 'the twenty-first does not');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() - interval '1 hour' WHERE hash = pg_temp.h('many 20');
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.make('session 1', 'many 21', 1, 0), 0::smallint,
    'unless one has expired, which makes room');
SELECT is((SELECT count(*) FROM tonearm.account_credentials(pg_temp.h('session 1'))
    WHERE kind = 1), 20::bigint, 'there never are more than twenty to show');
SELECT is(pg_temp.make('session 1', 'link 4', 2, 0), 0::smallint, 'a link fits as well');
SELECT is(pg_temp.make('session 2', 'token of 2', 1, 0), 0::smallint, 'so does another''s token');

-- Use.
SELECT is((SELECT touched FROM tonearm.credential_touch(pg_temp.h('token 1'))), true,
    'use is noted');
SELECT is((SELECT touched FROM tonearm.credential_touch(pg_temp.h('token 1'))), false,
    'once a minute');
SELECT is((SELECT touched FROM tonearm.credential_touch(pg_temp.h('nothing'))), false,
    'of what exists');
SELECT is((SELECT last_used_at FROM tonearm.account_credentials(pg_temp.h('session 1'))
    WHERE label = 'label of token 1'), floor(extract(epoch FROM now()))::bigint, 'and shown');

-- Tickets.
SELECT is((SELECT max((SELECT c.outcome FROM tonearm.credential_create(pg_temp.h('session 1'),
    pg_temp.h('ticket ' || n), 4::smallint, 0, '', 2000000000) AS c))
    FROM generate_series(1, 8) AS n), 0::smallint, 'eight tickets are made');
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('ticket 9'),
    4::smallint, 0, '', 0)), 3::smallint, 'not a ninth');
SELECT set_eq($$SELECT kind, scopes, expires_at FROM tonearm.credential_list(pg_temp.id(1))
    WHERE hash = pg_temp.h('ticket 1')$$,
    $$SELECT 4::smallint, 0, floor(extract(epoch FROM now() + interval '30 seconds'))::bigint$$,
    'each is for half a minute, whatever was asked');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 1')) WHERE kind = 4), 0::bigint,
    'the page does not show them');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() - interval '1 second' WHERE kind = 4;
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('ticket 9'),
    4::smallint, 0, '', 0)), 0::smallint, 'those that are over make room');
RESET ROLE;
UPDATE tonearm.credential SET expires_at = now() - interval '1 second' WHERE kind = 4;
UPDATE tonearm.web_session SET created_at = now() - interval '10 minutes' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('ticket 10'),
    4::smallint, 0, '', 0)), 2::smallint, 'an old sign-in makes none');
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'), pg_temp.h('ticket 11'),
    4::smallint, 10, '', 0)), 0::smallint, 'but one with scopes, for the account page');
RESET ROLE;
DELETE FROM tonearm.credential WHERE hash = pg_temp.h('ticket 11');
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.credential WHERE kind = 4), 0::bigint,
    'and the janitor takes them at once');
UPDATE tonearm.web_session SET created_at = now() WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;

-- Two people.
SELECT is((SELECT array_agg(DISTINCT label ORDER BY label)
    FROM tonearm.account_credentials(pg_temp.h('session 2'))),
    ARRAY['label of link of 2', 'label of token of 2'], 'the page shows one''s own only');
SELECT is((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(2))
    WHERE hash IN (pg_temp.h('token 1'), pg_temp.h('link 4'))), 0::bigint,
    'so does the worker''s list');
SELECT results_eq($$SELECT outcome, hash FROM tonearm.credential_revoke(pg_temp.h('session 2'),
    (SELECT grant_id FROM tonearm.credential_list(pg_temp.id(1)) WHERE hash = pg_temp.h('token 1')))$$,
    $$VALUES (2::smallint, ''::bytea)$$, 'nobody revokes another''s token');
SELECT isnt_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token 1'), 1::smallint)$$,
    'which lives on');
SELECT results_eq($$SELECT outcome, person, hash FROM tonearm.credential_revoke(
    pg_temp.h('session 1'), (SELECT grant_id FROM tonearm.credential_list(pg_temp.id(1))
    WHERE hash = pg_temp.h('token 1')))$$,
    $$VALUES (0::smallint, pg_temp.id(1), pg_temp.h('token 1'))$$, 'its owner does');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('token 1'), 1::smallint)$$,
    'and it is void');
SELECT is((SELECT outcome FROM tonearm.credential_revoke(pg_temp.h('nobody'), pg_temp.id(1))),
    1::smallint, 'without a session nothing is revoked');

-- The end of a session.
SELECT is((SELECT person FROM tonearm.session_end(pg_temp.h('session 2'))), pg_temp.id(2),
    'signing out ends the session');
SELECT is_empty($$SELECT * FROM tonearm.session_end(pg_temp.h('session 2'))$$, 'once');
SELECT isnt_empty($$SELECT * FROM tonearm.account_get(pg_temp.h('session 1'))$$,
    'and nobody else''s');
RESET ROLE;
UPDATE tonearm.web_session SET created_at = now() - interval '30 days' - interval '1 second';
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.person_delete(pg_temp.h('session 1'))$$,
    'after thirty days a session is over');
SELECT is((SELECT sessions FROM tonearm.janitor()), 1::bigint, 'and the janitor takes it');

-- Deletion.
SELECT is((SELECT stored FROM tonearm.row_store(pg_temp.id(1), 2::smallint, 0, 'ended sessions')), true,
    'a worker keeps a row of another kind');
SELECT is(pg_temp.sign_in(3, 'account-1', 'name-1'), pg_temp.id(1), 'signed in again');
SELECT results_eq('SELECT version, sealed FROM tonearm.row_get(pg_temp.id(1), 2::smallint)',
    $$VALUES (1::bigint, 'ended sessions'::bytea)$$, 'which a sign-in leaves as it was');
SELECT is((SELECT person FROM tonearm.person_delete(pg_temp.h('session 3'))), pg_temp.id(1),
    'a person can leave');
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.identity WHERE person = pg_temp.id(1))
    + (SELECT count(*) FROM tonearm.data_key WHERE person = pg_temp.id(1))
    + (SELECT count(*) FROM tonearm.sealed WHERE person = pg_temp.id(1))
    + (SELECT count(*) FROM tonearm.web_session WHERE person = pg_temp.id(1))
    + (SELECT count(*) FROM tonearm.credential WHERE person = pg_temp.id(1))
    + (SELECT count(*) FROM tonearm.person WHERE id = pg_temp.id(1)), 0::bigint,
    'and nothing of theirs stays');
SELECT is((SELECT count(*) FROM tonearm.credential WHERE person = pg_temp.id(2)), 2::bigint,
    'while the other''s does');
SELECT * FROM finish();
ROLLBACK;
