/* SPDX-License-Identifier: ISC */
#include "log_maker.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "log_maker: %s\n", what);
		abort();
	}
}

void
log_maker_begin(struct log_maker *m, const char *seed, const char *name)
{
	uint8_t public[32];

	memset(m, 0, sizeof *m);
	must(sodium_init() >= 0, "libsodium");
	snprintf(m->name, sizeof m->name, "%s", name);
	crypto_generichash(m->seed, sizeof m->seed, (const uint8_t *)seed,
	    strlen(seed), NULL, 0);
	crypto_sign_seed_keypair(public, m->secret, m->seed);
	must(note_key_make(&m->key, span_str(m->name), NOTE_ED25519, public) ==
		 OK,
	    "not a name");
}

static void
leaf(const struct log_maker *m, struct log_branch b, uint64_t i, struct h32 *h)
{
	uint64_t what[2] = { i, i < b.from ? 0 : b.tag };
	crypto_generichash_state s;

	crypto_generichash_init(&s, m->seed, sizeof m->seed, sizeof h->b);
	crypto_generichash_update(&s, (const uint8_t *)m->name,
	    strlen(m->name) + 1);
	crypto_generichash_update(&s, (const uint8_t *)what, sizeof what);
	crypto_generichash_final(&s, h->b, sizeof h->b);
}

void
log_maker_root(const struct log_maker *m, struct log_branch b, uint64_t size,
    struct h32 *root)
{
	struct merkle t = { 0 };
	struct h32 h;

	for (uint64_t i = 0; i < size; i++) {
		leaf(m, b, i, &h);
		must(merkle_add(&t, &h) == OK, "merkle_add");
	}
	must(merkle_root(&t, root) == OK, "merkle_root");
}

static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	const struct log_maker_tree *s = ctx;
	struct h32 left, right;

	if (level == 0) {
		leaf(s->m, s->b, index, h);
		return OK;
	}
	TRY(node(ctx, level - 1, 2 * index, &left));
	TRY(node(ctx, level - 1, 2 * index + 1, &right));
	return merkle_node(&left, &right, h);
}

struct merkle_source
log_maker_source(struct log_maker_tree *t, const struct log_maker *m,
    struct log_branch b)
{
	*t = (struct log_maker_tree){ m, b };
	return (struct merkle_source){ node, t };
}

void
log_maker_sign(const struct log_maker *m, uint64_t size, const struct h32 *root,
    struct out *o)
{
	uint8_t text[LOG_MAKER_NOTE], sig[64];
	struct out t = out_of(text, sizeof text);

	checkpoint_text(&t, span_str(m->name), size, root);
	crypto_sign_detached(sig, NULL, t.p, t.n, m->secret);
	out_put(o, t.p, t.n);
	out_put(o, "\n", 1);
	note_sign_line(o, &m->key, span_of(sig, sizeof sig));
	must(!t.full && !o->full, "no room");
}

void
log_maker_note(const struct log_maker *m, struct log_branch b, uint64_t size,
    struct out *o)
{
	struct h32 root;

	log_maker_root(m, b, size, &root);
	log_maker_sign(m, size, &root, o);
}

void
log_maker_proof(const struct log_maker *m, struct log_branch b, uint64_t old,
    uint64_t from, uint64_t to, struct out *o)
{
	struct log_maker_tree t;
	const struct merkle_source source = log_maker_source(&t, m, b);
	struct h32 proof[MERKLE_PROOF];
	char line[32];
	size_t n = 0;

	if (from)
		must(merkle_prove_consistent(&source, from, to, proof, &n) ==
			 OK,
		    "a proof");
	snprintf(line, sizeof line, "old %llu\n", (unsigned long long)old);
	out_put(o, line, strlen(line));
	for (size_t i = 0; i < n; i++) {
		note_base64(o, h32_span(&proof[i]));
		out_put(o, "\n", 1);
	}
	out_put(o, "\n", 1);
	must(!o->full, "no room");
}

void
log_maker_family(const struct log_maker *m, const char *prefix, FILE *f)
{
	uint8_t buf[64];
	struct out o = out_of(buf, sizeof buf);

	note_base64(&o, h32_span(&m->key.public));
	fprintf(f, "%s+%.*s\n", prefix, (int)o.n, (const char *)o.p);
}

void
log_maker_ask(const struct log_maker *m, struct log_branch b, uint64_t old,
    uint64_t size, struct out *o)
{
	log_maker_proof(m, b, old, old, size, o);
	log_maker_note(m, b, size, o);
}
