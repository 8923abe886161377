/* SPDX-License-Identifier: ISC */
#include "nsm_api.h"

#include <sodium.h>
#include <stdlib.h>

#include "channel.h"
#include "loopback.h"

#define TIMEOUT_MS 30000
#define ANSWER_MAX (ATTEST_DOC_MAX + 4096)
#define EVERVAULT_PORT 9999
#define FIELD_TEXT \
	sodium_base64_ENCODED_LEN(NSM_FIELD_MAX, sodium_base64_VARIANT_ORIGINAL)

struct module {
	enum nsm_api api;
	unsigned port;
	char body[2 * FIELD_TEXT + 64];
	uint8_t answer[ANSWER_MAX];
};

static bool
port_of(const char *text, unsigned *port)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 5 || text[n] != '\0')
		return false;
	*port = (unsigned)strtoul(text, NULL, 10);
	return *port >= 1 && *port <= 65535;
}

bool
nsm_api_parse(const char *text, enum nsm_api *api, unsigned *port)
{
	*api = NSM_API_EVERVAULT;
	*port = EVERVAULT_PORT;
	if (strcmp(text, "evervault") == 0)
		return true;
	if (strncmp(text, "evervault:", 10) == 0)
		return port_of(text + 10, port);
	*api = NSM_API_ENCLAVER;
	return strncmp(text, "enclaver:", 9) == 0 && port_of(text + 9, port);
}

/* A member in base64, where there is one. */
static void
put_base64(struct out *o, const char *name, struct span v)
{
	char text[FIELD_TEXT];

	if (v.p == NULL)
		return;
	sodium_bin2base64(text, sizeof text, v.p, v.n,
	    sodium_base64_VARIANT_ORIGINAL);
	out_put(o, o->n > 1 ? ",\"" : "\"", o->n > 1 ? 2 : 1);
	out_put(o, name, strlen(name));
	out_put(o, "\":\"", 3);
	out_put(o, text, strlen(text));
	out_put(o, "\"", 1);
}

/* nsm_attest has seen to it that the text needs no escapes. */
static void
put_challenge(struct out *o, struct span text)
{
	static const char name[] = "\"challenge\":\"";

	if (text.p == NULL)
		return;
	out_put(o, name, sizeof name - 1);
	out_put(o, text.p, text.n);
	out_put(o, "\"", 1);
}

static enum err
attest(void *ctx, const struct nsm_ask *ask, struct out *doc)
{
	struct module *m = ctx;
	struct out o = out_of(m->body, sizeof m->body);
	bool enclaver = m->api == NSM_API_ENCLAVER;
	struct span document;
	enum err e;

	if (ask->public_key.p != NULL)
		return ERR_NSM_REFUSED;
	out_put(&o, "{", 1);
	if (enclaver) {
		put_base64(&o, "nonce", ask->nonce);
		put_base64(&o, "user_data", ask->user_data);
	} else {
		put_challenge(&o, ask->user_data);
	}
	out_put(&o, "}", 1);
	if (o.full)
		return ERR_TOO_LARGE;
	e = loopback_post(m->port,
	    enclaver ? "/v1/attestation" : "/attestation-doc",
	    "application/json", out_span(&o), m->answer, sizeof m->answer,
	    channel_now() + TIMEOUT_MS, &document);
	if (e != OK)
		return e == ERR_PEER ? ERR_NSM : ERR_NSM_REFUSED;
	out_put(doc, document.p, document.n);
	return OK;
}

enum err
nsm_api_open(enum nsm_api api, unsigned port, struct nsm *n)
{
	struct module *m = calloc(1, sizeof *m);

	if (m == NULL)
		return ERR_OUT_OF_MEMORY;
	m->api = api;
	m->port = port;
	*n = (struct nsm){ .ctx = m,
		.text_only = api == NSM_API_EVERVAULT,
		.attest = attest,
		.close = free };
	return OK;
}
