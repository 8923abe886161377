-- SPDX-License-Identifier: ISC
-- What a signature needs before it is in a chain.
CREATE TABLE encl.server_key (
	org bigint NOT NULL CONSTRAINT server_key_org_fkey
		REFERENCES encl.org,
	name encl.line NOT NULL,
	blob bytea NOT NULL CONSTRAINT server_key_blob
		CHECK (octet_length(blob) BETWEEN 1 AND 256),
	kid bytea NOT NULL GENERATED ALWAYS AS (sha256(blob)) STORED,
	created timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org, name),
	CONSTRAINT server_key_kid_key UNIQUE (kid)
);
COMMENT ON TABLE encl.server_key IS
	'Control keys that encl-signer holds for the server; their public halves.';
COMMENT ON COLUMN encl.server_key.kid IS
	'SHA-256 of the SSH public key blob, as ssh-keygen -l prints it.';
CREATE TRIGGER server_key_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.server_key
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.server_key ENABLE ALWAYS TRIGGER server_key_append_only;

CREATE TABLE encl.draft (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	org bigint NOT NULL,
	chain encl.h32 NOT NULL,
	payload bytea NOT NULL CONSTRAINT draft_payload
		CHECK (octet_length(payload) BETWEEN 1 AND 40000),
	created timestamptz NOT NULL DEFAULT now(),
	expires timestamptz NOT NULL,
	CONSTRAINT draft_chain_fkey FOREIGN KEY (org, chain)
		REFERENCES encl.chain (org, chain),
	CONSTRAINT draft_expires CHECK (expires > created)
);
CREATE INDEX draft_org_id ON encl.draft (org, id);
CREATE INDEX draft_expiry ON encl.draft (expires);
COMMENT ON TABLE encl.draft IS
	'Statements that still collect signatures; deleted when they expire.';

CREATE TABLE encl.draft_signature (
	draft uuid NOT NULL CONSTRAINT draft_signature_draft_fkey
		REFERENCES encl.draft ON DELETE CASCADE,
	kid encl.h32 NOT NULL,
	sig bytea NOT NULL CONSTRAINT draft_signature_sig
		CHECK (octet_length(sig) BETWEEN 1 AND 101),
	added timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (draft, kid)
);
COMMENT ON TABLE encl.draft_signature IS
	'Signatures of a draft, verified before they come here, one a key.';

GRANT SELECT ON encl.server_key, encl.draft, encl.draft_signature
	TO encl_app;
GRANT INSERT (org, name, blob) ON encl.server_key TO encl_app;
GRANT INSERT (org, chain, payload, expires), DELETE ON encl.draft
	TO encl_app;
GRANT INSERT (draft, kid, sig) ON encl.draft_signature TO encl_app;
GRANT SELECT (org, name, blob, kid, created) ON encl.server_key
	TO encl_audit;
GRANT SELECT ON encl.draft, encl.draft_signature TO encl_audit;
