-- SPDX-License-Identifier: ISC
-- Who is told of what.  Entries get an order of their own, after they were
-- appended, so that whoever follows all chains has one cursor.
CREATE TABLE encl.event (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	chain encl.h32 NOT NULL,
	first bigint NOT NULL CONSTRAINT event_first CHECK (first >= 0),
	upto bigint NOT NULL,
	before bigint GENERATED ALWAYS AS (nullif(first, 0)) STORED,
	number bigint CONSTRAINT event_number_key UNIQUE
		CONSTRAINT event_number CHECK (number >= 1),
	CONSTRAINT event_some CHECK (upto > first),
	CONSTRAINT event_place UNIQUE (chain, first),
	CONSTRAINT event_end UNIQUE (chain, upto),
	CONSTRAINT event_next FOREIGN KEY (chain, before)
		REFERENCES encl.event (chain, upto)
);
COMMENT ON TABLE encl.event IS
	'The entries of all chains in one order, a row for some that follow each other in one chain. Written by one at a time (table turn), after the entries, so ids are committed in their order. What is missing is added later.';
COMMENT ON COLUMN encl.event.chain IS
	'No foreign key: it would lock the chain''s row, which appends change. Chains are never deleted.';
COMMENT ON COLUMN encl.event.upto IS 'The seq after the last of them.';
COMMENT ON COLUMN encl.event.before IS
	'Where the row before ends, so that no entry is left out or told twice.';
COMMENT ON COLUMN encl.event.number IS
	'Of the first of them among the entries of all public chains; null: the chain is private.';
CREATE TRIGGER event_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON encl.event
	FOR EACH STATEMENT EXECUTE FUNCTION encl.refuse();
ALTER TABLE encl.event ENABLE ALWAYS TRIGGER event_append_only;

CREATE TABLE encl.turn (
	one boolean PRIMARY KEY DEFAULT true CONSTRAINT turn_one CHECK (one),
	told bigint NOT NULL DEFAULT 0
);
INSERT INTO encl.turn DEFAULT VALUES;
COMMENT ON TABLE encl.turn IS
	'One row, locked by whoever gives entries their order.';
COMMENT ON COLUMN encl.turn.told IS
	'Deliveries were made of all events up to this id.';

CREATE TABLE encl.webhook (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org bigint NOT NULL CONSTRAINT webhook_org_fkey REFERENCES encl.org,
	chain encl.h32 CONSTRAINT webhook_chain_fkey REFERENCES encl.chain,
	url text NOT NULL CONSTRAINT webhook_url
		CHECK (octet_length(url) <= 2000 AND url ~ '^https?://[!-~]+$'),
	since bigint NOT NULL,
	created timestamptz NOT NULL DEFAULT now(),
	generation int NOT NULL DEFAULT 0 CONSTRAINT webhook_generation
		CHECK (generation BETWEEN 0 AND 65535),
	rotated timestamptz,
	failing timestamptz,
	disabled timestamptz
);
CREATE INDEX webhook_org ON encl.webhook (org, id);
CREATE INDEX webhook_chain ON encl.webhook (chain);
COMMENT ON TABLE encl.webhook IS
	'Addresses that are told of entries. The key that signs is derived from the server''s own secret, the id and the generation: nothing here is secret.';
COMMENT ON COLUMN encl.webhook.chain IS
	'Null: all chains of the organisation.';
COMMENT ON COLUMN encl.webhook.since IS
	'The event after which it wants to hear.';
COMMENT ON COLUMN encl.webhook.rotated IS
	'When generation rose; the one before still signs for a day.';
COMMENT ON COLUMN encl.webhook.failing IS
	'The first failure since anything was delivered.';

CREATE TABLE encl.subscription (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	chain encl.h32 NOT NULL CONSTRAINT subscription_chain_fkey
		REFERENCES encl.chain,
	address text NOT NULL CONSTRAINT subscription_address
		CHECK (octet_length(address) <= 254 AND
			address ~ '^[!-~]+@[a-zA-Z0-9.-]+$'),
	source bytea NOT NULL CONSTRAINT subscription_source
		CHECK (octet_length(source) = 16),
	since bigint NOT NULL,
	created timestamptz NOT NULL DEFAULT now(),
	asked timestamptz NOT NULL DEFAULT now(),
	confirmed timestamptz
);
CREATE UNIQUE INDEX subscription_key
	ON encl.subscription (chain, lower(address));
