-- SPDX-License-Identifier: ISC
-- The chain.  PostgreSQL computes an entry's name, place and parent from the
-- stored bytes and refuses a fork, a gap, a wrong link or a stranger's entry:
-- no bug of the server can store one.
CREATE TABLE encl.enclave (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org bigint NOT NULL CONSTRAINT enclave_org_fkey REFERENCES encl.org,
	name encl.line NOT NULL,
	created timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT enclave_name_key UNIQUE (org, name),
	CONSTRAINT enclave_org_id_key UNIQUE (org, id)
);
COMMENT ON TABLE encl.enclave IS
	'What an organisation calls an enclave. Its chain is in table chain.';

CREATE TABLE encl.definition (
	org bigint NOT NULL,
	enclave bigint NOT NULL,
	version int NOT NULL CONSTRAINT definition_version
		CHECK (version >= 1),
	created timestamptz NOT NULL DEFAULT now(),
	cbor bytea NOT NULL CONSTRAINT definition_cbor_size
		CHECK (octet_length(cbor) BETWEEN 1 AND 1048576),
	json bytea NOT NULL CONSTRAINT definition_json_size
		CHECK (octet_length(json) BETWEEN 1 AND 4194304),
	sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(cbor)) STORED,
	PRIMARY KEY (enclave, version),
	CONSTRAINT definition_sha256_key UNIQUE (enclave, sha256),
	CONSTRAINT definition_enclave_fkey FOREIGN KEY (org, enclave)
		REFERENCES encl.enclave (org, id)
);
COMMENT ON TABLE encl.definition IS
	'Versions of an enclave''s definition; a release names one by sha256.';
COMMENT ON COLUMN encl.definition.cbor IS
	'Deterministic CBOR, the bytes that are hashed and served.';
COMMENT ON COLUMN encl.definition.json IS
	'A view of cbor, UTF-8, never hashed or parsed back.';
CREATE TRIGGER definition_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.definition
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.definition ENABLE ALWAYS TRIGGER definition_append_only;

-- entry = array(6) text(6) "encl/1", chain: bstr, seq: uint, prev: bstr,
-- payload: bstr, proofs: array.  Offsets from 0: the prefix takes 8 bytes; in
-- genesis chain and prev are empty and seq is 0, so its payload begins at 11;
-- elsewhere seq begins at 42.  The functions answer null for bytes that do not
-- have this shape, and the table's constraints refuse null.
--
-- plpgsql, not sql: what stands in a generated column is parsed, and sql
-- functions in it are expanded, anew by every statement that inserts.
CREATE FUNCTION encl.entry_seq(b bytea) RETURNS bigint
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	head int;
BEGIN
	IF substring(b FROM 9 FOR 3) = '\x400040'::bytea THEN
		RETURN 0;
	ELSIF octet_length(b) < 78 THEN
		RETURN NULL;
	END IF;
	head := get_byte(b, 42);
	RETURN CASE WHEN head < 24 THEN head
		WHEN head = 24 THEN get_byte(b, 43)
		WHEN head = 25 THEN get_byte(b, 43) * 256 + get_byte(b, 44)
		WHEN head = 26 THEN get_byte(b, 43)::bigint * 16777216 +
			get_byte(b, 44) * 65536 + get_byte(b, 45) * 256 +
			get_byte(b, 46) END;
END $$;

CREATE FUNCTION encl.entry_id(b bytea) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN sha256('\x00'::bytea || b);
END $$;
COMMENT ON FUNCTION encl.entry_id(bytea) IS
	'Also the RFC 6962 leaf hash.';

CREATE FUNCTION encl.entry_genesis(b bytea) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN CASE WHEN substring(b FROM 9 FOR 3) = '\x400040'::bytea
		THEN sha256('\x00'::bytea || b) END;
END $$;

CREATE FUNCTION encl.entry_chain(b bytea) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF substring(b FROM 9 FOR 2) = '\x5820'::bytea THEN
		RETURN substring(b FROM 11 FOR 32);
	END IF;
	RETURN encl.entry_genesis(b);
END $$;

CREATE FUNCTION encl.entry_prev_at(b bytea) RETURNS int
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF octet_length(b) < 78 THEN
		RETURN NULL;
	END IF;
	RETURN CASE get_byte(b, 42) WHEN 24 THEN 44 WHEN 25 THEN 45
		WHEN 26 THEN 47 ELSE 43 END;
