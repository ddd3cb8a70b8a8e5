-- A worker is told what each credential's client is called, for the record of
-- changes (worker/changes.h).  The rules are those of 0003_sign_in.sql.

-- As before (0006_bind_load.sql); part 1 has that name in display_name, which
-- vaults of other nodes that are not renewed yet do not read.
CREATE OR REPLACE FUNCTION tonearm.bind_load(p_hash bytea, p_kind smallint)
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
	(SELECT 1::smallint, c.grant_id, c.kind, c.scopes, c.hash, coalesce(t.name, c.label),
	    '', '', '', '', coalesce(floor(extract(epoch FROM c.expires_at))::bigint, 0)
	FROM tonearm.credential AS c
	LEFT JOIN tonearm.connection AS o ON o.id = c.grant_id
	LEFT JOIN tonearm.client AS t ON t.id = o.client
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

-- credential_list (0004_bind.sql) with the name; the older one stays for vaults
-- that are not renewed yet.
CREATE FUNCTION tonearm.credential_entries(p_person uuid)
RETURNS TABLE (hash bytea, kind smallint, grant_id uuid, scopes integer, expires_at bigint,
    client text)
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
	RETURN QUERY
	SELECT c.hash, c.kind, c.grant_id, c.scopes, tonearm.unix(c.expires_at),
	    coalesce(t.name, c.label)
	FROM tonearm.credential AS c
	LEFT JOIN tonearm.connection AS o ON o.id = c.grant_id
	LEFT JOIN tonearm.client AS t ON t.id = o.client
	WHERE c.person = p_person AND (c.expires_at IS NULL OR c.expires_at > now())
	ORDER BY c.created_at, c.grant_id;
END
$$;
GRANT EXECUTE ON FUNCTION tonearm.credential_entries(uuid) TO tonearm_vault;
