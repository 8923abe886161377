/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "chain/hash.h"
#include "server/tiles.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

#define ENTRIES 530 /* two full tiles and a bit */

static struct server server;
static struct db *db;
static struct chain_builder *b;
static struct tiles *tiles;
static struct h32 root[ENTRIES + 1]; /* of the first so many */

static void
setup(void)
{
	database_server(&server);
	same(commit_start(&server, &server.commit), OK);
	same(db_open(postgres_app(), &db), OK);
	same(tiles_make((size_t)1 << 20, &tiles), OK);
	b = database_chain(&server, db, 1);
	for (size_t n = 1; n <= ENTRIES; n++) {
		same(merkle_root(&b->st.tree, &root[n]), OK);
		if (n < ENTRIES)
			database_more(&server, b);
	}
}

static void
teardown(void)
{
	commit_stop(server.commit);
	chains_free(server.chains);
	tiles_free(tiles);
	chain_builder_free(b);
	db_close(db);
}

static void
proves(const struct merkle_source *s, uint64_t old, uint64_t size)
{
	struct h32 proof[MERKLE_PROOF];
	size_t n;

	same(merkle_prove_consistent(s, old, size, proof, &n), OK);
	same(merkle_consistent(old, &root[old], size, &root[size], proof, n),
	    OK);
}

static void
proofs(void)
{
	struct tiles_source from = { tiles, db, b->st.chain };
	const struct merkle_source s = { tiles_node, &from };
	static const uint64_t edge[] = { 1, 2, 3, 255, 256, 257, 511, 512, 513,
		ENTRIES - 1, ENTRIES };
	const size_t n = sizeof edge / sizeof *edge;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n; k++)
			proves(&s, edge[i], edge[k]);
}

static void
hashes(void)
{
	struct blob *t;
	struct h32 leaf;

	for (uint64_t i = 0; i < 3; i++) {
		unsigned width = i < 2 ? TILES_WIDTH : ENTRIES % TILES_WIDTH;

		same(tiles_tile(tiles, db, &b->st.chain, 0, i, width, &t), OK);
		ck_assert_uint_eq(blob_bytes(t).n, 32 * width);
		for (unsigned k = 0; k < width; k++) {
			same(hash_entry(chain_builder_entry(b,
					    i * TILES_WIDTH + k),
				 &leaf),
			    OK);
			ck_assert_int_eq(memcmp(blob_bytes(t).p + 32 * k,
					     leaf.b, 32),
			    0);
		}
		blob_drop(t);
	}
	/* The first hash of the level above is the first tile's root. */
	same(tiles_tile(tiles, db, &b->st.chain, 1, 0, 2, &t), OK);
	ck_assert_int_eq(memcmp(blob_bytes(t).p, root[256].b, 32), 0);
	blob_drop(t);
}

static void
edges(void)
{
	struct blob *t;

	/* Wider than there are entries, or beyond them. */
	same(tiles_tile(tiles, db, &b->st.chain, 0, 2, ENTRIES % 256 + 1, &t),
	    ERR_NOT_FOUND);
	same(tiles_tile(tiles, db, &b->st.chain, 0, 3, 1, &t), ERR_NOT_FOUND);
	same(tiles_tile(tiles, db, &b->st.chain, 1, 0, 3, &t), ERR_NOT_FOUND);
	/* What was read is in memory, what was not is not. */
	same(tiles_tile(tiles, NULL, &b->st.chain, 0, 0, 256, &t), OK);
	blob_drop(t);
	same(tiles_tile(tiles, NULL, &b->st.chain, 0, 0, 77, &t),
	    ERR_WANT_WORKER);
	same(tiles_bundle(tiles, NULL, &b->st.chain, 0, 256, &t),
	    ERR_WANT_WORKER);
}

static void
bundles(void)
{
	struct blob *t;
	struct span s;

	same(tiles_bundle(tiles, db, &b->st.chain, 1, 256, &t), OK);
	s = blob_bytes(t);
	for (size_t i = 256; i < 512; i++) {
		struct span e = chain_builder_entry(b, i);

		ck_assert_uint_ge(s.n, 2 + e.n);
		ck_assert_uint_eq((size_t)s.p[0] << 8 | s.p[1], e.n);
		ck_assert_int_eq(memcmp(s.p + 2, e.p, e.n), 0);
		s = span_of(s.p + 2 + e.n, s.n - 2 - e.n);
	}
	ck_assert_uint_eq(s.n, 0);
	blob_drop(t);
}

/* One database for all of it: the chain takes a while to grow. */
START_TEST(tiles_are_of_the_entries_and_prove_that_they_only_grew)
{
	hashes();
	edges();
	proofs();
	bundles();
}
END_TEST

/* More than memory holds is read again. */
START_TEST(little_memory_serves_the_same)
{
	struct blob *t;

	tiles_free(tiles);
	same(tiles_make(1, &tiles), OK);
	for (unsigned w = 1; w < 40; w++) {
		same(tiles_tile(tiles, db, &b->st.chain, 0, 0, w, &t), OK);
		ck_assert_uint_eq(blob_bytes(t).n, 32 * w);
		blob_drop(t);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		tiles_are_of_the_entries_and_prove_that_they_only_grew,
		little_memory_serves_the_same,
	};

	return postgres_suite_once("db_tiles", tests,
	    sizeof tests / sizeof *tests, setup, teardown);
}
