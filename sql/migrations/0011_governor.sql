-- What Spotify may be asked: a ledger of calls for each application and family
-- of endpoints, a budget of 30 seconds for each application, and the blocks that
-- Spotify ordered, over all nodes.  The rules are those of 0003_sign_in.sql; no
-- table here names a person.  Why it counts as it does: docs/governor.md.

-- Families are numbered as in shared/ipc/families.h.
CREATE TABLE tonearm.quota_hour (
	app integer NOT NULL REFERENCES tonearm.app (id) ON DELETE CASCADE,
	family smallint NOT NULL CHECK (family BETWEEN 0 AND 63),
	hour timestamptz NOT NULL,
	used integer NOT NULL CHECK (used >= 0),
	PRIMARY KEY (app, family, hour)
);

-- kind: 1 too fast, for the whole application (family -1); 2 no more of a family
-- (enum limit_kind in shared/ipc/words.h).
CREATE TABLE tonearm.quota_block (
	app integer NOT NULL REFERENCES tonearm.app (id) ON DELETE CASCADE,
	family smallint NOT NULL CHECK (family BETWEEN -1 AND 63),
	kind smallint NOT NULL CHECK (kind IN (1, 2)),
	until timestamptz NOT NULL,
	PRIMARY KEY (app, family, kind),
	CHECK ((family = -1) = (kind = 1))
);

-- Calls of the last 36 seconds in twelve slots of three, which is 30 seconds and
-- what a leased call may be late; slot number s (seconds since 1970 / 3) is kept
-- at s % 12 + 1.  Its row is also what the leases of one application wait for.
CREATE TABLE tonearm.quota_pace (
	app integer PRIMARY KEY REFERENCES tonearm.app (id) ON DELETE CASCADE,
	slot bigint NOT NULL,
	used integer[] NOT NULL DEFAULT array_fill(0, ARRAY[12])
	    CHECK (cardinality(used) = 12 AND array_position(used, NULL) IS NULL)
);

-- The application's pace row, locked, with the slots that are over emptied.
CREATE FUNCTION tonearm.pace_now(p_app integer, p_slot bigint)
RETURNS tonearm.quota_pace
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_pace tonearm.quota_pace;
BEGIN
	INSERT INTO tonearm.quota_pace AS q (app, slot) VALUES (p_app, p_slot)
	ON CONFLICT (app) DO NOTHING;
	SELECT q.* INTO STRICT v_pace FROM tonearm.quota_pace AS q
	WHERE q.app = p_app FOR NO KEY UPDATE;
	-- Whoever waited for the row may be a slot behind; a clock that was set back
	-- by more is believed.
	IF p_slot BETWEEN v_pace.slot - 12 AND v_pace.slot THEN
		RETURN v_pace;
	END IF;
	FOR i IN greatest(v_pace.slot + 1, p_slot - 11) .. p_slot LOOP
		v_pace.used[i % 12 + 1] := 0;
	END LOOP;
	IF p_slot < v_pace.slot THEN
		v_pace.used := array_fill(0, ARRAY[12]);
	END IF;
	v_pace.slot := p_slot;
	RETURN v_pace;
END
$$;

-- Milliseconds until less than p_most calls are in the slots of a pace row.
CREATE FUNCTION tonearm.pace_wait(p_pace tonearm.quota_pace, p_most integer, p_now double precision)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_sum integer := (SELECT sum(u)::integer FROM unnest(p_pace.used) AS u);
	v_slot bigint := p_pace.slot - 12;
BEGIN
	WHILE v_sum >= p_most AND v_slot < p_pace.slot LOOP
		v_slot := v_slot + 1;
		v_sum := v_sum - p_pace.used[v_slot % 12 + 1];
	END LOOP;
	RETURN greatest(1, ceil(((v_slot + 12) * 3 - p_now) * 1000))::integer;
END
$$;

-- When less than p_most calls are in the ledger of a family, if none come.
CREATE FUNCTION tonearm.quota_until(p_app integer, p_family smallint, p_most integer)
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	RETURN (SELECT tonearm.unix(min(s.hour) + interval '25 hours') FROM (
		SELECT h.hour, sum(h.used) OVER (ORDER BY h.hour DESC) - h.used AS newer
		FROM tonearm.quota_hour AS h
		WHERE h.app = p_app AND h.family = p_family
		    AND h.hour > clock_timestamp() - interval '25 hours') AS s
	WHERE s.newer < p_most);
END
$$;

