-- The record of what was changed at Spotify for a person, so that it can be undone:
-- parts that the person's worker has sealed; what they say is not known here.  Kept
-- for 30 days; of one person at most 200 changes and 4 MiB, the oldest go first.
-- The rules are those of 0003_sign_in.sql.

-- ended: its last part is there.  One that is not ended and younger than an hour may
-- be in progress: it makes no room for others.
CREATE TABLE tonearm.change (
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	id uuid NOT NULL,
	created_at timestamptz NOT NULL,
	ended boolean NOT NULL DEFAULT false,
	parts integer NOT NULL DEFAULT 0,
	bytes integer NOT NULL DEFAULT 0,
	PRIMARY KEY (person, id)
);
CREATE UNIQUE INDEX change_created_at ON tonearm.change (person, created_at);
CREATE INDEX change_age ON tonearm.change (created_at);

-- Numbers as in worker/change_form.h: 0 is the head; from 65000 on they are marks,
-- 65534 taken back, 65535 the end.  Heads and marks are short, for lists show them.
CREATE TABLE tonearm.change_part (
	person uuid NOT NULL,
	id uuid NOT NULL,
	part integer NOT NULL CHECK (part BETWEEN 0 AND 64999 OR part IN (65534, 65535)),
	sealed bytea NOT NULL CHECK (octet_length(sealed) BETWEEN 1 AND
	    CASE WHEN part BETWEEN 1 AND 64999 THEN 16384 ELSE 4096 END),
	PRIMARY KEY (person, id, part),
	FOREIGN KEY (person, id) REFERENCES tonearm.change (person, id) ON DELETE CASCADE
);

ALTER TABLE tonearm.change ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.change FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.change
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY expired ON tonearm.change
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND created_at < now() - interval '30 days')
	WITH CHECK (false);

ALTER TABLE tonearm.change_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.change_part FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.change_part
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);

