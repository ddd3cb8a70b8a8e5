-- Functions for binding a worker to its person, for its sealed rows and for
-- keeping house.  The rules are those of 0003_sign_in.sql.

-- Whose credential is this?  No row: unknown, expired, or of another kind.
CREATE FUNCTION tonearm.credential_resolve(p_hash bytea, p_kind smallint)
RETURNS TABLE (person uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	RETURN QUERY
	SELECT c.person FROM tonearm.credential AS c
	WHERE c.hash = p_hash AND c.kind = p_kind
	    AND (c.expires_at IS NULL OR c.expires_at > now());
END
$$;

-- Notes that a credential was used, at most once a minute.
CREATE FUNCTION tonearm.credential_touch(p_hash bytea) RETURNS TABLE (touched boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid;
BEGIN
	PERFORM set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	SELECT c.person INTO v_person FROM tonearm.credential AS c WHERE c.hash = p_hash;
	PERFORM set_config('tonearm.person', coalesce(v_person::text, ''), true);
	UPDATE tonearm.credential AS c SET last_used_at = now()
	WHERE c.hash = p_hash
	    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	RETURN QUERY SELECT FOUND;
END
$$;

CREATE FUNCTION tonearm.person_get(p_person uuid)
RETURNS TABLE (display_name text, spotify_id text, client_id text, mode text, scopes text,
    authorized_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT p.display_name, p.spotify_id, a.client_id, a.mode, p.scopes,
	    tonearm.unix(p.authorized_at)
	FROM tonearm.person AS p JOIN tonearm.app AS a ON a.id = p.app
	WHERE p.id = p_person;
END
$$;

CREATE FUNCTION tonearm.key_get(p_person uuid) RETURNS TABLE (key_id integer, wrapped bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT k.key_id, k.wrapped FROM tonearm.data_key AS k WHERE k.person = p_person;
END
$$;

CREATE FUNCTION tonearm.credential_list(p_person uuid)
RETURNS TABLE (hash bytea, kind smallint, grant_id uuid, scopes integer, expires_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT c.hash, c.kind, c.grant_id, c.scopes, tonearm.unix(c.expires_at)
	FROM tonearm.credential AS c
	WHERE c.person = p_person AND (c.expires_at IS NULL OR c.expires_at > now())
	ORDER BY c.created_at, c.grant_id;
END
$$;

CREATE FUNCTION tonearm.row_list(p_person uuid)
RETURNS TABLE (kind smallint, version bigint, login uuid, sealed bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT s.kind, s.version,
	    coalesce(s.login, '00000000-0000-0000-0000-000000000000'::uuid), s.sealed
	FROM tonearm.sealed AS s
	WHERE s.person = p_person
	ORDER BY s.kind;
END
$$;

CREATE FUNCTION tonearm.row_get(p_person uuid, p_kind smallint)
RETURNS TABLE (version bigint, login uuid, sealed bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	RETURN QUERY
	SELECT s.version, coalesce(s.login, '00000000-0000-0000-0000-000000000000'::uuid),
	    s.sealed
	FROM tonearm.sealed AS s
	WHERE s.person = p_person AND s.kind = p_kind;
END
$$;

-- Stores a row that was sealed for version p_expected + 1, if the one there is
-- still p_expected (0: none).  Else it tells what is there.  Gives the lease
-- back.  No row: the person is gone.
CREATE FUNCTION tonearm.row_store(p_person uuid, p_kind smallint, p_expected bigint,
    p_sealed bytea)
RETURNS TABLE (stored boolean, version bigint, login uuid, sealed bytea)
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
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	PERFORM FROM tonearm.person AS p WHERE p.id = p_person FOR KEY SHARE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF p_expected = 0 THEN
		INSERT INTO tonearm.sealed (person, kind, version, sealed)
		VALUES (p_person, p_kind, 1, p_sealed) ON CONFLICT DO NOTHING;
	ELSE
		UPDATE tonearm.sealed AS s SET version = s.version + 1, login = NULL,
		    sealed = p_sealed, lease_until = '-infinity'
		WHERE s.person = p_person AND s.kind = p_kind AND s.version = p_expected;
	END IF;
	IF FOUND THEN
		RETURN QUERY SELECT true, p_expected + 1, c_nil, ''::bytea;
		RETURN;
	END IF;
	RETURN QUERY
	SELECT false, s.version, coalesce(s.login, c_nil), s.sealed
	FROM tonearm.sealed AS s WHERE s.person = p_person AND s.kind = p_kind;
	IF NOT FOUND THEN
		RETURN QUERY SELECT false, 0::bigint, c_nil, ''::bytea;
	END IF;
END
$$;

-- One refresh of a row at a time, over all nodes.  outcome: 0 leased, 1 busy
-- (retry_ms: what is left of the other's lease), 2 another version is there,
-- and this is it.  No row: nothing of this kind.
CREATE FUNCTION tonearm.row_lease(p_person uuid, p_kind smallint, p_version bigint,
    p_seconds integer)
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
	SELECT s.version, s.login, s.sealed, s.lease_until INTO v_row FROM tonearm.sealed AS s
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
	IF v_row.lease_until > clock_timestamp() THEN
		v_left := v_row.lease_until - clock_timestamp();
		RETURN QUERY SELECT 1::smallint, 0::bigint, c_nil, ''::bytea,
		    greatest(ceil(extract(epoch FROM v_left) * 1000), 1)::integer;
		RETURN;
	END IF;
	UPDATE tonearm.sealed AS s
	SET lease_until = clock_timestamp() + make_interval(secs => p_seconds)
	WHERE s.person = p_person AND s.kind = p_kind;
	RETURN QUERY SELECT 0::smallint, 0::bigint, c_nil, ''::bytea, 0;
END
$$;

-- Gives a lease back before its time: its holder failed or is gone.
CREATE FUNCTION tonearm.row_release(p_person uuid, p_kind smallint, p_version bigint)
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
	    AND s.lease_until > '-infinity';
	RETURN QUERY SELECT FOUND;
END
$$;

-- Removes what has expired; everybody else ignores it already.
CREATE FUNCTION tonearm.janitor()
RETURNS TABLE (logins bigint, sessions bigint, credentials bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_logins bigint;
	v_sessions bigint;
	v_credentials bigint;
BEGIN
	PERFORM set_config('tonearm.janitor', 'on', true);
	DELETE FROM tonearm.login AS l
	WHERE coalesce(l.consumed_at, l.created_at) < now() - interval '10 minutes';
	GET DIAGNOSTICS v_logins = ROW_COUNT;
	DELETE FROM tonearm.web_session AS w WHERE w.created_at < now() - interval '30 days';
	GET DIAGNOSTICS v_sessions = ROW_COUNT;
	DELETE FROM tonearm.credential AS c WHERE c.expires_at < now() - interval '30 days';
	GET DIAGNOSTICS v_credentials = ROW_COUNT;
	RETURN QUERY SELECT v_logins, v_sessions, v_credentials;
END
$$;

-- What other nodes must know at once.  The payload of a credential names the
-- person as well, because a revoked hash leads nowhere any more.
CREATE FUNCTION tonearm.tell_credential() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM pg_notify('tonearm',
		    'credential ' || encode(OLD.hash, 'hex') || ' ' || OLD.person::text);
	ELSE
		PERFORM pg_notify('tonearm',
		    'credential ' || encode(NEW.hash, 'hex') || ' ' || NEW.person::text);
	END IF;
	RETURN NULL;
END
$$;

CREATE FUNCTION tonearm.tell_person() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM pg_notify('tonearm', 'person ' || OLD.id::text);
	RETURN NULL;
END
$$;

-- Being used is no news; everything else about a credential is.
CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE OF hash, person, kind, scopes, expires_at
	ON tonearm.credential FOR EACH ROW EXECUTE FUNCTION tonearm.tell_credential();
CREATE TRIGGER tell AFTER UPDATE OR DELETE
	ON tonearm.person FOR EACH ROW EXECUTE FUNCTION tonearm.tell_person();

GRANT EXECUTE ON FUNCTION
	tonearm.credential_resolve(bytea, smallint),
	tonearm.credential_touch(bytea),
	tonearm.person_get(uuid),
	tonearm.key_get(uuid),
	tonearm.credential_list(uuid),
	tonearm.row_list(uuid),
	tonearm.row_get(uuid, smallint),
	tonearm.row_store(uuid, smallint, bigint, bytea),
	tonearm.row_lease(uuid, smallint, bigint, integer),
	tonearm.row_release(uuid, smallint, bigint),
	tonearm.janitor()
TO tonearm_vault;
