-- What Spotify may be asked: the ledger, the 30 seconds, the blocks.
BEGIN;
\ir helpers.psql
SELECT plan(60);
SELECT pg_temp.sign_in(1, 'account-1', 'name-1') \g /dev/null
INSERT INTO tonearm.app (client_id, mode, shared) VALUES ('other', 'development', false);

-- Moves all that is in the ledger back by so much.
CREATE FUNCTION pg_temp.later(p_by interval) RETURNS void LANGUAGE sql AS $$
	UPDATE tonearm.quota_hour SET hour = hour - p_by;
	UPDATE tonearm.quota_block SET until = until - p_by;
	UPDATE tonearm.quota_pace SET slot = slot - floor(extract(epoch FROM p_by) / 3), used = ARRAY(
	    SELECT used[(j + floor(extract(epoch FROM p_by) / 3)::integer) % 12 + 1]
	    FROM generate_series(0, 11) AS j ORDER BY j);
$$;
-- A lease of p_n for the day and p_pace for the 30 seconds, of 100 and 10.
CREATE FUNCTION pg_temp.lease(p_n integer, p_pace integer, p_family integer DEFAULT 3,
    p_client text DEFAULT 'client', p_keep integer DEFAULT 0)
RETURNS text LANGUAGE sql AS $$
	SELECT day_given || ' ' || pace_given || ' ' || why
	FROM tonearm.permit_take(p_client, p_family::smallint, p_n, 100, p_keep, p_pace, 10, p_keep / 10, 1)
$$;
CREATE FUNCTION pg_temp.used(p_family integer DEFAULT 3) RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(sum(used), 0) FROM tonearm.quota_hour WHERE family = p_family
$$;

-- The day.
SELECT is_empty($$SELECT * FROM tonearm.permit_take('nobody', 3::smallint, 1, 100, 0, 1, 10, 0, 1)$$,
    'an application that nobody has used has nothing to lease');
SELECT is(pg_temp.lease(20, 0), '20 0 0', 'a block is leased');
SELECT is(pg_temp.lease(70, 0), '70 0 0', 'and another');
SELECT is(pg_temp.used(), 90::bigint, 'both are in the ledger');
SELECT is(pg_temp.lease(20, 0), '10 0 0', 'no more than the day has');
SELECT is(pg_temp.lease(1, 1), '0 0 4', 'then nothing, of the 30 seconds either');
SELECT is((SELECT count(*) FROM tonearm.quota_pace WHERE 0 <> ANY (used)), 0::bigint,
    'what was not given is not counted');
SELECT is(pg_temp.lease(20, 0, 4), '20 0 0', 'another family has its own');
SELECT is(pg_temp.lease(20, 0, 3, 'other'), '20 0 0', 'so has another application');
SELECT is((SELECT until / 1000 FROM tonearm.permit_take('client', 3::smallint, 1, 100, 0, 0, 10, 0, 1)),
    tonearm.unix(date_trunc('hour', clock_timestamp(), 'UTC') + interval '25 hours'),
    'it is told when the first calls leave the ledger');
SELECT is((SELECT day_given FROM tonearm.permit_take('client', 3::smallint, 20, 0, 0, 0, 10, 0, 1)),
    20, 'without a bound there is always more');
SELECT is(pg_temp.used(), 140::bigint, 'and it is counted all the same');
SELECT is(pg_temp.lease(1, 0), '0 0 4', 'for who sets a bound then');

-- Hours.
SELECT pg_temp.later('23 hours') \g /dev/null
SELECT is(pg_temp.lease(1, 0), '0 0 4', 'a day is not over after 23 hours');
SELECT pg_temp.later('2 hours') \g /dev/null
SELECT is(pg_temp.lease(30, 0), '30 0 0', 'but after 25');
SELECT pg_temp.later('3 hours') \g /dev/null
SELECT is(pg_temp.lease(70, 0), '70 0 0', 'the rest later');
SELECT is((SELECT until / 1000 FROM tonearm.permit_take('client', 3::smallint, 1, 100, 0, 0, 10, 0, 1)),
    tonearm.unix(date_trunc('hour', clock_timestamp(), 'UTC') + interval '22 hours'),
    'the oldest calls end it');
