/* SPDX-License-Identifier: ISC */
#include "encl.h"

#include "hardware.h"
#include "judge.h"
#include "walk.h"
#include "witness.h"

#define ROOTS 16
#define REVOCATIONS 64
#define REVOCATION_BYTES 65536
#define PIECE 4096 /* beyond one whole item */
#define MAKER_BYTES 16384

struct encl_verifier {
	struct walk walk;
	struct attest_cache cache;
	struct h32 root[ROOTS], chain;
	struct walk_pin pin;
	enum err err;
	enum item last; /* what stood last in the file */
	bool brought;   /* a checkpoint, by the caller */
	uint8_t checkpoint[CHECKPOINT_MAX];
	size_t kept;
	uint64_t left_out;
	bool shown; /* the keys can be asked for */
	struct hardware_set hardware;
	struct policy policy;
	struct span maker[EVIDENCE_ROOTS];
	uint8_t makers[MAKER_BYTES];
	struct walk_revocation revocation[REVOCATIONS];
	uint8_t revocations[REVOCATION_BYTES];
	size_t n; /* the beginning of an item that is not whole yet */
	uint8_t rest[ENTRY_MAX + PIECE];
};

size_t
encl_verifier_size(void)
{
	return sizeof(struct encl_verifier);
}

static struct h32
id_of(const uint8_t *b)
{
	struct h32 h;

	memcpy(h.b, b, sizeof h.b);
	return h;
}

static void
take_roots(struct encl_verifier *v, const struct encl_options *o,
    struct rules *r)
{
	v->root[0] = attest_root_aws;
	for (size_t i = 0; i < o->root_n; i++)
		v->root[i] = id_of(o->root + i * ENCL_ID);
	r->root = v->root;
	r->root_n = o->root_n ? o->root_n : 1;
}

static bool
take_makers(struct encl_verifier *v, const struct encl_options *o)
{
	size_t at = 0;

	if (o->evidence_root_n > EVIDENCE_ROOTS ||
	    (o->evidence_root_n > 0 && !o->evidence_root))
		return false;
	for (size_t i = 0; i < o->evidence_root_n; i++) {
		const struct encl_bytes *b = &o->evidence_root[i];

		if (!b->p || b->n > MAKER_BYTES - at)
			return false;
		memcpy(v->makers + at, b->p, b->n);
		v->maker[i] = span_of(v->makers + at, b->n);
		at += b->n;
	}
	v->hardware.root_n = o->evidence_root_n;
	return true;
}

static enum level
level_of(enum encl_level level)
{
	switch (level) {
	case ENCL_SIGNED:
		return LEVEL_SIGNED;
	case ENCL_ATTESTED:
		return LEVEL_ATTESTED;
	case ENCL_FRESH:
		return LEVEL_FRESH;
	case ENCL_BEST:
	case ENCL_PUBLIC:
		break;
	}
	return LEVEL_PUBLIC;
}

static enum encl_level
level_back(enum level level)
{
	static const enum encl_level back[] = {
		[LEVEL_SIGNED] = ENCL_SIGNED,
		[LEVEL_ATTESTED] = ENCL_ATTESTED,
		[LEVEL_PUBLIC] = ENCL_PUBLIC,
		[LEVEL_FRESH] = ENCL_FRESH,
	};

	return back[level];
}

static void
keep_checkpoint(struct encl_verifier *v, struct walk_opts *w, struct span s)
{
	memcpy(v->checkpoint, s.p, s.n);
	w->fresh.checkpoint = span_of(v->checkpoint, s.n);
}

static bool
take_level(struct encl_verifier *v, const struct encl_options *o,
    struct walk_opts *w)
{
	const struct encl_bytes *c = &o->checkpoint;

