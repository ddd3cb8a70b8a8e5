-- Codes and tokens: what becomes what, once; who is refused without using
-- anything up; what a second use ends.
BEGIN;
\ir helpers.psql
SELECT plan(90);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
SELECT tonearm.client_put('open', 1::smallint, 0::smallint, 'Open', '', 'https://open.test/',
    pg_temp.h('open'), '', 0) \g /dev/null
SELECT tonearm.client_put('other', 1::smallint, 0::smallint, 'Other', '', 'https://other.test/',
    pg_temp.h('other'), '', 0) \g /dev/null
SELECT tonearm.client_put('closed', 1::smallint, 1::smallint, 'Closed', '', 'https://closed.test/',
    pg_temp.h('closed'), pg_temp.h('secret'), 0) \g /dev/null

-- A granted request: its code, and what challenge it has.
CREATE FUNCTION pg_temp.code(p_number integer, p_person integer, p_client text) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome smallint;
BEGIN
	PERFORM tonearm.auth_begin(pg_temp.id(p_number), pg_temp.h('browser'), p_client,
	    'https://' || p_client || '.test/', false, '', rpad('challenge', 43, 'x'), 29);
	PERFORM tonearm.auth_consent(pg_temp.id(p_number), pg_temp.h('browser'),
	    pg_temp.h('session ' || p_person), 29);
	SELECT g.outcome INTO v_outcome FROM tonearm.auth_grant(pg_temp.id(p_number),
	    pg_temp.h('browser'), pg_temp.h('session ' || p_person), pg_temp.h('code ' || p_number)) AS g;
	RETURN v_outcome;
END
$$;
CREATE FUNCTION pg_temp.redeem(p_number integer, p_client text, p_secret text,
    p_redirect_uri text, p_challenge text, p_access text, p_refresh text)
RETURNS smallint LANGUAGE sql AS $$
	SELECT r.outcome FROM tonearm.code_redeem(pg_temp.h('code ' || p_number), p_client,
	    pg_temp.h(p_secret), p_redirect_uri, p_challenge, pg_temp.h(p_access),
	    pg_temp.h(p_refresh)) AS r
$$;
-- All right: access and refresh token are "access 1", "refresh 1".
CREATE FUNCTION pg_temp.redeem(p_number integer, p_client text) RETURNS smallint
LANGUAGE sql AS $$
	SELECT pg_temp.redeem(p_number, p_client, 'secret', 'https://' || p_client || '.test/',
	    rpad('challenge', 43, 'x'), 'access ' || p_number, 'refresh ' || p_number)
$$;
-- Exchanges refresh token p_old for "access p_new", "refresh p_new".
CREATE FUNCTION pg_temp.refresh(p_old text, p_client text, p_secret text, p_scopes integer,
    p_new text)
RETURNS TABLE (outcome smallint, person uuid, scopes integer, expires_in integer, sealed bytea)
LANGUAGE sql AS $$
	SELECT r.outcome, r.person, r.scopes, r.expires_in, r.sealed
	FROM tonearm.token_refresh(pg_temp.h('refresh ' || p_old), p_client, pg_temp.h(p_secret),
	    p_scopes, pg_temp.h('access ' || p_new), pg_temp.h('refresh ' || p_new),
	    convert_to('sealed ' || p_new, 'UTF8')) AS r
$$;
CREATE FUNCTION pg_temp.valid(p_access text) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM tonearm.credential_resolve(pg_temp.h('access ' || p_access),
	    3::smallint))
$$;

