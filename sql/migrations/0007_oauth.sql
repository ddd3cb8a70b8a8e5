-- MCP clients that a person lets in (OAuth 2.1): clients, authorization
-- requests, connections and their codes and tokens.  The rules are those of
-- 0003_sign_in.sql.
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

-- --- tokens -----------------------------------------------------------------

-- The scopes of a connection of this person with this client, which is locked
-- from now on, as the person is; null: there is none, or it has ended.
CREATE FUNCTION tonearm.connection_lock(p_person uuid, p_connection uuid, p_client text)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_scopes integer;
	v_set text;
BEGIN
	v_set := set_config('tonearm.person', p_person::text, true);
	PERFORM FROM tonearm.person AS p WHERE p.id = p_person FOR NO KEY UPDATE;
	SELECT c.scopes INTO v_scopes FROM tonearm.connection AS c
	WHERE c.id = p_connection AND c.person = p_person AND c.client = p_client
	FOR NO KEY UPDATE;
	RETURN v_scopes;
END
$$;

-- A new access token and refresh token of a connection that is locked.  Eight
-- access tokens of a connection and 96 of a person are valid at once, the newest:
-- a worker's list has an end (CREDENTIALS_MAX).
CREATE FUNCTION tonearm.tokens_add(p_person uuid, p_connection uuid, p_scopes integer,
    p_access bytea, p_refresh bytea) RETURNS void
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
	v_set := set_config('tonearm.person', p_person::text, true);
	DELETE FROM tonearm.credential AS c
	WHERE c.person = p_person AND c.kind = 3 AND (c.expires_at <= now()
	    OR c.hash IN (
		SELECT o.hash FROM tonearm.credential AS o
		WHERE o.person = p_person AND o.connection = p_connection AND o.expires_at > now()
		ORDER BY o.created_at DESC, o.hash OFFSET 7)
	    OR c.hash IN (
		SELECT o.hash FROM tonearm.credential AS o
		WHERE o.person = p_person AND o.kind = 3 AND o.expires_at > now()
		ORDER BY o.created_at DESC, o.hash OFFSET 95));
	INSERT INTO tonearm.credential (hash, grant_id, person, kind, scopes, label, expires_at,
	    connection)
	VALUES (p_access, p_connection, p_person, 3, p_scopes, '', now() + interval '1 hour',
	    p_connection);
	INSERT INTO tonearm.refresh (hash, connection, person)
	VALUES (p_refresh, p_connection, p_person);
	UPDATE tonearm.connection AS c
	SET expires_at = now() + interval '90 days', last_used_at = now()
	WHERE c.id = p_connection;
END
$$;

-- A code becomes tokens, once.  outcome: 0 done, 1 not this client, 2 not this
-- code (unknown, over, of another client, for another address or challenge), 3
-- used before: the connection is gone.
--
-- What is refused with 1 or 2 uses nothing up: without the verifier a code is
-- worth nothing and a verifier cannot be guessed within its minute, but a code
-- that any failure burns would let whoever sees one break the sign-in.  For the
-- same reason only who has everything right counts as its second user.  The same
-- call again (same access token) is no second use.
CREATE FUNCTION tonearm.code_redeem(p_code bytea, p_client text, p_secret bytea,
    p_redirect_uri text, p_challenge text, p_access bytea, p_refresh bytea)
RETURNS TABLE (outcome smallint, person uuid, connection uuid, scopes integer,
    expires_in integer)
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
	v_code record;
	v_scopes integer;
	v_set text;