	if ((unsigned)o->level > ENCL_FRESH || c->n > sizeof v->checkpoint ||
	    (c->n > 0 && !c->p) || (o->level == ENCL_FRESH && o->now == 0))
		return false;
	w->rules.level = level_of(o->level);
	w->wanted = o->level != ENCL_BEST;
	w->fresh.now = o->now;
	w->fresh.max_age = o->max_age ? o->max_age : ENCL_MAX_AGE;
	v->brought = c->n > 0;
	if (v->brought)
		keep_checkpoint(v, w, span_of(c->p, c->n));
	return true;
}

struct encl_verifier *
encl_verifier_init(void *mem, const struct encl_options *o)
{
	struct encl_verifier *v = (struct encl_verifier *)mem;
	struct walk_opts w = { .chain = NULL };

	if (!mem || o->root_n > ROOTS || (o->root_n > 0 && !o->root))
		return NULL;
	memset(v, 0, sizeof *v);
	if (!take_level(v, o, &w) || !take_makers(v, o))
		return NULL;
	take_roots(v, o, &w.rules);
	w.rules.cache = &v->cache;
	if (o->chain) {
		v->chain = id_of(o->chain);
		w.chain = &v->chain;
	}
	if (o->seen_id) {
		v->pin = (struct walk_pin){ o->seen_seq, id_of(o->seen_id) };
		w.pin = &v->pin;
	}
	w.revocation = v->revocation;
	walk_init(&v->walk, &w);
	return v;
}

static enum err
keep_revocation(struct encl_verifier *v, struct span s)
{
	size_t *n = &v->walk.opts.revocation_n;
	struct span copy = span_of(v->revocations + v->kept, s.n);

	TRY(entry_order(&v->last, ITEM_STATEMENT));
	if (*n == REVOCATIONS || s.n > REVOCATION_BYTES - v->kept)
		return ERR_TOO_LARGE;
	memcpy(v->revocations + v->kept, s.p, s.n);
	TRY(walk_revocation(copy, &v->revocation[*n]));
	v->kept += s.n;
	(*n)++;
	return OK;
}

int
encl_verifier_revocation(struct encl_verifier *v, const void *statement,
    size_t n)
{
	if (v->err == OK) {
		v->err = n > 0 ? keep_revocation(v, span_of(statement, n))
			       : ERR_CBOR_TRUNCATED;
	}
	return v->err == OK ? 0 : -1;
}

/* One of the file: whoever fills a file with statements must not keep its
 * chain from being verified, so what is none, and what there is no room for,
 * is stepped over. */
static enum err
hear(struct encl_verifier *v, struct span item)
{
	enum err e = keep_revocation(v, item);

	if (e == ERR_ITEM_ORDER)
		return e;
	v->left_out += e == ERR_TOO_LARGE;
	return OK;
}

/* The policy in force: all entries are through when evidence comes. */
static enum err
begin_hardware(struct encl_verifier *v)
{
	if (v->hardware.begun)
		return OK;
	TRY(state_policy(&v->walk.st, &v->policy));
	hardware_begin(&v->hardware, &v->policy, v->maker, v->hardware.root_n);
	return OK;
}

static enum err
hear_evidence(struct encl_verifier *v, struct span item)
{
	struct span bundle;

	TRY(entry_evidence_decode(item, &bundle));
	if (v->walk.st.next_seq == 0)
		return OK;
	TRY(begin_hardware(v));
	hardware_hear(&v->hardware, &v->policy, bundle);
	return OK;
}

/* The file's, where the caller brought none.  Whether it is worth anything is
 * said at the end. */
static enum err
hear_checkpoint(struct encl_verifier *v, struct span item)
{
	struct span note;

	TRY(entry_checkpoint_decode(item, &note));
	if (!v->brought)
		keep_checkpoint(v, &v->walk.opts, note);
	return OK;
}

