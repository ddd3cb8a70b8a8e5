-- The record of changes: parts, bounds, order, and whose they are.
BEGIN;
\ir helpers.psql
SELECT plan(43);
SET LOCAL ROLE tonearm_vault;
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
SELECT pg_temp.sign_in(2, 'account-2', 'name-2') \g /dev/null
CREATE FUNCTION pg_temp.put(p_person integer, p_id integer, p_part integer, p_sealed text)
RETURNS integer LANGUAGE sql
RETURN (SELECT outcome FROM tonearm.change_put(pg_temp.id(p_person), pg_temp.id(p_id), p_part,
    convert_to(p_sealed, 'UTF8')));
CREATE FUNCTION pg_temp.heads(p_person integer, p_before bigint, p_most integer) RETURNS text
LANGUAGE sql RETURN (SELECT coalesce(string_agg(right(id::text, 2) || ':' || part, ' '), '')
    FROM tonearm.change_list(pg_temp.id(p_person), p_before, p_most));

-- Parts.
SELECT is(pg_temp.put(1, 11, 1, 'early'), 1, 'no part without a head');
SELECT is(pg_temp.put(1, 11, 65535, 'end'), 1, 'nor an end');
SELECT is(pg_temp.put(1, 11, 0, 'head'), 0, 'a head is kept');
SELECT is(pg_temp.put(1, 11, 0, 'head'), 0, 'the same again is the same');
SELECT is(pg_temp.put(1, 11, 0, 'other'), 3, 'another in its place is refused');
SELECT is(pg_temp.put(1, 11, 2, 'two'), 0, 'parts come in any order');
SELECT is(pg_temp.put(1, 11, 1, 'one'), 0, 'and are kept');
SELECT is(pg_temp.put(1, 11, 1, 'another one'), 3, 'once');
SELECT is(pg_temp.put(1, 11, 65535, 'end'), 0, 'the end is kept');
SELECT is(pg_temp.put(3, 12, 0, 'head'), 1, 'nothing is kept for nobody');
SELECT throws_ok($$SELECT pg_temp.put(1, 12, 0, repeat('x', 4097))$$, '23514', NULL, 'a head is short');
SELECT throws_ok($$SELECT pg_temp.put(1, 11, 65534, repeat('x', 4097))$$, '23514', NULL, 'so is a mark');
SELECT throws_ok($$SELECT pg_temp.put(1, 11, 3, repeat('x', 16385))$$, '23514', NULL, 'a part has a bound');
SELECT throws_ok($$SELECT pg_temp.put(1, 11, 65536, 'x')$$, '23514', NULL, 'there is no such part');
SELECT throws_ok($$SELECT pg_temp.put(1, 11, 3, '')$$, '23514', NULL, 'an empty part is none');

-- Reading.
SELECT is((SELECT string_agg(part || ':' || convert_from(sealed, 'UTF8'), ' ')
    FROM tonearm.change_get(pg_temp.id(1), pg_temp.id(11))), '0:head 1:one 2:two 65535:end',
    'a change is read in the order of its parts');
SELECT is_empty('SELECT * FROM tonearm.change_get(pg_temp.id(2), pg_temp.id(11))',
    'but by nobody else');
SELECT is_empty('SELECT * FROM tonearm.change_get(pg_temp.id(1), pg_temp.id(12))',
    'one that is not there is not');
SELECT is(pg_temp.put(2, 11, 0, 'mine'), 0, 'the same name is another person''s own');
SELECT is((SELECT string_agg(convert_from(sealed, 'UTF8'), ' ')
    FROM tonearm.change_get(pg_temp.id(2), pg_temp.id(11))), 'mine', 'with its own parts');
SELECT is(pg_temp.put(2, 11, 1, 'more') + pg_temp.put(1, 11, 65534, 'undone'), 0, 'and so on');
SELECT is(pg_temp.put(1, 13, 0, 'head') + pg_temp.put(1, 14, 0, 'head'), 0, 'two more');
SELECT is(pg_temp.heads(1, 0, 10), '14:0 13:0 11:0 11:65534 11:65535',
    'a list has heads and marks, the newest first');
SELECT is(pg_temp.heads(1, 0, 2), '14:0 13:0', 'as many as wanted');
SELECT is(pg_temp.heads(1, (SELECT created_at FROM tonearm.change_list(pg_temp.id(1), 0, 2)
    ORDER BY created_at LIMIT 1), 2), '11:0 11:65534 11:65535', 'and goes on behind the last one');
SELECT is(pg_temp.heads(3, 0, 10), '', 'nobody''s is empty');
SELECT is((SELECT count(DISTINCT created_at) FROM tonearm.change_list(pg_temp.id(1), 0, 10)), 3::bigint,
    'no two have the same time');

-- Bounds of one change.
SELECT is((SELECT max(pg_temp.put(1, 13, n, repeat('x', 16000))) FROM generate_series(1, 16) AS n), 0,
    'a change of 256 KiB fits');
SELECT is(pg_temp.put(1, 13, 17, repeat('x', 16000)), 2, 'and no more');
SELECT is(pg_temp.put(1, 13, 65535, 'end'), 0, 'but its end always does');
SELECT is((SELECT max(pg_temp.put(1, 14, n, 'x')) FROM generate_series(1, 379) AS n), 0,
    '380 parts fit');
SELECT is(pg_temp.put(1, 14, 380, 'x'), 2, 'and no more');

-- Bounds of one person: 200, then 4 MiB; whatever may be in progress stays.
SELECT is((SELECT max(pg_temp.put(1, 100 + n, 0, 'head')) FROM generate_series(1, 197) AS n), 0,
    '200 changes fit');
SELECT is(pg_temp.put(1, 300, 0, 'head'), 0, 'one more makes the oldest go that has ended');
SELECT is_empty('SELECT * FROM tonearm.change_get(pg_temp.id(1), pg_temp.id(11))', 'it is gone');
SELECT is(pg_temp.put(1, 301, 0, 'head'), 0, 'the next goes');
SELECT is(pg_temp.put(1, 302, 0, 'head'), 2, 'none that may be in progress does');
RESET ROLE;
UPDATE tonearm.change SET created_at = created_at - interval '2 hours' WHERE person = pg_temp.id(1);
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.put(1, 302, 0, 'head'), 0, 'until it is an hour old');
SELECT is((SELECT max(pg_temp.put(1, id, part, repeat('x', 16000)))
    FROM (SELECT id, part FROM generate_series(110, 130) AS id, generate_series(1, 16) AS part
	ORDER BY id, part) AS all_of_them), 0,
    'what is written to makes others go');
RESET ROLE;
SELECT cmp_ok((SELECT sum(octet_length(sealed)) FROM tonearm.change_part WHERE person = pg_temp.id(1)),
    '<=', 4194304::bigint, 'so that a person has 4 MiB at most');

-- Thirty days, and the end of a person.
UPDATE tonearm.change SET created_at = created_at - interval '30 days' WHERE person = pg_temp.id(1)
    AND id <> pg_temp.id(302);
SET LOCAL ROLE tonearm_vault;
SELECT is(pg_temp.heads(1, 0, 10), '02:0', 'after 30 days it is not shown');
SELECT cmp_ok((SELECT changes FROM tonearm.janitor_changes()), '>', 10::bigint, 'and removed');
RESET ROLE;
DELETE FROM tonearm.person WHERE id = pg_temp.id(1);
SELECT is((SELECT string_agg(DISTINCT right(p.person::text, 1), '') FROM tonearm.change_part AS p), '2',
    'with a person all of it goes, and nobody else''s');
SELECT * FROM finish();
ROLLBACK;
