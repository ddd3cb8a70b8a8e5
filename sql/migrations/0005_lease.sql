-- A lease knows its holder, and no clock that is set back can stretch it.  The
-- rules are those of 0003_sign_in.sql.

ALTER TABLE tonearm.sealed ADD COLUMN lease_holder uuid;
DROP FUNCTION tonearm.row_lease(uuid, smallint, bigint, integer);
DROP FUNCTION tonearm.row_release(uuid, smallint, bigint);

-- One refresh of a row at a time, over all nodes.  outcome: 0 leased, 1 busy
-- (retry_ms: what is left of the other's lease), 2 another version is there,
-- and this is it.  No row: nothing of this kind.  Who holds the lease gets it
-- again: the answer may have been lost with a connection.  A lease that ends
-- later than one given now is of a clock that was set back since: it holds
-- nobody up.
CREATE FUNCTION tonearm.row_lease(p_person uuid, p_kind smallint, p_version bigint,
    p_seconds integer, p_holder uuid)
RETURNS TABLE (outcome smallint, version bigint, login uuid, sealed bytea, retry_ms integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	c_nil CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
	v_row record;
	v_left interval;
BEGIN
	IF p_seconds NOT BETWEEN 1 AND 300 THEN
		RAISE EXCEPTION 'a lease lasts 1 to 300 seconds' USING ERRCODE = '22023';
	END IF;
	PERFORM set_config('tonearm.person', p_person::text, true);
	SELECT s.version, s.login, s.sealed, s.lease_until, s.lease_holder INTO v_row
	FROM tonearm.sealed AS s
	WHERE s.person = p_person AND s.kind = p_kind FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF v_row.version <> p_version THEN
		RETURN QUERY SELECT 2::smallint, v_row.version, coalesce(v_row.login, c_nil),
		    v_row.sealed, 0;
		RETURN;
	END IF;
	-- Not now(): this transaction may have waited for the row.
	IF v_row.lease_until > clock_timestamp()
	    AND v_row.lease_until <= clock_timestamp() + make_interval(secs => p_seconds)
	    AND v_row.lease_holder IS DISTINCT FROM p_holder THEN
		v_left := v_row.lease_until - clock_timestamp();
		RETURN QUERY SELECT 1::smallint, 0::bigint, c_nil, ''::bytea,
		    greatest(ceil(extract(epoch FROM v_left) * 1000), 1)::integer;
		RETURN;
	END IF;
	UPDATE tonearm.sealed AS s
	SET lease_until = clock_timestamp() + make_interval(secs => p_seconds),
	    lease_holder = p_holder
	WHERE s.person = p_person AND s.kind = p_kind;
	RETURN QUERY SELECT 0::smallint, 0::bigint, c_nil, ''::bytea, 0;
END
$$;

-- Gives a lease back before its time: its holder failed or is gone.
CREATE FUNCTION tonearm.row_release(p_person uuid, p_kind smallint, p_version bigint,
    p_holder uuid)
RETURNS TABLE (released boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	UPDATE tonearm.sealed AS s SET lease_until = '-infinity'
	WHERE s.person = p_person AND s.kind = p_kind AND s.version = p_version
	    AND s.lease_until > '-infinity' AND s.lease_holder = p_holder;
	RETURN QUERY SELECT FOUND;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.row_lease(uuid, smallint, bigint, integer, uuid),
	tonearm.row_release(uuid, smallint, bigint, uuid)
TO tonearm_vault;