static enum err
take_item(struct encl_verifier *v, enum item kind, struct span item)
{
	struct span body;

	if (kind == ITEM_STATEMENT)
		return hear(v, item);
	TRY(entry_order(&v->last, kind));
	if (kind == ITEM_ENTRY)
		return walk_feed(&v->walk, item);
	if (kind == ITEM_CHECKPOINT)
		return hear_checkpoint(v, item);
	return kind == ITEM_DEFINITION ? entry_definition_decode(item, &body)
				       : hear_evidence(v, item);
}

/* Takes every whole item off the front of what was collected. */
static enum err
take_items(struct encl_verifier *v)
{
	struct span s = span_of(v->rest, v->n), item;
	enum item kind;

	while (s.n > 0) {
		enum err e = entry_item(&s, &kind, &item);

		if (e == ERR_CBOR_TRUNCATED)
			break;
		TRY(e);
		TRY(take_item(v, kind, item));
	}
	memmove(v->rest, s.p, s.n);
	v->n = s.n;
	return OK;
}

int
encl_verifier_feed(struct encl_verifier *v, const void *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes;

	while (v->err == OK && n > 0) {
		size_t room = sizeof v->rest - v->n;
		size_t take = n < room ? n : room;

		memcpy(v->rest + v->n, p, take);
		v->n += take;
		p += take;
		n -= take;
		v->err = take_items(v);
	}
	return v->err == OK ? 0 : -1;
}

static void
put_text(char text[65], struct span s)
{
	size_t n = s.n < 64 ? s.n : 64;

	memcpy(text, s.p, n);
	text[n] = 0;
}

static void
put_pcrs(uint8_t to[ENCL_PCRS][ENCL_PCR], uint32_t *mask,
    const struct pcrs *from)
{
	*mask = from->mask;
	for (size_t i = 0; i < ENCL_PCRS; i++) {
		if (from->mask >> i & 1)
			memcpy(to[i], from->value[i], ENCL_PCR);
	}
}

static void
put_release(struct encl_release *to, const struct release *r)
{
	to->known = true;
	put_pcrs(to->pcr, &to->pcr_mask, &r->pcrs);
	memcpy(to->definition, r->definition.b, ENCL_ID);
	put_text(to->version, r->version);
	to->svn = r->svn;
}

static enum err
put_pending(struct encl_result *r, const struct state *st)
{
	struct stage g;

	TRY(state_stage(st, &g));
	r->pending = true;
	r->pending_policy = !g.has_release;
	r->noticed = st->phase == PHASE_NOTICED;
	r->accepted = st->accepted;
	r->backed = st->backed;
	memcpy(r->stage, st->stage_id.b, ENCL_ID);
	if (g.has_release)
		put_release(&r->next, &g.release);
	if (r->noticed) {
		r->opens = judge_opens(st, &g);
	} else if (st->release_n == 0) {
		r->opens = g.not_before;
	}
	r->expires = g.expires;
	return OK;
}

static enum err
put_chain(struct encl_result *r, const struct walk *w)
{
	const struct state *st = &w->st;
	struct release release;
	struct policy policy;

	TRY(state_policy(st, &policy));
	r->level = level_back(w->reached);
	r->witnessed = policy.has_witnesses;
	r->witnessed_at = w->witnessed;
	r->waiting = policy.has_witnesses && w->witnessed == 0;
	r->pinned = w->chain_known;
	memcpy(r->chain, st->chain.b, ENCL_ID);
	memcpy(r->head, st->head.b, ENCL_ID);
	r->entries = st->next_seq;
	put_text(r->label, span_of(st->label, st->label_n));
	r->upgradable = policy.upgradable;
	r->upgrades = st->upgrades;
	r->in_force_at = st->released_at;
	if (st->release_n > 0) {
		TRY(state_release(st, &release));
		put_release(&r->in_force, &release);
	}
	if (st->phase != PHASE_OPEN)
		TRY(put_pending(r, st));
	r->held = w->held;
	r->disputed = w->disputed;
	memcpy(r->disputed_stage, w->disputed_stage.b, ENCL_ID);
	return OK;
}

