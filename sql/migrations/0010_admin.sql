-- Functions for the operator's command line (cli/), which tonearm_admin may
-- execute and nothing else: they give out no hash, no key and no sealed row.
-- And what a person may download.  The rules are those of 0003_sign_in.sql.
--
--   tonearm.janitor   'admin': the operator's command line, everybody's rows

CREATE POLICY admin ON tonearm.person
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);
CREATE POLICY admin ON tonearm.web_session
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);
CREATE POLICY admin ON tonearm.credential
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);
CREATE POLICY admin ON tonearm.connection
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);
CREATE POLICY admin ON tonearm.authorization_request
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);
CREATE POLICY admin ON tonearm.refresh FOR SELECT
	USING (current_setting('tonearm.janitor', true) = 'admin');
CREATE POLICY admin ON tonearm.invitation
	USING (current_setting('tonearm.janitor', true) = 'admin') WITH CHECK (false);

-- The names of own scopes (shared/ipc/scopes.c), separated by spaces.
CREATE FUNCTION tonearm.scope_names(p_scopes integer) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
RETURN (SELECT coalesce(string_agg(s.name, ' ' ORDER BY s.bit), '') FROM (VALUES
	(1, 'library:read'), (2, 'library:write'), (4, 'playlists:read'), (8, 'playlists:write'),
	(16, 'playback:read'), (32, 'playback:control'), (64, 'history:read')) AS s (bit, name)
	WHERE p_scopes & s.bit <> 0);