END $$;
COMMENT ON FUNCTION encl.entry_prev_at(bytea) IS
	'The offset, from 0, of prev outside genesis.';

CREATE FUNCTION encl.entry_prev(b bytea) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	at int;
BEGIN
	IF substring(b FROM 9 FOR 3) = '\x400040'::bytea THEN
		RETURN ''::bytea;
	END IF;
	at := encl.entry_prev_at(b);
	RETURN CASE WHEN substring(b FROM at + 1 FOR 2) = '\x5820'::bytea
		THEN substring(b FROM at + 3 FOR 32) END;
END $$;

CREATE FUNCTION encl.entry_payload(b bytea) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	size CONSTANT int := octet_length(b);
	at int := 11;
	head int;
BEGIN
	IF substring(b FROM 9 FOR 3) <> '\x400040'::bytea THEN
		at := encl.entry_prev_at(b) + 34;
	END IF;
	IF at + 3 <= size THEN
		head := get_byte(b, at);
		IF head BETWEEN 64 AND 87 THEN
			head := head - 64;
			at := at + 1;
		ELSIF head = 88 THEN
			head := get_byte(b, at + 1);
			at := at + 2;
		ELSIF head = 89 THEN
			head := get_byte(b, at + 1) * 256 + get_byte(b, at + 2);
			at := at + 3;
		ELSE
			RETURN NULL;
		END IF;
		IF at + head < size THEN
			RETURN substring(b FROM at + 1 FOR head);
		END IF;
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION encl.entry_payload(bytea) IS
	'The contents of the payload''s byte string, whose head takes 1, 2 or 3 bytes (0x40.., 0x58, 0x59), if something follows it.';

CREATE FUNCTION encl.entry_kind(b bytea) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN substring(encl.entry_payload(b) FROM 2 FOR 5) <>
			'\x646b696e64'::bytea THEN 'stage'
		ELSE convert_from(substring(encl.entry_payload(b) FROM 8 FOR
			get_byte(encl.entry_payload(b), 6) - 96), 'SQL_ASCII')
		END;
COMMENT ON FUNCTION encl.entry_kind(bytea) IS
	'The payload''s kind, for people. "kind" is the first key of every kind but stage, which begins with "from".';

