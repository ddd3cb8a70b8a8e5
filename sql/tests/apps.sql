-- Whose Spotify application: own ones, their guests, the operator's; what a
-- sign-in has to prove, and what it says.
BEGIN;
\ir helpers.psql
SELECT plan(60);

-- A whole sign-in, with everything that one may name.  Gives the outcome of
-- enroll, or -1 and the like for a beginning that was refused.
CREATE FUNCTION pg_temp.come(p_number integer, p_who text, p_own text DEFAULT '',
    p_invite bytea DEFAULT '', p_listed boolean DEFAULT true, p_invited boolean DEFAULT false,
    p_scopes text DEFAULT 'scope', p_operator text DEFAULT 'client')
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	v_outcome integer;
BEGIN
	SELECT b.outcome INTO v_outcome FROM tonearm.login_begin(pg_temp.id(1000 + p_number),
	    pg_temp.h('state ' || p_number), pg_temp.h('cookie ' || p_number), p_operator,
	    'extended', p_own, true, pg_temp.id(500), p_invite) AS b;
	IF v_outcome <> 0 THEN
		RETURN -v_outcome;
	END IF;
	PERFORM tonearm.login_consume(pg_temp.h('state ' || p_number),
	    pg_temp.h('cookie ' || p_number));
	SELECT e.outcome INTO v_outcome FROM tonearm.enroll(pg_temp.id(1000 + p_number),
	    pg_temp.id(p_number), 1, 'key', p_who, 'id of ' || p_who, 'Name of ' || p_who, p_scopes,
	    'tokens', pg_temp.h('session ' || p_number), p_listed, p_invited) AS e;
	RETURN v_outcome;
END
$$;
CREATE FUNCTION pg_temp.app_of(p_number integer) RETURNS text LANGUAGE sql
RETURN (SELECT client_id || ' ' || mode || ' ' || app
	FROM tonearm.account_show(pg_temp.h('session ' || p_number)));
CREATE FUNCTION pg_temp.invite(p_number integer, p_word text) RETURNS integer LANGUAGE sql
RETURN (SELECT outcome FROM tonearm.invitation_create(pg_temp.h('session ' || p_number),
	pg_temp.h(p_word), 'for ' || p_word));
-- The same sign-in eleven minutes ago.
CREATE FUNCTION pg_temp.age(p_number integer) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	UPDATE tonearm.web_session SET created_at = created_at - interval '11 minutes'
	WHERE hash = pg_temp.h('session ' || p_number);
END;
SET LOCAL ROLE tonearm_vault;

-- The way out.
SELECT results_eq($$SELECT * FROM tonearm.login_begin(pg_temp.id(1), pg_temp.h('s1'),
    pg_temp.h('c1'), 'client', 'extended', '', false, pg_temp.id(0), '')$$,
    $$VALUES (0::smallint, 'client')$$, 'who names nothing is sent off with the operator''s');
SELECT results_eq($$SELECT * FROM tonearm.login_consume(pg_temp.h('s1'), pg_temp.h('c1'))$$,
    $$VALUES (pg_temp.id(1), 'client', 'extended')$$, 'and comes back with it');
SELECT results_eq($$SELECT * FROM tonearm.login_begin(pg_temp.id(2), pg_temp.h('s2'),
    pg_temp.h('c2'), 'client', 'extended', 'own', true, pg_temp.id(0), '')$$,
    $$VALUES (0::smallint, 'own')$$, 'who names one is sent off with it');
SELECT results_eq($$SELECT * FROM tonearm.login_consume(pg_temp.h('s2'), pg_temp.h('c2'))$$,
    $$VALUES (pg_temp.id(2), 'own', 'development')$$, 'and it is in Development Mode');
SELECT is((SELECT outcome FROM tonearm.login_begin(pg_temp.id(3), pg_temp.h('s3'),
    pg_temp.h('c3'), 'client', 'extended', 'own', false, pg_temp.id(0), '')), 2::smallint,
    'unless own ones are not offered');
SELECT is((SELECT outcome FROM tonearm.login_begin(pg_temp.id(3), pg_temp.h('s3'),
    pg_temp.h('c3'), '', 'extended', '', true, pg_temp.id(0), '')), 2::smallint,
    'nor is there a way where the operator''s is not');
