/* SPDX-License-Identifier: ISC */
#include "attest.h"
#include "payload.h"
#include "text.h"

#define USER_DATA_HEAD "encl/receipt/1 "

enum err
receipt_role(struct span name, enum role *role)
{
	for (enum role r = ROLE_SEEN; r <= ROLE_LIVE; r++) {
		if (span_is(name, payload_role_name(r))) {
			*role = r;
			return OK;
		}
	}
	return ERR_KIND_UNKNOWN;
}

enum err
receipt_decode(struct span s, struct receipt *g)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;
	struct span role;

	TRY(cbor_map(&c, &m));
	TRY(payload_kind_decode(&m, KIND_RECEIPT));
	TRY(cbor_map_key(&m, "role"));
	TRY(cbor_line(&c, 1, 64, &role));
	TRY(cbor_map_key(&m, "chain"));
	TRY(cbor_h32(&c, &g->chain));
	TRY(cbor_map_end(&m));
	TRY(cbor_end(&c));
	TRY(receipt_role(role, &g->role));
	return g->role == ROLE_LIVE ? ERR_KIND_UNKNOWN : OK;
}

void
receipt_encode(struct out *o, const struct receipt *g)
{
	cbor_put_map(o, 3);
	payload_kind_encode(o, KIND_RECEIPT);
	cbor_put_key(o, "role");
	cbor_put_text(o, span_str(payload_role_name(g->role)));
	cbor_put_key(o, "chain");
	cbor_put_bytes(o, h32_span(&g->chain));
}

void
receipt_user_data(struct out *o, enum role role, const struct h32 *chain,
    const struct h32 *prev)
{
	const char *name = payload_role_name(role);

	out_put(o, USER_DATA_HEAD, strlen(USER_DATA_HEAD));
	out_put(o, name, strlen(name));
	out_put(o, " ", 1);
	text_hex(o, h32_span(chain));
	out_put(o, " ", 1);
	text_hex(o, h32_span(prev));
}

void
receipt_live(struct out *o, const struct h32 *chain, const struct h32 *prev,
    struct span challenge)
{
	receipt_user_data(o, ROLE_LIVE, chain, prev);
	out_put(o, " ", 1);
	if (challenge.n > RECEIPT_CHALLENGE_MAX)
		o->full = true;
	else
		text_hex(o, challenge);
}

static bool
says(const struct attest *a, const struct out *text)
{
	return !text->full && a->user_data.present &&
	       span_eq(a->user_data.v, out_span(text));
}

enum err
receipt_live_check(const struct attest *a, const struct h32 *chain,
    const struct h32 *head, struct span challenge)
{
	uint8_t plain[RECEIPT_USER_DATA_MAX], with[RECEIPT_LIVE_MAX];
	struct out p = out_of(plain, sizeof plain);
	struct out w = out_of(with, sizeof with);

	receipt_user_data(&p, ROLE_LIVE, chain, head);
	receipt_live(&w, chain, head, challenge);
	if (a->nonce.present && !span_eq(a->nonce.v, challenge))
		return ERR_LIVE_NONCE;
	if (a->nonce.present)
		return says(a, &p) ? OK : ERR_RECEIPT_USER_DATA;
	if (says(a, &p))
		return ERR_LIVE_NONCE;
	return says(a, &w) ? OK : ERR_RECEIPT_USER_DATA;
}

enum err
receipt_user_data_parse(struct span s, enum role *role, struct h32 *chain,
    struct h32 *prev)
{
	size_t head = strlen(USER_DATA_HEAD), tail = 2 * (size_t)(1 + 64);
	uint8_t again[RECEIPT_USER_DATA_MAX];
	struct out o = out_of(again, sizeof again);

	if (s.n <= head + tail || s.n > RECEIPT_USER_DATA_MAX)
		return ERR_RECEIPT_USER_DATA;
	if (receipt_role(span_of(s.p + head, s.n - head - tail), role) != OK ||
	    !text_unhex(span_of(s.p + s.n - 129, 64), chain->b, 32) ||
	    !text_unhex(span_of(s.p + s.n - 64, 64), prev->b, 32))
		return ERR_RECEIPT_USER_DATA;
	/* One form only: whatever reads back differently was another. */
	receipt_user_data(&o, *role, chain, prev);
	return !o.full && span_eq(out_span(&o), s) ? OK : ERR_RECEIPT_USER_DATA;
}
