/* SPDX-License-Identifier: ISC */
#include "chain_verify.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/note.h"
#include "check_pool.h"

#define READ_BYTES (64U << 10)
#define ROOTS 16
#define STATEMENTS 4096
#define STATEMENT_BYTES (2U << 20)

struct chain_verify {
	struct walk walk;
	bool walking;   /* the walk has begun */
	enum item last; /* what stood last in the file */
	enum err err;   /* of the file and the walk, not of the checks */
	bool placed;    /* err belongs to the entry walk.st.next_seq */
	const char *kind;
	struct check_pool *pool;
	struct chain_verify_opts opts;
	struct h32 root[ROOTS], chain;
	struct walk_pin pin;
	struct state from;
	struct walk_revocation *statement; /* the caller's, then the file's */
	size_t statement_n, statement_bytes;
	struct own { /* those of the file */
		struct own *next;
		uint8_t bytes[];
	} * own;
	uint64_t entries, definitions, evidence, own_n, left_out;
	struct hardware_set hardware;
	struct policy policy;
	struct chain_verify_result result;
	struct entry entry; /* to say of what kind a bad one is */
	struct payload payload;
	size_t checkpoint_n;
	uint8_t checkpoint[NOTE_MAX]; /* over the newest entry */
	size_t n; /* the beginning of an item that is not whole yet */
	uint8_t rest[ENTRY_MAX + READ_BYTES];
};

static enum err
on_check(void *ctx, const struct check *k)
{
	struct chain_verify *v = (struct chain_verify *)ctx;

	return check_pool_add(v->pool, k);
}

/* One that is no revocation has no effect. */
static enum err
keep_statement(struct chain_verify *v, struct span s)
{
	if (v->statement_n == STATEMENTS)
		return ERR_TOO_LARGE;
	if (walk_revocation(s, &v->statement[v->statement_n]) == OK)
		v->statement_n++;
	return OK;
}

/* One of the file's own, whose bytes are gone when the next ones come.
 * Whoever fills a file with statements must not keep its chain from being
 * verified: what there is no room for is counted. */
static enum err
copy_statement(struct chain_verify *v, struct span s)
{
	struct walk_revocation r;
	struct own *o;

	if (walk_revocation(s, &r) != OK)
		return OK;
	v->own_n++;
	if (v->statement_n == STATEMENTS ||
	    s.n > STATEMENT_BYTES - v->statement_bytes) {
		v->left_out++;
		return OK;
	}
	o = malloc(sizeof *o + s.n);
	if (o == NULL)
		return ERR_OUT_OF_MEMORY;
	memcpy(o->bytes, s.p, s.n);
	o->next = v->own;
	v->own = o;
	v->statement_bytes += s.n;
	return keep_statement(v, span_of(o->bytes, s.n));
}

static enum err
keep_checkpoint(struct chain_verify *v, struct span s)
{
	if (s.n > sizeof v->checkpoint)
		return ERR_TOO_LARGE;
	if (s.n)
		memcpy(v->checkpoint, s.p, s.n);
	v->checkpoint_n = s.n;
	return OK;
}

/* The caller's own goes before that of the file. */
static enum err
hear_checkpoint(struct chain_verify *v, struct span item)
{
	struct span note;

	TRY(entry_checkpoint_decode(item, &note));
	return v->opts.checkpoint.n ? OK : keep_checkpoint(v, note);
}

static enum err
take_opts(struct chain_verify *v, const struct chain_verify_opts *o)
{
	if (o->root_n > ROOTS)
		return ERR_TOO_LARGE;
	v->opts = *o;
	for (size_t i = 0; i < o->root_n; i++)
		v->root[i] = o->root[i];
	if (o->root_n == 0)
		v->root[v->opts.root_n++] = attest_root_aws;
	if (o->chain)
		v->chain = *o->chain;
	if (o->pin)
		v->pin = *o->pin;
	if (o->from)
		v->from = *o->from;
	TRY(keep_checkpoint(v, o->checkpoint));
	v->statement = calloc(STATEMENTS, sizeof v->statement[0]);
	if (v->statement == NULL)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < o->revocation_n; i++)
		TRY(keep_statement(v, o->revocation[i]));
	return check_pool_open(o->threads > CHAIN_VERIFY_THREADS
				   ? CHAIN_VERIFY_THREADS
				   : o->threads,
	    &v->pool);
}

