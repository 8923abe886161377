/* SPDX-License-Identifier: ISC */
/* chain_moments DIR [KMS]: one chain as it stands at several moments of an
 * upgrade from v1 to v2, as seen now by the wall clock, and DIR/sim, the
 * simulator that its enclaves run on.  KMS: the hash of a key policy that v2
 * names. */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chain/text.h"
#include "tests/lib/chain_builder.h"

static const char *dir;

static void
write_file(const char *name, const struct span *s, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	for (size_t i = 0; i < n; i++)
		if (fwrite(s[i].p, 1, s[i].n, f) != s[i].n)
			abort();
	if (fclose(f) != 0)
		abort();
}

static void
write_chain(const char *name, const struct chain_builder *b)
{
	write_file(name, b->entry, b->n);
}

static void
must(enum err e)
{
	if (e != OK) {
		fprintf(stderr, "chain_moments: %s\n", err_code(e));
		abort();
	}
}

/* What nsm_sim_open reads. */
static void
write_seed(void)
{
	char text[2 * NSM_SIM_SEED + 2];
	struct out o = out_of(text, sizeof text);
	struct span s;

	text_hex(&o, span_of(chain_builder_seed, NSM_SIM_SEED));
	out_put(&o, "\n", 1);
	s = out_span(&o);
	write_file("sim/root.key", &s, 1);
}

/* The upgrade, with a window of two days. */
static void
upgrade(struct chain_builder *b, const char *kms, uint64_t now)
{
	struct stage g;

	b->now = now;
	g = chain_builder_stage_of(b, 2);
	if (kms != NULL) {
		g.release.has_kms = true;
		if (!text_unhex(span_str(kms), g.release.kms.b,
			sizeof g.release.kms.b))
			abort();
	}
	must(chain_builder_stage(b, &g, chain_builder_owners(b)));
	must(chain_builder_receipt(b, ROLE_SEEN, 1));
	must(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
}

static struct chain_builder *
begin(void)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);

	chain_builder_first(b, 1);
	return b;
}

int
main(int argc, char **argv)
{
	uint64_t now = (uint64_t)time(NULL) * 1000;
	struct chain_builder *b = begin();
	const char *kms = argc == 3 ? argv[2] : NULL;
	struct span root;
	char sim[4096];

	if (argc != 2 && argc != 3)
		return 2;
	dir = argv[1];
	snprintf(sim, sizeof sim, "%s/sim", dir);
	if (mkdir(sim, 0700) != 0 && errno != EEXIST)
		abort();
	umask(077);
	write_seed();
	root = nsm_sim_root(b->sim);
	write_file("root.der", &root, 1);
	write_chain("before", b);
	upgrade(b, kms, now - HOUR);
	write_chain("window", b); /* it runs for 47 hours more */
	chain_builder_free(b);
	b = begin();
	upgrade(b, kms, now - 3 * DAY);
	write_chain("handover", b); /* all that is missing is `released` */
	b->now = now;
	must(chain_builder_receipt(b, ROLE_RELEASED, 1));
	write_chain("after", b);
	chain_builder_free(b);
	b = begin();
	upgrade(b, kms, now - 31 * DAY);
	write_chain("expired", b);
	chain_builder_free(b);
	return 0;
}
