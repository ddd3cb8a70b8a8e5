-- Consent and connections: requests of a browser, who may grant them, what the
-- account page shows of them, and how they end.
BEGIN;
\ir helpers.psql
SELECT plan(69);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
SELECT tonearm.client_put(c, 1::smallint, 0::smallint, 'Client ' || c, 'https://client.test/',
    'https://client.test/' || c, pg_temp.h(c), '', 0)
FROM unnest(ARRAY['a', 'b']) AS c \g /dev/null

CREATE FUNCTION pg_temp.ask(p_auth integer, p_browser text, p_client text) RETURNS smallint
LANGUAGE sql AS $$
	SELECT a.outcome FROM tonearm.auth_begin(pg_temp.id(p_auth), pg_temp.h(p_browser), p_client,
	    'https://client.test/' || p_client, true, '\x00ff22', repeat('c', 43), 29) AS a
$$;
CREATE FUNCTION pg_temp.consent(p_auth integer, p_browser text, p_session text)
RETURNS boolean LANGUAGE sql AS $$
	SELECT c.consented FROM tonearm.auth_consent(pg_temp.id(p_auth), pg_temp.h(p_browser),
	    pg_temp.h(p_session), 5) AS c
$$;
CREATE FUNCTION pg_temp.give(p_auth integer, p_browser text, p_session text, p_code text)
RETURNS smallint LANGUAGE sql AS $$
	SELECT g.outcome FROM tonearm.auth_grant(pg_temp.id(p_auth), pg_temp.h(p_browser),
	    pg_temp.h(p_session), pg_temp.h(p_code)) AS g
$$;
CREATE FUNCTION pg_temp.redeem(p_code text, p_client text, p_access text, p_refresh text)
RETURNS smallint LANGUAGE sql AS $$
	SELECT r.outcome FROM tonearm.code_redeem(pg_temp.h(p_code), p_client, pg_temp.h(''),
	    'https://client.test/' || p_client, repeat('c', 43), pg_temp.h(p_access),
	    pg_temp.h(p_refresh)) AS r
$$;
-- A whole connection of a person.
CREATE FUNCTION pg_temp.connect(p_number integer, p_person integer, p_client text)
RETURNS smallint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.ask(p_number, 'browser ' || p_number, p_client);
	PERFORM pg_temp.consent(p_number, 'browser ' || p_number, 'session ' || p_person);
	PERFORM pg_temp.give(p_number, 'browser ' || p_number, 'session ' || p_person,
	    'code ' || p_number);
	RETURN pg_temp.redeem('code ' || p_number, p_client, 'access ' || p_number,
	    'refresh ' || p_number);
END
$$;

-- A request belongs to its browser.
SELECT is(pg_temp.ask(1, 'browser', 'a'), 0::smallint, 'a request is begun');
SELECT is(pg_temp.ask(2, 'browser', 'nobody'), 1::smallint, 'not by a client that nobody knows');
SELECT is(pg_temp.ask(3, 'browser', 'b'), 0::smallint, 'two at once in one browser');
SELECT throws_ok($$SELECT pg_temp.ask(1, 'another browser', 'a')$$, '23505', NULL,
    'nobody begins over another');
SELECT throws_ok($$SELECT * FROM tonearm.auth_begin(pg_temp.id(9), pg_temp.h('b'), 'a',
    'https://client.test/a', true, '', '', 29)$$, '23514', NULL, 'none without a challenge');
SELECT throws_ok($$SELECT * FROM tonearm.auth_begin(pg_temp.id(9), pg_temp.h('b'), 'a',
    'https://client.test/a', true, '', repeat('c', 43), 0)$$, '23514', NULL, 'nor for nothing');
SELECT throws_ok($$SELECT * FROM tonearm.auth_begin(pg_temp.id(9), pg_temp.h('b'), 'a',
    'https://client.test/a', true, convert_to(repeat('x', 4097), 'UTF8'), repeat('c', 43), 1)$$,
    '23514', NULL, 'a state has an end');
