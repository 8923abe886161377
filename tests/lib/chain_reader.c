/* SPDX-License-Identifier: ISC */
#include "chain_reader.h"

#include <stdio.h>
#include <stdlib.h>

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "chain_reader: %s\n", what);
		abort();
	}
}

static struct span
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	long n;
	uint8_t *p;

	must(f != NULL && fseek(f, 0, SEEK_END) == 0, path);
	n = ftell(f);
	must(n > 0 && fseek(f, 0, SEEK_SET) == 0, path);
	p = malloc((size_t)n);
	must(p != NULL && fread(p, 1, (size_t)n, f) == (size_t)n, path);
	fclose(f);
	return span_of(p, (size_t)n);
}

static const struct key *
find(const struct policy *p, const struct h32 *kid)
{
	int i = policy_key_index(&p->control, kid);

	if (i >= 0)
		return &p->control.key[i];
	i = policy_key_index(&p->guardians, kid);
	must(i >= 0, "a key that is not in the genesis policy");
	return &p->guardians.key[i];
}

static void *
more(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) == 0)
		p = realloc(p, (n ? 2 * n : 1) * size);
	must(p != NULL, "no memory");
	return p;
}

static void
take(struct chain_reader *r, const struct entry *e, const struct policy *policy)
{
	for (size_t i = 0; i < e->proof_n; i++) {
		const struct proof *p = &e->proof[i];

		if (p->kind == PROOF_DOCUMENT) {
			r->doc = more(r->doc, r->doc_n, sizeof *r->doc);
			r->doc[r->doc_n++] = p->body;
			continue;
		}
		r->sig = more(r->sig, r->sig_n, sizeof *r->sig);
		r->sig[r->sig_n++] =
		    (struct chain_reader_sig){ find(policy, &p->kid)->blob,
			    e->payload, p->body };
	}
}

void
chain_reader_open(struct chain_reader *r, const char *path)
{
	static struct payload genesis;
	static struct entry e;
	struct span s, item;
	enum item kind;

	*r = (struct chain_reader){ .file = read_file(path) };
	for (s = r->file; s.n > 0; r->entries++) {
		must(entry_item(&s, &kind, &item) == OK && kind == ITEM_ENTRY &&
			 entry_decode(item, &e) == OK,
		    "not an entry");
		if (e.genesis) {
			must(payload_decode(e.payload, &genesis) == OK,
			    "genesis");
		}
		take(r, &e, &genesis.u.genesis.policy);
	}
}

void
chain_reader_close(struct chain_reader *r)
{
	free(r->doc);
	free(r->sig);
	free((void *)(uintptr_t)r->file.p);
}
