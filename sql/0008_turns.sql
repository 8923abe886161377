-- SPDX-License-Identifier: ISC
-- Webhooks where nothing arrives wait their turn behind those that work.
ALTER TABLE encl.webhook
	ADD worked timestamptz,
	ADD again timestamptz;
COMMENT ON COLUMN encl.webhook.worked IS
	'When something was delivered for the first time, or since it failed: from then on it stands among those that work.';
COMMENT ON COLUMN encl.webhook.again IS
	'Nothing is tried before this, after an attempt that failed.';
CREATE INDEX delivery_turn ON encl.delivery (webhook, due)
	WHERE due IS NOT NULL;
GRANT UPDATE (worked, again) ON encl.webhook TO encl_app;