SELECT is((SELECT until / 1000 FROM tonearm.permit_take('client', 3::smallint, 1, 100, 80, 0, 10, 0, 1)),
    tonearm.unix(date_trunc('hour', clock_timestamp(), 'UTC') + interval '25 hours'),
    'for who must leave more to others, later ones');
SELECT ok((SELECT hours >= 1 FROM tonearm.janitor_quota()), 'old hours are removed');
SELECT is(pg_temp.used(), 100::bigint, 'what counts stays');

-- Leaving some for others.
DELETE FROM tonearm.quota_hour;
SELECT is(pg_temp.lease(100, 0, 3, 'client', 20), '80 0 0', 'what is kept for others is not given');
SELECT is(pg_temp.lease(1, 0, 3, 'client', 20), '0 0 4', 'not later either');
SELECT is(pg_temp.lease(100, 0), '20 0 0', 'but to the others');

-- What was not used, and what was used unseen.
SELECT hour FROM tonearm.permit_take('client', 7::smallint, 0, 100, 0, 0, 10, 0, 1) \gset
SELECT is((SELECT settled FROM tonearm.permit_back('client', 3::smallint, 30, :hour)), true,
    'what was leased can be given back');
SELECT is(pg_temp.used(), 70::bigint, 'and counts no more');
SELECT is((SELECT settled FROM tonearm.permit_back('client', 3::smallint, 30, :hour - 1)), false,
    'to the hour in which it was leased only');
SELECT tonearm.permit_back('client', 3::smallint, -30, :hour) \g /dev/null
SELECT is(pg_temp.used(), 70::bigint, 'nothing is added by it');
SELECT tonearm.permit_back('client', 3::smallint, 300, :hour) \g /dev/null
SELECT is(pg_temp.used(), 0::bigint, 'never more than there is');
SELECT tonearm.permit_settle('client', 3::smallint, 25) \g /dev/null
SELECT is(pg_temp.used(), 25::bigint, 'calls without a lease are added');

-- 30 seconds.
SELECT is(pg_temp.lease(1, 6), '1 6 0', 'the 30 seconds give');
SELECT is(pg_temp.lease(1, 6, 4), '1 4 0', 'to all families together');
SELECT is(pg_temp.lease(1, 6), '0 0 1', 'what they have');
SELECT is(pg_temp.used(), 26::bigint, 'without it nothing of the day is taken');
SELECT ok((SELECT wait_ms BETWEEN 30001 AND 36000 FROM
    tonearm.permit_take('client', 3::smallint, 1, 100, 0, 1, 10, 0, 1)), 'it is told how long to wait');
SELECT is(pg_temp.lease(1, 6, 3, 'other'), '1 6 0', 'another application has its own');
SELECT pg_temp.later('30 seconds') \g /dev/null
SELECT is(pg_temp.lease(1, 6), '0 0 1', 'not a moment before they are over');
SELECT pg_temp.later('9 seconds') \g /dev/null
SELECT is(pg_temp.lease(1, 6, 3, 'client', 20), '1 6 0', 'then they give again');
SELECT is(pg_temp.lease(1, 6, 3, 'client', 20), '1 2 0', 'but for what is kept for others');
UPDATE tonearm.quota_pace SET slot = slot + 1000;
SELECT is(pg_temp.lease(1, 10), '1 10 0', 'a clock that was set back stops nobody');

-- Other nodes.
CREATE FUNCTION pg_temp.others(p_node bigint, p_most integer DEFAULT 1000) RETURNS bigint LANGUAGE sql AS $$
	SELECT others_ms FROM tonearm.permit_take('other', 6::smallint, 0, 0, 0, 1, p_most, 0, p_node)