-- A code is redeemed by its client, with everything right.
SELECT is(pg_temp.code(1, 1, 'open'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(1, 'other', '', 'https://open.test/', rpad('challenge', 43, 'x'), 'a', 'r'),
    2::smallint, 'another client is refused');
SELECT is(pg_temp.redeem(1, 'nobody', '', 'https://open.test/', rpad('challenge', 43, 'x'), 'a', 'r'),
    1::smallint, 'an unknown one too');
SELECT is(pg_temp.redeem(1, 'open', '', 'https://open.test', rpad('challenge', 43, 'x'), 'a', 'r'),
    2::smallint, 'another address');
SELECT is(pg_temp.redeem(1, 'open', '', 'https://open.test/', rpad('Challenge', 43, 'x'), 'a', 'r'),
    2::smallint, 'another challenge');
SELECT is(pg_temp.redeem(1, 'open', '', 'https://open.test/', '', 'a', 'r'), 2::smallint,
    'or none');
SELECT is(pg_temp.redeem(1, 'open', '', NULL, NULL, 'a', 'r'), 2::smallint, 'nothing at all');
SELECT is(pg_temp.redeem(99, 'open'), 2::smallint, 'an unknown code');
SELECT is((SELECT outcome FROM tonearm.code_redeem(NULL, 'open', NULL, 'x', 'x', pg_temp.h('a'),
    pg_temp.h('r'))), 2::smallint, 'a missing one');
SELECT results_eq($$SELECT r.outcome, r.person, r.scopes, r.expires_in
    FROM tonearm.code_redeem(pg_temp.h('code 1'), 'open', decode(repeat('00', 32), 'hex'),
    'https://open.test/', rpad('challenge', 43, 'x'), pg_temp.h('access 1'),
    pg_temp.h('refresh 1')) AS r$$, $$SELECT 0::smallint, pg_temp.id(1), 29, 3600$$,
    'all of that used nothing up');
SELECT results_eq($$SELECT l.hash, l.kind, l.scopes, l.expires_at, l.client
    FROM tonearm.credential_entries(pg_temp.id(1)) AS l$$,
    $$SELECT pg_temp.h('access 1'), 3::smallint, 29,
    floor(extract(epoch FROM now()))::bigint + 3600, (SELECT e.label FROM tonearm.account_entries(
    pg_temp.h('session 1')) AS e WHERE e.kind = 3)$$, 'the access token is a credential, with its client''s name');
SELECT is((SELECT b.display_name FROM tonearm.bind_load(pg_temp.h('access 1'), 3::smallint) AS b
    WHERE b.part = 1), (SELECT e.label FROM tonearm.account_entries(
    pg_temp.h('session 1')) AS e WHERE e.kind = 3),
    'which a worker is told at its bind');
SELECT results_eq('SELECT grant_id FROM tonearm.credential_list(pg_temp.id(1))',
    $$SELECT grant_id FROM tonearm.account_entries(pg_temp.h('session 1'))$$,
    'of the grant that the account page names');
SELECT is((SELECT b.id FROM tonearm.bind_load(pg_temp.h('access 1'), 3::smallint) AS b
    WHERE b.part = 0), pg_temp.id(1), 'which binds its person');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('refresh 1'), 3::smallint)$$,
    'the refresh token does not');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('code 1'), 3::smallint)$$,
    'nor the code');
SELECT is_empty($$SELECT * FROM tonearm.bind_load(pg_temp.h('access 1'), 1::smallint)$$,
    'nor the access token as a personal one');
SELECT is(pg_temp.redeem(1, 'open'), 0::smallint, 'the same call twice is one');
SELECT is((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(1))), 1::bigint,
    'with one token');

-- A second use.
SELECT is(pg_temp.redeem(1, 'other', '', 'https://open.test/', rpad('challenge', 43, 'x'), 'a', 'r'),
    2::smallint, 'a used code and another client');
SELECT is(pg_temp.redeem(1, 'open', '', 'https://open.test/', rpad('guess', 43, 'x'), 'a', 'r'),
    2::smallint, 'or another verifier');
SELECT is(pg_temp.valid('1'), true, 'end nothing');
SELECT results_eq($$SELECT r.outcome, r.person FROM tonearm.code_redeem(pg_temp.h('code 1'), 'open',
    '', 'https://open.test/', rpad('challenge', 43, 'x'), pg_temp.h('a'), pg_temp.h('r')) AS r$$,
    $$SELECT 3::smallint, pg_temp.id(1)$$, 'a second use with everything right');
SELECT is(pg_temp.valid('1'), false, 'ends the tokens of the first');
SELECT is((SELECT outcome FROM pg_temp.refresh('1', 'open', '', 0, 'x')), 2::smallint,
    'the refresh token too');
