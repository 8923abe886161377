/* SPDX-License-Identifier: ISC */
#include "ledger.h"

#include <stdlib.h>

#include "chain/cbor.h"

#define FILE_NAME "record"
#define BUCKETS 65536
#define RECORD_MAX (STATE_ENCODED_MAX + 256)
#define SIGNED_BYTES 200 /* of one record, at most */

/* The journal is made anew when it is this much, and so many times what is
 * worth keeping. */
#define COMPACT_MIN ((size_t)16 << 20)
#define COMPACT_TIMES 4

/* The records of the journal. */
#define TAG_CHAIN "chain"   /* [tag, state] */
#define TAG_SIGNED "signed" /* [tag, chain, kid, from, payload] */

struct ledger {
	struct journal *journal;
	bool reading; /* the journal, which was within bounds when written */
	size_t max, bytes, chains;
	struct ledger_chain *bucket[BUCKETS];
	struct state st; /* while a record is read */
	uint8_t record[RECORD_MAX];
};

static struct ledger_chain **
place(const struct ledger *l, const struct h32 *chain)
{
	struct ledger_chain *const *p =
	    &l->bucket[(unsigned)(chain->b[0] | chain->b[1] << 8)];

	while (*p && !h32_eq(&(*p)->chain, chain))
		p = &(*p)->same;
	return (struct ledger_chain **)(uintptr_t)p;
}

const struct ledger_chain *
ledger_find(const struct ledger *l, const struct h32 *chain)
{
	return *place(l, chain);
}

size_t
ledger_count(const struct ledger *l)
{
	return l->chains;
}

void
ledger_each(const struct ledger *l,
    void (*call)(void *ctx, const struct ledger_chain *c), void *ctx)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct ledger_chain *c = l->bucket[i]; c;
		     c = c->same)
			call(ctx, c);
}

static void
chain_free(struct ledger_chain *c)
{
	free((void *)(uintptr_t)c->state.p);
	free(c->given);
	free(c);
}

static size_t
weight(size_t state_n)
{
	return sizeof(struct ledger_chain) + state_n +
	       LEDGER_SIGNED * sizeof(struct ledger_signed);
}

/* The chain's place, made when there is none, with a copy of the state. */
static enum err
keep(struct ledger *l, const struct state *st, struct span state)
{
	struct ledger_chain **at = place(l, &st->chain), *c = *at;
	size_t less = c ? weight(c->state.n) : 0;
	/* New chains leave a quarter to those that are there already. */
	size_t most = c || l->reading ? l->max : l->max / 4 * 3;
	uint8_t *copy;

	if (l->bytes - less + weight(state.n) > most)
		return ERR_SIGNER_FULL;
	copy = malloc(state.n);
	if (copy == NULL)
		return ERR_OUT_OF_MEMORY;
	if (c == NULL) {
		c = calloc(1, sizeof *c);
		if (c == NULL) {
			free(copy);
			return ERR_OUT_OF_MEMORY;
		}
		c->chain = st->chain;
		*at = c;
		l->chains++;
	}
	memcpy(copy, state.p, state.n);
	free((void *)(uintptr_t)c->state.p);
	c->state = span_of(copy, state.n);
	c->head = st->head;
	c->next_seq = st->next_seq;
	l->bytes += weight(state.n) - less;
	return OK;
}

static void
encode_chain(struct out *o, struct span state)
{
	cbor_put_array(o, 2);
	cbor_put_key(o, TAG_CHAIN);
	cbor_put_bytes(o, state);
}

static void
encode_signed(struct out *o, const struct h32 *chain,
    const struct ledger_signed *s)
{
	static const struct h32 none;

	cbor_put_array(o, 5);
	cbor_put_key(o, TAG_SIGNED);
	cbor_put_bytes(o, h32_span(chain ? chain : &none));
	cbor_put_bytes(o, h32_span(&s->kid));
	cbor_put_bytes(o, h32_span(&s->from));
	cbor_put_bytes(o, h32_span(&s->payload));
}

enum err
ledger_move(struct ledger *l, const struct state *st)
{
	struct out state = out_of(l->record, sizeof l->record);
	struct out o = out_of(l->record, sizeof l->record);

	state_encode(&state, st);
	if (state.full)
		return ERR_NO_SPACE;
	TRY(journal_reserve(l->journal, state.n + 32));
	TRY(keep(l, st, out_span(&state)));
	encode_chain(&o, (*place(l, &st->chain))->state);
	journal_put(l->journal, out_span(&o));
	return OK;
}

static bool
same(const struct ledger_signed *a, const struct ledger_signed *b)
{
	return h32_eq(&a->kid, &b->kid) && h32_eq(&a->from, &b->from) &&
	       h32_eq(&a->payload, &b->payload);
}

static void
add(struct ledger_chain *c, const struct ledger_signed *s)
{
	c->given[c->signed_at] = *s;
	c->signed_at = (c->signed_at + 1) % LEDGER_SIGNED;
	if (c->signed_n < LEDGER_SIGNED)
		c->signed_n++;
}

static enum err
room_for_signed(struct ledger_chain *c)
{
	if (c->given == NULL)
		c->given = calloc(LEDGER_SIGNED, sizeof *c->given);
	return c->given ? OK : ERR_OUT_OF_MEMORY;
}

