/* SPDX-License-Identifier: ISC */
#include "payload.h"

static const char *const kind_name[] = {
	[KIND_GENESIS] = "genesis",
	[KIND_STAGE] = "stage",
	[KIND_ENDORSE] = "endorse",
	[KIND_REVOKE] = "revoke",
	[KIND_RECEIPT] = "receipt",
};

static const char *const role_name[] = {
	[ROLE_SEEN] = "seen",
	[ROLE_ACCEPTED] = "accepted",
	[ROLE_RELEASED] = "released",
	[ROLE_LAPSED] = "lapsed",
	[ROLE_LIVE] = "live",
};

const char *
payload_kind_name(enum kind k)
{
	return kind_name[k];
}

const char *
payload_role_name(enum role r)
{
	return role_name[r];
}

/* The value of "kind", which stands first or, where there is a "from",
 * second. */
static enum err
find_kind(struct span s, struct span *name)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;
	struct span from;
	bool is;

	TRY(cbor_map(&c, &m));
	TRY(cbor_map_opt(&m, "from", &is));
	if (is)
		TRY(cbor_item(&c, &from));
	TRY(cbor_map_key(&m, "kind"));
	return cbor_line(&c, 1, 64, name);
}

enum err
payload_kind_decode(struct cbor_map *m, enum kind want)
{
	struct span name;

	TRY(cbor_map_key(m, "kind"));
	TRY(cbor_line(m->c, 1, 64, &name));
	return span_is(name, kind_name[want]) ? OK : ERR_KIND_UNKNOWN;
}

void
payload_kind_encode(struct out *o, enum kind k)
{
	cbor_put_key(o, "kind");
	cbor_put_text(o, span_str(kind_name[k]));
}

enum err
payload_decode(struct span s, struct payload *p)
{
	struct span name;

	if (s.n > PAYLOAD_MAX)
		return ERR_TOO_LARGE;
	p->bytes = s;
	TRY(find_kind(s, &name));
	if (span_is(name, kind_name[KIND_GENESIS])) {
		p->kind = KIND_GENESIS;
		return genesis_decode(s, &p->u.genesis);
	}
	if (span_is(name, kind_name[KIND_STAGE])) {
		p->kind = KIND_STAGE;
		return stage_decode(s, &p->u.stage);
	}
	if (span_is(name, kind_name[KIND_ENDORSE])) {
		p->kind = KIND_ENDORSE;
		return endorse_decode(s, &p->u.endorse);
	}
	if (span_is(name, kind_name[KIND_REVOKE])) {
		p->kind = KIND_REVOKE;
		return revoke_decode(s, &p->u.revoke);
	}
	if (span_is(name, kind_name[KIND_RECEIPT])) {
		p->kind = KIND_RECEIPT;
		return receipt_decode(s, &p->u.receipt);
	}
	return ERR_KIND_UNKNOWN;
}

const struct h32 *
payload_chain(const struct payload *p)
{
	switch (p->kind) {
	case KIND_STAGE:
		return &p->u.stage.chain;
	case KIND_ENDORSE:
		return &p->u.endorse.chain;
	case KIND_REVOKE:
		return &p->u.revoke.chain;
	case KIND_RECEIPT:
		return &p->u.receipt.chain;
	case KIND_GENESIS:
		break;
	}
	return NULL;
}
