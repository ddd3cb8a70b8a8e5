-- A bind asks once: whose a credential is and all that this person's worker
-- needs.  The rules are those of 0003_sign_in.sql.  What it asked in pieces
-- before (0004_bind.sql) stays for vaults of other nodes that are not renewed
-- yet.

-- No row: unknown, expired, of another kind.  Else one row of each part:
--   part 0  the person, once: id, key number (number) and wrapped key (bytes)
--           of the data key, name and so on, time of the sign-in (big)
--   part 1  a credential: its grant (id), kind, scopes (number), hash (bytes),
--           expiry (big), oldest first
--   part 2  a sealed row: the sign-in under whose key it is sealed (id), kind,
--           version (big), the row (bytes)
-- Stable: one snapshot for all of it, so no part is older than another.
CREATE FUNCTION tonearm.bind_load(p_hash bytea, p_kind smallint)
RETURNS TABLE (part smallint, id uuid, kind smallint, number integer, bytes bytea,
    display_name text, spotify_id text, client_id text, mode text, scopes text, big bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET tonearm.person = ''
SET tonearm.secret = ''
SET tonearm.identity = ''
SET tonearm.janitor = ''
AS $$
#variable_conflict use_column
DECLARE
	v_person uuid;
	v_set text;
BEGIN
	v_set := set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	SELECT c.person INTO v_person FROM tonearm.credential AS c
	WHERE c.hash = p_hash AND c.kind = p_kind
	    AND (c.expires_at IS NULL OR c.expires_at > now());
	IF NOT FOUND THEN
		RETURN;
	END IF;
	v_set := set_config('tonearm.secret', '', true);
	v_set := set_config('tonearm.person', v_person::text, true);
	-- Times as tonearm.unix has them, without a call for each.
	RETURN QUERY
	SELECT 0::smallint, p.id, 0::smallint, k.key_id, k.wrapped, p.display_name,
	    p.spotify_id, a.client_id, a.mode, p.scopes,
	    coalesce(floor(extract(epoch FROM p.authorized_at))::bigint, 0)
	FROM tonearm.person AS p
	JOIN tonearm.app AS a ON a.id = p.app
	JOIN tonearm.data_key AS k ON k.person = p.id
	WHERE p.id = v_person
	UNION ALL
	(SELECT 1::smallint, c.grant_id, c.kind, c.scopes, c.hash, '', '', '', '', '',
	    coalesce(floor(extract(epoch FROM c.expires_at))::bigint, 0)
	FROM tonearm.credential AS c
	WHERE c.person = v_person AND (c.expires_at IS NULL OR c.expires_at > now())
	ORDER BY c.created_at, c.grant_id)
	UNION ALL
	(SELECT 2::smallint, coalesce(s.login, '00000000-0000-0000-0000-000000000000'::uuid),
	    s.kind, 0, s.sealed, '', '', '', '', '', s.version
	FROM tonearm.sealed AS s
	WHERE s.person = v_person
	ORDER BY s.kind);
END
$$;

-- As before, and its commit waits for no disk: when a credential was used last
-- may be lost in a crash.
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
	v_set text;
BEGIN
	v_set := set_config('tonearm.secret', encode(p_hash, 'hex'), true);
	SELECT c.person INTO v_person FROM tonearm.credential AS c
	WHERE c.hash = p_hash
	    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	IF NOT FOUND THEN
		RETURN QUERY SELECT false;
		RETURN;
	END IF;
	v_set := set_config('tonearm.person', v_person::text, true);
	-- Not one of the settings above: it lasts until the commit.
	v_set := set_config('synchronous_commit', 'off', true);
	UPDATE tonearm.credential AS c SET last_used_at = now()
	WHERE c.hash = p_hash
	    AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute');
	RETURN QUERY SELECT FOUND;
END
$$;

GRANT EXECUTE ON FUNCTION tonearm.bind_load(bytea, smallint) TO tonearm_vault;