SELECT is((SELECT outcome FROM tonearm.login_begin(pg_temp.id(3), pg_temp.h('s3'),
    pg_temp.h('c3'), 'client', 'extended', 'client', false, pg_temp.id(0), '')), 0::smallint,
    'who names the operator''s own uses the operator''s');
SELECT is((SELECT outcome FROM tonearm.login_begin(pg_temp.id(4), pg_temp.h('s4'),
    pg_temp.h('c4'), 'client', 'extended', '', true, pg_temp.id(0), pg_temp.h('guess'))),
    3::smallint, 'a guessed invitation leads nowhere');

-- The operator's.
SELECT is(pg_temp.come(1, 'ann'), 0, 'anyone');
SELECT is(pg_temp.app_of(1), 'client extended 0', 'uses the shared one');
SELECT is(pg_temp.come(2, 'bob', p_listed => false), 2, 'one who is not listed is refused');
SELECT is_empty($$SELECT * FROM tonearm.person_get(pg_temp.id(2))$$, 'and nothing is stored');
SELECT is(pg_temp.come(3, 'ann', p_listed => false), 2, 'also one who came before the list');
SELECT is(pg_temp.come(4, 'ann', p_listed => false, p_invited => true), 0,
    'but by invitation: who is here already stays');
SELECT is(pg_temp.come(5, 'bob', p_listed => false, p_invited => true), 2,
    'and who is not needs one');
RESET ROLE;
SET LOCAL ROLE tonearm_admin;
SELECT ok((SELECT expires_at - extract(epoch FROM now()) BETWEEN 604700 AND 604900
    FROM tonearm.admin_invite(pg_temp.h('for bob'), 'bob')), 'the operator invites for a week');
RESET ROLE;
SET LOCAL ROLE tonearm_vault;
SELECT results_eq($$SELECT inviter, app, used FROM tonearm.invitation_show(pg_temp.h('for bob'))$$,
    $$VALUES ('', 0::smallint, false)$$, 'its page says who invites');
SELECT is(pg_temp.come(6, 'bob', p_invite => pg_temp.h('for bob'), p_listed => false), 2,
    'it opens nothing where invitations are not asked for');
SELECT is(pg_temp.come(7, 'bob', p_invite => pg_temp.h('for bob'), p_listed => false,
    p_invited => true), 0, 'the invited one comes in');
SELECT is(pg_temp.come(8, 'eve', p_invite => pg_temp.h('for bob'), p_listed => false,
    p_invited => true), 2, 'nobody else does with the same');

-- One's own.
SELECT is(pg_temp.come(10, 'clara', 'own-c'), 0, 'a new application is taken');
SELECT is(pg_temp.app_of(10), 'own-c development 1', 'its first user owns it');
SELECT is(pg_temp.come(11, 'eve', 'own-c'), 2, 'a second one is not let in by its id');
SELECT is_empty($$SELECT * FROM tonearm.person_get(pg_temp.id(11))$$, 'and nothing is stored');
SELECT is(pg_temp.come(12, 'clara', 'own-c', p_listed => false), 0,
    'the owner comes again, whatever the list says');
SELECT is(pg_temp.app_of(12), 'own-c development 1', 'and still owns it');
SELECT is(pg_temp.come(13, 'ann', 'own-a'), 0, 'somebody changes to an own one');
SELECT is(pg_temp.app_of(1), 'own-a development 1', 'and all her browsers show it');
SELECT results_eq($$SELECT client_id, mode FROM tonearm.person_get(pg_temp.id(1))$$,
    $$VALUES ('own-a', 'development')$$, 'as does what her worker is told');
SELECT is(pg_temp.come(14, 'ann'), 0, 'and back');
SELECT is(pg_temp.app_of(14), 'client extended 0', 'to the shared one');
SELECT is(pg_temp.come(15, 'eve', 'own-a'), 2, 'what she left is still hers');
SELECT is(pg_temp.come(16, 'mallory', 'client', p_operator => 'another'), -2,
    'nobody takes what was the operator''s');

-- Guests.
SELECT is(pg_temp.invite(14, 'none'), 4, 'without an own application nobody is invited');
SELECT is(pg_temp.invite(99, 'none'), 1, 'nor without a session');
SELECT is(pg_temp.invite(12, 'g1'), 0, 'the owner invites');
SELECT results_eq($$SELECT inviter, app, used FROM tonearm.invitation_show(pg_temp.h('g1'))$$,
    $$VALUES ('Name of clara', 2::smallint, false)$$, 'the page names her');
