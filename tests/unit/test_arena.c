/* SPDX-License-Identifier: ISC */
#include <stdalign.h>

#include "server/arena.h"
#include "server/blob.h"
#include "tests/lib/suite.h"

START_TEST(memory_is_zeroed_aligned_and_apart)
{
	struct arena *a = arena_make(100, 100000);
	uint8_t *before = NULL;

	for (size_t n = 1; n < 300; n += 7) {
		uint8_t *p = arena_new(a, n);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, n);
		ck_assert(!before || *before == 0xff);
		before = p;
	}
	arena_free(a);
}
END_TEST

START_TEST(the_limit_holds_and_reset_forgets)
{
	struct arena *a = arena_make(1024, 4096);

	ck_assert_ptr_null(arena_new(a, 4097));
	ck_assert_ptr_null(arena_new(a, SIZE_MAX));
	ck_assert_ptr_nonnull(arena_new(a, 1024));
	ck_assert_ptr_nonnull(arena_new(a, 3072));
	ck_assert_ptr_null(arena_new(a, 1));
	ck_assert_ptr_null(arena_copy(a, span_str("x")).p);
	ck_assert_ptr_null(arena_printf(a, "%d", 1));
	ck_assert_uint_eq(arena_out(a, 10).cap, 0);
	arena_reset(a);
	ck_assert_ptr_nonnull(arena_new(a, 1024));
	ck_assert_ptr_nonnull(arena_new(a, 3072));
	ck_assert_ptr_null(arena_new(a, 1));
	arena_free(a);
}
END_TEST

START_TEST(texts_are_copied_whole)
{
	struct arena *a = arena_make(64, 65536);
	struct out o = arena_out(a, 3);

	ck_assert_str_eq(arena_printf(a, "%s-%d", "x", 7), "x-7");
	ck_assert_str_eq(arena_string(a, span_str("abc")), "abc");
	ck_assert_ptr_null(arena_string(a, span_of("a\0b", 3)));
	ck_assert(span_is(arena_copy(a, span_str("abc")), "abc"));
	ck_assert_ptr_nonnull(arena_copy(a, span_str("")).p);
	out_put(&o, "abc", 3);
	ck_assert(!o.full);
	out_put(&o, "d", 1);
	ck_assert(o.full);
	arena_free(a);
}
END_TEST

static int released;

static void
release(void *wire)
{
	ck_assert_ptr_eq(wire, &released);
	released++;
}

START_TEST(a_blob_lives_until_the_last_drop)
{
	struct blob *b = blob_make(span_str("bytes"));
	int loser;

	ck_assert_ptr_null(blob_wire(b));
	ck_assert_ptr_eq(blob_wire_set(b, &released, release), &released);
	ck_assert_ptr_eq(blob_wire_set(b, &loser, NULL), &released);
	ck_assert_ptr_eq(blob_keep(b), b);
	blob_drop(b);
	ck_assert_int_eq(released, 0);
	ck_assert(span_is(blob_bytes(b), "bytes"));
	blob_drop(b);
	ck_assert_int_eq(released, 1);
	blob_drop(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { memory_is_zeroed_aligned_and_apart,
		the_limit_holds_and_reset_forgets, texts_are_copied_whole,
		a_blob_lives_until_the_last_drop };

	return SUITE_RUN("arena", t);
}