SELECT throws_ok($$SELECT * FROM tonearm.auth_begin(pg_temp.id(9), 'short', 'a',
    'https://client.test/a', true, '', repeat('c', 43), 1)$$, '23514', NULL,
    'a browser is named by a hash');
SELECT results_eq($$SELECT client, kind, name, uri, redirects, redirect_uri, has_state, state,
    scopes, before, consented, other, expires_at
    FROM tonearm.auth_get(pg_temp.id(1), pg_temp.h('browser'), pg_temp.h('session 1'))$$,
    $$SELECT 'a', 1::smallint, 'Client a', 'https://client.test/', 'https://client.test/a',
    'https://client.test/a', true, '\x00ff22'::bytea, 29, 0, 0, false,
    floor(extract(epoch FROM now()))::bigint + 600$$, 'it is as it was asked, byte by byte');
SELECT is_empty($$SELECT * FROM tonearm.auth_get(pg_temp.id(1), pg_temp.h('another browser'),
    pg_temp.h('session 1'))$$, 'another browser does not see it');
SELECT is_empty($$SELECT * FROM tonearm.auth_get(pg_temp.id(1), '', '')$$, 'nor does none');
SELECT is_empty($$SELECT * FROM tonearm.auth_get(pg_temp.id(2), pg_temp.h('browser'),
    pg_temp.h('session 1'))$$, 'nor is there what was not begun');
SELECT is(pg_temp.consent(1, 'another browser', 'session 1'), NULL, 'nor can it consent');
SELECT is(pg_temp.give(1, 'browser', 'session 1', 'code'), 1::smallint,
    'without consent nothing is granted');
SELECT throws_ok($$SELECT * FROM tonearm.auth_consent(pg_temp.id(1), pg_temp.h('browser'),
    pg_temp.h('session 1'), 0)$$, '22023', NULL, 'consent to nothing is none');
SELECT is(pg_temp.consent(1, 'browser', 'session 1'), true, 'the browser''s person consents');
SELECT results_eq($$SELECT consented, other FROM tonearm.auth_get(pg_temp.id(1),
    pg_temp.h('browser'), pg_temp.h('session 1'))$$, 'VALUES (5, false)', 'which is kept');
SELECT results_eq($$SELECT consented, other FROM tonearm.auth_get(pg_temp.id(1),
    pg_temp.h('browser'), pg_temp.h('session 2'))$$, 'VALUES (5, true)',
    'and is not another person''s');
SELECT results_eq($$SELECT consented, other FROM tonearm.auth_get(pg_temp.id(1),
    pg_temp.h('browser'), decode(repeat('00', 32), 'hex'))$$, 'VALUES (5, false)',
    'while nobody is signed in it waits');
SELECT is(pg_temp.give(1, 'another browser', 'session 1', 'code'), 1::smallint,
    'another browser gets nothing');
SELECT is(pg_temp.give(1, 'browser', 'no session', 'code'), 2::smallint, 'nor does nobody');
SELECT is(pg_temp.give(1, 'browser', 'session 2', 'code'), 3::smallint, 'nor somebody else');
SELECT results_eq($$SELECT outcome, person FROM tonearm.auth_grant(pg_temp.id(1),
    pg_temp.h('browser'), pg_temp.h('session 1'), pg_temp.h('code'))$$,
    'SELECT 0::smallint, pg_temp.id(1)', 'the person who consented grants');
SELECT is(pg_temp.give(1, 'browser', 'session 1', 'code again'), 1::smallint, 'once');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 1'))), 0::bigint,
    'a connection is shown when the code was redeemed');
SELECT is(pg_temp.redeem('code', 'a', 'access', 'refresh'), 0::smallint, 'it is');
SELECT results_eq($$SELECT kind, scopes, created_at, expires_at, last_used_at, label, client
    FROM tonearm.account_entries(pg_temp.h('session 1'))$$,
    $$SELECT 3::smallint, 5, t, t + 90 * 86400, t, 'Client a', 'a'
    FROM floor(extract(epoch FROM now())) AS e, LATERAL (SELECT e::bigint AS t) AS s$$,
    'with the client''s name, scopes and end');
