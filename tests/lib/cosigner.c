/* SPDX-License-Identifier: ISC */
#include "cosigner.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium/crypto_sign.h>

static struct cosigner made[COSIGNERS + 1]; /* the log is the last */

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "cosigner: %s\n", what);
		abort();
	}
}

static struct note_key
key_of(const struct cosigner *c, struct span name, enum note_type type)
{
	struct note_key k;

	must(note_key_make(&k, name, type, c->public.b) == OK, "key");
	return k;
}

static const struct cosigner *
get(unsigned i)
{
	struct cosigner *c = &made[i];
	uint8_t seed[32] = { 0x77, (uint8_t)i };
	struct out o = out_of(c->vkey, sizeof c->vkey - 1);
	struct note_key k;

	if (c->name[0])
		return c;
	crypto_sign_seed_keypair(c->public.b, c->secret, seed);
	snprintf(c->name, sizeof c->name, "witness-%u.example", i);
	if (i == COSIGNERS)
		snprintf(c->name, sizeof c->name, "%s", COSIGNER_LOG);
	k = key_of(c, span_str(c->name),
	    i == COSIGNERS ? NOTE_ED25519 : NOTE_COSIGNATURE);
	note_vkey_encode(&o, &k);
	must(!o.full, "vkey");
	c->vkey[o.n] = 0;
	return c;
}

const struct cosigner *
cosigner_log(void)
{
	return get(COSIGNERS);
}

const struct cosigner *
cosigner_witness(unsigned i)
{
	must(i < COSIGNERS, "no such witness");
	return get(i);
}

void
cosigner_policy(struct policy *p, unsigned first, unsigned n,
    unsigned threshold)
{
	p->has_witnesses = true;
	p->log_name = span_str(COSIGNER_LOG);
	p->log_key = cosigner_log()->public;
	p->witness_n = n;
	p->witness_threshold = threshold;
	for (unsigned i = 0; i < n; i++)
		p->witness[i] = span_str(cosigner_witness(first + i)->vkey);
}

unsigned
cosigner_named(const struct policy *p)
{
	unsigned who = 0;

	for (size_t i = 0; p->has_witnesses && i < p->witness_n; i++)
		for (unsigned k = 0; k < COSIGNERS; k++)
			if (span_is(p->witness[i], cosigner_witness(k)->vkey))
				who |= 1U << k;
	return who;
}

void
cosigner_note(struct cosigner_note *n, const struct state *st, unsigned who,
    uint64_t second)
{
	struct out o = out_of(n->origin, sizeof n->origin);
	struct policy p;
	bool named = state_policy(st, &p) == OK && p.has_witnesses;

	memset(n, 0, sizeof *n);
	witness_origin(&o, named ? p.log_name : span_str(COSIGNER_LOG),
	    &st->chain);
	n->origin_n = o.n;
	n->size = st->next_seq;
	must(!o.full && merkle_root(&st->tree, &n->root) == OK, "root");
	n->log = cosigner_log();
	for (unsigned i = 0; i < COSIGNERS; i++)
		n->second[i] = who >> i & 1 ? second : 0;
}

static void
sign_line(struct out *o, const struct cosigner *by, struct span name,
    enum note_type type, uint64_t second, struct span text)
{
	uint8_t sig[CHECKPOINT_COSIG], said[CHECKPOINT_COSIGNED_MAX];
	struct note_key k = key_of(by, name, type);
	struct out m = out_of(said, sizeof said);
	size_t n = 0;

	if (type == NOTE_COSIGNATURE) {
		for (; n < 8; n++)
			sig[n] = (uint8_t)(second >> (56 - 8 * n));
		checkpoint_cosigned(&m, second, text);
		text = out_span(&m);
	}
	must(!m.full, "text");
	crypto_sign_detached(sig + n, NULL, text.p, text.n, by->secret);
	note_sign_line(o, &k, span_of(sig, n + 64));
}

void
cosigner_write(struct out *o, const struct cosigner_note *n)
{
	struct span origin = span_of(n->origin, n->origin_n);
	uint8_t bytes[CHECKPOINT_TEXT_MAX];
	struct out text = out_of(bytes, sizeof bytes);

	checkpoint_text(&text, origin, n->size, &n->root);
	out_put(o, text.p, text.n);
	out_put(o, "\n", 1);
	if (n->log)
		sign_line(o, n->log, origin, NOTE_ED25519, 0, out_span(&text));
	for (unsigned i = 0; i < COSIGNERS; i++) {
		const struct cosigner *w = cosigner_witness(i);

		if (n->second[i] > 0)
			sign_line(o, w, span_str(w->name), NOTE_COSIGNATURE,
			    n->second[i], out_span(&text));
	}
	must(!o->full && !text.full, "note too long");
}
