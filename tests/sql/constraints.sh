#!/bin/sh
# SPDX-License-Identifier: ISC
# Statements that no bug of the server and no operator's slip may get through,
# each refused by the constraint that is meant for it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
pg_start
as='SELECT 1'
for f in sql/*.sql; do
	psql -Xq -1 -v ON_ERROR_STOP=1 -c "$as" -f "$f" >/dev/null || exit 1
	as='SET LOCAL ROLE encl_owner'
done
fail=0

# Entries made in SQL: any payload will do, PostgreSQL does not judge it.
psql -Xq -v ON_ERROR_STOP=1 >/dev/null <<'E' || exit 1
CREATE SCHEMA t;
GRANT USAGE ON SCHEMA t TO PUBLIC;
CREATE FUNCTION t.uint(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN n < 24 THEN set_byte('\x00', 0, n::int)
	WHEN n < 256 THEN '\x18' || set_byte('\x00', 0, n::int)
	WHEN n < 65536 THEN '\x19' || int2send((n - 65536 * (n / 32768))::int2)
	ELSE '\x1a' || substring(int8send(n) FROM 5) END $$;
CREATE FUNCTION t.bstr(b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN length(b) < 24 THEN set_byte('\x00', 0, 64 + length(b))
	WHEN length(b) < 256 THEN '\x58' || set_byte('\x00', 0, length(b))
	ELSE '\x59' || substring(int4send(length(b)) FROM 3) END || b $$;
CREATE FUNCTION t.entry(chain bytea, seq bigint, prev bytea, payload bytea)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT '\x8666656e636c2f31'::bytea || t.bstr(chain) || t.uint(seq) ||
	t.bstr(prev) || t.bstr(payload) || '\x80' $$;
CREATE FUNCTION t.id(b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT sha256('\x00'::bytea || b) $$;
-- genesis, its child and grandchild; another chain's genesis
CREATE TABLE t.c AS SELECT t.entry('', 0, '', '\xa1646b696e64') AS g,
	t.entry('', 0, '', '\xa2') AS other;
ALTER TABLE t.c ADD e1 bytea, ADD e2 bytea;
UPDATE t.c SET e1 = t.entry(t.id(g), 1, t.id(g), '\xa1');
UPDATE t.c SET e2 = t.entry(t.id(g), 2, t.id(e1), '\xa1');
GRANT SELECT ON t.c TO PUBLIC;
SET search_path = encl;
INSERT INTO org (name) VALUES ('a'), ('b');
INSERT INTO member (org, name, role) VALUES (1, 'ann', 'owner'),
	(2, 'bob', 'owner');
INSERT INTO token (org, member, name, hash, scopes, expires) VALUES
	(1, 1, 't', sha256('1'), 255, now() + '1 day'),
	(2, 2, 't', sha256('2'), 255, now() + '1 day');
INSERT INTO enclave (org, name) VALUES (1, 'e'), (2, 'e'), (1, 'spare');
INSERT INTO definition (org, enclave, version, cbor, json) VALUES
	(1, 1, 1, '\xa0', '{}');
SET ROLE encl_app;
BEGIN;
INSERT INTO entry (bytes, request_id) SELECT g, '' FROM t.c;
INSERT INTO chain (chain, org, enclave, private, head, next_seq, phase, state)
	SELECT t.id(g), 1, 1, false, t.id(g), 1, 0, '\x00' FROM t.c;
COMMIT;
INSERT INTO entry (bytes, request_id) SELECT e1, 'r' FROM t.c;
UPDATE chain SET head = t.id(e1), next_seq = 2 FROM t.c;
INSERT INTO revocation (chain, stage, signers, request_id, statement)
	SELECT t.id(g), t.id(g), t.id(g), '',
	'\x8370656e636c2f312f73746174656d656e7400' FROM t.c;
INSERT INTO audit (org, token, actor, action, object, request_id)
	VALUES (1, 1, 'ann', 'org.create', 'a', '');
INSERT INTO server_key (org, name, blob) VALUES (1, 'k', '\x01');
INSERT INTO draft (org, chain, payload, expires)
	SELECT 1, t.id(g), '\x01', now() + '1 day' FROM t.c;
E

# refused ROLE BY NAME SQL: BY is what the refusal must name.
refused() {
	out=$(psql -X -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -U "$1" \
		-c "SET search_path = encl" -c "$4" 2>&1)
	rc=$?
	if [ $rc -eq 0 ]; then
		echo "not ok $3: was taken"
		fail=1
	elif printf '%s' "$out" | grep -qE "$2"; then
		echo "ok $3"
	else
		echo "not ok $3: refused for another reason: $out"
		fail=1
	fi
}
taken() {
	if psql -X -q -v ON_ERROR_STOP=1 -U "$1" -c "SET search_path = encl" \
		-c "$3" >/dev/null; then
		echo "ok $2"
	else
		echo "not ok $2"
		fail=1
	fi
}
app=encl_app owner=postgres
by() { printf 'CONSTRAINT NAME:  %s$' "$1"; }
add() { echo "INSERT INTO entry (bytes, request_id) SELECT $1, '' FROM t.c"; }

# The chain, as the application.
refused $app "$(by entry_place)" "a fork: a second child of genesis" \
	"$(add "t.entry(t.id(g), 1, t.id(g), '\xa2')")"
refused $app "$(by entry_place)" "the same entry again" "$(add e1)"
refused $app "$(by entry_parent)" "a gap: place 5 after place 1" \
	"$(add "t.entry(t.id(g), 5, t.id(e1), '\xa1')")"
refused $app "$(by entry_parent)" "a parent that is not there" \
	"$(add "t.entry(t.id(g), 2, sha256('x'), '\xa1')")"
refused $app "$(by entry_fork)" "a parent two places before" \
	"$(add "t.entry(t.id(g), 2, t.id(g), '\xa1')")"
refused $app "$(by entry_parent)" "a parent of another chain" \
	"$(add "t.entry(sha256('c'), 2, t.id(e1), '\xa1')")"
refused $app "$(by entry_parent)" "place 256 after place 1" \
	"$(add "t.entry(t.id(g), 256, t.id(e1), '\xa1')")"
refused $app "$(by entry_parent)" "place 65536 after place 1" \
	"$(add "t.entry(t.id(g), 65536, t.id(e1), '\xa1')")"
refused $app "$(by entry_of_chain)" "a genesis without its chain's row" \
	"$(add other)"
refused $app "$(by entry_prefix)" "another format" \
	"$(add "overlay(e2 placing '\x32' from 8)")"
refused $app "$(by entry_prefix)" "an array of seven" \
	"$(add "overlay(e2 placing '\x87' from 1)")"
refused $app "$(by entry_shape)" "a chain id of 31 bytes" \
	"$(add "t.entry(substring(t.id(g) from 2), 2, t.id(e1), '\xa1')")"
refused $app "$(by entry_shape)" "a prev of 31 bytes" \
	"$(add "t.entry(t.id(g), 2, substring(t.id(e1) from 2), '\xa1')")"
refused $app "$(by entry_shape)" "an empty prev outside genesis" \
	"$(add "t.entry(t.id(g), 2, '', repeat('a', 40)::bytea)")"
refused $app "$(by entry_shape)" "a genesis in place 1" \
	"$(add "t.entry('', 1, '', '\xa1')")"
refused $app "$(by entry_shape)" "a sequence number of nine bytes" \
	"$(add "overlay(e2 placing '\x1b' from 43)")"
refused $app "$(by entry_shape)" "bytes that end early" \
	"$(add "substring(e2 for 60)")"
for n in 9 43 77 78 79; do
	refused $app "$(by '(entry_shape|entry_prev_size)')" "bytes that end at $n" \
		"$(add "substring(t.entry(t.id(g), 65536, t.id(e1), '\xa1') for $n)")"
done
refused $app "$(by entry_shape)" "a payload longer than the entry" \
	"$(add "overlay(e2 placing '\x43' from 78)")"
refused $app "$(by entry_shape)" "a prefix alone" \
	"$(add "substring(e2 for 8)")"
refused $app "$(by entry_prefix)" "no bytes" "$(add "''")"
refused $app "$(by entry_shape)" "a payload that is not a byte string" \
	"$(add "overlay(e2 placing '\x61' from 78)")"
refused $app "$(by entry_size)" "an entry of 60,001 bytes" \
	"$(add "t.entry(t.id(g), 2, t.id(e1), repeat('a', 59920)::bytea) ||
	repeat('a', 60001 - 59999)::bytea")"
refused $app "$(by entry_request_id)" "a request id with a newline" \
	"INSERT INTO entry (bytes, request_id) SELECT e2, E'a\\nb' FROM t.c"
refused $app "$(by entry_token_fkey)" "a token that is not there" \
	"INSERT INTO entry (bytes, token, request_id) SELECT e2, 99, '' FROM t.c"
for c in entry_id chain seq prev parent_seq payload_id genesis received; do
	refused $app "permission denied|cannot insert a non-DEFAULT" "an entry's $c of one's own choice" \
		"INSERT INTO entry (bytes, request_id, $c) SELECT e2, '', NULL FROM t.c"
done
refused $owner "cannot insert a non-DEFAULT" "an owner's choice of an entry_id" \
	"INSERT INTO entry (bytes, request_id, entry_id) SELECT e2, '', t.id(g) FROM t.c"

# The chain's row.
refused $app "$(by chain_head)" "a head that is no entry" \
	"UPDATE chain SET head = sha256('x')"
refused $app "$(by chain_head)" "a head in the wrong place" \
	"UPDATE chain SET next_seq = 1"
refused $app "$(by chain_head)" "the head of another chain" \
	"INSERT INTO chain (chain, org, enclave, private, head, next_seq, phase,
	state) SELECT sha256('c'), 1, 3, false, t.id(e1), 2, 0, '\x00' FROM t.c"
refused $app "$(by chain_next_seq)" "a chain of no entries" \
	"UPDATE chain SET next_seq = 0"
refused $app "$(by chain_phase)" "a fourth phase" "UPDATE chain SET phase = 3"
refused $app "$(by chain_state_size)" "no state" "UPDATE chain SET state = ''"
refused $app "$(by chain_pkey)" "a chain's second row" \
	"INSERT INTO chain (chain, org, enclave, private, head, next_seq, phase,
	state) SELECT t.id(g), 1, 3, false, t.id(g), 1, 0, '\x00' FROM t.c"
refused $app "$(by chain_enclave_key)" "an enclave's second chain" \
	"INSERT INTO chain (chain, org, enclave, private, head, next_seq, phase,
	state) SELECT t.id(other), 1, 1, false, t.id(other), 1, 0, '\x00' FROM t.c"
refused $app "$(by chain_enclave_fkey)" "a chain for another's enclave" \
	"WITH g AS (INSERT INTO entry (bytes, request_id) SELECT other, '' FROM t.c)
	INSERT INTO chain (chain, org, enclave, private, head, next_seq, phase,
	state) SELECT t.id(other), 1, 2, false, t.id(other), 1, 0, '\x00' FROM t.c"
for c in "org = 2" "private = true" "enclave = 3" "chain = sha256('x')"; do
	refused $app "permission denied" "the application sets $c" \
		"UPDATE chain SET $c"
	refused $owner "$(by chain_fixed)" "the owner sets $c" \
		"UPDATE chain SET $c"
done

# What only grows, as everybody.
for x in entry:entry_append_only definition:definition_append_only \
	revocation:revocation_append_only evidence:evidence_append_only audit:audit_append_only \
	server_key:server_key_append_only migration:migration_append_only; do
	t=${x%:*}
	refused $app "permission denied" "the application deletes from $t" \
		"DELETE FROM $t"
	refused encl_audit "permission denied" "the auditor deletes from $t" \
		"DELETE FROM $t"
	refused $owner "$(by ${x#*:})" "a superuser deletes from $t" \
		"DELETE FROM $t"
	refused $owner "$(by ${x#*:})" "a superuser truncates $t" \
		"TRUNCATE $t CASCADE"
	refused $owner "$(by ${x#*:})" "the owner deletes from $t" \
		"SET ROLE encl_owner; DELETE FROM $t"
	refused $owner "$(by ${x#*:})" "a replica's session deletes from $t" \
		"SET session_replication_role = replica; DELETE FROM $t"
done
refused $owner "$(by entry_append_only)" "a superuser changes an entry" \
	"UPDATE entry SET bytes = bytes"
refused $app "permission denied" "the application changes an entry" \
	"UPDATE entry SET bytes = bytes"
refused $owner "$(by chain_stays)" "a superuser deletes a chain" \
	"DELETE FROM chain"
refused $app "permission denied" "the application deletes a chain" \
	"DELETE FROM chain"
refused $app "permission denied" "the application turns triggers off" \
	"SET session_replication_role = replica"
refused $app "must be owner" "the application drops a trigger" \
	"ALTER TABLE entry DISABLE TRIGGER ALL"
refused $app "permission denied" "the application makes a table" \
	"CREATE TABLE encl.x ()"
refused $app "permission denied|must be" "the application becomes the owner" \
	"SET ROLE encl_owner"

# Notices: every entry once, in one order.
event="INSERT INTO event (chain, first, upto, number) SELECT t.id(g),"
taken $app "entries get a place" "$event 0, 1, 1 FROM t.c"
taken $app "and those after them" "$event 1, 2, 2 FROM t.c"
refused $app "$(by event_place)" "an entry told twice" "$event 0, 1, 3 FROM t.c"
refused $app "$(by event_next)" "an entry left out" "$event 3, 4, 3 FROM t.c"
refused $app "$(by event_number_key)" "one number for two" \
	"$event 2, 3, 2 FROM t.c"
refused $app "$(by event_some)" "no entries at all" "$event 2, 2, 3 FROM t.c"
refused $app "permission denied" "the application takes an order back" \
	"UPDATE event SET number = 7"
refused $owner "$(by event_append_only)" "a superuser takes an order back" \
	"DELETE FROM event"
refused $app "$(by webhook_url)" "a webhook without an address" \
	"INSERT INTO webhook (org, url, since) VALUES (1, 'x', 0)"
taken $app "a webhook" \
	"INSERT INTO webhook (org, url, since) VALUES (1, 'https://x/', 0)"
taken $app "a delivery" "INSERT INTO delivery (webhook, chain, seq)
	SELECT w.id, t.id(g), 1 FROM t.c, webhook w"
refused $app "$(by delivery_once)" "the same delivery again" \
	"INSERT INTO delivery (webhook, chain, seq)
	SELECT w.id, t.id(g), 1 FROM t.c, webhook w"
refused $app "$(by delivery_entry)" "a delivery of no entry" \
	"INSERT INTO delivery (webhook, chain, seq)
	SELECT w.id, t.id(g), 9 FROM t.c, webhook w"
refused $app "$(by delivery_to)" "a delivery to nobody" \
	"INSERT INTO delivery (chain, seq) SELECT t.id(g), 1 FROM t.c"
refused $app "$(by subscription_address)" "an address with a newline" \
	"INSERT INTO subscription (chain, address, source, since)
	SELECT t.id(g), E'a@b.c\\nx', '\\x00000000000000000000000000000000', 0
	FROM t.c"
refused encl_audit "permission denied" "the auditor reads mail addresses" \
	"SELECT address FROM subscription"

# Organisations, members, tokens.
refused $app "$(by org_name_key)" "an organisation's name twice" \
	"INSERT INTO org (name) VALUES ('a')"
refused $app "$(by line_form)" "an organisation without a name" \
	"INSERT INTO org (name) VALUES ('')"
refused $app "$(by line_form)" "a name with a control character" \
	"INSERT INTO org (name) VALUES (E'a\\tb')"
refused $app "$(by member_name_key)" "a member's name twice" \
	"INSERT INTO member (org, name, role) VALUES (1, 'ann', 'owner')"
refused $app "$(by member_role)" "a role that is none" \
	"INSERT INTO member (org, name, role) VALUES (1, 'x', 'root')"
refused $app "permission denied" "the application changes a role" \
	"UPDATE member SET role = 'owner'"
refused $app "$(by token_member_fkey)" "a token for another's member" \
	"INSERT INTO token (org, member, name, hash, scopes, expires)
	VALUES (1, 2, 't', sha256('3'), 1, now() + '1 day')"
refused $app "$(by token_hash_key)" "two tokens of one hash" \
	"INSERT INTO token (org, member, name, hash, scopes, expires)
	VALUES (1, 1, 't', sha256('1'), 1, now() + '1 day')"
refused $app "$(by h32_size)" "a token that is not hashed" \
	"INSERT INTO token (org, member, name, hash, scopes, expires)
	VALUES (1, 1, 't', 'encl_pat_x', 1, now() + '1 day')"
refused $app "$(by token_scopes)" "a scope that is none" \
	"INSERT INTO token (org, member, name, hash, scopes, expires)
	VALUES (1, 1, 't', sha256('3'), 256, now() + '1 day')"
refused $app "$(by token_expires)" "a token that is over already" \
	"INSERT INTO token (org, member, name, hash, scopes, expires)
	VALUES (1, 1, 't', sha256('3'), 1, now())"
refused $app "permission denied" "the application widens a token" \
	"UPDATE token SET scopes = 255"
refused $app "permission denied" "the application lengthens a token" \
	"UPDATE token SET expires = 'infinity'"
refused $app "$(by audit_token_fkey)" "an audit row of another's token" \
	"INSERT INTO audit (org, token, actor, action, object, request_id)
	VALUES (1, 2, 'x', 'a.b', '', '')"
refused $app "permission denied" "an audit row with a time of its own" \
	"INSERT INTO audit (org, at, actor, action, object, request_id)
	VALUES (1, now(), 'x', 'a.b', '', '')"
refused $app "$(by audit_action)" "an audit row of no known form" \
	"INSERT INTO audit (org, actor, action, object, request_id)
	VALUES (1, 'x', 'Drop everything', '', '')"

# Definitions, revocations, projections, keys, drafts.
refused $app "$(by definition_sha256_key)" "a definition's content twice" \
	"INSERT INTO definition (org, enclave, version, cbor, json)
	VALUES (1, 1, 2, '\xa0', '{}')"
refused $app "$(by definition_pkey)" "a definition's version twice" \
	"INSERT INTO definition (org, enclave, version, cbor, json)
	VALUES (1, 1, 1, '\xa1', '{}')"
refused $app "$(by definition_enclave_fkey)" "a definition of another's enclave" \
	"INSERT INTO definition (org, enclave, version, cbor, json)
	VALUES (2, 1, 2, '\xa1', '{}')"
refused $app "cannot insert a non-DEFAULT" "a definition's hash of one's own choice" \
	"INSERT INTO definition (org, enclave, version, cbor, json, sha256)
	VALUES (1, 1, 2, '\xa1', '{}', sha256('x'))"
refused $app "$(by revocation_statement)" "a revocation that is no statement" \
	"INSERT INTO revocation (chain, stage, signers, request_id, statement)
	SELECT t.id(g), sha256('x'), sha256('x'), '', e1 FROM t.c"
refused $app "$(by revocation_chain_fkey)" "a revocation of no chain" \
	"INSERT INTO revocation (chain, stage, signers, request_id, statement)
	VALUES (sha256('x'), sha256('x'), sha256('x'), '',
	'\x8370656e636c2f312f73746174656d656e7400')"
refused $app "$(by revocation_key)" "a second revocation by the same signers" \
	"INSERT INTO revocation (chain, stage, signers, request_id, statement)
	SELECT t.id(g), t.id(g), t.id(g), '',
	'\x8370656e636c2f312f73746174656d656e7401' FROM t.c"
refused $app "$(by evidence_bundle)" "evidence that is no certificate" \
	"INSERT INTO evidence (chain, request_id, bundle)
	SELECT t.id(g), '', 'x' FROM t.c"
refused $app "$(by evidence_chain_fkey)" "evidence of no chain" \
	"INSERT INTO evidence (chain, request_id, bundle)
	VALUES (sha256('x'), '', '-----BEGIN CERTIFICATE-----')"
refused $app "$(by evidence_pkey)" "evidence twice" \
	"INSERT INTO evidence (chain, request_id, bundle)
	SELECT t.id(g), '', '-----BEGIN CERTIFICATE-----' FROM t.c, (VALUES (1),
	(2)) two"
refused $app "cannot insert a non-DEFAULT" "evidence under a name of one's own choice" \
	"INSERT INTO evidence (chain, request_id, bundle, sha256)
	SELECT t.id(g), '', '-----BEGIN CERTIFICATE-----', sha256('x') FROM t.c"
refused $app "permission denied" "evidence with a time of its own" \
	"INSERT INTO evidence (chain, request_id, bundle, received)
	SELECT t.id(g), '', '-----BEGIN CERTIFICATE-----', now() FROM t.c"
refused $app "$(by measurement_entry)" "a measurement of no entry" \
	"INSERT INTO measurement VALUES (repeat('a', 48)::bytea, sha256('x'), 1,
	sha256('x'))"
refused $app "$(by measurement_pcr0)" "a PCR0 of 32 bytes" \
	"INSERT INTO measurement SELECT sha256('p'), t.id(g), 1, t.id(g) FROM t.c"
refused $app "permission denied" "the application drops a measurement" \
	"DELETE FROM measurement"
refused $app "$(by task_role)" "a task of no role" \
	"INSERT INTO task (chain, prev, role, seq, pcr0, starts, ends) VALUES
	(sha256('c'), sha256('p'), 4, 1, repeat('a', 48)::bytea, now(), now())"
refused $app "$(by task_window)" "a task that ends before it starts" \
	"INSERT INTO task (chain, prev, role, seq, pcr0, starts, ends) VALUES
	(sha256('c'), sha256('p'), 0, 1, repeat('a', 48)::bytea, now(),
	now() - interval '1 s')"
refused $app "$(by server_key_pkey)" "a server key's name twice" \
	"INSERT INTO server_key (org, name, blob)
	VALUES (1, 'k', '\x03')"
refused $app "$(by server_key_kid_key)" "a server key twice" \
	"INSERT INTO server_key (org, name, blob)
	VALUES (2, 'k2', '\x01')"
refused encl_audit "permission denied" "the auditor reads token hashes" \
	"SELECT hash FROM token"
refused encl_audit "permission denied" "the auditor writes" \
	"INSERT INTO org (name) VALUES ('x')"
refused $app "$(by draft_chain_fkey)" "a draft for another's chain" \
	"INSERT INTO draft (org, chain, payload, expires)
	SELECT 2, t.id(g), '\x01', now() + '1 day' FROM t.c"
refused $app "$(by draft_signature_sig)" "a signature of 102 bytes" \
	"INSERT INTO draft_signature (draft, kid, sig)
	SELECT id, sha256('k'), repeat('a', 102)::bytea FROM draft"
refused $app "$(by idempotency_key_size)" "an idempotency key of 256 bytes" \
	"INSERT INTO idempotency (org, key, request)
	VALUES (1, repeat('a', 256)::bytea, sha256('x'))"
refused $app "$(by idempotency_pkey)" "an idempotency key twice" \
	"INSERT INTO idempotency (org, key, request)
	VALUES (1, 'a', sha256('x')), (1, 'a', sha256('y'))"

# Checkpoints: one a chain, of a chain that is there, and never smaller.
taken $app "a checkpoint" "INSERT INTO checkpoint (chain, size, note)
	SELECT t.id(g), 2, 'note' FROM t.c"
taken $app "a larger one" "UPDATE checkpoint SET size = 3"
refused $app "$(by checkpoint_grows)" "a smaller checkpoint" \
	"UPDATE checkpoint SET size = 2"
refused $owner "$(by checkpoint_grows)" "a smaller checkpoint by the owner" \
	"UPDATE encl.checkpoint SET size = 2"
refused $app "permission denied" "a checkpoint for another chain" \
	"UPDATE checkpoint SET chain = sha256('x')"
refused $app "permission denied" "the application drops a checkpoint" \
	"DELETE FROM checkpoint"
refused $owner "$(by checkpoint_kept)" "the owner drops checkpoints" \
	"DELETE FROM encl.checkpoint"
refused $app "$(by checkpoint_pkey)" "a second checkpoint" \
	"INSERT INTO checkpoint (chain, size, note)
	SELECT t.id(g), 4, 'note' FROM t.c"
refused $app "$(by checkpoint_chain_fkey)" "a checkpoint of no chain" \
	"INSERT INTO checkpoint (chain, size, note) VALUES (sha256('n'), 1, 'n')"
refused $app "$(by checkpoint_empty)" "a size without a note" \
	"UPDATE checkpoint SET note = NULL"
refused $app "$(by checkpoint_note)" "a note of 16385 bytes" \
	"UPDATE checkpoint SET note = repeat('n', 16385)::bytea"
refused $app "$(by checkpoint_heard)" "half of what a witness said" \
	"UPDATE checkpoint SET heard = repeat('h', 41)::bytea"
refused $app "$(by checkpoint_missing)" "17 witnesses" \
	"UPDATE checkpoint SET missing = 17"

# And the right next entry is taken, whatever the width of its number.
taken $app "the right next entry" "$(add e2)"
taken $app "places up to 66,000, through every width" "
	DO \$\$
	DECLARE c bytea; p bytea; b bytea;
	BEGIN
		SELECT t.id(g), t.id(e2) INTO c, p FROM t.c;
		FOR i IN 3..66000 LOOP
			b := t.entry(c, i, p, '\xa1');
			INSERT INTO entry (bytes, request_id) VALUES (b, '');
			p := t.id(b);
		END LOOP;
	END \$\$"
n=$(psql -XAtq -c "SELECT count(*) FROM encl.entry e JOIN encl.entry p
	ON p.chain = e.chain AND p.seq = e.seq - 1 AND p.entry_id = e.prev")
[ "$n" = 66000 ] && echo "ok every one of them follows the one before" ||
	{ echo "not ok $n links"; fail=1; }
missing=$(psql -XAtq -c "SELECT string_agg(c.relname, ' ') FROM pg_class c
	JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = 'encl'
	WHERE c.relkind IN ('r', 'v') AND obj_description(c.oid) IS NULL")
[ -z "$missing" ] && echo "ok every table says what it is" ||
	{ echo "not ok no comment on $missing"; fail=1; }
exit $fail
