/* SPDX-License-Identifier: ISC */
/* chain_witnessed DIR SECOND: writes files of a chain with three witnesses, of
 * which two are needed, who cosigned its end at that second; for tests of the
 * command line and of fuzz targets.
 *   names            chain=, root=, entries= for a shell
 *   good.cbor        v2 in force, v3 staged and noticed; no checkpoint
 *   fresh.cbor       the same with one over its end, fresh.checkpoint
 *   hidden.cbor      without the newest entry, and with the checkpoint of two
 *                    hours before
 *   two.cbor         another history of that size, with two.checkpoint
 *   forged.cbor      a cosignature in the last receipt is nobody's
 *   few.cbor         like fresh.cbor, cosigned by one witness
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "tests/lib/chain_builder.h"

static const char *dir;
static uint64_t second;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "chain_witnessed: %s\n", what);
		exit(1);
	}
}

static FILE *
make(const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	must(f != NULL, path);
	return f;
}

static void
put(FILE *f, struct span s)
{
	must(fwrite(s.p, 1, s.n, f) == s.n, "write");
}

/* n entries of b, and a checkpoint where there is one. */
static void
write_file(const char *name, const struct chain_builder *b, size_t n,
    struct span note)
{
	static uint8_t item[CHECKPOINT_MAX + 64];
	struct out o = out_of(item, sizeof item);
	FILE *f = make(name);

	for (size_t i = 0; i < n; i++)
		put(f, chain_builder_entry(b, i));
	if (note.n > 0) {
		entry_checkpoint_encode(&o, note);
		put(f, out_span(&o));
	}
	fclose(f);
}

static void
write_note(const char *name, struct span note)
{
	FILE *f = make(name);

	put(f, note);
	fclose(f);
}

static struct span
tip(const struct chain_builder *b, unsigned who, uint64_t at)
{
	static uint8_t bytes[CHECKPOINT_MAX];
	struct out o = out_of(bytes, sizeof bytes);
	struct cosigner_note n;

	cosigner_note(&n, &b->st, who, at);
	cosigner_write(&o, &n);
	return out_span(&o);
}

/* v2 in force. */
static struct chain_builder *
begin(void)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *b;
	struct policy named;

	cosigner_policy(&named, 0, 3, 2);
	o.witnesses = &named;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	return b;
}

static void
stage(struct chain_builder *b, unsigned version)
{
	must(chain_builder_stage_release(b, version, chain_builder_owners(b)) ==
		 OK,
	    "stage");
}

static void
seen(struct chain_builder *b)
{
	must(chain_builder_receipt(b, ROLE_SEEN, 2) == OK, "seen");
}

static void
write_forged(struct chain_builder *b)
{
	struct span *last = &b->entry[b->n - 1];
	struct checkpoint c;
	struct entry e;
	uint8_t *p;

	must(entry_decode(*last, &e) == OK &&
		 checkpoint_decode(e.proof[1].body, &c) == OK,
	    "a checkpoint");
	p = (uint8_t *)(uintptr_t)c.note.signature[2].base64.p + 40;
	*p = *p == 'A' ? 'B' : 'A';
	write_file("forged.cbor", b, b->n, span_of(NULL, 0));
}

static void
write_hex(FILE *f, const char *name, const struct h32 *h)
{
	char text[2 * sizeof h->b + 1];
	struct out o = out_of(text, sizeof text);

	text_hex(&o, h32_span(h));
	fprintf(f, "%s=%s\n", name, text);
}

static void
write_names(const struct chain_builder *b)
{
	FILE *f = make("names");

	write_hex(f, "chain", &b->st.chain);
	write_hex(f, "root", &b->root);
	fprintf(f, "entries=%zu\n", b->n);
	fclose(f);
}

int
main(int argc, char **argv)
{
	struct chain_builder *b, *other;

	if (argc != 3)
		return 2;
	dir = argv[1];
	second = strtoull(argv[2], NULL, 10);
	b = begin();
	stage(b, 3);
	write_file("hidden.cbor", b, b->n, tip(b, 7, second - 7200));
	seen(b);
	write_names(b);
	write_file("good.cbor", b, b->n, span_of(NULL, 0));
	write_file("fresh.cbor", b, b->n, tip(b, 7, second));
	write_note("fresh.checkpoint", tip(b, 7, second));
	write_file("few.cbor", b, b->n, tip(b, 2, second));
	write_forged(b);
	other = begin();
	stage(other, 4);
	seen(other);
	write_file("two.cbor", other, other->n, tip(other, 7, second));
	write_note("two.checkpoint", tip(other, 7, second));
	chain_builder_free(other);
	chain_builder_free(b);
	return 0;
}