SELECT is_empty($$SELECT * FROM tonearm.account_entries(pg_temp.h('session 2'))$$,
    'to its person alone');
SELECT is_empty($$SELECT * FROM tonearm.account_credentials(pg_temp.h('session 1'))$$,
    'an older vault shows no token of it');
SELECT is((SELECT before FROM tonearm.auth_get(pg_temp.id(3), pg_temp.h('browser'),
    pg_temp.h('session 1'))), 0, 'what one client may do is no other''s');
SELECT is(pg_temp.ask(4, 'browser', 'a'), 0::smallint, 'the same client again');
SELECT is((SELECT before FROM tonearm.auth_get(pg_temp.id(4), pg_temp.h('browser'),
    pg_temp.h('session 1'))), 5, 'what it may do already is told');
SELECT is((SELECT before FROM tonearm.auth_get(pg_temp.id(4), pg_temp.h('browser'),
    pg_temp.h('session 2'))), 0, 'not to another person');

-- Consent before anybody signed in.
SELECT is(pg_temp.consent(4, 'browser', 'nobody'), true, 'nobody is signed in and consents');
SELECT is((SELECT other FROM tonearm.auth_get(pg_temp.id(4), pg_temp.h('browser'),
    pg_temp.h('session 1'))), false, 'who signs in then has meant it');
RESET ROLE;
UPDATE tonearm.web_session SET created_at = now() - interval '1 second' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT other FROM tonearm.auth_get(pg_temp.id(4), pg_temp.h('browser'),
    pg_temp.h('session 1'))), true, 'who was signed in before has not');
SELECT is(pg_temp.give(4, 'browser', 'session 1', 'code 4'), 3::smallint, 'and grants nothing');
SELECT is(pg_temp.consent(4, 'browser', 'session 1'), true, 'but may say so');
SELECT is(pg_temp.give(4, 'browser', 'session 1', 'code 4'), 0::smallint, 'and then grants');

-- Refusal and time.
SELECT is_empty($$SELECT * FROM tonearm.auth_end(pg_temp.id(3), pg_temp.h('another browser'))$$,
    'another browser ends nothing');
SELECT is((SELECT ended FROM tonearm.auth_end(pg_temp.id(3), pg_temp.h('browser'))), true,
    'the browser itself does');
SELECT is_empty($$SELECT * FROM tonearm.auth_end(pg_temp.id(3), pg_temp.h('browser'))$$, 'once');
SELECT is(pg_temp.ask(5, 'browser', 'a'), 0::smallint, 'a request');
SELECT is(pg_temp.consent(5, 'browser', 'session 1'), true, 'with consent');
RESET ROLE;
UPDATE tonearm.authorization_request SET created_at = now() - interval '10 minutes';
SET LOCAL ROLE tonearm_vault;
SELECT is_empty($$SELECT * FROM tonearm.auth_get(pg_temp.id(5), pg_temp.h('browser'),
    pg_temp.h('session 1'))$$, 'is over after ten minutes');
SELECT is(pg_temp.consent(5, 'browser', 'session 1'), NULL, 'for consent');
SELECT is(pg_temp.give(5, 'browser', 'session 1', 'code 5'), 1::smallint, 'and grant');
RESET ROLE;
UPDATE tonearm.authorization_request SET created_at = now() - interval '10 minutes 1 second';
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.authorization_request), 0::bigint,
    'and then it is removed');
INSERT INTO tonearm.authorization_request (id, browser, client, redirect_uri, has_state, state,
    challenge, scopes)
SELECT pg_temp.id(n), pg_temp.h('flood ' || n), 'a', 'x', false, '', repeat('c', 43), 1
FROM generate_series(10001, 20000) AS n;
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.ask(6, 'browser', 'a'), 2::smallint, 'ten thousand at once are enough');
RESET ROLE;
DELETE FROM tonearm.authorization_request;
SET LOCAL ROLE tonearm_vault;

