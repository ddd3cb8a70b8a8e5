-- The form of the schema: who owns what, who may do what, how functions are
-- declared, which tables are under row-level security.
BEGIN;
\ir helpers.psql
SELECT plan(22);

-- Roles.
SELECT is(
	(SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles
	 WHERE rolname LIKE 'tonearm%' AND (rolsuper OR rolbypassrls OR rolcreatedb
	    OR rolcreaterole OR rolreplication OR rolinherit)),
	NULL, 'no role has powers or inherits any');
SELECT is(
	(SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles
	 WHERE rolname LIKE 'tonearm%' AND rolcanlogin),
	ARRAY['tonearm_admin', 'tonearm_migrate', 'tonearm_vault'],
	'everybody but the owner can log in');
SELECT is(
	(SELECT array_agg(m.roleid::regrole::text || ' to ' || m.member::regrole::text)
	 FROM pg_auth_members AS m
	 WHERE m.roleid::regrole::text LIKE 'tonearm%' OR m.member::regrole::text LIKE 'tonearm%'),
	ARRAY['tonearm_owner to tonearm_migrate'],
	'only tonearm_migrate may become the owner');

-- Ownership.
SELECT is(
	(SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class AS c
	 WHERE c.relnamespace = 'tonearm'::regnamespace
	    AND c.relowner <> 'tonearm_owner'::regrole),
	NULL, 'every relation is the owner''s');
SELECT is(
	(SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace
	    AND p.proowner <> 'tonearm_owner'::regrole),
	NULL, 'every function is the owner''s');
SELECT is(
	(SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'tonearm'),
	'tonearm_owner', 'the schema is the owner''s');

-- Grants, all of them: schema, relations, columns, functions.
SELECT set_eq(
	$$SELECT a.grantee::regrole::text, a.privilege_type FROM pg_namespace AS n,
	    aclexplode(n.nspacl) AS a WHERE n.nspname = 'tonearm'$$,
	$$VALUES ('tonearm_owner', 'USAGE'), ('tonearm_owner', 'CREATE'),
	    ('tonearm_vault', 'USAGE'), ('tonearm_admin', 'USAGE')$$,
	'the schema may be used by vault and command line');
SELECT is(
	(SELECT array_agg(c.relname || ' ' || a.grantee::text || ' ' || a.privilege_type)
	 FROM pg_class AS c, aclexplode(c.relacl) AS a
	 WHERE c.relnamespace = 'tonearm'::regnamespace AND a.grantee <> c.relowner),
	NULL, 'no table or sequence is granted to anybody');
SELECT is(
	(SELECT count(*)::integer FROM pg_attribute AS t
	 JOIN pg_class AS c ON c.oid = t.attrelid
	 WHERE c.relnamespace = 'tonearm'::regnamespace AND t.attacl IS NOT NULL),
	0, 'no column is granted to anybody');
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace AND p.proacl IS NULL),
	NULL, 'no function is left with the default grant to everybody');
SELECT set_eq(
	$$SELECT p.proname::text FROM pg_proc AS p, aclexplode(p.proacl) AS a
	  WHERE p.pronamespace = 'tonearm'::regnamespace
	    AND a.grantee = 'tonearm_vault'::regrole$$,
	ARRAY['account_credentials', 'account_entries', 'account_get', 'account_show', 'auth_begin',
	    'auth_consent', 'auth_end', 'auth_get', 'auth_grant', 'bind_load', 'client_get',
	    'client_put', 'code_redeem', 'credential_create', 'credential_entries', 'credential_list',
	    'credential_resolve', 'credential_revoke', 'credential_touch', 'enroll',
	    'change_get', 'change_list', 'change_put', 'janitor_changes', 'grant_over',
	    'janitor_quota', 'limit_put', 'limit_say', 'permit_back', 'permit_lease', 'permit_settle',
	    'permit_take', 'quota_show',
	    'invitation_create', 'invitation_drop', 'invitation_list', 'invitation_show', 'janitor',
	    'janitor_apps', 'key_get', 'login_begin', 'login_consume', 'person_delete',
	    'person_export', 'person_get', 'row_get',
	    'row_lease', 'row_list', 'row_release', 'row_store', 'schema_version',
	    'session_end', 'token_refresh', 'token_revoke'],
	'the vault may execute exactly its functions');
SELECT is(
	(SELECT array_agg(p.proname || ' ' || a.grantee::regrole::text)
	 FROM pg_proc AS p, aclexplode(p.proacl) AS a
	 WHERE p.pronamespace = 'tonearm'::regnamespace AND a.grantee <> p.proowner
	    AND a.grantee <> 'tonearm_vault'::regrole AND p.proname NOT LIKE 'admin\_%'),
	ARRAY['schema_version tonearm_admin'],
	'and nobody else any but the version, and the command line its own (admin.sql)');

