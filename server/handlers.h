/* SPDX-License-Identifier: ISC */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "route.h"

/* What stands behind the rows of routes.c; h_NOUN_VERB is in h_NOUN.c, and
 * openapi/encl.json says what each does. */
#define HANDLER(name) MUST_USE enum err h_##name(struct req *q, struct reply *r)

HANDLER(meta_discovery);
HANDLER(meta_openapi);
HANDLER(meta_whoami);
HANDLER(chains_list);
HANDLER(chains_get);
HANDLER(chains_measurements);
HANDLER(entries_list);
HANDLER(entries_get);
HANDLER(append_create);
HANDLER(events_chain);
HANDLER(events_all);
HANDLER(feeds_chain);
HANDLER(feeds_all);
HANDLER(feeds_calendar);
HANDLER(bundle_get);
HANDLER(revocations_list);
HANDLER(revocations_create);
HANDLER(stages_create);
HANDLER(pending_diff);
HANDLER(definitions_of_chain);
HANDLER(evidence_create);
HANDLER(evidence_get);
HANDLER(measurements_find);
HANDLER(enclaves_list);
HANDLER(enclaves_create);
HANDLER(enclaves_get);
HANDLER(definitions_list);
HANDLER(definitions_create);
HANDLER(definitions_get);
HANDLER(keys_list);
HANDLER(keys_create);
HANDLER(keys_get);
HANDLER(drafts_list);
HANDLER(drafts_create);
HANDLER(drafts_get);
HANDLER(drafts_delete);
HANDLER(drafts_sign);
HANDLER(drafts_submit);
HANDLER(tokens_list);
HANDLER(tokens_create);
HANDLER(tokens_delete);
HANDLER(members_list);
HANDLER(members_create);
HANDLER(members_delete);
HANDLER(audit_list);
HANDLER(webhooks_list);
HANDLER(webhooks_create);
HANDLER(webhooks_get);
HANDLER(webhooks_delete);
HANDLER(webhooks_rotate);
HANDLER(webhooks_enable);
HANDLER(webhooks_test);
HANDLER(webhooks_deliveries);
HANDLER(webhooks_redeliver);
HANDLER(subscriptions_create);
HANDLER(subscriptions_get);
HANDLER(subscriptions_confirm);
HANDLER(subscriptions_end);
HANDLER(agent_tasks);
HANDLER(log_checkpoint);
HANDLER(log_tile);

#undef HANDLER

#endif
