-- Spotify applications that people bring with them, invitations to these and
-- to the operator's own, and what a sign-in does besides naming a person.  The
-- rules are those of 0003_sign_in.sql.  Functions that take or give more than
-- before keep their old form beside the new one, for vaults of other nodes that
-- are not renewed yet.

-- shared: the operator's, now or once; nobody owns it.  Else the first who
-- signed in with it owns it, and others need an invitation.
ALTER TABLE tonearm.app
	ADD owner uuid REFERENCES tonearm.person (id) ON DELETE SET NULL,
	ADD shared boolean NOT NULL DEFAULT true,
	ADD created_at timestamptz NOT NULL DEFAULT now(),
	ADD CONSTRAINT app_shared_is_nobodys CHECK (NOT shared OR owner IS NULL);
ALTER TABLE tonearm.app ALTER shared DROP DEFAULT;
CREATE INDEX app_owner ON tonearm.app (owner) WHERE owner IS NOT NULL;
CREATE INDEX person_app ON tonearm.person (app);

-- A sign-in names its application by client id: the row of one that nobody has
-- used yet is made when somebody has come back with it.  auth: the
-- authorization request that waits for it; invite: hash of an invitation.
ALTER TABLE tonearm.login
	ADD client_id text NOT NULL DEFAULT '' CHECK (octet_length(client_id) <= 128),
	ADD mode text NOT NULL DEFAULT 'development' CHECK (mode IN ('development', 'extended')),
	ADD shared boolean NOT NULL DEFAULT true,
	ADD auth uuid,
	ADD invite bytea CHECK (octet_length(invite) = 32);
UPDATE tonearm.login AS l SET client_id = a.client_id, mode = a.mode
FROM tonearm.app AS a WHERE a.id = l.app;
ALTER TABLE tonearm.login DROP app;

-- One more person may use an application: the operator's (app null) or that of
-- whoever made the invitation.  Used once, and then the proof that its user is
-- a guest, which lasts when the owner leaves.
CREATE TABLE tonearm.invitation (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
	app integer REFERENCES tonearm.app (id) ON DELETE CASCADE,
	created_by uuid REFERENCES tonearm.person (id) ON DELETE SET NULL,
	label text NOT NULL CHECK (octet_length(label) <= 128),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
	used_by uuid REFERENCES tonearm.person (id) ON DELETE CASCADE,
	used_at timestamptz,
	CHECK (app IS NOT NULL OR created_by IS NULL),
	CHECK ((used_by IS NULL) = (used_at IS NULL))
);
CREATE INDEX invitation_app ON tonearm.invitation (app);
CREATE INDEX invitation_created_by ON tonearm.invitation (created_by);
CREATE INDEX invitation_used_by ON tonearm.invitation (used_by);
CREATE INDEX invitation_expires_at ON tonearm.invitation (expires_at) WHERE used_by IS NULL;

