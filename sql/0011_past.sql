-- SPDX-License-Identifier: ISC
-- Of a chain that was imported, or is older than the states in table event,
-- what is told of an early entry would be made from the first entry on.
CREATE TABLE encl.past (
	chain encl.h32 NOT NULL,
	upto bigint NOT NULL CONSTRAINT past_some CHECK (upto > 0),
	state bytea NOT NULL,
	CONSTRAINT past_pkey PRIMARY KEY (chain, upto)
);
COMMENT ON TABLE encl.past IS
	'States that were made from entries once, some hundreds apart; all of it can be made again.';
COMMENT ON COLUMN encl.past.chain IS
	'No foreign key: it would lock the chain''s row, which appends change.';
COMMENT ON COLUMN encl.past.state IS
	'Of the chain after so many entries, as in table chain.';

GRANT SELECT ON encl.past TO encl_app, encl_audit;
GRANT INSERT (chain, upto, state), UPDATE (state) ON encl.past TO encl_app;