enum err
chain_verify_open(const struct chain_verify_opts *opts,
    struct chain_verify **out)
{
	struct chain_verify *v = calloc(1, sizeof *v);
	enum err e = v ? take_opts(v, opts) : ERR_OUT_OF_MEMORY;

	if (e != OK) {
		chain_verify_free(v);
		v = NULL;
	}
	*out = v;
	return e;
}

void
chain_verify_free(struct chain_verify *v)
{
	if (v == NULL)
		return;
	check_pool_free(v->pool);
	while (v->own != NULL) {
		struct own *next = v->own->next;

		free(v->own);
		v->own = next;
	}
	free(v->statement);
	free(v);
}

static void
begin_walk(struct chain_verify *v)
{
	struct walk_opts o = {
		.rules = { .root = v->root,
		    .root_n = v->opts.root_n,
		    .level = v->opts.level,
		    .check = on_check,
		    .ctx = v },
		.wanted = v->opts.wanted,
		.chain = v->opts.chain ? &v->chain : NULL,
		.pin = v->opts.pin ? &v->pin : NULL,
		.from = v->opts.from ? &v->from : NULL,
		.revocation = v->statement,
		.revocation_n = v->statement_n,
	};

	walk_init(&v->walk, &o);
	v->walking = true;
}

static const char *
kind_of(struct chain_verify *v, struct span entry)
{
	if (entry_decode(entry, &v->entry) != OK ||
	    payload_decode(v->entry.payload, &v->payload) != OK)
		return NULL;
	return payload_kind_name(v->payload.kind);
}

static enum err
take_entry(struct chain_verify *v, struct span item)
{
	enum err e;

	if (!v->walking)
		begin_walk(v);
	e = walk_feed(&v->walk, item);
	if (e == OK) {
		v->entries++;
	} else {
		v->kind = kind_of(v, item);
	}
	return e;
}

/* The policy in force: all entries are through when evidence comes. */
static enum err
begin_hardware(struct chain_verify *v)
{
	TRY(state_policy(&v->walk.st, &v->policy));
	if (!v->hardware.begun)
		hardware_begin(&v->hardware, &v->policy, v->opts.evidence_root,
		    v->opts.evidence_root_n);
	return OK;
}

static enum err
hear_evidence(struct chain_verify *v, struct span item)
{
	struct span bundle;

	TRY(entry_evidence_decode(item, &bundle));
	v->evidence++;
	if (v->entries == 0)
		return OK;
	TRY(begin_hardware(v));
	hardware_hear(&v->hardware, &v->policy, bundle);
	return OK;
}

static enum err
take_item(struct chain_verify *v, enum item kind, struct span item)
{
	struct span body;

	TRY(entry_order(&v->last, kind));
	switch (kind) {
	case ITEM_STATEMENT:
		return copy_statement(v, item);
	case ITEM_ENTRY:
		return take_entry(v, item);
	case ITEM_CHECKPOINT:
		return hear_checkpoint(v, item);
	case ITEM_DEFINITION:
		v->definitions++;
		return entry_definition_decode(item, &body);
	case ITEM_EVIDENCE:
		return hear_evidence(v, item);
	}
	return ERR_INTERNAL;
}

/* Takes every whole item off the front of *s. */
static enum err
take_items(struct chain_verify *v, struct span *s)
{
	while (s->n > 0) {
		struct span item;
		enum item kind;
		enum err e = entry_item(s, &kind, &item);

		if (e == ERR_CBOR_TRUNCATED)
			return OK;
		TRY(e);
		TRY(take_item(v, kind, item));
	}
	return OK;
}

static void
move_up(struct chain_verify *v, struct span left)
{
	memmove(v->rest, left.p, left.n);
	v->n = left.n;
}

