-- MCP clients that a person lets in (OAuth 2.1): the tables, and the functions
-- for clients and authorization requests; those for codes and tokens are in
-- 0008_tokens.sql.  The rules are those of 0003_sign_in.sql.
--
-- Functions lock in this order: client, person, connection, then the rows
-- below it; so none waits for another that waits for it.

-- What says who it is: 1 a client that registered, 2 the copy of a metadata
-- document, 3 one that the operator entered (enum client_kind); auth_method:
-- enum client_auth.  The id of a document, and of nothing else, is its URL.
CREATE TABLE tonearm.client (
	id text PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 512),
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
	auth_method smallint NOT NULL CHECK (auth_method BETWEEN 0 AND 2),
	name text NOT NULL CHECK (octet_length(name) <= 128),
	uri text NOT NULL CHECK (octet_length(uri) <= 512),
	redirects text NOT NULL CHECK (octet_length(redirects) BETWEEN 1 AND 16384),
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	secret_hash bytea NOT NULL DEFAULT '' CHECK (octet_length(secret_hash) IN (0, 32)),
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz,
	kept_until timestamptz NOT NULL DEFAULT 'infinity',
	CHECK ((kind = 2) = (id ~ '^https?://')),
	CHECK ((auth_method = 0) = (secret_hash = '')),
	CHECK (kind <> 2 OR auth_method = 0)
);
-- One that registers again with the same words and without a secret is the same.
CREATE UNIQUE INDEX client_same ON tonearm.client (digest)
	WHERE kind = 1 AND secret_hash = '';
CREATE INDEX client_unused ON tonearm.client (created_at) WHERE used_at IS NULL AND kind <> 3;
CREATE INDEX client_used_at ON tonearm.client (used_at) WHERE used_at IS NOT NULL AND kind <> 3;
CREATE INDEX client_documents ON tonearm.client (kept_until) WHERE kind = 2;

-- How many there are of each kind: counting them would take the longer the
-- more there are.
CREATE TABLE tonearm.client_tally (
	kind smallint PRIMARY KEY CHECK (kind BETWEEN 1 AND 3),
	n bigint NOT NULL CHECK (n >= 0)
);
INSERT INTO tonearm.client_tally (kind, n) VALUES (1, 0), (2, 0), (3, 0);

