-- SPDX-License-Identifier: ISC
-- What an organisation chose to show of its keys' hardware.
CREATE TABLE encl.evidence (
	chain encl.h32 NOT NULL CONSTRAINT evidence_chain_fkey
		REFERENCES encl.chain,
	sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(bundle)) STORED,
	received timestamptz NOT NULL DEFAULT now(),
	request_id text NOT NULL CONSTRAINT evidence_request_id
		CHECK (request_id ~ '^[A-Za-z0-9_-]{0,32}$'),
	bundle bytea NOT NULL CONSTRAINT evidence_bundle
		CHECK (octet_length(bundle) BETWEEN 1 AND 16384 AND
			substring(bundle FROM 1 FOR 27) =
			'-----BEGIN CERTIFICATE-----'::bytea),
	PRIMARY KEY (chain, sha256)
);
COMMENT ON TABLE encl.evidence IS
	'Bundles that keys of a chain name as their evidence, published by the chain''s organisation: certificates with a device''s serial number. As public as the chain.';
COMMENT ON COLUMN encl.evidence.sha256 IS
	'What a key''s evidence says. Whether a bundle shows anything is judged by whoever reads it, and never stored.';
CREATE TRIGGER evidence_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.evidence
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.evidence ENABLE ALWAYS TRIGGER evidence_append_only;

GRANT SELECT ON encl.evidence TO encl_app, encl_audit;
GRANT INSERT (chain, request_id, bundle) ON encl.evidence TO encl_app;