-- Fifty connections of a person.
SELECT is((SELECT max(pg_temp.connect(n, 2, 'a')) FROM generate_series(101, 150) AS n), 0::smallint,
    'fifty connections fit');
RESET ROLE;
UPDATE tonearm.connection SET last_used_at = now() - interval '1 day'
WHERE id = (SELECT connection FROM tonearm.refresh WHERE hash = pg_temp.h('refresh 120'));
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.connect(151, 2, 'b'), 0::smallint, 'so does one more');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 2'))), 50::bigint,
    'but never more than fifty are there');
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.refresh WHERE hash = pg_temp.h('refresh 120')), 0::bigint,
    'the one that was used least lately has gone');
SET LOCAL ROLE tonearm_vault;
SELECT cmp_ok((SELECT count(*) FROM tonearm.credential_list(pg_temp.id(2))), '<=', 96::bigint,
    'a worker''s list holds their tokens');

-- The end of a connection, of all.
SELECT is(pg_temp.connect(160, 1, 'b'), 0::smallint, 'a connection');
SELECT is((SELECT outcome FROM tonearm.credential_create(pg_temp.h('session 1'),
    pg_temp.h('token'), 1::smallint, 1, '', 0)), 0::smallint, 'and a token');
SELECT results_eq($$SELECT r.outcome, r.person, r.hash FROM tonearm.credential_revoke(
    pg_temp.h('session 2'), (SELECT grant_id FROM tonearm.account_entries(pg_temp.h('session 1'))
    WHERE client = 'b')) AS r$$, $$SELECT 2::smallint, pg_temp.id(2), ''::bytea$$,
    'nobody ends another''s connection');
SELECT isnt_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('access 160'), 3::smallint)$$,
    'whose tokens live on');
SELECT results_eq($$SELECT r.outcome, r.person, r.hash FROM tonearm.credential_revoke(
    pg_temp.h('session 1'), (SELECT grant_id FROM tonearm.account_entries(pg_temp.h('session 1'))
    WHERE client = 'b')) AS r$$, $$SELECT 0::smallint, pg_temp.id(1), ''::bytea$$,
    'its person does');
SELECT is_empty($$SELECT * FROM tonearm.credential_resolve(pg_temp.h('access 160'), 3::smallint)$$,
    'and its tokens are void');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 1'))), 2::bigint,
    'nothing else is');
SELECT is((SELECT outcome FROM tonearm.credential_revoke(pg_temp.h('no session'),
    '00000000-0000-0000-0000-000000000000')), 1::smallint, 'nobody ends all');
SELECT is((SELECT outcome FROM tonearm.credential_revoke(pg_temp.h('session 1'),
    '00000000-0000-0000-0000-000000000000')), 0::smallint, 'somebody ends all of theirs');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 1')))
    + (SELECT count(*) FROM tonearm.credential_list(pg_temp.id(1))), 0::bigint, 'and none stays');
SELECT is((SELECT count(*) FROM tonearm.account_entries(pg_temp.h('session 2'))), 50::bigint,
    'but the others''');
SELECT is((SELECT person FROM tonearm.person_delete(pg_temp.h('session 2'))), pg_temp.id(2),
    'a person leaves');
RESET ROLE;
SELECT is((SELECT count(*) FROM tonearm.connection) + (SELECT count(*) FROM tonearm.code)
    + (SELECT count(*) FROM tonearm.refresh), 0::bigint, 'and no connection stays');
SELECT is((SELECT count(*) FROM tonearm.client), 2::bigint, 'the clients do');
SET LOCAL ROLE tonearm_vault;
SELECT is((SELECT count(*) FROM unnest(ARRAY['person', 'secret', 'identity', 'janitor']) AS s
    WHERE coalesce(current_setting('tonearm.' || s, true), '') <> ''), 0::bigint,
    'no setting outlives a call');
SELECT * FROM finish();
ROLLBACK;
