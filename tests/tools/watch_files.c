/* SPDX-License-Identifier: ISC */
/* watch_files DIR: writes what a watcher may remember, for the corpus of
 * tests/fuzz/fuzz_watch_store.c. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/mem.h"
#include "cli/watch_store.h"
#include "tests/lib/chain_builder.h"

static const char *dir;

static void
save(const char *name, const struct watch_kept *k)
{
	struct out o = mem_out(WATCH_STORE_MAX);
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (watch_store_encode(k, &o) != OK || f == NULL ||
	    fwrite(o.p, 1, o.n, f) != o.n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	static uint8_t buf[4096];
	static struct watch_kept k;
	struct chain_builder *b;

	if (argc != 2)
		return 2;
	dir = argv[1];
	save("nothing", &k);
	k.wrong = ERR_TAIL_HIDDEN;
	save("wrong", &k);
	b = chain_builder_new(&chain_builder_plain);
	k.chain = b->st.chain;
	k.wrong = OK;
	k.st = b->st;
	save("genesis", &k);
	chain_builder_first(b, 1);
	if (chain_builder_stage_release(b, 2, chain_builder_owners(b)) != OK)
		abort();
	k.st = b->st;
	k.caught_up = k.disputed = true;
	k.disputed_stage = b->st.stage_id;
	k.loose[k.loose_n++] =
	    chain_builder_revocation(b, GUARDIAN(0), buf, sizeof buf);
	save("disputed", &k);
	chain_builder_free(b);
	mem_free_all();
	return 0;
}