static enum err
feed(struct chain_verify *v, struct span bytes)
{
	while (bytes.n > 0) {
		size_t n = sizeof v->rest - v->n;
		struct span s;

		if (v->n == 0) /* straight from the caller's memory */
			TRY(take_items(v, &bytes));
		if (n > bytes.n)
			n = bytes.n;
		memcpy(v->rest + v->n, bytes.p, n);
		bytes = span_of(bytes.p + n, bytes.n - n);
		s = span_of(v->rest, v->n + n);
		TRY(take_items(v, &s));
		move_up(v, s);
	}
	return OK;
}

enum err
chain_verify_feed(struct chain_verify *v, struct span bytes)
{
	if (v->err == OK) {
		v->err = feed(v, bytes);
		v->placed = v->err != OK;
	}
	return v->err == OK ? check_pool_failed(v->pool) : v->err;
}

/* What the walk says at its end; the first failing check may come before. */
static enum err
end_walk(struct chain_verify *v)
{
	if (v->err != OK)
		return v->err;
	if (v->n > 0) {
		v->placed = true;
		return ERR_CBOR_TRUNCATED;
	}
	if (!v->walking)
		begin_walk(v);
	v->walk.opts.fresh =
	    (struct walk_fresh){ span_of(v->checkpoint, v->checkpoint_n),
		    v->opts.now, v->opts.max_age };
	return walk_end(&v->walk);
}

static void
fail_at(struct chain_verify_result *r, enum err e, uint64_t seq,
    const char *kind)
{
	r->err = e;
	r->failed_at = (int64_t)seq;
	r->failed_kind = kind;
}

enum err
chain_verify_end(struct chain_verify *v)
{
	enum err e = end_walk(v); /* which may ask for checks, too */
	struct check_failure f = check_pool_wait(v->pool);
	struct chain_verify_result *r = &v->result;
	const struct walk *w = &v->walk;

	*r = (struct chain_verify_result){ .failed_at = -1,
		.st = &w->st,
		.entries = v->entries,
		.documents = w->documents,
		.signatures = w->signatures,
		.statements = v->own_n,
		.left_out = v->left_out,
		.definitions = v->definitions,
		.evidence = v->evidence,
		.hardware = &v->hardware,
		.level = w->reached,
		.tip = w->tip,
		.witnessed = w->witnessed,
		.checkpoint = span_of(v->checkpoint, v->checkpoint_n),
		.pinned = w->chain_known,
		.pin_seen = w->pin_seen,
		.disputed = w->disputed,
		.held = w->held,
		.disputed_stage = w->disputed_stage };
	if (f.err != OK && f.seq == w->st.next_seq) {
		r->err = f.err; /* of the checkpoint over its end */
	} else if (f.err != OK) {
		fail_at(r, f.err, f.seq, f.kind);
	} else {
		r->err = e;
	}
	if (f.err == OK && r->err != OK && v->placed)
		fail_at(r, r->err, w->st.next_seq, v->kind);
	if (r->err == OK)
		r->err = begin_hardware(v);
	if (r->err == OK && r->disputed && v->opts.refuse_disputed)
		r->err = ERR_DISPUTED;
	return r->err;
}

const struct chain_verify_result *
chain_verify_result(const struct chain_verify *v)
{
	return &v->result;
}

enum err
chain_verify_memory(struct chain_verify *v, struct span file)
{
	/* in pieces, so that a failing check is heard of in time */
	while (file.n > 0) {
		size_t n = file.n < READ_BYTES ? file.n : READ_BYTES;

		if (chain_verify_feed(v, span_of(file.p, n)) != OK)
			break;
		file = span_of(file.p + n, file.n - n);
	}
	return chain_verify_end(v);
}

enum err
chain_verify_fd(struct chain_verify *v, int fd)
{
	uint8_t buf[READ_BYTES];

	for (;;) {
		ssize_t n = read(fd, buf, sizeof buf);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_FILE_READ;
		if (n == 0 ||
		    chain_verify_feed(v, span_of(buf, (size_t)n)) != OK)
			return chain_verify_end(v);
	}
}