-- tonearm.janitor 'operator': the operator's command line, for invitations to the
-- operator's application.
ALTER TABLE tonearm.invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.invitation
	USING (created_by = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY used ON tonearm.invitation FOR SELECT
	USING (used_by = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY presented ON tonearm.invitation FOR SELECT
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY taken ON tonearm.invitation FOR UPDATE
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'))
	WITH CHECK (used_by = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY operator ON tonearm.invitation
	USING (app IS NULL AND current_setting('tonearm.janitor', true) = 'operator');
CREATE POLICY expired ON tonearm.invitation
	USING (current_setting('tonearm.janitor', true) = 'on' AND used_by IS NULL
	    AND (expires_at < now() OR (app IS NOT NULL AND created_by IS NULL)))
	WITH CHECK (false);

-- A browser sets out for Spotify.  p_client_id is the operator's application,
-- empty if it is not offered; p_own another that the person named, or empty;
-- p_own_offered: may people use others at all?  p_auth nil and p_invite empty:
-- none.  outcome: 0 it may go, with this client id; 1 too many are on their way;
-- 2 such an application is not offered; 3 there is no such invitation.
CREATE FUNCTION tonearm.login_begin(p_login uuid, p_state bytea, p_cookie bytea,
    p_client_id text, p_mode text, p_own text, p_own_offered boolean, p_auth uuid,
    p_invite bytea)
RETURNS TABLE (outcome smallint, client_id text)
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
	v_open bigint;
	v_client_id text := CASE p_own WHEN '' THEN p_client_id ELSE p_own END;
	v_app integer;
	v_shared boolean;
BEGIN
	SELECT count(*) INTO v_open FROM (
		SELECT FROM tonearm.login AS l
		WHERE l.created_at > now() - interval '10 minutes' LIMIT 10000) AS o;
	IF v_open >= 10000 THEN
		RETURN QUERY SELECT 1::smallint, '';
		RETURN;
	END IF;
	IF p_invite <> '' THEN
		PERFORM set_config('tonearm.secret', encode(p_invite, 'hex'), true);
		-- One that was used opens the way for its user, whoever that is.
		SELECT i.app INTO v_app FROM tonearm.invitation AS i
		WHERE i.hash = p_invite AND (i.used_by IS NOT NULL OR (i.expires_at > now()
		    AND (i.app IS NULL OR i.created_by IS NOT NULL)));
		IF NOT FOUND THEN
			RETURN QUERY SELECT 3::smallint, '';
			RETURN;
		END IF;
		SELECT a.client_id INTO v_client_id FROM tonearm.app AS a WHERE a.id = v_app;
		v_client_id := coalesce(v_client_id, p_client_id);
	END IF;
	v_shared := v_client_id = p_client_id;
	IF v_client_id = '' OR (NOT v_shared AND (NOT p_own_offered OR EXISTS (
	    SELECT FROM tonearm.app AS a WHERE a.client_id = v_client_id AND a.shared))) THEN
		RETURN QUERY SELECT 2::smallint, '';
		RETURN;
	END IF;
	INSERT INTO tonearm.login (id, state, cookie, client_id, mode, shared, auth, invite)
	VALUES (p_login, p_state, p_cookie, v_client_id,
	    CASE WHEN v_shared THEN p_mode ELSE 'development' END, v_shared,
	    nullif(p_auth, c_nil), nullif(p_invite, ''));
	RETURN QUERY SELECT 0::smallint, v_client_id;
END
$$;

CREATE OR REPLACE FUNCTION tonearm.login_begin(p_login uuid, p_state bytea, p_cookie bytea,
    p_client_id text, p_mode text)
RETURNS TABLE (started boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	RETURN QUERY SELECT b.outcome = 0
	FROM tonearm.login_begin(p_login, p_state, p_cookie, p_client_id, p_mode, '', false,
	    '00000000-0000-0000-0000-000000000000', '') AS b;
END
$$;

CREATE OR REPLACE FUNCTION tonearm.login_consume(p_state bytea, p_cookie bytea)
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
	WHERE l.state = p_state AND l.cookie = p_cookie
	    AND l.consumed_at IS NULL AND l.created_at > now() - interval '10 minutes'
	RETURNING l.id, l.client_id, l.mode;
END
$$;

-- May this person use this application?  0 no; 1 yes; 2 yes, as its owner from
-- now on; 3 yes, and the invitation is used up with that.  p_listed: the
-- operator's options let the person use the operator's; p_invited: so does an
-- invitation, and having used it before.
CREATE FUNCTION tonearm.app_admits(p_app integer, p_person uuid, p_invite bytea,
    p_listed boolean, p_invited boolean) RETURNS smallint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_app tonearm.app;
	v_for integer;
	v_guest boolean;
BEGIN
	PERFORM set_config('tonearm.person', p_person::text, true);
	-- Two who come with a new application at once come one after the other.
	SELECT * INTO STRICT v_app FROM tonearm.app AS a WHERE a.id = p_app FOR UPDATE;
	v_for := CASE WHEN NOT v_app.shared THEN p_app END;
	v_guest := EXISTS (SELECT FROM tonearm.invitation AS i
		WHERE i.used_by = p_person AND i.app IS NOT DISTINCT FROM v_for);
	IF v_app.shared THEN
		IF p_listed OR (p_invited AND (v_guest OR EXISTS (
		    SELECT FROM tonearm.person AS p JOIN tonearm.app AS a ON a.id = p.app
		    WHERE p.id = p_person AND a.shared))) THEN
			RETURN 1;
		ELSIF NOT p_invited THEN
			RETURN 0;
		END IF;
	ELSIF v_app.owner = p_person OR v_guest THEN
		RETURN 1;
	ELSIF v_app.owner IS NULL AND p_invite = '' THEN
		RETURN 2;
	END IF;
	PERFORM set_config('tonearm.secret', encode(p_invite, 'hex'), true);
	PERFORM FROM tonearm.invitation AS i
	WHERE i.hash = p_invite AND i.app IS NOT DISTINCT FROM v_for AND i.used_by IS NULL
	    AND i.expires_at > now() AND (i.app IS NULL OR i.created_by IS NOT NULL)
	FOR UPDATE;
	RETURN CASE WHEN FOUND THEN 3 ELSE 0 END;
END
$$;

-- Makes or renews the rows of a person who has just signed in.  outcome: 0 done,
-- 1 no such sign-in, 2 the application is not for this person.  missing: what
-- Spotify had granted before and has not this time.
CREATE FUNCTION tonearm.enroll(p_login uuid, p_candidate uuid, p_key_id integer,
    p_wrapped bytea, p_account_id text, p_spotify_id text, p_display_name text,
    p_scopes text, p_sealed bytea, p_session bytea, p_listed boolean, p_invited boolean)
RETURNS TABLE (outcome smallint, person uuid, fresh boolean, auth uuid, missing text)
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
	v_login record;
	v_app integer;
	v_person uuid;
	v_fresh boolean;
	v_admits smallint;
	v_before text := '';
BEGIN
	DELETE FROM tonearm.login AS l
	WHERE l.id = p_login AND l.consumed_at > now() - interval '5 minutes'
	RETURNING l.client_id, l.mode, l.shared, coalesce(l.auth, c_nil) AS auth,
	    coalesce(l.invite, '') AS invite INTO v_login;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 1::smallint, c_nil, false, c_nil, '';
		RETURN;
	END IF;
	v_person := tonearm.identity_person(p_account_id, p_spotify_id);
	v_fresh := v_person IS NULL;
	v_person := coalesce(v_person, p_candidate);
	PERFORM set_config('tonearm.person', v_person::text, true);
	-- What the operator's options say of the operator's goes for it from then on.
	INSERT INTO tonearm.app AS a (client_id, mode, shared)
	VALUES (v_login.client_id, v_login.mode, v_login.shared)
	ON CONFLICT (client_id) DO UPDATE SET
	    mode = CASE WHEN EXCLUDED.shared THEN EXCLUDED.mode ELSE a.mode END,
	    shared = a.shared OR EXCLUDED.shared,
	    owner = CASE WHEN EXCLUDED.shared THEN NULL ELSE a.owner END
	RETURNING a.id INTO v_app;
	v_admits := tonearm.app_admits(v_app, v_person, v_login.invite, p_listed, p_invited);
	IF v_admits = 0 THEN
		RETURN QUERY SELECT 2::smallint, c_nil, false, v_login.auth, '';
		RETURN;
	END IF;
	IF v_fresh THEN
		INSERT INTO tonearm.person (id, app, spotify_id, display_name, scopes)
		VALUES (v_person, v_app, p_spotify_id, p_display_name, p_scopes);
		INSERT INTO tonearm.identity (kind, value, person)
		VALUES (CASE p_account_id WHEN '' THEN 'id' ELSE 'account_id' END,
		    CASE p_account_id WHEN '' THEN p_spotify_id ELSE p_account_id END, v_person);
		INSERT INTO tonearm.data_key (person, key_id, wrapped)
		VALUES (v_person, p_key_id, p_wrapped);
	ELSE
		SELECT p.scopes INTO STRICT v_before FROM tonearm.person AS p
		WHERE p.id = v_person FOR UPDATE;
		UPDATE tonearm.person AS p SET app = v_app, spotify_id = p_spotify_id,
		    display_name = p_display_name, scopes = p_scopes, authorized_at = now()
		WHERE p.id = v_person;
	END IF;
	IF v_admits = 2 THEN
		UPDATE tonearm.app AS a SET owner = v_person WHERE a.id = v_app;
	ELSIF v_admits = 3 THEN
		PERFORM set_config('tonearm.secret', encode(v_login.invite, 'hex'), true);
		UPDATE tonearm.invitation AS i SET used_by = v_person, used_at = now()
		WHERE i.hash = v_login.invite;
	END IF;
	INSERT INTO tonearm.sealed AS s (person, kind, version, login, sealed)
	VALUES (v_person, 1, 1, p_login, p_sealed)
	ON CONFLICT (person, kind) DO UPDATE SET version = s.version + 1, login = p_login,
	    sealed = p_sealed, lease_until = '-infinity';
	INSERT INTO tonearm.web_session (hash, person) VALUES (p_session, v_person);
	RETURN QUERY SELECT 0::smallint, v_person, v_fresh, v_login.auth,
	    coalesce((SELECT string_agg(w.word, ' ' ORDER BY w.n)
	        FROM unnest(string_to_array(v_before, ' ')) WITH ORDINALITY AS w (word, n)
	        WHERE w.word <> '' AND w.word <> ALL (string_to_array(p_scopes, ' '))), '');
END
$$;

CREATE OR REPLACE FUNCTION tonearm.enroll(p_login uuid, p_candidate uuid, p_key_id integer,
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
BEGIN
	RETURN QUERY SELECT e.person, e.fresh
	FROM tonearm.enroll(p_login, p_candidate, p_key_id, p_wrapped, p_account_id, p_spotify_id,
	    p_display_name, p_scopes, p_sealed, p_session, true, true) AS e
	WHERE e.outcome = 0;
END
$$;

-- As account_get, and which application: app 0 the operator's, 1 the person's
-- own, 2 that of somebody who invited them (enum app_kind).
CREATE FUNCTION tonearm.account_show(p_session bytea)
RETURNS TABLE (person uuid, display_name text, spotify_id text, scopes text,
    authorized_at bigint, signed_in_at bigint, client_id text, mode text, app smallint)
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
	    tonearm.unix(p.authorized_at), tonearm.unix(w.created_at), a.client_id, a.mode,
	    CASE WHEN a.shared THEN 0 WHEN a.owner = p.id THEN 1 ELSE 2 END::smallint
	FROM tonearm.person AS p JOIN tonearm.web_session AS w ON w.person = p.id
	JOIN tonearm.app AS a ON a.id = p.app
	WHERE p.id = v_person AND w.hash = p_session;
END
$$;

-- One more person for the application that the person of the session owns and
-- uses.  outcome: 0 made, 1 no session, 2 a sign-in older than ten minutes, 3
-- four are there, open or used, 4 no application of one's own.
CREATE FUNCTION tonearm.invitation_create(p_session bytea, p_hash bytea, p_label text)
RETURNS TABLE (outcome smallint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	-- Spotify lets five people use an application in Development Mode.
	c_guests_max CONSTANT bigint := 4;
	v_person uuid := tonearm.session_person(p_session);
	v_app integer;
	v_there bigint;
BEGIN
	IF v_person IS NULL THEN
		RETURN QUERY SELECT 1::smallint;
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	PERFORM FROM tonearm.web_session AS w
	WHERE w.hash = p_session AND w.created_at > now() - interval '10 minutes';
	IF NOT FOUND THEN
		RETURN QUERY SELECT 2::smallint;
		RETURN;
	END IF;
	SELECT a.id INTO v_app FROM tonearm.app AS a
	JOIN tonearm.person AS p ON p.app = a.id
	WHERE p.id = v_person AND a.owner = v_person FOR UPDATE OF a;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 4::smallint;
		RETURN;
	END IF;
	SELECT count(*) INTO v_there FROM tonearm.invitation AS i
	WHERE i.app = v_app AND i.created_by = v_person
	    AND (i.used_by IS NOT NULL OR i.expires_at > now());
	IF v_there >= c_guests_max THEN
		RETURN QUERY SELECT 3::smallint;
		RETURN;
	END IF;
	INSERT INTO tonearm.invitation (hash, app, created_by, label)
	VALUES (p_hash, v_app, v_person, p_label);
	RETURN QUERY SELECT 0::smallint;
END
$$;

-- What the person of the session invited others to; of the guests themselves
-- nothing but when they came.
CREATE FUNCTION tonearm.invitation_list(p_session bytea)
RETURNS TABLE (id uuid, label text, created_at bigint, expires_at bigint, used_at bigint)
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
	SELECT i.id, i.label, tonearm.unix(i.created_at), tonearm.unix(i.expires_at),
	    tonearm.unix(i.used_at)
	FROM tonearm.invitation AS i JOIN tonearm.app AS a ON a.id = i.app
	JOIN tonearm.person AS p ON p.app = a.id
	WHERE p.id = v_person AND a.owner = v_person AND i.created_by = v_person
	    AND (i.used_by IS NOT NULL OR i.expires_at > now())
	ORDER BY i.created_at, i.id
	LIMIT 8;
END
$$;

-- Takes an invitation back.  Of one that was used, the guest's place is free
-- again: the guest's next sign-in with this application is refused.  outcome: 0
-- done, 1 no session, 2 not among this person's.
CREATE FUNCTION tonearm.invitation_drop(p_session bytea, p_id uuid)
RETURNS TABLE (outcome smallint)
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
		RETURN QUERY SELECT 1::smallint;
		RETURN;
	END IF;
	PERFORM set_config('tonearm.person', v_person::text, true);
	DELETE FROM tonearm.invitation AS i WHERE i.id = p_id AND i.created_by = v_person;
	RETURN QUERY SELECT CASE WHEN FOUND THEN 0 ELSE 2 END::smallint;
END
$$;

-- Who invites whoever holds this?  No row: unknown, or over.  inviter is empty
-- for the operator.
CREATE FUNCTION tonearm.invitation_show(p_hash bytea)
RETURNS TABLE (inviter text, app smallint, expires_at bigint, used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_invitation record;
	v_inviter text := '';
BEGIN
	PERFORM set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	SELECT i.app, i.created_by, i.expires_at, i.used_by IS NOT NULL AS used
	INTO v_invitation FROM tonearm.invitation AS i
	WHERE i.hash = p_hash AND (i.used_by IS NOT NULL OR (i.expires_at > now()
	    AND (i.app IS NULL OR i.created_by IS NOT NULL)));
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF v_invitation.created_by IS NOT NULL THEN
		PERFORM set_config('tonearm.person', v_invitation.created_by::text, true);
		SELECT p.display_name INTO v_inviter FROM tonearm.person AS p
		WHERE p.id = v_invitation.created_by;
	END IF;
	RETURN QUERY SELECT v_inviter,
	    CASE WHEN v_invitation.app IS NULL THEN 0 ELSE 2 END::smallint,
	    tonearm.unix(v_invitation.expires_at), v_invitation.used;
END
$$;

-- For the command line: lets one more person use the operator's application,
-- while apps.shared_access is "invited".  When it expires.
CREATE FUNCTION tonearm.admin_invite(p_hash bytea, p_label text)
RETURNS TABLE (id uuid, expires_at bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
BEGIN
	PERFORM set_config('tonearm.janitor', 'operator', true);
	RETURN QUERY
	INSERT INTO tonearm.invitation AS i (hash, label) VALUES (p_hash, p_label)
	RETURNING i.id, tonearm.unix(i.expires_at);
END
$$;

-- Removes invitations that are over, and applications that nobody owns or uses.
CREATE FUNCTION tonearm.janitor_apps() RETURNS TABLE (invitations bigint, apps bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
DECLARE
	v_invitations bigint;
	v_apps bigint := 0;
	v_app integer;
BEGIN
	PERFORM set_config('tonearm.janitor', 'on', true);
	DELETE FROM tonearm.invitation AS i
	WHERE i.used_by IS NULL AND (i.expires_at < now()
	    OR (i.app IS NOT NULL AND i.created_by IS NULL));
	GET DIAGNOSTICS v_invitations = ROW_COUNT;
	FOR v_app IN SELECT a.id FROM tonearm.app AS a
	    WHERE NOT a.shared AND a.owner IS NULL
	    ORDER BY random() LIMIT 50
	LOOP
		-- Whether anybody uses it only the reference itself can see from here.
		BEGIN
			DELETE FROM tonearm.app AS a WHERE a.id = v_app AND a.owner IS NULL;
			v_apps := v_apps + 1;
		EXCEPTION WHEN foreign_key_violation THEN
			NULL;
		END;
	END LOOP;
	RETURN QUERY SELECT v_invitations, v_apps;
END
$$;

GRANT EXECUTE ON FUNCTION
	tonearm.login_begin(uuid, bytea, bytea, text, text, text, boolean, uuid, bytea),
	tonearm.enroll(uuid, uuid, integer, bytea, text, text, text, text, bytea, bytea, boolean,
	    boolean),
	tonearm.account_show(bytea),
	tonearm.invitation_create(bytea, bytea, text),
	tonearm.invitation_list(bytea),
	tonearm.invitation_drop(bytea, uuid),
	tonearm.invitation_show(bytea),
	tonearm.janitor_apps()
TO tonearm_vault;
GRANT EXECUTE ON FUNCTION tonearm.admin_invite(bytea, text) TO tonearm_admin;