enum err
ledger_sign(struct ledger *l, const struct h32 *chain,
    const struct ledger_signed *s, struct h32 *other)
{
	struct ledger_chain *c = chain ? *place(l, chain) : NULL;
	uint8_t buf[SIGNED_BYTES];
	struct out o = out_of(buf, sizeof buf);
	bool again = false;

	memset(other, 0, sizeof *other);
	if (chain && c == NULL)
		return ERR_INTERNAL;
	if (c)
		TRY(room_for_signed(c));
	for (unsigned i = 0; c && i < c->signed_n; i++) {
		const struct ledger_signed *was = &c->given[i];

		again = again || same(was, s);
		if (h32_eq(&was->kid, &s->kid) &&
		    h32_eq(&was->from, &s->from) &&
		    !h32_eq(&was->payload, &s->payload))
			*other = was->payload;
	}
	if (again)
		return OK;
	encode_signed(&o, chain, s);
	TRY(journal_reserve(l->journal, o.n));
	journal_put(l->journal, out_span(&o));
	if (c)
		add(c, s);
	return OK;
}

static enum err
take_chain(struct ledger *l, struct cbor *c)
{
	struct span state;

	TRY(cbor_bytes(c, 1, STATE_ENCODED_MAX, &state));
	TRY(state_decode(state, &l->st));
	return keep(l, &l->st, state);
}

static enum err
take_signed(struct ledger *l, struct cbor *c)
{
	struct ledger_signed s;
	struct ledger_chain *of;
	struct h32 chain;

	TRY(cbor_h32(c, &chain));
	TRY(cbor_h32(c, &s.kid));
	TRY(cbor_h32(c, &s.from));
	TRY(cbor_h32(c, &s.payload));
	of = *place(l, &chain);
	if (of == NULL)
		return OK; /* a genesis: nothing asks for it again */
	TRY(room_for_signed(of));
	add(of, &s);
	return OK;
}

static enum err
take(void *ctx, struct span record)
{
	struct cbor c = cbor_of(record);
	struct span tag;
	size_t n;

	TRY(cbor_array(&c, 2, 5, &n));
	TRY(cbor_line(&c, 1, 16, &tag));
	if (n == 2 && span_is(tag, TAG_CHAIN))
		TRY(take_chain(ctx, &c));
	else if (n == 5 && span_is(tag, TAG_SIGNED))
		TRY(take_signed(ctx, &c));
	else
		return ERR_JOURNAL;
	cbor_close(&c);
	return cbor_end(&c);
}

enum err
ledger_open(int folder, const uint8_t key[JOURNAL_KEY], size_t max,
    struct ledger **l, size_t *cut, size_t *at)
{
	struct ledger *new = calloc(1, sizeof *new);
	enum err e;

	*l = NULL;
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->max = max;
	new->reading = true;
	e = journal_open(folder, FILE_NAME, key, take, new, &new->journal, cut,
	    at);
	new->reading = false;
	if (e == OK)
		e = ledger_compact(new, false);
	if (e != OK) {
		ledger_close(new);
		return e;
	}
	*l = new;
	return OK;
}

enum err
ledger_read(int folder, const uint8_t key[JOURNAL_KEY], struct ledger **l)
{
	struct ledger *new = calloc(1, sizeof *new);
	enum err e;

	*l = NULL;
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->max = SIZE_MAX;
	e = journal_read(folder, FILE_NAME, key, take, new);
	if (e != OK) {
		ledger_close(new);
		return e;
	}
	*l = new;
	return OK;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (l->bucket[i]) {
			struct ledger_chain *c = l->bucket[i];

			l->bucket[i] = c->same;
			chain_free(c);
		}
	}
	journal_close(l->journal);
	free(l);
}

bool
ledger_pending(const struct ledger *l)
{
	return journal_pending(l->journal);
}

enum err
ledger_write(struct ledger *l)
{
	return journal_write(l->journal);
}

enum err
ledger_sync(struct ledger *l)
{
	return journal_sync(l->journal);
}

struct filling {
	struct ledger *l;
	struct journal *to;
	enum err e;
};

static enum err
write_record(struct journal *to, const struct out *o)
{
	if (o->full)
		return ERR_NO_SPACE;
	TRY(journal_reserve(to, o->n));
	journal_put(to, out_span(o));
	return OK;
}

static enum err
write_chain(struct filling *f, const struct ledger_chain *c)
{
	struct out o = out_of(f->l->record, sizeof f->l->record);
	unsigned oldest =
	    c->signed_n < LEDGER_SIGNED ? 0 : c->signed_at % LEDGER_SIGNED;

	encode_chain(&o, c->state);
	TRY(write_record(f->to, &o));
	for (unsigned i = 0; i < c->signed_n; i++) {
		o = out_of(f->l->record, sizeof f->l->record);
		encode_signed(&o, &c->chain,
		    &c->given[(oldest + i) % LEDGER_SIGNED]);
		TRY(write_record(f->to, &o));
	}
	return OK;
}

static void
fill_one(void *ctx, const struct ledger_chain *c)
{
	struct filling *f = ctx;

	if (f->e == OK)
		f->e = write_chain(f, c);
}

static enum err
fill(void *ctx, struct journal *new)
{
	struct filling f = { ctx, new, OK };

	ledger_each(ctx, fill_one, &f);
	return f.e;
}

enum err
ledger_compact(struct ledger *l, bool always)
{
	size_t is = journal_size(l->journal);

	if (!always && (is < COMPACT_MIN || is / COMPACT_TIMES < l->bytes))
		return OK;
	return journal_replace(l->journal, fill, l);
}
