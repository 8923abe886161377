/* SPDX-License-Identifier: ISC */
#include "chain/evidence.h"
#include "handlers.h"

#define JSON "application/json"
#define CBOR "application/cbor"
#define PEM "application/pem-certificate-chain"
#define FORM "application/x-www-form-urlencoded"
#define KB ((size_t)1024)

/* Method, path, operationId; who, scopes; rate limit, success; body: how long,
 * which types; on a loop thread, Idempotency-Key; handler. */
#define READ(path, id, who, scopes, loop, handler) \
	{ \
		"GET", path, id, who, scopes, LIMIT_READ, 200, 0, NULL, loop, \
		    false, handler \
	}
#define WRITE(method, path, id, scopes, status, max, type, idem, handler) \
	{ \
		method, path, id, WHO_TOKEN, scopes, LIMIT_WRITE, status, max, \
		    type, false, idem, handler \
	}

const struct route routes[] = {
	READ("/.well-known/encl", "getDiscovery", WHO_ANYONE, 0, true,
	    h_meta_discovery),
	READ("/openapi.json", "getOpenapi", WHO_ANYONE, 0, true,
	    h_meta_openapi),
	READ("/v1/whoami", "getWhoami", WHO_TOKEN, 0, true, h_meta_whoami),

	READ("/v1/events", "watchAll", WHO_ANYONE, 0, false, h_events_all),
	READ("/v1/feed.atom", "getFeed", WHO_ANYONE, 0, false, h_feeds_all),
	READ("/v1/chains", "listChains", WHO_ANYONE, 0, false, h_chains_list),
	READ("/v1/chains/{chain}", "getChain", WHO_EITHER, 0, true,
	    h_chains_get),
	READ("/v1/chains/{chain}/entries", "listEntries", WHO_EITHER, 0, true,
	    h_entries_list),
	{ "POST", "/v1/chains/{chain}/entries", "appendEntry", WHO_EITHER, 0,
	    LIMIT_NONE, 201, 60000, CBOR, true, false, h_append_create },
	READ("/v1/chains/{chain}/entries/{seq}", "getEntry", WHO_EITHER, 0,
	    true, h_entries_get),
	READ("/v1/chains/{chain}/events", "watchChain", WHO_EITHER, 0, true,
	    h_events_chain),
	READ("/v1/chains/{chain}/feed.atom", "getChainFeed", WHO_EITHER, 0,
	    false, h_feeds_chain),
	READ("/v1/chains/{chain}/calendar.ics", "getCalendar", WHO_EITHER, 0,
	    false, h_feeds_calendar),
	READ("/v1/chains/{chain}/bundle", "getBundle", WHO_EITHER, 0, false,
	    h_bundle_get),
	READ("/v1/chains/{chain}/checkpoint", "getCheckpoint", WHO_EITHER, 0,
	    false, h_log_checkpoint),
	READ("/v1/chains/{chain}/tile/{level}/{tile}", "getTile", WHO_EITHER, 0,
	    true, h_log_tile),
	READ("/v1/chains/{chain}/tile/{level}/{high}/{tile}", "getTilePart",
	    WHO_EITHER, 0, true, h_log_tile),
	READ("/v1/chains/{chain}/tile/{level}/{high}/{tile}/{width}",
	    "getTilePartHigh", WHO_EITHER, 0, true, h_log_tile),
	READ("/v1/chains/{chain}/revocations", "listRevocations", WHO_EITHER, 0,
	    false, h_revocations_list),
	{ "POST", "/v1/chains/{chain}/revocations", "createRevocation",
	    WHO_TOKEN, SCOPE_UPGRADE_STAGE, LIMIT_NONE, 201, 64 * KB, JSON,
	    false, true, h_revocations_create },
	READ("/v1/chains/{chain}/measurements", "getMeasurements", WHO_EITHER,
	    0, true, h_chains_measurements),
	READ("/v1/chains/{chain}/pending/diff", "getPendingDiff", WHO_EITHER, 0,
	    false, h_pending_diff),
	READ("/v1/chains/{chain}/definitions/{sha256}", "getChainDefinition",
	    WHO_EITHER, 0, false, h_definitions_of_chain),
	WRITE("POST", "/v1/chains/{chain}/evidence", "publishEvidence",
	    SCOPE_UPGRADE_STAGE, 201, EVIDENCE_MAX, PEM, true,
	    h_evidence_create),
	READ("/v1/chains/{chain}/evidence/{sha256}", "getEvidence", WHO_EITHER,
	    0, false, h_evidence_get),
	WRITE("POST", "/v1/chains/{chain}/stages", "createStage",
	    SCOPE_UPGRADE_STAGE, 201, 64 * KB, JSON, true, h_stages_create),
	READ("/v1/measurements/{pcr0}", "findMeasurement", WHO_ANYONE, 0, false,
	    h_measurements_find),

	READ("/v1/enclaves", "listEnclaves", WHO_TOKEN, SCOPE_ENCLAVE_READ,
	    false, h_enclaves_list),
	WRITE("POST", "/v1/enclaves", "createEnclave", SCOPE_ENCLAVE_WRITE, 201,
	    256 * KB, JSON, true, h_enclaves_create),
	READ("/v1/enclaves/{name}", "getEnclave", WHO_TOKEN, SCOPE_ENCLAVE_READ,
	    false, h_enclaves_get),
	READ("/v1/enclaves/{name}/definitions", "listDefinitions", WHO_TOKEN,
	    SCOPE_ENCLAVE_READ, false, h_definitions_list),
	WRITE("POST", "/v1/enclaves/{name}/definitions", "createDefinition",
	    SCOPE_ENCLAVE_WRITE, 201, 256 * KB, JSON, true,
	    h_definitions_create),
	READ("/v1/enclaves/{name}/definitions/{version}", "getDefinition",
	    WHO_TOKEN, SCOPE_ENCLAVE_READ, false, h_definitions_get),

	READ("/v1/keys", "listKeys", WHO_TOKEN, SCOPE_ENCLAVE_READ, false,
	    h_keys_list),
	WRITE("POST", "/v1/keys", "createKey", SCOPE_KEY_MANAGE, 201, 4 * KB,
	    JSON, true, h_keys_create),
	READ("/v1/keys/{name}", "getKey", WHO_TOKEN, SCOPE_ENCLAVE_READ, false,
	    h_keys_get),

	READ("/v1/drafts", "listDrafts", WHO_TOKEN, SCOPE_ENCLAVE_READ, false,
	    h_drafts_list),
	WRITE("POST", "/v1/drafts", "createDraft", SCOPE_UPGRADE_STAGE, 201,
	    128 * KB, JSON, true, h_drafts_create),
	READ("/v1/drafts/{id}", "getDraft", WHO_TOKEN, SCOPE_ENCLAVE_READ,
	    false, h_drafts_get),
	WRITE("DELETE", "/v1/drafts/{id}", "deleteDraft", SCOPE_UPGRADE_STAGE,
	    204, 0, NULL, false, h_drafts_delete),
	WRITE("POST", "/v1/drafts/{id}/signatures", "signDraft",
	    SCOPE_UPGRADE_STAGE, 200, 60000, CBOR " " JSON, false,
	    h_drafts_sign),
	WRITE("POST", "/v1/drafts/{id}/submit", "submitDraft",
	    SCOPE_UPGRADE_STAGE, 201, 0, NULL, false, h_drafts_submit),

	READ("/v1/tokens", "listTokens", WHO_TOKEN, SCOPE_TOKEN_MANAGE, false,
	    h_tokens_list),
	WRITE("POST", "/v1/tokens", "createToken", SCOPE_TOKEN_MANAGE, 201,
	    4 * KB, JSON, false, h_tokens_create),
	WRITE("DELETE", "/v1/tokens/{id}", "deleteToken", SCOPE_TOKEN_MANAGE,
	    204, 0, NULL, false, h_tokens_delete),

	READ("/v1/members", "listMembers", WHO_TOKEN, SCOPE_MEMBER_MANAGE,
	    false, h_members_list),
	WRITE("POST", "/v1/members", "createMember", SCOPE_MEMBER_MANAGE, 201,
	    4 * KB, JSON, true, h_members_create),
	WRITE("DELETE", "/v1/members/{name}", "deleteMember",
	    SCOPE_MEMBER_MANAGE, 204, 0, NULL, false, h_members_delete),

	READ("/v1/webhooks", "listWebhooks", WHO_TOKEN, SCOPE_ENCLAVE_READ,
	    false, h_webhooks_list),
	WRITE("POST", "/v1/webhooks", "createWebhook", SCOPE_ENCLAVE_WRITE, 201,
	    4 * KB, JSON, true, h_webhooks_create),
	READ("/v1/webhooks/{id}", "getWebhook", WHO_TOKEN, SCOPE_ENCLAVE_READ,
	    false, h_webhooks_get),
	WRITE("DELETE", "/v1/webhooks/{id}", "deleteWebhook",
	    SCOPE_ENCLAVE_WRITE, 204, 0, NULL, false, h_webhooks_delete),
	WRITE("POST", "/v1/webhooks/{id}/rotate", "rotateWebhook",
	    SCOPE_ENCLAVE_WRITE, 200, 0, NULL, true, h_webhooks_rotate),
	WRITE("POST", "/v1/webhooks/{id}/enable", "enableWebhook",
	    SCOPE_ENCLAVE_WRITE, 200, 0, NULL, false, h_webhooks_enable),
	WRITE("POST", "/v1/webhooks/{id}/test", "testWebhook",
	    SCOPE_ENCLAVE_WRITE, 202, 0, NULL, false, h_webhooks_test),
	READ("/v1/webhooks/{id}/deliveries", "listDeliveries", WHO_TOKEN,
	    SCOPE_ENCLAVE_READ, false, h_webhooks_deliveries),
	WRITE("POST", "/v1/webhooks/{id}/deliveries/{delivery}/redeliver",
	    "redeliver", SCOPE_ENCLAVE_WRITE, 202, 0, NULL, false,
	    h_webhooks_redeliver),

	{ "POST", "/v1/chains/{chain}/subscriptions", "subscribe", WHO_ANYONE,
	    0, LIMIT_WRITE, 202, 1 * KB, JSON, false, false,
	    h_subscriptions_create },
	READ("/v1/subscriptions/{token}", "getSubscription", WHO_ANYONE, 0,
	    false, h_subscriptions_get),
	{ "POST", "/v1/subscriptions/{token}/confirm", "confirmSubscription",
	    WHO_ANYONE, 0, LIMIT_WRITE, 200, 1 * KB, FORM, false, false,
	    h_subscriptions_confirm },
	{ "POST", "/v1/subscriptions/{token}/unsubscribe", "unsubscribe",
	    WHO_ANYONE, 0, LIMIT_WRITE, 200, 1 * KB, FORM, false, false,
	    h_subscriptions_end },

	READ("/v1/audit-log", "listAudit", WHO_TOKEN, SCOPE_AUDIT_READ, false,
	    h_audit_list),
	READ("/v1/agent/tasks", "listTasks", WHO_TOKEN, SCOPE_AGENT, false,
	    h_agent_tasks),
};
const size_t route_count = sizeof routes / sizeof routes[0];