-- What a client asks for, while its browser decides; ten minutes.  Found by the
-- browser's cookie alone.  consented: the scopes that were ticked, 0 before;
-- person: who was signed in then.  Nobody was: only who signs in afterwards can
-- have meant it, for a browser's cookie can be planted in another browser, where
-- somebody has been signed in for long.
CREATE TABLE tonearm.authorization_request (
	id uuid PRIMARY KEY,
	browser bytea NOT NULL CHECK (octet_length(browser) = 32),
	client text NOT NULL REFERENCES tonearm.client (id) ON DELETE CASCADE,
	redirect_uri text NOT NULL CHECK (octet_length(redirect_uri) BETWEEN 1 AND 2048),
	has_state boolean NOT NULL,
	state bytea NOT NULL CHECK (octet_length(state) <= 4096),
	challenge text NOT NULL CHECK (octet_length(challenge) BETWEEN 43 AND 64),
	scopes integer NOT NULL CHECK (scopes > 0),
	consented integer NOT NULL DEFAULT 0 CHECK (consented >= 0),
	consented_at timestamptz,
	person uuid REFERENCES tonearm.person (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	number bigint GENERATED ALWAYS AS IDENTITY,
	CHECK ((consented = 0) = (consented_at IS NULL))
);
CREATE INDEX authorization_request_order ON tonearm.authorization_request (created_at, number);
CREATE INDEX authorization_request_client ON tonearm.authorization_request (client);
CREATE INDEX authorization_request_person ON tonearm.authorization_request (person)
	WHERE person IS NOT NULL;

-- A client that a person let in.  expires_at: of its code at first, then of its
-- newest refresh token.
CREATE TABLE tonearm.connection (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	client text NOT NULL REFERENCES tonearm.client (id) ON DELETE CASCADE,
	scopes integer NOT NULL CHECK (scopes > 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz,
	expires_at timestamptz NOT NULL
);
CREATE INDEX connection_person ON tonearm.connection (person);
CREATE INDEX connection_client ON tonearm.connection (client);
CREATE INDEX connection_expires_at ON tonearm.connection (expires_at);

-- An authorization code.  It is kept for a day after its time, so that a second
-- use is noticed.
CREATE TABLE tonearm.code (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	connection uuid NOT NULL REFERENCES tonearm.connection (id) ON DELETE CASCADE,
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	redirect_uri text NOT NULL CHECK (octet_length(redirect_uri) BETWEEN 1 AND 2048),
	challenge text NOT NULL CHECK (octet_length(challenge) BETWEEN 43 AND 64),
	expires_at timestamptz NOT NULL,
	used_at timestamptz
);
CREATE INDEX code_connection ON tonearm.code (connection);
CREATE INDEX code_person ON tonearm.code (person);
CREATE INDEX code_expires_at ON tonearm.code (expires_at);

-- A refresh token.  When it is exchanged (rotated_at), the answer is kept
-- sealed for a minute, and the hash for thirty days: whoever uses it then has
-- stolen it, or was stolen from.  scopes: of that answer.
CREATE TABLE tonearm.refresh (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	connection uuid NOT NULL REFERENCES tonearm.connection (id) ON DELETE CASCADE,
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	rotated_at timestamptz,
	sealed bytea NOT NULL DEFAULT '' CHECK (octet_length(sealed) <= 1024),
	scopes integer NOT NULL DEFAULT 0 CHECK (scopes >= 0)
);
CREATE INDEX refresh_connection ON tonearm.refresh (connection);
CREATE INDEX refresh_person ON tonearm.refresh (person);
CREATE INDEX refresh_rotated_at ON tonearm.refresh (rotated_at) WHERE rotated_at IS NOT NULL;
CREATE INDEX refresh_sealed ON tonearm.refresh (rotated_at) WHERE sealed <> '';

-- Access tokens of one connection share its id as their grant.  Kind 4: a
-- ticket, for half a minute (enum cred_kind).
ALTER TABLE tonearm.credential
	DROP CONSTRAINT credential_kind_check,
	DROP CONSTRAINT credential_grant_id_key,
	ADD COLUMN connection uuid REFERENCES tonearm.connection (id) ON DELETE CASCADE,
	ADD CONSTRAINT credential_kind_check CHECK (kind BETWEEN 1 AND 4),
	ADD CONSTRAINT credential_of_connection
		CHECK ((kind = 3) = (connection IS NOT NULL)
		    AND (connection IS NULL OR grant_id = connection)),
	ADD CONSTRAINT credential_ends CHECK (kind < 3 OR expires_at IS NOT NULL);
CREATE UNIQUE INDEX credential_grant ON tonearm.credential (grant_id) WHERE kind <> 3;
CREATE INDEX credential_connection ON tonearm.credential (connection)
	WHERE connection IS NOT NULL;

ALTER TABLE tonearm.authorization_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.authorization_request FORCE ROW LEVEL SECURITY;
CREATE POLICY presented ON tonearm.authorization_request
	USING (browser = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY counted ON tonearm.authorization_request FOR SELECT
	USING (current_setting('tonearm.janitor', true) = 'on');
CREATE POLICY expired ON tonearm.authorization_request FOR DELETE
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND created_at < now() - interval '10 minutes');

ALTER TABLE tonearm.connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.connection FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.connection
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY expired ON tonearm.connection
	USING (current_setting('tonearm.janitor', true) = 'on' AND expires_at < now())
	WITH CHECK (false);

ALTER TABLE tonearm.code ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.code FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.code
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY presented ON tonearm.code FOR SELECT
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY expired ON tonearm.code
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND expires_at < now() - interval '1 day')
	WITH CHECK (false);

ALTER TABLE tonearm.refresh ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.refresh FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.refresh
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY presented ON tonearm.refresh FOR SELECT
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY expired ON tonearm.refresh
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND rotated_at < now() - interval '1 minute')
	WITH CHECK (current_setting('tonearm.janitor', true) = 'on' AND sealed = '');

ALTER POLICY expired ON tonearm.credential
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND (expires_at < now() - interval '30 days' OR kind IN (3, 4) AND expires_at < now()));

-- --- clients ----------------------------------------------------------------

CREATE FUNCTION tonearm.client_tally_up() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	UPDATE tonearm.client_tally AS t SET n = t.n + m.n
	FROM (SELECT c.kind, count(*) AS n FROM made AS c GROUP BY c.kind) AS m
	WHERE m.kind = t.kind;
	RETURN NULL;