int
encl_verifier_end(struct encl_verifier *v, struct encl_result *r)
{
	enum err e = v->err;

	memset(r, 0, sizeof *r);
	if (e == OK && v->n > 0)
		e = ERR_CBOR_TRUNCATED;
	if (e == OK)
		e = walk_end(&v->walk);
	if (e == OK)
		e = put_chain(r, &v->walk);
	if (e == OK)
		e = begin_hardware(v);
	v->shown = e == OK;
	r->left_out = e == OK ? v->left_out : 0;
	r->failed_at = e == OK ? 0 : v->walk.st.next_seq;
	r->code = err_code(e);
	r->sentence = err_sentence(e);
	return e == OK ? 0 : -1;
}

int
encl_verifier_key(const struct encl_verifier *v, size_t i, struct encl_key *k)
{
	static const enum encl_custody custody[] = {
		[HARDWARE_NONE] = ENCL_NOT_CLAIMED,
		[HARDWARE_CLAIMED] = ENCL_CLAIMED,
		[HARDWARE_REFUSED] = ENCL_NOT_SHOWN,
		[HARDWARE_SHOWN] = ENCL_HELD,
	};
	struct hardware_key key[HARDWARE_KEYS];

	memset(k, 0, sizeof *k);
	if (!v->shown || i >= v->hardware.n)
		return -1;
	(void)hardware_keys(&v->policy, key);
	memcpy(k->kid, key[i].key->kid.b, ENCL_ID);
	k->role = key[i].role;
	put_text(k->name, key[i].key->name);
	k->custody = custody[v->hardware.of[i].kind];
	k->why = err_code(v->hardware.of[i].why);
	return 0;
}

int
encl_verify_chain(void *mem, const struct encl_options *options,
    const void *file, size_t n, struct encl_result *result)
{
	struct encl_verifier *v = encl_verifier_init(mem, options);

	if (!v) {
		memset(result, 0, sizeof *result);
		result->code = err_code(ERR_INTERNAL);
		result->sentence = err_sentence(ERR_INTERNAL);
		return -1;
	}
	/* What feed says is said again by end. */
	(void)encl_verifier_feed(v, file, n);
	return encl_verifier_end(v, result);
}

static enum err
judge_document(struct span doc, const uint8_t *root, uint64_t at,
    bool allow_debug, struct attest *a)
{
	struct h32 trusted = root ? id_of(root) : attest_root_aws;

	TRY(attest_parse(doc, a));
	if (attest_is_debug(a) && !allow_debug)
		return ERR_DOC_DEBUG;
	return attest_verify(a, &trusted, at ? at : a->timestamp, NULL);
}

static void
put_field(const uint8_t **p, size_t *n, const struct attest_opt *o)
{
	/* present and empty is not absent */
	static const uint8_t empty;

	if (!o->present)
		return;
	*p = o->v.n ? o->v.p : &empty;
	*n = o->v.n;
}

int
encl_verify_document(const void *document, size_t n, const uint8_t *root,
    uint64_t at, bool allow_debug, struct encl_document *r)
{
	struct attest a;
	enum err e =
	    judge_document(span_of(document, n), root, at, allow_debug, &a);

	memset(r, 0, sizeof *r);
	r->code = err_code(e);
	r->sentence = err_sentence(e);
	if (e != OK)
		return -1;
	r->module_id = a.module_id.p;
	r->module_id_n = a.module_id.n;
	put_field(&r->public_key, &r->public_key_n, &a.public_key);
	put_field(&r->user_data, &r->user_data_n, &a.user_data);
	put_field(&r->nonce, &r->nonce_n, &a.nonce);
	r->timestamp = a.timestamp;
	put_pcrs(r->pcr, &r->pcr_mask, &a.pcrs);
	r->debug = attest_is_debug(&a);
	return 0;
}
