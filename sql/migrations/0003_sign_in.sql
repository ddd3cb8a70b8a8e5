-- Functions for signing in and for the account page.  The vault may execute
-- them and nothing else.  All are SECURITY DEFINER with a fixed search path
-- (pg_temp last, so that no temporary object can stand in for a type), name
-- every table with its schema, and start with all settings of the policies
-- empty.  No result column is ever null: empty text, 0 and the nil UUID stand
-- for "none".  Times go out as seconds since 1970.

CREATE FUNCTION tonearm.unix(p_time timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
RETURN coalesce(floor(extract(epoch FROM p_time))::bigint, 0);

CREATE FUNCTION tonearm.schema_version() RETURNS TABLE (version integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	RETURN QUERY SELECT coalesce(max(m.number), 0)::integer FROM tonearm.migration AS m;
END
$$;

-- A browser sets out for Spotify.  False: too many are on their way.
CREATE FUNCTION tonearm.login_begin(p_login uuid, p_state bytea, p_cookie bytea,
    p_client_id text, p_mode text)
RETURNS TABLE (started boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_app integer;
	v_open bigint;
BEGIN
	SELECT count(*) INTO v_open FROM (
		SELECT FROM tonearm.login AS l
		WHERE l.created_at > now() - interval '10 minutes' LIMIT 10000) AS o;
	IF v_open >= 10000 THEN
		RETURN QUERY SELECT false;
		RETURN;
	END IF;
	SELECT a.id INTO v_app FROM tonearm.app AS a
	WHERE a.client_id = p_client_id AND a.mode = p_mode;
	IF NOT FOUND THEN
		INSERT INTO tonearm.app AS a (client_id, mode) VALUES (p_client_id, p_mode)
		ON CONFLICT (client_id) DO UPDATE SET mode = EXCLUDED.mode
		RETURNING a.id INTO v_app;
	END IF;
	INSERT INTO tonearm.login (id, state, cookie, app)
	VALUES (p_login, p_state, p_cookie, v_app);
	RETURN QUERY SELECT true;
END
$$;

-- The browser is back.  Once, in time, and in the browser that set out; another
-- browser's cookie takes nothing from the right one.
CREATE FUNCTION tonearm.login_consume(p_state bytea, p_cookie bytea)
RETURNS TABLE (login uuid, client_id text, mode text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	RETURN QUERY
	UPDATE tonearm.login AS l SET consumed_at = now()
	FROM tonearm.app AS a
	WHERE l.state = p_state AND l.cookie = p_cookie AND a.id = l.app
	    AND l.consumed_at IS NULL AND l.created_at > now() - interval '10 minutes'
	RETURNING l.id, a.client_id, a.mode;
END
$$;

-- The person whom Spotify names.  account_id comes first, else id; the row of
-- somebody who was known by id only is upgraded.  Null: nobody yet.  The locks
-- last until the transaction ends: two sign-ins of one new person make one.
CREATE FUNCTION tonearm.identity_person(p_account_id text, p_spotify_id text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid;
	v_kind text;
	v_value text;
BEGIN
	IF p_account_id = '' AND p_spotify_id = '' THEN
		RAISE EXCEPTION 'Spotify named nobody' USING ERRCODE = '22023';
	END IF;
	FOR v_kind, v_value IN VALUES ('account_id', p_account_id), ('id', p_spotify_id)
	LOOP
		CONTINUE WHEN v_value = '';
		PERFORM pg_advisory_xact_lock(
		    hashtextextended('tonearm identity ' || v_kind || ':' || v_value, 0));
		PERFORM set_config('tonearm.identity', v_kind || ':' || v_value, true);
		SELECT i.person INTO v_person FROM tonearm.identity AS i
		WHERE i.kind = v_kind AND i.value = v_value;
		EXIT WHEN FOUND;
	END LOOP;
	IF v_person IS NOT NULL AND v_kind = 'id' AND p_account_id <> '' THEN
		PERFORM set_config('tonearm.person', v_person::text, true);
		UPDATE tonearm.identity AS i SET kind = 'account_id', value = p_account_id
		WHERE i.person = v_person;
	END IF;
	RETURN v_person;
END
$$;

-- Makes or renews the rows of a person who has just signed in.
CREATE FUNCTION tonearm.enroll(p_login uuid, p_candidate uuid, p_key_id integer,
    p_wrapped bytea, p_account_id text, p_spotify_id text, p_display_name text,
    p_scopes text, p_sealed bytea, p_session bytea)
RETURNS TABLE (person uuid, fresh boolean)
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
	v_person uuid;
	v_fresh boolean;
BEGIN
	DELETE FROM tonearm.login AS l
	WHERE l.id = p_login AND l.consumed_at > now() - interval '5 minutes'
	RETURNING l.app INTO v_app;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	v_person := tonearm.identity_person(p_account_id, p_spotify_id);
	v_fresh := v_person IS NULL;
	v_person := coalesce(v_person, p_candidate);
	PERFORM set_config('tonearm.person', v_person::text, true);
	IF v_fresh THEN
		INSERT INTO tonearm.person (id, app, spotify_id, display_name, scopes)
		VALUES (v_person, v_app, p_spotify_id, p_display_name, p_scopes);
		INSERT INTO tonearm.identity (kind, value, person)
		VALUES (CASE p_account_id WHEN '' THEN 'id' ELSE 'account_id' END,
		    CASE p_account_id WHEN '' THEN p_spotify_id ELSE p_account_id END, v_person);
		INSERT INTO tonearm.data_key (person, key_id, wrapped)
		VALUES (v_person, p_key_id, p_wrapped);
	ELSE
		UPDATE tonearm.person AS p SET app = v_app, spotify_id = p_spotify_id,
		    display_name = p_display_name, scopes = p_scopes, authorized_at = now()
		WHERE p.id = v_person;
	END IF;
	INSERT INTO tonearm.sealed AS s (person, kind, version, login, sealed)
	VALUES (v_person, 1, 1, p_login, p_sealed)
	ON CONFLICT (person, kind) DO UPDATE SET version = s.version + 1, login = p_login,
	    sealed = p_sealed, lease_until = '-infinity';
	INSERT INTO tonearm.web_session (hash, person) VALUES (p_session, v_person);
	RETURN QUERY SELECT v_person, v_fresh;
END
$$;

-- Whose browser is this?  Null if the session is unknown or over.
CREATE FUNCTION tonearm.session_person(p_session bytea) RETURNS uuid
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
	PERFORM set_config('tonearm.secret', encode(p_session, 'hex'), true);
	SELECT w.person INTO v_person FROM tonearm.web_session AS w
	WHERE w.hash = p_session AND w.created_at > now() - interval '30 days';
	RETURN v_person;
END
$$;

CREATE FUNCTION tonearm.account_get(p_session bytea)
RETURNS TABLE (person uuid, display_name text, spotify_id text, scopes text,
    authorized_at bigint, signed_in_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid := tonearm.session_person(p_session);
BEGIN
	IF v_person IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	UPDATE tonearm.web_session AS w SET seen_at = now()
	WHERE w.hash = p_session AND w.seen_at < now() - interval '1 minute';
	RETURN QUERY
	SELECT p.id, p.display_name, p.spotify_id, p.scopes,
	    tonearm.unix(p.authorized_at), tonearm.unix(w.created_at)
	FROM tonearm.person AS p JOIN tonearm.web_session AS w ON w.person = p.id
	WHERE p.id = v_person AND w.hash = p_session;
END
$$;

CREATE FUNCTION tonearm.account_credentials(p_session bytea)
RETURNS TABLE (grant_id uuid, kind smallint, scopes integer, created_at bigint,
    expires_at bigint, last_used_at bigint, label text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid := tonearm.session_person(p_session);
BEGIN
	IF v_person IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	RETURN QUERY
	SELECT c.grant_id, c.kind, c.scopes, tonearm.unix(c.created_at),
	    tonearm.unix(c.expires_at), tonearm.unix(c.last_used_at), c.label
	FROM tonearm.credential AS c
	WHERE c.person = v_person
	ORDER BY c.created_at DESC, c.grant_id;
END
$$;

-- A new personal token (1) or link (2); a link replaces the link there was.
-- outcome: 0 made, 1 no session, 2 sign-in older than ten minutes, 3 too many.
CREATE FUNCTION tonearm.credential_create(p_session bytea, p_hash bytea, p_kind smallint,
    p_scopes integer, p_label text, p_expires_at bigint)
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
	c_tokens_max CONSTANT integer := 20;
	v_person uuid := tonearm.session_person(p_session);
	v_replaced bytea := '';
	v_tokens bigint := 0;
	v_grant uuid;
BEGIN
	IF p_kind NOT IN (1, 2) THEN
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
	IF NOT FOUND THEN
		RETURN QUERY SELECT 2::smallint, v_person, c_nil, ''::bytea;
		RETURN;
	END IF;
	IF p_kind = 1 THEN
		-- Expired ones are kept to be seen, but only where there is room.
		SELECT count(*) INTO v_tokens FROM tonearm.credential AS c
		WHERE c.person = v_person AND c.kind = 1;
		IF v_tokens >= c_tokens_max THEN
			DELETE FROM tonearm.credential AS c
			WHERE c.person = v_person AND c.kind = 1 AND c.expires_at <= now();
			SELECT count(*) INTO v_tokens FROM tonearm.credential AS c
			WHERE c.person = v_person AND c.kind = 1;
		END IF;
	END IF;
	IF v_tokens >= c_tokens_max THEN
		RETURN QUERY SELECT 3::smallint, v_person, c_nil, ''::bytea;
		RETURN;
	END IF;
	IF p_kind = 2 THEN
		DELETE FROM tonearm.credential AS c WHERE c.person = v_person AND c.kind = 2
		RETURNING c.hash INTO v_replaced;
	END IF;
	INSERT INTO tonearm.credential AS c (hash, person, kind, scopes, label, expires_at)
	VALUES (p_hash, v_person, p_kind, p_scopes, p_label,
	    CASE WHEN p_expires_at > 0 THEN to_timestamp(p_expires_at) END)
	RETURNING c.grant_id INTO v_grant;
	RETURN QUERY SELECT 0::smallint, v_person, v_grant, coalesce(v_replaced, ''::bytea);
END
$$;

-- outcome: 0 revoked, 1 no session, 2 not among this person's.
CREATE FUNCTION tonearm.credential_revoke(p_session bytea, p_grant uuid)
RETURNS TABLE (outcome smallint, person uuid, hash bytea)
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
	v_person uuid := tonearm.session_person(p_session);
	v_hash bytea;
BEGIN
	IF v_person IS NULL THEN
		RETURN QUERY SELECT 1::smallint, c_nil, ''::bytea;
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	DELETE FROM tonearm.credential AS c
	WHERE c.person = v_person AND c.grant_id = p_grant
	RETURNING c.hash INTO v_hash;
	RETURN QUERY SELECT CASE WHEN v_hash IS NULL THEN 2 ELSE 0 END::smallint, v_person,
	    coalesce(v_hash, ''::bytea);
END
$$;

CREATE FUNCTION tonearm.session_end(p_session bytea) RETURNS TABLE (person uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid := tonearm.session_person(p_session);
BEGIN
	IF v_person IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	RETURN QUERY
	DELETE FROM tonearm.web_session AS w WHERE w.hash = p_session RETURNING w.person;
END
$$;

-- Everything of a person goes at once: the other tables cascade.
CREATE FUNCTION tonearm.person_delete(p_session bytea) RETURNS TABLE (person uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid := tonearm.session_person(p_session);
BEGIN
	IF v_person IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	RETURN QUERY
	DELETE FROM tonearm.person AS p WHERE p.id = v_person RETURNING p.id;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.schema_version(),
	tonearm.login_begin(uuid, bytea, bytea, text, text),
	tonearm.login_consume(bytea, bytea),
	tonearm.enroll(uuid, uuid, integer, bytea, text, text, text, text, bytea, bytea),
	tonearm.account_get(bytea),
	tonearm.account_credentials(bytea),
	tonearm.credential_create(bytea, bytea, smallint, integer, text, bigint),
	tonearm.credential_revoke(bytea, uuid),
	tonearm.session_end(bytea),
	tonearm.person_delete(bytea)
TO tonearm_vault;
GRANT EXECUTE ON FUNCTION tonearm.schema_version() TO tonearm_admin;
