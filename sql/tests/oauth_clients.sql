-- MCP clients: registration, copies of metadata documents, what is removed when.
BEGIN;
\ir helpers.psql
SELECT plan(48);
SET LOCAL ROLE tonearm_vault;

CREATE FUNCTION pg_temp.register(p_client text, p_words text, p_secret text)
RETURNS text LANGUAGE sql AS $$
	SELECT c.id FROM tonearm.client_put(p_client, 1::smallint,
	    CASE p_secret WHEN '' THEN 0 ELSE 1 END::smallint, 'Name of ' || p_words,
	    'https://client.test/', 'https://client.test/' || p_words, pg_temp.h(p_words),
	    CASE p_secret WHEN '' THEN ''::bytea ELSE pg_temp.h(p_secret) END, 0) AS c
$$;
CREATE FUNCTION pg_temp.document(p_url text, p_name text, p_keep integer)
RETURNS text LANGUAGE sql AS $$
	SELECT c.id FROM tonearm.client_put(p_url, 2::smallint, 0::smallint, p_name, '',
	    'https://client.test/back', pg_temp.h(p_name), '', p_keep) AS c
$$;

-- Registration.
SELECT is(pg_temp.register('one', 'words', ''), 'one', 'a client registers');
SELECT results_eq($$SELECT * FROM tonearm.client_get('one')$$,
    $$VALUES (1::smallint, 0::smallint, 'Name of words', 'https://client.test/',
    'https://client.test/words', true)$$, 'and is as it said');
SELECT is(pg_temp.register('two', 'words', ''), 'one', 'with the same words it is the same');
SELECT is_empty($$SELECT * FROM tonearm.client_get('two')$$, 'and no second one');
SELECT is(pg_temp.register('three', 'other words', ''), 'three', 'with others another');
SELECT is(pg_temp.register('four', 'words', 'secret'), 'four', 'with a secret it is its own');
SELECT is(pg_temp.register('five', 'words', 'another secret'), 'five', 'each time');
SELECT is((SELECT created_at FROM tonearm.client_put('six', 1::smallint, 0::smallint, '', '',
    'x', pg_temp.h('six'), '', 0)), floor(extract(epoch FROM now()))::bigint,
    'when it was is told');
SELECT throws_ok($$SELECT pg_temp.register('one', 'new words', '')$$, '23505', NULL,
    'nobody registers over another');
SELECT throws_ok($$SELECT pg_temp.register('four', 'words', 'my secret')$$, '23505', NULL,
    'nor gives it another secret');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('seven', 1::smallint, 0::smallint,
    'Name of words', 'https://client.test/', 'https://attacker.test/', pg_temp.h('words'),
    '', 0)$$, '23505', NULL, 'a digest alone does not make two the same');
SELECT is((SELECT redirects FROM tonearm.client_get('one')), 'https://client.test/words',
    'and changes nothing');
SELECT throws_ok($$SELECT pg_temp.register('https://client.test/document', 'x', '')$$, '23514',
    NULL, 'the URL of a document cannot be registered');
SELECT throws_ok($$SELECT pg_temp.document('not a url', 'x', 600)$$, '23514', NULL,
    'and a document has one');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('g', 3::smallint, 0::smallint, '', '', 'x',
    pg_temp.h('x'), '', 0)$$, '22023', NULL, 'the operator''s clients are not made here');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('g', NULL, 0::smallint, '', '', 'x',
    pg_temp.h('x'), '', 0)$$, '22023', NULL, 'nor those of no kind');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('g', 1::smallint, 1::smallint, '', '', 'x',
    pg_temp.h('x'), '', 0)$$, '23514', NULL, 'a method with a secret needs one');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('g', 1::smallint, 0::smallint, '', '', 'x',
    pg_temp.h('x'), pg_temp.h('s'), 0)$$, '23514', NULL, 'the one without has none');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('g', 1::smallint, 1::smallint, '', '', 'x',
    pg_temp.h('x'), 'short', 0)$$, '23514', NULL, 'which is a hash');
SELECT throws_ok($$SELECT * FROM tonearm.client_put('https://a.test/d', 2::smallint, 1::smallint,
    '', '', 'x', pg_temp.h('x'), pg_temp.h('s'), 0)$$, '23514', NULL,
    'a document proves nothing with a secret');
SELECT throws_ok(format($$SELECT * FROM tonearm.client_put(%L, 1::smallint, 0::smallint, %L, %L,
    %L, pg_temp.h('x'), '', 0)$$, id, name, uri, redirects), '23514', NULL, what)
FROM (VALUES (repeat('x', 513), '', '', 'x', 'an id has an end'), ('', '', '', 'x', 'and a beginning'),
    ('g', repeat('x', 129), '', 'x', 'a name has an end'),
    ('g', '', repeat('x', 513), 'x', 'an address too'),
    ('g', '', '', repeat('x', 16385), 'and the redirects'),
    ('g', '', '', '', 'of which there is one')) AS v (id, name, uri, redirects, what);
