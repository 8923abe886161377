/* SPDX-License-Identifier: ISC */
#include "nsm.h"

static bool
is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == '"' ||
		    s.p[i] == '\\')
			return false;
	return true;
}

enum err
nsm_attest(const struct nsm *n, const struct nsm_ask *ask, struct out *doc)
{
	if (ask->user_data.n > NSM_FIELD_MAX || ask->nonce.n > NSM_FIELD_MAX ||
	    ask->public_key.n > NSM_FIELD_MAX)
		return ERR_TOO_LARGE;
	if (n->text_only &&
	    (ask->nonce.p != NULL || ask->public_key.p != NULL ||
		!is_text(ask->user_data)))
		return ERR_NSM_REFUSED;
	TRY(n->attest(n->ctx, ask, doc));
	return doc->full ? ERR_NO_SPACE : OK;
}

void
nsm_put_field(struct out *o, const char *key, struct span v)
{
	static const uint8_t null = 0xf6;

	cbor_put_key(o, key);
	if (v.p)
		cbor_put_bytes(o, v);
	else
		out_put(o, &null, 1);
}

void
nsm_close(struct nsm *n)
{
	if (n->close)
		n->close(n->ctx);
	*n = (struct nsm){ 0 };
}