SELECT is(pg_temp.redeem(1, 'open'), 2::smallint, 'and a third use finds nothing');
SELECT is_empty($$SELECT * FROM tonearm.account_entries(pg_temp.h('session 1'))$$,
    'as the account page');

-- The time of a code.
SELECT is(pg_temp.code(2, 1, 'open'), 0::smallint, 'a code');
RESET ROLE;
UPDATE tonearm.code SET expires_at = clock_timestamp() - interval '1 ms';
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.redeem(2, 'open'), 2::smallint, 'is over after its minute');
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.code WHERE used_at IS NOT NULL), 0::bigint, 'unused');
UPDATE tonearm.connection SET expires_at = now() - interval '1 second';
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.connection) + (SELECT count(*) FROM tonearm.code),
    0::bigint, 'and is removed with the connection that never was');
SET LOCAL ROLE tonearm_vault;

-- A client with a secret.
SELECT is(pg_temp.code(3, 1, 'closed'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(3, 'closed', 'wrong', 'https://closed.test/', rpad('challenge', 43, 'x'),
    'a', 'r'), 1::smallint, 'a wrong secret is refused');
SELECT is((SELECT outcome FROM tonearm.code_redeem(pg_temp.h('code 3'), 'closed',
    decode(repeat('00', 32), 'hex'), 'https://closed.test/', rpad('challenge', 43, 'x'),
    pg_temp.h('a'), pg_temp.h('r'))), 1::smallint, 'as is none');
SELECT is(pg_temp.redeem(3, 'closed'), 0::smallint, 'and used nothing up');
SELECT is((SELECT outcome FROM pg_temp.refresh('3', 'closed', 'wrong', 0, 'x')), 1::smallint,
    'nor does it refresh');
SELECT is((SELECT outcome FROM tonearm.token_revoke(pg_temp.h('refresh 3'), 'closed',
    pg_temp.h('wrong'))), 1::smallint, 'nor revoke');
SELECT is((SELECT outcome FROM pg_temp.refresh('3', 'closed', 'secret', 0, '3a')), 0::smallint,
    'the right one does');

-- Refreshing.
SELECT is(pg_temp.code(4, 1, 'open'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(4, 'open'), 0::smallint, 'is redeemed');
SELECT is((SELECT outcome FROM pg_temp.refresh('4', 'other', '', 0, 'x')), 2::smallint,
    'another client''s id is refused');
SELECT is((SELECT outcome FROM pg_temp.refresh('unknown', 'open', '', 0, 'x')), 2::smallint,
    'an unknown token');
SELECT is((SELECT outcome FROM tonearm.token_refresh(NULL, 'open', '', 0, pg_temp.h('a'),
    pg_temp.h('r'), 's')), 2::smallint, 'a missing one');
SELECT is((SELECT outcome FROM tonearm.token_refresh(pg_temp.h('access 4'), 'open', '', 0,
    pg_temp.h('a'), pg_temp.h('r'), 's')), 2::smallint, 'an access token');
SELECT is((SELECT outcome FROM pg_temp.refresh('4', 'open', '', 31, 'x')), 5::smallint,
    'more scopes than were granted');
SELECT throws_ok($$SELECT pg_temp.refresh('4', 'open', '', 0, repeat('x', 1020))$$, '23514', NULL,
    'an answer has an end');
SELECT results_eq($$SELECT * FROM pg_temp.refresh('4', 'open', '', 0, '4a')$$,
    $$SELECT 0::smallint, pg_temp.id(1), 29, 3600, ''::bytea$$, 'all of that used nothing up');
SELECT is(pg_temp.valid('4') AND pg_temp.valid('4a'), true,
    'the older access token lives on beside the new one');
SELECT is((SELECT count(DISTINCT grant_id) FROM tonearm.credential_list(pg_temp.id(1))
    WHERE hash IN (pg_temp.h('access 4'), pg_temp.h('access 4a'))), 1::bigint, 'in one grant');
SELECT results_eq($$SELECT outcome, person, scopes, expires_in BETWEEN 3590 AND 3600, sealed
    FROM pg_temp.refresh('4', 'open', '', 0, 'another')$$,
    $$SELECT 4::smallint, pg_temp.id(1), 29, true, 'sealed 4a'::bytea$$,
    'a second use within a minute gets the same answer');
SELECT is(pg_temp.valid('another'), false, 'and makes nothing');
SELECT is((SELECT outcome FROM pg_temp.refresh('4', 'other', '', 0, 'x')), 2::smallint,
    'but not for another client');
SELECT results_eq($$SELECT * FROM pg_temp.refresh('4a', 'open', '', 1, '4b')$$,
    $$SELECT 0::smallint, pg_temp.id(1), 1, 3600, ''::bytea$$, 'fewer scopes may be asked for');
RESET ROLE;
UPDATE tonearm.refresh SET rotated_at = clock_timestamp() - interval '58 seconds'
WHERE hash = pg_temp.h('refresh 4a');
SET LOCAL ROLE tonearm_vault;
SELECT results_eq($$SELECT outcome, scopes, expires_in BETWEEN 3540 AND 3542, sealed
    FROM pg_temp.refresh('4a', 'open', '', 0, 'x')$$,
    $$SELECT 4::smallint, 1, true, 'sealed 4b'::bytea$$, 'the same answer, with what is left of its hour');
SELECT results_eq($$SELECT outcome, scopes FROM pg_temp.refresh('4b', 'open', '', 0, '4c')$$,
    $$SELECT 0::smallint, 29$$, 'for fewer scopes once is not for ever');

-- A use after the minute.
RESET ROLE;
UPDATE tonearm.refresh SET rotated_at = clock_timestamp() - interval '60 seconds'
WHERE hash = pg_temp.h('refresh 4');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM pg_temp.refresh('4', 'other', '', 0, 'x')), 2::smallint,
    'after a minute: of another client');
