-- What clients hold: codes become tokens, refresh tokens their successors; the
-- account page's list of them, and what clears them away.  The rules, and the
-- order of locks, are those of 0003_sign_in.sql and 0007_oauth.sql.

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
	tonearm.code_redeem(bytea, text, bytea, text, text, bytea, bytea),
	tonearm.token_refresh(bytea, text, bytea, integer, bytea, bytea, bytea),
	tonearm.token_revoke(bytea, text, bytea),
	tonearm.account_entries(bytea)
TO tonearm_vault;
