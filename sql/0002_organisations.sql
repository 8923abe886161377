-- SPDX-License-Identifier: ISC
-- Who may ask for what.  An organisation stands in every WHERE; composite
-- foreign keys keep what belongs to one organisation within it.
CREATE TABLE encl.org (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name encl.line NOT NULL CONSTRAINT org_name_key UNIQUE,
	created timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE encl.org IS 'Organisations.';

CREATE TABLE encl.member (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org bigint NOT NULL CONSTRAINT member_org_fkey REFERENCES encl.org,
	name encl.line NOT NULL,
	role text NOT NULL CONSTRAINT member_role
		CHECK (role IN ('owner', 'operator', 'auditor')),
	created timestamptz NOT NULL DEFAULT now(),
	ended timestamptz,
	CONSTRAINT member_org_id_key UNIQUE (org, id)
);
CREATE UNIQUE INDEX member_name_key ON encl.member (org, name)
	WHERE ended IS NULL;
COMMENT ON TABLE encl.member IS
	'People and machines of an organisation. Never deleted, because the audit log names them.';
COMMENT ON COLUMN encl.member.ended IS
	'Set once; the name is then free for another member.';

CREATE TABLE encl.token (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org bigint NOT NULL,
	member bigint NOT NULL,
	name encl.line NOT NULL,
	hash encl.h32 NOT NULL CONSTRAINT token_hash_key UNIQUE,
	scopes int NOT NULL CONSTRAINT token_scopes
		CHECK (scopes BETWEEN 0 AND 255),
	created timestamptz NOT NULL DEFAULT now(),
	expires timestamptz NOT NULL,
	last_used timestamptz,
	ended timestamptz,
	CONSTRAINT token_org_id_key UNIQUE (org, id),
	CONSTRAINT token_member_fkey FOREIGN KEY (org, member)
		REFERENCES encl.member (org, id),
	CONSTRAINT token_expires CHECK (expires > created)
);
COMMENT ON TABLE encl.token IS 'Bearer tokens.';
COMMENT ON COLUMN encl.token.hash IS
	'SHA-256 of the token''s text; the text itself is stored nowhere.';
COMMENT ON COLUMN encl.token.scopes IS
	'A bit each, in the order of enum scope in server/req.h.';
COMMENT ON COLUMN encl.token.last_used IS 'Right to about a minute.';

CREATE TABLE encl.audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org bigint NOT NULL CONSTRAINT audit_org_fkey REFERENCES encl.org,
	at timestamptz NOT NULL DEFAULT now(),
	token bigint,
	actor text NOT NULL CONSTRAINT audit_actor
		CHECK (octet_length(actor) <= 64),
	action text NOT NULL CONSTRAINT audit_action
		CHECK (action ~ '^[a-z_]+\.[a-z_]+$' AND octet_length(action) <= 64),
	object text NOT NULL CONSTRAINT audit_object
		CHECK (octet_length(object) <= 400),
	request_id text NOT NULL CONSTRAINT audit_request_id
		CHECK (request_id ~ '^[A-Za-z0-9_-]{0,32}$'),
	CONSTRAINT audit_token_fkey FOREIGN KEY (org, token)
		REFERENCES encl.token (org, id)
);
CREATE INDEX audit_org_at ON encl.audit (org, at DESC, id DESC);
COMMENT ON TABLE encl.audit IS
	'What operators did, written in the transaction of what it describes. Appends are not here: see the view audit_log.';
COMMENT ON COLUMN encl.audit.token IS
	'Null where the server''s own command line acted.';
CREATE TRIGGER audit_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.audit
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.audit ENABLE ALWAYS TRIGGER audit_append_only;

CREATE TABLE encl.idempotency (
	org bigint NOT NULL CONSTRAINT idempotency_org_fkey
		REFERENCES encl.org,
	key bytea NOT NULL CONSTRAINT idempotency_key_size
		CHECK (octet_length(key) BETWEEN 1 AND 255),
	request encl.h32 NOT NULL,
	created timestamptz NOT NULL DEFAULT now(),
	status int CONSTRAINT idempotency_status
		CHECK (status BETWEEN 100 AND 599),
	type text,
	location text,
	body bytea CONSTRAINT idempotency_body_size
		CHECK (octet_length(body) <= 1048576),
	PRIMARY KEY (org, key)
);
CREATE INDEX idempotency_created ON encl.idempotency (created);
COMMENT ON TABLE encl.idempotency IS
	'Answers to requests with an Idempotency-Key, written in the same transaction as what they answer, and kept for a day.';
COMMENT ON COLUMN encl.idempotency.request IS
	'SHA-256 of method, path and body.';

GRANT SELECT ON encl.org, encl.member, encl.token, encl.audit,
	encl.idempotency TO encl_app;
GRANT INSERT (name) ON encl.org TO encl_app;
GRANT INSERT (org, name, role), UPDATE (ended) ON encl.member TO encl_app;
GRANT INSERT (org, member, name, hash, scopes, expires),
	UPDATE (last_used, ended) ON encl.token TO encl_app;
GRANT INSERT (org, token, actor, action, object, request_id)
	ON encl.audit TO encl_app;
GRANT INSERT (org, key, request), UPDATE (status, type, location, body),
	DELETE ON encl.idempotency TO encl_app;
GRANT SELECT ON encl.org, encl.member, encl.audit TO encl_audit;
GRANT SELECT (id, org, member, name, scopes, created, expires, last_used,
	ended) ON encl.token TO encl_audit;
