-- What 0011_governor.sql does, with three things more: a node learns whether
-- others ask for the same application, pauses end to the millisecond, and what
-- was leased and not used goes back to the hour it was leased in.  The functions of
-- 0011 stay for vaults that are not renewed yet.

-- Who leased last, when, and when anybody but that one did.  NULL: nobody.
ALTER TABLE tonearm.quota_pace
	ADD COLUMN node bigint,
	ADD COLUMN leased_at timestamptz,
	ADD COLUMN other_at timestamptz;

-- Milliseconds since 1970 of the first whole one at or after a time.
CREATE FUNCTION tonearm.unix_ms(p_time timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
RETURN coalesce(ceil(extract(epoch FROM p_time) * 1000)::bigint, 0);

-- As permit_lease, for a node (any number that others do not have).  until is in
-- milliseconds since 1970.  hour, in hours since 1970: what permit_back wants to
-- know.  others_ms: so long ago another node leased of the 30 seconds; -1: never.
CREATE FUNCTION tonearm.permit_take(p_client_id text, p_family smallint, p_n integer,
    p_day integer, p_day_keep integer, p_pace integer, p_pace_most integer, p_pace_keep integer,
    p_node bigint)
RETURNS TABLE (day_given integer, pace_given integer, why smallint, wait_ms integer,
    until bigint, hour bigint, others_ms bigint)
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
	v_now timestamptz;
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
	v_now := clock_timestamp();
	v_hour := date_trunc('hour', v_now, 'UTC');
	hour := tonearm.unix(v_hour) / 3600;
	IF v_pace.node IS DISTINCT FROM p_node THEN
		v_pace.other_at := v_pace.leased_at;
		v_pace.node := p_node;
	END IF;
	v_pace.leased_at := v_now;
	-- One that lies ahead is of a clock that was set back.
	others_ms := CASE WHEN v_pace.other_at IS NULL THEN -1 ELSE
	    greatest(0, extract(epoch FROM v_now - v_pace.other_at) * 1000)::bigint END;
	day_given := 0;
	pace_given := 0;
	wait_ms := 0;
	until := 0;
	SELECT b.kind, tonearm.unix_ms(b.until) AS until INTO v_block
	FROM tonearm.quota_block AS b
	WHERE b.app = v_app AND b.family IN (-1, p_family) AND b.until > v_now
	ORDER BY b.until DESC LIMIT 1;
	IF FOUND THEN
		why := CASE v_block.kind WHEN 1 THEN 6 ELSE 5 END;
		until := v_block.until;
		RETURN NEXT;
		RETURN;
	END IF;
	IF p_day > 0 AND p_n > 0 THEN
		-- 24 hours and what of the present one is over: never less than a day.
		SELECT least(p_n, p_day - p_day_keep - coalesce(sum(h.used), 0)::integer) INTO v_n
		FROM tonearm.quota_hour AS h
		WHERE h.app = v_app AND h.family = p_family AND h.hour > v_now - interval '25 hours';
		IF v_n <= 0 THEN
			why := 4;
			until := 1000 * coalesce(tonearm.quota_until(v_app, p_family, p_day - p_day_keep),
			    tonearm.unix(v_hour + interval '1 hour'));
			RETURN NEXT;
			RETURN;
		END IF;
	END IF;
	IF p_pace_most > 0 AND p_pace > 0 THEN
		v_p := least(p_pace, p_pace_most - p_pace_keep
		    - (SELECT sum(u)::integer FROM unnest(v_pace.used) AS u));
		v_slot := v_pace.slot % 12 + 1;
		v_pace.used[v_slot] := v_pace.used[v_slot] + greatest(0, v_p);
		-- Who gets none is there all the same: the others are to know.
		UPDATE tonearm.quota_pace AS q SET slot = v_pace.slot, used = v_pace.used,
		    node = v_pace.node, leased_at = v_pace.leased_at, other_at = v_pace.other_at
		WHERE q.app = v_app;
		IF v_p <= 0 THEN
			why := 1;
			wait_ms := tonearm.pace_wait(v_pace, p_pace_most - p_pace_keep,
			    extract(epoch FROM v_now)::double precision);
			RETURN NEXT;
			RETURN;
		END IF;
	END IF;
	IF v_n > 0 THEN
		INSERT INTO tonearm.quota_hour AS h (app, family, hour, used)
		VALUES (v_app, p_family, v_hour, v_n)
		ON CONFLICT (app, family, hour) DO UPDATE SET used = h.used + EXCLUDED.used;
	END IF;
	day_given := v_n;
	pace_given := v_p;
	why := 0;
	RETURN NEXT;
END
$$;

-- Takes back p_n that were leased in this hour (hours since 1970) and not used.
CREATE FUNCTION tonearm.permit_back(p_client_id text, p_family smallint, p_n integer, p_hour bigint)
RETURNS TABLE (settled boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_set text;
BEGIN
	v_set := set_config('synchronous_commit', 'off', true);
	UPDATE tonearm.quota_hour AS h SET used = greatest(0, h.used - greatest(0, p_n))
	FROM tonearm.app AS a
	WHERE a.client_id = p_client_id AND h.app = a.id AND h.family = p_family
	    AND h.hour = to_timestamp(p_hour * 3600);
	RETURN QUERY SELECT FOUND;
END
$$;

-- As limit_put; until is in milliseconds since 1970.
CREATE FUNCTION tonearm.limit_say(p_client_id text, p_kind smallint, p_family smallint,
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
	    tonearm.unix_ms(clock_timestamp() + interval '1 day')) / 1000.0);
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
		PERFORM pg_notify('tonearm', format('pause %s %s %s %s', p_kind, v_family,
		    tonearm.unix_ms(v_until), p_client_id));
		-- In seconds, for vaults that are not renewed yet.
		PERFORM pg_notify('tonearm', format('limit %s %s %s %s', p_kind, v_family,
		    tonearm.unix(v_until + interval '999 milliseconds'), p_client_id));
	ELSE
		v_until := v_before;
	END IF;
	RETURN QUERY SELECT tonearm.unix_ms(v_until);
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.permit_take(text, smallint, integer, integer, integer, integer, integer, integer, bigint),
	tonearm.permit_back(text, smallint, integer, bigint),
	tonearm.limit_say(text, smallint, smallint, bigint)
TO tonearm_vault;