SELECT is(pg_temp.come(20, 'dora', p_invite => pg_temp.h('g1')), 0, 'the guest comes in');
SELECT is(pg_temp.app_of(20), 'own-c development 2', 'as a guest');
SELECT is(pg_temp.invite(20, 'more'), 4, 'who cannot invite');
SELECT is(pg_temp.come(21, 'dora', 'own-c'), 0, 'who comes again without the invitation');
SELECT is(pg_temp.come(22, 'dora', p_invite => pg_temp.h('g1')), 0, 'or with it');
SELECT is(pg_temp.come(23, 'eve', p_invite => pg_temp.h('g1')), 2, 'which nobody else can use');
SELECT is(pg_temp.invite(12, 'g' || n), 0, 'guest ' || n) FROM generate_series(2, 4) AS n;
SELECT is(pg_temp.invite(12, 'g5'), 3, 'a fifth guest is too many');
SELECT results_eq($$SELECT label, used_at > 0 FROM tonearm.invitation_list(pg_temp.h('session 12'))
    ORDER BY label$$, $$VALUES ('for g1', true), ('for g2', false), ('for g3', false),
    ('for g4', false)$$, 'the owner sees them');
SELECT is((SELECT outcome FROM tonearm.invitation_drop(pg_temp.h('session 20'), i.id)), 2::smallint,
    'a guest takes none back')
FROM tonearm.invitation_list(pg_temp.h('session 12')) AS i WHERE i.label = 'for g4';
SELECT is((SELECT outcome FROM tonearm.invitation_drop(pg_temp.h('session 12'), i.id)), 0::smallint,
    'the owner does') FROM tonearm.invitation_list(pg_temp.h('session 12')) AS i
WHERE i.label = 'for g4';
SELECT is(pg_temp.come(24, 'eve', p_invite => pg_temp.h('g4')), -3, 'and it is worth nothing');
RESET ROLE;
SELECT pg_temp.age(12) \g /dev/null
UPDATE tonearm.invitation SET expires_at = now() - interval '1 second'
WHERE hash = pg_temp.h('g3');
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.invite(12, 'g6'), 2, 'an old sign-in invites nobody');
SELECT is(pg_temp.come(25, 'eve', p_invite => pg_temp.h('g3')), -3, 'an old invitation is over');

-- The owner leaves.
SELECT tonearm.person_delete(pg_temp.h('session 12')) \g /dev/null
SELECT is(pg_temp.come(26, 'eve', p_invite => pg_temp.h('g2')), -3,
    'what was open when the owner left is over');
SELECT is(pg_temp.come(27, 'dora', 'own-c'), 0, 'the guest may stay');
SELECT is(pg_temp.app_of(27), 'own-c development 2', 'as a guest, not as the owner');
SELECT is((SELECT apps FROM tonearm.janitor_apps()), 0::bigint, 'what is in use is kept');
SELECT tonearm.person_delete(pg_temp.h('session 27')) \g /dev/null
SELECT results_eq('SELECT * FROM tonearm.janitor_apps()', $$VALUES (0::bigint, 1::bigint)$$,
    'what nobody owns or uses is removed');

-- What the sign-in says.
SELECT pg_temp.come(30, 'flo', p_scopes => 'one two three') \g /dev/null
SELECT is((SELECT outcome FROM tonearm.login_begin(pg_temp.id(31), pg_temp.h('s31'),
    pg_temp.h('c31'), 'client', 'extended', '', true, pg_temp.id(77), '')), 0::smallint,
    'a sign-in for a client');
SELECT tonearm.login_consume(pg_temp.h('s31'), pg_temp.h('c31')) \g /dev/null
SELECT results_eq($$SELECT person, fresh, auth, missing FROM tonearm.enroll(pg_temp.id(31),
    pg_temp.id(31), 1, 'key', 'flo', 'id', 'Flo', 'two four', 'tokens', pg_temp.h('session 31'),
    true, false)$$, $$VALUES (pg_temp.id(30), false, pg_temp.id(77), 'one three')$$,
    'it says for which request it was, and what is granted no more');
SELECT * FROM finish();
ROLLBACK;