-- Functions.
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace AND p.proname <> ALL (ARRAY['unix', 'unix_ms', 'iso', 'scope_names'])
	    AND NOT p.prosecdef),
	NULL, 'every function that touches a table runs as the owner');
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace
	    AND (p.proconfig)[1] IS DISTINCT FROM 'search_path=pg_catalog, pg_temp'),
	NULL, 'every function has a fixed search path with temporary objects last');
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace AND p.proname <> ALL (ARRAY['unix', 'unix_ms', 'iso', 'scope_names'])
	    AND p.proconfig[2:] IS DISTINCT FROM ARRAY['tonearm.person=', 'tonearm.secret=',
	    'tonearm.identity=', 'tonearm.janitor=']),
	NULL, 'every function starts with the settings of the policies empty');
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace
	    AND regexp_replace(p.prosrc, 'DELETE FROM|DO UPDATE SET', '', 'g')
	    ~ '\m(FROM|JOIN|INTO|UPDATE) +(app|login|person|identity|data_key|sealed|web_session|credential|migration|client|client_tally|authorization_request|connection|code|refresh|invitation|quota_hour|quota_block|quota_pace)\M'),
	NULL, 'every function names tables with their schema');
SELECT is(
	(SELECT array_agg(p.proname::text) FROM pg_proc AS p
	 WHERE p.pronamespace = 'tonearm'::regnamespace AND p.prosrc ~* '\mEXECUTE\M'),
	NULL, 'no function builds SQL from text');

-- Row-level security.
SELECT set_eq(
	$$SELECT c.relname::text FROM pg_class AS c
	  WHERE c.relnamespace = 'tonearm'::regnamespace AND c.relkind IN ('r', 'p')
	    AND (c.relname = 'person' OR EXISTS (SELECT FROM pg_attribute AS t
		WHERE t.attrelid = c.oid AND t.attname = 'person' AND NOT t.attisdropped))$$,
	ARRAY['person', 'identity', 'data_key', 'sealed', 'web_session', 'credential', 'change', 'change_part',
	    'authorization_request', 'connection', 'code', 'refresh'],
	'these are the tables with a person in them');
SELECT set_eq(
	$$SELECT c.relname::text FROM pg_class AS c
	  WHERE c.relnamespace = 'tonearm'::regnamespace
	    AND c.relrowsecurity AND c.relforcerowsecurity$$,
	ARRAY['person', 'identity', 'data_key', 'sealed', 'web_session', 'credential', 'change', 'change_part',
	    'authorization_request', 'connection', 'code', 'refresh', 'invitation'],
	'all of them are under forced row-level security, and invitations');
SELECT set_eq(
	$$SELECT p.tablename || ' ' || p.policyname || ' ' || p.cmd FROM pg_policies AS p
	  WHERE p.schemaname = 'tonearm'$$,
	ARRAY['person own ALL', 'identity own ALL', 'identity confirmed SELECT',
	    'data_key own ALL', 'sealed own ALL', 'change own ALL', 'change expired ALL',
    'change_part own ALL', 'web_session own ALL',
	    'web_session presented SELECT', 'web_session expired ALL', 'credential own ALL',
	    'credential presented SELECT', 'credential expired ALL',
	    'authorization_request presented ALL', 'authorization_request counted SELECT',
	    'authorization_request expired DELETE', 'connection own ALL',
	    'connection expired ALL', 'code own ALL', 'code presented SELECT',
	    'code expired ALL', 'refresh own ALL', 'refresh presented SELECT',
	    'refresh expired ALL', 'invitation own ALL', 'invitation used SELECT',
	    'invitation presented SELECT', 'invitation taken UPDATE', 'invitation operator ALL',
	    'invitation expired ALL', 'person admin ALL', 'web_session admin ALL',
	    'credential admin ALL', 'connection admin ALL', 'authorization_request admin ALL',
	    'refresh admin SELECT', 'invitation admin ALL'],
	'there are these policies and no others');
SELECT is(
	(SELECT array_agg(p.tablename || ' ' || p.policyname) FROM pg_policies AS p
	 WHERE p.schemaname = 'tonearm' AND p.qual NOT LIKE '%current\_setting(''tonearm.%'),
	NULL, 'every policy depends on a setting');

-- What is kept of secrets.
SELECT is(
	(SELECT array_agg(t.attname::text) FROM pg_attribute AS t
	 JOIN pg_class AS c ON c.oid = t.attrelid
	 WHERE c.relnamespace = 'tonearm'::regnamespace AND c.relkind = 'r'
	    AND t.attname ~ '(token|secret|code|password|refresh)'
	    AND t.attname <> 'secret_hash'),
	NULL, 'no column is there for a secret in plain text');
SELECT * FROM finish();
ROLLBACK;