BEGIN
	IF NOT tonearm.client_proved(p_client, p_secret) THEN
		RETURN QUERY SELECT 1::smallint, c_nil, c_nil, 0, 0;
		RETURN;
	END IF;
	v_set := set_config('tonearm.secret', encode(p_code, 'hex'), true);
	SELECT c.person, c.connection INTO v_code FROM tonearm.code AS c WHERE c.hash = p_code;
	IF FOUND THEN
		v_set := set_config('tonearm.person', v_code.person::text, true);
		v_scopes := tonearm.connection_lock(v_code.person, v_code.connection, p_client);
	END IF;
	-- Anew: whoever held the lock may have used it.
	SELECT c.person, c.connection, c.expires_at, c.used_at INTO v_code
	FROM tonearm.code AS c
	WHERE c.hash = p_code AND c.redirect_uri = p_redirect_uri AND c.challenge = p_challenge;
	IF NOT FOUND OR v_scopes IS NULL
	    OR v_code.used_at IS NULL AND v_code.expires_at <= clock_timestamp() THEN
		RETURN QUERY SELECT 2::smallint, c_nil, c_nil, 0, 0;
		RETURN;
	END IF;
	IF v_code.used_at IS NOT NULL THEN
		PERFORM FROM tonearm.credential AS c
		WHERE c.hash = p_access AND c.connection = v_code.connection;
		IF NOT FOUND THEN
			DELETE FROM tonearm.connection AS c WHERE c.id = v_code.connection;
			RETURN QUERY SELECT 3::smallint, v_code.person, v_code.connection, 0, 0;
			RETURN;
		END IF;
	ELSE
		UPDATE tonearm.code AS c SET used_at = now() WHERE c.hash = p_code;
		PERFORM tonearm.tokens_add(v_code.person, v_code.connection, v_scopes, p_access,
		    p_refresh);
	END IF;
	RETURN QUERY SELECT 0::smallint, v_code.person, v_code.connection, v_scopes, 3600;
END
$$;

-- A refresh token becomes new tokens, once.  outcome: 0 done, 1 not this
-- client, 2 not this token (unknown, over, of another client), 3 used before:
-- the connection is gone, 4 used a moment ago: sealed is the answer that was
-- given, to be given again, 5 more scopes than were granted.
--
-- Within a minute a second use is another process of the same client, or one
-- that lost the answer (docs/protocol.md A-22).
CREATE FUNCTION tonearm.token_refresh(p_old bytea, p_client text, p_secret bytea,
    p_scopes integer, p_access bytea, p_refresh bytea, p_sealed bytea)
RETURNS TABLE (outcome smallint, person uuid, connection uuid, scopes integer,
    expires_in integer, sealed bytea)
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
	c_remembered_max CONSTANT integer := 2000;
	v_old record;
	v_scopes integer;
	v_age interval;
	v_set text;
BEGIN
	IF NOT tonearm.client_proved(p_client, p_secret) THEN
		RETURN QUERY SELECT 1::smallint, c_nil, c_nil, 0, 0, ''::bytea;
		RETURN;
	END IF;
	v_set := set_config('tonearm.secret', encode(p_old, 'hex'), true);
	SELECT r.person, r.connection INTO v_old FROM tonearm.refresh AS r WHERE r.hash = p_old;
	IF FOUND THEN
		v_set := set_config('tonearm.person', v_old.person::text, true);
		v_scopes := tonearm.connection_lock(v_old.person, v_old.connection, p_client);
	END IF;
	-- Anew: whoever held the lock may have used it.
	SELECT r.person, r.connection, r.rotated_at, r.sealed, r.scopes, c.expires_at INTO v_old
	FROM tonearm.refresh AS r JOIN tonearm.connection AS c ON c.id = r.connection
	WHERE r.hash = p_old;
	IF NOT FOUND OR v_scopes IS NULL OR v_old.expires_at <= clock_timestamp() THEN
		RETURN QUERY SELECT 2::smallint, c_nil, c_nil, 0, 0, ''::bytea;
		RETURN;
	END IF;
	v_age := clock_timestamp() - v_old.rotated_at;
	-- One used in the time to come is of a clock that was set back since.
	IF v_age < interval '1 minute' AND v_age > interval '-1 minute' AND v_old.sealed <> '' THEN
		RETURN QUERY SELECT 4::smallint, v_old.person, v_old.connection, v_old.scopes,
		    3600 - greatest(floor(extract(epoch FROM v_age)), 0)::integer, v_old.sealed;
		RETURN;
	END IF;
	-- More uses than can be remembered are no client's either.
	IF v_age IS NULL THEN
		PERFORM FROM tonearm.refresh AS r WHERE r.connection = v_old.connection
		OFFSET c_remembered_max LIMIT 1;
	END IF;
	IF v_age IS NOT NULL OR FOUND THEN
		DELETE FROM tonearm.connection AS c WHERE c.id = v_old.connection;
		RETURN QUERY SELECT 3::smallint, v_old.person, v_old.connection, 0, 0, ''::bytea;
		RETURN;
	END IF;
	IF p_scopes & ~v_scopes <> 0 THEN
		RETURN QUERY SELECT 5::smallint, c_nil, c_nil, 0, 0, ''::bytea;
		RETURN;
	END IF;
	v_scopes := CASE WHEN p_scopes = 0 THEN v_scopes ELSE p_scopes END;
	UPDATE tonearm.refresh AS r SET rotated_at = now(), sealed = p_sealed, scopes = v_scopes
	WHERE r.hash = p_old;
	PERFORM tonearm.tokens_add(v_old.person, v_old.connection, v_scopes, p_access, p_refresh);
	UPDATE tonearm.client AS c SET used_at = now()
	WHERE c.id = p_client AND (c.used_at IS NULL OR c.used_at < now() - interval '1 hour');
	RETURN QUERY SELECT 0::smallint, v_old.person, v_old.connection, v_scopes, 3600, ''::bytea;
