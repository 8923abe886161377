-- SPDX-License-Identifier: ISC
-- Three roles: the owner makes tables, the app appends, the auditor reads.
-- Applied as whoever runs the migrations: a superuser, or somebody who was
-- given the three roles beforehand and may create a schema.
DO $$
DECLARE
	r text;
BEGIN
	FOREACH r IN ARRAY ARRAY['encl_owner', 'encl_app', 'encl_audit'] LOOP
		CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = r);
		EXECUTE format('CREATE ROLE %I %s', r,
		    CASE r WHEN 'encl_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
	END LOOP;
	IF NOT pg_has_role('encl_owner', 'MEMBER') THEN
		EXECUTE format('GRANT encl_owner TO %I', current_user);
	END IF;
END $$;

CREATE SCHEMA encl AUTHORIZATION encl_owner;
SET LOCAL ROLE encl_owner;

COMMENT ON SCHEMA encl IS
	'encl: enclaves, their upgrade chains, and who may propose what.';
GRANT USAGE ON SCHEMA encl TO encl_app, encl_audit;

CREATE FUNCTION encl.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% on % is refused: it is append-only',
		TG_OP, TG_TABLE_NAME
		USING ERRCODE = 'integrity_constraint_violation',
			SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
			CONSTRAINT = TG_NAME;
END $$;
COMMENT ON FUNCTION encl.refuse() IS
	'The trigger of tables that only grow. It binds the owner too.';

CREATE DOMAIN encl.h32 AS bytea
	CONSTRAINT h32_size CHECK (octet_length(VALUE) = 32);
COMMENT ON DOMAIN encl.h32 IS 'A SHA-256 value.';
CREATE DOMAIN encl.line AS text
	CONSTRAINT line_form CHECK (VALUE ~ '^[ -~]{1,64}$');
COMMENT ON DOMAIN encl.line IS 'A name: 1 to 64 printable ASCII characters.';

CREATE TABLE encl.migration (
	version int PRIMARY KEY,
	sha256 encl.h32 NOT NULL,
	applied timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE encl.migration IS
	'The files of sql/ that made this schema, each applied once.';
COMMENT ON COLUMN encl.migration.sha256 IS
	'Of the file as it was then; a program whose file differs refuses to run.';
CREATE TRIGGER migration_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.migration
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.migration ENABLE ALWAYS TRIGGER migration_append_only;
GRANT SELECT ON encl.migration TO encl_app, encl_audit;