END
$$;

CREATE FUNCTION tonearm.client_tally_down() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	UPDATE tonearm.client_tally AS t SET n = t.n - m.n
	FROM (SELECT c.kind, count(*) AS n FROM gone AS c GROUP BY c.kind) AS m
	WHERE m.kind = t.kind;
	RETURN NULL;
END
$$;

CREATE TRIGGER tally_up AFTER INSERT ON tonearm.client
	REFERENCING NEW TABLE AS made
	FOR EACH STATEMENT EXECUTE FUNCTION tonearm.client_tally_up();
CREATE TRIGGER tally_down AFTER DELETE ON tonearm.client
	REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION tonearm.client_tally_down();

CREATE FUNCTION tonearm.client_get(p_client text)
RETURNS TABLE (kind smallint, auth_method smallint, name text, uri text, redirects text,
    fresh boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	RETURN QUERY
	SELECT c.kind, c.auth_method, c.name, c.uri, c.redirects, c.kept_until > now()
	FROM tonearm.client AS c WHERE c.id = p_client;
END
$$;

-- Keeps a client that registers (kind 1; nobody's entry is ever overwritten), or
-- the copy of a metadata document (kind 2) for so many seconds, a day at most.
-- p_secret: empty for none.  No row: too many have registered.  Of documents the
-- copy that is oldest and that nobody let in makes room.
CREATE FUNCTION tonearm.client_put(p_client text, p_kind smallint, p_auth_method smallint,
    p_name text, p_uri text, p_redirects text, p_digest bytea, p_secret bytea,
    p_keep_s integer)
RETURNS TABLE (id text, created_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	c_registered_max CONSTANT bigint := 100000;
	c_documents_max CONSTANT bigint := 10000;
	v_n bigint;
BEGIN
	SELECT t.n INTO v_n FROM tonearm.client_tally AS t WHERE t.kind = p_kind;
	IF p_kind = 1 THEN
		IF v_n >= c_registered_max THEN
			RETURN;
		END IF;
		RETURN QUERY
		INSERT INTO tonearm.client AS c (id, kind, auth_method, name, uri, redirects,
		    digest, secret_hash)
		VALUES (p_client, 1, p_auth_method, p_name, p_uri, p_redirects, p_digest, p_secret)
		ON CONFLICT (digest) WHERE kind = 1 AND secret_hash = ''
		DO UPDATE SET created_at = now()
		WHERE c.name = EXCLUDED.name AND c.uri = EXCLUDED.uri
		    AND c.redirects = EXCLUDED.redirects
		RETURNING c.id, tonearm.unix(c.created_at);
	ELSIF p_kind = 2 THEN
		IF v_n >= c_documents_max THEN
			DELETE FROM tonearm.client AS c WHERE c.id = (
				SELECT o.id FROM tonearm.client AS o
				WHERE o.kind = 2 AND o.used_at IS NULL AND o.id <> p_client
				ORDER BY o.kept_until LIMIT 1 FOR UPDATE SKIP LOCKED);
		END IF;
		RETURN QUERY
		INSERT INTO tonearm.client AS c (id, kind, auth_method, name, uri, redirects,
		    digest, secret_hash, kept_until)
		VALUES (p_client, 2, p_auth_method, p_name, p_uri, p_redirects, p_digest, p_secret,
		    now() + make_interval(secs => least(greatest(p_keep_s, 0), 86400)))
		ON CONFLICT (id)
		DO UPDATE SET auth_method = EXCLUDED.auth_method, name = EXCLUDED.name,
		    uri = EXCLUDED.uri, redirects = EXCLUDED.redirects, digest = EXCLUDED.digest,
		    created_at = now(), kept_until = EXCLUDED.kept_until
		WHERE c.kind = 2
		RETURNING c.id, tonearm.unix(c.created_at);
	ELSE
		RAISE EXCEPTION 'not a client that tells of itself' USING ERRCODE = '22023';
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'another client has this digest' USING ERRCODE = '23505';
	END IF;
END
$$;

-- Is this the client?  One without a secret is believed: its codes have a
-- verifier, its refresh tokens are used once.
CREATE FUNCTION tonearm.client_proved(p_client text, p_secret bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM FROM tonearm.client AS c
	WHERE c.id = p_client AND (c.auth_method = 0 OR c.secret_hash = p_secret);
	RETURN FOUND;
END
$$;

-- --- authorization ----------------------------------------------------------

-- outcome: 0 begun, 1 no such client, 2 too many were begun in the last ten
-- minutes.
CREATE FUNCTION tonearm.auth_begin(p_auth uuid, p_browser bytea, p_client text,
    p_redirect_uri text, p_has_state boolean, p_state bytea, p_challenge text,
    p_scopes integer)
RETURNS TABLE (outcome smallint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	c_begun_max CONSTANT bigint := 10000;
	v_first bigint;
	v_last bigint;
	v_set text;
BEGIN
	-- Not counted one by one: many would make each dearer.
	v_set := set_config('tonearm.janitor', 'on', true);
	SELECT r.number INTO v_first FROM tonearm.authorization_request AS r
	WHERE r.created_at > now() - interval '10 minutes' ORDER BY r.created_at, r.number LIMIT 1;
	SELECT r.number INTO v_last FROM tonearm.authorization_request AS r
	WHERE r.created_at > now() - interval '10 minutes'
	ORDER BY r.created_at DESC, r.number DESC LIMIT 1;
	v_set := set_config('tonearm.janitor', '', true);
	IF v_last - v_first >= c_begun_max - 1 THEN
		RETURN QUERY SELECT 2::smallint;
		RETURN;
	END IF;
	v_set := set_config('tonearm.secret', encode(p_browser, 'hex'), true);
	INSERT INTO tonearm.authorization_request (id, browser, client, redirect_uri, has_state,
	    state, challenge, scopes)
	SELECT p_auth, p_browser, c.id, p_redirect_uri, p_has_state, p_state, p_challenge, p_scopes
	FROM tonearm.client AS c WHERE c.id = p_client;
	RETURN QUERY SELECT CASE WHEN FOUND THEN 0 ELSE 1 END::smallint;
END
$$;

-- Can the consent not be what the person of this session said?
CREATE FUNCTION tonearm.consent_is_foreign(p_consenter uuid, p_consented_at timestamptz,
    p_person uuid, p_session bytea) RETURNS boolean
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
	IF p_person IS NULL OR p_consented_at IS NULL THEN
		RETURN false;
	END IF;
	IF p_consenter IS NOT NULL THEN
		RETURN p_consenter <> p_person;
	END IF;
	v_set := set_config('tonearm.person', p_person::text, true);
	PERFORM FROM tonearm.web_session AS w
	WHERE w.hash = p_session AND w.person = p_person AND w.created_at >= p_consented_at;
	RETURN NOT FOUND;
END
$$;

-- The request of this browser; before: what the person of the session lets this
-- client do already; other: the consent was not theirs.
CREATE FUNCTION tonearm.auth_get(p_auth uuid, p_browser bytea, p_session bytea)
RETURNS TABLE (client text, kind smallint, name text, uri text, redirects text,
    redirect_uri text, has_state boolean, state bytea, scopes integer, before integer,
    consented integer, other boolean, expires_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	v_person uuid := tonearm.session_person(p_session);
	v_set text;
BEGIN
	v_set := set_config('tonearm.secret', encode(p_browser, 'hex'), true);
	v_set := set_config('tonearm.person', coalesce(v_person::text, ''), true);
	RETURN QUERY
	SELECT c.id, c.kind, c.name, c.uri, c.redirects, r.redirect_uri, r.has_state, r.state,
	    r.scopes,
	    coalesce((SELECT bit_or(o.scopes) FROM tonearm.connection AS o
		WHERE o.person = v_person AND o.client = c.id AND o.expires_at > now()), 0),
	    r.consented,
	    tonearm.consent_is_foreign(r.person, r.consented_at, v_person, p_session),
	    tonearm.unix(r.created_at + interval '10 minutes')
	FROM tonearm.authorization_request AS r JOIN tonearm.client AS c ON c.id = r.client
	WHERE r.id = p_auth AND r.browser = p_browser
	    AND r.created_at > now() - interval '10 minutes';
END
$$;

-- These scopes were ticked in this browser, by whoever is signed in there, if
-- anybody is.  No row: no such request.
CREATE FUNCTION tonearm.auth_consent(p_auth uuid, p_browser bytea, p_session bytea,
    p_scopes integer)
RETURNS TABLE (consented boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	v_person uuid := tonearm.session_person(p_session);
	v_set text;
BEGIN
	IF p_scopes <= 0 THEN
		RAISE EXCEPTION 'consent to nothing' USING ERRCODE = '22023';
	END IF;
	v_set := set_config('tonearm.secret', encode(p_browser, 'hex'), true);
	RETURN QUERY
	UPDATE tonearm.authorization_request AS r SET consented = p_scopes, consented_at = now(),
	    person = v_person
	WHERE r.id = p_auth AND r.browser = p_browser
	    AND r.created_at > now() - interval '10 minutes'
	RETURNING true;
END
$$;

-- A request that was consented to becomes a connection with this code.
-- outcome: 0 granted, 1 no such request or no consent, 2 no session, 3 the
-- consent was another person's.
CREATE FUNCTION tonearm.auth_grant(p_auth uuid, p_browser bytea, p_session bytea,
    p_code bytea)
RETURNS TABLE (outcome smallint, person uuid)
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
	c_connections_max CONSTANT integer := 50;
	v_person uuid := tonearm.session_person(p_session);
	v_end timestamptz := now() + interval '60 seconds';
	v_request record;
	v_connection uuid;
	v_set text;
BEGIN
	v_set := set_config('tonearm.secret', encode(p_browser, 'hex'), true);
	SELECT r.client, r.redirect_uri, r.challenge, r.consented, r.consented_at, r.person
	INTO v_request
	FROM tonearm.authorization_request AS r
	WHERE r.id = p_auth AND r.browser = p_browser AND r.consented > 0
	    AND r.created_at > now() - interval '10 minutes'
	FOR UPDATE;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 1::smallint, c_nil;
		RETURN;
	END IF;
	PERFORM FROM tonearm.client AS c WHERE c.id = v_request.client FOR NO KEY UPDATE;
	v_set := set_config('tonearm.person', coalesce(v_person::text, ''), true);
	PERFORM FROM tonearm.person AS p WHERE p.id = v_person FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 2::smallint, c_nil;
		RETURN;
	END IF;
	IF tonearm.consent_is_foreign(v_request.person, v_request.consented_at, v_person,
	    p_session) THEN
		RETURN QUERY SELECT 3::smallint, c_nil;
		RETURN;
	END IF;
	-- What has ended makes room, then what was used least lately.
	DELETE FROM tonearm.connection AS c
	WHERE c.person = v_person AND (c.expires_at <= now() OR c.id IN (
		SELECT o.id FROM tonearm.connection AS o
		WHERE o.person = v_person AND o.expires_at > now()
		ORDER BY coalesce(o.last_used_at, o.created_at) DESC, o.id
		OFFSET c_connections_max - 1));
	INSERT INTO tonearm.connection AS c (person, client, scopes, expires_at)
	VALUES (v_person, v_request.client, v_request.consented, v_end)
	RETURNING c.id INTO v_connection;
	INSERT INTO tonearm.code (hash, connection, person, redirect_uri, challenge, expires_at)
	VALUES (p_code, v_connection, v_person, v_request.redirect_uri, v_request.challenge, v_end);
	DELETE FROM tonearm.authorization_request AS r WHERE r.id = p_auth;
	UPDATE tonearm.client AS c SET used_at = now()
	WHERE c.id = v_request.client
	    AND (c.used_at IS NULL OR c.used_at < now() - interval '1 hour');
	RETURN QUERY SELECT 0::smallint, v_person;
END
$$;

-- No row: there was none.
CREATE FUNCTION tonearm.auth_end(p_auth uuid, p_browser bytea)
RETURNS TABLE (ended boolean)
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
	v_set := set_config('tonearm.secret', encode(p_browser, 'hex'), true);
	RETURN QUERY
	DELETE FROM tonearm.authorization_request AS r
	WHERE r.id = p_auth AND r.browser = p_browser RETURNING true;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.client_get(text),
	tonearm.client_put(text, smallint, smallint, text, text, text, bytea, bytea, integer),
	tonearm.auth_begin(uuid, bytea, text, text, boolean, bytea, text, integer),
	tonearm.auth_get(uuid, bytea, bytea),
	tonearm.auth_consent(uuid, bytea, bytea, integer),
	tonearm.auth_grant(uuid, bytea, bytea, bytea),
	tonearm.auth_end(uuid, bytea)
TO tonearm_vault;