-- Calls for a vault to hand out: p_n of a family's day and p_pace of the
-- application's 30 seconds, or as many of each as there are; all or none of
-- either kind being zero means that nothing was taken.  p_day, p_pace_most: how
-- many there are (0: not bounded); p_day_keep, p_pace_keep: how many of them are
-- left for others.  why as enum permit_why: 0 taken; 1 nothing in the 30 seconds,
-- wait_ms; 4 nothing in the day, 5 blocked by quota, 6 by rate: until.  No row:
-- no such application.
CREATE FUNCTION tonearm.permit_lease(p_client_id text, p_family smallint, p_n integer,
    p_day integer, p_day_keep integer, p_pace integer, p_pace_most integer, p_pace_keep integer)
RETURNS TABLE (day_given integer, pace_given integer, why smallint, wait_ms integer, until bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	v_app integer;
	v_now double precision;
	v_hour timestamptz;
	v_pace tonearm.quota_pace;
	v_slot integer;
	v_block record;
	v_set text;
	v_n integer := p_n;
	v_p integer := p_pace;
BEGIN
	SELECT a.id INTO v_app FROM tonearm.app AS a WHERE a.client_id = p_client_id;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	-- What a crash of the database forgets of the last moment is no harm.
	v_set := set_config('synchronous_commit', 'off', true);
	v_pace := tonearm.pace_now(v_app, floor(extract(epoch FROM clock_timestamp()) / 3)::bigint);
	v_now := extract(epoch FROM clock_timestamp());
	v_hour := date_trunc('hour', clock_timestamp(), 'UTC');
	SELECT b.kind, tonearm.unix(b.until) AS until INTO v_block
	FROM tonearm.quota_block AS b
	WHERE b.app = v_app AND b.family IN (-1, p_family) AND b.until > clock_timestamp()
	ORDER BY b.until DESC LIMIT 1;
	IF FOUND THEN
		RETURN QUERY SELECT 0, 0, CASE v_block.kind WHEN 1 THEN 6 ELSE 5 END::smallint, 0,
		    v_block.until;
		RETURN;
	END IF;
	IF p_day > 0 AND p_n > 0 THEN
		-- 24 hours and what of the present one is over: never less than a day.
		SELECT least(p_n, p_day - p_day_keep - coalesce(sum(h.used), 0)::integer) INTO v_n
		FROM tonearm.quota_hour AS h
		WHERE h.app = v_app AND h.family = p_family
		    AND h.hour > clock_timestamp() - interval '25 hours';
		IF v_n <= 0 THEN
			RETURN QUERY SELECT 0, 0, 4::smallint, 0, coalesce(tonearm.quota_until(v_app,
			    p_family, p_day - p_day_keep), tonearm.unix(v_hour + interval '1 hour'));
			RETURN;
		END IF;
	END IF;
	IF p_pace_most > 0 AND p_pace > 0 THEN
		v_p := least(p_pace, p_pace_most - p_pace_keep
		    - (SELECT sum(u)::integer FROM unnest(v_pace.used) AS u));
		IF v_p <= 0 THEN
			RETURN QUERY SELECT 0, 0, 1::smallint,
			    tonearm.pace_wait(v_pace, p_pace_most - p_pace_keep, v_now), 0::bigint;
			RETURN;
		END IF;
		v_slot := v_pace.slot % 12 + 1;
		v_pace.used[v_slot] := v_pace.used[v_slot] + v_p;
		UPDATE tonearm.quota_pace AS q SET slot = v_pace.slot, used = v_pace.used
		WHERE q.app = v_app;
	END IF;
	IF v_n > 0 THEN
		INSERT INTO tonearm.quota_hour AS h (app, family, hour, used)
		VALUES (v_app, p_family, v_hour, v_n)
		ON CONFLICT (app, family, hour) DO UPDATE SET used = h.used + EXCLUDED.used;
	END IF;
	RETURN QUERY SELECT v_n, v_p, 0::smallint, 0, 0::bigint;
END
$$;

-- Adds calls that were made while the database was away; takes back (p_n below
-- zero) some that were leased a moment ago and not made, as far as they are of
-- this hour.
CREATE FUNCTION tonearm.permit_settle(p_client_id text, p_family smallint, p_n integer)
RETURNS TABLE (settled boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_hour timestamptz := date_trunc('hour', clock_timestamp(), 'UTC');
	v_set text;
BEGIN
	v_set := set_config('synchronous_commit', 'off', true);
	IF p_n > 0 THEN
		INSERT INTO tonearm.quota_hour AS h (app, family, hour, used)
		SELECT a.id, p_family, v_hour, p_n FROM tonearm.app AS a
		WHERE a.client_id = p_client_id
		ON CONFLICT (app, family, hour) DO UPDATE SET used = h.used + EXCLUDED.used;
	ELSE
		UPDATE tonearm.quota_hour AS h SET used = greatest(0, h.used + p_n)
		FROM tonearm.app AS a
		WHERE a.client_id = p_client_id AND h.app = a.id AND h.family = p_family
		    AND h.hour = v_hour;
	END IF;
	RETURN QUERY SELECT FOUND;
END
$$;

-- Spotify said enough, until then (seconds since 1970, at most a day from now);
-- every node is told.  When it ends: a shorter word does not take back a longer one.  No row: no such application.
CREATE FUNCTION tonearm.limit_put(p_client_id text, p_kind smallint, p_family smallint,
    p_until bigint)
RETURNS TABLE (until bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	v_family smallint := CASE p_kind WHEN 1 THEN -1 ELSE p_family END;
	v_until timestamptz := to_timestamp(least(p_until,
	    tonearm.unix(clock_timestamp() + interval '1 day')));
	v_app integer;
	v_before timestamptz;
BEGIN
	SELECT a.id INTO v_app FROM tonearm.app AS a
	WHERE a.client_id = p_client_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT b.until INTO v_before FROM tonearm.quota_block AS b
	WHERE b.app = v_app AND b.family = v_family AND b.kind = p_kind;
	-- Many workers hear of the same thing at once.
	IF v_before IS NULL OR v_until > v_before THEN
		INSERT INTO tonearm.quota_block AS b (app, family, kind, until)
		VALUES (v_app, v_family, p_kind, v_until)
		ON CONFLICT (app, family, kind) DO UPDATE SET until = EXCLUDED.until;
		PERFORM pg_notify('tonearm', format('limit %s %s %s %s', p_kind, v_family,
		    tonearm.unix(v_until), p_client_id));
	ELSE
		v_until := v_before;
	END IF;
	RETURN QUERY SELECT tonearm.unix(v_until);
END
$$;

-- Each family of an application that was used in the last day or is blocked:
-- calls, and until when it is blocked (0: it is not).  Family -1: the whole
-- application is.
CREATE FUNCTION tonearm.quota_show(p_client_id text)
RETURNS TABLE (family smallint, used integer, until bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT coalesce(h.family, b.family), coalesce(h.used, 0),
	    coalesce(tonearm.unix(b.until), 0)
	FROM (SELECT q.family, sum(q.used)::integer AS used FROM tonearm.quota_hour AS q
		JOIN tonearm.app AS a ON a.id = q.app
		WHERE a.client_id = p_client_id AND q.hour > clock_timestamp() - interval '25 hours'
		GROUP BY q.family) AS h
	FULL JOIN (SELECT q.family, q.until FROM tonearm.quota_block AS q
		JOIN tonearm.app AS a ON a.id = q.app
		WHERE a.client_id = p_client_id AND q.until > clock_timestamp()) AS b
	    ON b.family = h.family
	ORDER BY 1;
END
$$;

-- Spotify said of a person's consent that it is over: every node is told, for
-- none believes it while many say so.
CREATE FUNCTION tonearm.grant_over(p_client_id text, p_person uuid)
RETURNS TABLE (told boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM pg_notify('tonearm', format('over %s %s', p_person, p_client_id));
	RETURN QUERY SELECT true;
END
$$;

-- Removes what the ledger does not count any more.
CREATE FUNCTION tonearm.janitor_quota() RETURNS TABLE (hours bigint, blocks bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_hours bigint;
	v_blocks bigint;
BEGIN
	DELETE FROM tonearm.quota_hour AS h WHERE h.hour < now() - interval '26 hours';
	GET DIAGNOSTICS v_hours = ROW_COUNT;
	DELETE FROM tonearm.quota_block AS b WHERE b.until < now();
	GET DIAGNOSTICS v_blocks = ROW_COUNT;
	RETURN QUERY SELECT v_hours, v_blocks;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.permit_lease(text, smallint, integer, integer, integer, integer, integer, integer),
	tonearm.permit_settle(text, smallint, integer),
	tonearm.limit_put(text, smallint, smallint, bigint),
	tonearm.quota_show(text),
	tonearm.grant_over(text, uuid),
	tonearm.janitor_quota()
TO tonearm_vault;