SELECT is((SELECT outcome FROM pg_temp.refresh('4c', 'open', '', 31, 'x')), 5::smallint,
    'or with a fault in it');
SELECT is(pg_temp.valid('4c'), true, 'ends nothing');
SELECT results_eq($$SELECT outcome, person, sealed FROM pg_temp.refresh('4', 'open', '', 0, 'x')$$,
    $$SELECT 3::smallint, pg_temp.id(1), ''::bytea$$, 'of the client itself');
SELECT is(pg_temp.valid('4') OR pg_temp.valid('4a') OR pg_temp.valid('4b') OR pg_temp.valid('4c'),
    false, 'ends all access tokens');
SELECT is((SELECT outcome FROM pg_temp.refresh('4c', 'open', '', 0, 'x')), 2::smallint,
    'and the newest refresh token');
SELECT is(pg_temp.valid('3a'), true, 'of that connection alone');

-- The answer is forgotten; a clock is set back.
SELECT is(pg_temp.code(5, 1, 'open'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(5, 'open'), 0::smallint, 'is redeemed');
SELECT is((SELECT outcome FROM pg_temp.refresh('5', 'open', '', 0, '5a')), 0::smallint, 'refreshed');
RESET ROLE;
UPDATE tonearm.refresh SET rotated_at = now() - interval '61 seconds' WHERE hash = pg_temp.h('refresh 5');
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT sealed FROM tonearm.refresh WHERE hash = pg_temp.h('refresh 5')), ''::bytea,
    'the janitor forgets the answer');
UPDATE tonearm.refresh SET rotated_at = now() + interval '1 hour', sealed = 's'
WHERE hash = pg_temp.h('refresh 5');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM pg_temp.refresh('5', 'open', '', 0, 'x')), 3::smallint,
    'no clock that is set back stretches the minute');

-- The end of a refresh token, and what is remembered.
SELECT is(pg_temp.code(6, 1, 'open'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(6, 'open'), 0::smallint, 'is redeemed');
RESET ROLE;
UPDATE tonearm.connection SET expires_at = now() + interval '1 day' WHERE client = 'open';
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM pg_temp.refresh('6', 'open', '', 0, '6a')), 0::smallint, 'refreshed');
RESET ROLE;
SELECT is((SELECT expires_at FROM tonearm.connection WHERE client = 'open'),
    now() + interval '90 days', 'its ninety days begin anew');
UPDATE tonearm.connection SET expires_at = now() WHERE client = 'open';
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM pg_temp.refresh('6a', 'open', '', 0, 'x')), 2::smallint,
    'after them it is over');
