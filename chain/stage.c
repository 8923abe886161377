/* SPDX-License-Identifier: ISC */
#include "payload.h"

/* "policy" and "release" have "expires" between them, so the first of the two
 * is read before it is known whether the second follows. */
static enum err
decode_tail(struct cbor_map *m, struct stage *g)
{
	bool has_policy;

	TRY(cbor_map_opt(m, "policy", &has_policy));
	if (has_policy)
		TRY(policy_decode(m->c, &g->policy));
	TRY(cbor_map_key(m, "expires"));
	TRY(instant_decode(m->c, &g->expires));
	TRY(cbor_map_opt(m, "release", &g->has_release));
	if (g->has_release == has_policy)
		return ERR_STAGE_CONTENT;
	if (g->has_release)
		TRY(release_decode(m->c, &g->release));
	TRY(cbor_map_key(m, "not_before"));
	TRY(instant_decode(m->c, &g->not_before));
	return cbor_map_end(m);
}

enum err
stage_decode(struct span s, struct stage *g)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;
	bool has_notes;

	TRY(cbor_map(&c, &m));
	TRY(cbor_map_key(&m, "from"));
	TRY(cbor_h32(&c, &g->from));
	TRY(payload_kind_decode(&m, KIND_STAGE));
	TRY(cbor_map_key(&m, "chain"));
	TRY(cbor_h32(&c, &g->chain));
	TRY(cbor_map_key(&m, "delay"));
	TRY(instant_duration_decode(&c, &g->delay));
	TRY(cbor_map_opt(&m, "notes", &has_notes));
	g->notes = span_of(NULL, 0);
	if (has_notes)
		TRY(cbor_text(&c, 0, 4000, &g->notes));
	TRY(decode_tail(&m, g));
	TRY(cbor_end(&c));
	return g->not_before < g->expires ? OK : ERR_STAGE_WINDOW;
}

void
stage_encode(struct out *o, const struct stage *g)
{
	cbor_put_map(o, 7U + (g->notes.p != NULL));
	cbor_put_key(o, "from");
	cbor_put_bytes(o, h32_span(&g->from));
	payload_kind_encode(o, KIND_STAGE);
	cbor_put_key(o, "chain");
	cbor_put_bytes(o, h32_span(&g->chain));
	cbor_put_key(o, "delay");
	cbor_put_uint(o, g->delay);
	if (g->notes.p) {
		cbor_put_key(o, "notes");
		cbor_put_text(o, g->notes);
	}
	if (!g->has_release) {
		cbor_put_key(o, "policy");
		policy_encode(o, &g->policy);
	}
	cbor_put_key(o, "expires");
	cbor_put_uint(o, g->expires);
	if (g->has_release) {
		cbor_put_key(o, "release");
		release_encode(o, &g->release);
	}
	cbor_put_key(o, "not_before");
	cbor_put_uint(o, g->not_before);
}