SELECT is_empty($$SELECT * FROM tonearm.client_get(NULL)$$, 'no name leads nowhere');

-- Documents.
SELECT is(pg_temp.document('https://a.test/d', 'A', 600), 'https://a.test/d', 'a copy is kept');
SELECT is((SELECT fresh FROM tonearm.client_get('https://a.test/d')), true, 'and is fresh');
SELECT is(pg_temp.document('https://a.test/d', 'A renamed', 0), 'https://a.test/d', 'a newer one');
SELECT results_eq($$SELECT kind, name, fresh FROM tonearm.client_get('https://a.test/d')$$,
    $$VALUES (2::smallint, 'A renamed', false)$$, 'replaces it, and may be old at once');
SELECT is(pg_temp.document('https://b.test/d', 'A', 1000000), 'https://b.test/d',
    'two documents may say the same');
SELECT is(pg_temp.document('https://c.test/d', 'C', -5), 'https://c.test/d', 'any time is taken');
RESET ROLE;
SELECT is((SELECT kept_until FROM tonearm.client WHERE id = 'https://b.test/d'),
    now() + interval '1 day', 'a day at most');
SELECT is((SELECT kept_until FROM tonearm.client WHERE id = 'https://c.test/d'), now(),
    'and none before now');

-- Proof, for the functions alone.
SELECT is(tonearm.client_proved('one', pg_temp.h('anything')), true,
    'a client without a secret is believed');
SELECT is(tonearm.client_proved('four', pg_temp.h('secret')), true, 'one with a secret by it');
SELECT is(tonearm.client_proved('four', pg_temp.h('another secret')), false, 'not another''s');
SELECT is(tonearm.client_proved('four', decode(repeat('00', 32), 'hex')), false, 'nor none');
SELECT is(tonearm.client_proved('four', ''), false, 'nor an empty one');
SELECT is(tonearm.client_proved('four', NULL), false, 'nor a missing one');
SELECT is(tonearm.client_proved('nobody', pg_temp.h('secret')), false, 'nor somebody unknown');

-- Counting and keeping house.
SELECT results_eq('SELECT n FROM tonearm.client_tally ORDER BY kind',
    'SELECT (SELECT count(*) FROM tonearm.client AS c WHERE c.kind = k)
    FROM generate_series(1, 3) AS k', 'they are counted');
UPDATE tonearm.client_tally SET n = 100000 WHERE kind = 1;
SELECT is(pg_temp.register('late', 'late', ''), NULL, 'a hundred thousand are enough');
UPDATE tonearm.client_tally SET n = 10000 WHERE kind = 2;
UPDATE tonearm.client SET used_at = now() WHERE id = 'https://a.test/d';
SELECT is(pg_temp.document('https://d.test/d', 'D', 600), 'https://d.test/d',
    'a document finds room');
SELECT is((SELECT array_agg(id ORDER BY id) FROM tonearm.client WHERE kind = 2),
    ARRAY['https://a.test/d', 'https://b.test/d', 'https://d.test/d'],
    'where the oldest copy was that nobody let in');
UPDATE tonearm.client_tally AS t SET n = (SELECT count(*) FROM tonearm.client AS c
    WHERE c.kind = t.kind);
UPDATE tonearm.client SET created_at = now() - interval '29 days' WHERE id = 'three';
UPDATE tonearm.client SET created_at = now() - interval '31 days' WHERE id IN ('four', 'five');
UPDATE tonearm.client SET used_at = now() - interval '90 days' WHERE id = 'five';
UPDATE tonearm.client SET used_at = now() - interval '92 days', created_at = now() - interval '1 year'
WHERE id = 'six';
UPDATE tonearm.client SET created_at = now() - interval '25 hours' WHERE id = 'https://b.test/d';
INSERT INTO tonearm.client (id, kind, auth_method, name, uri, redirects, digest, created_at)
VALUES ('given', 3, 0, '', '', 'x', pg_temp.h('given'), now() - interval '10 years');
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT array_agg(id ORDER BY id) FROM tonearm.client),
    ARRAY['five', 'given', 'https://a.test/d', 'https://d.test/d', 'one', 'three'],
    'a month unused, or a document''s day, or what no token of can be valid, is removed');
UPDATE tonearm.client_tally SET n = 10001 WHERE kind = 1;
SET LOCAL ROLE tonearm_vault;
SELECT tonearm.janitor() \g /dev/null
RESET ROLE;
SELECT is((SELECT array_agg(id ORDER BY id) FROM tonearm.client WHERE kind = 1),
    ARRAY['five', 'one'], 'where there are many a day is enough');
SELECT * FROM finish();
ROLLBACK;
