-- Tickets with scopes: what the account page lets the person's worker do for them
-- (worker/desk.h), the list of what was changed and undoing one of them.  They need
-- no sign-in of the last ten minutes, as they open nothing for anybody else; the
-- download, whose ticket has none, still does.

-- As before (0008_tokens.sql) but for that.
CREATE OR REPLACE FUNCTION tonearm.credential_create(p_session bytea, p_hash bytea,
    p_kind smallint, p_scopes integer, p_label text, p_expires_at bigint)
RETURNS TABLE (outcome smallint, person uuid, grant_id uuid, replaced bytea)
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
	v_max CONSTANT integer := CASE WHEN p_kind = 1 THEN 20 WHEN p_kind <> 4 THEN 1
	    WHEN p_scopes = 0 THEN 8 ELSE 32 END;
	v_person uuid := tonearm.session_person(p_session);
	v_replaced bytea := '';
	v_n bigint := 0;
	v_grant uuid;
BEGIN
	IF p_kind NOT IN (1, 2, 4) THEN
		RAISE EXCEPTION 'not a personal credential' USING ERRCODE = '22023';
	END IF;
	-- The lock makes the count below hold until the row is in.
	PERFORM set_config('tonearm.person', coalesce(v_person::text, ''), true);
	PERFORM FROM tonearm.person AS p WHERE p.id = v_person FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 1::smallint, c_nil, c_nil, ''::bytea;
		RETURN;
	END IF;
	PERFORM FROM tonearm.web_session AS w
	WHERE w.hash = p_session AND w.created_at > now() - interval '10 minutes';
	IF NOT FOUND AND (p_kind <> 4 OR p_scopes = 0) THEN
		RETURN QUERY SELECT 2::smallint, v_person, c_nil, ''::bytea;
		RETURN;
	END IF;
	IF p_kind <> 2 THEN
		-- Expired ones are kept to be seen, but only where there is room.
		SELECT count(*) INTO v_n FROM tonearm.credential AS c
		WHERE c.person = v_person AND c.kind = p_kind;
		IF v_n >= v_max THEN
			DELETE FROM tonearm.credential AS c
			WHERE c.person = v_person AND c.kind = p_kind AND c.expires_at <= now();
			SELECT count(*) INTO v_n FROM tonearm.credential AS c
			WHERE c.person = v_person AND c.kind = p_kind;
		END IF;
	END IF;
	IF v_n >= v_max THEN
		RETURN QUERY SELECT 3::smallint, v_person, c_nil, ''::bytea;
		RETURN;
	END IF;
	IF p_kind = 2 THEN
		DELETE FROM tonearm.credential AS c WHERE c.person = v_person AND c.kind = 2
		RETURNING c.hash INTO v_replaced;
	END IF;
	INSERT INTO tonearm.credential AS c (hash, person, kind, scopes, label, expires_at)
	VALUES (p_hash, v_person, p_kind, p_scopes, p_label,
	    CASE WHEN p_kind = 4 THEN now() + interval '30 seconds'
		WHEN p_expires_at > 0 THEN to_timestamp(p_expires_at) END)
	RETURNING c.grant_id INTO v_grant;
	RETURN QUERY SELECT 0::smallint, v_person, v_grant, coalesce(v_replaced, ''::bytea);
END
$$;

-- As before (0012_changes.sql); a ticket with scopes is for something else.
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
	WHERE c.hash = p_ticket AND c.person = p_person AND c.kind = 4 AND c.scopes = 0
	    AND c.expires_at > now();
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