END
$$;

-- A client gives a token back (RFC 7009): a refresh token, also one it has used,
-- ends the connection, an access token itself.  outcome: 0 done, 1 not this
-- client; person: nil if there was nothing of this client's; connection: that is
-- gone, or nil.
CREATE FUNCTION tonearm.token_revoke(p_token bytea, p_client text, p_secret bytea)
RETURNS TABLE (outcome smallint, person uuid, connection uuid)
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
	v_token record;
	v_set text;
BEGIN
	IF NOT tonearm.client_proved(p_client, p_secret) THEN
		RETURN QUERY SELECT 1::smallint, c_nil, c_nil;
		RETURN;
	END IF;
	v_set := set_config('tonearm.secret', encode(p_token, 'hex'), true);
	SELECT r.person, r.connection, true AS whole INTO v_token
	FROM tonearm.refresh AS r WHERE r.hash = p_token;
	IF NOT FOUND THEN
		SELECT c.person, c.connection, false AS whole INTO v_token
		FROM tonearm.credential AS c WHERE c.hash = p_token AND c.kind = 3;
	END IF;
	IF NOT FOUND
	    OR tonearm.connection_lock(v_token.person, v_token.connection, p_client) IS NULL THEN
		RETURN QUERY SELECT 0::smallint, c_nil, c_nil;
		RETURN;
	END IF;
	v_set := set_config('tonearm.person', v_token.person::text, true);
	IF v_token.whole THEN
		DELETE FROM tonearm.connection AS c WHERE c.id = v_token.connection;
	ELSE
		DELETE FROM tonearm.credential AS c WHERE c.hash = p_token;
	END IF;
	RETURN QUERY SELECT 0::smallint, v_token.person,
	    CASE WHEN v_token.whole THEN v_token.connection ELSE c_nil END;
END
$$;

-- --- the account page -------------------------------------------------------

-- As it was for vaults of other nodes that are not renewed yet: tokens and the
-- link.
CREATE OR REPLACE FUNCTION tonearm.account_credentials(p_session bytea)
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
	WHERE c.person = v_person AND c.kind IN (1, 2)
	ORDER BY c.created_at DESC, c.grant_id;
END
$$;