CREATE INDEX subscription_source ON encl.subscription (source, asked)
	WHERE confirmed IS NULL;
CREATE INDEX subscription_asked ON encl.subscription (asked)
	WHERE confirmed IS NULL;
COMMENT ON TABLE encl.subscription IS
	'Mail addresses that asked to be told of a chain. Deleted when they want no more, or a day after they were asked and said nothing. The tokens of their links are derived, and stored nowhere.';
COMMENT ON COLUMN encl.subscription.source IS
	'A keyed hash of the address that the request came from, for limits.';
COMMENT ON COLUMN encl.subscription.asked IS
	'When the last mail that asks was made.';

CREATE TABLE encl.delivery (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	webhook bigint CONSTRAINT delivery_webhook_fkey
		REFERENCES encl.webhook ON DELETE CASCADE,
	subscription bigint CONSTRAINT delivery_subscription_fkey
		REFERENCES encl.subscription ON DELETE CASCADE,
	chain encl.h32,
	seq bigint,
	revocation bigint CONSTRAINT delivery_revocation_fkey
		REFERENCES encl.revocation,
	created timestamptz NOT NULL DEFAULT now(),
	due timestamptz DEFAULT now(),
	until timestamptz NOT NULL DEFAULT now() + interval '3 days',
	attempts int NOT NULL DEFAULT 0 CONSTRAINT delivery_attempts
		CHECK (attempts >= 0),
	tried timestamptz,
	done boolean NOT NULL DEFAULT false,
	status int,
	took int,
	error text CONSTRAINT delivery_error CHECK (octet_length(error) <= 100),
	CONSTRAINT delivery_to CHECK
		((webhook IS NULL) <> (subscription IS NULL)),
	CONSTRAINT delivery_of CHECK ((chain IS NULL) = (seq IS NULL) AND
		(chain IS NULL OR revocation IS NULL)),
	CONSTRAINT delivery_entry FOREIGN KEY (chain, seq)
		REFERENCES encl.entry (chain, seq),
	CONSTRAINT delivery_once UNIQUE (webhook, chain, seq),
	CONSTRAINT delivery_mail_once UNIQUE (subscription, chain, seq)
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON encl.delivery (due) WHERE due IS NOT NULL;
CREATE INDEX delivery_webhook ON encl.delivery (webhook, id);
COMMENT ON TABLE encl.delivery IS
	'What is sent to whom, and for a while what became of it.';
COMMENT ON COLUMN encl.delivery.chain IS
	'Null, and no revocation either: a test of a webhook, or the mail that asks whether an address wants any.';
COMMENT ON COLUMN encl.delivery.revocation IS
	'A revocation that came too late for the chain.';
COMMENT ON COLUMN encl.delivery.due IS
	'When to try; a server that tries moves it first, so that it is tried again should that server go away. Null: it is over.';
COMMENT ON COLUMN encl.delivery.until IS 'No further attempt after this.';
COMMENT ON COLUMN encl.delivery.status IS 'What the other side answered.';
COMMENT ON COLUMN encl.delivery.took IS 'Milliseconds of the last attempt.';

GRANT SELECT ON encl.event, encl.turn, encl.webhook, encl.delivery
	TO encl_app, encl_audit;
GRANT SELECT ON encl.subscription TO encl_app;
GRANT SELECT (id, chain, created, confirmed) ON encl.subscription
	TO encl_audit;
GRANT INSERT (chain, first, upto, number) ON encl.event TO encl_app;
GRANT UPDATE (told) ON encl.turn TO encl_app;
GRANT INSERT (org, chain, url, since), UPDATE (generation, rotated, failing,
	disabled, since), DELETE ON encl.webhook TO encl_app;
GRANT INSERT (chain, address, source, since), UPDATE (asked, confirmed, since,
	source), DELETE ON encl.subscription TO encl_app;
GRANT INSERT (webhook, subscription, chain, seq, revocation), UPDATE (due, until, attempts,
	tried, done, status, took, error), DELETE ON encl.delivery TO encl_app;
