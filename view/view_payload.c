/* SPDX-License-Identifier: ISC */
#include "put.h"
#include "view.h"

static void
put_genesis(json_t **o, const struct genesis *g)
{
	put_member(o, "label", view_bytes_text(g->label));
	put_member(o, "nonce", view_bytes_hex(g->nonce));
	put_member(o, "floor_ms", json_integer((json_int_t)g->floor));
	put_member(o, "root", view_bytes_h32(&g->root));
	put_member(o, "policy", view_policy(&g->policy));
}

static void
put_stage(json_t **o, const struct stage *g)
{
	put_member(o, "chain", view_bytes_h32(&g->chain));
	put_member(o, "from", view_bytes_h32(&g->from));
	put_member(o, "delay_ms", json_integer((json_int_t)g->delay));
	put_member(o, "not_before", view_time(g->not_before));
	put_member(o, "expires", view_time(g->expires));
	if (g->has_release) {
		put_member(o, "release", view_release(&g->release));
	} else {
		put_member(o, "policy", view_policy(&g->policy));
	}
	if (g->notes.p)
		put_member(o, "notes", view_bytes_text(g->notes));
}

static void
put_endorse(json_t **o, const struct endorse *g)
{
	put_member(o, "chain", view_bytes_h32(&g->chain));
	put_member(o, "stage", view_bytes_h32(&g->stage));
	if (g->has_pcrs)
		put_member(o, "pcrs", view_pcrs(&g->pcrs));
	if (g->method.p)
		put_member(o, "method", view_bytes_text(g->method));
}

static void
put_revoke(json_t **o, const struct revoke *g)
{
	put_member(o, "chain", view_bytes_h32(&g->chain));
	put_member(o, "stage", view_bytes_h32(&g->stage));
	put_member(o, "reason", view_bytes_text(g->reason));
}

static void
put_receipt(json_t **o, const struct receipt *g)
{
	put_member(o, "chain", view_bytes_h32(&g->chain));
	put_member(o, "role", json_string(payload_role_name(g->role)));
}

json_t *
view_payload(const struct payload *p)
{
	json_t *o = json_object();

	put_member(&o, "kind", json_string(payload_kind_name(p->kind)));
	switch (p->kind) {
	case KIND_GENESIS:
		put_genesis(&o, &p->u.genesis);
		break;
	case KIND_STAGE:
		put_stage(&o, &p->u.stage);
		break;
	case KIND_ENDORSE:
		put_endorse(&o, &p->u.endorse);
		break;
	case KIND_REVOKE:
		put_revoke(&o, &p->u.revoke);
		break;
	case KIND_RECEIPT:
		put_receipt(&o, &p->u.receipt);
		break;
	}
	return o;
}
