/* SPDX-License-Identifier: ISC */
/* verify_make UPGRADES DAYS FILE ROOT: a chain with an upgrade each so many
 * days, as a fleet makes it.  Notice comes ten minutes after the stage; the new
 * code runs beside the old one, in an enclave and with certificates of its own,
 * and accepts half an hour later; the old one releases after two days. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/chain_builder.h"

#define MINUTE UINT64_C(60000)

struct fleet {
	struct chain_builder *b;
	struct nsm_sim *old, *new; /* in turn */
	uint64_t pace;
};

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "verify_make: %s\n", what);
		exit(1);
	}
}

static void
receipt(struct fleet *f, struct nsm_sim *by, enum role role, unsigned version)
{
	f->b->sim = by;
	f->b->nsm = nsm_sim_nsm(by);
	must(chain_builder_receipt(f->b, role, version) == OK, "receipt");
}

static void
upgrade(struct fleet *f, unsigned version)
{
	struct chain_builder *b = f->b;
	struct stage g = chain_builder_stage_of(b, version);
	struct nsm_sim *old = f->old;
	uint64_t start = b->now;

	must(chain_builder_stage(b, &g, chain_builder_owners(b)) == OK,
	    "stage");
	b->now += 10 * MINUTE;
	receipt(f, f->old, ROLE_SEEN, version - 1);
	b->now += 30 * MINUTE;
	receipt(f, f->new, ROLE_ACCEPTED, version);
	b->now += b->opts.min_delay;
	receipt(f, f->old, ROLE_RELEASED, version - 1);
	f->old = f->new;
	f->new = old;
	b->now = start + f->pace;
}

/* A simulator under the same root in another enclave. */
static struct nsm_sim *
beside(const struct chain_builder *b)
{
	struct nsm_sim *sim;
	struct h32 root;

	must(nsm_sim_open_memory(chain_builder_seed, 2, &sim) == OK,
	    "simulator");
	root = nsm_sim_root_hash(sim);
	must(h32_eq(&root, &b->root), "another root");
	return sim;
}

static void
write_file(const char *path, const struct span *s, size_t n)
{
	FILE *f = fopen(path, "wb");

	must(f != NULL, path);
	for (size_t i = 0; i < n; i++)
		must(fwrite(s[i].p, 1, s[i].n, f) == s[i].n, path);
	must(fclose(f) == 0, path);
}

int
main(int argc, char **argv)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct fleet f;
	struct nsm_sim *first;
	struct span root;
	unsigned n;

	must(argc == 5, "verify_make UPGRADES DAYS FILE ROOT");
	n = (unsigned)strtoul(argv[1], NULL, 10);
	f.pace = strtoull(argv[2], NULL, 10) * DAY;
	f.b = chain_builder_new(&o);
	first = f.old = f.b->sim;
	f.new = beside(f.b);
	chain_builder_first(f.b, 1);
	for (unsigned i = 0; i < n; i++)
		upgrade(&f, i + 2);
	root = nsm_sim_root(first);
	write_file(argv[3], f.b->entry, f.b->n);
	write_file(argv[4], &root, 1);
	nsm_sim_close(f.old == first ? f.new : f.old);
	f.b->sim = first;
	f.b->nsm = nsm_sim_nsm(first);
	chain_builder_free(f.b);
	return 0;
}
