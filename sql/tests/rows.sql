-- Sealed rows: versions, conflicts, leases.
BEGIN;
\ir helpers.psql
SELECT plan(29);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null

SELECT results_eq('SELECT * FROM tonearm.row_get(pg_temp.id(1), 1::smallint)',
    $$VALUES (1::bigint, pg_temp.id(1001), pg_temp.h('tokens 1'))$$,
    'a fresh row is sealed under its login');
SELECT is_empty('SELECT * FROM tonearm.row_get(pg_temp.id(1), 2::smallint)', 'no row of that kind');
SELECT is_empty('SELECT * FROM tonearm.row_get(pg_temp.id(3), 1::smallint)', 'no such person');

-- Storing.
SELECT results_eq($$SELECT * FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 1, 'second')$$,
    $$VALUES (true, 2::bigint, '00000000-0000-0000-0000-000000000000'::uuid, ''::bytea)$$,
    'the next version is stored');
SELECT results_eq('SELECT * FROM tonearm.row_get(pg_temp.id(1), 1::smallint)',
    $$VALUES (2::bigint, '00000000-0000-0000-0000-000000000000'::uuid, 'second'::bytea)$$,
    'under the person''s own key from then on');
SELECT results_eq($$SELECT * FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 1, 'lost')$$,
    $$VALUES (false, 2::bigint, '00000000-0000-0000-0000-000000000000'::uuid, 'second'::bytea)$$,
    'an old version is a conflict and tells what is there');
SELECT is((SELECT stored FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 3, 'early')), false,
    'so is a version that does not exist yet');
SELECT is((SELECT stored FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 0, 'first')), false,
    'and a first where there is one');
SELECT results_eq($$SELECT * FROM tonearm.row_store(pg_temp.id(1), 7::smallint, 5, 'none')$$,
    $$VALUES (false, 0::bigint, '00000000-0000-0000-0000-000000000000'::uuid, ''::bytea)$$,
    'a conflict with nothing says so');
SELECT results_eq($$SELECT stored, version FROM tonearm.row_store(pg_temp.id(1), 7::smallint, 0, 'one')$$,
    'VALUES (true, 1::bigint)', 'a first of another kind is stored');
SELECT is_empty($$SELECT * FROM tonearm.row_store(pg_temp.id(3), 1::smallint, 0, 'x')$$,
    'nothing is stored for nobody');
SELECT throws_ok($$SELECT * FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 2, '')$$, '23514',
    NULL, 'an empty row is refused');
SELECT throws_ok($$SELECT * FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 2,
    convert_to(repeat('x', 16385), 'UTF8'))$$, '23514', NULL, 'and one too long');
SELECT results_eq('SELECT * FROM tonearm.row_get(pg_temp.id(2), 1::smallint)',
    $$VALUES (1::bigint, pg_temp.id(1002), pg_temp.h('tokens 2'))$$,
    'the other person''s row is as it was');

-- Leases.
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 2, 60, pg_temp.id(501))), 0::smallint,
    'a lease is given');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 2, 60, pg_temp.id(502))), 1::smallint,
    'one at a time');
SELECT is((SELECT retry_ms BETWEEN 1 AND 60000
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 2, 60, pg_temp.id(503))), true, 'and says how long it lasts');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(2), 1::smallint, 1, 60, pg_temp.id(504))), 0::smallint,
    'another person''s is free');
SELECT results_eq('SELECT outcome, version, sealed
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 1, 60, pg_temp.id(505))',
    $$VALUES (2::smallint, 2::bigint, 'second'::bytea)$$, 'an old version gets the newer row');
RESET ROLE;
UPDATE tonearm.sealed SET lease_until = now() - interval '1 second' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 2, 60, pg_temp.id(506))), 0::smallint,
    'a lease that has run out is given anew');
SELECT is((SELECT stored FROM tonearm.row_store(pg_temp.id(1), 1::smallint, 2, 'third')), true,
    'storing');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 3, 60, pg_temp.id(507))), 0::smallint,
    'gives the lease back');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 3, 60, pg_temp.id(507))), 0::smallint,
    'its holder gets it again: the answer may have been lost');
SELECT is((SELECT released
    FROM tonearm.row_release(pg_temp.id(1), 1::smallint, 3, pg_temp.id(508))), false,
    'nobody else can give it back');
SELECT is((SELECT released
    FROM tonearm.row_release(pg_temp.id(1), 1::smallint, 3, pg_temp.id(507))), true,
    'so does releasing it');
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 3, 60, pg_temp.id(508))), 0::smallint,
    'and the next has it');
RESET ROLE;
UPDATE tonearm.sealed SET lease_until = now() + interval '1 hour' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome
    FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 3, 60, pg_temp.id(511))), 0::smallint,
    'a lease from before the clock was set back by an hour holds nobody up');
SELECT is_empty('SELECT * FROM tonearm.row_lease(pg_temp.id(3), 1::smallint, 1, 60, pg_temp.id(509))',
    'nobody''s row has no lease');
SELECT throws_ok('SELECT * FROM tonearm.row_lease(pg_temp.id(1), 1::smallint, 3, 301, pg_temp.id(510))', '22023',
    NULL, 'a lease has an end');
SELECT * FROM finish();
ROLLBACK;
