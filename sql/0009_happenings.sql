-- SPDX-License-Identifier: ISC
-- What happens to a chain and is no entry: it is told as entries are.
CREATE TABLE encl.happening (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	chain encl.h32 NOT NULL CONSTRAINT happening_chain_fkey
		REFERENCES encl.chain,
	what text NOT NULL CONSTRAINT happening_what
		CHECK (what IN ('disputed', 'read_only', 'caught_up')),
	revocation bigint CONSTRAINT happening_revocation_key UNIQUE
		CONSTRAINT happening_revocation_fkey REFERENCES encl.revocation,
	received timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT happening_disputed
		CHECK ((what = 'disputed') = (revocation IS NOT NULL))
);
CREATE INDEX happening_chain ON encl.happening (chain, id);
COMMENT ON TABLE encl.happening IS
	'Written by one at a time (table turn), so ids are committed in their order.';
COMMENT ON COLUMN encl.happening.what IS
	'disputed: a revocation came too late. read_only: the signer or witnesses know more of the chain than this database, or other things. caught_up: no more.';
CREATE TRIGGER happening_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.happening
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.happening ENABLE ALWAYS TRIGGER happening_append_only;

INSERT INTO encl.happening (chain, what, revocation, received)
	SELECT chain, 'disputed', id, received FROM encl.revocation ORDER BY id;
INSERT INTO encl.happening (chain, what)
	SELECT chain, 'read_only' FROM encl.checkpoint WHERE behind;

ALTER TABLE encl.delivery ADD happening bigint
	CONSTRAINT delivery_happening_fkey REFERENCES encl.happening;
UPDATE encl.delivery d SET happening = h.id FROM encl.happening h
	WHERE h.revocation = d.revocation;
ALTER TABLE encl.delivery
	DROP CONSTRAINT delivery_of,
	DROP revocation,
	ADD CONSTRAINT delivery_of CHECK ((chain IS NULL) = (seq IS NULL) AND
		(chain IS NULL OR happening IS NULL));
COMMENT ON COLUMN encl.delivery.chain IS
	'Null, and no happening either: a test of a webhook, or the mail that asks whether an address wants any.';

GRANT SELECT ON encl.happening TO encl_app, encl_audit;
GRANT INSERT (chain, what, revocation) ON encl.happening TO encl_app;
GRANT INSERT (happening) ON encl.delivery TO encl_app;