-- Makes room for so many bytes of the person's change p_id, and for one change more
-- if it is a new one.  False: nothing is left that could go.
CREATE FUNCTION tonearm.change_room(p_person uuid, p_id uuid, p_bytes integer, p_new boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	c_changes CONSTANT bigint := 200;
	c_bytes CONSTANT bigint := 4 * 1024 * 1024;
	v_changes bigint;
	v_bytes bigint;
	v_gone integer;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	SELECT count(*), coalesce(sum(c.bytes), 0) INTO v_changes, v_bytes
	FROM tonearm.change AS c WHERE c.person = p_person;
	WHILE (p_new AND v_changes >= c_changes) OR v_bytes + p_bytes > c_bytes LOOP
		DELETE FROM tonearm.change AS c WHERE c.person = p_person AND c.id = (
			SELECT o.id FROM tonearm.change AS o
			WHERE o.person = p_person AND o.id <> p_id
			    AND (o.ended OR o.created_at < now() - interval '1 hour')
			ORDER BY o.created_at LIMIT 1)
		RETURNING c.bytes INTO v_gone;
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		v_changes := v_changes - 1;
		v_bytes := v_bytes - v_gone;
	END LOOP;
	RETURN true;
END
$$;

-- Keeps a part.  outcome: 0 kept (also if the very same was there), 1 there is no
-- such person, or no head of this change, 2 no room, 3 another part is there.
CREATE FUNCTION tonearm.change_put(p_person uuid, p_id uuid, p_part integer, p_sealed bytea)
RETURNS TABLE (outcome smallint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	-- What the vault reads at once (CHANGE_ROWS_MAX in master/vault/statements.h) and
	-- has room for on its way to a worker.
	c_parts CONSTANT integer := 380;
	c_bytes CONSTANT integer := 256 * 1024;
	v_there bytea;
	v_change record;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	-- One part of a person at a time.
	PERFORM FROM tonearm.person AS p WHERE p.id = p_person FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 1::smallint;
		RETURN;
	END IF;
	SELECT q.sealed INTO v_there FROM tonearm.change_part AS q
	WHERE q.person = p_person AND q.id = p_id AND q.part = p_part;
	IF FOUND THEN
		RETURN QUERY SELECT CASE WHEN v_there = p_sealed THEN 0 ELSE 3 END::smallint;
		RETURN;
	END IF;
	SELECT c.parts, c.bytes INTO v_change FROM tonearm.change AS c
	WHERE c.person = p_person AND c.id = p_id;
	IF FOUND <> (p_part > 0) THEN
		-- A part without its head; a head without which there are parts cannot be.
		RETURN QUERY SELECT CASE WHEN p_part > 0 THEN 1 ELSE 3 END::smallint;
		RETURN;
	END IF;
	IF p_part < 65000 AND p_part > 0 AND (v_change.parts >= c_parts
	    OR v_change.bytes + octet_length(p_sealed) > c_bytes)
	    OR NOT tonearm.change_room(p_person, p_id, octet_length(p_sealed), p_part = 0) THEN
		RETURN QUERY SELECT 2::smallint;
		RETURN;
	END IF;
	IF p_part = 0 THEN
		-- Times are unique: a list goes on behind one.
		INSERT INTO tonearm.change AS c (person, id, created_at)
		SELECT p_person, p_id, greatest(clock_timestamp(), max(o.created_at) + interval '1 microsecond')
		FROM tonearm.change AS o WHERE o.person = p_person;
	END IF;
	INSERT INTO tonearm.change_part AS q (person, id, part, sealed)
	VALUES (p_person, p_id, p_part, p_sealed);
	UPDATE tonearm.change AS c SET parts = c.parts + 1,
	    bytes = c.bytes + octet_length(p_sealed), ended = c.ended OR p_part = 65535
	WHERE c.person = p_person AND c.id = p_id;
	RETURN QUERY SELECT 0::smallint;
END
$$;

-- Heads and marks of a person's changes that are older than p_before (microseconds
-- since 1970; 0: all), newest first, at most p_most changes.
CREATE FUNCTION tonearm.change_list(p_person uuid, p_before bigint, p_most integer)
RETURNS TABLE (id uuid, part integer, created_at bigint, sealed bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT n.id, q.part, n.at, q.sealed
	FROM (SELECT c.id, (extract(epoch FROM c.created_at) * 1000000)::bigint AS at
		FROM tonearm.change AS c
		WHERE c.person = p_person AND c.created_at >= now() - interval '30 days'
		    AND (p_before = 0
			OR (extract(epoch FROM c.created_at) * 1000000)::bigint < p_before)
		ORDER BY c.created_at DESC LIMIT least(p_most, 100)) AS n
	JOIN tonearm.change_part AS q ON q.person = p_person AND q.id = n.id
	    AND (q.part = 0 OR q.part >= 65000)
	ORDER BY n.at DESC, q.part;
END
$$;

-- All of one change in the order of its parts.
CREATE FUNCTION tonearm.change_get(p_person uuid, p_id uuid)
RETURNS TABLE (id uuid, part integer, created_at bigint, sealed bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT c.id, q.part, (extract(epoch FROM c.created_at) * 1000000)::bigint, q.sealed
	FROM tonearm.change AS c
	JOIN tonearm.change_part AS q ON q.person = c.person AND q.id = c.id
	WHERE c.person = p_person AND c.id = p_id AND c.created_at >= now() - interval '30 days'
	ORDER BY q.part;
END
$$;

CREATE FUNCTION tonearm.janitor_changes() RETURNS TABLE (changes bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_changes bigint;
BEGIN
	PERFORM set_config('tonearm.janitor', 'on', true);
	DELETE FROM tonearm.change AS c WHERE c.created_at < now() - interval '30 days';
	GET DIAGNOSTICS v_changes = ROW_COUNT;
	RETURN QUERY SELECT v_changes;
END
$$;

-- What a person's download says about the record: its worker adds what the parts say.
CREATE FUNCTION tonearm.export_changes(p_person uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_all jsonb;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id,
	    'made_at', tonearm.iso(c.created_at), 'bytes_kept_sealed', c.bytes)
	    ORDER BY c.created_at), '[]') INTO v_all
	FROM tonearm.change AS c WHERE c.person = p_person;
	RETURN v_all;
END
$$;

CREATE OR REPLACE FUNCTION tonearm.person_export(p_person uuid, p_ticket bytea)
RETURNS TABLE (part bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	-- What the vault reads (VALUE_MAX, EXPORT_PARTS in master/vault/statements.h).
	c_bytes CONSTANT integer := 16384;
	c_parts CONSTANT integer := 24;
	v_bytes bytea;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	DELETE FROM tonearm.credential AS c
	WHERE c.hash = p_ticket AND c.person = p_person AND c.kind = 4 AND c.expires_at > now();
	IF NOT FOUND THEN
		RETURN;
	END IF;
	v_bytes := convert_to(jsonb_pretty(tonearm.export_text(p_person)::jsonb
	    || jsonb_build_object('changes', tonearm.export_changes(p_person))), 'UTF8');
	IF length(v_bytes) > c_bytes * c_parts THEN
		RAISE EXCEPTION 'more is kept than fits' USING ERRCODE = '54000';
	END IF;
	RETURN QUERY
	SELECT substring(v_bytes FROM n.i * c_bytes + 1 FOR c_bytes)
	FROM generate_series(0, (length(v_bytes) - 1) / c_bytes) AS n (i) ORDER BY n.i;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.change_put(uuid, uuid, integer, bytea),
	tonearm.change_list(uuid, bigint, integer),
	tonearm.change_get(uuid, uuid),
	tonearm.janitor_changes()
TO tonearm_vault;
