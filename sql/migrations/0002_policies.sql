-- Row-level security, forced on every table with a person in it: our own
-- functions see the rows of one person at a time, and without a setting none
-- at all, although they run as the owner.  Settings are local to a function:
-- each function declares them empty, so whatever it sets ends with it.
--
--   tonearm.person    the person on whose behalf the function works
--   tonearm.secret    hex hash that the asker has presented: finds whose it is
--   tonearm.identity  kind:value that Spotify has confirmed: the same
--   tonearm.janitor   'on': what has expired

ALTER TABLE tonearm.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.person FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.person
	USING (id = nullif(current_setting('tonearm.person', true), '')::uuid);

ALTER TABLE tonearm.identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.identity FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.identity
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY confirmed ON tonearm.identity FOR SELECT
	USING (kind || ':' || value = current_setting('tonearm.identity', true));

ALTER TABLE tonearm.data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.data_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.data_key
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);

ALTER TABLE tonearm.sealed ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.sealed FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.sealed
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);

ALTER TABLE tonearm.web_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.web_session FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.web_session
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY presented ON tonearm.web_session FOR SELECT
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY expired ON tonearm.web_session
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND created_at < now() - interval '30 days')
	WITH CHECK (false);

ALTER TABLE tonearm.credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE tonearm.credential FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tonearm.credential
	USING (person = nullif(current_setting('tonearm.person', true), '')::uuid);
CREATE POLICY presented ON tonearm.credential FOR SELECT
	USING (hash = decode(current_setting('tonearm.secret', true), 'hex'));
CREATE POLICY expired ON tonearm.credential
	USING (current_setting('tonearm.janitor', true) = 'on'
	    AND expires_at < now() - interval '30 days')
	WITH CHECK (false);