-- A time for a person to read, in UTC; null for none.
CREATE FUNCTION tonearm.iso(p_time timestamptz) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN to_char(p_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- --- people -----------------------------------------------------------------

-- Everybody, or whom p_who may name: the id, its first characters (four or more)
-- or the Spotify id.
CREATE FUNCTION tonearm.admin_users(p_who text)
RETURNS TABLE (id uuid, spotify_id text, display_name text, client_id text, mode text,
    spotify_scopes text, created_at bigint, authorized_at bigint, last_used_at bigint,
    clients bigint, tokens bigint, browsers bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.janitor', 'admin', true);
	RETURN QUERY
	SELECT p.id, p.spotify_id, p.display_name, a.client_id, a.mode, p.scopes,
	    tonearm.unix(p.created_at), tonearm.unix(p.authorized_at),
	    tonearm.unix(greatest(c.used, o.used)), o.n, c.n, w.n
	FROM tonearm.person AS p
	JOIN tonearm.app AS a ON a.id = p.app
	CROSS JOIN LATERAL (SELECT max(t.last_used_at) AS used,
	    count(*) FILTER (WHERE t.kind IN (1, 2) AND (t.expires_at IS NULL
		OR t.expires_at > now())) AS n
	    FROM tonearm.credential AS t WHERE t.person = p.id) AS c
	CROSS JOIN LATERAL (SELECT max(t.last_used_at) AS used,
	    count(*) FILTER (WHERE t.expires_at > now()) AS n
	    FROM tonearm.connection AS t WHERE t.person = p.id) AS o
	CROSS JOIN LATERAL (SELECT count(*) AS n FROM tonearm.web_session AS t
	    WHERE t.person = p.id AND t.created_at > now() - interval '30 days') AS w
	WHERE p_who = '' OR p.spotify_id = p_who
	    OR (length(p_who) >= 4 AND starts_with(p.id::text, lower(p_who)))
	ORDER BY p.created_at, p.id;
END
$$;

-- A person's tokens and link.
CREATE FUNCTION tonearm.admin_credentials(p_person uuid)
RETURNS TABLE (kind text, label text, scopes text, created_at bigint, last_used_at bigint,
    expires_at bigint)
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
	SELECT CASE c.kind WHEN 1 THEN 'token' ELSE 'link' END, c.label,
	    tonearm.scope_names(c.scopes), tonearm.unix(c.created_at),
	    tonearm.unix(c.last_used_at), tonearm.unix(c.expires_at)
	FROM tonearm.credential AS c
	WHERE c.person = p_person AND c.kind IN (1, 2)
	ORDER BY c.created_at, c.grant_id;
END
$$;

-- The clients that a person let in.
CREATE FUNCTION tonearm.admin_connections(p_person uuid)
RETURNS TABLE (client text, client_id text, scopes text, created_at bigint,
    last_used_at bigint, expires_at bigint)
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
	SELECT t.name, t.id, tonearm.scope_names(c.scopes), tonearm.unix(c.created_at),
	    tonearm.unix(c.last_used_at), tonearm.unix(c.expires_at)
	FROM tonearm.connection AS c JOIN tonearm.client AS t ON t.id = c.client
	WHERE c.person = p_person AND c.expires_at > now()
	ORDER BY c.created_at, c.id;
END
$$;

-- The browsers where a person is signed in.
CREATE FUNCTION tonearm.admin_sessions(p_person uuid)
RETURNS TABLE (created_at bigint, seen_at bigint)
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
	SELECT tonearm.unix(w.created_at), tonearm.unix(w.seen_at)
	FROM tonearm.web_session AS w
	WHERE w.person = p_person AND w.created_at > now() - interval '30 days'
	ORDER BY w.created_at;
END
$$;

CREATE FUNCTION tonearm.admin_delete_person(p_person uuid) RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	DELETE FROM tonearm.person AS p WHERE p.id = p_person;
	RETURN QUERY SELECT FOUND;
END
$$;

-- --- clients ----------------------------------------------------------------

-- The MCP clients that are known; people: how many let each in.
CREATE FUNCTION tonearm.admin_clients()
RETURNS TABLE (client_id text, kind text, name text, uri text, people bigint,
    created_at bigint, used_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.janitor', 'admin', true);
	RETURN QUERY
	SELECT c.id, CASE c.kind WHEN 1 THEN 'registered' WHEN 2 THEN 'document' ELSE 'given' END,
	    c.name, c.uri, coalesce(o.people, 0), tonearm.unix(c.created_at),
	    tonearm.unix(greatest(c.used_at, o.used))
	FROM tonearm.client AS c
	LEFT JOIN (SELECT t.client, count(DISTINCT t.person) AS people,
	    max(t.last_used_at) AS used FROM tonearm.connection AS t
	    WHERE t.expires_at > now() GROUP BY t.client) AS o ON o.client = c.id
	ORDER BY c.created_at, c.id;
END
$$;

-- --- revocation -------------------------------------------------------------

-- A client that the operator makes known.  p_auth_method: 0 without a secret
-- (p_secret is empty then), 1 with one.
CREATE FUNCTION tonearm.admin_client_add(p_client text, p_auth_method smallint, p_name text,
    p_redirects text, p_digest bytea, p_secret bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
INSERT INTO tonearm.client (id, kind, auth_method, name, uri, redirects, digest, secret_hash)
VALUES (p_client, 3, p_auth_method, p_name, '', p_redirects, p_digest, p_secret)
$$;

-- Ends all that a person's clients and browsers hold.  No row: there is no such
-- person.
CREATE FUNCTION tonearm.admin_revoke_person(p_person uuid)
RETURNS TABLE (connections bigint, credentials bigint, sessions bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_connections bigint;
	v_credentials bigint;
	v_sessions bigint;
BEGIN
	PERFORM set_config('tonearm.janitor', 'admin', true);
	-- The lock: what is being granted meanwhile comes before or after, not between.
	PERFORM FROM tonearm.person AS p WHERE p.id = p_person FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM tonearm.authorization_request AS r WHERE r.person = p_person;
	DELETE FROM tonearm.connection AS c WHERE c.person = p_person;
	GET DIAGNOSTICS v_connections = ROW_COUNT;
	DELETE FROM tonearm.credential AS c WHERE c.person = p_person;
	GET DIAGNOSTICS v_credentials = ROW_COUNT;
	DELETE FROM tonearm.web_session AS w WHERE w.person = p_person;
	GET DIAGNOSTICS v_sessions = ROW_COUNT;
	RETURN QUERY SELECT v_connections, v_credentials, v_sessions;
END
$$;

-- Ends what a client holds of anybody; p_forget: the client is not known here any
-- more.  No row: there is no such client.
CREATE FUNCTION tonearm.admin_revoke_client(p_client text, p_forget boolean)
RETURNS TABLE (connections bigint, clients bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_connections bigint;
BEGIN
	PERFORM set_config('tonearm.janitor', 'admin', true);
	-- Nobody lets it in while this lasts.
	PERFORM FROM tonearm.client AS c WHERE c.id = p_client FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM tonearm.authorization_request AS r WHERE r.client = p_client;
	DELETE FROM tonearm.connection AS c WHERE c.client = p_client;
	GET DIAGNOSTICS v_connections = ROW_COUNT;
	IF p_forget THEN
		DELETE FROM tonearm.client AS c WHERE c.id = p_client;
	END IF;
	RETURN QUERY SELECT v_connections, p_forget::integer::bigint;
END
$$;

-- Ends all that whoever controlled front or portal since then can have seen, or
-- made: everything if p_since is 0.  What tells of a use lags behind it by some
-- minutes (a client's by an hour), so a little more is ended.  given: clients of
-- the operator's own that used a secret; it must be replaced by hand.
CREATE FUNCTION tonearm.admin_revoke_since(p_since bigint)
RETURNS TABLE (connections bigint, credentials bigint, sessions bigint, clients bigint,
    invitations bigint, given bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_since timestamptz := CASE p_since WHEN 0 THEN '-infinity'
	    ELSE to_timestamp(p_since) - interval '10 minutes' END;
	v_connections bigint;
	v_credentials bigint;
	v_sessions bigint;
	v_clients bigint;
	v_invitations bigint;
	v_given bigint;
BEGIN
	PERFORM set_config('tonearm.janitor', 'admin', true);
	-- What is being granted or signed in meanwhile comes before or after, not between.
	PERFORM FROM tonearm.person AS p ORDER BY p.id FOR NO KEY UPDATE;
	DELETE FROM tonearm.login;
	DELETE FROM tonearm.authorization_request;
	-- One that has no refresh token has a code that was seen, and not used yet.
	DELETE FROM tonearm.connection AS c
	WHERE c.created_at >= v_since OR c.last_used_at >= v_since
	    OR EXISTS (SELECT FROM tonearm.refresh AS r WHERE r.connection = c.id
		AND (r.created_at >= v_since OR r.rotated_at >= v_since))
	    OR EXISTS (SELECT FROM tonearm.credential AS t WHERE t.connection = c.id
		AND (t.created_at >= v_since OR t.last_used_at >= v_since));
	GET DIAGNOSTICS v_connections = ROW_COUNT;
	DELETE FROM tonearm.credential AS c
	WHERE c.created_at >= v_since OR c.last_used_at >= v_since;
	GET DIAGNOSTICS v_credentials = ROW_COUNT;
	-- A browser sends its cookie with every page, also with those of which nobody
	-- tells the database.
	DELETE FROM tonearm.web_session;
	GET DIAGNOSTICS v_sessions = ROW_COUNT;
	-- Of one that is open nobody knows who has seen it.
	DELETE FROM tonearm.invitation AS i WHERE i.used_by IS NULL;
	GET DIAGNOSTICS v_invitations = ROW_COUNT;
	DELETE FROM tonearm.client AS c
	WHERE c.kind = 1 AND c.secret_hash <> ''
	    AND greatest(c.created_at, c.used_at) >= v_since - interval '1 hour';
	GET DIAGNOSTICS v_clients = ROW_COUNT;
	SELECT count(*) INTO v_given FROM tonearm.client AS c
	WHERE c.kind = 3 AND c.secret_hash <> ''
	    AND greatest(c.created_at, c.used_at) >= v_since - interval '1 hour';
	RETURN QUERY SELECT v_connections, v_credentials, v_sessions, v_clients, v_invitations,
	    v_given;
END
$$;

-- --- a person's own download ------------------------------------------------

-- What is kept about a person but for hashes, keys and sealed rows.
CREATE FUNCTION tonearm.export_text(p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	c_browsers_max CONSTANT integer := 200;
	v_text text;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	SELECT jsonb_pretty(jsonb_build_object(
	    'profile', jsonb_build_object('id', p.id, 'display_name', p.display_name,
		'spotify_id', p.spotify_id,
		'known_by', (SELECT jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value))
		    FROM tonearm.identity AS i WHERE i.person = p_person),
		'spotify_allows', to_jsonb(string_to_array(p.scopes, ' ')),
		'first_came_at', tonearm.iso(p.created_at),
		'signed_in_at', tonearm.iso(p.authorized_at)),
	    'application', jsonb_build_object('client_id', a.client_id, 'mode', a.mode,
		'whose', CASE WHEN a.shared THEN 'the operator''s' WHEN a.owner = p.id THEN 'yours'
		    ELSE 'of somebody who invited you' END),
	    'clients', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name,
		'client_id', t.id, 'may', to_jsonb(string_to_array(tonearm.scope_names(c.scopes), ' ')),
		'allowed_at', tonearm.iso(c.created_at), 'last_used_at', tonearm.iso(c.last_used_at),
		'ends_at', tonearm.iso(c.expires_at)) ORDER BY c.created_at), '[]')
		FROM tonearm.connection AS c JOIN tonearm.client AS t ON t.id = c.client
		WHERE c.person = p_person),
	    'tokens_and_link', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'kind', CASE c.kind WHEN 1 THEN 'token' ELSE 'link' END, 'label', c.label,
		'may', to_jsonb(string_to_array(tonearm.scope_names(c.scopes), ' ')),
		'made_at', tonearm.iso(c.created_at), 'last_used_at', tonearm.iso(c.last_used_at),
		'ends_at', tonearm.iso(c.expires_at)) ORDER BY c.created_at), '[]')
		FROM tonearm.credential AS c WHERE c.person = p_person AND c.kind IN (1, 2)),
	    'invitations', (SELECT coalesce(jsonb_agg(jsonb_build_object('label', i.label,
		'made_at', tonearm.iso(i.created_at), 'used_at', tonearm.iso(i.used_at))
		ORDER BY i.created_at), '[]')
		FROM tonearm.invitation AS i WHERE i.created_by = p_person),
	    'browsers', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'signed_in_at', tonearm.iso(b.created_at), 'last_seen_at', tonearm.iso(b.seen_at))
		ORDER BY b.created_at), '[]')
		FROM (SELECT w.created_at, w.seen_at FROM tonearm.web_session AS w
		    WHERE w.person = p_person ORDER BY w.created_at DESC LIMIT c_browsers_max) AS b)))
	INTO v_text
	FROM tonearm.person AS p JOIN tonearm.app AS a ON a.id = p.app WHERE p.id = p_person;
	RETURN v_text;