CREATE TABLE encl.chain (
	chain encl.h32 PRIMARY KEY,
	org bigint NOT NULL,
	enclave bigint NOT NULL CONSTRAINT chain_enclave_key UNIQUE,
	private boolean NOT NULL,
	head encl.h32 NOT NULL,
	next_seq bigint NOT NULL CONSTRAINT chain_next_seq
		CHECK (next_seq >= 1),
	head_seq bigint NOT NULL GENERATED ALWAYS AS (next_seq - 1) STORED,
	phase smallint NOT NULL CONSTRAINT chain_phase
		CHECK (phase BETWEEN 0 AND 2),
	received timestamptz NOT NULL DEFAULT now(),
	due_at timestamptz,
	state bytea NOT NULL CONSTRAINT chain_state_size
		CHECK (octet_length(state) BETWEEN 1 AND 80000),
	CONSTRAINT chain_org_chain_key UNIQUE (org, chain),
	CONSTRAINT chain_enclave_fkey FOREIGN KEY (org, enclave)
		REFERENCES encl.enclave (org, id)
) WITH (fillfactor = 70, toast_tuple_target = 8160);
ALTER TABLE encl.chain ALTER state SET STORAGE EXTERNAL;
CREATE INDEX chain_due ON encl.chain (due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE encl.chain IS
	'A cache: what the entries of a chain amount to, moved by the statement that appends. encld fsck rebuilds and compares it. Only chain, org, enclave and private are not derived.';
COMMENT ON COLUMN encl.chain.head IS
	'entry_id of the newest entry. An append compares and swaps it, so of several writers one wins.';
COMMENT ON COLUMN encl.chain.received IS
	'When this server got the newest entry.';
COMMENT ON COLUMN encl.chain.due_at IS
	'When a receipt becomes due that is not yet a task; null: none.';
COMMENT ON COLUMN encl.chain.state IS
	'state_encode of chain/state.h.';
COMMENT ON COLUMN encl.chain.phase IS '0 open, 1 staged, 2 noticed.';

CREATE TABLE encl.entry (
	received timestamptz NOT NULL DEFAULT now(),
	token bigint CONSTRAINT entry_token_fkey REFERENCES encl.token,
	seq bigint GENERATED ALWAYS AS (encl.entry_seq(bytes)) STORED,
	parent_seq bigint GENERATED ALWAYS AS
		(nullif(encl.entry_seq(bytes), 0) - 1) STORED,
	entry_id bytea GENERATED ALWAYS AS (encl.entry_id(bytes)) STORED,
	chain bytea GENERATED ALWAYS AS (encl.entry_chain(bytes)) STORED,
	prev bytea GENERATED ALWAYS AS (encl.entry_prev(bytes)) STORED,
	payload_id bytea GENERATED ALWAYS AS
		(sha256(encl.entry_payload(bytes))) STORED,
	genesis bytea GENERATED ALWAYS AS (encl.entry_genesis(bytes)) STORED,
	request_id text NOT NULL CONSTRAINT entry_request_id
		CHECK (request_id ~ '^[A-Za-z0-9_-]{0,32}$'),
	bytes bytea NOT NULL,
	CONSTRAINT entry_size CHECK (octet_length(bytes) <= 60000),
	CONSTRAINT entry_prefix CHECK
		(substring(bytes FROM 1 FOR 8) = '\x8666656e636c2f31'::bytea),
	CONSTRAINT entry_shape CHECK (chain IS NOT NULL AND seq IS NOT NULL
		AND prev IS NOT NULL AND payload_id IS NOT NULL),
	CONSTRAINT entry_genesis CHECK ((seq = 0) = (prev = ''::bytea)),
	CONSTRAINT entry_prev_size CHECK (octet_length(prev) IN (0, 32)),
	CONSTRAINT entry_place UNIQUE (chain, seq),
	CONSTRAINT entry_fork UNIQUE (chain, prev),
	CONSTRAINT entry_link UNIQUE (chain, seq, entry_id),
	CONSTRAINT entry_parent FOREIGN KEY (chain, parent_seq, prev)
		REFERENCES encl.entry (chain, seq, entry_id),
	CONSTRAINT entry_of_chain FOREIGN KEY (genesis)
		REFERENCES encl.chain (chain) DEFERRABLE INITIALLY DEFERRED
) WITH (toast_tuple_target = 8160);
ALTER TABLE encl.entry ALTER bytes SET STORAGE EXTERNAL;
CREATE INDEX entry_payload ON encl.entry (payload_id);
ALTER TABLE encl.chain ADD CONSTRAINT chain_head
	FOREIGN KEY (chain, head_seq, head)
	REFERENCES encl.entry (chain, seq, entry_id);
COMMENT ON TABLE encl.entry IS
	'The entries of all chains, as they were signed. Append-only. All but received, token, request_id and bytes is computed from bytes.';
COMMENT ON COLUMN encl.entry.received IS
	'When this server got it. Not signed: "server says".';
COMMENT ON COLUMN encl.entry.token IS
	'The token that it came with. Null: none was needed.';
COMMENT ON COLUMN encl.entry.entry_id IS
	'SHA-256(0x00 || bytes); the genesis entry''s is the chain id.';
COMMENT ON COLUMN encl.entry.prev IS
	'entry_id of the entry before; empty in genesis.';
COMMENT ON COLUMN encl.entry.parent_seq IS
	'seq - 1, null in genesis, so that the parent is a foreign key.';
COMMENT ON COLUMN encl.entry.payload_id IS
	'SHA-256 of the payload: how a repeated append is recognised, and a stage''s name.';
COMMENT ON COLUMN encl.entry.genesis IS
	'The chain id in genesis, else null: a chain begins only with its row.';
COMMENT ON CONSTRAINT entry_fork ON encl.entry IS
	'One successor each: two histories of one chain cannot both be stored.';
COMMENT ON CONSTRAINT entry_parent ON encl.entry IS
	'The parent is there, one place before, and is the one that prev names.';
CREATE TRIGGER entry_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.entry
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.entry ENABLE ALWAYS TRIGGER entry_append_only;
CREATE TRIGGER chain_fixed
	BEFORE UPDATE OF chain, org, enclave, private ON encl.chain
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.chain ENABLE ALWAYS TRIGGER chain_fixed;
CREATE TRIGGER chain_stays BEFORE DELETE OR TRUNCATE ON encl.chain
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.chain ENABLE ALWAYS TRIGGER chain_stays;

CREATE TABLE encl.revocation (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	chain encl.h32 NOT NULL CONSTRAINT revocation_chain_fkey
		REFERENCES encl.chain,
	stage encl.h32 NOT NULL,
	signers encl.h32 NOT NULL,
	received timestamptz NOT NULL DEFAULT now(),
	request_id text NOT NULL CONSTRAINT revocation_request_id
		CHECK (request_id ~ '^[A-Za-z0-9_-]{0,32}$'),
	statement bytea NOT NULL CONSTRAINT revocation_statement
		CHECK (octet_length(statement) <= 60000 AND
			substring(statement FROM 1 FOR 18) =
			'\x8370656e636c2f312f73746174656d656e74'::bytea),
	CONSTRAINT revocation_key UNIQUE (chain, stage, signers)
);
COMMENT ON TABLE encl.revocation IS
	'Loose revocations: statements that verify but could not be appended, most often because they came too late. Served with the chain.';
COMMENT ON COLUMN encl.revocation.signers IS
	'SHA-256 of the sorted kids: one statement for each set of signers, so that nobody can fill the table.';
CREATE TRIGGER revocation_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.revocation
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.revocation ENABLE ALWAYS TRIGGER revocation_append_only;

CREATE TABLE encl.measurement (
	pcr0 bytea NOT NULL CONSTRAINT measurement_pcr0
		CHECK (octet_length(pcr0) = 48),
	chain encl.h32 NOT NULL,
	seq bigint NOT NULL,
	stage encl.h32 NOT NULL,
	PRIMARY KEY (pcr0, chain, seq),
	CONSTRAINT measurement_entry FOREIGN KEY (chain, seq)
		REFERENCES encl.entry (chain, seq)
);
COMMENT ON TABLE encl.measurement IS
	'A projection: in which chains a PCR0 was staged. Rebuilt by fsck.';

CREATE TABLE encl.task (
	chain encl.h32 NOT NULL,
	prev encl.h32 NOT NULL,
	role smallint NOT NULL CONSTRAINT task_role CHECK (role BETWEEN 0 AND 3),
	seq bigint NOT NULL,
	pcr0 bytea NOT NULL CONSTRAINT task_pcr0
		CHECK (octet_length(pcr0) = 48),
	starts timestamptz NOT NULL,
	ends timestamptz NOT NULL,
	created timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (chain, prev, role),
	CONSTRAINT task_window CHECK (starts <= ends)
);
COMMENT ON TABLE encl.task IS
	'Receipts that chains wait for, made from rules_due. Void, and soon deleted, once the chain''s head is another than prev.';
COMMENT ON COLUMN encl.task.role IS
	'0 seen, 1 accepted, 2 released, 3 lapsed.';
COMMENT ON COLUMN encl.task.pcr0 IS
	'Of the enclave that must answer: the one in force, or the staged one.';

GRANT SELECT ON encl.enclave, encl.definition, encl.chain, encl.entry,
	encl.revocation, encl.measurement, encl.task TO encl_app, encl_audit;
GRANT INSERT (org, name) ON encl.enclave TO encl_app;
GRANT INSERT (org, enclave, version, cbor, json) ON encl.definition
	TO encl_app;
GRANT INSERT (chain, org, enclave, private, head, next_seq, phase, due_at,
	state), UPDATE (head, next_seq, phase, received, due_at, state)
	ON encl.chain TO encl_app;
GRANT INSERT (token, request_id, bytes) ON encl.entry TO encl_app;
GRANT INSERT (chain, stage, signers, request_id, statement)
	ON encl.revocation TO encl_app;
GRANT INSERT ON encl.measurement TO encl_app;
-- To lock a row before deleting it one must be able to change it.
GRANT INSERT (chain, prev, role, seq, pcr0, starts, ends), UPDATE (created),
	DELETE ON encl.task TO encl_app;

CREATE VIEW encl.audit_log WITH (security_barrier) AS
	SELECT a.org, a.at, lpad(a.id::text, 20, '0') AS id, a.actor::text,
		a.action, a.object, a.request_id
	FROM encl.audit a
	UNION ALL
	SELECT c.org, e.received, encode(e.entry_id, 'hex'),
		coalesce(m.name::text, ''), 'entry.' || encl.entry_kind(e.bytes),
		encode(e.chain, 'hex') || '/' || e.seq, e.request_id
	FROM encl.entry e JOIN encl.chain c USING (chain)
	LEFT JOIN encl.token t ON t.id = e.token
	LEFT JOIN encl.member m ON m.id = t.member;
COMMENT ON VIEW encl.audit_log IS
	'Everything that was done: the audit table, and the entries, whose rows say themselves who brought them and when.';
GRANT SELECT ON encl.audit_log TO encl_app, encl_audit;
