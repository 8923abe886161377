-- SPDX-License-Identifier: ISC
-- What is told of an entry says how the chain stood after it, so that it is
-- the same bytes whenever it is told.
ALTER TABLE encl.event ADD state bytea;
COMMENT ON COLUMN encl.event.state IS
	'Of the chain after the last of them, as in table chain, once in 64 entries or so, since it can be large; null: made from that of a row before, or from the first entry on.';
ALTER TABLE encl.happening ADD state bytea;
COMMENT ON COLUMN encl.happening.state IS
	'Of the chain then, as in table chain; null: not known any more.';
GRANT INSERT (state) ON encl.event, encl.happening TO encl_app;
