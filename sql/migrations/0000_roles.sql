-- Roles and the schema.  `tonearm migrate` runs this file on every run, but
-- only when it is connected as a superuser; everything else it runs as
-- tonearm_owner.  No passwords are set: pg_hba.conf and the connection string
-- decide how the roles are known.

DO $$
DECLARE
	v_role name;
BEGIN
	FOREACH v_role IN ARRAY ARRAY['tonearm_owner', 'tonearm_vault', 'tonearm_admin',
	    'tonearm_migrate']::name[]
	LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = v_role) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I', v_role);
		END IF;
	END LOOP;
END
$$;

-- Owns everything; nobody can log in as it, and row-level security holds it.
ALTER ROLE tonearm_owner
	NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- The vault's: may execute functions, nothing else.
ALTER ROLE tonearm_vault
	LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- The operator's command line.
ALTER ROLE tonearm_admin
	LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
-- Migrations after the first, without a superuser.
ALTER ROLE tonearm_migrate
	LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
GRANT tonearm_owner TO tonearm_migrate;

-- The settings of the row-level policies (0002_policies.sql); a function may
-- declare a setting that no module defines only if its owner was allowed to.
GRANT SET ON PARAMETER tonearm.person, tonearm.secret, tonearm.identity, tonearm.janitor
	TO tonearm_owner;

CREATE SCHEMA IF NOT EXISTS tonearm AUTHORIZATION tonearm_owner;