END
$$;

-- The same in parts, for the worker of the person, who asked on the account page
-- just now: their ticket is used up.  No row: it is not theirs, or used, or over.
CREATE FUNCTION tonearm.person_export(p_person uuid, p_ticket bytea)
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
	v_bytes := convert_to(tonearm.export_text(p_person), 'UTF8');
	IF length(v_bytes) > c_bytes * c_parts THEN
		RAISE EXCEPTION 'more is kept than fits' USING ERRCODE = '54000';
	END IF;
	RETURN QUERY
	SELECT substring(v_bytes FROM n.i * c_bytes + 1 FOR c_bytes)
	FROM generate_series(0, (length(v_bytes) - 1) / c_bytes) AS n (i) ORDER BY n.i;
END
$$;

GRANT EXECUTE ON FUNCTION tonearm.person_export(uuid, bytea) TO tonearm_vault;
GRANT EXECUTE ON FUNCTION
	tonearm.admin_users(text),
	tonearm.admin_credentials(uuid),
	tonearm.admin_connections(uuid),
	tonearm.admin_sessions(uuid),
	tonearm.admin_delete_person(uuid),
	tonearm.admin_clients(),
	tonearm.admin_client_add(text, smallint, text, text, bytea, bytea),
	tonearm.admin_revoke_person(uuid),
	tonearm.admin_revoke_client(text, boolean),
	tonearm.admin_revoke_since(bigint)
TO tonearm_admin;
