/* SPDX-License-Identifier: ISC */
#include "encl.h"
#include "split.h"

static enum err
key_of(const char *vkey, enum note_type type, struct note_key *k)
{
	TRY(note_vkey_decode(span_str(vkey), k));
	return k->type == type ? OK : ERR_VKEY;
}

static enum err
judge_checkpoint(struct span note, const char *log, struct checkpoint *c)
{
	struct note_key k;

	TRY(key_of(log, NOTE_ED25519, &k));
	TRY(checkpoint_decode(note, c));
	if (!span_eq(c->origin, k.name))
		return ERR_CHECKPOINT_ORIGIN;
	return checkpoint_verify(c, &k);
}

static enum err
judge_cosignatures(const struct checkpoint *c, const char *const *witness,
    size_t n, uint64_t *seconds)
{
	struct note_key k;

	for (size_t i = 0; i < n; i++) {
		TRY(key_of(witness[i], NOTE_COSIGNATURE, &k));
		TRY(checkpoint_cosigned_by(c, &k, &seconds[i]));
	}
	return OK;
}

int
encl_verify_checkpoint(const void *note, size_t n, const char *log,
    const char *const *witness, size_t n_witness, uint64_t *seconds,
    struct encl_checkpoint *r)
{
	struct checkpoint c;
	enum err e = judge_checkpoint(span_of(note, n), log, &c);

	if (e == OK)
		e = judge_cosignatures(&c, witness, n_witness, seconds);
	memset(r, 0, sizeof *r);
	r->code = err_code(e);
	r->sentence = err_sentence(e);
	if (e != OK) {
		if (n_witness)
			memset(seconds, 0, n_witness * sizeof *seconds);
		return -1;
	}
	r->origin = c.origin.p;
	r->origin_n = c.origin.n;
	r->size = c.size;
	memcpy(r->root, c.root.b, sizeof r->root);
	return 0;
}

static enum err
judge_split(struct span evidence, const char *log, struct split *s)
{
	struct note_key k;

	TRY(key_of(log, NOTE_ED25519, &k));
	TRY(split_decode(evidence, s));
	return split_verify(evidence, &k);
}

int
encl_verify_split(const void *evidence, size_t n, const char *log,
    struct encl_split *r)
{
	struct split s;
	enum err e = judge_split(span_of(evidence, n), log, &s);

	memset(r, 0, sizeof *r);
	r->code = err_code(e);
	r->sentence = err_sentence(e);
	if (e != OK)
		return -1;
	r->origin = s.a.origin.p;
	r->origin_n = s.a.origin.n;
	r->size = s.a.size;
	memcpy(r->root[0], s.a.root.b, sizeof r->root[0]);
	memcpy(r->root[1], s.other.b, sizeof r->root[1]);
	return 0;
}
