-- SPDX-License-Identifier: ISC
-- A chain is a log: its newest checkpoint, and who has cosigned it.
CREATE TABLE encl.checkpoint (
	chain encl.h32 PRIMARY KEY CONSTRAINT checkpoint_chain_fkey
		REFERENCES encl.chain,
	size bigint NOT NULL CONSTRAINT checkpoint_size CHECK (size >= 0),
	signed timestamptz NOT NULL DEFAULT now(),
	note bytea CONSTRAINT checkpoint_note
		CHECK (octet_length(note) BETWEEN 1 AND 16384),
	witnessed timestamptz,
	missing smallint NOT NULL DEFAULT 0 CONSTRAINT checkpoint_missing
		CHECK (missing BETWEEN 0 AND 16),
	heard bytea NOT NULL DEFAULT '' CONSTRAINT checkpoint_heard
		CHECK (octet_length(heard) % 40 = 0 AND
			octet_length(heard) <= 640),
	wanted timestamptz,
	behind boolean NOT NULL DEFAULT false,
	CONSTRAINT checkpoint_empty CHECK ((size = 0) = (note IS NULL)),
	CONSTRAINT checkpoint_witnessed
		CHECK (witnessed IS NULL OR note IS NOT NULL)
) WITH (fillfactor = 50);
CREATE INDEX checkpoint_wanted ON encl.checkpoint (chain)
	WHERE wanted IS NOT NULL;
CREATE INDEX checkpoint_behind ON encl.checkpoint (chain) WHERE behind;
COMMENT ON TABLE encl.checkpoint IS
	'The newest checkpoint of each chain that is a log here. What is lost of it is signed and cosigned again.';
COMMENT ON COLUMN encl.checkpoint.size IS
	'How many entries it covers; 0: there is none. It never falls.';
COMMENT ON COLUMN encl.checkpoint.note IS
	'Signed note: the log''s signature, and the newest cosignature of each witness that the policy in force names.';
COMMENT ON COLUMN encl.checkpoint.witnessed IS
	'The witness time, once enough have cosigned.';
COMMENT ON COLUMN encl.checkpoint.missing IS
	'How many witnesses of the policy in force, of those that can be reached, have not cosigned it.';
COMMENT ON COLUMN encl.checkpoint.heard IS
	'The size that each witness was last heard to have: its public key, 32 bytes, and the size, 8 bytes, most significant first.';
COMMENT ON COLUMN encl.checkpoint.wanted IS
	'A reader asks for cosignatures of this moment or later.';
COMMENT ON COLUMN encl.checkpoint.behind IS
	'The signer or witnesses know more of this chain than this database: it was restored from an older backup, and nothing is appended until it has caught up.';

CREATE FUNCTION encl.checkpoint_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.chain <> OLD.chain OR NEW.size < OLD.size THEN
		RAISE EXCEPTION 'a checkpoint never shrinks'
			USING ERRCODE = 'integrity_constraint_violation',
				SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
				CONSTRAINT = TG_NAME;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER checkpoint_grows BEFORE UPDATE ON encl.checkpoint
	FOR EACH ROW EXECUTE FUNCTION encl.checkpoint_grows();
ALTER TABLE encl.checkpoint ENABLE ALWAYS TRIGGER checkpoint_grows;
CREATE TRIGGER checkpoint_kept BEFORE DELETE OR TRUNCATE ON encl.checkpoint
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.checkpoint ENABLE ALWAYS TRIGGER checkpoint_kept;

ALTER TABLE encl.task ADD witnessed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN encl.task.witnessed IS
	'The receipt must carry a cosigned checkpoint over the entries before it; the task is handed out once there is one.';
CREATE INDEX task_witnessed ON encl.task (chain) WHERE witnessed;

GRANT SELECT ON encl.checkpoint TO encl_app, encl_audit;
GRANT INSERT (chain, size, note, witnessed, missing, heard, wanted, behind),
	UPDATE (size, signed, note, witnessed, missing, heard, wanted, behind)
	ON encl.checkpoint TO encl_app;
GRANT INSERT (witnessed) ON encl.task TO encl_app;