RESET ROLE;
UPDATE tonearm.connection SET expires_at = now() + interval '90 days' WHERE client = 'open';
UPDATE tonearm.refresh SET rotated_at = now() - interval '31 days' WHERE hash = pg_temp.h('refresh 6');
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
SELECT is((SELECT outcome FROM pg_temp.refresh('6', 'open', '', 0, 'x')), 2::smallint,
    'a used token is remembered for thirty days');
RESET ROLE;
INSERT INTO tonearm.refresh (hash, connection, person, rotated_at)
SELECT pg_temp.h('many ' || n), c.id, c.person, now() - interval '1 hour'
FROM generate_series(1, 2000) AS n, tonearm.connection AS c WHERE c.client = 'open';
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT outcome FROM pg_temp.refresh('6a', 'open', '', 0, 'x')), 3::smallint,
    'who uses more of them than can be remembered is no client');

-- How many access tokens are valid at once.
SELECT is(pg_temp.code(7, 2, 'open'), 0::smallint, 'a code');
SELECT is(pg_temp.redeem(7, 'open'), 0::smallint, 'is redeemed');
RESET ROLE;
UPDATE tonearm.credential SET created_at = now() - interval '1 minute'
WHERE hash = pg_temp.h('access 7');
UPDATE tonearm.refresh SET hash = pg_temp.h('refresh n0') WHERE hash = pg_temp.h('refresh 7');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT max((SELECT r.outcome FROM pg_temp.refresh('n' || n - 1, 'open', '', 0, 'n' || n) AS r))
    FROM generate_series(1, 8) AS n), 0::smallint, 'eight refreshes');
SELECT is((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(2))), 8::bigint,
    'eight access tokens of a connection');
SELECT is(pg_temp.valid('7'), false, 'the oldest has gone');
RESET ROLE;
INSERT INTO tonearm.credential (hash, grant_id, person, kind, scopes, label, expires_at, connection,
    created_at)
SELECT pg_temp.h('old ' || n), c.id, c.person, 3, 1, '', now() + interval '1 hour', c.id,
    now() - interval '1 hour'
FROM generate_series(1, 100) AS n, tonearm.connection AS c WHERE c.person = pg_temp.id(2);
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.code(8, 2, 'open'), 0::smallint, 'another connection');
SELECT is(pg_temp.redeem(8, 'open'), 0::smallint, 'of a person with very many tokens');
SELECT is((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(2))), 96::bigint,
    'ninety-six of a person');
SELECT is(pg_temp.valid('8') AND pg_temp.valid('n8'), true, 'the newest');

-- Revocation by the client.
SELECT results_eq($$SELECT r.outcome, r.person, r.connection FROM tonearm.token_revoke(
    pg_temp.h('access 8'), 'other', '') AS r$$, $$SELECT 0::smallint, n, n
    FROM CAST('00000000-0000-0000-0000-000000000000' AS uuid) AS n$$,
    'what is not this client''s is not revoked');
SELECT is(pg_temp.valid('8'), true, 'and lives on');
SELECT results_eq($$SELECT r.outcome, r.person FROM tonearm.token_revoke(pg_temp.h('access 8'), 'open',
    '') AS r$$, 'SELECT 0::smallint, pg_temp.id(2)', 'an access token is given back');
SELECT is(NOT pg_temp.valid('8')
    AND (SELECT outcome FROM pg_temp.refresh('8', 'open', '', 0, '8a')) = 0, true, 'by itself');
SELECT results_eq($$SELECT r.outcome, r.person FROM tonearm.token_revoke(pg_temp.h('refresh 8'),
    'open', '') AS r$$, 'SELECT 0::smallint, pg_temp.id(2)', 'a refresh token, if only a used one');
SELECT is(pg_temp.valid('8a')
    OR (SELECT outcome FROM pg_temp.refresh('8a', 'open', '', 0, 'x')) <> 2, false,
    'takes the connection with it');
SELECT is((SELECT outcome FROM tonearm.token_revoke(pg_temp.h('nothing'), 'open', '')), 0::smallint,
    'what is none is given back as well');
SELECT * FROM finish();
ROLLBACK;