$$;
DELETE FROM tonearm.quota_pace;
SELECT is(pg_temp.others(1), -1::bigint, 'a node alone hears of nobody');
SELECT is(pg_temp.others(1), -1::bigint, 'its own leases are not those of others');
SELECT ok(pg_temp.others(2) BETWEEN 0 AND 5000, 'the next hears of it');
UPDATE tonearm.quota_pace SET leased_at = leased_at - interval '1 minute', other_at = other_at - interval '1 minute';
SELECT ok(pg_temp.others(2) BETWEEN 60000 AND 65000, 'and for how long it has been silent');
SELECT ok(pg_temp.others(1) BETWEEN 0 AND 5000, 'as the first hears of the second');
SELECT ok(pg_temp.others(3, 1) BETWEEN 0 AND 5000, 'one that gets nothing hears it, too');
SELECT ok(pg_temp.others(1) BETWEEN 0 AND 5000, 'and is heard of');
UPDATE tonearm.quota_pace SET other_at = other_at + interval '1 hour';
SELECT is(pg_temp.others(1), 0::bigint, 'what lies ahead is now');

-- Blocks.
SELECT tonearm.unix(clock_timestamp()) AS now \gset
SELECT is((SELECT until FROM tonearm.limit_put('client', 2::smallint, 4::smallint, :now + 60)),
    :now + 60::bigint, 'a block has its end');
SELECT is(pg_temp.lease(1, 0, 4), '0 0 5', 'nothing of the family is given');
SELECT is(pg_temp.lease(1, 0, 5), '1 0 0', 'of others it is');
SELECT is((SELECT until FROM tonearm.limit_put('client', 2::smallint, 4::smallint, :now + 5)),
    :now + 60::bigint, 'a shorter one ends no longer one');
SELECT tonearm.limit_put('client', 1::smallint, 4::smallint, :now + 30) \g /dev/null
SELECT is(pg_temp.lease(1, 0, 5), '0 0 6', 'Retry-After is for all families');
SELECT results_eq($$SELECT family, used, until > 0 FROM tonearm.quota_show('client')
    WHERE family IN (-1, 4, 5)$$,
    $$VALUES (-1::smallint, 0, true), (4::smallint, 1, true), (5::smallint, 1, false)$$,
    'what is left is told');
SELECT pg_temp.later('61 seconds') \g /dev/null
SELECT is(pg_temp.lease(1, 0, 4), '1 0 0', 'both end by themselves');
SELECT ok((SELECT until BETWEEN :now + 86400 AND :now + 86402
    FROM tonearm.limit_put('client', 1::smallint, 0::smallint, 1::bigint << 40)),
    'nothing is blocked for more than a day');
-- To the millisecond.
DELETE FROM tonearm.quota_block;
SELECT is((SELECT until FROM tonearm.limit_say('client', 2::smallint, 4::smallint, :now * 1000::bigint + 60789)),
    :now * 1000::bigint + 60789, 'a pause ends in the middle of a second');
SELECT is((SELECT until FROM tonearm.permit_take('client', 4::smallint, 1, 100, 0, 0, 10, 0, 1)),
    :now * 1000::bigint + 60789, 'and is told so');
SELECT is((SELECT until FROM tonearm.permit_lease('client', 4::smallint, 1, 100, 0, 0, 10, 0)),
    :now + 60::bigint, 'to an older vault in seconds');
SELECT is((SELECT until FROM tonearm.limit_say('client', 2::smallint, 4::smallint, :now * 1000::bigint + 60788)),
    :now * 1000::bigint + 60789, 'a shorter one ends no longer one');
SELECT ok((SELECT until BETWEEN (:now + 86400) * 1000::bigint AND (:now + 86402) * 1000::bigint
    FROM tonearm.limit_say('client', 1::smallint, 0::smallint, 1::bigint << 50)),
    'nothing is paused for more than a day');
SELECT * FROM finish();
ROLLBACK;
