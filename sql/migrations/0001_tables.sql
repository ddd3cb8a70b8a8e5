-- Tables.  Lengths are those of the messages that carry the values
-- (shared/ipc/messages.h), so that nothing can be stored that cannot be sent.
-- Hashes are SHA-256; no token, code, cookie or key is kept in plain text.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE ALL ON SCHEMA tonearm FROM PUBLIC;
GRANT USAGE ON SCHEMA tonearm TO tonearm_vault, tonearm_admin;

-- A Spotify application.
CREATE TABLE tonearm.app (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	client_id text NOT NULL UNIQUE CHECK (octet_length(client_id) BETWEEN 1 AND 128),
	mode text NOT NULL CHECK (mode IN ('development', 'extended'))
);

-- A sign-in on its way: ten minutes to come back from Spotify, then five to be
-- completed.  The row goes when it is completed.
CREATE TABLE tonearm.login (
	id uuid PRIMARY KEY,
	state bytea NOT NULL UNIQUE CHECK (octet_length(state) = 32),
	cookie bytea NOT NULL CHECK (octet_length(cookie) = 32),
	app integer NOT NULL REFERENCES tonearm.app (id),
	created_at timestamptz NOT NULL DEFAULT now(),
	consumed_at timestamptz
);
CREATE INDEX login_created_at ON tonearm.login (created_at);

CREATE TABLE tonearm.person (
	id uuid PRIMARY KEY,
	app integer NOT NULL REFERENCES tonearm.app (id),
	spotify_id text NOT NULL CHECK (octet_length(spotify_id) <= 256),
	display_name text NOT NULL CHECK (octet_length(display_name) <= 256),
	scopes text NOT NULL CHECK (octet_length(scopes) <= 1024),
	authorized_at timestamptz NOT NULL DEFAULT now(),
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Who Spotify says a person is.  Kinds never compare: an id that reads like
-- somebody's account_id is somebody else.
CREATE TABLE tonearm.identity (
	kind text NOT NULL CHECK (kind IN ('account_id', 'id')),
	value text NOT NULL CHECK (octet_length(value) BETWEEN 1 AND 256),
	person uuid NOT NULL UNIQUE REFERENCES tonearm.person (id) ON DELETE CASCADE,
	PRIMARY KEY (kind, value)
);

-- A person's data key, wrapped by master key number key_id.
CREATE TABLE tonearm.data_key (
	person uuid PRIMARY KEY REFERENCES tonearm.person (id) ON DELETE CASCADE,
	key_id integer NOT NULL CHECK (key_id > 0),
	wrapped bytea NOT NULL CHECK (octet_length(wrapped) BETWEEN 1 AND 128)
);

-- Sealed rows.  login names the sign-in under whose key the row was sealed;
-- null once the person's own worker has sealed it anew.  It is no reference:
-- the sign-in is over by then.
CREATE TABLE tonearm.sealed (
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 255),
	version bigint NOT NULL CHECK (version > 0),
	login uuid,
	sealed bytea NOT NULL CHECK (octet_length(sealed) BETWEEN 1 AND 16384),
	lease_until timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (person, kind)
);

-- A browser that is signed in, by the hash of its cookie; thirty days.
CREATE TABLE tonearm.web_session (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX web_session_person ON tonearm.web_session (person);
CREATE INDEX web_session_created_at ON tonearm.web_session (created_at);

-- What an MCP client presents.  kind: 1 personal token, 2 personal link,
-- 3 access token of an OAuth client (enum cred_kind in shared/ipc/words.h).
CREATE TABLE tonearm.credential (
	hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
	grant_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
	person uuid NOT NULL REFERENCES tonearm.person (id) ON DELETE CASCADE,
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
	scopes integer NOT NULL CHECK (scopes >= 0),
	label text NOT NULL CHECK (octet_length(label) <= 128),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz,
	last_used_at timestamptz
);
CREATE INDEX credential_person ON tonearm.credential (person);
CREATE UNIQUE INDEX credential_one_link ON tonearm.credential (person) WHERE kind = 2;
CREATE INDEX credential_expires_at ON tonearm.credential (expires_at) WHERE expires_at IS NOT NULL;