-- Tokens, the link, and the clients that were let in: one row for a connection
-- (kind 3), however many access tokens it has, with the client's name as label.
CREATE FUNCTION tonearm.account_entries(p_session bytea)
RETURNS TABLE (grant_id uuid, kind smallint, scopes integer, created_at bigint,
    expires_at bigint, last_used_at bigint, label text, client text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid := tonearm.session_person(p_session);
	v_set text;
BEGIN
	IF v_person IS NULL THEN
		RETURN;
	END IF;
	v_set := set_config('tonearm.person', v_person::text, true);
	RETURN QUERY
	SELECT e.id, e.kind, e.scopes, tonearm.unix(e.created_at), tonearm.unix(e.expires_at),
	    tonearm.unix(e.last_used_at), e.label, e.client
	FROM (
		SELECT c.grant_id AS id, c.kind, c.scopes, c.created_at, c.expires_at,
		    c.last_used_at, c.label, '' AS client
		FROM tonearm.credential AS c WHERE c.person = v_person AND c.kind IN (1, 2)
		UNION ALL
		SELECT o.id, 3::smallint, o.scopes, o.created_at, o.expires_at, o.last_used_at,
		    t.name, t.id
		FROM tonearm.connection AS o JOIN tonearm.client AS t ON t.id = o.client
		WHERE o.person = v_person AND o.expires_at > now()
		    AND EXISTS (SELECT FROM tonearm.refresh AS r WHERE r.connection = o.id)) AS e
	ORDER BY e.created_at DESC, e.id;
END
$$;

-- As before (0003_sign_in.sql), and tickets (4): half a minute each, whatever
-- p_expires_at says, eight at once.
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
	v_max CONSTANT integer := CASE p_kind WHEN 1 THEN 20 WHEN 4 THEN 8 ELSE 1 END;
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
	IF NOT FOUND THEN
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

-- One entry of the account page, or all of them: the nil UUID.  outcome: 0
-- revoked, 1 no session, 2 not among this person's.
CREATE OR REPLACE FUNCTION tonearm.credential_revoke(p_session bytea, p_grant uuid)
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
	v_found boolean;
BEGIN
	-- The lock: what is being granted meanwhile comes before or after, not between.
	PERFORM set_config('tonearm.person', coalesce(v_person::text, ''), true);
	PERFORM FROM tonearm.person AS p WHERE p.id = v_person FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 1::smallint, c_nil, ''::bytea;
		RETURN;
	END IF;
	IF p_grant = c_nil THEN
		DELETE FROM tonearm.connection AS c WHERE c.person = v_person;
		DELETE FROM tonearm.credential AS c WHERE c.person = v_person;
		RETURN QUERY SELECT 0::smallint, v_person, ''::bytea;
		RETURN;
	END IF;
	DELETE FROM tonearm.connection AS c WHERE c.person = v_person AND c.id = p_grant;
	v_found := FOUND;
	DELETE FROM tonearm.credential AS c
	WHERE c.person = v_person AND c.grant_id = p_grant AND c.kind <> 3
	RETURNING c.hash INTO v_hash;
	RETURN QUERY SELECT CASE WHEN v_found OR v_hash IS NOT NULL THEN 0 ELSE 2 END::smallint,
	    v_person, coalesce(v_hash, ''::bytea);
END
$$;

-- As before (0006_bind_load.sql), and its connection is in use as well.
CREATE OR REPLACE FUNCTION tonearm.credential_touch(p_hash bytea)
RETURNS TABLE (touched boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_person uuid;
	v_connection uuid;
	v_set text;
BEGIN
	v_set := set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	SELECT c.person, c.connection INTO v_person, v_connection FROM tonearm.credential AS c
	WHERE c.hash = p_hash
	    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	IF NOT FOUND THEN
		RETURN QUERY SELECT false;
		RETURN;
	END IF;
	v_set := set_config('tonearm.person', v_person::text, true);
	-- Not one of the settings above: it lasts until the commit.
	v_set := set_config('synchronous_commit', 'off', true);
	IF v_connection IS NOT NULL THEN
		UPDATE tonearm.connection AS c SET last_used_at = now()
		WHERE c.id = v_connection
		    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	END IF;
	UPDATE tonearm.credential AS c SET last_used_at = now()
	WHERE c.hash = p_hash
	    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	RETURN QUERY SELECT FOUND;
END
$$;

-- --- keeping house ----------------------------------------------------------

-- As before (0004_bind.sql), but that one which has expired is gone is no news:
-- whoever knows it knows its end.
CREATE OR REPLACE FUNCTION tonearm.tell_credential() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM pg_notify('tonearm',
		    'credential ' || encode(NEW.hash, 'hex') || ' ' || NEW.person::text);
	ELSIF TG_OP = 'UPDATE' OR OLD.expires_at IS NULL OR OLD.expires_at > now() THEN
		PERFORM pg_notify('tonearm',
		    'credential ' || encode(OLD.hash, 'hex') || ' ' || OLD.person::text);
	END IF;
	RETURN NULL;
END
$$;

-- Clients that nobody uses: a registered one that nobody ever let in goes after
-- thirty days, or after one where there are more than 10,000; a document's copy
-- after one.  One that was let in goes when no refresh token of it can be valid.
CREATE FUNCTION tonearm.janitor_clients() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	c_many CONSTANT bigint := 10000;
	v_days integer;
BEGIN
	SELECT CASE WHEN t.n > c_many THEN 1 ELSE 30 END INTO v_days
	FROM tonearm.client_tally AS t WHERE t.kind = 1;
	DELETE FROM tonearm.client AS c
	WHERE c.used_at IS NULL AND c.kind <> 3
	    AND c.created_at < now() - make_interval(days => 1)
	    AND (c.kind = 2 OR c.created_at < now() - make_interval(days => v_days));
	DELETE FROM tonearm.client AS c
	WHERE c.used_at < now() - interval '91 days' AND c.kind <> 3;
END
$$;

-- Removes what has expired; everybody else ignores it already.
CREATE OR REPLACE FUNCTION tonearm.janitor()
RETURNS TABLE (logins bigint, sessions bigint, credentials bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	c_at_once CONSTANT integer := 20000;
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
	DELETE FROM tonearm.credential AS c WHERE c.hash IN (
		SELECT o.hash FROM tonearm.credential AS o
		WHERE o.expires_at < now()
		    AND (o.kind IN (3, 4) OR o.expires_at < now() - interval '30 days')
		ORDER BY o.expires_at LIMIT c_at_once FOR UPDATE SKIP LOCKED);
	GET DIAGNOSTICS v_credentials = ROW_COUNT;
	DELETE FROM tonearm.authorization_request AS r
	WHERE r.created_at < now() - interval '10 minutes';
	DELETE FROM tonearm.code AS c WHERE c.expires_at < now() - interval '1 day';
	DELETE FROM tonearm.connection AS c WHERE c.id IN (
		SELECT o.id FROM tonearm.connection AS o WHERE o.expires_at < now()
		ORDER BY o.expires_at LIMIT c_at_once FOR UPDATE SKIP LOCKED);
	DELETE FROM tonearm.refresh AS r WHERE r.hash IN (
		SELECT o.hash FROM tonearm.refresh AS o WHERE o.rotated_at < now() - interval '30 days'
		ORDER BY o.rotated_at LIMIT c_at_once FOR UPDATE SKIP LOCKED);
	UPDATE tonearm.refresh AS r SET sealed = ''
	WHERE r.sealed <> '' AND r.rotated_at < now() - interval '1 minute';
	PERFORM tonearm.janitor_clients();
	RETURN QUERY SELECT v_logins, v_sessions, v_credentials;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.client_get(text),
	tonearm.client_put(text, smallint, smallint, text, text, text, bytea, bytea, integer),
	tonearm.auth_begin(uuid, bytea, text, text, boolean, bytea, text, integer),
	tonearm.auth_get(uuid, bytea, bytea),
	tonearm.auth_consent(uuid, bytea, bytea, integer),
	tonearm.auth_grant(uuid, bytea, bytea, bytea),
	tonearm.auth_end(uuid, bytea),
	tonearm.code_redeem(bytea, text, bytea, text, text, bytea, bytea),
	tonearm.token_refresh(bytea, text, bytea, integer, bytea, bytea, bytea),
	tonearm.token_revoke(bytea, text, bytea),
	tonearm.account_entries(bytea)
TO tonearm_vault;
